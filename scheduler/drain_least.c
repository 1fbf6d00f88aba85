/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Finds the least that moving each unit can cost, whatever else moves.
 *
 * A host with too little room counts as well: other guests may leave it, which
 * costs at least alpha for each GiB.
 */
#include "scheduler/drain_impl.h"

#include <math.h>

double drain_deficit_cost(const struct drain *d, int64_t mem, int64_t free)
{
    return mem > free ? d->c->set.alpha * (double)(mem - free) / 1024 : 0;
}

/* Where the map is no metric, two moves by way of a third host may have fewer
 * hops than the direct one; they still are two moves. */
double drain_direct_or_twice(const struct drain *d, const struct unit *u,
                             double cost)
{
    double twice = 2 * (d->c->set.alpha * (double)u->held / 1024 +
                        d->c->set.beta * d->c->min_hops * u->n);

    return d->c->metric ? cost : fmin(cost, twice);
}

/* The first that suits has most room. */
double drain_ring_least(const struct drain *d, const struct unit *u,
                        uint32_t r)
{
    const struct ring *ring = drain_ring_at(d, u, r);
    double cost = d->cost[u->cost + r], best = INFINITY;

    for (uint32_t i = 0; i < ring->n; i++) {
        uint32_t h = drain_ring_host(d, u, r, i);

        if (!drain_suits(d, u, h) || d->c->host[h].cap < u->mem ||
            d->c->host[h].vcap < u->vcpus)
            continue;
        best = cost;
        if (!d->no_deficit)
            best += drain_deficit_cost(d, u->mem, d->free_at_start[h]);
        break;
    }
    return best;
}

void drain_least(struct drain *d)
{
    d->bound = 0;
    for (uint32_t i = 0; i < d->nunit; i++) {
        struct unit *u = &d->unit[i];
        uint32_t n = d->src[u->src].ring_n;

        u->least = INFINITY;
        for (uint32_t k = 0; k < n; k++) {
            uint32_t r = d->order[u->order + k];

            if (d->cost[u->cost + r] >= u->least)
                break;
            u->least = fmin(u->least, drain_ring_least(d, u, r));
        }
        u->least = drain_direct_or_twice(d, u, u->least);
        if (isfinite(u->least))
            d->bound += u->least;
    }
}
