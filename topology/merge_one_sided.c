/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Decides which of the rows that nothing confirms are cables.
 *
 * Such a row is believed unless
 *
 *   - the remote port's own table names another neighbour, or
 *   - two switches claim the same remote port, which has no table of its own.
 *
 * So a node cannot change another node's place by the frames it sends: the
 * ports of other nodes contradict it, or the answer becomes "unknown".
 */
#include "topology/merge_impl.h"

#include <string.h>

static bool ports_speeds_differ(const struct merge_port *a,
                                const struct merge_port *b)
{
    return a->view_port && b->view_port && a->view_port->speed_mbps > 0 &&
           b->view_port->speed_mbps > 0 &&
           a->view_port->speed_mbps != b->view_port->speed_mbps;
}

/* Whether the port may carry migrations and has no neighbour. */
static bool port_is_silent(const struct merge *m, uint32_t node,
                           const struct topo_port *p)
{
    uint32_t port;

    if (!merge_port_usable_at(m->node[node].view, p->name, p))
        return false;
    port = merge_port_find(m, node, p->name);
    return port == NONE ||
           (!m->port[port]->rows && m->port[port]->link == NONE);
}

/* Whether a port of the node is silent. A port that is not stays so, since
 * cables are only added: none is looked at twice. */
static bool node_has_silent_port(const struct merge *m, uint32_t node)
{
    struct merge_node *n = &m->node[node];

    if (!n->view->ports)
        return true; /* we don't know its ports */
    while (n->heard_below < n->view->ports &&
           !port_is_silent(m, node, &n->view->port[n->heard_below]))
        n->heard_below++;
    return n->heard_below < n->view->ports;
}

enum row_verdict { ROW_BELIEVED, ROW_CONTRADICTED, ROW_CONTESTED };

static enum row_verdict row_check(const struct merge *m,
                                  const struct merge_row *r)
{
    const struct merge_port *port = m->port[r->port];
    bool by_switch = merge_is_switch(m, port->node);
    const struct merge_port *remote;

    if (r->remote_port == NONE)
        return r->remote >= m->views || node_has_silent_port(m, r->remote)
                   ? ROW_BELIEVED
                   : ROW_CONTRADICTED;
    remote = m->port[r->remote_port];
    if (remote->rows || remote->confirmed)
        return ROW_CONTRADICTED;
    /* a forged row rarely names a port of the same speed, and a cable between
     * switches would change the distances of others */
    if (by_switch && merge_is_switch(m, r->remote) &&
        ports_speeds_differ(port, remote))
        return ROW_CONTRADICTED;
    return by_switch && remote->claims > 1 ? ROW_CONTESTED : ROW_BELIEVED;
}

static void row_warn_refused(struct merge *m, const struct merge_row *r,
                             enum row_verdict why)
{
    const struct merge_port *port = m->port[r->port];
    const char *remote = m->node[r->remote].name,
               *remote_port = merge_port_name(m, r->remote_port);

    if (why == ROW_CONTESTED) {
        merge_warn(m, "contested", port->node, port->name,
                   "it hears port %s of %s, and so does another switch; "
                   "neither is believed",
                   remote_port, remote);
        return;
    }
    merge_warn(m, "contradicted", port->node, port->name,
               "it hears port %s of %s, but %s itself reports otherwise",
               remote_port, remote, remote);
    merge_dispute_row(m, r);
}

/* Whether the chassis ID is that of the host's own agent as well, which may be
 * the MAC address of a port: then the port ID has to be one, too. */
static bool row_may_be_host(const struct merge *m, const struct merge_row *r)
{
    const char *own = m->node[r->remote].view->chassis.value;

    return (!own || !strcmp(own, r->neighbor->chassis.value)) &&
           strcmp(r->neighbor->port_id.type, "mac");
}

/* The firmware of many NICs (Intel X710 and E8xx, Broadcom, QLogic, NVIDIA)
 * speaks LLDP by itself. Its chassis id is the MAC address of the port. */
static bool row_is_firmware(const struct merge *m, const struct merge_row *r)
{
    const struct merge_port *remote =
        r->remote_port == NONE ? NULL : m->port[r->remote_port];

    return r->remote < m->views && !merge_is_switch(m, r->remote) && remote &&
           remote->view_port && remote->view_port->mac &&
           r->neighbor->chassis.value &&
           !strcmp(r->neighbor->chassis.type, "mac") &&
           !strcmp(remote->view_port->mac, r->neighbor->chassis.value) &&
           m->node[r->remote].view->has_table && !row_may_be_host(m, r);
}

/* What lets a host with such a NIC speak for itself. The NIC's own words may
 * tell whose it is. */
static void row_warn_firmware(struct merge *m, const struct merge_row *r)
{
    static const struct {
        const char *vendor, *advice;
    } nics[] = {
        { "Broadcom", "Broadcom's own tool (bnxtnvm or niccli) turns it off" },
        { "QLogic", "QLogic's own tool (qaucli) turns it off" },
        { "Mellanox", "mlxconfig turns it off (LLDP_NB_TX_MODE)" },
        { "NVIDIA", "mlxconfig turns it off (LLDP_NB_TX_MODE)" },
    };
    const char *port = m->port[r->remote_port]->name,
               *name = r->neighbor->sysname, *descr = r->neighbor->port_descr;

    for (size_t i = 0; i < sizeof nics / sizeof *nics; i++)
        if ((name && strcasestr(name, nics[i].vendor)) ||
            (descr && strcasestr(descr, nics[i].vendor))) {
            merge_warn(m, "firmware-lldp", r->remote, port,
                       "the NIC's firmware answers LLDP in the host's place; "
                       "%s",
                       nics[i].advice);
            return;
        }
    merge_warn(m, "firmware-lldp", r->remote, port,
               "the NIC's firmware answers LLDP in the host's place; on Intel "
               "NICs `ethtool --set-priv-flags %s disable-fw-lldp on` lets "
               "the host speak, for others use the vendor's own tool",
               port);
}

static void row_warn_one_sided(struct merge *m, const struct merge_row *r)
{
    const struct merge_port *port = m->port[r->port];
    const struct merge_node *remote = &m->node[r->remote];

    if (row_is_firmware(m, r))
        row_warn_firmware(m, r);
    else if (remote->view)
        merge_warn(m, "one-sided", port->node, port->name,
                   "it hears port %s of %s, which does not hear it",
                   merge_port_name(m, r->remote_port), remote->name);
}

static void row_add_cable(struct merge *m, const struct merge_row *r,
                          uint32_t segment)
{
    const struct merge_port *port = m->port[r->port];
    enum topo_evidence e =
        merge_is_switch(m, port->node) ? TOPO_SWITCH_SAYS : TOPO_HOST_SAYS;

    row_warn_one_sided(m, r);
    if (segment == NONE)
        merge_link(m, port->node, r->port, r->remote, r->remote_port, e,
                   TOPO_UNKNOWN, r->neighbor->age_s);
    else
        merge_link(m, r->remote, r->remote_port, segment, NONE, e,
                   TOPO_UNKNOWN, r->neighbor->age_s);
}

/* The rows of one port that are believed. */
struct good_rows {
    uint32_t row[TOPO_PORT_NEIGHBORS], n;
};

/* The believed row of that node, or NULL. */
static uint32_t *good_of(const struct merge *m, struct good_rows *g,
                         uint32_t remote)
{
    for (uint32_t i = 0; i < g->n; i++)
        if (m->row[g->row[i]].remote == remote)
            return &g->row[i];
    return NULL;
}

/* A node that the port hears twice has one cable: that which names its
 * port. */
static void good_add(const struct merge *m, struct good_rows *g, uint32_t row)
{
    uint32_t *same = good_of(m, g, m->row[row].remote);

    if (!same && g->n < TOPO_PORT_NEIGHBORS)
        g->row[g->n++] = row;
    else if (same && m->row[*same].remote_port == NONE)
        *same = row;
}

/* Nodes that were read go before unseen nodes: a guest or a phone beside a
 * host is no reason to doubt the host. */
static void good_prefer_views(const struct merge *m, struct good_rows *g)
{
    uint32_t kept = 0, views = 0;

    for (uint32_t i = 0; i < g->n; i++)
        views += m->row[g->row[i]].remote < m->views;
    if (!views)
        return;
    for (uint32_t i = 0; i < g->n; i++)
        if (m->row[g->row[i]].remote < m->views)
            g->row[kept++] = g->row[i];
    g->n = kept;
}

static void port_choose_rows(struct merge *m, const struct merge_port *p,
                             struct good_rows *g)
{
    for (uint32_t i = p->first_row; i < p->first_row + p->rows; i++)
        if (row_check(m, &m->row[i]) == ROW_BELIEVED)
            good_add(m, g, i);
    for (uint32_t i = p->first_row; i < p->first_row + p->rows; i++) {
        enum row_verdict v = row_check(m, &m->row[i]);

        if (v != ROW_BELIEVED && !good_of(m, g, m->row[i].remote))
            row_warn_refused(m, &m->row[i], v);
    }
    good_prefer_views(m, g);
}

static void port_add_cables(struct merge *m, struct merge_port *p)
{
    struct good_rows g = { .n = 0 };
    uint32_t segment = NONE;

    port_choose_rows(m, p, &g);
    if (g.n > 1) {
        segment = merge_add_segment(m, p->id);
        if (segment != NONE)
            merge_link(m, p->node, p->id, segment, NONE,
                       merge_is_switch(m, p->node) ? TOPO_SWITCH_SAYS
                                                   : TOPO_HOST_SAYS,
                       TOPO_UNKNOWN, TOPO_UNKNOWN);
    }
    for (uint32_t i = 0; i < g.n && !m->rc; i++)
        row_add_cable(m, &m->row[g.row[i]], segment);
}

/* Whether a cable of this port leads to that node. */
static bool port_confirmed_to(const struct merge *m,
                              const struct merge_port *p, uint32_t remote)
{
    for (uint32_t i = p->first_row; i < p->first_row + p->rows; i++)
        if (m->row[i].confirmed_by != NONE && m->row[i].remote == remote)
            return true;
    return false;
}

static void port_warn_extra_rows(struct merge *m, const struct merge_port *p)
{
    for (uint32_t i = p->first_row; i < p->first_row + p->rows; i++)
        if (m->row[i].confirmed_by == NONE &&
            !port_confirmed_to(m, p, m->row[i].remote))
            merge_warn(
                m, "extra-neighbor", p->node, p->name,
                "it also hears %s, which nothing confirms; it is left out",
                m->node[m->row[i].remote].name);
}

void merge_one_sided(struct merge *m)
{
    size_t ports = m->ports;

    for (size_t i = 0; i < m->rows; i++) {
        const struct merge_row *r = &m->row[i];

        if (r->remote_port != NONE && !m->port[r->port]->confirmed &&
            merge_is_switch(m, m->port[r->port]->node))
            m->port[r->remote_port]->claims++;
    }
    for (int rank = 0; rank < 2; rank++)
        for (size_t i = 0; i < ports && !m->rc; i++) {
            struct merge_port *p = m->port[i];

            if (p->rows && !p->confirmed &&
                merge_is_switch(m, p->node) == (rank == 0))
                port_add_cables(m, p);
        }
    for (size_t i = 0; i < ports && !m->rc; i++)
        if (m->port[i]->confirmed)
            port_warn_extra_rows(m, m->port[i]);
}
