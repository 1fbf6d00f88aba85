/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Generates networks, the tables of their nodes, and the truth about them.
 *
 * The truth about a pair of hosts is computed from the cables, by other means
 * than the product's (topo_truth.c).
 */
#ifndef RACKHOP_TESTS_TOPO_FABRIC_H
#define RACKHOP_TESTS_TOPO_FABRIC_H

#include "topology/view.h"

enum fab_shape {
    FAB_LEAF_SPINE,
    FAB_FAT_TREE,
    FAB_DRAGONFLY,
    FAB_TWO_SITES,
    FAB_MLAG,
    FAB_SEGMENTS,
    FAB_SEPARATE,
    FAB_BACK_TO_BACK,
    FAB_SHAPES,
};
const char *fab_shape_name(enum fab_shape s);

struct fab_node {
    char name[24];
    bool is_switch;
    bool hub; /* a shared medium: speaks no LLDP */
    unsigned ports;
};
struct fab_cable {
    unsigned a, b; /* nodes */
    char a_port[16], b_port[16];
    int64_t mbps;          /* TOPO_UNKNOWN: no port tells */
    bool a_hears, b_hears; /* whose table has the row */
};
struct fab {
    struct fab_node *node;
    unsigned nodes;
    struct fab_cable *cable;
    unsigned cables;
    uint64_t seed; /* of all later choices */
};

/* A small network of that shape, with what is usually broken about tables. */
void fab_generate(struct fab *f, enum fab_shape s, uint64_t seed);
/* Leaf-spine in pods: `leaves` switches with `per_leaf` hosts each. */
void fab_generate_large(struct fab *f, unsigned leaves, unsigned per_leaf,
                        unsigned spines_per_pod, unsigned pod, unsigned cores,
                        unsigned planes);
void fab_dispose(struct fab *f);

/*
 * What node i would say, as text in the way that `form` tells: 'f' facts with
 * neighbours inside, 'j' facts without and json0, 's' facts without and an
 * snmpwalk. The caller's to free(); *table is NULL for 'f'.
 */
void fab_render(const struct fab *f, unsigned i, char form, char **facts,
                char **table);
/* Renders and parses all nodes; view[] is the caller's. 0 or -1: refused. */
int fab_views(const struct fab *f, struct topo_view **view_r, size_t *n_r);

/* The truth about nodes a and b, which are hosts. */
struct fab_truth; /* opaque */
struct fab_truth *fab_truth_new(const struct fab *f);
void fab_truth_free(struct fab_truth *t);
struct topo_pair fab_truth(const struct fab_truth *t, unsigned a, unsigned b);

/* A generator of numbers, the same for the same seed. */
uint64_t fab_random(uint64_t *seed);

#endif
