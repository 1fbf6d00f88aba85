/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The graph of hosts, switches and cables, and its answers about two hosts.
 *
 * It is pure: no I/O, no clock. Sources (source.h) and the merge of what they
 * say (merge.c) find the cables.
 *
 * Order of calls: topo_new(), nodes, links, topo_derive_racks() if racks are
 * wanted; then topo_dist_new(), which compiles the graph, and the questions. A
 * graph that was changed has to be compiled again.
 *
 * Rates are Mbit/s (10^6 bit/s); TOPO_UNKNOWN is not 0 and never guessed.
 * LLDP shows cables, not forwarding: "shortest path" holds in routed Clos
 * fabrics; a port that spanning tree blocks breaks it.
 */
#ifndef RACKHOP_TOPOLOGY_H
#define RACKHOP_TOPOLOGY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TOPO_UNKNOWN  (-1)
#define TOPO_MAX_MBPS 1000000000 /* of one cable; more is not believed */

/* --- the graph ----------------------------------------------------------- */

enum topo_kind {
    TOPO_HOST,    /* never carries transit */
    TOPO_SWITCH,  /* carries it */
    TOPO_SEGMENT, /* a shared medium; counts as a switch */
};

/* The source that names a cable; the greater, the surer. */
enum topo_evidence {
    TOPO_DECLARED,    /* a cabling plan */
    TOPO_HOST_SAYS,   /* one host's LLDP table */
    TOPO_SWITCH_SAYS, /* one switch's */
    TOPO_BOTH,        /* the tables of both ends */
};

struct topo_node {
    const char *name; /* unique */
    enum topo_kind kind;
    const char *rack; /* NULL: none known */
};

/* One cable. Parallel cables are several links. */
struct topo_link {
    uint32_t a, b;               /* nodes */
    const char *a_port, *b_port; /* NULL: not known */
    int64_t mbps;                /* or TOPO_UNKNOWN */
    enum topo_evidence evidence;
    double load_mbps; /* what it carries already, in the busier direction */
    bool load_known;  /* else load_mbps is 0 */
    int64_t age_s;    /* how long the cable is known, or TOPO_UNKNOWN */
    int64_t mtu;      /* the less of its ports'; not over 0: not known */
};

/*
 * A cable that another source tells of, and that does not count: it would end
 * at a port of the link, which goes elsewhere.
 */
struct topo_dispute {
    uint32_t link;               /* the one that counts */
    const char *a, *b;           /* names; a is the node that says so */
    const char *a_port, *b_port; /* NULL: not known */
    enum topo_evidence evidence;
    bool again; /* it stands with another link, too */
};

struct topo; /* opaque */

/* NULL: out of memory. topo_free(NULL) is fine. */
struct topo *topo_new(void);
void topo_free(struct topo *t);

/*
 * Adds a node, whose name is copied. Returns its number (from 0, in order), or
 * -EEXIST, -EINVAL (empty name), -ENOMEM.
 */
int topo_add_node(struct topo *t, const char *name, enum topo_kind kind);
/*
 * Adds a cable; ports are copied. Returns its number, or -EINVAL (a node that
 * is not there, a cable from a node to itself, a rate that is neither
 * TOPO_UNKNOWN nor in 0..TOPO_MAX_MBPS; 0 counts as unknown) or -ENOMEM.
 */
int topo_add_link(struct topo *t, const struct topo_link *l);
/* So much more is on the cable already. */
void topo_add_load(struct topo *t, uint32_t link, double mbps);
/* Adds a dispute about a link that is not before those of the disputes that
 * are there; its strings are copied. 0, -EINVAL or -ENOMEM. */
int topo_add_dispute(struct topo *t, const struct topo_dispute *d);
/* The disputes about a link, and how many there are. Borrowed like links. */
const struct topo_dispute *topo_disputes(const struct topo *t, uint32_t link,
                                         size_t *n_r);
/* Sets what a link carries already. */
void topo_set_load(struct topo *t, uint32_t link, double mbps);
/* Names the rack of a node; NULL takes the name away. 0 or -ENOMEM. */
int topo_set_rack(struct topo *t, uint32_t node, const char *rack);
/*
 * Gives each host without a rack the name of its rack: hosts whose switches
 * have most of their hosts in common, named after the least (strcmp) of these
 * switches. Hosts without a switch get none. 0 or -ENOMEM.
 */
int topo_derive_racks(struct topo *t);
/* The rack of the hosts that hang on the switch of that name, or NULL. */
const char *topo_rack_behind(const struct topo *t, const char *name);

/* The number of the node of that name, or -ENOENT. */
int topo_find(const struct topo *t, const char *name);
size_t topo_nodes(const struct topo *t);
size_t topo_links(const struct topo *t);
/* Borrowed until the next change of the graph. */
const struct topo_node *topo_node(const struct topo *t, uint32_t node);
const struct topo_link *topo_link(const struct topo *t, uint32_t link);

const char *topo_kind_name(enum topo_kind k);         /* "host", .. */
const char *topo_evidence_name(enum topo_evidence e); /* "both", .. */
/* 0, or -EINVAL for a word that is none. */
int topo_kind_parse(const char *s, enum topo_kind *k_r);
int topo_evidence_parse(const char *s, enum topo_evidence *e_r);

/* --- distances ----------------------------------------------------------- */

struct topo_dist; /* opaque; not for two threads at once */

/*
 * Compiles the graph, which must stay and not change while the result is used.
 * NULL: out of memory. It takes one search for each switch that has hosts;
 * nothing is kept for each pair of hosts.
 */
struct topo_dist *topo_dist_new(const struct topo *t);
void topo_dist_free(struct topo_dist *d); /* NULL is fine */

struct topo_pair {
    int hops;          /* links on a shortest path; 0: the same host */
    double paths;      /* different shortest node sequences, exact to 2^53 */
    int64_t flow_mbps; /* the best rate of one flow: of parallel cables, one */
    int64_t total_mbps; /* max-flow over all shortest paths: cables summed */
};

/*
 * Two hosts (or a host twice: hops 0, paths 1, rates unknown). Where no path
 * is known all members are TOPO_UNKNOWN. A rate is known when it is the same
 * for any rate of the cables whose rate is unknown. A node that is no host has
 * no path. topo_hops() is the cheap part, no more than a few table reads;
 * total_mbps is computed at the first question for each pair of sets.
 */
int topo_hops(const struct topo_dist *d, uint32_t a, uint32_t b);
struct topo_pair topo_pair(struct topo_dist *d, uint32_t a, uint32_t b);
/* The same without the max-flow: total_mbps stays TOPO_UNKNOWN. */
struct topo_pair topo_pair_quick(const struct topo_dist *d, uint32_t a,
                                 uint32_t b);

/*
 * How many shortest paths from host a to host b there are at once of which no
 * two have a cable in common, TOPO_DISJOINT_MOST at most: of parallel cables
 * each is one. 0: no path is known, or a == b; or -ENOMEM.
 */
#define TOPO_DISJOINT_MOST 4
int topo_disjoint_paths(struct topo_dist *d, uint32_t a, uint32_t b);

/*
 * Attachment sets. Hosts of one set hang on the same switches by the same
 * cables, so the answers about two different hosts depend on their sets alone.
 * Hosts with a cable to another host are the exception, which topo_is_direct()
 * tells. Sets are numbered from 0.
 */
size_t topo_sets(const struct topo_dist *d);
/* The set of a host, or -EINVAL for a node that is no host. */
int topo_set_of(const struct topo_dist *d, uint32_t host);
/* Two different hosts of these sets. */
struct topo_pair topo_set_pair(struct topo_dist *d, uint32_t a, uint32_t b);
int topo_set_hops(const struct topo_dist *d, uint32_t a, uint32_t b);
bool topo_is_direct(const struct topo_dist *d, uint32_t host);

/* All cables between two nodes, taken together. */
struct topo_bundle {
    uint32_t a, b;
    uint32_t cables;
    int64_t mbps;      /* sum; TOPO_UNKNOWN when one is unknown */
    int64_t best_mbps; /* of a single cable; TOPO_UNKNOWN likewise */
    double load_mbps;  /* sum */
    int64_t mtu;       /* the least that is known, or TOPO_UNKNOWN */
};
size_t topo_bundles(const struct topo_dist *d);
const struct topo_bundle *topo_bundle(const struct topo_dist *d, uint32_t i);

/* A bundle in one direction: 2 * bundle from a to b, 2 * bundle + 1 back. */
struct topo_share {
    uint32_t arc;
    double part; /* of the traffic, 0..1 */
};
/*
 * How the traffic from host a to host b spreads over its shortest paths: at
 * each node evenly over the cables of all next hops (ECMP), in the order of
 * the way. *shares_r is the caller's to free(). Returns their number, 0 when
 * there is no path or a == b, or -ENOMEM.
 */
int topo_shares(struct topo_dist *d, uint32_t a, uint32_t b,
                struct topo_share **shares_r);

/* The least MTU of the cables on all shortest paths, as far as it is known, or
 * TOPO_UNKNOWN; or -ENOMEM. */
int64_t topo_least_mtu(struct topo_dist *d, uint32_t a, uint32_t b);

/*
 * The shortest paths themselves, at most `max`, in the order of node names:
 * called with the nodes from a to b. Stops early when fn returns other than 0
 * and returns that, else 0 or -ENOMEM.
 */
int topo_each_path(struct topo_dist *d, uint32_t a, uint32_t b, size_t max,
                   int (*fn)(void *arg, const uint32_t *nodes, size_t n),
                   void *arg);

#endif
