/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Counts the shortest paths between two hosts that have no cable in common.
 *
 * That is a max-flow in which each cable carries one (Menger 1927). Like the
 * total rate (dist_total.c) it is computed at the first question for each pair
 * of sets, and the cheap cases need none.
 */
#include "topology/dist_impl.h"

#include <errno.h>
#include <stdlib.h>

struct dist_disjoint {
    uint64_t sets; /* the smaller in the upper half */
    uint32_t paths;
    UT_hash_handle hh;
};

/* No more paths than a host has cables, of those to other hosts too. */
static uint32_t disjoint_cables(const struct topo_dist *d, uint32_t host)
{
    uint32_t n = 0;

    for (uint32_t i = d->first[host]; i < d->first[host + 1]; i++)
        n += d->bundle[d->adj[i].arc / 2].pub.cables;
    return n;
}

static int disjoint_by_flow(struct topo_dist *d, uint32_t a, uint32_t b)
{
    struct dag *g = dag_scratch(d);
    int64_t n;

    if (!g || dag_build(d, g, a, b, topo_hops(d, a, b)))
        return -ENOMEM;
    n = maxflow(d, g, CAP_CABLES);
    return n < TOPO_DISJOINT_MOST ? (int)n : TOPO_DISJOINT_MOST;
}

/* Hosts of the same sets have the same number, if no cable joins hosts. */
static int disjoint_of_sets(struct topo_dist *d, uint32_t a, uint32_t b)
{
    uint32_t x = d->set_of[a], y = d->set_of[b];
    uint64_t key = x < y ? (uint64_t)x << 32 | y : (uint64_t)y << 32 | x;
    struct dist_disjoint *c;
    int n;

    HASH_FIND(hh, d->disjoint, &key, sizeof key, c);
    if (c)
        return (int)c->paths;
    n = disjoint_by_flow(d, a, b);
    c = n < 0 ? NULL : calloc(1, sizeof *c);
    if (!c)
        return -ENOMEM;
    c->sets = key;
    c->paths = (uint32_t)n;
    HASH_ADD(hh, d->disjoint, sets, sizeof c->sets, c);
    return n;
}

int topo_disjoint_paths(struct topo_dist *d, uint32_t a, uint32_t b)
{
    if (topo_hops(d, a, b) <= 0)
        return 0;
    if (disjoint_cables(d, a) == 1 || disjoint_cables(d, b) == 1)
        return 1;
    return topo_is_direct(d, a) || topo_is_direct(d, b)
               ? disjoint_by_flow(d, a, b)
               : disjoint_of_sets(d, a, b);
}

void dist_disjoint_free(struct topo_dist *d)
{
    struct dist_disjoint *c, *tmp;

    HASH_ITER(hh, d->disjoint, c, tmp) {
        HASH_DEL(d->disjoint, c);
        free(c);
    }
}
