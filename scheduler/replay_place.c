/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The first placement of a replay: the guests with the most CPU first, each to
 * the host where it needs the least more power, on demand for all of its CPU
 * and within memory.
 *
 * The power-aware best fit decreasing of Beloglazov and Buyya, Optimal online
 * deterministic algorithms .. (Concurrency and Computation 24, 2012).
 */
#include "scheduler/replay_impl.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

struct place {
    struct twin *w;
    double *used; /* CPU of each host, as if all guests used all of theirs */
    uint32_t *order;
};

static int place_order(const void *pa, const void *pb, void *arg)
{
    const struct loop_guest *g = arg;
    uint32_t a = *(const uint32_t *)pa, b = *(const uint32_t *)pb;

    if (g[a].cpu < g[b].cpu || g[a].cpu > g[b].cpu)
        return g[a].cpu > g[b].cpu ? -1 : 1;
    if (g[a].memory_mib != g[b].memory_mib)
        return g[a].memory_mib > g[b].memory_mib ? -1 : 1;
    return a < b ? -1 : a > b;
}

/* INFINITY: it does not fit. */
static double place_cost(const struct place *p, uint32_t g, uint32_t h,
                         bool cpu)
{
    const struct loop_host *host = &p->w->t->host[h];
    const struct loop_guest *q = &p->w->t->guest[g];
    double used = p->used[h], core = host->core > 0 ? host->core : host->cpu;

    if (p->w->host[h].free_mib < q->memory_mib)
        return INFINITY;
    if (cpu && (q->cpu > core || used + q->cpu > host->cpu * (1 + 1e-9)))
        return INFINITY;
    if (!p->w->host[h].guests) /* whole hosts, by what they give for it */
        return 1e6 + host->power_w[LOOP_WATTS - 1] / host->cpu;
    return (cpu ? 0 : 1e3 * used / host->cpu) +
           loop_power_w(host, (used + q->cpu) / host->cpu) -
           loop_power_w(host, used / host->cpu);
}

static uint32_t place_best(const struct place *p, uint32_t g, bool cpu)
{
    double least = INFINITY;
    uint32_t best = LOOP_NONE;

    for (uint32_t h = 0; h < p->w->t->hosts; h++) {
        double c = place_cost(p, g, h, cpu);

        if (c < least) {
            least = c;
            best = h;
        }
    }
    return best;
}

static void place_put(struct place *p, uint32_t g, uint32_t h)
{
    struct twin *w = p->w;

    w->at[g] = w->to[g] = h;
    w->host[h].guests++;
    w->host[h].free_mib -= w->t->guest[g].memory_mib;
    w->crowded |= w->host[h].free_mib < 0;
    p->used[h] += w->t->guest[g].cpu;
}

static int place_all(struct place *p, uint32_t *bad_r)
{
    const struct replay_trace *t = p->w->t;
    uint32_t n = 0;

    for (uint32_t g = 0; g < t->guests; g++) {
        if (t->start[g] == LOOP_NONE)
            p->order[n++] = g;
        else
            place_put(p, g, t->start[g]);
    }
    qsort_r(p->order, n, sizeof *p->order, place_order, t->guest);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t g = p->order[i], h = place_best(p, g, true);

        if (h == LOOP_NONE) /* more CPU than there is: memory alone decides */
            h = place_best(p, g, false);
        if (h == LOOP_NONE) {
            *bad_r = g;
            return -ENOSPC;
        }
        place_put(p, g, h);
    }
    return 0;
}

int place_guests(struct twin *w, uint32_t *bad_r)
{
    struct place p = { .w = w };
    int rc = -ENOMEM;

    p.used = calloc((size_t)w->t->hosts + 1, sizeof *p.used);
    p.order = calloc((size_t)w->t->guests + 1, sizeof *p.order);
    if (p.used && p.order)
        rc = place_all(&p, bad_r);
    free(p.used);
    free(p.order);
    return rc;
}
