/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Finds the nodes of neighbours that say no more than their names, as CDP, EDP
 * and FDP do, or than the MAC address that a NIC was made with: its firmware
 * sends that, while the ports of a bond all have the bond's address.
 *
 * A name proves nothing, nor does an address. But where the node of that name
 * was read, or a host with NICs of such addresses, and hears the very port that
 * hears it, both are ends of one cable.
 */
#include "topology/merge_impl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A row by the port that it names. */
struct named_port {
    uint32_t port, row;
};

static int named_port_compare(const void *va, const void *vb)
{
    const struct named_port *a = va, *b = vb;

    if (a->port != b->port)
        return a->port < b->port ? -1 : 1;
    return a->row < b->row ? -1 : a->row > b->row;
}

static bool row_is_name_only(const struct merge *m, const struct merge_row *r)
{
    return r->remote >= m->views && !merge_is_lldp(r->neighbor);
}

/* A NIC's firmware has one ID for itself and its port. */
static bool row_is_bare_nic(const struct merge *m, const struct merge_row *r)
{
    return r->remote >= m->views && merge_is_lldp(r->neighbor) &&
           !strcmp(r->neighbor->chassis.type, "mac") &&
           !strcmp(r->neighbor->port_id.type, "mac") &&
           ident_port_is_chassis(r->neighbor);
}

static bool row_is_open(const struct merge *m, const struct merge_row *r)
{
    return row_is_name_only(m, r) || row_is_bare_nic(m, r);
}

/* Whether a port of the host has an address that differs in the last octet
 * alone: cards have theirs in a row. */
static bool view_has_card(const struct topo_view *v, const char *mac)
{
    enum { FIVE_OCTETS = 15 };

    for (size_t i = 0; i < v->ports; i++)
        if (v->port[i].mac && !strncmp(v->port[i].mac, mac, FIVE_OCTETS))
            return true;
    return false;
}

static bool view_has_name(const struct topo_view *v,
                          const struct topo_neighbor *n)
{
    const char *said =
        n->sysname && *n->sysname ? n->sysname : n->chassis.value;

    return said && *said &&
           (ident_same_name(v->name, said) ||
            (v->sysname && (ident_same_name(v->sysname, said) ||
                            ident_same_name(said, v->sysname))));
}

/* Takes the host that hears the row's port back. */
static bool row_take_card(struct merge *m, struct merge_row *r,
                          const struct merge_row *back)
{
    uint32_t node = m->port[back->port]->node;

    if (node >= m->views || m->view[node].is_switch ||
        !view_has_card(&m->view[node], r->neighbor->chassis.value))
        return false;
    r->remote = node;
    r->remote_port = back->port;
    return true;
}

/* Takes the node that hears the row's port back, unless the row names another
 * port of it. False: it is another node. */
static bool row_take_node(struct merge *m, struct merge_row *r,
                          const struct merge_row *back)
{
    uint32_t node = m->port[back->port]->node;
    const char *port;
    bool listed;

    if (node >= m->views || !view_has_name(&m->view[node], r->neighbor))
        return false;
    port = ident_port(m->ident, node, r->neighbor, &listed);
    if (port && merge_port_find(m, node, port) != back->port)
        return false;
    r->remote = node;
    r->remote_port = port ? back->port : NONE;
    return true;
}

/* Two hosts that hear one port have a hub between, which hides whose the card
 * is. */
static void row_take_back(struct merge *m, struct merge_row *r,
                          const struct named_port *p, size_t n)
{
    if (row_is_bare_nic(m, r)) {
        if (n == 1)
            row_take_card(m, r, &m->row[p->row]);
        return;
    }
    for (size_t i = 0; i < n; i++)
        if (row_take_node(m, r, &m->row[p[i].row]))
            return;
}

static void row_find_back(struct merge *m, struct merge_row *r,
                          const struct named_port *p, size_t n)
{
    size_t lo = 0, hi = n;

    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;

        if (p[mid].port < r->port)
            lo = mid + 1;
        else
            hi = mid;
    }
    for (hi = lo; hi < n && p[hi].port == r->port;)
        hi++;
    row_take_back(m, r, p + lo, hi - lo);
}

void merge_heard_back(struct merge *m)
{
    struct named_port *p;
    size_t n = 0, open = 0;

    for (size_t i = 0; i < m->rows; i++)
        open += row_is_open(m, &m->row[i]);
    if (!open)
        return;
    p = calloc(m->rows + 1, sizeof *p);
    if (!p) {
        m->rc = -ENOMEM;
        return;
    }
    for (uint32_t i = 0; i < m->rows; i++)
        if (m->row[i].remote_port != NONE)
            p[n++] = (struct named_port){ m->row[i].remote_port, i };
    if (n)
        qsort(p, n, sizeof *p, named_port_compare);
    for (size_t i = 0; i < m->rows; i++)
        if (row_is_open(m, &m->row[i]))
            row_find_back(m, &m->row[i], p, n);
    free(p);
}
