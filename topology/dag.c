/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Builds the graph of all shortest paths between two hosts, in layers.
 *
 * Max-flow, the spread of traffic (ECMP) and the list of paths work on it.
 */
#include "topology/dist_impl.h"
#include "tools/base/grow.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

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

/* The links from node v to a host of set s, or NO_PATH. */
static unsigned dag_hops_left(const struct topo_dist *d,
                              const struct dist_set *s, uint32_t v)
{
    unsigned best = NO_PATH;

    if (d->index[v] == NONE)
        return NO_PATH;
    for (uint32_t j = 0; j < s->n; j++) {
        unsigned h =
            d->hops[(size_t)d->attachment[s->first + j].leaf * d->switches +
                    d->index[v]];

        if (h < best)
            best = h;
    }
    return best == NO_PATH ? NO_PATH : best + 1;
}

static int dag_add_arc(struct dag *g, uint32_t from, uint32_t to, uint32_t arc)
{
    size_t have = g->arc_room, same;

    if (g->arcs == have) {
        same = have;
        if (array_grow(&g->from, &same, g->arcs + 1, sizeof *g->from))
            return -ENOMEM;
        same = have;
        if (array_grow(&g->to, &same, g->arcs + 1, sizeof *g->to))
            return -ENOMEM;
        same = have;
        if (array_grow(&g->arc, &same, g->arcs + 1, sizeof *g->arc))
            return -ENOMEM;
        g->arc_room = same;
    }
    g->from[g->arcs] = from;
    g->to[g->arcs] = to;
    g->arc[g->arcs++] = arc;
    return 0;
}

static int dag_add_node(struct dag *g, uint32_t node)
{
    if (g->at[node] != NONE)
        return 0;
    if (array_grow(&g->node, &g->node_room, g->nodes + 1, sizeof *g->node))
        return -ENOMEM;
    g->at[node] = (uint32_t)g->nodes;
    g->node[g->nodes++] = node;
    return 0;
}

static int dag_start(const struct topo_dist *d, struct dag *g, uint32_t a)
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
    return dag_add_node(g, a);
}

/* Adds the arcs that lead from position i towards b, which is `left` links
 * away from it. */
static int dag_expand(const struct topo_dist *d, struct dag *g, uint32_t i,
                      uint32_t b, unsigned left)
{
    const struct dist_set *s = &d->set[d->set_of[b]];
    uint32_t u = g->node[i];
    int rc = 0;

    for (uint32_t k = d->first[u]; k < d->first[u + 1] && !rc; k++) {
        uint32_t v = d->adj[k].to;

        if (left == 1 ? v != b : dag_hops_left(d, s, v) != left - 1)
            continue;
        rc = dag_add_node(g, v);
        if (!rc)
            rc = dag_add_arc(g, i, g->at[v], d->adj[k].arc);
    }
    return rc;
}

int dag_build(const struct topo_dist *d, struct dag *g, uint32_t a, uint32_t b,
              int hops)
{
    size_t head = 0;
    int rc = dag_start(d, g, a);

    for (unsigned left = (unsigned)hops; left && !rc; left--)
        for (size_t end = g->nodes; head < end && !rc; head++)
            rc = dag_expand(d, g, (uint32_t)head, b, left);
    return rc;
}
