/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Answers which way traffic goes: shares of cables (ECMP), and single paths.
 */
#include "topology/dist_impl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* --- ECMP ---------------------------------------------------------------- */

static uint32_t share_cables(const struct topo_dist *d, uint32_t arc)
{
    return d->bundle[arc / 2].pub.cables;
}

/* One pass is enough, since arcs stand in the order of the nodes they
 * leave. */
static void shares_spread(const struct topo_dist *d, const struct dag *g,
                          struct topo_share *s, double *weight)
{
    weight[0] = 1;
    for (size_t i = 0, j; i < g->arcs; i = j) {
        double all = 0;

        for (j = i; j < g->arcs && g->from[j] == g->from[i]; j++)
            all += share_cables(d, g->arc[j]);
        for (size_t k = i; k < j; k++) {
            s[k].arc = g->arc[k];
            s[k].part = weight[g->from[k]] * share_cables(d, g->arc[k]) / all;
            weight[g->to[k]] += s[k].part;
        }
    }
}

int topo_shares(struct topo_dist *d, uint32_t a, uint32_t b,
                struct topo_share **shares_r)
{
    struct dag *g = dag_scratch(d);
    int hops = topo_hops(d, a, b);
    struct topo_share *s;
    double *weight;

    *shares_r = NULL;
    if (hops <= 0)
        return 0;
    if (!g || dag_build(d, g, a, b, hops))
        return -ENOMEM;
    s = calloc(g->arcs + 1, sizeof *s);
    weight = calloc(g->nodes + 1, sizeof *weight);
    if (!s || !weight) {
        free(s);
        free(weight);
        return -ENOMEM;
    }
    shares_spread(d, g, s, weight);
    free(weight);
    *shares_r = s;
    return (int)g->arcs;
}

/* --- single paths -------------------------------------------------------- */

struct walk {
    const struct topo_dist *d;
    const struct dag *g;
    uint32_t way[256]; /* the nodes so far */
    size_t left;       /* paths that are still wanted */
    int (*fn)(void *arg, const uint32_t *nodes, size_t n);
    void *arg;
};

/* Of the arcs that leave position `node`: the one to the node with the least
 * name that is greater than `above`. arcs: there is none. */
static size_t walk_next_arc(const struct walk *w, uint32_t node,
                            const char *above)
{
    const struct dag *g = w->g;
    const char *best = NULL;
    size_t found = g->arcs;

    for (size_t i = 0; i < g->arcs; i++) {
        const char *name = w->d->t->node[g->node[g->to[i]]]->pub.name;

        if (g->from[i] != node || (above && strcmp(name, above) <= 0))
            continue;
        if (!best || strcmp(name, best) < 0) {
            best = name;
            found = i;
        }
    }
    return found;
}

/* Recursion is as deep as the path has hops, which way[] bounds. */
static int walk_from(struct walk *w, uint32_t node, size_t depth)
{
    const struct dag *g = w->g;
    const char *above = NULL;
    int rc = 0;

    w->way[depth] = g->node[node];
    if (node == g->nodes - 1) {
        w->left--;
        return w->fn(w->arg, w->way, depth + 1);
    }
    while (!rc && w->left) {
        size_t i = walk_next_arc(w, node, above);

        if (i == g->arcs)
            break;
        above = w->d->t->node[g->node[g->to[i]]]->pub.name;
        rc = walk_from(w, g->to[i], depth + 1);
    }
    return rc;
}

int topo_each_path(struct topo_dist *d, uint32_t a, uint32_t b, size_t max,
                   int (*fn)(void *arg, const uint32_t *nodes, size_t n),
                   void *arg)
{
    struct dag *g = dag_scratch(d);
    int hops = topo_hops(d, a, b);
    struct walk w = { .d = d, .g = g, .left = max, .fn = fn, .arg = arg };

    if (hops <= 0 || !max || hops >= (int)(sizeof w.way / sizeof *w.way))
        return 0;
    if (!g || dag_build(d, g, a, b, hops))
        return -ENOMEM;
    return walk_from(&w, 0, 0);
}

int64_t topo_least_mtu(struct topo_dist *d, uint32_t a, uint32_t b)
{
    struct topo_share *s = NULL;
    int64_t least = TOPO_UNKNOWN;
    int n = topo_shares(d, a, b, &s);

    for (int i = 0; i < n; i++) {
        int64_t mtu = topo_bundle(d, s[i].arc / 2)->mtu;

        if (mtu > 0 && (least < 0 || mtu < least))
            least = mtu;
    }
    free(s);
    return n < 0 ? n : least;
}
