/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Computes the max-flow from the first to the last node of a DAG.
 *
 * Dinic's algorithm (Soviet Math. Doklady 11, 1970): levels by breadth-first
 * search on the residual graph, then blocking flows by depth-first search.
 */
#include "topology/dist_impl.h"

#include <errno.h>
#include <stdlib.h>

/* The reverse of edge e is e ^ 1. The edges of a node are a list: head[node],
 * then next[edge]. */
struct net {
    size_t nodes;
    uint32_t *head, *level, *at, *queue; /* by node */
    uint32_t *to, *next;                 /* by edge */
    int64_t *left;
};

static void net_set_edge(struct net *n, uint32_t e, uint32_t from, uint32_t to,
                         int64_t cap)
{
    n->to[e] = to;
    n->left[e] = cap;
    n->next[e] = n->head[from];
    n->head[from] = e;
}

static bool net_find_levels(struct net *n, uint32_t sink)
{
    size_t head = 0, tail = 0;

    for (size_t i = 0; i < n->nodes; i++)
        n->level[i] = NONE;
    n->level[0] = 0;
    n->queue[tail++] = 0;
    while (head < tail) {
        uint32_t u = n->queue[head++];

        for (uint32_t e = n->head[u]; e != NONE; e = n->next[e])
            if (n->left[e] > 0 && n->level[n->to[e]] == NONE) {
                n->level[n->to[e]] = n->level[u] + 1;
                n->queue[tail++] = n->to[e];
            }
    }
    return n->level[sink] != NONE;
}

/* Recursion is as deep as the levels, at most twice the hops. */
static int64_t net_push(struct net *n, uint32_t u, uint32_t sink,
                        int64_t limit)
{
    int64_t sent = 0;

    if (u == sink)
        return limit;
    for (uint32_t *e = &n->at[u]; *e != NONE; *e = n->next[*e]) {
        uint32_t v = n->to[*e];
        int64_t want = limit - sent, got;

        if (n->left[*e] <= 0 || n->level[v] != n->level[u] + 1)
            continue;
        got = net_push(n, v, sink, want < n->left[*e] ? want : n->left[*e]);
        n->left[*e] -= got;
        n->left[*e ^ 1] += got;
        sent += got;
        if (sent == limit)
            break; /* this edge may carry more: stay at it */
    }
    return sent;
}

static int64_t net_run(struct net *n, uint32_t sink)
{
    int64_t flow = 0;

    while (net_find_levels(n, sink)) {
        for (size_t i = 0; i < n->nodes; i++)
            n->at[i] = n->head[i];
        flow += net_push(n, 0, sink, INT64_MAX / 4);
    }
    return flow;
}

static int64_t net_cap(const struct dist_bundle *b, enum dag_cap cap)
{
    switch (cap) {
    case CAP_LOW: return b->sum.lo;
    case CAP_HIGH: return b->sum.hi;
    case CAP_CABLES: return b->pub.cables;
    }
    return 0;
}

int64_t maxflow(const struct topo_dist *d, const struct dag *g,
                enum dag_cap cap)
{
    uint32_t *mem = malloc((4 * g->nodes + 4 * g->arcs) * sizeof *mem);
    int64_t *left = malloc((2 * g->arcs + 1) * sizeof *left), flow = -ENOMEM;
    struct net n = { .nodes = g->nodes, .left = left };

    if (!mem || !left)
        goto out;
    n.head = mem;
    n.level = n.head + g->nodes;
    n.at = n.level + g->nodes;
    n.queue = n.at + g->nodes;
    n.to = n.queue + g->nodes;
    n.next = n.to + 2 * g->arcs;
    for (size_t i = 0; i < g->nodes; i++)
        n.head[i] = NONE;
    for (uint32_t i = 0; i < g->arcs; i++) {
        net_set_edge(&n, 2 * i, g->from[i], g->to[i],
                     net_cap(&d->bundle[g->arc[i] / 2], cap));
        net_set_edge(&n, 2 * i + 1, g->to[i], g->from[i], 0);
    }
    flow = net_run(&n, (uint32_t)g->nodes - 1);
out:
    free(left);
    free(mem);
    return flow;
}
