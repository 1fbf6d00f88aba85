/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Keeps what was seen and decided at each look, so that it can be gone over
 * again: STATE/loops/looks.jsonl, a rackhop-look/1 a line. When it is full it
 * becomes looks.jsonl.1, in place of the one before.
 */
#ifndef RACKHOP_DAEMON_LOOK_RECORD_H
#define RACKHOP_DAEMON_LOOK_RECORD_H

#include "tools/daemon/decide.h"

enum { LOOK_RECORD_MIB = 32 };

/* c and sight may be NULL: nothing was seen. 0 or a negative errno. */
int look_record(const struct loops_doc *doc, const struct plan_cluster *c,
                const struct sight *sight);

#endif
