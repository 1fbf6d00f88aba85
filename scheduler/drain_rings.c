/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Sorts the hosts that can receive into rings, and knows what a move to one
 * costs.
 *
 * Hosts of the same hops and rate from a unit's source are a ring: moving the
 * unit to any of them costs the same, so costs are kept by unit and ring.
 */
#include "scheduler/drain_impl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* --- rings --------------------------------------------------------------- */

/* The ring of these hops and this rate; made if it is new. 0 or -ENOMEM */
static int ring_find(struct drain *d, struct source *src, int hops,
                     double rate, uint32_t *ring_r)
{
    uint32_t r;

    for (r = 0; r < src->ring_n; r++)
        if (d->ring[src->ring + r].hops == hops &&
            d->ring[src->ring + r].rate == rate)
            goto out;
    if (array_grow(&d->ring, &d->ring_room, d->nring + 1u, sizeof *d->ring))
        return -ENOMEM;
    d->ring[d->nring++] = (struct ring){ .hops = hops, .rate = rate };
    src->ring_n++;
out:
    *ring_r = r;
    return 0;
}

/* Finds the ring of each class of hosts. */
static int source_ring_classes(struct drain *d, struct source *src,
                               const uint16_t *row)
{
    for (uint32_t i = 0; i < d->c->ncls; i++) {
        double rate = row[i] ? (double)route_lane(d->c, src->cls, i).rate : 0;

        if (rate > 0 && ring_find(d, src, row[i], rate, &src->of[i]))
            return -ENOMEM;
    }
    return 0;
}

/* The ring of a host as seen from this source; NULL: there is no path. */
static struct ring *ring_of(struct drain *d, const struct source *src,
                            uint32_t host)
{
    uint32_t cls = d->c->host[host].cls;

    return cls == NONE || src->of[cls] == NONE
               ? NULL
               : &d->ring[src->ring + src->of[cls]];
}

/* Sorts the hosts into their rings; they keep the order of the candidates. */
static void source_ring_hosts(struct drain *d, struct source *src)
{
    uint32_t at = 0;

    for (uint32_t i = 0; i < d->ncand; i++) {
        struct ring *ring = ring_of(d, src, d->cand[i]);

        if (ring)
            ring->n++;
    }
    for (uint32_t r = 0; r < src->ring_n; r++) {
        struct ring *ring = &d->ring[src->ring + r];

        ring->first = at;
        at += ring->n;
        ring->n = 0;
    }
    for (uint32_t i = 0; i < d->ncand; i++) {
        struct ring *ring = ring_of(d, src, d->cand[i]);

        if (ring)
            src->host[ring->first + ring->n++] = d->cand[i];
    }
}

static int source_make_rings(struct drain *d, struct source *src)
{
    struct plan_cluster *c = d->c;
    const uint16_t *row = src->cls == NONE ? NULL : route_row(c, src->cls);

    src->ring = d->nring;
    src->of = malloc((c->ncls + 1) * sizeof *src->of);
    src->host = calloc(d->ncand + 1, sizeof *src->host);
    if (!src->of || !src->host || (!row && src->cls != NONE))
        return -ENOMEM;
    memset(src->of, 0xff, (c->ncls + 1) * sizeof *src->of);
    if (row && source_ring_classes(d, src, row))
        return -ENOMEM;
    source_ring_hosts(d, src);
    return 0;
}

/* Finds the source of a unit; made if the unit is the first of its class. */
static int unit_source(struct drain *d, struct unit *u)
{
    uint32_t cls = d->c->host[u->from].cls, k = 0;

    /* units of one host, and mostly of one rack, come one after another */
    if (d->nsrc && d->src[d->nsrc - 1].cls == cls)
        k = d->nsrc - 1;
    while (k < d->nsrc && d->src[k].cls != cls)
        k++;
    u->src = k;
    if (k < d->nsrc)
        return 0;
    if (array_grow(&d->src, &d->src_room, d->nsrc + 1u, sizeof *d->src))
        return -ENOMEM;
    d->src[d->nsrc++] = (struct source){ .cls = cls };
    return source_make_rings(d, &d->src[k]);
}

/* --- costs --------------------------------------------------------------- */

static double unit_ring_cost(const struct drain *d, const struct unit *u,
                             const struct ring *r)
{
    double sum = 0;

    for (uint32_t i = 0; i < u->n; i++)
        sum += score_cost(d->c, d->unit_dom[u->first + i], r->hops, r->rate,
                          NULL);
    return sum;
}

static void rings_sort(const double *cost, uint32_t *order, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        uint32_t k = i;

        while (k && cost[order[k - 1]] > cost[i]) {
            order[k] = order[k - 1];
            k--;
        }
        order[k] = i;
    }
}

static int unit_ring_costs(struct drain *d, struct unit *u)
{
    uint32_t n = d->src[u->src].ring_n;

    u->cost = u->order = d->ncost;
    for (uint32_t r = 0; r < n; r++) {
        if (array_grow(&d->cost, &d->cost_room, d->ncost + 1u,
                       sizeof *d->cost) ||
            array_grow(&d->order, &d->order_room, d->ncost + 1u,
                       sizeof *d->order))
            return -ENOMEM;
        d->cost[d->ncost++] = unit_ring_cost(d, u, drain_ring_at(d, u, r));
    }
    if (n)
        rings_sort(d->cost + u->cost, d->order + u->order, n);
    return 0;
}

int drain_price_unit(struct drain *d, struct unit *u)
{
    int rc = unit_source(d, u);

    return rc ? rc : unit_ring_costs(d, u);
}
