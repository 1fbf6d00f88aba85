/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Answers questions about two hosts or two sets: hops, paths, rates.
 *
 * rackhop-topology/1 in rackhop-formats(5) defines the four figures.
 */
#include "topology/dist_impl.h"

#include <errno.h>

#define PAIR_UNKNOWN                                                          \
    ((struct topo_pair){ TOPO_UNKNOWN, TOPO_UNKNOWN, TOPO_UNKNOWN,            \
                         TOPO_UNKNOWN })

size_t topo_sets(const struct topo_dist *d)
{
    return d->sets;
}

int topo_set_of(const struct topo_dist *d, uint32_t host)
{
    if (host >= d->t->nodes || d->set_of[host] == NONE)
        return -EINVAL;
    return (int)d->set_of[host];
}

bool topo_is_direct(const struct topo_dist *d, uint32_t host)
{
    return d->direct[host];
}

size_t topo_bundles(const struct topo_dist *d)
{
    return d->bundles;
}

const struct topo_bundle *topo_bundle(const struct topo_dist *d, uint32_t i)
{
    return &d->bundle[i].pub;
}

int topo_set_hops(const struct topo_dist *d, uint32_t a, uint32_t b)
{
    const struct dist_attachment *x = &d->attachment[d->set[a].first],
                                 *y = &d->attachment[d->set[b].first];
    unsigned best = NO_PATH;

    for (uint32_t i = 0; i < d->set[a].n; i++)
        for (uint32_t j = 0; j < d->set[b].n; j++) {
            unsigned h =
                d->hops[(size_t)x[i].leaf * d->switches + d->index[y[j].sw]];

            if (h < best)
                best = h;
        }
    return best == NO_PATH ? TOPO_UNKNOWN : (int)best + 2;
}

/* A shortest path leaves by one of a's switches and arrives by one of b's. It
 * holds no other switch of theirs, since the path would be shorter then. */
static struct topo_pair pair_of_sets(const struct topo_dist *d, uint32_t a,
                                     uint32_t b)
{
    const struct dist_attachment *x = &d->attachment[d->set[a].first],
                                 *y = &d->attachment[d->set[b].first];
    struct topo_pair p = PAIR_UNKNOWN;
    struct rate_range flow = { 0, 0 };

    p.hops = topo_set_hops(d, a, b);
    if (p.hops < 0)
        return p;
    p.paths = 0;
    for (uint32_t i = 0; i < d->set[a].n; i++)
        for (uint32_t j = 0; j < d->set[b].n; j++) {
            size_t c = (size_t)x[i].leaf * d->switches + d->index[y[j].sw];

            if (d->hops[c] != p.hops - 2)
                continue;
            p.paths += d->paths[c];
            flow.lo = rate_max(flow.lo,
                               rate_min(d->widest_lo[c],
                                        rate_min(x[i].best.lo, y[j].best.lo)));
            flow.hi = rate_max(flow.hi,
                               rate_min(d->widest_hi[c],
                                        rate_min(x[i].best.hi, y[j].best.hi)));
        }
    p.flow_mbps = rate_known(flow.lo, flow.hi);
    return p;
}

/* The cables between two hosts without a switch; NULL: there are none. */
static const struct dist_bundle *pair_direct_bundle(const struct topo_dist *d,
                                                    uint32_t a, uint32_t b)
{
    if (d->direct[a] && d->direct[b])
        for (uint32_t i = d->first[a]; i < d->first[a + 1]; i++)
            if (d->adj[i].to == b)
                return &d->bundle[d->adj[i].arc / 2];
    return NULL;
}

int topo_hops(const struct topo_dist *d, uint32_t a, uint32_t b)
{
    int x = topo_set_of(d, a), y = topo_set_of(d, b);

    if (x < 0 || y < 0)
        return TOPO_UNKNOWN;
    if (a == b)
        return 0;
    if (pair_direct_bundle(d, a, b))
        return 1;
    return topo_set_hops(d, (uint32_t)x, (uint32_t)y);
}

struct topo_pair topo_pair_quick(const struct topo_dist *d, uint32_t a,
                                 uint32_t b)
{
    int x = topo_set_of(d, a), y = topo_set_of(d, b);
    struct topo_pair p = PAIR_UNKNOWN;
    const struct dist_bundle *direct;

    if (x < 0 || y < 0)
        return p;
    if (a == b) {
        p.hops = 0;
        p.paths = 1;
        return p;
    }
    direct = pair_direct_bundle(d, a, b);
    if (!direct)
        return pair_of_sets(d, (uint32_t)x, (uint32_t)y);
    p.hops = 1;
    p.paths = 1;
    p.flow_mbps = direct->pub.best_mbps;
    return p;
}

struct topo_pair topo_set_pair(struct topo_dist *d, uint32_t a, uint32_t b)
{
    struct topo_pair p = pair_of_sets(d, a, b);

    if (p.hops > 0)
        p.total_mbps = dist_total_of_sets(d, a, b, &p);
    return p;
}

struct topo_pair topo_pair(struct topo_dist *d, uint32_t a, uint32_t b)
{
    struct topo_pair p = topo_pair_quick(d, a, b);

    if (p.hops == 1)
        p.total_mbps = pair_direct_bundle(d, a, b)->pub.mbps;
    else if (p.hops > 1)
        p.total_mbps = dist_total_of_sets(d, d->set_of[a], d->set_of[b], &p);
    return p;
}
