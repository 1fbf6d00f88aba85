/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Finds the cheapest host with room for one unit, in three ways.
 */
#include "scheduler/drain_impl.h"

#include <math.h>

enum { COMPARED = 24 }; /* hosts of a ring, by the score's further terms */

/* How many hosts of a ring had room for the unit at the start: they come
 * first, the one with least room last. */
static uint32_t ring_last_with_room(const struct drain *d,
                                    const struct unit *u, uint32_t r)
{
    uint32_t lo = 0, hi = drain_ring_at(d, u, r)->n;

    while (lo < hi) {
        uint32_t mid = (lo + hi) / 2;

        if (d->free_at_start[drain_ring_host(d, u, r, mid)] >= u->mem)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

uint32_t drain_find(struct drain *d, uint32_t unit, uint32_t except,
                    double below)
{
    const struct unit *u = &d->unit[unit];
    uint32_t n = d->src[u->src].ring_n;

    if (u->displaceable && u->to != u->from && u->from != except &&
        below > 0 && drain_fits(d, u, u->from))
        return u->from;
    for (uint32_t k = 0; k < n && !u->fixed; k++) {
        uint32_t r = d->order[u->order + k];

        if (d->cost[u->cost + r] >= below)
            break;
        for (uint32_t i = ring_last_with_room(d, u, r); i-- > 0;) {
            uint32_t h = drain_ring_host(d, u, r, i);

            if (h != except && h != u->from && drain_fits(d, u, h))
                return h;
        }
    }
    return NONE;
}

static double unit_minor_terms(const struct drain *d, const struct unit *u,
                               uint32_t host)
{
    double sum = 0;

    for (uint32_t i = 0; i < u->n; i++)
        sum += score_minor(d->c, &d->s, d->unit_dom[u->first + i], host);
    return sum;
}

/* The host of a ring with the least further terms, if they are less than
 * *least. */
static uint32_t ring_find_balanced(struct drain *d, const struct unit *u,
                                   uint32_t r, double *least)
{
    uint32_t hosts = drain_ring_at(d, u, r)->n, best = NONE, seen = 0;

    for (uint32_t i = 0; i < hosts && seen < COMPARED; i++) {
        uint32_t h = drain_ring_host(d, u, r, i);
        double m;

        if (d->free_at_start[h] < u->mem)
            break;
        if (!drain_fits(d, u, h))
            continue;
        seen++;
        m = unit_minor_terms(d, u, h);
        if (m < *least) {
            *least = m;
            best = h;
        }
    }
    return best;
}

/* Rings may cost the same: hops that cost nothing, say. */
uint32_t drain_find_balanced(struct drain *d, const struct unit *u)
{
    uint32_t n = d->src[u->src].ring_n, best = NONE;
    double least = INFINITY, cost = INFINITY;

    for (uint32_t k = 0; k < n && !u->fixed; k++) {
        uint32_t r = d->order[u->order + k], h;

        if (d->cost[u->cost + r] > cost + 1e-9)
            break;
        h = ring_find_balanced(d, u, r, &least);
        if (h == NONE)
            continue;
        best = h;
        cost = fmin(cost, d->cost[u->cost + r]);
    }
    return best;
}

/* Among hosts of the same price, the one with least room left. */
uint32_t drain_find_priced(struct drain *d, uint32_t unit)
{
    const struct unit *u = &d->unit[unit];
    uint32_t n = d->src[u->src].ring_n, best = NONE;
    double least = INFINITY;
    int64_t left = INT64_MAX;

    for (uint32_t k = 0; k < n && !u->fixed; k++) {
        uint32_t r = d->order[u->order + k];
        const struct ring *ring = drain_ring_at(d, u, r);
        double cost = d->cost[u->cost + r];

        if (cost > least)
            break;
        for (uint32_t i = ring_last_with_room(d, u, r); i-- > 0;) {
            uint32_t h = drain_ring_host(d, u, r, i);
            double x =
                cost + d->price[h] * (double)u->mem + d->vprice[h] * u->vcpus;

            if (x > least + 1e-9 ||
                (x > least - 1e-9 && d->s.free[h] >= left) ||
                !drain_fits(d, u, h))
                continue;
            least = x;
            left = d->s.free[h];
            best = h;
            /* of a large ring the first that fits has little room left */
            if (x <= cost + 1e-12 && ring->n > DRAIN_RING_LARGE)
                break;
        }
    }
    return best;
}
