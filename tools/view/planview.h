/* SPDX-License-Identifier: LGPL-2.1-only */
/* Plans and scores for people: tables, sums, a timeline. */
#ifndef RACKHOP_VIEW_PLANVIEW_H
#define RACKHOP_VIEW_PLANVIEW_H

#include <stdbool.h>
#include <stdio.h>

#include "scheduler/scheduler.h"

/* width: columns for the timeline, one row a host; 0: none. */
void planview_plan(FILE *f, struct plan_cluster *c, const struct plan *p,
                   bool explain, unsigned width);
void planview_score(FILE *f, struct plan_cluster *c, uint32_t dom,
                    const struct plan_candidate *k, uint32_t n,
                    unsigned limit);

#endif
