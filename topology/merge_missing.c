/* SPDX-License-Identifier: LGPL-2.1-only */
/* Warns of ports and nodes that nothing is known of. */
#include "topology/merge_impl.h"

#include <string.h>

static bool port_has_members(const struct topo_view *v, const char *port)
{
    for (size_t i = 0; i < v->ports; i++)
        if (v->port[i].master && !strcmp(v->port[i].master, port))
            return true;
    return false;
}

/* Ports that carry migrations, but whose neighbour is not known. */
static void node_warn_silent(struct merge *m, uint32_t node)
{
    const struct topo_view *v = m->node[node].view;

    if (v->is_switch || !v->has_migration)
        return;
    for (size_t i = 0; i < v->ports; i++) {
        const char *port = v->port[i].name;
        uint32_t id;

        if (!merge_port_usable_at(v, port, &v->port[i]) ||
            port_has_members(v, port) || ident_guest_port(port))
            continue;
        id = merge_port_find(m, node, port);
        if (id != NONE && (m->port[id]->linked || m->port[id]->rows))
            continue;
        merge_warn(m, "silent", node, port,
                   v->has_table
                       ? "it hears no LLDP and no switch hears it (Open "
                         "vSwitch? lldpd not listening on it?): what is "
                         "behind it is not known"
                       : "the host's LLDP table was not read, and no switch "
                         "hears it");
    }
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
