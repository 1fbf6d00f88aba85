/* SPDX-License-Identifier: LGPL-2.1-only */
/* The waves of a rolling maintenance for people: a table, then its sums. */
#ifndef RACKHOP_VIEW_ROLLVIEW_H
#define RACKHOP_VIEW_ROLLVIEW_H

#include <stdbool.h>
#include <stdio.h>

#include "scheduler/roll.h"

/* moves: each move below its wave. */
void rollview_text(FILE *f, struct plan_cluster *c, const struct plan_roll *p,
                   const struct plan_roll_options *o, bool moves);

#endif
