/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What the steps of a merge share. Endpoints are ports of nodes; rows are what
 * LLDP tables say of them.
 *
 *   merge.c    the order of steps; nodes and links of the graph
 *   rows.c     tables to rows: who and which port is meant, what is left out
 *   claims.c   which rows become cables: confirmed, one-sided, shared
 *   declared.c the cabling plan
 *   warn.c     warnings
 */
#ifndef RACKHOP_TOPOLOGY_MERGE_IMPL_H
#define RACKHOP_TOPOLOGY_MERGE_IMPL_H

#include <uthash.h>

#include "topology/identity.h"

#define NOBODY UINT32_MAX

/* A node: the first `views` are the views, then come strangers (chassis that
 * only neighbours speak of), then nodes that only a plan names. */
struct who {
    const struct topo_view *view; /* NULL: a stranger */
    char *name;                   /* as the graph will call it */
    enum topo_kind kind;
    bool kind_known;
    const struct topo_neighbor *said; /* a row about the stranger */
    uint32_t heard_by[2];             /* two different nodes, or NOBODY */
    bool heard_by_host, no_switch_caps, switch_caps;
    bool linked;
    uint32_t id; /* in the graph */
};

struct endpoint {
    char *key; /* "NODE PORT" */
    uint32_t who;
    const char *port;             /* inside key */
    const struct topo_port *phys; /* or NULL */
    uint32_t id;                  /* in end[] */
    uint32_t row, rows;           /* its table: row[row .. row + rows) */
    uint32_t set;                 /* shared medium: union-find parent */
    uint32_t mates;               /* confirmed rows */
    uint32_t claims;              /* switches' one-sided rows about it */
    bool linked;
    UT_hash_handle hh;
};

struct row {
    uint32_t from, to; /* endpoints; to: NOBODY when the port is not known */
    uint32_t far;      /* who */
    uint32_t mate;     /* the row that confirms this one, or NOBODY */
    const struct topo_neighbor *n;
};

struct merge {
    struct topo_map *map;
    const struct topo_view *view;
    size_t views;
    struct ident *ident;
    struct who *who;
    size_t whos, who_room;
    struct endpoint **end;
    size_t ends, end_room;
    struct endpoint *by_key;
    struct row *row;
    size_t rows, row_room;
    int rc;
};

/* rows.c */
int merge_rows(struct merge *m);
/* The endpoint of that port, made if need be; NOBODY: out of memory. */
uint32_t merge_endpoint(struct merge *m, uint32_t who, const char *port);
uint32_t merge_find_endpoint(const struct merge *m, uint32_t who,
                             const char *port);
/* Whether the port may carry migrations, as far as the view tells. */
bool merge_usable(const struct topo_view *v, const char *port);
/* The same of a port that was looked up: NULL when v does not list it. */
bool merge_usable_port(const struct topo_view *v, const char *port,
                       const struct topo_port *p);
uint32_t merge_add_who(struct merge *m);
/* Doubles an array; false: out of memory, noted in m->rc. */
bool merge_room(struct merge *m, void **array, size_t *have, size_t used,
                size_t size);

/* claims.c */
void merge_confirm(struct merge *m);
void merge_segments(struct merge *m);
void merge_one_sided(struct merge *m);

/* declared.c */
void merge_plan(struct merge *m, const struct topo_plan *p);

/* merge.c */
bool merge_is_switch(const struct merge *m, uint32_t who);
/* A cable between two endpoints, or nodes where an endpoint is NOBODY. */
void merge_link(struct merge *m, uint32_t a, uint32_t a_end, uint32_t b,
                uint32_t b_end, enum topo_evidence e, int64_t mbps,
                int64_t age_s);

/* warn.c */
void merge_warn(struct merge *m, const char *code, uint32_t who,
                const char *port, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));

#endif
