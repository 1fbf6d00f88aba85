/* SPDX-License-Identifier: LGPL-2.1-only */
/* Keeps the tables of a switch while its rows are read. */
#include "topology/lldpmib_impl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS_MAX = 65536, INTERFACES_MAX = 65536, OCTETS_MAX = 1024 };

struct mib *mib_new(void)
{
    struct mib *m = calloc(1, sizeof *m);

    if (m)
        m->uptime = -1;
    return m;
}

static void mib_local_free(struct mib_local *all)
{
    struct mib_local_port *l, *tmp;

    HASH_ITER(hh, all->port, l, tmp) {
        HASH_DEL(all->port, l);
        free(l->id.p);
        free(l->descr.p);
        free(l->name);
        free(l);
    }
    free(all->chassis.p);
    free(all->sysname.p);
}

static void mib_interfaces_free(struct mib *m)
{
    struct mib_interface *i, *tmp;

    HASH_ITER(hh, m->interface, i, tmp) {
        HASH_DEL(m->interface, i);
        free(i->name.p);
        free(i->descr.p);
        free(i->alias.p);
        free(i->mac.p);
        free(i);
    }
}

static void mib_hearing_free(struct mib *m)
{
    struct mib_hearing *h, *tmp;

    HASH_ITER(hh, m->hearing, h, tmp) {
        HASH_DEL(m->hearing, h);
        free(h);
    }
}

void mib_free(struct mib *m)
{
    if (!m)
        return;
    for (int i = 0; i < MIB_VERSIONS; i++)
        mib_local_free(&m->local[i]);
    for (int i = 0; i < MIB_FORMS; i++)
        mib_table_free(&m->table[i]);
    mib_interfaces_free(m);
    mib_hearing_free(m);
    free(m->sysname.p);
    free(m);
}

bool mib_value_fits(const struct mib_value *v, enum mib_type type)
{
    if (v->type == MIB_UNTYPED)
        return type == MIB_OCTETS || (type == MIB_NUMBER && v->digits);
    return v->type == type;
}

void mib_set(struct mib *m, struct mib_octets *o, const void *p, size_t len)
{
    uint8_t *copy;

    if (len > OCTETS_MAX)
        len = OCTETS_MAX;
    copy = malloc(len + 1);
    if (!copy) {
        m->rc = -ENOMEM;
        return;
    }
    if (len)
        memcpy(copy, p, len);
    copy[len] = 0;
    free(o->p);
    o->p = copy;
    o->len = len;
}

void *mib_new_row(struct mib *m, size_t size)
{
    void *row = NULL;

    if (!m->resolving && ++m->rows > ROWS_MAX) {
        m->rc = -E2BIG;
        return NULL;
    }
    row = calloc(1, size);
    if (!row)
        m->rc = -ENOMEM;
    return row;
}

struct mib_local_port *mib_local_port_get(struct mib *m, unsigned version,
                                          uint32_t num)
{
    struct mib_local *local = &m->local[version];
    struct mib_local_port *l;

    HASH_FIND(hh, local->port, &num, sizeof num, l);
    if (l)
        return l;
    l = mib_new_row(m, sizeof *l);
    if (l) {
        l->num = num;
        HASH_ADD(hh, local->port, num, sizeof num, l);
    }
    return l;
}

void mib_note_hearing(struct mib *m, uint32_t port)
{
    struct mib_hearing *h;

    HASH_FIND(hh, m->hearing, &port, sizeof port, h);
    if (h)
        return;
    h = malloc(sizeof *h);
    if (!h) {
        m->rc = -ENOMEM;
        return;
    }
    h->port = port;
    HASH_ADD(hh, m->hearing, port, sizeof port, h);
}

/* Whether LLDP has a port of that number. */
static bool mib_index_has_lldp(const struct mib *m, uint32_t index)
{
    struct mib_local_port *l;
    struct mib_hearing *h;

    HASH_FIND(hh, m->hearing, &index, sizeof index, h);
    for (int version = 0; !h && version < MIB_VERSIONS; version++) {
        HASH_FIND(hh, m->local[version].port, &index, sizeof index, l);
        if (l)
            return true;
    }
    return h != NULL;
}

/* Interfaces are no limit of a switch: beyond those that are kept, what has no
 * LLDP is only counted. */
struct mib_interface *mib_interface_get(struct mib *m, uint32_t index)
{
    struct mib_interface *i;

    HASH_FIND(hh, m->interface, &index, sizeof index, i);
    if (i)
        return i;
    if (m->interfaces >= INTERFACES_MAX && !mib_index_has_lldp(m, index)) {
        m->refused[TOPO_REFUSED_ROOM]++;
        return NULL;
    }
    i = calloc(1, sizeof *i);
    if (!i) {
        m->rc = -ENOMEM;
        return NULL;
    }
    m->interfaces++;
    i->index = index;
    i->high_speed = i->mtu = i->oper_status = -1;
    i->rx_bytes = i->tx_bytes = -1;
    HASH_ADD(hh, m->interface, index, sizeof index, i);
    return i;
}
