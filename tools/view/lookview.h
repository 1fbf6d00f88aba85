/* SPDX-License-Identifier: LGPL-2.1-only */
/* Shows looks that were decided again: what differs, and the sums. */
#ifndef RACKHOP_VIEW_LOOKVIEW_H
#define RACKHOP_VIEW_LOOKVIEW_H

#include <stdbool.h>
#include <stdio.h>

#include "tools/doc/lookback.h"

/* A look with the wishes that differ; all: with the others as well. Nothing if
 * there are none. */
void lookview_diff(FILE *f, const struct lookback_diff *x, bool all);

struct look_sums {
    size_t looks, differ, unread;
    double first_s, last_s;
};
/* policy: the name of the one that they were decided by; NULL: their own. */
void lookview_sums(FILE *f, const struct look_sums *s, const char *policy);

#endif
