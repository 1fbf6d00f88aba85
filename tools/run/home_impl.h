/* SPDX-License-Identifier: LGPL-2.1-only */
/* What home.c and home_settle.c share: single records by their revision. */
#ifndef RACKHOP_RUN_HOME_IMPL_H
#define RACKHOP_RUN_HOME_IMPL_H

#include "tools/run/home.h"

void home_key(char *key, size_t len, const char *uuid);
/* Writes or deletes the record if it still has this revision; -ESTALE: it has
 * not, and err is as it was. */
int home_save(struct store *s, const struct home *h, uint64_t rev,
              struct msg *err);
int home_drop(struct store *s, const char *uuid, uint64_t rev,
              struct msg *err);

#endif
