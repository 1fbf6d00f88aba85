/* SPDX-License-Identifier: LGPL-2.1-only */
/* Means, percentiles and trends of samples. Codes are counted, not sorted. */
#include "tools/series/stats.h"

enum { CODES = 256 };

/* The least code that so many per cent of those known do not exceed. */
static uint8_t stats_rank(const uint32_t *count, uint64_t n, unsigned percent)
{
    uint64_t want = (n * percent + 99) / 100, seen = 0;

    for (unsigned c = 1; c < CODES; c++) {
        seen += count[c];
        if (seen >= want)
            return (uint8_t)c;
    }
    return CODES - 1;
}

/* Least squares, with slots counted from the middle. */
static double stats_slope(const struct metric *m, const uint8_t *codes,
                          size_t n, size_t every, double mean)
{
    double at = 0, xx = 0, xy = 0, known = 0;

    for (size_t i = 0; i < n; i++) {
        if (codes[i * every]) {
            at += (double)i;
            known++;
        }
    }
    if (known < 3)
        return 0;
    at /= known;
    for (size_t i = 0; i < n; i++) {
        double x = (double)i - at;

        if (!codes[i * every])
            continue;
        xx += x * x;
        xy += x * (metric_value(m, codes[i * every]) - mean);
    }
    return xy / xx;
}

void stats_of(struct stats *s, const struct metric *m, const uint8_t *codes,
              size_t n, size_t every)
{
    uint32_t count[CODES] = { 0 };
    unsigned most = 0;
    double sum = 0;

    *s = (struct stats){ 0, -1, -1, -1, -1, -1, -1, 0 };
    for (size_t i = 0; i < n; i++) {
        uint8_t c = codes[i * every];

        if (!c)
            continue;
        count[c]++;
        s->n++;
        s->newest = metric_value(m, c);
        sum += s->newest;
        if (c > most)
            most = c;
    }
    if (!s->n)
        return;
    s->mean = sum / s->n;
    s->p50 = metric_value(m, stats_rank(count, s->n, 50));
    s->p95 = metric_value(m, stats_rank(count, s->n, 95));
    s->p99 = metric_value(m, stats_rank(count, s->n, 99));
    s->most = metric_value(m, (uint8_t)most);
    s->slope = stats_slope(m, codes, n, every, s->mean);
}
