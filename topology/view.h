/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Views: what one node says of itself, its ports and its neighbours.
 *
 * Each source (source.h) fills a view; topo_merge() (map.h) makes one graph of
 * many views. A view owns all that it points to.
 *
 * Everything a neighbour says is hostile. Strings enter a view through
 * topo_text(), which makes them valid UTF-8 without control characters, so
 * they can be printed without further care.
 *
 * Protocols: IEEE 802.1AB-2016 (LLDP and its MIB), RFC 2863 (ifXTable).
 */
#ifndef RACKHOP_TOPOLOGY_VIEW_H
#define RACKHOP_TOPOLOGY_VIEW_H

#include "topology/topology.h"

enum {
    TOPO_TEXT_MAX = 255,         /* bytes of any string of a view */
    TOPO_PORT_NEIGHBORS = 32,    /* believed on one port */
    TOPO_VIEW_NEIGHBORS = 16384, /* kept of one table */
    TOPO_VIEW_PORTS = 65536,
    TOPO_VIEW_MIGRATION = 512, /* ports that carry migrations */
    TOPO_MGMT_MAX = 8,         /* management addresses kept of a neighbour */
};

/* A chassis or port id: lldpctl's word for the subtype, and the value as
 * text. A MAC address is lower case with colons. The type is "" when none
 * is known. */
struct topo_id {
    char type[12];
    char *value;
};

struct topo_port {
    char *name;
    char *mac;              /* NULL: not known */
    char *descr;            /* NULL or another name (ifAlias) */
    char *id;               /* its port ID in LLDP, or NULL */
    char *if_descr, *alias; /* ifDescr and ifAlias of a switch's port */
    char *master;           /* bridge or bond, or NULL */
    int64_t speed_mbps;
    int64_t mtu;
    int up;                     /* 1, 0, or TOPO_UNKNOWN */
    int64_t rx_bytes, tx_bytes; /* 64 bits, which may have the highest set */
    int64_t discontinuity;      /* ifCounterDiscontinuityTime; else 0 */
};

struct topo_neighbor {
    char *port;     /* the local one */
    bool unplaced;  /* the table does not say at which port: that is "" */
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
    TOPO_REFUSED_ROOM,  /* more interfaces than are kept */
    TOPO_REFUSED_LINE,  /* a line of a saved walk that is no row */
    TOPO_REFUSED_CUT,   /* a line that says that the walk broke off */
    TOPO_REFUSALS,
};

struct topo_port_name; /* view.c: the ports of a large view by their names */

struct topo_view {
    char *name; /* the administrator's name for the node */
    bool is_switch;
    bool role_known; /* else is_switch is guessed */
    struct topo_id chassis;
    char *sysname, *mgmt, *mgmt_port;
    int64_t clock_ms; /* of the node when it was read: since it was started, or
                       * since its agent was; not over 0: not known */
    struct topo_port *port;
    size_t ports, port_room;
    struct topo_port_name *by_name; /* NULL: few ports, which are looked at */
    char **migration_port;          /* ports or their masters */
    size_t migration_ports;
    bool has_migration; /* the list was given, even if empty */
    struct topo_neighbor *neighbor;
    size_t neighbors, neighbor_room;
    bool has_table;                /* its LLDP table was read, even if empty */
    bool no_lldp;                  /* the switch answers, but has no LLDP */
    size_t dropped;                /* neighbours over TOPO_VIEW_NEIGHBORS */
    size_t refused[TOPO_REFUSALS]; /* rows that are not believed */
    bool out_of_memory;            /* topo_view_check() tells it */
};

/* Functions that add to a view note a lack of memory in it, so that a parser
 * checks once, at its end. */

void topo_view_init(struct topo_view *v);
void topo_view_dispose(struct topo_view *v);
/* Forgets the neighbours, and what else was said by the table. */
void topo_view_clear_table(struct topo_view *v);
/* 0, or -ENOMEM when memory was out. */
int topo_view_check(const struct topo_view *v);

/* Replaces *dst by a clean copy of the bytes, or by NULL when src is NULL. */
void topo_text(struct topo_view *v, char **dst, const void *src, size_t len);
void topo_str(struct topo_view *v, char **dst, const char *src);
/* An id from its subtype's word and text. MACs of any spelling are made
 * one. */
void topo_id_text(struct topo_view *v, struct topo_id *id, const char *type,
                  const char *value, size_t len);
/* An id from the octets on the wire; `chassis`: which table of subtypes. */
void topo_id_octets(struct topo_view *v, struct topo_id *id, bool chassis,
                    unsigned subtype, const uint8_t *octets, size_t len);
/* Writes six octets as "02:00:00:00:00:01". */
void topo_mac_text(const uint8_t *octet, char out[18]);
/* Writes a MAC address of any spelling so. False: it is none. */
bool topo_mac_parse(const char *s, size_t len, char out[18]);
/* The port of that name, made if need be. NULL: too many, or out of memory. */
struct topo_port *topo_view_port(struct topo_view *v, const char *name);
const struct topo_port *topo_view_find_port(const struct topo_view *v,
                                            const char *name);
/* Adds a neighbour on a port. NULL: too many, or out of memory. */
struct topo_neighbor *topo_view_neighbor(struct topo_view *v, const char *port,
                                         size_t len);
void topo_view_add_mgmt(struct topo_view *v, struct topo_neighbor *n,
                        const char *addr, size_t len);
void topo_view_add_migration(struct topo_view *v, const char *port);

#endif
