/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Writes what came of runs and moves as metrics. They are of the runs that this
 * host keeps, so counts shrink when an old run is deleted: the sums are gauges,
 * and the histograms are to be read as they are, not by their rate.
 */
#include "tools/view/metricsview.h"

#include <string.h>

#include "tools/doc/prediction.h"

static const double took_s[] = { 1,  2,   5,   10,  20,   30,
                                 60, 120, 300, 600, 1800, 3600 };
static const double stopped_s[] = { 0.01, 0.02, 0.05, 0.1, 0.2, 0.3,
                                    0.5,  1,    2,    5,   10,  30 };
static const double bytes[] = { 67108864.0,    268435456.0,   1073741824.0,
                                4294967296.0,  8589934592.0,  17179869184.0,
                                34359738368.0, 68719476736.0, 274877906944.0 };
static const double ratio[] = { 0.5, 0.75, 0.9, 0.95, 1, 1.05,
                                1.1, 1.25, 1.5, 2,    4, 10 };

#define LIMITS(array_)                                                        \
    (struct metric_histogram)                                                 \
    {                                                                         \
        .limit = (array_), .limits = sizeof(array_) / sizeof *(array_)        \
    }

void metrics_moves_init(struct metrics_moves *m)
{
    m->took = LIMITS(took_s);
    m->stopped = LIMITS(stopped_s);
    m->bytes = LIMITS(bytes);
    m->took_ratio = m->stopped_ratio = m->bytes_ratio = LIMITS(ratio);
}

/* prediction_error() is in percent; NAN where either is not known. */
static double predicted_ratio(double predicted, double measured)
{
    return 1 + prediction_error(predicted, measured) / 100;
}

void metrics_moves_add(struct metrics_moves *m, const struct run_move *move)
{
    metric_count(&m->took, move->took_s);
    metric_count(&m->stopped, move->stopped_ms / 1000);
    metric_count(&m->bytes, move->bytes);
    metric_count(&m->took_ratio, predicted_ratio(move->seconds, move->took_s));
    metric_count(&m->stopped_ratio,
                 predicted_ratio(move->downtime_ms, move->stopped_ms));
    metric_count(&m->bytes_ratio,
                 predicted_ratio(prediction_bytes(move), move->bytes));
}

static void moves_histogram(FILE *f, const char *name, const char *help,
                            const struct metric_histogram *h)
{
    metric_head(f, name, "histogram", help);
    metric_histogram(f, name, h, NULL, NULL);
}

void metricsview_moves(FILE *f, const struct metrics_moves *m)
{
    static const char name[] = "rackhop_move_prediction_ratio";

    moves_histogram(f, "rackhop_move_duration_seconds",
                    "How long moves took that were done.", &m->took);
    moves_histogram(f, "rackhop_move_downtime_seconds",
                    "How long moves suspended their guests.", &m->stopped);
    moves_histogram(f, "rackhop_move_sent_bytes", "What moves sent.",
                    &m->bytes);
    metric_head(f, name, "histogram",
                "What was measured of moves, divided by what was predicted.");
    metric_histogram(f, name, &m->took_ratio, "of", "duration");
    metric_histogram(f, name, &m->stopped_ratio, "of", "downtime");
    metric_histogram(f, name, &m->bytes_ratio, "of", "bytes");
}

/* --- runs ---------------------------------------------------------------- */

static void runs_by_state(FILE *f, const struct runs_row *row, size_t n)
{
    static const char *const states[] = { "under way", "done",   "partly done",
                                          "in doubt",  "failed", "cut off" };
    static const char name[] = "rackhop_runs";

    metric_head(f, name, "gauge",
                "Runs and rolls that this host keeps, by what became of "
                "them.");
    for (size_t s = 0; s < sizeof states / sizeof *states; s++) {
        struct metric m = metric_begin(f, name);
        unsigned all = 0;

        for (size_t i = 0; i < n; i++)
            all += !strcmp(runs_state(&row[i]), states[s]);
        metric_label(&m, "state", states[s]);
        metric_end(&m, all);
    }
}

static void runs_put_moves(FILE *f, const char *state, unsigned n)
{
    struct metric m = metric_begin(f, "rackhop_moves");

    metric_label(&m, "state", state);
    metric_end(&m, n);
}

void metricsview_runs(FILE *f, const struct runs_row *row, size_t n)
{
    unsigned done = 0, failed = 0, doubt = 0;

    runs_by_state(f, row, n);
    for (size_t i = 0; i < n; i++) {
        if (row[i].roll) /* it counts hosts; its moves are those of its runs */
            continue;
        done += row[i].done;
        failed += row[i].failed;
        doubt += row[i].doubt;
    }
    metric_head(f, "rackhop_moves", "gauge",
                "Moves of the runs that this host keeps, by their end.");
    runs_put_moves(f, "done", done);
    runs_put_moves(f, "failed", failed);
    runs_put_moves(f, "in doubt", doubt);
}
