/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The picture: parallel cables taken together, attachment sets, and one
 * breadth-first search from every switch that has hosts, which counts paths
 * and finds the widest on its way. A pair of hosts is then put together from
 * table reads (definitions: rackhop-topology/1 in rackhop-formats(5)).
 */
#include "topology/graph_impl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define NOWHERE                                                               \
    ((struct topo_pair){ TOPO_UNKNOWN, TOPO_UNKNOWN, TOPO_UNKNOWN,            \
                         TOPO_UNKNOWN })

static bool is_host(const struct topo *t, uint32_t n)
{
    return t->node[n]->pub.kind == TOPO_HOST;
}

static int32_t min32(int32_t a, int32_t b)
{
    return a < b ? a : b;
}
static int32_t max32(int32_t a, int32_t b)
{
    return a > b ? a : b;
}

/* A rate is known when its bounds meet. */
static int64_t known(int32_t lo, int32_t hi)
{
    return lo == hi ? lo : TOPO_UNKNOWN;
}

/* --- bundles and neighbours ------------------------------------------------ */

struct end {
    uint32_t lo, hi, link;
};

static int by_ends(const void *va, const void *vb)
{
    const struct end *a = va, *b = vb;

    if (a->lo != b->lo)
        return a->lo < b->lo ? -1 : 1;
    if (a->hi != b->hi)
        return a->hi < b->hi ? -1 : 1;
    return a->link < b->link ? -1 : a->link > b->link;
}

static void bundle_add(struct bundle *b, const struct topo_link *l)
{
    int32_t rate = l->mbps == TOPO_UNKNOWN ? 0 : (int32_t)l->mbps;
    int64_t sum = (int64_t)b->sum.lo + rate;

    b->pub.cables++;
    b->pub.load_mbps += l->load_mbps;
    b->sum.lo = sum < ANY_RATE ? (int32_t)sum : ANY_RATE - 1;
    b->best.lo = max32(b->best.lo, rate);
    if (l->mbps == TOPO_UNKNOWN)
        b->sum.hi = b->best.hi = ANY_RATE;
    if (b->sum.hi != ANY_RATE)
        b->sum.hi = b->sum.lo;
    if (b->best.hi != ANY_RATE)
        b->best.hi = b->best.lo;
    b->pub.mbps = known(b->sum.lo, b->sum.hi);
    b->pub.best_mbps = known(b->best.lo, b->best.hi);
}

static int make_bundles(struct topo_dist *d)
{
    const struct topo *t = d->t;
    struct end *e = calloc(t->links + 1, sizeof *e);

    d->bundle = calloc(t->links + 1, sizeof *d->bundle);
    if (!e || !d->bundle) {
        free(e);
        return -ENOMEM;
    }
    for (uint32_t i = 0; i < t->links; i++) {
        const struct topo_link *l = &t->link[i];
        bool up = l->a < l->b;

        e[i] = (struct end){ up ? l->a : l->b, up ? l->b : l->a, i };
        if (l->mbps == TOPO_UNKNOWN)
            d->unknown = true;
    }
    qsort(e, t->links, sizeof *e, by_ends);
    for (size_t i = 0; i < t->links; i++) {
        if (!i || e[i].lo != e[i - 1].lo || e[i].hi != e[i - 1].hi) {
            struct bundle *b = &d->bundle[d->bundles++];

            b->pub.a = e[i].lo;
            b->pub.b = e[i].hi;
        }
        bundle_add(&d->bundle[d->bundles - 1], &t->link[e[i].link]);
    }
    free(e);
    return 0;
}

/* Both directions of every bundle, by node. */
static int make_adjacency(struct topo_dist *d)
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

        d->adj[fill[b->a]++] = (struct arc){ b->b, 2 * i };
        d->adj[fill[b->b]++] = (struct arc){ b->a, 2 * i + 1 };
    }
    free(fill);
    return 0;
}

/* --- attachment sets --------------------------------------------------------- */

struct set_key {
    uint32_t set;
    UT_hash_handle hh; /* by the attachments' bytes */
};

static void attach(struct topo_dist *d, uint32_t host, struct attachment *att,
                   uint32_t *n)
{
    for (uint32_t i = d->first[host]; i < d->first[host + 1]; i++) {
        const struct arc *a = &d->adj[i];
        const struct bundle *b = &d->bundle[a->arc / 2];

        if (is_host(d->t, a->to)) {
            d->direct[host] = true;
            continue;
        }
        if (d->leaf[a->to] == NONE)
            d->leaf[a->to] = d->leaves++;
        memset(&att[*n], 0, sizeof *att); /* padding: it is a hash key */
        att[*n].sw = a->to;
        att[*n].leaf = d->leaf[a->to];
        att[*n].cables = b->pub.cables;
        att[*n].sum = b->sum;
        att[(*n)++].best = b->best;
    }
}

static int make_sets(struct topo_dist *d)
{
    struct set_key *keys = NULL, *k, *tmp;
    uint32_t used = 0;
    int rc = 0;

    for (uint32_t h = 0; h < d->t->nodes && !rc; h++) {
        uint32_t n = used;

        if (!is_host(d->t, h))
            continue;
        attach(d, h, d->att, &n);
        HASH_FIND(hh, keys, &d->att[used], (n - used) * sizeof *d->att, k);
        if (!k) {
            k = calloc(1, sizeof *k);
            if (!k) {
                rc = -ENOMEM;
                break;
            }
            k->set = (uint32_t)d->sets;
            d->rep[d->sets] = h;
            d->set[d->sets++] = (struct set){ used, n - used };
            HASH_ADD_KEYPTR(hh, keys, &d->att[used],
                            (n - used) * sizeof *d->att, k);
            used = n;
        }
        d->set_of[h] = k->set;
    }
    HASH_ITER(hh, keys, k, tmp) {
        HASH_DEL(keys, k);
        free(k);
    }
    return rc;
}

/* --- one search for each leaf -------------------------------------------------- */

/* Neighbours among switches only, with their bundle's best cable. */
struct hop {
    uint32_t to; /* switch index */
    struct range best;
};

struct fabric {
    uint32_t *first;
    struct hop *hop;
    uint32_t *queue;
};

static int make_fabric(struct topo_dist *d, struct fabric *f)
{
    uint32_t n = 0;

    f->first = calloc(d->switches + 2, sizeof *f->first);
    f->hop = calloc(2 * d->bundles + 1, sizeof *f->hop);
    f->queue = calloc(d->switches + 1, sizeof *f->queue);
    if (!f->first || !f->hop || !f->queue)
        return -ENOMEM;
    for (uint32_t s = 0; s < d->t->nodes; s++) {
        if (d->index[s] == NONE)
            continue;
        f->first[d->index[s]] = n;
        for (uint32_t i = d->first[s]; i < d->first[s + 1]; i++) {
            uint32_t to = d->index[d->adj[i].to];

            if (to != NONE)
                f->hop[n++] =
                    (struct hop){ to, d->bundle[d->adj[i].arc / 2].best };
        }
    }
    f->first[d->switches] = n;
    return 0;
}

/* A node is settled before it leaves the queue: all nodes of a layer leave
 * before the first of the next, so its row entries are final by then. */
static void search(struct topo_dist *d, struct fabric *f, uint32_t leaf,
                   uint32_t start)
{
    size_t row = (size_t)leaf * d->switches;
    uint16_t *hops = d->hops + row;
    double *paths = d->paths + row;
    int32_t *lo = d->lo + row, *hi = d->hi + row;
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
            const struct hop *h = &f->hop[i];

            if (hops[h->to] == FAR && next < FAR) {
                hops[h->to] = next;
                f->queue[tail++] = h->to;
            }
            if (hops[h->to] != next)
                continue;
            paths[h->to] += paths[u];
            lo[h->to] = max32(lo[h->to], min32(lo[u], h->best.lo));
            if (d->unknown)
                hi[h->to] = max32(hi[h->to], min32(hi[u], h->best.hi));
        }
    }
}

static int search_all(struct topo_dist *d)
{
    size_t cells = (size_t)d->leaves * d->switches + 1;
    struct fabric f = { NULL, NULL, NULL };
    int rc = -ENOMEM;

    d->hops = malloc(cells * sizeof *d->hops);
    d->paths = calloc(cells, sizeof *d->paths);
    d->lo = calloc(cells, sizeof *d->lo);
    d->hi = d->unknown ? calloc(cells, sizeof *d->hi) : d->lo;
    if (!d->hops || !d->paths || !d->lo || !d->hi)
        goto out;
    rc = make_fabric(d, &f);
    if (rc)
        goto out;
    for (uint32_t s = 0; s < d->t->nodes; s++)
        if (d->leaf[s] != NONE)
            search(d, &f, d->leaf[s], d->index[s]);
out:
    free(f.first);
    free(f.hop);
    free(f.queue);
    return rc;
}

/* --- the picture ----------------------------------------------------------------- */

struct cached {
    uint64_t sets; /* the smaller in the upper half */
    int64_t total;
    UT_hash_handle hh;
};

static int picture(struct topo_dist *d)
{
    size_t n = d->t->nodes;
    int rc;

    rc = make_bundles(d);
    if (!rc)
        rc = make_adjacency(d);
    if (rc)
        return rc;
    d->index = malloc((n + 1) * sizeof *d->index);
    d->leaf = malloc((n + 1) * sizeof *d->leaf);
    d->set_of = malloc((n + 1) * sizeof *d->set_of);
    d->direct = calloc(n + 1, sizeof *d->direct);
    d->set = calloc(n + 1, sizeof *d->set);
    d->rep = calloc(n + 1, sizeof *d->rep);
    d->att = calloc(2 * d->bundles + 1, sizeof *d->att);
    if (!d->index || !d->leaf || !d->set_of || !d->direct || !d->set ||
        !d->rep || !d->att)
        return -ENOMEM;
    for (uint32_t i = 0; i < n; i++) {
        d->leaf[i] = d->set_of[i] = NONE;
        d->index[i] = is_host(d->t, i) ? NONE : d->switches++;
    }
    rc = make_sets(d);
    return rc ? rc : search_all(d);
}

struct topo_dist *topo_dist_new(const struct topo *t)
{
    struct topo_dist *d = calloc(1, sizeof *d);

    if (!d)
        return NULL;
    d->t = t;
    if (picture(d)) {
        topo_dist_free(d);
        return NULL;
    }
    return d;
}

void topo_dist_free(struct topo_dist *d)
{
    struct cached *c, *tmp;

    if (!d)
        return;
    HASH_ITER(hh, d->cache, c, tmp) {
        HASH_DEL(d->cache, c);
        free(c);
    }
    if (d->scratch)
        dag_dispose(d->scratch);
    free(d->scratch);
    if (d->hi != d->lo)
        free(d->hi);
    free(d->lo);
    free(d->paths);
    free(d->hops);
    free(d->att);
    free(d->rep);
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

/* --- questions ---------------------------------------------------------------------- */

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
    const struct attachment *x = &d->att[d->set[a].first],
                            *y = &d->att[d->set[b].first];
    unsigned best = FAR;

    for (uint32_t i = 0; i < d->set[a].n; i++)
        for (uint32_t j = 0; j < d->set[b].n; j++) {
            unsigned h =
                d->hops[(size_t)x[i].leaf * d->switches + d->index[y[j].sw]];

            if (h < best)
                best = h;
        }
    return best == FAR ? TOPO_UNKNOWN : (int)best + 2;
}

/* A shortest path leaves by one of a's switches and arrives by one of b's,
 * and no other pair of them lies on it: it would be shorter. */
static struct topo_pair set_pair_quick(const struct topo_dist *d, uint32_t a,
                                       uint32_t b)
{
    const struct attachment *x = &d->att[d->set[a].first],
                            *y = &d->att[d->set[b].first];
    struct topo_pair p = NOWHERE;
    struct range flow = { 0, 0 };

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
            flow.lo = max32(
                flow.lo, min32(d->lo[c], min32(x[i].best.lo, y[j].best.lo)));
            flow.hi = max32(
                flow.hi, min32(d->hi[c], min32(x[i].best.hi, y[j].best.hi)));
        }
    p.flow_mbps = known(flow.lo, flow.hi);
    return p;
}

static const struct bundle *direct_bundle(const struct topo_dist *d,
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
    if (direct_bundle(d, a, b))
        return 1;
    return topo_set_hops(d, (uint32_t)x, (uint32_t)y);
}

struct topo_pair topo_pair_quick(const struct topo_dist *d, uint32_t a,
                                 uint32_t b)
{
    int x = topo_set_of(d, a), y = topo_set_of(d, b);
    struct topo_pair p = NOWHERE;
    const struct bundle *wire;

    if (x < 0 || y < 0)
        return p;
    if (a == b) {
        p.hops = 0;
        p.paths = 1;
        return p;
    }
    wire = direct_bundle(d, a, b);
    if (!wire)
        return set_pair_quick(d, (uint32_t)x, (uint32_t)y);
    p.hops = 1;
    p.paths = 1;
    p.flow_mbps = wire->pub.best_mbps;
    return p;
}

/* --- total --------------------------------------------------------------- */

static int32_t cap32(int64_t v)
{
    return v < ANY_RATE ? (int32_t)v : ANY_RATE;
}

/* What a set's own cables let through: a bound that often is the answer. */
static struct range ends(const struct topo_dist *d, uint32_t set)
{
    const struct attachment *x = &d->att[d->set[set].first];
    int64_t lo = 0, hi = 0;

    for (uint32_t i = 0; i < d->set[set].n; i++) {
        lo += x[i].sum.lo;
        hi += x[i].sum.hi;
    }
    return (struct range){ cap32(lo), cap32(hi) };
}

/* Two hosts on common switches: each switch carries the lesser of its two. */
static int64_t total_of_two_hops(const struct topo_dist *d, uint32_t a,
                                 uint32_t b)
{
    const struct attachment *x = &d->att[d->set[a].first],
                            *y = &d->att[d->set[b].first];
    int64_t lo = 0, hi = 0;

    for (uint32_t i = 0; i < d->set[a].n; i++)
        for (uint32_t j = 0; j < d->set[b].n; j++)
            if (x[i].sw == y[j].sw) {
                lo += min32(x[i].sum.lo, y[j].sum.lo);
                hi += min32(x[i].sum.hi, y[j].sum.hi);
            }
    return lo == hi ? lo : TOPO_UNKNOWN;
}

/* Hosts of one set have the same total, so any of them stands for it. */
static int64_t total_by_flow(struct topo_dist *d, uint32_t a, uint32_t b,
                             int hops)
{
    struct dag *g = dag_scratch(d);
    int64_t lo, hi;

    if (!g || dag_build(d, g, d->rep[a], d->rep[b], hops))
        return TOPO_UNKNOWN;
    lo = maxflow(d, g, false);
    if (lo < 0 || !d->unknown)
        return lo < 0 ? TOPO_UNKNOWN : lo;
    hi = maxflow(d, g, true);
    return lo == hi ? lo : TOPO_UNKNOWN;
}

static int64_t set_total(struct topo_dist *d, uint32_t a, uint32_t b,
                         const struct topo_pair *p)
{
    struct range x = ends(d, a), y = ends(d, b);
    uint64_t key = a < b ? (uint64_t)a << 32 | b : (uint64_t)b << 32 | a;
    struct cached *c;

    /* one flow fills the narrower end: there is no more to gain */
    if (p->flow_mbps >= 0 && p->flow_mbps == min32(x.hi, y.hi))
        return p->flow_mbps;
    if (!min32(x.lo, y.lo))
        return TOPO_UNKNOWN;
    if (p->hops == 2)
        return total_of_two_hops(d, a, b);
    HASH_FIND(hh, d->cache, &key, sizeof key, c);
    if (c)
        return c->total;
    c = calloc(1, sizeof *c);
    if (!c)
        return TOPO_UNKNOWN;
    c->sets = key;
    c->total = total_by_flow(d, a, b, p->hops);
    HASH_ADD(hh, d->cache, sets, sizeof c->sets, c);
    return c->total;
}

struct topo_pair topo_set_pair(struct topo_dist *d, uint32_t a, uint32_t b)
{
    struct topo_pair p = set_pair_quick(d, a, b);

    if (p.hops > 0)
        p.total_mbps = set_total(d, a, b, &p);
    return p;
}

struct topo_pair topo_pair(struct topo_dist *d, uint32_t a, uint32_t b)
{
    struct topo_pair p = topo_pair_quick(d, a, b);

    if (p.hops == 1)
        p.total_mbps = direct_bundle(d, a, b)->pub.mbps;
    else if (p.hops > 1)
        p.total_mbps = set_total(d, d->set_of[a], d->set_of[b], &p);
    return p;
}
