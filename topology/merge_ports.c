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

bool merge_port_hears(const struct topo_view *v, const char *port)
{
    const struct topo_port *p = topo_view_find_port(v, port);

    return merge_port_usable_at(v, port,
                                v->is_switch && p && !p->up ? NULL : p);
}

bool merge_port_usable(const struct topo_view *v, const char *port)
{
    return merge_port_usable_at(v, port, topo_view_find_port(v, port));
}

enum { PORT_KEY_MAX = TOPO_TEXT_MAX + 16 };

/* The node's digits, the last one first, a blank and the port's name. Returns
 * its length. A large map makes so many that printf() would be felt. */
static size_t port_key(char key[PORT_KEY_MAX], uint32_t node, const char *port)
{
    size_t n = 0, len = strnlen(port, TOPO_TEXT_MAX);

    do
        key[n++] = (char)('0' + node % 10);
    while (node /= 10);
    key[n++] = ' ';
    memcpy(key + n, port, len);
    key[n + len] = '\0';
    return n + len;
}

static uint32_t port_find_key(const struct merge *m, const char *key,
                              size_t len)
{
    struct merge_port *p;

    HASH_FIND(hh, m->by_key, key, len, p);
    return p ? p->id : NONE;
}

uint32_t merge_port_find(const struct merge *m, uint32_t node,
                         const char *port)
{
    char key[PORT_KEY_MAX];

    return port_find_key(m, key, port_key(key, node, port));
}

const char *merge_port_name(const struct merge *m, uint32_t port)
{
    return port == NONE || !m->port[port]->name ? "?" : m->port[port]->name;
}

/* Takes the key, which is to be freed with the port. */
static uint32_t port_new(struct merge *m, uint32_t node, char *key)
{
    struct merge_port *p = NULL;

    if (key && !array_grow(&m->port, &m->port_room, m->ports + 1, sizeof p))
        p = calloc(1, sizeof *p);
    if (!p) {
        free(key);
        m->rc = -ENOMEM;
        return NONE;
    }
    p->key = key;
    p->node = node;
    p->id = p->segment = (uint32_t)m->ports;
    p->link = NONE;
    HASH_ADD_KEYPTR(hh, m->by_key, p->key, strlen(p->key), p);
    m->port[m->ports] = p;
    return (uint32_t)m->ports++;
}

uint32_t merge_port_get(struct merge *m, uint32_t node, const char *port)
{
    char key[PORT_KEY_MAX];
    size_t len = port_key(key, node, port);
    uint32_t id = port_find_key(m, key, len);

    if (id != NONE)
        return id;
    id = port_new(m, node, strndup(key, len));
    if (id == NONE)
        return NONE;
    m->port[id]->name = strchr(m->port[id]->key, ' ') + 1;
    if (m->node[node].view)
        m->port[id]->view_port = topo_view_find_port(m->node[node].view, port);
    return id;
}

uint32_t merge_port_unplaced(struct merge *m, uint32_t node)
{
    char *key;

    if (asprintf(&key, "%u#%zu", node, m->ports) < 0)
        key = NULL;
    return port_new(m, node, key);
}
