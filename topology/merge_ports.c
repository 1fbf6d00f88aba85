/* SPDX-License-Identifier: LGPL-2.1-only */
/* Keeps the ports of a merge, and tells which may carry migrations. */
#include "topology/merge_impl.h"
#include "tools/base/grow.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A port carries migrations when it or a bridge or bond above it is listed. */
static bool port_carries_migrations(const struct topo_view *v,
                                    const char *port)
{
    const struct topo_port *p;

    for (unsigned depth = 0; port && depth < 8; depth++) {
        for (size_t i = 0; i < v->migration_ports; i++)
            if (!strcmp(v->migration_port[i], port))
                return true;
        p = topo_view_find_port(v, port);
        port = p ? p->master : NULL;
    }
    return false;
}

bool merge_port_usable_at(const struct topo_view *v, const char *port,
                          const struct topo_port *p)
{
    if (v->mgmt_port && !strcmp(v->mgmt_port, port))
        return false;
    if (p && p->up == 0)
        return false;
    if (v->has_migration)
        return port_carries_migrations(v, port);
    return v->is_switch || !ident_guest_port(port);
}

bool merge_port_usable(const struct topo_view *v, const char *port)
{
    return merge_port_usable_at(v, port, topo_view_find_port(v, port));
}

uint32_t merge_port_find(const struct merge *m, uint32_t node,
                         const char *port)
{
    char key[TOPO_TEXT_MAX + 16];
    struct merge_port *p;

    snprintf(key, sizeof key, "%u %s", node, port);
    HASH_FIND(hh, m->by_key, key, strlen(key), p);
    return p ? p->id : NONE;
}

uint32_t merge_port_get(struct merge *m, uint32_t node, const char *port)
{
    uint32_t found = merge_port_find(m, node, port);
    struct merge_port *p;

    if (found != NONE)
        return found;
    if (array_grow(&m->port, &m->port_room, m->ports + 1, sizeof p)) {
        m->rc = -ENOMEM;
        return NONE;
    }
    p = calloc(1, sizeof *p);
    if (!p || asprintf(&p->key, "%u %s", node, port) < 0) {
        free(p);
        m->rc = -ENOMEM;
        return NONE;
    }
    p->node = node;
    p->name = strchr(p->key, ' ') + 1;
    p->id = p->segment = (uint32_t)m->ports;
    if (m->node[node].view)
        p->view_port = topo_view_find_port(m->node[node].view, port);
    HASH_ADD_KEYPTR(hh, m->by_key, p->key, strlen(p->key), p);
    m->port[m->ports] = p;
    return (uint32_t)m->ports++;
}
