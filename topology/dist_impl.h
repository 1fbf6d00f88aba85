/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The compiled graph: its tables, and what the files that fill or read them
 * share.
 *
 *   dist.c          the order of the steps that compile a graph
 *   dist_bundles.c  parallel cables taken together; the arcs of each node
 *   dist_sets.c     hosts with the same cables taken together
 *   dist_search.c   the searches that fill the tables
 *   dist_pair.c     questions about two hosts
 *   dist_total.c    the rate over all shortest paths, by dag.c and maxflow.c
 *   dist_disjoint.c the number of those that share no cable, likewise
 *   dist_routes.c   the shares of cables, and the paths themselves
 */
#ifndef RACKHOP_TOPOLOGY_DIST_IMPL_H
#define RACKHOP_TOPOLOGY_DIST_IMPL_H

#include "topology/graph_impl.h"

#define NONE    UINT32_MAX
#define NO_PATH UINT16_MAX /* in the table of hops */

/* A rate's bounds, in Mbit/s: cables of unknown rate count as 0 in lo, and as
 * ANY_RATE in hi. */
struct rate_range {
    int32_t lo, hi;
};
enum { ANY_RATE = INT32_MAX };

static inline int32_t rate_min(int32_t a, int32_t b)
{
    return a < b ? a : b;
}

static inline int32_t rate_max(int32_t a, int32_t b)
{
    return a > b ? a : b;
}

/* A rate is known when its bounds meet. */
static inline int64_t rate_known(int32_t lo, int32_t hi)
{
    return lo == hi ? lo : TOPO_UNKNOWN;
}

struct dist_bundle {
    struct topo_bundle pub;
    struct rate_range sum, best;
};

/* One neighbour of a node n, in adj[first[n] .. first[n + 1]). */
struct dist_arc {
    uint32_t to;  /* node */
    uint32_t arc; /* 2 * bundle + direction */
};

/* One switch that the hosts of a set hang on, with the rates of their cables
 * to it. */
struct dist_attachment {
    uint32_t sw;   /* node */
    uint32_t leaf; /* row of the tables */
    uint32_t cables;
    struct rate_range sum, best;
};

struct dist_set {
    uint32_t first, n; /* in attachment[] */
};

struct topo_dist {
    const struct topo *t;
    struct dist_bundle *bundle;
    size_t bundles;
    uint32_t *first; /* nodes + 1 */
    struct dist_arc *adj;
    bool unknown; /* a cable of unknown rate exists */

    /* A leaf is a switch that has hosts: it has a row in the tables. */
    uint32_t *index; /* node -> number among switches, or NONE */
    uint32_t *leaf;  /* node -> row, or NONE */
    uint32_t switches, leaves;
    /* the tables: [leaf][index of a switch] */
    uint16_t *hops; /* or NO_PATH */
    double *paths;
    /* bounds of the widest path's rate; one array when no rate is unknown */
    int32_t *widest_lo, *widest_hi;

    struct dist_set *set;
    struct dist_attachment *attachment;
    uint32_t *host_of_set; /* set -> one of its hosts */
    size_t sets;
    uint32_t *set_of; /* node -> set, or NONE */
    bool *direct;     /* node -> it has a cable to another host */

    /* those that were asked for, by sets */
    struct dist_total *totals;
    struct dist_disjoint *disjoint;
    struct dag *scratch;
};

/* dist_bundles.c, dist_sets.c, dist_search.c: 0 or -ENOMEM */
int dist_make_bundles(struct topo_dist *d);
int dist_make_arcs(struct topo_dist *d);
int dist_make_sets(struct topo_dist *d);
int dist_search(struct topo_dist *d);

/* dist_total.c: total_mbps of two sets whose other figures are in *p. */
int64_t dist_total_of_sets(struct topo_dist *d, uint32_t a, uint32_t b,
                           const struct topo_pair *p);
void dist_totals_free(struct topo_dist *d);
/* dist_disjoint.c */
void dist_disjoint_free(struct topo_dist *d);

/* dag.c: the arcs of all shortest paths from host a to host b. */
struct dag {
    uint32_t *node; /* [0] is a, the last is b, by layers */
    uint32_t *from; /* of each arc: positions in node[] */
    uint32_t *to;
    uint32_t *arc; /* its number in the graph */
    size_t nodes, arcs, node_room, arc_room;
    uint32_t *at; /* graph node -> position, NONE when not in it */
};
int dag_build(const struct topo_dist *d, struct dag *g, uint32_t a, uint32_t b,
              int hops);
void dag_dispose(struct dag *g);
/* A scratch DAG that lives as long as d. NULL: out of memory. */
struct dag *dag_scratch(struct topo_dist *d);

/* maxflow.c: over the DAG, whose arcs carry the lower or the upper bounds of
 * rates, or one for each cable. Below 0: an errno. */
enum dag_cap { CAP_LOW, CAP_HIGH, CAP_CABLES };
int64_t maxflow(const struct topo_dist *d, const struct dag *g,
                enum dag_cap cap);

#endif
