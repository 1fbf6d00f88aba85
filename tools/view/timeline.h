/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * A chart of moves over time: a row for each host that takes part, those that
 * send first; or for each rack, where there are more hosts than rows. Every
 * move is drawn, or the chart says how many it leaves out.
 */
#ifndef RACKHOP_VIEW_TIMELINE_H
#define RACKHOP_VIEW_TIMELINE_H

#include "tools/view/movetable.h"

/* columns: of the terminal; rows_most: rows for hosts, without head and
 * axis. */
void timeline_show(FILE *f, const struct move_row *row, size_t n,
                   double makespan_s, unsigned columns, size_t rows_most);

#endif
