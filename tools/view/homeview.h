/* SPDX-License-Identifier: LGPL-2.1-only */
/* Shows the guests that are away from home: a table, or a JSON object. */
#ifndef RACKHOP_VIEW_HOMEVIEW_H
#define RACKHOP_VIEW_HOMEVIEW_H

#include "scheduler/scheduler.h"
#include "tools/doc/home.h"
#include "tools/view/table.h"

/* On stdout. c: fresh facts, by which some of them may be at home after all. */
void homeview_show(const struct homes *l, const struct plan_cluster *c,
                   struct table_look look, bool json);

#endif
