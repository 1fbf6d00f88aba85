/* SPDX-License-Identifier: LGPL-2.1-only */
/* Where a guest could go, for people: a sentence, and a table. */
#ifndef RACKHOP_VIEW_SCOREVIEW_H
#define RACKHOP_VIEW_SCOREVIEW_H

#include <stdio.h>

#include "scheduler/scheduler.h"
#include "tools/view/table.h"

/* limit: candidates, and refused hosts, that are shown at most. */
void scoreview_text(FILE *f, struct plan_cluster *c, uint32_t dom,
                    const struct plan_candidate *k, uint32_t n, unsigned limit,
                    struct table_look look);

#endif
