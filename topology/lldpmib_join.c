/* SPDX-License-Identifier: LGPL-2.1-only */
/* Joins the tables of a switch, and adds what they say to its view. */
#include "topology/lldpmib_impl.h"

#include <stdlib.h>
#include <string.h>

/* lldpRemSysCapEnabled is a BITS: bit 0 is the highest of the first octet. */
enum { CAP_BRIDGE = 0x80 >> 2, CAP_ROUTER = 0x80 >> 4 };

/* ifOperStatus. Testing, unknown and dormant tell nothing of the cable. */
enum {
    IF_OPER_STATUS_UP = 1,
    IF_OPER_STATUS_DOWN = 2,
    IF_OPER_STATUS_NOT_PRESENT = 6,
    IF_OPER_STATUS_LOWER_LAYER_DOWN = 7,
};

static int status_up(int64_t status)
{
    switch (status) {
    case IF_OPER_STATUS_UP: return 1;
    case IF_OPER_STATUS_DOWN:
    case IF_OPER_STATUS_NOT_PRESENT:
    case IF_OPER_STATUS_LOWER_LAYER_DOWN: return 0;
    }
    return TOPO_UNKNOWN;
}

static void text_set(struct topo_view *v, char **dst,
                     const struct mib_octets *o)
{
    size_t len = o->p ? mib_text_len(o) : 0;

    if (len && !*dst)
        topo_text(v, dst, o->p, len);
}

static void id_set(struct topo_view *v, struct topo_id *id, bool chassis,
                   unsigned subtype, const struct mib_octets *o)
{
    if (o->len)
        topo_id_octets(v, id, chassis, subtype, o->p, o->len);
}

/* --- ports --------------------------------------------------------------- */

static void port_set_mac(struct topo_view *v, struct topo_port *p,
                         const struct mib_octets *o)
{
    char mac[18];

    if (!p->mac && mib_octets_mac(o, mac))
        topo_str(v, &p->mac, mac);
}

static void port_set_interface(struct topo_view *v, struct topo_port *p,
                               const struct mib_interface *i)
{
    /* 0: the agent does not know (RFC 2863) */
    if (p->speed_mbps < 0 && i->high_speed > 0)
        p->speed_mbps = i->high_speed;
    if (p->mtu < 0 && i->mtu > 0)
        p->mtu = i->mtu;
    if (p->up < 0)
        p->up = status_up(i->oper_status);
    p->rx_bytes = i->rx_bytes;
    p->tx_bytes = i->tx_bytes;
    p->discontinuity = i->discontinuity;
    port_set_mac(v, p, &i->mac);
    text_set(v, &p->if_descr, &i->descr);
    text_set(v, &p->alias, &i->alias);
}

static void view_add_port(struct topo_view *v, const struct mib_local_port *l)
{
    struct topo_port *p = l->name ? topo_view_port(v, l->name) : NULL;
    struct topo_id id = { .value = NULL };

    if (!p)
        return;
    if (l->descr_own)
        text_set(v, &p->descr, &l->descr);
    if (l->id_own && !p->id) {
        id_set(v, &id, false, l->subtype, &l->id);
        p->id = id.value;
    }
    if (l->subtype == LLDP_PORT_MAC_ADDRESS)
        port_set_mac(v, p, &l->id);
    if (l->interface)
        port_set_interface(v, p, l->interface);
}

/* The ports with neighbours, or the others. A view has room for so many, so
 * that the former go first. */
static void view_add_ports(struct topo_view *v, const struct mib_local *local,
                           bool hearing)
{
    for (struct mib_local_port *l = local->port; l; l = l->hh.next)
        if (l->hears == hearing)
            view_add_port(v, l);
}

/* --- neighbours ---------------------------------------------------------- */

/* Port 0 is none, unless lldpLocPortTable has it. */
static const char *remote_port(const struct mib_local *local,
                               const struct mib_remote *r)
{
    struct mib_local_port *l;

    HASH_FIND(hh, local->port, &r->key.port, sizeof r->key.port, l);
    return l && l->name ? l->name : "";
}

static void neighbor_set(struct topo_view *v, struct topo_neighbor *n,
                         const struct mib_remote *r)
{
    const struct mib_octets *caps = &r->column[REM_CAPS].octets;

    topo_str(v, &n->protocol, "LLDP");
    id_set(v, &n->chassis, true, r->column[REM_CHASSIS_SUBTYPE].num,
           &r->column[REM_CHASSIS].octets);
    id_set(v, &n->port_id, false, r->column[REM_PORT_SUBTYPE].num,
           &r->column[REM_PORT].octets);
    text_set(v, &n->port_descr, &r->column[REM_PORT_DESCR].octets);
    text_set(v, &n->sysname, &r->column[REM_SYSNAME].octets);
    if (caps->len) {
        n->bridge = (caps->p[0] & CAP_BRIDGE) != 0;
        n->router = (caps->p[0] & CAP_ROUTER) != 0;
    }
}

static void view_add_remote(struct mib *m, struct topo_view *v,
                            unsigned version, const struct mib_table *t,
                            struct mib_remote *r)
{
    const char *port = remote_port(&m->local[version], r);
    struct topo_neighbor *n = topo_view_neighbor(v, port, strlen(port));
    struct mib_addresses *a;
    uint32_t mark;

    if (!n)
        return;
    n->unplaced = !*port;
    mib_remote_settle(r);
    neighbor_set(v, n, r);
    HASH_FIND(hh, t->addresses, &r->key, sizeof r->key, a);
    for (unsigned i = 0; a && i < a->n; i++)
        topo_view_add_mgmt(v, n, (char *)a->mgmt[i].p, a->mgmt[i].len);
    mark = mib_remote_mark(r);
    if (m->uptime >= mark && t != &m->table[MIB_LLDP_SHORT])
        n->age_s = (m->uptime - mark) / 100;
}

static int remote_compare(const struct mib_remote *a,
                          const struct mib_remote *b)
{
    if (a->key.port != b->key.port)
        return a->key.port < b->key.port ? -1 : 1;
    if (a->key.scope != b->key.scope)
        return a->key.scope < b->key.scope ? -1 : 1;
    return a->key.index < b->key.index ? -1 : a->key.index > b->key.index;
}

/* --- all of it ----------------------------------------------------------- */

/* The form of the MIB that has neighbours. Rows with a short index are read
 * where all are short: beside others they are a mistake. */
static enum mib_form table_choose(struct mib *m)
{
    enum mib_form form = m->table[MIB_LLDP].remote         ? MIB_LLDP
                         : m->table[MIB_LLDP_V2].remote    ? MIB_LLDP_V2
                         : m->table[MIB_LLDP_SHORT].remote ? MIB_LLDP_SHORT
                         : m->local[MIB_V1].any            ? MIB_LLDP
                                                           : MIB_LLDP_V2;

    if (form != MIB_LLDP_SHORT)
        m->refused[TOPO_REFUSED_INDEX] += m->table[MIB_LLDP_SHORT].cells;
    return form;
}

static void view_add_self(struct mib *m, struct topo_view *v,
                          const struct mib_local *local)
{
    if (local->chassis.len && !v->chassis.value)
        id_set(v, &v->chassis, true, local->chassis_subtype, &local->chassis);
    text_set(v, &v->sysname, &local->sysname);
    text_set(v, &v->sysname, &m->sysname);
}

void mib_finish(struct mib *m, struct topo_view *v)
{
    enum mib_form form = table_choose(m);
    unsigned version = form == MIB_LLDP_V2 ? MIB_V2 : MIB_V1;
    struct mib_table *t = &m->table[form];

    view_add_self(m, v, &m->local[version]);
    view_add_self(m, v, &m->local[!version]);
    mib_resolve_ports(m, version, t);
    HASH_SORT(t->remote, remote_compare);
    view_add_ports(v, &m->local[version], true);
    view_add_ports(v, &m->local[version], false);
    for (struct mib_remote *r = t->remote; r; r = r->hh.next)
        view_add_remote(m, v, version, t, r);
    for (int i = 0; i < TOPO_REFUSALS; i++)
        v->refused[i] += m->refused[i];
    v->no_lldp = !m->local[MIB_V1].any && !m->local[MIB_V2].any;
    v->clock_ms = m->uptime > 0 ? m->uptime * 10 : 0;
    v->has_table = true;
    v->out_of_memory |= m->rc != 0;
}
