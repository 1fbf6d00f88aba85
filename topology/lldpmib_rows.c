/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Sorts the rows of a walk into tables: LLDP-MIB (IEEE 802.1AB-2016, 11.5),
 * ifXTable (RFC 2863), and what ifTable tells of a port's state.
 *
 * The index of lldpRemTable is TimeMark.LocalPortNum.Index. TimeMark is a
 * filter for pollers, so rows are joined on the other two. The enumerators of
 * this file are spelled as in the MIBs.
 */
#include "topology/lldpmib_impl.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

/* The first numbers of OIDs. */
#define SYSTEM       1, 3, 6, 1, 2, 1, 1
#define IF_ENTRY     1, 3, 6, 1, 2, 1, 2, 2, 1
#define IF_X_ENTRY   1, 3, 6, 1, 2, 1, 31, 1, 1, 1
#define LLDP_OBJECTS 1, 0, 8802, 1, 1, 2, 1
/* .. and what follows on LLDP_OBJECTS */
#define LLDP_LOC_SYSTEM_DATA 3
#define LLDP_LOC_PORT_ENTRY  3, 7, 1
#define LLDP_REM_ENTRY       4, 1, 1
#define LLDP_REM_MAN_ADDR_IF 4, 2, 1, 3 /* lldpRemManAddrIfSubtype */

enum { sysUpTime = 3, sysName = 5 };
enum { ifMtu = 4, ifPhysAddress = 6, ifOperStatus = 8 };
enum { ifName = 1, ifHighSpeed = 15 };
enum { lldpLocChassisIdSubtype = 1, lldpLocChassisId, lldpLocSysName };
enum { lldpLocPortIdSubtype = 2, lldpLocPortId, lldpLocPortDesc };
enum {
    lldpRemChassisIdSubtype = 4,
    lldpRemChassisId,
    lldpRemPortIdSubtype,
    lldpRemPortId,
    lldpRemPortDesc,
    lldpRemSysName,
    lldpRemSysCapEnabled = 12,
};

const char *const mib_subtrees[] = {
    "1.3.6.1.2.1.1.3",          /* sysUpTime */
    "1.3.6.1.2.1.1.5",          /* sysName */
    "1.0.8802.1.1.2.1.3",       /* lldpLocalSystemData */
    "1.0.8802.1.1.2.1.4.1",     /* lldpRemTable */
    "1.0.8802.1.1.2.1.4.2.1.3", /* lldpRemManAddrIfSubtype */
    "1.3.6.1.2.1.31.1.1.1.1",   /* ifName */
    "1.3.6.1.2.1.31.1.1.1.15",  /* ifHighSpeed */
    "1.3.6.1.2.1.2.2.1.4",      /* ifMtu */
    "1.3.6.1.2.1.2.2.1.6",      /* ifPhysAddress */
    "1.3.6.1.2.1.2.2.1.8",      /* ifOperStatus */
    NULL,
};

/* A row below a table's entry: its column and its index. */
struct mib_cell {
    uint32_t column;
    const uint32_t *index;
    size_t index_len;
    const struct mib_value *v;
};

/* Whether the cell has the index and the type that the MIB gives its column.
 * Counts those that have not. */
static bool cell_fits(struct mib *m, const struct mib_cell *c,
                      size_t index_len, enum mib_type type)
{
    if (c->index_len != index_len)
        m->refused[TOPO_REFUSED_INDEX]++;
    else if (c->v->type != type)
        m->refused[TOPO_REFUSED_TYPE]++;
    return c->index_len == index_len && c->v->type == type;
}

static void local_system_cell(struct mib *m, const struct mib_cell *c)
{
    const struct mib_value *v = c->v;

    switch (c->column) {
    case lldpLocChassisIdSubtype:
        if (cell_fits(m, c, 1, MIB_NUMBER))
            m->chassis_subtype = (unsigned)v->num;
        break;
    case lldpLocChassisId:
        if (cell_fits(m, c, 1, MIB_OCTETS))
            mib_set(m, &m->chassis, v->octets, v->len);
        break;
    case lldpLocSysName:
        if (cell_fits(m, c, 1, MIB_OCTETS))
            mib_set(m, &m->lldp_sysname, v->octets, v->len);
        break;
    }
}

static void local_port_cell(struct mib *m, const struct mib_cell *c)
{
    bool num = c->column == lldpLocPortIdSubtype;
    const struct mib_value *v = c->v;
    struct mib_local_port *l;

    if ((!num && c->column != lldpLocPortId && c->column != lldpLocPortDesc) ||
        !cell_fits(m, c, 1, num ? MIB_NUMBER : MIB_OCTETS))
        return;
    l = mib_local_port_get(m, c->index[0]);
    if (!l)
        return;
    switch (c->column) {
    case lldpLocPortIdSubtype: l->subtype = (unsigned)v->num; break;
    case lldpLocPortId: mib_set(m, &l->id, v->octets, v->len); break;
    case lldpLocPortDesc: mib_set(m, &l->descr, v->octets, v->len); break;
    }
}

static bool remote_column_known(uint32_t column)
{
    return (column >= lldpRemChassisIdSubtype && column <= lldpRemSysName) ||
           column == lldpRemSysCapEnabled;
}

static void remote_cell(struct mib *m, const struct mib_cell *c)
{
    bool num = c->column == lldpRemChassisIdSubtype ||
               c->column == lldpRemPortIdSubtype;
    const struct mib_value *v = c->v;
    struct mib_remote *r;

    if (!remote_column_known(c->column) ||
        !cell_fits(m, c, 3, num ? MIB_NUMBER : MIB_OCTETS))
        return;
    r = mib_remote_get(m, c->index);
    if (!r)
        return;
    switch (c->column) {
    case lldpRemChassisIdSubtype: r->chassis_subtype = (unsigned)v->num; break;
    case lldpRemChassisId: mib_set(m, &r->chassis, v->octets, v->len); break;
    case lldpRemPortIdSubtype: r->port_subtype = (unsigned)v->num; break;
    case lldpRemPortId: mib_set(m, &r->port, v->octets, v->len); break;
    case lldpRemPortDesc: mib_set(m, &r->port_descr, v->octets, v->len); break;
    case lldpRemSysName: mib_set(m, &r->sysname, v->octets, v->len); break;
    case lldpRemSysCapEnabled: mib_set(m, &r->caps, v->octets, v->len); break;
    }
}

/* The address is in the index: TimeMark.LocalPortNum.Index.family.length, then
 * its octets. Families other than IPv4 and IPv6 are of no interest. */
static void remote_address(struct mib *m, const uint32_t *index, size_t n)
{
    struct mib_remote *r;
    uint8_t addr[16];
    char text[INET6_ADDRSTRLEN];
    bool v4, v6;

    v4 = n > 3 && index[3] == LLDP_ADDRESS_IPV4;
    v6 = n > 3 && index[3] == LLDP_ADDRESS_IPV6;
    if (n < 5 || n - 5 != index[4] || (v4 && index[4] != 4) ||
        (v6 && index[4] != 16)) {
        m->refused[TOPO_REFUSED_INDEX]++;
        return;
    }
    if (!v4 && !v6)
        return;
    for (size_t i = 0; i < index[4]; i++)
        addr[i] = (uint8_t)index[5 + i];
    if (!inet_ntop(v4 ? AF_INET : AF_INET6, addr, text, sizeof text))
        return;
    r = mib_remote_get(m, index);
    if (r && r->n_mgmt < TOPO_MGMT_MAX)
        mib_set(m, &r->mgmt[r->n_mgmt++], text, strlen(text));
}

static void if_x_cell(struct mib *m, const struct mib_cell *c)
{
    bool num = c->column == ifHighSpeed;
    struct mib_interface *i;

    if ((!num && c->column != ifName) ||
        !cell_fits(m, c, 1, num ? MIB_NUMBER : MIB_OCTETS))
        return;
    if (num && c->v->num > TOPO_MAX_MBPS) {
        m->refused[TOPO_REFUSED_SPEED]++;
        return;
    }
    i = mib_interface_get(m, c->index[0]);
    if (i && num)
        i->high_speed = c->v->num;
    else if (i)
        mib_set(m, &i->name, c->v->octets, c->v->len);
}

static void if_cell(struct mib *m, const struct mib_cell *c)
{
    bool num = c->column == ifMtu || c->column == ifOperStatus;
    struct mib_interface *i;

    if ((!num && c->column != ifPhysAddress) ||
        !cell_fits(m, c, 1, num ? MIB_NUMBER : MIB_OCTETS))
        return;
    i = mib_interface_get(m, c->index[0]);
    if (!i)
        return;
    switch (c->column) {
    case ifMtu: i->mtu = c->v->num; break;
    case ifPhysAddress: mib_set(m, &i->mac, c->v->octets, c->v->len); break;
    case ifOperStatus: i->oper_status = c->v->num; break;
    }
}

static void system_cell(struct mib *m, const struct mib_cell *c)
{
    if (c->column == sysUpTime && cell_fits(m, c, 1, MIB_NUMBER))
        m->uptime = c->v->num;
    else if (c->column == sysName && cell_fits(m, c, 1, MIB_OCTETS))
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

static void lldp_row(struct mib *m, const uint32_t *oid, size_t n,
                     const struct mib_value *v)
{
    if (BELOW(LLDP_LOC_PORT_ENTRY))
        local_port_cell(m, CELL);
    else if (BELOW(LLDP_LOC_SYSTEM_DATA))
        local_system_cell(m, CELL);
    else if (BELOW(LLDP_REM_ENTRY))
        remote_cell(m, CELL);
    else if (BELOW(LLDP_REM_MAN_ADDR_IF))
        remote_address(m, oid, n);
}

int mib_row(struct mib *m, const uint32_t *oid, size_t n,
            const struct mib_value *v)
{
    if (BELOW(LLDP_OBJECTS))
        lldp_row(m, oid, n, v);
    else if (BELOW(IF_X_ENTRY))
        if_x_cell(m, CELL);
    else if (BELOW(IF_ENTRY))
        if_cell(m, CELL);
    else if (BELOW(SYSTEM))
        system_cell(m, CELL);
    return m->rc;
}
