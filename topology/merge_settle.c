/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Corrects rows by others, once all are there.
 *
 * What a switch hears on a port that it says is down may be what is left of an
 * old cable, or the state is wrong. It counts if nothing else hears that
 * neighbour. A MAC address that an unseen node sends as the id of several
 * ports names none of them.
 */
#include "topology/merge_impl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A neighbour's port as rows name it, or its node where they do not. */
struct remote_use {
    struct {
        uint32_t node, port, by;
    } key;
    unsigned up; /* rows of ports that are not down */
    uint32_t first_port;
    bool several; /* more than one port hears it */
    UT_hash_handle hh;
};

struct remote_uses {
    struct remote_use *head;
};

static struct remote_use *use_find(const struct merge *m,
                                   const struct remote_uses *all,
                                   const struct merge_row *r, bool make)
{
    struct remote_use want = { .up = 0 }, *u;

    want.key.node = r->remote;
    want.key.port = r->remote_port;
    want.key.by = r->remote_port == NONE ? m->port[r->port]->node : NONE;
    HASH_FIND(hh, all->head, &want.key, sizeof want.key, u);
    if (u || !make)
        return u;
    u = malloc(sizeof *u);
    if (u) {
        *u = want;
        u->first_port = r->port;
    }
    return u;
}

static void uses_count(struct merge *m, struct remote_uses *all)
{
    for (size_t i = 0; i < m->rows && !m->rc; i++) {
        const struct merge_row *r = &m->row[i];
        struct remote_use *u = use_find(m, all, r, false);

        if (!u) {
            u = use_find(m, all, r, true);
            if (!u) {
                m->rc = -ENOMEM;
                return;
            }
            HASH_ADD(hh, all->head, key, sizeof u->key, u);
        }
        u->up += !r->down;
        u->several |= u->first_port != r->port;
    }
}

static void uses_free(struct remote_uses *all)
{
    struct remote_use *u, *tmp;

    HASH_ITER(hh, all->head, u, tmp) {
        HASH_DEL(all->head, u);
        free(u);
    }
}

static void row_warn_down(struct merge *m, const struct merge_row *r,
                          bool counts)
{
    const struct merge_port *p = m->port[r->port];

    merge_warn(m, "port-down", p->node, p->name,
               counts
                   ? "it hears %s, although the switch says that the port "
                     "is down; the cable counts"
                   : "it hears %s, which is heard elsewhere, and the switch "
                     "says that the port is down; it is left out",
               m->node[r->remote].name);
}

/* Whether the row is of an unseen node that sends this MAC address from
 * several ports. */
static bool row_port_is_no_port(const struct merge *m,
                                const struct merge_row *r,
                                const struct remote_use *u)
{
    const struct topo_neighbor *n = r->neighbor;

    return u->several && r->remote >= m->views && r->remote_port != NONE &&
           !strcmp(n->port_id.type, "mac") && n->port_descr &&
           *n->port_descr &&
           strcmp(n->port_descr, m->port[r->remote_port]->name);
}

/* Takes rows out, and says so. */
static void rows_drop_stale(struct merge *m, const struct remote_uses *all)
{
    size_t kept = 0;

    for (size_t i = 0; i < m->rows; i++) {
        struct merge_row r = m->row[i];
        struct merge_port *p = m->port[r.port];
        const struct remote_use *u = use_find(m, all, &r, false);
        bool counts = !r.down || !u || !u->up;

        if (r.down)
            row_warn_down(m, &r, counts);
        if (p->first_row == i) {
            p->first_row = (uint32_t)kept;
            p->rows = 0;
        }
        if (!counts)
            continue;
        if (u && row_port_is_no_port(m, &r, u))
            r.remote_port =
                merge_port_get(m, r.remote, r.neighbor->port_descr);
        m->row[kept++] = r;
        p->rows++;
    }
    m->rows = kept;
}

void merge_settle(struct merge *m)
{
    struct remote_uses all = { NULL };

    uses_count(m, &all);
    if (!m->rc)
        rows_drop_stale(m, &all);
    uses_free(&all);
}
