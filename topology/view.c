/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Keeps a view: the ports and neighbours of one node.
 *
 * Functions that add to a view note a lack of memory in it instead of failing,
 * so that parsers check once, at their end.
 */
#include "topology/view.h"
#include "tools/base/grow.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

/* A view of so many ports finds them by a hash of their names. Most views are
 * hosts with a handful, for which a table would be the larger part. */
enum { PORTS_LOOKED_AT = 64 };

struct topo_port_name {
    const char *name; /* the port's own */
    size_t port;      /* in the view */
    UT_hash_handle hh;
};

static bool view_room(struct topo_view *v, void *array, size_t *room,
                      size_t used, size_t size)
{
    if (!array_grow(array, room, used + 1, size))
        return true;
    v->out_of_memory = true;
    return false;
}

static void view_note_name(struct topo_view *v, size_t port)
{
    struct topo_port_name *x, *same;

    if (!v->port[port].name)
        return;
    HASH_FIND_STR(v->by_name, v->port[port].name, same);
    if (same)
        return; /* made one by topo_text(): the first counts */
    x = malloc(sizeof *x);
    if (!x) {
        v->out_of_memory = true;
        return;
    }
    *x = (struct topo_port_name){ .name = v->port[port].name, .port = port };
    HASH_ADD_KEYPTR(hh, v->by_name, x->name, strlen(x->name), x);
}

/* A port was added. */
static void view_index_port(struct topo_view *v)
{
    if (v->by_name)
        view_note_name(v, v->ports - 1);
    else if (v->ports > PORTS_LOOKED_AT)
        for (size_t i = 0; i < v->ports; i++)
            view_note_name(v, i);
}

static void view_forget_names(struct topo_view *v)
{
    struct topo_port_name *x, *tmp;

    HASH_ITER(hh, v->by_name, x, tmp) {
        HASH_DEL(v->by_name, x);
        free(x);
    }
}

const struct topo_port *topo_view_find_port(const struct topo_view *v,
                                            const char *name)
{
    if (v->by_name) {
        const struct topo_port_name *x;

        HASH_FIND_STR(v->by_name, name, x);
        return x ? &v->port[x->port] : NULL;
    }
    for (size_t i = 0; i < v->ports; i++)
        if (v->port[i].name && !strcmp(v->port[i].name, name))
            return &v->port[i];
    return NULL;
}

struct topo_port *topo_view_port(struct topo_view *v, const char *name)
{
    const struct topo_port *known = topo_view_find_port(v, name);
    struct topo_port *p;

    if (known)
        return &v->port[known - v->port];
    if (v->ports == TOPO_VIEW_PORTS ||
        !view_room(v, &v->port, &v->port_room, v->ports, sizeof *p))
        return NULL;
    p = &v->port[v->ports++];
    *p = (struct topo_port){ .speed_mbps = TOPO_UNKNOWN,
                             .mtu = TOPO_UNKNOWN,
                             .up = TOPO_UNKNOWN,
                             .rx_bytes = TOPO_UNKNOWN,
                             .tx_bytes = TOPO_UNKNOWN };
    topo_str(v, &p->name, name);
    view_index_port(v);
    return p;
}

struct topo_neighbor *topo_view_neighbor(struct topo_view *v, const char *port,
                                         size_t len)
{
    struct topo_neighbor *n;

    if (v->neighbors == TOPO_VIEW_NEIGHBORS) {
        v->dropped++;
        return NULL;
    }
    if (!view_room(v, &v->neighbor, &v->neighbor_room, v->neighbors,
                   sizeof *n))
        return NULL;
    n = &v->neighbor[v->neighbors++];
    *n = (struct topo_neighbor){ .mfs = TOPO_UNKNOWN,
                                 .aggregation = TOPO_UNKNOWN,
                                 .ttl_s = TOPO_UNKNOWN,
                                 .age_s = TOPO_UNKNOWN,
                                 .bridge = TOPO_UNKNOWN,
                                 .router = TOPO_UNKNOWN };
    topo_text(v, &n->port, port, len);
    return n;
}

void topo_view_add_mgmt(struct topo_view *v, struct topo_neighbor *n,
                        const char *addr, size_t len)
{
    if (n->n_mgmt < TOPO_MGMT_MAX)
        topo_text(v, &n->mgmt[n->n_mgmt++], addr, len);
}

void topo_view_add_migration(struct topo_view *v, const char *port)
{
    char **bigger;

    v->has_migration = true;
    for (size_t i = 0; i < v->migration_ports; i++)
        if (!strcmp(v->migration_port[i], port))
            return;
    if (v->migration_ports == TOPO_VIEW_MIGRATION)
        return;
    bigger = reallocarray(v->migration_port, v->migration_ports + 1,
                          sizeof *bigger);
    if (!bigger) {
        v->out_of_memory = true;
        return;
    }
    v->migration_port = bigger;
    bigger[v->migration_ports] = NULL;
    topo_str(v, &bigger[v->migration_ports], port);
    if (bigger[v->migration_ports])
        v->migration_ports++;
}

void topo_view_init(struct topo_view *v)
{
    *v = (struct topo_view){ .name = NULL };
}

int topo_view_check(const struct topo_view *v)
{
    return v->out_of_memory ? -ENOMEM : 0;
}

void topo_view_clear_table(struct topo_view *v)
{
    for (size_t i = 0; i < v->neighbors; i++) {
        struct topo_neighbor *n = &v->neighbor[i];

        free(n->port);
        free(n->protocol);
        free(n->chassis.value);
        free(n->port_id.value);
        free(n->sysname);
        free(n->port_descr);
        for (unsigned k = 0; k < n->n_mgmt; k++)
            free(n->mgmt[k]);
    }
    free(v->neighbor);
    v->neighbor = NULL;
    v->neighbors = v->neighbor_room = v->dropped = 0;
    memset(v->refused, 0, sizeof v->refused);
    v->has_table = v->no_lldp = false;
}

void topo_view_dispose(struct topo_view *v)
{
    topo_view_clear_table(v);
    view_forget_names(v);
    for (size_t i = 0; i < v->ports; i++) {
        free(v->port[i].name);
        free(v->port[i].mac);
        free(v->port[i].descr);
        free(v->port[i].id);
        free(v->port[i].if_descr);
        free(v->port[i].alias);
        free(v->port[i].master);
    }
    for (size_t i = 0; i < v->migration_ports; i++)
        free(v->migration_port[i]);
    free(v->migration_port);
    free(v->port);
    free(v->name);
    free(v->chassis.value);
    free(v->sysname);
    free(v->mgmt);
    free(v->mgmt_port);
    topo_view_init(v);
}
