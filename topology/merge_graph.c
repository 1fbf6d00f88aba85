/* SPDX-License-Identifier: LGPL-2.1-only */
/* Adds nodes, cables and warnings to the map that a merge makes. */
#include "topology/merge_impl.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

bool merge_in_graph(struct merge *m, uint32_t node)
{
    struct merge_node *n = &m->node[node];
    int id;

    if (n->id != NONE)
        return true;
    id = topo_add_node(m->map->topo, n->name,
                       n->view ? n->view->is_switch ? TOPO_SWITCH : TOPO_HOST
                               : n->kind);
    if (id < 0) {
        m->rc = id;
        return false;
    }
    n->id = (uint32_t)id;
    return true;
}

static int64_t port_speed(const struct merge_port *p)
{
    return p && p->view_port && p->view_port->speed_mbps > 0 &&
                   p->view_port->speed_mbps <= TOPO_MAX_MBPS
               ? p->view_port->speed_mbps
               : TOPO_UNKNOWN;
}

/* A cable has one speed, so one port that knows it is enough. */
static int64_t cable_speed(struct merge *m, const struct merge_port *a,
                           const struct merge_port *b)
{
    int64_t x = port_speed(a), y = port_speed(b);

    if (x > 0 && y > 0 && x != y) {
        merge_warn(m, "speed-mismatch", a->node, a->name,
                   "%lld Mbit/s at this port, %lld Mbit/s at port %s of %s; "
                   "the lower counts",
                   (long long)x, (long long)y, b->name, m->node[b->node].name);
        return x < y ? x : y;
    }
    return x > 0 ? x : y;
}

static int64_t port_mtu(const struct merge_port *p)
{
    return p && p->view_port && p->view_port->mtu > 0 ? p->view_port->mtu
                                                      : TOPO_UNKNOWN;
}

/* The less of what its ports take. A switch that takes less than a host sends
 * loses frames, and says nothing. */
static int64_t cable_mtu(struct merge *m, const struct merge_port *a,
                         const struct merge_port *b)
{
    int64_t x = port_mtu(a), y = port_mtu(b);

    if (x < 0 || y < 0 || x == y)
        return x < 0 ? y : x;
    if (x > y)
        return cable_mtu(m, b, a);
    if (merge_is_switch(m, a->node) && !merge_is_switch(m, b->node))
        merge_warn(m, "mtu-mismatch", a->node, a->name,
                   "it takes frames of %lld bytes, and port %s of %s sends up "
                   "to %lld",
                   (long long)x, b->name, m->node[b->node].name, (long long)y);
    return x;
}

void merge_link(struct merge *m, uint32_t a, uint32_t a_port, uint32_t b,
                uint32_t b_port, enum topo_evidence e, int64_t mbps,
                int64_t age_s)
{
    struct merge_port *x = a_port == NONE ? NULL : m->port[a_port];
    struct merge_port *y = b_port == NONE ? NULL : m->port[b_port];
    struct topo_link l = { .evidence = e, .age_s = age_s };
    int r;

    if (m->rc || !merge_in_graph(m, a) || !merge_in_graph(m, b))
        return;
    l.a = m->node[a].id;
    l.b = m->node[b].id;
    l.a_port = x ? x->name : NULL;
    l.b_port = y ? y->name : NULL;
    l.mbps = cable_speed(m, x, y);
    if (l.mbps == TOPO_UNKNOWN)
        l.mbps = mbps;
    l.mtu = cable_mtu(m, x, y);
    r = topo_add_link(m->map->topo, &l);
    if (r < 0) {
        m->rc = r;
        return;
    }
    m->node[a].linked = m->node[b].linked = true;
    if (x)
        x->link = (uint32_t)r;
    if (y)
        y->link = (uint32_t)r;
}

uint32_t merge_add_segment(struct merge *m, uint32_t port)
{
    const struct merge_port *p = m->port[port];
    uint32_t s = merge_node_add(m);
    char *name = NULL;

    if (s == NONE ||
        asprintf(&name, "segment %s:%s", m->node[p->node].name, p->name) < 0) {
        m->rc = -ENOMEM;
        return NONE;
    }
    m->node[s].name = name;
    m->node[s].kind = TOPO_SEGMENT;
    m->node[s].kind_known = true;
    merge_warn(
        m, "shared-segment", p->node, p->name,
        "several nodes hear each other at this port: a hub, or a switch that "
        "passes LLDP on; it counts as one switch");
    return s;
}

void merge_warn(struct merge *m, const char *code, uint32_t node,
                const char *port, const char *fmt, ...)
{
    char *text;
    va_list ap;
    int r;

    va_start(ap, fmt);
    r = vasprintf(&text, fmt, ap);
    va_end(ap);
    if (r < 0) {
        m->rc = -ENOMEM;
        return;
    }
    r = topo_map_warn(m->map, code, m->node[node].name, port, "%s", text);
    if (r)
        m->rc = r;
    free(text);
}
