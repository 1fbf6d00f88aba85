/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Joins the tables of a switch, and adds what they say to its view.
 *
 * lldpLocPortNum need not be an ifIndex: lldpLocPortTable says which port it
 * is, by a name, a MAC address or a number.
 */
#include "topology/lldpmib_impl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* lldpRemSysCapEnabled is a BITS: bit 0 is the highest of the first octet. */
enum { CAP_BRIDGE = 0x80 >> 2, CAP_ROUTER = 0x80 >> 4 };

enum { IF_OPER_STATUS_UP = 1 };

static bool octets_equal(const struct mib_octets *a,
                         const struct mib_octets *b)
{
    return a->p && b->p && a->len && a->len == b->len &&
           !memcmp(a->p, b->p, a->len);
}

static struct mib_interface *interface_by_name(struct mib *m,
                                               const struct mib_octets *name)
{
    struct mib_interface *i = m->interface;

    while (i && !octets_equal(&i->name, name))
        i = i->hh.next;
    return i;
}

/* The interface with that MAC address, if only one has it: the members of a
 * bond share theirs. */
static struct mib_interface *interface_by_mac(struct mib *m,
                                              const struct mib_octets *mac)
{
    struct mib_interface *found = NULL;

    for (struct mib_interface *i = m->interface; i; i = i->hh.next)
        if (octets_equal(&i->mac, mac)) {
            if (found)
                return NULL;
            found = i;
        }
    return found;
}

/* An id of digits that names no interface is an ifIndex (Junos). */
static struct mib_interface *interface_by_digits(struct mib *m,
                                                 const struct mib_octets *id)
{
    struct mib_interface *i = NULL;
    uint32_t index = 0;

    if (!id->len || id->len > 9)
        return NULL;
    for (size_t k = 0; k < id->len; k++) {
        if (id->p[k] < '0' || id->p[k] > '9')
            return NULL;
        index = index * 10 + id->p[k] - '0';
    }
    HASH_FIND(hh, m->interface, &index, sizeof index, i);
    return i;
}

static struct mib_interface *interface_of_port(struct mib *m,
                                               const struct mib_local_port *l)
{
    struct mib_interface *i = NULL;

    if (l->subtype == LLDP_PORT_MAC_ADDRESS)
        i = interface_by_mac(m, &l->id);
    if (!i)
        i = interface_by_name(m, &l->id);
    if (!i)
        i = interface_by_name(m, &l->descr);
    if (!i && l->subtype == LLDP_PORT_LOCAL)
        i = interface_by_digits(m, &l->id);
    return i;
}

/* The name of a port: its interface's, else its id in LLDP. */
static const char *port_name(struct mib *m, struct topo_view *v, uint32_t num,
                             char buf[TOPO_TEXT_MAX + 1])
{
    struct mib_interface *i = NULL;
    struct topo_id id = { .value = NULL };
    struct mib_local_port *l;

    HASH_FIND(hh, m->local_port, &num, sizeof num, l);
    if (l)
        i = interface_of_port(m, l);
    if (i && i->name.len)
        topo_text(v, &id.value, i->name.p, i->name.len);
    else if (l && l->id.len)
        topo_id_octets(v, &id, false, l->subtype, l->id.p, l->id.len);
    snprintf(buf, TOPO_TEXT_MAX + 1, "%s", id.value ? id.value : "");
    free(id.value);
    if (!*buf)
        snprintf(buf, TOPO_TEXT_MAX + 1, "port %u", num);
    return buf;
}

static void view_add_port(struct mib *m, struct topo_view *v,
                          const struct mib_local_port *l)
{
    char name[TOPO_TEXT_MAX + 1];
    struct topo_port *p = topo_view_port(v, port_name(m, v, l->num, name));
    struct mib_interface *i = interface_of_port(m, l);
    struct topo_id mac = { .value = NULL };

    if (!p)
        return;
    if (l->descr.len && !p->descr)
        topo_text(v, &p->descr, l->descr.p, l->descr.len);
    if (l->id.len && !p->id)
        topo_text(v, &p->id, l->id.p, l->id.len);
    if (l->subtype == LLDP_PORT_MAC_ADDRESS && l->id.len == 6)
        topo_id_octets(v, &mac, false, LLDP_PORT_MAC_ADDRESS, l->id.p, 6);
    if (i) {
        /* 0: the agent does not know (RFC 2863) */
        if (p->speed_mbps < 0 && i->high_speed > 0)
            p->speed_mbps = i->high_speed;
        if (p->mtu < 0 && i->mtu > 0)
            p->mtu = i->mtu;
        if (p->up < 0 && i->oper_status > 0)
            p->up = i->oper_status == IF_OPER_STATUS_UP;
        if (!mac.value && i->mac.len == 6)
            topo_id_octets(v, &mac, false, LLDP_PORT_MAC_ADDRESS, i->mac.p, 6);
    }
    if (mac.value && !p->mac) {
        p->mac = mac.value;
        mac.value = NULL;
    }
    free(mac.value);
}

static void view_add_remote(struct mib *m, struct topo_view *v,
                            const struct mib_remote *r)
{
    char name[TOPO_TEXT_MAX + 1];
    struct topo_neighbor *n;

    port_name(m, v, r->key.port, name);
    n = topo_view_neighbor(v, name, strlen(name));
    if (!n)
        return;
    topo_str(v, &n->protocol, "LLDP");
    if (r->chassis.p)
        topo_id_octets(v, &n->chassis, true, r->chassis_subtype, r->chassis.p,
                       r->chassis.len);
    if (r->port.p)
        topo_id_octets(v, &n->port_id, false, r->port_subtype, r->port.p,
                       r->port.len);
    if (r->port_descr.len)
        topo_text(v, &n->port_descr, r->port_descr.p, r->port_descr.len);
    if (r->sysname.len)
        topo_text(v, &n->sysname, r->sysname.p, r->sysname.len);
    for (unsigned i = 0; i < r->n_mgmt; i++)
        topo_view_add_mgmt(v, n, (char *)r->mgmt[i].p, r->mgmt[i].len);
    if (r->caps.len) {
        n->bridge = (r->caps.p[0] & CAP_BRIDGE) != 0;
        n->router = (r->caps.p[0] & CAP_ROUTER) != 0;
    }
    if (m->uptime >= r->time_mark)
        n->age_s = (m->uptime - r->time_mark) / 100;
}

static int local_port_compare(const struct mib_local_port *a,
                              const struct mib_local_port *b)
{
    return a->num < b->num ? -1 : a->num > b->num;
}

static int remote_compare(const struct mib_remote *a,
                          const struct mib_remote *b)
{
    if (a->key.port != b->key.port)
        return a->key.port < b->key.port ? -1 : 1;
    return a->key.index < b->key.index ? -1 : a->key.index > b->key.index;
}

void mib_finish(struct mib *m, struct topo_view *v)
{
    const struct mib_octets *name =
        m->lldp_sysname.len ? &m->lldp_sysname : &m->sysname;

    if (m->chassis.len && !v->chassis.value)
        topo_id_octets(v, &v->chassis, true, m->chassis_subtype, m->chassis.p,
                       m->chassis.len);
    if (name->len && !v->sysname)
        topo_text(v, &v->sysname, name->p, name->len);
    HASH_SORT(m->local_port, local_port_compare);
    HASH_SORT(m->remote, remote_compare);
    for (struct mib_local_port *l = m->local_port; l; l = l->hh.next)
        view_add_port(m, v, l);
    for (struct mib_remote *r = m->remote; r; r = r->hh.next)
        view_add_remote(m, v, r);
    for (int i = 0; i < TOPO_REFUSALS; i++)
        v->refused[i] += m->refused[i];
    v->has_table = true;
}
