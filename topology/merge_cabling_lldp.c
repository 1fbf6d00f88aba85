/* SPDX-License-Identifier: LGPL-2.1-only */
/* Compares a cable of the plan with what LLDP says of its ports. */
#include "topology/merge_impl.h"

#include <string.h>

static bool port_lists_node(const struct merge *m, uint32_t port,
                            uint32_t remote)
{
    for (uint32_t i = m->port[port]->first_row;
         i < m->port[port]->first_row + m->port[port]->rows; i++)
        if (m->row[i].remote == remote)
            return true;
    return false;
}

/* A name from its first digit on: "Ethernet1/4" and "Eth1/4" are one port. */
static const char *port_number(const char *name)
{
    return name + strcspn(name, "0123456789");
}

/* Whether two names are those of different ports of a node. The names that an
 * unseen node sends may be spelled in another way than the plan's. */
static bool ports_differ(const struct merge *m, uint32_t node, const char *x,
                         const char *y)
{
    char mac[18];

    if (!x || !y || !strcmp(x, y))
        return false;
    if (m->node[node].view && m->node[node].view->ports)
        return true;
    return *port_number(x) && *port_number(y) &&
           !topo_mac_parse(x, strlen(x), mac) &&
           strcmp(port_number(x), port_number(y));
}

/* Where LLDP says that the port's cable ends. */
struct cabling_end {
    const char *node, *port;
};

/* Whether LLDP knows the end of the port's cable, and it is not the plan's. */
static bool cabling_contradicted(const struct merge *m, uint32_t port,
                                 uint32_t remote, const char *remote_port,
                                 struct cabling_end *end)
{
    const struct merge_port *p = m->port[port];
    const struct topo_link *l;
    bool b;

    if (p->link == NONE) { /* there are rows, which are not believed */
        end->node = m->node[m->row[p->first_row].remote].name;
        end->port = NULL;
        return !port_lists_node(m, port, remote);
    }
    l = topo_link(m->map->topo, p->link);
    b = l->a == m->node[p->node].id;
    end->node = topo_node(m->map->topo, b ? l->b : l->a)->name;
    end->port = b ? l->b_port : l->a_port;
    if (l->evidence == TOPO_DECLARED)
        return false;
    if ((b ? l->b : l->a) != m->node[remote].id)
        return !port_lists_node(m, port, remote);
    return ports_differ(m, remote, end->port, remote_port);
}

bool merge_cabling_used(struct merge *m, uint32_t port, uint32_t remote,
                        uint32_t remote_port, const struct topo_cable *c,
                        bool *differs)
{
    const char *to = remote_port == NONE ? NULL : m->port[remote_port]->name;
    struct cabling_end end;

    if (port == NONE || (m->port[port]->link == NONE && !m->port[port]->rows))
        return false;
    if (!cabling_contradicted(m, port, remote, to, &end))
        return true;
    *differs = true;
    merge_warn(m, "plan-mismatch", m->port[port]->node, m->port[port]->name,
               "the plan has a cable from this port to %s%s%s (line %u), LLDP "
               "says %s%s%s",
               m->node[remote].name, to ? " " : "", to ? to : "", c->line,
               end.node, end.port ? " " : "", end.port ? end.port : "");
    return true;
}
