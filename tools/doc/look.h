/* SPDX-License-Identifier: LGPL-2.1-only */
/* Writes rackhop-look/1, what the loops saw and decided at one look. */
#ifndef RACKHOP_DOC_LOOK_H
#define RACKHOP_DOC_LOOK_H

#include "tools/doc/loops.h"
#include "tools/doc/sight.h"

/* One line with its line feed, to be freed; NULL: no memory. c and sight may
 * be NULL: nothing was seen. */
char *look_format(const struct loops_doc *d, const struct plan_cluster *c,
                  const struct sight *sight, size_t *len_r);

#endif
