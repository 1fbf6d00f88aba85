/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Computes the rate between two sets over all shortest paths together.
 *
 * That is a max-flow, which is computed at the first question for each pair of
 * sets and then kept; the cheap cases need none.
 */
#include "topology/dist_impl.h"

#include <stdlib.h>

struct dist_total {
    uint64_t sets; /* the smaller in the upper half */
    int64_t total;
    UT_hash_handle hh;
};

static int32_t rate_cap(int64_t v)
{
    return v < ANY_RATE ? (int32_t)v : ANY_RATE;
}

/* The rate of a set's own cables: an upper bound of the total, and often the
 * total itself. */
static struct rate_range total_own_cables(const struct topo_dist *d,
                                          uint32_t set)
{
    const struct dist_attachment *x = &d->attachment[d->set[set].first];
    int64_t lo = 0, hi = 0;

    for (uint32_t i = 0; i < d->set[set].n; i++) {
        lo += x[i].sum.lo;
        hi += x[i].sum.hi;
    }
    return (struct rate_range){ rate_cap(lo), rate_cap(hi) };
}

/* Two hops: each common switch passes on the lesser rate of its two sides. */
static int64_t total_of_common_switches(const struct topo_dist *d, uint32_t a,
                                        uint32_t b)
{
    const struct dist_attachment *x = &d->attachment[d->set[a].first],
                                 *y = &d->attachment[d->set[b].first];
    int64_t lo = 0, hi = 0;

    for (uint32_t i = 0; i < d->set[a].n; i++)
        for (uint32_t j = 0; j < d->set[b].n; j++)
            if (x[i].sw == y[j].sw) {
                lo += rate_min(x[i].sum.lo, y[j].sum.lo);
                hi += rate_min(x[i].sum.hi, y[j].sum.hi);
            }
    return lo == hi ? lo : TOPO_UNKNOWN;
}

/* Hosts of one set have the same total, so any of them stands for it. */
static int64_t total_by_flow(struct topo_dist *d, uint32_t a, uint32_t b,
                             int hops)
{
    struct dag *g = dag_scratch(d);
    int64_t lo, hi;

    if (!g || dag_build(d, g, d->host_of_set[a], d->host_of_set[b], hops))
        return TOPO_UNKNOWN;
    lo = maxflow(d, g, CAP_LOW);
    if (lo < 0 || !d->unknown)
        return lo < 0 ? TOPO_UNKNOWN : lo;
    hi = maxflow(d, g, CAP_HIGH);
    return lo == hi ? lo : TOPO_UNKNOWN;
}

int64_t dist_total_of_sets(struct topo_dist *d, uint32_t a, uint32_t b,
                           const struct topo_pair *p)
{
    struct rate_range x = total_own_cables(d, a), y = total_own_cables(d, b);
    uint64_t key = a < b ? (uint64_t)a << 32 | b : (uint64_t)b << 32 | a;
    struct dist_total *c;

    /* one flow fills the narrower side already: no more can pass */
    if (p->flow_mbps >= 0 && p->flow_mbps == rate_min(x.hi, y.hi))
        return p->flow_mbps;
    if (!rate_min(x.lo, y.lo))
        return TOPO_UNKNOWN;
    if (p->hops == 2)
        return total_of_common_switches(d, a, b);
    HASH_FIND(hh, d->totals, &key, sizeof key, c);
    if (c)
        return c->total;
    c = calloc(1, sizeof *c);
    if (!c)
        return TOPO_UNKNOWN;
    c->sets = key;
    c->total = total_by_flow(d, a, b, p->hops);
    HASH_ADD(hh, d->totals, sets, sizeof c->sets, c);
    return c->total;
}

void dist_totals_free(struct topo_dist *d)
{
    struct dist_total *c, *tmp;

    HASH_ITER(hh, d->totals, c, tmp) {
        HASH_DEL(d->totals, c);
        free(c);
    }
}
