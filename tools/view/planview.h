/* SPDX-License-Identifier: LGPL-2.1-only */
/* Plans for people: the moves, a chart of them, what stays, the sums. */
#ifndef RACKHOP_VIEW_PLANVIEW_H
#define RACKHOP_VIEW_PLANVIEW_H

#include <stdbool.h>
#include <stdio.h>

#include "scheduler/scheduler.h"
#include "tools/view/movetable.h"

struct planview {
    struct table_look look;
    bool explain, chart;
    size_t rows; /* that the screen has for notes, moves and their chart; 0: it
                    is none */
};

void planview_plan(FILE *f, struct plan_cluster *c, const struct plan *p,
                   const struct planview *v);
/* The moves of any plan, as a table and, if it is wanted, as a chart. */
void planview_moves(FILE *f, const struct move_row *row, size_t n,
                    double makespan_s, const struct planview *v);
/* "Move 545 guests (13.0 TiB, about 10 min) off the 40 hosts of rack tor1?" */
void planview_question(char *buf, size_t len, const struct plan_cluster *c,
                       const struct plan *p);

#endif
