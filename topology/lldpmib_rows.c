/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Sorts the rows of a walk into tables: LLDP-MIB (IEEE 802.1AB-2005, 12.2),
 * LLDP-V2-MIB (IEEE 802.1AB-2016, 11.5), ifXTable (RFC 2863), and what ifTable
 * tells of a port's name and state.
 *
 * The two LLDP MIBs have the same objects below another root. The enumerators
 * of this file are spelled as in the MIBs.
 */
#include "topology/lldpmib_impl.h"

#include <string.h>

/* The first numbers of OIDs. */
#define SYSTEM          1, 3, 6, 1, 2, 1, 1
#define IF_ENTRY        1, 3, 6, 1, 2, 1, 2, 2, 1
#define IF_X_ENTRY      1, 3, 6, 1, 2, 1, 31, 1, 1, 1
#define LLDP_OBJECTS    1, 0, 8802, 1, 1, 2, 1
#define LLDP_V2_OBJECTS 1, 3, 111, 2, 802, 1, 1, 13, 1
/* .. and what follows on LLDP_OBJECTS, and on LLDP_V2_OBJECTS alike */
#define LLDP_LOC_SYSTEM_DATA 3
#define LLDP_LOC_PORT_ENTRY  3, 7, 1
#define LLDP_REM_ENTRY       4, 1, 1
#define LLDP_REM_MAN_ADDR_IF 4, 2, 1, 3 /* lldpRemManAddrIfSubtype */

static const char lldp_v2[] = "1.3.111.2.802.1.1.13.1";
enum { sysUpTime = 3, sysName = 5 };
enum { ifDescr = 2, ifMtu = 4, ifPhysAddress = 6, ifOperStatus = 8 };
enum {
    ifName = 1,
    ifHCInOctets = 6,
    ifHCOutOctets = 10,
    ifHighSpeed = 15,
    ifAlias = 18,
    ifCounterDiscontinuityTime = 19,
};
enum { lldpLocChassisIdSubtype = 1, lldpLocChassisId, lldpLocSysName };
enum { lldpLocPortIdSubtype = 2, lldpLocPortId, lldpLocPortDesc };
const char *const mib_subtrees[] = {
    "1.3.6.1.2.1.1.3",                /* sysUpTime */
    "1.3.6.1.2.1.1.5",                /* sysName */
    "1.0.8802.1.1.2.1.3",             /* lldpLocalSystemData */
    "1.0.8802.1.1.2.1.4.1",           /* lldpRemTable */
    "1.0.8802.1.1.2.1.4.2.1.3",       /* lldpRemManAddrIfSubtype */
    "1.3.111.2.802.1.1.13.1.3",       /* lldpV2LocalSystemData */
    "1.3.111.2.802.1.1.13.1.4.1",     /* lldpV2RemTable */
    "1.3.111.2.802.1.1.13.1.4.2.1.3", /* lldpV2RemManAddrIfSubtype */
    "1.3.6.1.2.1.31.1.1.1.1",         /* ifName */
    "1.3.6.1.2.1.31.1.1.1.15",        /* ifHighSpeed */
    "1.3.6.1.2.1.31.1.1.1.18",        /* ifAlias */
    "1.3.6.1.2.1.2.2.1.2",            /* ifDescr */
    "1.3.6.1.2.1.2.2.1.4",            /* ifMtu */
    "1.3.6.1.2.1.2.2.1.6",            /* ifPhysAddress */
    "1.3.6.1.2.1.2.2.1.8",            /* ifOperStatus */
    "1.3.6.1.2.1.31.1.1.1.19",        /* ifCounterDiscontinuityTime */
    "1.3.6.1.2.1.31.1.1.1.6",         /* ifHCInOctets */
    "1.3.6.1.2.1.31.1.1.1.10",        /* ifHCOutOctets */
    NULL,
};

/* Whether the cell has the index and the type that the MIB gives its column.
 * Counts those that have not. */
static bool cell_fits(struct mib *m, const struct mib_cell *c,
                      enum mib_type type)
{
    if (c->index_len != 1)
        m->refused[TOPO_REFUSED_INDEX]++;
    else if (!mib_value_fits(c->v, type))
        m->refused[TOPO_REFUSED_TYPE]++;
    return c->index_len == 1 && mib_value_fits(c->v, type);
}

static void local_system_cell(struct mib *m, unsigned version,
                              const struct mib_cell *c)
{
    struct mib_local *local = &m->local[version];
    const struct mib_value *v = c->v;

    switch (c->column) {
    case lldpLocChassisIdSubtype:
        if (cell_fits(m, c, MIB_NUMBER))
            local->chassis_subtype = (unsigned)v->num;
        break;
    case lldpLocChassisId:
        if (cell_fits(m, c, MIB_OCTETS))
            mib_set(m, &local->chassis, v->octets, v->len);
        break;
    case lldpLocSysName:
        if (cell_fits(m, c, MIB_OCTETS))
            mib_set(m, &local->sysname, v->octets, v->len);
        break;
    }
}

static void local_port_cell(struct mib *m, unsigned version,
                            const struct mib_cell *c)
{
    bool num = c->column == lldpLocPortIdSubtype;
    const struct mib_value *v = c->v;
    struct mib_local_port *l;

    if ((!num && c->column != lldpLocPortId && c->column != lldpLocPortDesc) ||
        !cell_fits(m, c, num ? MIB_NUMBER : MIB_OCTETS))
        return;
    l = mib_local_port_get(m, version, c->index[0]);
    if (!l)
        return;
    switch (c->column) {
    case lldpLocPortIdSubtype: l->subtype = (unsigned)v->num; break;
    case lldpLocPortId: mib_set(m, &l->id, v->octets, v->len); break;
    case lldpLocPortDesc: mib_set(m, &l->descr, v->octets, v->len); break;
    }
}

/* What an interface has counted, which is asked for at the last. */
static void if_x_counter(struct mib *m, const struct mib_cell *c)
{
    struct mib_interface *i =
        cell_fits(m, c, MIB_NUMBER) ? mib_interface_get(m, c->index[0]) : NULL;

    if (!i)
        return;
    switch (c->column) {
    case ifHCInOctets: i->rx_bytes = (int64_t)c->v->wide; break;
    case ifHCOutOctets: i->tx_bytes = (int64_t)c->v->wide; break;
    case ifCounterDiscontinuityTime: i->discontinuity = c->v->num; break;
    }
}

static void if_x_speed(struct mib *m, const struct mib_cell *c)
{
    struct mib_interface *i;

    if (!cell_fits(m, c, MIB_NUMBER))
        return;
    if (c->v->num > TOPO_MAX_MBPS) {
        m->refused[TOPO_REFUSED_SPEED]++;
        return;
    }
    i = mib_interface_get(m, c->index[0]);
    if (i)
        i->high_speed = c->v->num;
}

static void if_x_name(struct mib *m, const struct mib_cell *c)
{
    struct mib_interface *i =
        cell_fits(m, c, MIB_OCTETS) ? mib_interface_get(m, c->index[0]) : NULL;

    if (i)
        mib_set(m, c->column == ifName ? &i->name : &i->alias, c->v->octets,
                c->v->len);
}

static void if_x_cell(struct mib *m, const struct mib_cell *c)
{
    switch (c->column) {
    case ifName:
    case ifAlias: if_x_name(m, c); break;
    case ifHighSpeed: if_x_speed(m, c); break;
    case ifHCInOctets:
    case ifHCOutOctets: if_x_counter(m, c); break;
    case ifCounterDiscontinuityTime:
        /* without types it is "0:0:00:43.07", as sysUpTime is */
        if (c->v->type != MIB_UNTYPED || c->v->digits)
            if_x_counter(m, c);
        break;
    }
}

static void if_cell(struct mib *m, const struct mib_cell *c)
{
    bool num = c->column == ifMtu || c->column == ifOperStatus;
    struct mib_interface *i;

    if ((!num && c->column != ifPhysAddress && c->column != ifDescr) ||
        !cell_fits(m, c, num ? MIB_NUMBER : MIB_OCTETS))
        return;
    i = mib_interface_get(m, c->index[0]);
    if (!i)
        return;
    switch (c->column) {
    case ifDescr: mib_set(m, &i->descr, c->v->octets, c->v->len); break;
    case ifMtu: i->mtu = c->v->num; break;
    case ifPhysAddress: mib_set(m, &i->mac, c->v->octets, c->v->len); break;
    case ifOperStatus: i->oper_status = c->v->num; break;
    }
}

static void system_cell(struct mib *m, const struct mib_cell *c)
{
    /* without types it is "0:0:00:43.07", which is no mistake of the switch */
    if (c->column == sysUpTime &&
        (c->v->type != MIB_UNTYPED || c->v->digits) &&
        cell_fits(m, c, MIB_NUMBER))
        m->uptime = c->v->num;
    else if (c->column == sysName && cell_fits(m, c, MIB_OCTETS))
        mib_set(m, &m->sysname, c->v->octets, c->v->len);
}

/* Whether the OID lies below root: then it is cut to what follows on root. */
static bool oid_below(const uint32_t **oid, size_t *n, const uint32_t *root,
                      size_t len)
{
    if (*n <= len || memcmp(*oid, root, len * sizeof *root))
        return false;
    *oid += len;
    *n -= len;
    return true;
}

#define BELOW(...)                                                            \
    oid_below(&oid, &n, (const uint32_t[]){ __VA_ARGS__ },                    \
              sizeof(uint32_t[]){ __VA_ARGS__ } / sizeof(uint32_t))
#define CELL                                                                  \
    (&(struct mib_cell){                                                      \
        .column = oid[0], .index = oid + 1, .index_len = n - 1, .v = v })

static void lldp_row(struct mib *m, unsigned version, const uint32_t *oid,
                     size_t n, const struct mib_value *v)
{
    m->local[version].any = true;
    if (BELOW(LLDP_LOC_PORT_ENTRY))
        local_port_cell(m, version, CELL);
    else if (BELOW(LLDP_LOC_SYSTEM_DATA))
        local_system_cell(m, version, CELL);
    else if (BELOW(LLDP_REM_ENTRY))
        mib_remote_cell(m, version, CELL);
    else if (BELOW(LLDP_REM_MAN_ADDR_IF))
        mib_remote_address(m, version, oid, n);
}

int mib_row(struct mib *m, const uint32_t *oid, size_t n,
            const struct mib_value *v)
{
    if (BELOW(LLDP_OBJECTS))
        lldp_row(m, MIB_V1, oid, n, v);
    else if (BELOW(LLDP_V2_OBJECTS))
        lldp_row(m, MIB_V2, oid, n, v);
    else if (BELOW(IF_X_ENTRY))
        if_x_cell(m, CELL);
    else if (BELOW(IF_ENTRY))
        if_cell(m, CELL);
    else if (BELOW(SYSTEM))
        system_cell(m, CELL);
    return m->rc;
}

bool mib_needs(const char *subtree)
{
    static const char *const counted[] = { "1.3.6.1.2.1.31.1.1.1.19",
                                           "1.3.6.1.2.1.31.1.1.1.6",
                                           "1.3.6.1.2.1.31.1.1.1.10" };

    for (size_t i = 0; i < sizeof counted / sizeof *counted; i++)
        if (!strcmp(subtree, counted[i]))
            return false;
    return true;
}

bool mib_has_enough(const struct mib *m, const char *subtree)
{
    return m->table[MIB_LLDP].remote &&
           !strncmp(subtree, lldp_v2, strlen(lldp_v2));
}
