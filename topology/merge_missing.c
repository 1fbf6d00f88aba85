/* SPDX-License-Identifier: LGPL-2.1-only */
/* Warns of ports and nodes that nothing is known of. */
#include "topology/merge_impl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int name_compare(const void *va, const void *vb)
{
    const char *const *a = va, *const *b = vb;

    return strcmp(*a, *b);
}

/* The masters of a view's ports, sorted: bonds and bridges, which hear nothing
 * themselves. The caller's to free(). NULL: out of memory. */
static const char **view_masters(const struct topo_view *v, size_t *n_r)
{
    const char **master = calloc(v->ports + 1, sizeof *master);
    size_t n = 0;

    for (size_t i = 0; master && i < v->ports; i++)
        if (v->port[i].master)
            master[n++] = v->port[i].master;
    if (n)
        qsort(master, n, sizeof *master, name_compare);
    *n_r = n;
    return master;
}

/* Ports that carry migrations, but whose neighbour is not known. */
static void node_warn_silent(struct merge *m, uint32_t node)
{
    const struct topo_view *v = m->node[node].view;
    const char **master;
    size_t masters;

    if (v->is_switch || !v->has_migration)
        return;
    master = view_masters(v, &masters);
    if (!master) {
        m->rc = -ENOMEM;
        return;
    }
    for (size_t i = 0; i < v->ports; i++) {
        const char *port = v->port[i].name;
        uint32_t id;

        if (!merge_port_usable_at(v, port, &v->port[i]) ||
            bsearch(&port, master, masters, sizeof *master, name_compare) ||
            ident_guest_port(port))
            continue;
        id = merge_port_find(m, node, port);
        if (id != NONE && (m->port[id]->link != NONE || m->port[id]->rows))
            continue;
        merge_warn(m, "silent", node, port,
                   v->has_table
                       ? "it hears no LLDP and no switch hears it (Open "
                         "vSwitch? lldpd not listening on it?): what is "
                         "behind it is not known"
                       : "the host's LLDP table was not read, and no switch "
                         "hears it");
    }
    free(master);
}

void merge_missing(struct merge *m)
{
    for (uint32_t i = 0; i < m->nodes && !m->rc; i++) {
        const struct merge_node *n = &m->node[i];

        if (n->view)
            node_warn_silent(m, i);
        else if (n->neighbor && n->linked && n->kind == TOPO_SWITCH)
            merge_warn(
                m, "unread", i, NULL,
                "only its neighbours report it: its cables are one-sided");
    }
}
