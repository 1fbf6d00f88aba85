/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Makes rows of LLDP tables: which node and which port each neighbour is.
 *
 * Rows that cannot be a path of migrations end here: management ports, guests'
 * ports, ports that are down, a node's own frames, and what a second protocol
 * says of the same cable.
 */
#include "topology/merge_impl.h"
#include "tools/base/grow.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- unseen nodes -------------------------------------------------------- */

/* An unseen node by its chassis id, or by its system name if it has none. */
struct unseen_node {
    char *key;
    uint32_t node;
    UT_hash_handle hh;
};

struct unseen_nodes {
    struct unseen_node *head;
};

/* The unseen node that a neighbour is; NONE: it does not say which. */
static uint32_t unseen_node_get(struct merge *m, struct unseen_nodes *all,
                                const struct topo_neighbor *n)
{
    char key[2 * TOPO_TEXT_MAX + 32];
    struct unseen_node *u;

    if (n->chassis.value && *n->chassis.value)
        snprintf(key, sizeof key, "%s %s", n->chassis.type, n->chassis.value);
    else if (n->sysname && *n->sysname)
        snprintf(key, sizeof key, "name %s", n->sysname);
    else
        return NONE;
    HASH_FIND(hh, all->head, key, strlen(key), u);
    if (u)
        return u->node;
    u = calloc(1, sizeof *u);
    if (!u) {
        m->rc = -ENOMEM;
        return NONE;
    }
    u->key = strdup(key);
    u->node = u->key ? merge_node_add(m) : NONE;
    if (u->node == NONE) {
        m->rc = -ENOMEM;
        free(u->key);
        free(u);
        return NONE;
    }
    m->node[u->node].neighbor = n;
    HASH_ADD_KEYPTR(hh, all->head, u->key, strlen(u->key), u);
    return u->node;
}

static void unseen_nodes_free(struct unseen_nodes *all)
{
    struct unseen_node *u, *tmp;

    HASH_ITER(hh, all->head, u, tmp) {
        HASH_DEL(all->head, u);
        free(u->key);
        free(u);
    }
}

/* --- rows ---------------------------------------------------------------- */

static bool neighbor_is_lldp(const struct topo_neighbor *n)
{
    return !n->protocol || !strcmp(n->protocol, "LLDP");
}

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
    r->remote = view >= 0 ? (uint32_t)view : unseen_node_get(m, all, n);
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
        port = ident_port(&m->view[view], n, &listed);
        if (port && !merge_port_usable(&m->view[view], port))
            return false; /* management, or a port without migrations */
    } else {
        port = n->port_id.value;
    }
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
    struct merge_row r = { .port = port_id,
                           .remote_port = NONE,
                           .confirmed_by = NONE,
                           .neighbor = n };

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

static int neighbor_by_port(const void *va, const void *vb)
{
    const struct topo_neighbor *const *a = va, *const *b = vb;
    int r = strcmp((*a)->port, (*b)->port);

    return r ? r : *a < *b ? -1 : *a > *b;
}

/* The neighbours of one port. Other protocols' rows (CDP, EDP, ..) count only
 * where LLDP has none: one cable would be two. */
static void rows_of_port(struct merge *m, struct unseen_nodes *all,
                         uint32_t node, const struct topo_neighbor **n,
                         size_t count)
{
    const char *port = n[0]->port;
    bool lldp = false;
    uint32_t port_id;

    if (!*port || !merge_port_usable(&m->view[node], port))
        return;
    if (count > TOPO_PORT_NEIGHBORS) {
        merge_warn(m, "too-many", node, port,
                   "%zu neighbours on one port; the first %d are looked at",
                   count, TOPO_PORT_NEIGHBORS);
        count = TOPO_PORT_NEIGHBORS;
    }
    for (size_t i = 0; i < count; i++)
        lldp |= neighbor_is_lldp(n[i]);
    port_id = merge_port_get(m, node, port);
    if (port_id == NONE)
        return;
    m->port[port_id]->first_row = (uint32_t)m->rows;
    for (size_t i = 0; i < count && !m->rc; i++)
        if (!lldp || neighbor_is_lldp(n[i]))
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
}

int merge_rows(struct merge *m)
{
    struct unseen_nodes all = { NULL };

    for (size_t i = 0; i < m->views && !m->rc; i++)
        for (size_t k = 0; k < m->view[i].neighbors && !m->rc; k++)
            m->rc = ident_claim(m->ident, &m->view[i].neighbor[k]);
    for (uint32_t i = 0; i < m->views && !m->rc; i++)
        rows_of_view(m, &all, i);
    unseen_nodes_free(&all);
    return m->rc;
}
