/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Takes parallel cables together: bundles, and the arcs of each node.
 *
 * A bundle is all cables between two nodes. Each bundle gives two arcs, one in
 * each direction, which are sorted by the node they leave.
 */
#include "topology/dist_impl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* One cable by its two nodes, the lesser first. */
struct bundle_key {
    uint32_t lo, hi, link;
};

static int bundle_key_compare(const void *va, const void *vb)
{
    const struct bundle_key *a = va, *b = vb;

    if (a->lo != b->lo)
        return a->lo < b->lo ? -1 : 1;
    if (a->hi != b->hi)
        return a->hi < b->hi ? -1 : 1;
    return a->link < b->link ? -1 : a->link > b->link;
}

static void bundle_add_link(struct dist_bundle *b, const struct topo_link *l)
{
    int32_t rate = l->mbps == TOPO_UNKNOWN ? 0 : (int32_t)l->mbps;
    int64_t sum = (int64_t)b->sum.lo + rate;

    if (l->mtu > 0 && (b->pub.mtu < 0 || l->mtu < b->pub.mtu))
        b->pub.mtu = l->mtu;
    b->pub.cables++;
    b->pub.load_mbps += l->load_mbps;
    b->sum.lo = sum < ANY_RATE ? (int32_t)sum : ANY_RATE - 1;
    b->best.lo = rate_max(b->best.lo, rate);
    if (l->mbps == TOPO_UNKNOWN)
        b->sum.hi = b->best.hi = ANY_RATE;
    if (b->sum.hi != ANY_RATE)
        b->sum.hi = b->sum.lo;
    if (b->best.hi != ANY_RATE)
        b->best.hi = b->best.lo;
    b->pub.mbps = rate_known(b->sum.lo, b->sum.hi);
    b->pub.best_mbps = rate_known(b->best.lo, b->best.hi);
}

int dist_make_bundles(struct topo_dist *d)
{
    const struct topo *t = d->t;
    struct bundle_key *e = calloc(t->links + 1, sizeof *e);

    d->bundle = calloc(t->links + 1, sizeof *d->bundle);
    if (!e || !d->bundle) {
        free(e);
        return -ENOMEM;
    }
    for (uint32_t i = 0; i < t->links; i++) {
        const struct topo_link *l = &t->link[i];
        bool up = l->a < l->b;

        e[i] = (struct bundle_key){ up ? l->a : l->b, up ? l->b : l->a, i };
        if (l->mbps == TOPO_UNKNOWN)
            d->unknown = true;
    }
    qsort(e, t->links, sizeof *e, bundle_key_compare);
    for (size_t i = 0; i < t->links; i++) {
        if (!i || e[i].lo != e[i - 1].lo || e[i].hi != e[i - 1].hi) {
            struct dist_bundle *b = &d->bundle[d->bundles++];

            b->pub.a = e[i].lo;
            b->pub.b = e[i].hi;
            b->pub.mtu = TOPO_UNKNOWN;
        }
        bundle_add_link(&d->bundle[d->bundles - 1], &t->link[e[i].link]);
    }
    free(e);
    return 0;
}

int dist_make_arcs(struct topo_dist *d)
{
    size_t n = d->t->nodes;
    uint32_t *fill = calloc(n + 1, sizeof *fill);

    d->first = calloc(n + 2, sizeof *d->first);
    d->adj = calloc(2 * d->bundles + 1, sizeof *d->adj);
    if (!fill || !d->first || !d->adj) {
        free(fill);
        return -ENOMEM;
    }
    for (size_t i = 0; i < d->bundles; i++) {
        d->first[d->bundle[i].pub.a + 1]++;
        d->first[d->bundle[i].pub.b + 1]++;
    }
    for (size_t i = 0; i < n; i++)
        d->first[i + 1] += d->first[i];
    memcpy(fill, d->first, n * sizeof *fill);
    for (uint32_t i = 0; i < d->bundles; i++) {
        const struct topo_bundle *b = &d->bundle[i].pub;

        d->adj[fill[b->a]++] = (struct dist_arc){ b->b, 2 * i };
        d->adj[fill[b->b]++] = (struct dist_arc){ b->a, 2 * i + 1 };
    }
    free(fill);
    return 0;
}
