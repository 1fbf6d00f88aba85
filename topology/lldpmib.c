/* SPDX-License-Identifier: LGPL-2.1-only */
/* Keeps the tables of a switch while its rows are read. */
#include "topology/lldpmib_impl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS_MAX = 65536, OCTETS_MAX = 1024 };

struct mib *mib_new(void)
{
    struct mib *m = calloc(1, sizeof *m);

    if (m)
        m->uptime = -1;
    return m;
}

static void mib_remote_clear(struct mib_remote *r)
{
    free(r->chassis.p);
    free(r->port.p);
    free(r->port_descr.p);
    free(r->sysname.p);
    free(r->caps.p);
    for (unsigned i = 0; i < r->n_mgmt; i++)
        free(r->mgmt[i].p);
}

void mib_free(struct mib *m)
{
    struct mib_local_port *l, *lt;
    struct mib_remote *r, *rt;
    struct mib_interface *i, *it;

    if (!m)
        return;
    HASH_ITER(hh, m->local_port, l, lt) {
        HASH_DEL(m->local_port, l);
        free(l->id.p);
        free(l->descr.p);
        free(l);
    }
    HASH_ITER(hh, m->remote, r, rt) {
        HASH_DEL(m->remote, r);
        mib_remote_clear(r);
        free(r);
    }
    HASH_ITER(hh, m->interface, i, it) {
        HASH_DEL(m->interface, i);
        free(i->name.p);
        free(i->mac.p);
        free(i);
    }
    free(m->chassis.p);
    free(m->sysname.p);
    free(m->lldp_sysname.p);
    free(m);
}

/* --- rows of the tables -------------------------------------------------- */

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

static void *mib_new_row(struct mib *m, size_t size)
{
    void *row = NULL;

    if (++m->rows > ROWS_MAX) {
        m->rc = -E2BIG;
        return NULL;
    }
    row = calloc(1, size);
    if (!row)
        m->rc = -ENOMEM;
    return row;
}

struct mib_local_port *mib_local_port_get(struct mib *m, uint32_t num)
{
    struct mib_local_port *l;

    HASH_FIND(hh, m->local_port, &num, sizeof num, l);
    if (l)
        return l;
    l = mib_new_row(m, sizeof *l);
    if (l) {
        l->num = num;
        HASH_ADD(hh, m->local_port, num, sizeof num, l);
    }
    return l;
}

struct mib_interface *mib_interface_get(struct mib *m, uint32_t index)
{
    struct mib_interface *i;

    HASH_FIND(hh, m->interface, &index, sizeof index, i);
    if (i)
        return i;
    i = mib_new_row(m, sizeof *i);
    if (i) {
        i->index = index;
        i->high_speed = i->mtu = i->oper_status = -1;
        HASH_ADD(hh, m->interface, index, sizeof index, i);
    }
    return i;
}

struct mib_remote *mib_remote_get(struct mib *m, const uint32_t *index)
{
    struct mib_remote_key key = { index[1], index[2] };
    struct mib_remote *r;

    HASH_FIND(hh, m->remote, &key, sizeof key, r);
    if (!r) {
        r = mib_new_row(m, sizeof *r);
        if (!r)
            return NULL;
        r->key = key;
        r->time_mark = index[0];
        HASH_ADD(hh, m->remote, key, sizeof key, r);
    }
    if (index[0] < r->time_mark)
        return NULL;
    if (index[0] > r->time_mark) {
        UT_hash_handle hh = r->hh;

        mib_remote_clear(r);
        *r =
            (struct mib_remote){ .key = key, .time_mark = index[0], .hh = hh };
    }
    return r;
}
