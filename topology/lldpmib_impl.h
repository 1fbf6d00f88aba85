/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The tables of a switch while its rows are read.
 *
 *   lldpmib.c       the life of the tables, and their columns
 *   lldpmib_rows.c  from rows to the tables
 *   lldpmib_join.c  from the tables to a view
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

/* A row of lldpLocPortTable. */
struct mib_local_port {
    uint32_t num; /* lldpLocPortNum */
    unsigned subtype;
    struct mib_octets id, descr;
    UT_hash_handle hh;
};

struct mib_remote_key {
    uint32_t port, index; /* lldpRemLocalPortNum, lldpRemIndex */
};

/* A row of lldpRemTable, with its rows of lldpRemManAddrTable. */
struct mib_remote {
    struct mib_remote_key key;
    uint32_t time_mark; /* lldpRemTimeMark, in hundredths of a second */
    unsigned chassis_subtype, port_subtype;
    struct mib_octets chassis, port, port_descr, sysname, caps;
    struct mib_octets mgmt[TOPO_MGMT_MAX]; /* as text */
    unsigned n_mgmt;
    UT_hash_handle hh;
};

/* A row of ifXTable and ifTable. */
struct mib_interface {
    uint32_t index; /* ifIndex */
    struct mib_octets name, mac;
    int64_t high_speed, mtu, oper_status; /* -1: not known */
    UT_hash_handle hh;
};

struct mib {
    unsigned chassis_subtype;
    struct mib_octets chassis, sysname, lldp_sysname;
    int64_t uptime; /* in hundredths of a second */
    struct mib_local_port *local_port;
    struct mib_remote *remote;
    struct mib_interface *interface;
    size_t rows;
    size_t refused[TOPO_REFUSALS];
    int rc;
};

/* A copy of the octets, of 1024 at most. */
void mib_set(struct mib *m, struct mib_octets *o, const void *p, size_t len);
/* Rows of the tables, made if need be. NULL: m->rc says why. */
struct mib_local_port *mib_local_port_get(struct mib *m, uint32_t num);
struct mib_interface *mib_interface_get(struct mib *m, uint32_t index);
/* A row that changed during the walk comes twice, with two TimeMarks: the
 * later one counts. NULL with m->rc 0: this is the earlier one. */
struct mib_remote *mib_remote_get(struct mib *m, const uint32_t *index);

#endif
