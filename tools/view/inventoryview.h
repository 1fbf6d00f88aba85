/* SPDX-License-Identifier: LGPL-2.1-only */
/* Lists of hosts, guests and runs for people. */
#ifndef RACKHOP_VIEW_INVENTORYVIEW_H
#define RACKHOP_VIEW_INVENTORYVIEW_H

#include <stdio.h>

#include "tools/doc/inventory.h"
#include "tools/doc/runs.h"
#include "tools/view/table.h"

/* now_s: seconds since 1970. */
void inventoryview_hosts(FILE *f, const struct inventory_host *row, size_t n,
                         double now_s, struct table_look look);
void inventoryview_guests(FILE *f, const struct plan_cluster *c,
                          const struct inventory_guest *row, size_t n,
                          struct table_look look);
void inventoryview_runs(FILE *f, const struct runs_row *row, size_t n,
                        struct table_look look);

#endif
