/* SPDX-License-Identifier: LGPL-2.1-only */
/* The parts of a report's page: report_html.c puts them together. */
#ifndef RACKHOP_VIEW_REPORT_PAGE_H
#define RACKHOP_VIEW_REPORT_PAGE_H

#include <stdio.h>

#include "tools/doc/report.h"

/* report_style.c: what stands between <style> and </style>. */
extern const char report_style[];

/* report_chart.c: charts over time, whose width is r->span_s. */

/* The seconds below a chart, at its ticks. */
void chart_axis(FILE *f, const struct report *r);
/* Seconds from one tick to the next. */
double chart_step(double span_s);
/* The bars of a move: as planned, and as it was. thin: beside others. */
void chart_move(FILE *f, const struct report *r, const struct report_move *m);
/* Adds a move to how many run at once, as it was or as it is planned. */
void chart_count(double *part, const struct report *r,
                 const struct report_move *m);
/* An area over the parts of the time; down: it hangs from the middle. */
void chart_area(FILE *f, const double *part, double most, const char *class,
                double from_y, double to_y);

/* report_moves.c: all moves, by the hosts that they leave. */
void page_moves(FILE *f, const struct report *r);
/* report_racks.c: what leaves each rack and what comes, over time. */
void page_racks(FILE *f, const struct report *r);
/* report_links_html.c: the use of links over time. */
void page_links(FILE *f, const struct report *r);
/* report_figures.c: every figure of every move, as a table. */
void page_figures(FILE *f, const struct report *r);

#endif
