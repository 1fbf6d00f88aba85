/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Fills the tables by a search from every switch that has hosts.
 *
 * One breadth-first search fills a row: the hops to each switch, the number of
 * shortest paths, and the rate of the widest of them.
 */
#include "topology/dist_impl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* An arc from a switch to a switch, and the rates of its best cable. */
struct fabric_arc {
    uint32_t to; /* switch index */
    struct rate_range best;
};

/* The switches alone: the arcs of switch i are arc[first[i] ..]. */
struct fabric {
    uint32_t *first;
    struct fabric_arc *arc;
    uint32_t *queue;
};

static int fabric_make(struct topo_dist *d, struct fabric *f)
{
    uint32_t n = 0;

    f->first = calloc(d->switches + 2, sizeof *f->first);
    f->arc = calloc(2 * d->bundles + 1, sizeof *f->arc);
    f->queue = calloc(d->switches + 1, sizeof *f->queue);
    if (!f->first || !f->arc || !f->queue)
        return -ENOMEM;
    for (uint32_t s = 0; s < d->t->nodes; s++) {
        if (d->index[s] == NONE)
            continue;
        f->first[d->index[s]] = n;
        for (uint32_t i = d->first[s]; i < d->first[s + 1]; i++) {
            uint32_t to = d->index[d->adj[i].to];

            if (to != NONE)
                f->arc[n++] =
                    (struct fabric_arc){ to,
                                         d->bundle[d->adj[i].arc / 2].best };
        }
    }
    f->first[d->switches] = n;
    return 0;
}

/* Fills one row. A switch is settled when it leaves the queue: all switches of
 * a layer leave it before the first of the next layer. */
static void search_from(struct topo_dist *d, struct fabric *f, uint32_t leaf,
                        uint32_t start)
{
    size_t row = (size_t)leaf * d->switches;
    uint16_t *hops = d->hops + row;
    double *paths = d->paths + row;
    int32_t *lo = d->widest_lo + row, *hi = d->widest_hi + row;
    uint32_t head = 0, tail = 0;

    memset(hops, 0xff, d->switches * sizeof *hops);
    hops[start] = 0;
    paths[start] = 1;
    lo[start] = hi[start] = ANY_RATE;
    f->queue[tail++] = start;
    while (head < tail) {
        uint32_t u = f->queue[head++];
        uint16_t next = (uint16_t)(hops[u] + 1);

        for (uint32_t i = f->first[u]; i < f->first[u + 1]; i++) {
            const struct fabric_arc *h = &f->arc[i];

            if (hops[h->to] == NO_PATH && next < NO_PATH) {
                hops[h->to] = next;
                f->queue[tail++] = h->to;
            }
            if (hops[h->to] != next)
                continue;
            paths[h->to] += paths[u];
            lo[h->to] = rate_max(lo[h->to], rate_min(lo[u], h->best.lo));
            if (d->unknown)
                hi[h->to] = rate_max(hi[h->to], rate_min(hi[u], h->best.hi));
        }
    }
}

int dist_search(struct topo_dist *d)
{
    size_t cells = (size_t)d->leaves * d->switches + 1;
    struct fabric f = { NULL, NULL, NULL };
    int rc = -ENOMEM;

    d->hops = malloc(cells * sizeof *d->hops);
    d->paths = calloc(cells, sizeof *d->paths);
    d->widest_lo = calloc(cells, sizeof *d->widest_lo);
    d->widest_hi =
        d->unknown ? calloc(cells, sizeof *d->widest_hi) : d->widest_lo;
    if (!d->hops || !d->paths || !d->widest_lo || !d->widest_hi)
        goto out;
    rc = fabric_make(d, &f);
    if (rc)
        goto out;
    for (uint32_t s = 0; s < d->t->nodes; s++)
        if (d->leaf[s] != NONE)
            search_from(d, &f, d->leaf[s], d->index[s]);
out:
    free(f.first);
    free(f.arc);
    free(f.queue);
    return rc;
}
