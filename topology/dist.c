/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Compiles a graph into the tables that answer questions about two hosts.
 *
 * The steps: bundles and arcs (dist_bundles.c), attachment sets (dist_sets.c),
 * one search for each switch that has hosts (dist_search.c). What a pair of
 * hosts is asked for is then put together from table reads (dist_pair.c).
 */
#include "topology/dist_impl.h"

#include <errno.h>
#include <stdlib.h>

static int dist_compile(struct topo_dist *d)
{
    size_t n = d->t->nodes;
    int rc;

    rc = dist_make_bundles(d);
    if (!rc)
        rc = dist_make_arcs(d);
    if (rc)
        return rc;
    d->index = malloc((n + 1) * sizeof *d->index);
    d->leaf = malloc((n + 1) * sizeof *d->leaf);
    d->set_of = malloc((n + 1) * sizeof *d->set_of);
    d->direct = calloc(n + 1, sizeof *d->direct);
    d->set = calloc(n + 1, sizeof *d->set);
    d->host_of_set = calloc(n + 1, sizeof *d->host_of_set);
    d->attachment = calloc(2 * d->bundles + 1, sizeof *d->attachment);
    if (!d->index || !d->leaf || !d->set_of || !d->direct || !d->set ||
        !d->host_of_set || !d->attachment)
        return -ENOMEM;
    for (uint32_t i = 0; i < n; i++) {
        d->leaf[i] = d->set_of[i] = NONE;
        d->index[i] = topo_is_host(d->t, i) ? NONE : d->switches++;
    }
    rc = dist_make_sets(d);
    return rc ? rc : dist_search(d);
}

struct topo_dist *topo_dist_new(const struct topo *t)
{
    struct topo_dist *d = calloc(1, sizeof *d);

    if (!d)
        return NULL;
    d->t = t;
    if (dist_compile(d)) {
        topo_dist_free(d);
        return NULL;
    }
    return d;
}

void topo_dist_free(struct topo_dist *d)
{
    if (!d)
        return;
    dist_totals_free(d);
    dist_disjoint_free(d);
    if (d->scratch)
        dag_dispose(d->scratch);
    free(d->scratch);
    if (d->widest_hi != d->widest_lo)
        free(d->widest_hi);
    free(d->widest_lo);
    free(d->paths);
    free(d->hops);
    free(d->attachment);
    free(d->host_of_set);
    free(d->set);
    free(d->direct);
    free(d->set_of);
    free(d->leaf);
    free(d->index);
    free(d->adj);
    free(d->first);
    free(d->bundle);
    free(d);
}
