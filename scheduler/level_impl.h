/* SPDX-License-Identifier: LGPL-2.1-only */
/* Lists of feature names, as the tables of levels and of families have them. */
#ifndef RACKHOP_SCHEDULER_LEVEL_IMPL_H
#define RACKHOP_SCHEDULER_LEVEL_IMPL_H

#include "scheduler/cpu.h"

/* Is the feature one of "sse3 avx512* vaes"? A star stands for any end. */
bool level_list_has(const char *list, unsigned bit);
/* The features of such a list that Xen's header names. */
void level_list_features(const char *list, struct plan_features *f);

#endif
