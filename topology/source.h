/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What the map is made of: views. A view is one node's own words: who it is,
 * its ports, and what its LLDP table says of its neighbours. Every source
 * (lldpd, SNMP, saved text) fills a view; topo_merge() makes one graph of many.
 *
 * Public, like topology.h. Ownership: a view owns all it points to, so does a
 * map; what a function returns in a `_r` is the caller's to dispose of.
 * Functions return 0 or a negative errno and one sentence in err.
 *
 * Everything a neighbour says is hostile. Strings enter a view through
 * topo_text(), which makes them valid UTF-8 without control characters, so
 * whatever is printed later needs no care.
 *
 * Protocols: IEEE 802.1AB-2016 (LLDP and its MIB), RFC 2863 (ifXTable).
 */
#ifndef RACKHOP_TOPOLOGY_SOURCE_H
#define RACKHOP_TOPOLOGY_SOURCE_H

#include <stdio.h>

#include "topology/topology.h"
#include "tools/base/msg.h"

enum {
    TOPO_TEXT_MAX = 255,         /* bytes of any string of a view */
    TOPO_PORT_NEIGHBORS = 32,    /* believed on one port */
    TOPO_VIEW_NEIGHBORS = 16384, /* kept of one table */
    TOPO_VIEW_PORTS = 4096,
    TOPO_MGMT_MAX = 8, /* management addresses kept of a neighbour */
};

/* A chassis or port id: lldpctl's word for the subtype, and the value as text.
 * A MAC address is lower case with colons. type "" : none known. */
struct topo_id {
    char type[12];
    char *value;
};

struct topo_port {
    char *name;
    char *mac;    /* NULL: not known */
    char *descr;  /* NULL or another name (ifAlias) */
    char *id;     /* what its LLDP frames call it, if known; else NULL */
    char *master; /* bridge or bond, or NULL */
    int64_t speed_mbps;
    int64_t mtu;
    int up; /* 1, 0, or TOPO_UNKNOWN */
    int64_t rx_bytes, tx_bytes;
};

struct topo_neighbor {
    char *port;     /* the local one */
    char *protocol; /* "LLDP", "CDPv2", .. */
    struct topo_id chassis, port_id;
    char *sysname, *port_descr; /* NULL: not said */
    char *mgmt[TOPO_MGMT_MAX];
    unsigned n_mgmt;
    int64_t mfs, aggregation; /* TOPO_UNKNOWN: not said */
    int64_t ttl_s, age_s;
    int bridge, router; /* capability enabled: 1, 0, TOPO_UNKNOWN */
};

/* Why a row of a node's tables is not believed. */
enum topo_refusal {
    TOPO_REFUSED_TYPE,  /* its value is of another type than the MIB says */
    TOPO_REFUSED_INDEX, /* its index is not as the MIB says */
    TOPO_REFUSED_SPEED, /* it says a speed over TOPO_MAX_MBPS */
    TOPO_REFUSED_ID,    /* a neighbour without chassis id and system name */
    TOPO_REFUSALS,
};

struct topo_view {
    char *name; /* by which the administrator knows the node */
    bool is_switch;
    bool role_known; /* else is_switch is a guess */
    struct topo_id chassis;
    char *sysname, *mgmt, *mgmt_port;
    struct topo_port *port;
    size_t ports, port_room;
    char **migration_port; /* ports or their masters */
    size_t migration_ports;
    bool has_migration; /* the list was given, be it empty */
    struct topo_neighbor *neighbor;
    size_t neighbors, neighbor_room;
    bool has_table;                /* its LLDP table was read, be it empty */
    size_t dropped;                /* neighbours over TOPO_VIEW_NEIGHBORS */
    size_t refused[TOPO_REFUSALS]; /* rows that are not believed */
    bool out_of_memory; /* set by the builders, told by topo_view_check() */
};

/* --- building a view (view.c) ------------------------------------------------ */

void topo_view_init(struct topo_view *v);
void topo_view_dispose(struct topo_view *v);
/* Forgets the neighbours. */
void topo_view_clear_table(struct topo_view *v);
/* 0, or -ENOMEM when a builder ran out of memory. */
int topo_view_check(const struct topo_view *v);

/* Replaces *dst by a clean copy of any bytes; NULL src: by NULL. */
void topo_text(struct topo_view *v, char **dst, const void *src, size_t len);
void topo_str(struct topo_view *v, char **dst, const char *src);
/* An id from its subtype's word and text. MACs of any spelling are made one. */
void topo_id_text(struct topo_view *v, struct topo_id *id, const char *type,
                  const char *value, size_t len);
/* An id from the octets on the wire; `chassis`: which table of subtypes. */
void topo_id_octets(struct topo_view *v, struct topo_id *id, bool chassis,
                    unsigned subtype, const uint8_t *octets, size_t len);
/* "02:00:00:00:00:01" of any spelling; false: it is no MAC address. */
bool topo_mac_parse(const char *s, size_t len, char out[18]);
/* The port of that name, made if need be; NULL: too many, or no memory. */
struct topo_port *topo_view_port(struct topo_view *v, const char *name);
const struct topo_port *topo_view_find_port(const struct topo_view *v,
                                            const char *name);
/* A new neighbour on a port; NULL: too many, or no memory. */
struct topo_neighbor *topo_view_neighbor(struct topo_view *v, const char *port,
                                         size_t len);
void topo_view_add_mgmt(struct topo_view *v, struct topo_neighbor *n,
                        const char *addr, size_t len);
void topo_view_add_migration(struct topo_view *v, const char *port);

/* --- sources --------------------------------------------------------------------- */

/* This host's lldpd; socket NULL: the usual one. Fills name-less identity and
 * the table. */
int topo_lldpd_read(struct topo_view *v, const char *socket, struct msg *err);
/*
 * Calls fn after each change of the table, until it returns other than 0,
 * which is then returned. An lldpd that goes away is -EPIPE.
 */
int topo_lldpd_watch(const char *socket, int (*fn)(void *arg), void *arg,
                     struct msg *err);

/* One switch to be asked. Version 2c, or 3 when `user` is set. */
struct topo_snmp_target {
    const char *address; /* "HOST[:PORT]" */
    const char *community;
    const char *user;                 /* v3 */
    const char *auth, *auth_password; /* "MD5", "SHA", "SHA-256", ..; NULL */
    const char *priv, *priv_password; /* "DES", "AES"; NULL: none */
    struct topo_view *view;           /* filled */
    int rc;                           /* 0, or why not */
    char err[256];
};
/*
 * Asks all at once. Nothing takes longer than timeout_ms * tries in total; who
 * has not told all by then has rc -ETIMEDOUT and no table.
 */
int topo_snmp_walk(struct topo_snmp_target *target, size_t n,
                   unsigned timeout_ms, unsigned tries);

/* What `snmpwalk -On` printed. err: "NAME:LINE: reason". */
int topo_snmptext_parse(struct topo_view *v, const char *name,
                        const char *text, size_t len, struct msg *err);

/* This host's ports: speed, master, MTU, carrier, counters. */
int topo_ports_read(struct topo_view *v, struct msg *err);
/*
 * Which physical ports carry what is sent to those n addresses (0: to
 * everywhere, by the default route): all next hops, down through bridges,
 * bonds and VLANs; VIFs and taps left out. Adds them to the view's migration
 * ports. Returns how many addresses have a way, or a negative errno; err tells
 * of the last that has none.
 */
int topo_ports_towards(struct topo_view *v, char **address, size_t n,
                       struct msg *err);

/* --- a declared plan (source_dot.c) ---------------------------------------------- */

struct topo_cable {
    char *a, *a_port, *b, *b_port; /* ports may be NULL */
    int64_t mbps;
    unsigned line;
};
struct topo_declared_node {
    char *name;
    enum topo_kind kind;
};
struct topo_plan {
    struct topo_cable *cable;
    size_t cables, cable_room;
    struct topo_declared_node *node; /* those with a kind */
    size_t nodes, node_room;
};
/*
 * DOT as PTM writes it: "node":"port" -- "node":"port"; an attribute mbps of a
 * cable and kind (host, switch) of a node are understood, others passed over.
 * Adds to the plan; err: "NAME:LINE: reason".
 */
int topo_dot_parse(struct topo_plan *p, const char *name, const char *text,
                   size_t len, struct msg *err);
void topo_plan_dispose(struct topo_plan *p);

/* --- merging (merge.c) --------------------------------------------------------------- */

struct topo_warning {
    const char *code; /* stable: one of topo_warning_codes */
    char *node;
    char *port; /* or NULL */
    char *text;
};
extern const char *const topo_warning_codes[]; /* ends with NULL */

struct topo_map {
    struct topo *topo;
    struct topo_warning *warning;
    size_t warnings, warning_room;
};

/*
 * One graph of all views. Precedence: both ends > switch > host > declared;
 * a port's own words go before what others say of it; names never prove who
 * somebody is. Racks are not derived here. 0 or -ENOMEM, -EINVAL (two views of
 * one name).
 */
int topo_merge(struct topo_map *m, const struct topo_view *view, size_t n,
               const struct topo_plan *plan);
void topo_map_init(struct topo_map *m);
void topo_map_dispose(struct topo_map *m);
/* A warning of the caller's own: a source that could not be read, .. */
int topo_map_warn(struct topo_map *m, const char *code, const char *node,
                  const char *port, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));
/* Warnings in the order of node, port, code; of one node and code at most 16,
 * the first of which tells how many more there were. */
void topo_map_sort(struct topo_map *m);

/* --- writers (export_dot.c, export_lines.c) --------------------------------------------- */

/* Every cable by itself, which topo_dot_parse() reads back. */
void topo_write_dot(const struct topo *t, FILE *f);
/* DOT for the eye: racks of many hosts as tables. */
void topo_write_picture(const struct topo *t, FILE *f);
void topo_write_slurm(const struct topo *t, FILE *f);
void topo_write_hdfs(const struct topo *t, FILE *f);
void topo_write_prometheus(const struct topo_map *m, struct topo_dist *d,
                           FILE *f);

#endif
