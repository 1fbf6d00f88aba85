/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The layout of the graph and of its picture, shared inside this folder.
 */
#ifndef RACKHOP_TOPOLOGY_GRAPH_IMPL_H
#define RACKHOP_TOPOLOGY_GRAPH_IMPL_H

#include <uthash.h>

#include "topology/topology.h"

struct node {
    struct topo_node pub;
    uint32_t id;
    UT_hash_handle hh; /* by pub.name */
};

struct topo {
    struct node **node;
    struct topo_link *link;
    size_t nodes, links, node_room, link_room;
    struct node *by_name;
};

/* Rates from below and above: unknown cables carry nothing, or anything. */
struct range {
    int32_t lo, hi;
};
enum { ANY_RATE = INT32_MAX };

struct bundle {
    struct topo_bundle pub;
    struct range sum, best;
};

/* One neighbour of a node: adj[first[n] .. first[n + 1]). */
struct arc {
    uint32_t to;  /* node */
    uint32_t arc; /* 2 * bundle + direction */
};

/* A host's set: the switches it hangs on, with their bundles' rates. */
struct attachment {
    uint32_t sw;   /* node */
    uint32_t leaf; /* row of the tables */
    uint32_t cables;
    struct range sum, best;
};

struct set {
    uint32_t first, n; /* in att[] */
};

struct topo_dist {
    const struct topo *t;
    struct bundle *bundle;
    size_t bundles;
    uint32_t *first; /* nodes + 1 */
    struct arc *adj; /* sorted by neighbour's name */
    bool unknown;    /* a cable of unknown rate exists */

    uint32_t *index; /* node -> number among switches, or NONE */
    uint32_t *leaf;  /* node -> row, or NONE */
    uint32_t switches, leaves;
    /* [leaf][switch index] */
    uint16_t *hops; /* FAR: no path */
    double *paths;
    int32_t *lo, *hi; /* widest; hi is lo when no rate is unknown */

    struct set *set;
    struct attachment *att;
    uint32_t *rep; /* set -> one host of it */
    size_t sets;
    uint32_t *set_of; /* node -> set, or NONE */
    bool *direct;     /* node -> has a cable to another host */

    struct cached *cache; /* totals of pairs of sets */
    struct dag *scratch;
};

#define NONE UINT32_MAX
#define FAR  UINT16_MAX

/* dag.c: the arcs of all shortest paths from host a to host b. */
struct dag {
    uint32_t *node; /* [0] is a, the last is b, by layers */
    uint32_t *from; /* arcs as positions in node[] */
    uint32_t *to;
    uint32_t *arc;
    size_t nodes, arcs, node_room, arc_room;
    uint32_t *at; /* graph node -> position, NONE when not in it */
};
int dag_build(const struct topo_dist *d, struct dag *g, uint32_t a, uint32_t b,
              int hops);
void dag_dispose(struct dag *g);
/* A scratch DAG that lives as long as the picture. NULL: out of memory. */
struct dag *dag_scratch(struct topo_dist *d);

/* maxflow.c: over the DAG; `high`: unknown rates are ANY_RATE. <0: errno. */
int64_t maxflow(const struct topo_dist *d, const struct dag *g, bool high);

#endif
