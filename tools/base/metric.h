/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Writes metrics in the text that Prometheus reads: gauges and histograms in
 * the part that its own format (0.0.4) and OpenMetrics have in common. All
 * samples of a family follow its head, and a family has one head. Values are
 * in base units: bytes, seconds, parts of 1.
 */
#ifndef RACKHOP_BASE_METRIC_H
#define RACKHOP_BASE_METRIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* type: "gauge" or "histogram"; help: one sentence. */
void metric_head(FILE *f, const char *name, const char *type,
                 const char *help);

/* One sample: metric_begin(), a metric_label() each, metric_end(). */
struct metric {
    FILE *f;
    bool labelled;
};
struct metric metric_begin(FILE *f, const char *name);
/* The value may be any text in UTF-8; NULL: "". */
void metric_label(struct metric *m, const char *key, const char *value);
/* NAN: not known. */
void metric_end(struct metric *m, double value);

/* Numbers that were measured, counted by upper limits, which rise. */
enum { METRIC_LIMITS_MOST = 16 };
struct metric_histogram {
    const double *limit;                /* borrowed */
    size_t limits;                      /* at most METRIC_LIMITS_MOST */
    unsigned n[METRIC_LIMITS_MOST + 1]; /* the last: above all limits */
    double sum;
};
/* What is below 0 or NAN was not measured, and is not counted. */
void metric_count(struct metric_histogram *h, double value);
/* key: a label that all samples have; NULL: none. */
void metric_histogram(FILE *f, const char *name,
                      const struct metric_histogram *h, const char *key,
                      const char *value);

#endif
