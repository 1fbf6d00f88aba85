/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Finds the nodes of neighbours that say no more than their names, as CDP, EDP
 * and FDP do.
 *
 * A name proves nothing. But where the node of that name was read, and hears
 * the very port that hears the name, both are ends of one cable.
 */
#include "topology/merge_impl.h"

#include <errno.h>
#include <stdlib.h>

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
    for (; lo < n && p[lo].port == r->port; lo++)
        if (row_take_node(m, r, &m->row[p[lo].row]))
            return;
}

void merge_heard_back(struct merge *m)
{
    struct named_port *p;
    size_t n = 0, name_only = 0;

    for (size_t i = 0; i < m->rows; i++)
        name_only += row_is_name_only(m, &m->row[i]);
    if (!name_only)
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
        if (row_is_name_only(m, &m->row[i]))
            row_find_back(m, &m->row[i], p, n);
    free(p);
}
