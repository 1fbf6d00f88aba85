/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Makes rows of LLDP tables: which node and which port each neighbour is.
 *
 * Rows that cannot be a path of migrations end here: management ports, guests'
 * ports, hosts' ports that are down, a node's own frames, and what a second
 * protocol says of the same cable.
 */
#include "topology/merge_impl.h"
#include "tools/base/grow.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void node_note_listed(struct merge *m, uint32_t remote, uint32_t by,
                             const struct topo_neighbor *n)
{
    struct merge_node *node = &m->node[remote];

    if (node->listed_by[0] == NONE)
        node->listed_by[0] = by;
    else if (node->listed_by[0] != by)
        node->listed_by[1] = by;
    if (!merge_is_switch(m, by))
        node->listed_by_host = true;
    if (n->bridge == 0 && n->router == 0)
        node->no_switch_caps = true;
    if (n->bridge == 1 && n->router == 1)
        node->switch_caps = true;
}

/* Whether what the remote port hears counts. Says so if it is down. */
static bool remote_port_hears(struct merge *m, uint32_t node,
                              const struct topo_neighbor *n, uint32_t remote,
                              const char *port)
{
    const struct topo_view *v = &m->view[remote];
    const struct topo_port *p = topo_view_find_port(v, port);

    if (merge_port_hears(v, port))
        return true;
    if (p && !p->up && merge_port_usable_at(v, port, NULL))
        merge_warn(m, "port-down", node, n->unplaced ? NULL : n->port,
                   "it hears port %s of %s, which says that this port is "
                   "down; it is left out",
                   port, v->name);
    return false;
}

/* Finds the remote node and port. False: the row is of no use. */
static bool row_resolve(struct merge *m, struct unseen_nodes *all,
                        uint32_t node, const struct topo_neighbor *n,
                        struct merge_row *r)
{
    int view = ident_view(m->ident, n);
    const char *port = NULL;
    bool listed;

    if (view == IDENT_AMBIGUOUS) {
        merge_warn(m, "duplicate-chassis", node, n->port,
                   "the neighbour's chassis id %s belongs to several nodes, "
                   "and nothing tells which is meant",
                   n->chassis.value ? n->chassis.value : "");
        return false;
    }
    r->remote = view >= 0 ? (uint32_t)view : merge_unseen_get(m, all, node, n);
    if (r->remote == NONE) {
        m->refused[TOPO_REFUSED_ID]++;
        return false;
    }
    if (r->remote == node) {
        merge_warn(m, "own-frame", node, n->port,
                   "the port hears the node's own LLDP frames: a loop, or a "
                   "bridge that forwards them");
        return false;
    }
    if (view >= 0) {
        port = ident_port(m->ident, (uint32_t)view, n, &listed);
        if (port && !remote_port_hears(m, node, n, (uint32_t)view, port))
            return false; /* management, or a port without migrations */
    } else {
        port = ident_port_is_chassis(n) ? n->port_descr : n->port_id.value;
    }
    if (port && !*port)
        port = NULL;
    r->remote_port = port ? merge_port_get(m, r->remote, port) : NONE;
    return true;
}

static bool row_repeats(const struct merge *m, const struct merge_port *p,
                        const struct merge_row *r)
{
    for (uint32_t i = p->first_row; i < p->first_row + p->rows; i++)
        if (m->row[i].remote == r->remote &&
            (m->row[i].remote_port == r->remote_port ||
             r->remote_port == NONE))
            return true;
    return false;
}

static void row_add(struct merge *m, struct unseen_nodes *all, uint32_t node,
                    const struct topo_neighbor *n, uint32_t port_id)
{
    const struct topo_port *p = m->port[port_id]->view_port;
    struct merge_row r = { .port = port_id,
                           .remote_port = NONE,
                           .confirmed_by = NONE,
                           .neighbor = n,
                           .down = p && !p->up };

    if (!row_resolve(m, all, node, n, &r) ||
        row_repeats(m, m->port[port_id], &r))
        return;
    if (array_grow(&m->row, &m->row_room, m->rows + 1, sizeof *m->row)) {
        m->rc = -ENOMEM;
        return;
    }
    m->row[m->rows++] = r;
    m->port[port_id]->rows++;
    node_note_listed(m, r.remote, node, n);
}

/* Each neighbour that the table does not place has a port of its own. */
static void row_add_unplaced(struct merge *m, struct unseen_nodes *all,
                             uint32_t node, const struct topo_neighbor *n)
{
    uint32_t port_id = merge_port_unplaced(m, node);

    if (port_id == NONE)
        return;
    m->port[port_id]->first_row = (uint32_t)m->rows;
    row_add(m, all, node, n, port_id);
}

static int neighbor_by_port(const void *va, const void *vb)
{
    const struct topo_neighbor *const *a = va, *const *b = vb;
    int r = strcmp((*a)->port, (*b)->port);

    return r ? r : *a < *b ? -1 : *a > *b;
}

/* A host's own word about its port is believed; but say so. */
static void port_warn_down(struct merge *m, uint32_t node, const char *port)
{
    const struct topo_view *v = &m->view[node];
    const struct topo_port *p = topo_view_find_port(v, port);

    if (p && !p->up && merge_port_usable_at(v, port, NULL))
        merge_warn(m, "port-down", node, port,
                   "it hears a neighbour, but the host says that the port is "
                   "down; it is left out");
}

/* The neighbours of one port. */
static void rows_of_port(struct merge *m, struct unseen_nodes *all,
                         uint32_t node, const struct topo_neighbor **n,
                         size_t count)
{
    const char *port = n[0]->port;
    uint32_t port_id;

    if (!*port) {
        for (size_t i = 0; i < count && !m->rc; i++)
            if (n[i]->unplaced)
                row_add_unplaced(m, all, node, n[i]);
        return;
    }
    if (!merge_port_hears(&m->view[node], port)) {
        port_warn_down(m, node, port);
        return;
    }
    if (count > TOPO_PORT_NEIGHBORS) {
        merge_warn(m, "too-many", node, port,
                   "%zu neighbours on one port; the first %d are looked at",
                   count, TOPO_PORT_NEIGHBORS);
        count = TOPO_PORT_NEIGHBORS;
    }
    port_id = merge_port_get(m, node, port);
    if (port_id == NONE)
        return;
    m->port[port_id]->first_row = (uint32_t)m->rows;
    count = merge_devices(m, n, count);
    for (size_t i = 0; i < count && !m->rc; i++)
        row_add(m, all, node, n[i], port_id);
}

/* One warning for all rows that are not believed, with the counts by
 * reason. */
static void view_warn_refused(struct merge *m, uint32_t node)
{
    static const char *const reason[TOPO_REFUSALS] = {
        [TOPO_REFUSED_TYPE] = "with a value of the wrong type",
        [TOPO_REFUSED_INDEX] = "with a malformed index",
        [TOPO_REFUSED_SPEED] = "with an impossible speed",
        [TOPO_REFUSED_ID] = "of a neighbour without chassis ID and name",
        [TOPO_REFUSED_ROOM] = "of interfaces beyond the 65536 that are kept",
        [TOPO_REFUSED_LINE] = "that are lines which are no row of a walk",
        [TOPO_REFUSED_CUT] = "where the walk broke off",
    };
    char text[512];
    size_t all = 0, len = 0;

    for (int i = 0; i < TOPO_REFUSALS; i++) {
        if (!m->refused[i])
            continue;
        len += (size_t)snprintf(text + len, sizeof text - len, "%s%zu %s",
                                all ? ", " : "", m->refused[i], reason[i]);
        all += m->refused[i];
    }
    if (all)
        merge_warn(m, "not-believed", node, NULL,
                   "%zu row%s of its tables %s not believed: %s", all,
                   all == 1 ? "" : "s", all == 1 ? "is" : "are", text);
}

static void view_warn_unplaced(struct merge *m, uint32_t node)
{
    const struct topo_view *v = &m->view[node];
    size_t n = 0;

    for (size_t i = 0; i < v->neighbors; i++)
        n += v->neighbor[i].unplaced;
    if (n)
        merge_warn(m, "unplaced", node, NULL,
                   "its tables do not say at which ports it hears %zu "
                   "neighbour%s; each is taken for a cable of its own",
                   n, n == 1 ? "" : "s");
}

static void rows_of_view(struct merge *m, struct unseen_nodes *all,
                         uint32_t node)
{
    const struct topo_view *v = &m->view[node];
    const struct topo_neighbor **n;

    n = calloc(v->neighbors + 1, sizeof *n);
    if (!n) {
        m->rc = -ENOMEM;
        return;
    }
    for (size_t i = 0; i < v->neighbors; i++)
        n[i] = &v->neighbor[i];
    memcpy(m->refused, v->refused, sizeof m->refused);
    qsort(n, v->neighbors, sizeof *n, neighbor_by_port);
    for (size_t i = 0, j; i < v->neighbors && !m->rc; i = j) {
        for (j = i + 1; j < v->neighbors && !strcmp(n[i]->port, n[j]->port);)
            j++;
        rows_of_port(m, all, node, n + i, j - i);
    }
    free(n);
    if (v->dropped)
        merge_warn(m, "too-many", node, NULL,
                   "%zu rows of its table were left out", v->dropped);
    view_warn_refused(m, node);
    view_warn_unplaced(m, node);
    if (v->no_lldp)
        merge_warn(m, "no-lldp", node, NULL,
                   "its answers have neither LLDP-MIB nor LLDP-V2-MIB: LLDP "
                   "is off, or SNMP may not read 1.0.8802 and 1.3.111");
}

int merge_rows(struct merge *m)
{
    struct unseen_nodes *all = merge_unseen_new();

    if (!all)
        return m->rc = -ENOMEM;
    for (size_t i = 0; i < m->views && !m->rc; i++)
        for (size_t k = 0; k < m->view[i].neighbors && !m->rc; k++)
            m->rc = ident_claim(m->ident, &m->view[i].neighbor[k]);
    merge_unseen_note_all(m, all);
    for (uint32_t i = 0; i < m->views && !m->rc; i++)
        rows_of_view(m, all, i);
    merge_unseen_free(all);
    return m->rc;
}
