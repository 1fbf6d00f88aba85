/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What the steps of a merge share: nodes, their ports, and rows, which are
 * what LLDP tables say of a port's neighbours.
 *
 *   merge.c            the order of the steps
 *   merge_nodes.c      nodes, their names and kinds
 *   merge_ports.c      ports; which of them may carry migrations
 *   merge_rows.c       from LLDP tables to rows
 *   merge_device.c     rows of one port that tell of one device
 *   merge_unseen.c     which unseen node a neighbour is
 *   merge_heard_back.c neighbours that say their names only
 *   merge_settle.c     rows that other rows correct, once all are there
 *   merge_confirm.c    rows that the other port's table confirms: cables
 *   merge_one_sided.c  rows that nothing confirms: which of them are cables
 *   merge_cabling.c    the declared cabling plan
 *   merge_cabling_lldp.c  what LLDP says of a planned cable's ports
 *   merge_dispute.c    what one source says against another's cable
 *   merge_missing.c    ports and nodes that nothing is known of
 *   merge_graph.c      nodes, cables and warnings of the map
 */
#ifndef RACKHOP_TOPOLOGY_MERGE_IMPL_H
#define RACKHOP_TOPOLOGY_MERGE_IMPL_H

#include <uthash.h>

#include "topology/cabling.h"
#include "topology/identity.h"
#include "topology/map.h"

#define NONE UINT32_MAX

/* The first `views` nodes are those of the views. Then come the unseen nodes,
 * which only their neighbours' tables name; then segments, and the nodes that
 * only the cabling plan names. */
struct merge_node {
    const struct topo_view *view; /* NULL: it was not read */
    char *name;                   /* in the graph */
    enum topo_kind kind;
    bool kind_known;
    const struct topo_neighbor *neighbor; /* of an unseen node: a row of it */
    uint32_t listed_by[2]; /* two nodes whose tables name it, or NONE */
    bool listed_by_host, no_switch_caps, switch_caps;
    unsigned chassis_ids; /* that were taken for this unseen node */
    bool linked;
    size_t
        heard_below; /* ports of the view before it are none that is silent */
    uint32_t id;     /* in the graph, or NONE */
};

struct merge_port {
    char *key; /* "NODE NAME", with the digits of NODE in reverse */
    uint32_t node;
    const char *name; /* inside key; NULL: the table does not say which */
    const struct topo_port *view_port; /* NULL: its view does not list it */
    uint32_t id;                       /* in port[] */
    uint32_t first_row, rows; /* its table: row[first_row ..], rows of them */
    uint32_t segment;         /* union-find: another port of its segment */
    uint32_t confirmed;       /* how many of its rows are confirmed */
    uint32_t claims;          /* how many switches' one-sided rows name it */
    uint32_t link;            /* its cable in the graph, or NONE */
    UT_hash_handle hh;
};

/* One neighbour of a port, as the port's table says it. */
struct merge_row {
    uint32_t port;        /* whose table it is */
    uint32_t remote;      /* the neighbour's node */
    uint32_t remote_port; /* NONE: not known */
    uint32_t
        confirmed_by; /* the remote port's row that says so too, or NONE */
    const struct topo_neighbor *neighbor;
    bool down; /* the switch says that the port is down */
};

/* A cable that a source tells of and that does not count, since one of its
 * ports has another cable. */
struct merge_dispute {
    uint32_t a, b, a_port, b_port; /* ports: or NONE */
    uint32_t link;                 /* that it is about */
    bool again;                    /* about a second link */
    enum topo_evidence evidence;
};

struct unseen_nodes; /* merge_unseen.c */

/* A name, and the first node that has it. */
struct merge_name {
    char *name;
    uint32_t node;
    UT_hash_handle hh;
};

struct merge {
    struct topo_map *map;
    const struct topo_view *view;
    size_t views;
    struct ident *ident;
    struct merge_name *names; /* of nodes */
    struct merge_node *node;
    size_t nodes, node_room;
    struct merge_port **port;
    size_t ports, port_room;
    struct merge_port *by_key;
    struct merge_row *row;
    size_t rows, row_room;
    struct merge_dispute *dispute;
    size_t disputes, dispute_room;
    size_t refused[TOPO_REFUSALS]; /* of the view whose rows are made */
    int rc;
};

/* merge_nodes.c: functions that add return NONE or false when memory is out,
 * and note it in m->rc. */
uint32_t merge_node_add(struct merge *m);
bool merge_is_switch(const struct merge *m, uint32_t node);
/* Decides on the kinds and names of the unseen nodes. */
void merge_describe_unseen(struct merge *m);
struct merge_name *merge_name_find(struct merge_name *all, const char *name);
bool merge_name_add(struct merge *m, struct merge_name **all, const char *name,
                    uint32_t node);
void merge_names_free(struct merge_name *all);

/* merge_ports.c */
uint32_t merge_port_find(const struct merge *m, uint32_t node,
                         const char *port);
/* The same, but makes the port if need be. NONE: out of memory. */
uint32_t merge_port_get(struct merge *m, uint32_t node, const char *port);
/* The port's name, or "?". */
const char *merge_port_name(const struct merge *m, uint32_t port);
/* A port that the node's table does not tell. NONE: out of memory. */
uint32_t merge_port_unplaced(struct merge *m, uint32_t node);
/* Whether what the port hears counts: as merge_port_usable(), but a switch
 * may say of a port that hears LLDP that it is down. */
bool merge_port_hears(const struct topo_view *v, const char *port);
/* Whether the port may carry migrations, as far as the view tells. */
bool merge_port_usable(const struct topo_view *v, const char *port);
/* The same of a port that was looked up: NULL when v does not list it. */
bool merge_port_usable_at(const struct topo_view *v, const char *port,
                          const struct topo_port *p);

/* merge_device.c: takes out of the neighbours of one port those that tell of a
 * device that another tells of better. Returns how many are left. */
size_t merge_devices(const struct merge *m, const struct topo_neighbor **n,
                     size_t count);
bool merge_is_lldp(const struct topo_neighbor *n);

/* merge_dispute.c */
/* Notes a cable that node a, or the plan, tells of and that does not count. */
void merge_dispute(struct merge *m, uint32_t a, uint32_t a_port, uint32_t b,
                   uint32_t b_port, enum topo_evidence e);
/* The same of what a row says. */
void merge_dispute_row(struct merge *m, const struct merge_row *r);
/* Tells the graph, when it has all links. */
void merge_disputes(struct merge *m);

/* merge_cabling_lldp.c: whether LLDP knows a cable of that port. Warns when
 * the plan declares another one; *differs then becomes true. */
bool merge_cabling_used(struct merge *m, uint32_t port, uint32_t remote,
                        uint32_t remote_port, const struct topo_cable *c,
                        bool *differs);

/* merge_unseen.c */
/* NULL: out of memory. */
struct unseen_nodes *merge_unseen_new(void);
void merge_unseen_free(struct unseen_nodes *all);
/* Notes the neighbours of all views, before a node is asked for. */
void merge_unseen_note_all(struct merge *m, struct unseen_nodes *all);
/* The unseen node that a neighbour of that node is; NONE: it does not say
 * which. */
uint32_t merge_unseen_get(struct merge *m, struct unseen_nodes *all,
                          uint32_t node, const struct topo_neighbor *n);

/* merge_heard_back.c */
void merge_heard_back(struct merge *m);

/* merge_settle.c */
void merge_settle(struct merge *m);

/* The steps, in their order. merge_rows() returns m->rc. */
int merge_rows(struct merge *m);
void merge_confirm(struct merge *m);
void merge_segments(struct merge *m);
void merge_one_sided(struct merge *m);
void merge_cabling(struct merge *m, const struct topo_cabling *cabling);
void merge_missing(struct merge *m);

/* merge_graph.c */
/* Adds the node to the graph, if it is not there. */
bool merge_in_graph(struct merge *m, uint32_t node);
/* Adds a cable between two ports, or nodes where a port is NONE. */
void merge_link(struct merge *m, uint32_t a, uint32_t a_port, uint32_t b,
                uint32_t b_port, enum topo_evidence e, int64_t mbps,
                int64_t age_s);
/* Adds a node that stands for the medium which the port shares with others. */
uint32_t merge_add_segment(struct merge *m, uint32_t port);
void merge_warn(struct merge *m, const char *code, uint32_t node,
                const char *port, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));

#endif
