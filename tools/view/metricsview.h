/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Writes what a cluster has, and what came of moves, as metrics: the text that
 * `rackhop metrics` gives to Prometheus. rackhop-metrics(1) lists the names.
 */
#ifndef RACKHOP_VIEW_METRICSVIEW_H
#define RACKHOP_VIEW_METRICSVIEW_H

#include <stdio.h>

#include "tools/base/metric.h"
#include "tools/doc/inventory.h"
#include "tools/doc/run.h"
#include "tools/doc/runs.h"

/* Of the moves that were done: how long each took, and what was predicted. */
struct metrics_moves {
    struct metric_histogram took, stopped; /* seconds */
    struct metric_histogram bytes;
    /* measured / predicted */
    struct metric_histogram took_ratio, stopped_ratio, bytes_ratio;
};
void metrics_moves_init(struct metrics_moves *m);
/* One that was done. */
void metrics_moves_add(struct metrics_moves *m, const struct run_move *move);

void metricsview_hosts(FILE *f, const struct inventory_host *row, size_t n);
void metricsview_guests(FILE *f, const struct inventory_guest *row, size_t n);
void metricsview_runs(FILE *f, const struct runs_row *row, size_t n);
void metricsview_moves(FILE *f, const struct metrics_moves *m);
/* The last line: who reads the text can tell that it is whole. */
void metricsview_end(FILE *f);

#endif
