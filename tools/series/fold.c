/* SPDX-License-Identifier: LGPL-2.1-only */
/* Folds the figures of each second into the slots of three levels. */
#include "tools/series/fold.h"

#include <stdlib.h>
#include <string.h>

/* Which of the percentiles a metric has; < 0: none. */
static int fold_p95(const struct shape *s, unsigned metric)
{
    const struct level *l = &s->level[SHAPE_LEVELS - 1];
    int n = 0;

    for (unsigned c = 0; c < l->n; c++) {
        if (l->channel[c].what != CHANNEL_P95)
            continue;
        if (l->channel[c].metric == metric)
            return n < FOLD_P95_METRICS ? n : -1;
        n++;
    }
    return -1;
}

static int fold_compare(const void *a, const void *b)
{
    return *(const uint8_t *)a - *(const uint8_t *)b;
}

static uint8_t fold_tens_p95(struct fold *f, int which)
{
    unsigned n;

    if (which < 0 || !f->n_tens[which])
        return 0;
    n = f->n_tens[which];
    qsort(f->tens[which], n, 1, fold_compare);
    return f->tens[which][(n * 95 + 99) / 100 - 1];
}

static uint8_t fold_code(struct fold *f, const struct shape *s, unsigned level,
                         const struct channel *c)
{
    const struct fold_sum *t = &f->sum[level - 1];
    unsigned n_metrics;
    const struct metric *m = metric_table(s->kind, &n_metrics) + c->metric;

    if (!t->n[c->metric])
        return 0;
    switch ((enum channel_what)c->what) {
    case CHANNEL_MEAN:
        return metric_code(m, (double)t->sum[c->metric] / t->n[c->metric]);
    case CHANNEL_MAX: return metric_code(m, (double)t->most[c->metric]);
    case CHANNEL_P95: return fold_tens_p95(f, fold_p95(s, c->metric));
    }
    return 0;
}

/* The means of 10 s, for the percentiles of the 5 min that they are in. */
static void fold_keep_tens(struct fold *f, const struct shape *s,
                           const uint8_t *codes)
{
    const struct level *l = &s->level[1];

    for (unsigned c = 0; c < l->n; c++) {
        int which = l->channel[c].what == CHANNEL_MEAN
                        ? fold_p95(s, l->channel[c].metric)
                        : -1;

        if (which >= 0 && codes[c] && f->n_tens[which] < FOLD_TENS)
            f->tens[which][f->n_tens[which]++] = codes[c];
    }
}

static int fold_end(struct fold *f, const struct shape *s, unsigned level,
                    fold_out *out, void *arg)
{
    const struct level *l = &s->level[level];
    struct fold_sum *t = &f->sum[level - 1];
    uint8_t codes[SHAPE_CHANNELS];
    uint32_t slot = t->slot;

    if (!slot)
        return 0;
    for (unsigned c = 0; c < l->n; c++)
        codes[c] = fold_code(f, s, level, &l->channel[c]);
    if (level == 1)
        fold_keep_tens(f, s, codes);
    else
        memset(f->n_tens, 0, sizeof f->n_tens);
    memset(t, 0, sizeof *t);
    return out(arg, level, slot, codes);
}

static void fold_sum_add(struct fold_sum *t, const double *value, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        float v = (float)value[i];

        if (!(v >= 0))
            continue;
        t->sum[i] += v;
        t->n[i]++;
        if (v > t->most[i])
            t->most[i] = v;
    }
}

int fold_add(struct fold *f, const struct shape *s, uint64_t second,
             const double *value, fold_out *out, void *arg)
{
    unsigned n;
    const struct metric *m = metric_table(s->kind, &n);
    uint8_t codes[METRICS_MOST];
    int rc, r;

    for (unsigned i = 0; i < n; i++)
        codes[i] = metric_code(&m[i], value[i]);
    rc = out(arg, 0, (uint32_t)second, codes);
    for (unsigned level = 1; level < SHAPE_LEVELS; level++) {
        struct fold_sum *t = &f->sum[level - 1];
        uint32_t slot = (uint32_t)(second / s->level[level].step_s);

        if (t->slot != slot) {
            r = fold_end(f, s, level, out, arg);
            rc = rc ? rc : r;
        }
        t->slot = slot;
        fold_sum_add(t, value, n);
    }
    return rc;
}

int fold_flush(struct fold *f, const struct shape *s, fold_out *out, void *arg)
{
    int rc = 0;

    for (unsigned level = 1; level < SHAPE_LEVELS; level++) {
        int r = fold_end(f, s, level, out, arg);

        rc = rc ? rc : r;
    }
    return rc;
}
