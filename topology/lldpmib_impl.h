/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The tables of a switch while its rows are read.
 *
 *   lldpmib.c        the life of the tables
 *   lldpmib_rows.c   from rows to the tables: which column, which index
 *   lldpmib_remote.c rows of neighbours and of their addresses
 *   lldpmib_ports.c  which interface a local port is, and what it is called
 *   lldpmib_join.c   from the tables to a view
 */
#ifndef RACKHOP_TOPOLOGY_LLDPMIB_IMPL_H
#define RACKHOP_TOPOLOGY_LLDPMIB_IMPL_H

#include <uthash.h>

#include "topology/lldp.h"
#include "topology/lldpmib.h"

/* Octets that the owner of the struct frees. */
struct mib_octets {
    uint8_t *p;
    size_t len;
};

/* A row of ifXTable and ifTable. */
struct mib_interface {
    uint32_t index; /* ifIndex */
    struct mib_octets name, descr, alias, mac;
    int64_t high_speed, mtu, oper_status; /* -1: not known */
    int64_t rx_bytes, tx_bytes;           /* likewise, with 64 bits */
    int64_t discontinuity;                /* 0: the switch has none */
    UT_hash_handle hh;
};

/* A row of lldpLocPortTable, or a number that lldpRemTable has. */
struct mib_local_port {
    uint32_t num; /* lldpLocPortNum */
    unsigned subtype;
    struct mib_octets id, descr;
    bool id_own, descr_own;          /* no other port has the same */
    struct mib_interface *interface; /* NULL: not known */
    char *name;                      /* unlike those of all other ports */
    bool hears;                      /* it has a neighbour */
    UT_hash_handle hh;
};

/* A number of a port that has a neighbour. */
struct mib_hearing {
    uint32_t port;
    UT_hash_handle hh;
};

struct mib_remote_key {
    uint32_t port, scope, index; /* scope: lldpV2RemLocalDestMACAddress */
};

/* The columns of a neighbour that count; numbers and octets. */
enum mib_remote_column {
    REM_CHASSIS_SUBTYPE,
    REM_CHASSIS,
    REM_PORT_SUBTYPE,
    REM_PORT,
    REM_PORT_DESCR,
    REM_SYSNAME,
    REM_CAPS,
    REM_COLUMNS,
};

/* A row of lldpRemTable. */
struct mib_remote {
    struct mib_remote_key key;
    struct {
        bool said;
        uint32_t mark; /* lldpRemTimeMark, in hundredths of a second */
        unsigned num;
        struct mib_octets octets;
    } column[REM_COLUMNS];
    bool twice; /* a column came with two TimeMarks */
    UT_hash_handle hh;
};

/* The rows of lldpRemManAddrTable of one neighbour. */
struct mib_addresses {
    struct mib_remote_key key;
    struct mib_octets mgmt[TOPO_MGMT_MAX]; /* as text */
    unsigned n;
    UT_hash_handle hh;
};

/* The neighbours as one form of the MIB has them. */
enum mib_form {
    MIB_LLDP,       /* TimeMark.LocalPortNum.Index */
    MIB_LLDP_SHORT, /* agents that leave out the TimeMark, or the port too */
    MIB_LLDP_V2,    /* LLDP-V2-MIB: TimeMark.ifIndex.DestMAC.Index */
    MIB_FORMS,
};

struct mib_table {
    struct mib_remote *remote;
    struct mib_addresses *addresses;
    size_t cells; /* that came */
};

/* What the switch says of itself, in LLDP-MIB and in LLDP-V2-MIB. */
struct mib_local {
    unsigned chassis_subtype;
    struct mib_octets chassis, sysname;
    struct mib_local_port *port;
    bool any; /* it said something */
};

enum { MIB_V1, MIB_V2, MIB_VERSIONS };

struct mib {
    struct mib_local local[MIB_VERSIONS];
    struct mib_table table[MIB_FORMS];
    struct mib_octets sysname;
    int64_t uptime; /* in hundredths of a second */
    struct mib_interface *interface;
    struct mib_hearing *hearing;
    size_t rows, interfaces;
    bool resolving; /* the switch said all: ports that are made are no rows */
    size_t refused[TOPO_REFUSALS];
    int rc;
};

/* lldpmib.c */
/* A copy of the octets, of 1024 at most. */
void mib_set(struct mib *m, struct mib_octets *o, const void *p, size_t len);
/* Rows of the tables, made if need be. NULL: m->rc says why, or for an
 * interface that there are more than are kept. */
void *mib_new_row(struct mib *m, size_t size);
struct mib_local_port *mib_local_port_get(struct mib *m, unsigned version,
                                          uint32_t num);
struct mib_interface *mib_interface_get(struct mib *m, uint32_t index);
/* Notes that the port of that number has a neighbour. */
void mib_note_hearing(struct mib *m, uint32_t port);

/* A row below a table's entry: its column and its index. */
struct mib_cell {
    uint32_t column;
    const uint32_t *index;
    size_t index_len;
    const struct mib_value *v;
};

/* lldpmib_remote.c */
/* Cells of lldpRemTable, and rows of lldpRemManAddrTable. */
void mib_remote_cell(struct mib *m, unsigned version,
                     const struct mib_cell *c);
void mib_remote_address(struct mib *m, unsigned version, const uint32_t *index,
                        size_t n);
/* The latest TimeMark of the row. */
uint32_t mib_remote_mark(const struct mib_remote *r);
/* Forgets columns that a later row of the same neighbour has replaced. */
void mib_remote_settle(struct mib_remote *r);
void mib_table_free(struct mib_table *t);

/* lldpmib_ports.c */
/* Finds the interface and the name of each local port of a version, and of the
 * numbers at which the table has neighbours. */
void mib_resolve_ports(struct mib *m, unsigned version,
                       const struct mib_table *t);
/* The length of a text without the NULs and blanks that pad it. */
size_t mib_text_len(const struct mib_octets *o);
/* Writes octets that are a MAC address, raw or as text. False: they are
 * none. */
bool mib_octets_mac(const struct mib_octets *o, char out[18]);

#endif
