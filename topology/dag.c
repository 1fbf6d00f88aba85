/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * All shortest paths between two hosts as a directed graph in layers: what
 * max-flow, the spread of traffic (ECMP) and the list of paths work on.
 */
#include "topology/graph_impl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int room(uint32_t **array, size_t *have, size_t want)
{
    uint32_t *bigger;

    if (want <= *have)
        return 0;
    bigger = reallocarray(*array, want * 2, sizeof *bigger);
    if (!bigger)
        return -ENOMEM;
    *array = bigger;
    *have = want * 2;
    return 0;
}

void dag_dispose(struct dag *g)
{
    free(g->node);
    free(g->from);
    free(g->to);
    free(g->arc);
    free(g->at);
    *g = (struct dag){ .nodes = 0 };
}

struct dag *dag_scratch(struct topo_dist *d)
{
    if (!d->scratch)
        d->scratch = calloc(1, sizeof *d->scratch);
    return d->scratch;
}

/* Links from node v to host b, whose set is given; FAR when there is no way */
static unsigned hops_to(const struct topo_dist *d, const struct set *s,
                        uint32_t v)
{
    unsigned best = FAR;

    if (d->index[v] == NONE)
        return FAR;
    for (uint32_t j = 0; j < s->n; j++) {
        unsigned h = d->hops[(size_t)d->att[s->first + j].leaf * d->switches +
                             d->index[v]];

        if (h < best)
            best = h;
    }
    return best == FAR ? FAR : best + 1;
}

static int add_arc(struct dag *g, uint32_t from, uint32_t to, uint32_t arc)
{
    size_t have = g->arc_room, same;

    if (g->arcs == have) {
        same = have;
        if (room(&g->from, &same, g->arcs + 1))
            return -ENOMEM;
        same = have;
        if (room(&g->to, &same, g->arcs + 1))
            return -ENOMEM;
        same = have;
        if (room(&g->arc, &same, g->arcs + 1))
            return -ENOMEM;
        g->arc_room = same;
    }
    g->from[g->arcs] = from;
    g->to[g->arcs] = to;
    g->arc[g->arcs++] = arc;
    return 0;
}

static int add_node(struct dag *g, uint32_t node)
{
    if (g->at[node] != NONE)
        return 0;
    if (room(&g->node, &g->node_room, g->nodes + 1))
        return -ENOMEM;
    g->at[node] = (uint32_t)g->nodes;
    g->node[g->nodes++] = node;
    return 0;
}

static int start(const struct topo_dist *d, struct dag *g, uint32_t a)
{
    if (!g->at) {
        g->at = malloc((d->t->nodes + 1) * sizeof *g->at);
        if (!g->at)
            return -ENOMEM;
        memset(g->at, 0xff, (d->t->nodes + 1) * sizeof *g->at);
    }
    for (size_t i = 0; i < g->nodes; i++)
        g->at[g->node[i]] = NONE;
    g->nodes = g->arcs = 0;
    return add_node(g, a);
}

/* The node at position i stands `left` links before b. */
static int expand(const struct topo_dist *d, struct dag *g, uint32_t i,
                  uint32_t b, unsigned left)
{
    const struct set *s = &d->set[d->set_of[b]];
    uint32_t u = g->node[i];
    int rc = 0;

    for (uint32_t k = d->first[u]; k < d->first[u + 1] && !rc; k++) {
        uint32_t v = d->adj[k].to;

        if (left == 1 ? v != b : hops_to(d, s, v) != left - 1)
            continue;
        rc = add_node(g, v);
        if (!rc)
            rc = add_arc(g, i, g->at[v], d->adj[k].arc);
    }
    return rc;
}

int dag_build(const struct topo_dist *d, struct dag *g, uint32_t a, uint32_t b,
              int hops)
{
    size_t head = 0;
    int rc = start(d, g, a);

    for (unsigned left = (unsigned)hops; left && !rc; left--)
        for (size_t end = g->nodes; head < end && !rc; head++)
            rc = expand(d, g, (uint32_t)head, b, left);
    return rc;
}

/* --- ECMP ------------------------------------------------------------------- */

static uint32_t cables(const struct topo_dist *d, uint32_t arc)
{
    return d->bundle[arc / 2].pub.cables;
}

/* Arcs stand in the order of their first nodes, so one pass is enough. */
static void spread(const struct topo_dist *d, const struct dag *g,
                   struct topo_share *s, double *weight)
{
    weight[0] = 1;
    for (size_t i = 0, j; i < g->arcs; i = j) {
        double all = 0;

        for (j = i; j < g->arcs && g->from[j] == g->from[i]; j++)
            all += cables(d, g->arc[j]);
        for (size_t k = i; k < j; k++) {
            s[k].arc = g->arc[k];
            s[k].part = weight[g->from[k]] * cables(d, g->arc[k]) / all;
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
    spread(d, g, s, weight);
    free(weight);
    *shares_r = s;
    return (int)g->arcs;
}

/* --- the paths themselves ------------------------------------------------------ */

struct walk {
    const struct topo_dist *d;
    const struct dag *g;
    uint32_t way[256];
    size_t left; /* paths that are still wanted */
    int (*fn)(void *arg, const uint32_t *nodes, size_t n);
    void *arg;
};

/* The arc after position `node` whose far name is the least above `above`. */
static size_t next_by_name(const struct walk *w, uint32_t node,
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

/* Depth is at most the hops, which way[] bounds. */
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
        size_t i = next_by_name(w, node, above);

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
