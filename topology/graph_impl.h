/* SPDX-License-Identifier: LGPL-2.1-only */
/* The layout of the graph, which only this folder knows. */
#ifndef RACKHOP_TOPOLOGY_GRAPH_IMPL_H
#define RACKHOP_TOPOLOGY_GRAPH_IMPL_H

#include <uthash.h>

#include "topology/topology.h"

struct graph_node {
    struct topo_node pub;
    uint32_t id;
    UT_hash_handle hh; /* by pub.name */
};

struct topo {
    struct graph_node **node;
    struct topo_link *link;
    struct topo_dispute *dispute; /* by link */
    size_t nodes, links, node_room, link_room;
    size_t disputes, dispute_room;
    struct graph_node *by_name;
};

/* graph_dispute.c */
void topo_free_disputes(struct topo *t);

static inline bool topo_is_host(const struct topo *t, uint32_t node)
{
    return t->node[node]->pub.kind == TOPO_HOST;
}

#endif
