/* SPDX-License-Identifier: LGPL-2.1-only */
/* What a channel of samples says over a time: mean, percentiles, trend. Pure. */
#ifndef RACKHOP_SERIES_STATS_H
#define RACKHOP_SERIES_STATS_H

#include <stddef.h>
#include <stdint.h>

#include "tools/series/metric.h"

struct stats {
    uint32_t n; /* slots of which it is known; 0: the rest is -1 */
    double newest, mean, p50, p95, p99, most;
    /* the slope of the line of least squares, a slot; 0 below 3 slots. It may
     * be negative. */
    double slope;
};

/* Of n codes that stand `every` bytes apart. Percentiles are those of the
 * nearest rank. */
void stats_of(struct stats *s, const struct metric *m, const uint8_t *codes,
              size_t n, size_t every);

#endif
