/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * From tables to rows: each neighbour of each port that matters, with the node
 * and the port it stands for. What can't be a path of migrations ends here:
 * management ports, guests' ports, ports that are down, a node's own frames,
 * a second protocol's word for the same cable.
 */
#include "topology/merge_impl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

bool merge_room(struct merge *m, void **array, size_t *have, size_t used,
                size_t size)
{
    size_t want = *have ? *have * 2 : 64;
    void *bigger;

    if (used < *have)
        return true;
    bigger = reallocarray(*array, want, size);
    if (!bigger) {
        m->rc = -ENOMEM;
        return false;
    }
    *array = bigger;
    *have = want;
    return true;
}

/* --- ports ------------------------------------------------------------------------ */

static bool carries_migrations(const struct topo_view *v, const char *port)
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

bool merge_usable(const struct topo_view *v, const char *port)
{
    return merge_usable_port(v, port, topo_view_find_port(v, port));
}

bool merge_usable_port(const struct topo_view *v, const char *port,
                       const struct topo_port *p)
{
    if (v->mgmt_port && !strcmp(v->mgmt_port, port))
        return false;
    if (p && p->up == 0)
        return false;
    if (v->has_migration)
        return carries_migrations(v, port);
    return v->is_switch || !ident_guest_port(port);
}

uint32_t merge_find_endpoint(const struct merge *m, uint32_t who,
                             const char *port)
{
    char key[TOPO_TEXT_MAX + 16];
    struct endpoint *e;

    snprintf(key, sizeof key, "%u %s", who, port);
    HASH_FIND(hh, m->by_key, key, strlen(key), e);
    return e ? e->id : NOBODY;
}

uint32_t merge_endpoint(struct merge *m, uint32_t who, const char *port)
{
    uint32_t found = merge_find_endpoint(m, who, port);
    struct endpoint *e;

    if (found != NOBODY)
        return found;
    if (!merge_room(m, (void **)&m->end, &m->end_room, m->ends, sizeof e))
        return NOBODY;
    e = calloc(1, sizeof *e);
    if (!e || asprintf(&e->key, "%u %s", who, port) < 0) {
        free(e);
        m->rc = -ENOMEM;
        return NOBODY;
    }
    e->who = who;
    e->port = strchr(e->key, ' ') + 1;
    e->id = e->set = (uint32_t)m->ends;
    if (m->who[who].view)
        e->phys = topo_view_find_port(m->who[who].view, port);
    HASH_ADD_KEYPTR(hh, m->by_key, e->key, strlen(e->key), e);
    m->end[m->ends] = e;
    return (uint32_t)m->ends++;
}

/* --- strangers ----------------------------------------------------------------------- */

uint32_t merge_add_who(struct merge *m)
{
    if (m->whos >= NOBODY - 1 || !merge_room(m, (void **)&m->who, &m->who_room,
                                             m->whos, sizeof *m->who))
        return NOBODY;
    m->who[m->whos] = (struct who){ .heard_by = { NOBODY, NOBODY },
                                    .kind = TOPO_HOST,
                                    .id = NOBODY };
    return (uint32_t)m->whos++;
}

/* Strangers are found by a hash of small entries of their own, since the array
 * of nodes moves as it grows. */
struct stranger {
    char *key;
    uint32_t who;
    UT_hash_handle hh;
};

struct strangers {
    struct stranger *head;
};

static uint32_t stranger(struct merge *m, struct strangers *all,
                         const struct topo_neighbor *n)
{
    char key[2 * TOPO_TEXT_MAX + 32];
    struct stranger *s;

    if (n->chassis.value && *n->chassis.value)
        snprintf(key, sizeof key, "%s %s", n->chassis.type, n->chassis.value);
    else if (n->sysname)
        snprintf(key, sizeof key, "name %s", n->sysname);
    else
        return NOBODY;
    HASH_FIND(hh, all->head, key, strlen(key), s);
    if (s)
        return s->who;
    s = calloc(1, sizeof *s);
    if (!s) {
        m->rc = -ENOMEM;
        return NOBODY;
    }
    s->key = strdup(key);
    s->who = s->key ? merge_add_who(m) : NOBODY;
    if (s->who == NOBODY) {
        m->rc = -ENOMEM;
        free(s->key);
        free(s);
        return NOBODY;
    }
    m->who[s->who].said = n;
    HASH_ADD_KEYPTR(hh, all->head, s->key, strlen(s->key), s);
    return s->who;
}

static void strangers_free(struct strangers *all)
{
    struct stranger *s, *tmp;

    HASH_ITER(hh, all->head, s, tmp) {
        HASH_DEL(all->head, s);
        free(s->key);
        free(s);
    }
}

/* --- rows ------------------------------------------------------------------------------- */

static bool is_lldp(const struct topo_neighbor *n)
{
    return !n->protocol || !strcmp(n->protocol, "LLDP");
}

/* CDP, EDP, .. count where LLDP hears nothing: else one cable would be two. */
static bool superseded(const struct topo_view *v, size_t i, bool lldp_heard)
{
    return !is_lldp(&v->neighbor[i]) && lldp_heard;
}

static void note_heard(struct merge *m, uint32_t far, uint32_t by,
                       const struct topo_neighbor *n)
{
    struct who *w = &m->who[far];

    if (w->heard_by[0] == NOBODY)
        w->heard_by[0] = by;
    else if (w->heard_by[0] != by)
        w->heard_by[1] = by;
    if (!merge_is_switch(m, by))
        w->heard_by_host = true;
    if (n->bridge == 0 && n->router == 0)
        w->no_switch_caps = true;
    if (n->bridge == 1 && n->router == 1)
        w->switch_caps = true;
}

/* The far node and port; false: the row is of no use. */
static bool resolve(struct merge *m, struct strangers *all, uint32_t who,
                    const struct topo_neighbor *n, struct row *r)
{
    int view = ident_view(m->ident, n);
    const char *port = NULL;
    bool listed;

    if (view == IDENT_AMBIGUOUS) {
        merge_warn(m, "duplicate-chassis", who, n->port,
                   "the neighbour's chassis id %s belongs to several nodes, "
                   "and nothing tells which is meant",
                   n->chassis.value ? n->chassis.value : "");
        return false;
    }
    r->far = view >= 0 ? (uint32_t)view : stranger(m, all, n);
    if (r->far == NOBODY)
        return false;
    if (r->far == who) {
        merge_warn(m, "own-frame", who, n->port,
                   "the port hears the node's own LLDP frames: a loop, or a "
                   "bridge that forwards them");
        return false;
    }
    if (view >= 0) {
        port = ident_port(&m->view[view], n, &listed);
        if (port && !merge_usable(&m->view[view], port))
            return false; /* management, or a port without migrations */
    } else {
        port = n->port_id.value;
    }
    r->to = port ? merge_endpoint(m, r->far, port) : NOBODY;
    return true;
}

static bool repeats(const struct merge *m, const struct endpoint *e,
                    const struct row *r)
{
    for (uint32_t i = e->row; i < e->row + e->rows; i++)
        if (m->row[i].far == r->far &&
            (m->row[i].to == r->to || r->to == NOBODY))
            return true;
    return false;
}

static void add_row(struct merge *m, struct strangers *all, uint32_t who,
                    const struct topo_neighbor *n, uint32_t end)
{
    struct row r = { .from = end, .to = NOBODY, .mate = NOBODY, .n = n };

    if (!resolve(m, all, who, n, &r) || repeats(m, m->end[end], &r))
        return;
    if (!merge_room(m, (void **)&m->row, &m->row_room, m->rows,
                    sizeof *m->row))
        return;
    m->row[m->rows++] = r;
    m->end[end]->rows++;
    note_heard(m, r.far, who, n);
}

/* The neighbours of a view in the order of their ports. */
static int by_port(const void *va, const void *vb)
{
    const struct topo_neighbor *const *a = va, *const *b = vb;
    int r = strcmp((*a)->port, (*b)->port);

    return r ? r : *a < *b ? -1 : *a > *b;
}

static void one_port(struct merge *m, struct strangers *all, uint32_t who,
                     const struct topo_neighbor **n, size_t count)
{
    const struct topo_view *v = &m->view[who];
    const char *port = n[0]->port;
    bool lldp = false;
    uint32_t end;

    if (!*port || !merge_usable(v, port))
        return;
    if (count > TOPO_PORT_NEIGHBORS) {
        merge_warn(m, "too-many", who, port,
                   "%zu neighbours on one port; the first %d are looked at",
                   count, TOPO_PORT_NEIGHBORS);
        count = TOPO_PORT_NEIGHBORS;
    }
    for (size_t i = 0; i < count; i++)
        lldp |= is_lldp(n[i]);
    end = merge_endpoint(m, who, port);
    if (end == NOBODY)
        return;
    m->end[end]->row = (uint32_t)m->rows;
    for (size_t i = 0; i < count && !m->rc; i++)
        if (!superseded(v, (size_t)(n[i] - v->neighbor), lldp))
            add_row(m, all, who, n[i], end);
}

static void one_view(struct merge *m, struct strangers *all, uint32_t who)
{
    const struct topo_view *v = &m->view[who];
    const struct topo_neighbor **n;

    n = calloc(v->neighbors + 1, sizeof *n);
    if (!n) {
        m->rc = -ENOMEM;
        return;
    }
    for (size_t i = 0; i < v->neighbors; i++)
        n[i] = &v->neighbor[i];
    qsort(n, v->neighbors, sizeof *n, by_port);
    for (size_t i = 0, j; i < v->neighbors && !m->rc; i = j) {
        for (j = i + 1; j < v->neighbors && !strcmp(n[i]->port, n[j]->port);)
            j++;
        one_port(m, all, who, n + i, j - i);
    }
    free(n);
    if (v->dropped)
        merge_warn(m, "too-many", who, NULL,
                   "%zu rows of its table were left out", v->dropped);
}

int merge_rows(struct merge *m)
{
    struct strangers all = { NULL };

    for (size_t i = 0; i < m->views && !m->rc; i++)
        for (size_t k = 0; k < m->view[i].neighbors && !m->rc; k++)
            m->rc = ident_claim(m->ident, &m->view[i].neighbor[k]);
    for (uint32_t i = 0; i < m->views && !m->rc; i++)
        one_view(m, &all, i);
    strangers_free(&all);
    return m->rc;
}
