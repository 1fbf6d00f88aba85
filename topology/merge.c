/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * One graph of many views. The steps, each of which only adds to what the
 * former found: rows, names of strangers, confirmed cables, one-sided ones,
 * the plan; and at the end what is conspicuous by its absence.
 */
#include "topology/merge_impl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* --- names ------------------------------------------------------------------------- */

struct name {
    char *name;
    uint32_t first; /* who has it */
    bool view;
    UT_hash_handle hh;
};

static struct name *lookup(struct name *all, const char *name)
{
    struct name *n;

    HASH_FIND(hh, all, name, strlen(name), n);
    return n;
}

static bool note_name(struct merge *m, struct name **all, const char *name,
                      uint32_t who)
{
    struct name *n = calloc(1, sizeof *n);

    if (n)
        n->name = strdup(name);
    if (!n || !n->name) {
        free(n);
        m->rc = -ENOMEM;
        return false;
    }
    n->first = who;
    n->view = who < m->views;
    HASH_ADD_KEYPTR(hh, *all, n->name, strlen(n->name), n);
    return true;
}

static void names_free(struct name *all)
{
    struct name *n, *tmp;

    HASH_ITER(hh, all, n, tmp) {
        HASH_DEL(all, n);
        free(n->name);
        free(n);
    }
}

/* What the stranger calls itself, if nobody else has that name. */
static void name_stranger(struct merge *m, struct name **all, uint32_t i)
{
    const struct topo_neighbor *n = m->who[i].said;
    const char *wanted = n->sysname && *n->sysname ? n->sysname : NULL;
    const char *id = n->chassis.value ? n->chassis.value : "?";
    struct name *taken = wanted ? lookup(*all, wanted) : NULL;
    char *name = NULL;

    if (wanted && !taken) {
        name = strdup(wanted);
    } else if (asprintf(&name, wanted ? "%s (%s)" : "%s%s",
                        wanted ? wanted : "", id) < 0) {
        name = NULL;
    }
    for (unsigned k = 2; name && lookup(*all, name); k++) {
        char *longer;

        if (asprintf(&longer, "%s #%u", name, k) < 0)
            longer = NULL;
        free(name);
        name = longer;
    }
    m->who[i].name = name;
    if (!name) {
        m->rc = -ENOMEM;
        return;
    }
    if (taken)
        merge_warn(m, "duplicate-name", i, NULL,
                   "chassis %s calls itself %s, as %s does; it is taken for "
                   "another node",
                   id, wanted, m->who[taken->first].name);
    note_name(m, all, name, i);
}

/* --- kinds -------------------------------------------------------------------------- */

/* A node that was not read, and whose name is that of a host which could not
 * be asked, is no switch: the name is enough to be careful, not to believe. */
static bool may_be_host(const struct merge *m, struct name *all, uint32_t i)
{
    const struct topo_neighbor *n = m->who[i].said;
    struct name *same = n->sysname ? lookup(all, n->sysname) : NULL;

    return same && same->view && !m->view[same->first].is_switch;
}

/* Capabilities do not tell hosts from switches: a host with a bridge has them
 * all. What has neither is a host; what hosts hear, or two nodes, is not. */
static void guess_kind(struct merge *m, struct name *all, uint32_t i)
{
    struct who *w = &m->who[i];

    if (w->heard_by_host)
        w->kind = TOPO_SWITCH;
    else if (may_be_host(m, all, i) || w->no_switch_caps)
        w->kind = TOPO_HOST;
    else if (w->heard_by[1] != NOBODY || w->switch_caps)
        w->kind = TOPO_SWITCH;
    w->kind_known = true;
}

bool merge_is_switch(const struct merge *m, uint32_t who)
{
    const struct topo_view *v = m->who[who].view;

    return v ? v->is_switch : m->who[who].kind != TOPO_HOST;
}

/* --- the graph ------------------------------------------------------------------------ */

static bool in_graph(struct merge *m, uint32_t who)
{
    struct who *w = &m->who[who];
    int id;

    if (w->id != NOBODY)
        return true;
    id = topo_add_node(m->map->topo, w->name,
                       w->view ? w->view->is_switch ? TOPO_SWITCH : TOPO_HOST
                               : w->kind);
    if (id < 0) {
        m->rc = id;
        return false;
    }
    w->id = (uint32_t)id;
    return true;
}

static int64_t speed(const struct endpoint *e)
{
    return e && e->phys && e->phys->speed_mbps > 0 &&
                   e->phys->speed_mbps <= TOPO_MAX_MBPS
               ? e->phys->speed_mbps
               : TOPO_UNKNOWN;
}

/* A cable has one speed, so one end that knows it is enough. */
static int64_t cable_speed(struct merge *m, const struct endpoint *a,
                           const struct endpoint *b)
{
    int64_t x = speed(a), y = speed(b);

    if (x > 0 && y > 0 && x != y) {
        merge_warn(m, "speed-mismatch", a->who, a->port,
                   "%lld Mbit/s here, %lld at port %s of %s; the lesser "
                   "counts",
                   (long long)x, (long long)y, b->port, m->who[b->who].name);
        return x < y ? x : y;
    }
    return x > 0 ? x : y;
}

void merge_link(struct merge *m, uint32_t a, uint32_t a_end, uint32_t b,
                uint32_t b_end, enum topo_evidence e, int64_t mbps,
                int64_t age_s)
{
    struct endpoint *x = a_end == NOBODY ? NULL : m->end[a_end];
    struct endpoint *y = b_end == NOBODY ? NULL : m->end[b_end];
    struct topo_link l = { .evidence = e, .age_s = age_s };
    int r;

    if (m->rc || !in_graph(m, a) || !in_graph(m, b))
        return;
    l.a = m->who[a].id;
    l.b = m->who[b].id;
    l.a_port = x ? x->port : NULL;
    l.b_port = y ? y->port : NULL;
    l.mbps = cable_speed(m, x, y);
    if (l.mbps == TOPO_UNKNOWN)
        l.mbps = mbps;
    r = topo_add_link(m->map->topo, &l);
    if (r < 0)
        m->rc = r;
    m->who[a].linked = m->who[b].linked = true;
    if (x)
        x->linked = true;
    if (y)
        y->linked = true;
}

/* --- what is missing --------------------------------------------------------------------- */

static bool has_members(const struct topo_view *v, const char *port)
{
    for (size_t i = 0; i < v->ports; i++)
        if (v->port[i].master && !strcmp(v->port[i].master, port))
            return true;
    return false;
}

/* Ports that are said to carry migrations, but whose far end nobody knows. */
static void find_silent(struct merge *m, uint32_t who)
{
    const struct topo_view *v = m->who[who].view;

    if (v->is_switch || !v->has_migration)
        return;
    for (size_t i = 0; i < v->ports; i++) {
        const char *port = v->port[i].name;
        uint32_t e;

        if (!merge_usable_port(v, port, &v->port[i]) || has_members(v, port) ||
            ident_guest_port(port))
            continue;
        e = merge_find_endpoint(m, who, port);
        if (e != NOBODY && (m->end[e]->linked || m->end[e]->rows))
            continue;
        merge_warn(m, "silent", who, port,
                   v->has_table
                       ? "it hears no LLDP and no switch hears it (Open "
                         "vSwitch? lldpd not listening there?): what is "
                         "behind it is not known"
                       : "the host's LLDP table was not read, and no switch "
                         "hears it");
    }
}

static void find_missing(struct merge *m)
{
    for (uint32_t i = 0; i < m->whos && !m->rc; i++) {
        const struct who *w = &m->who[i];

        if (w->view)
            find_silent(m, i);
        else if (w->said && w->linked && w->kind == TOPO_SWITCH)
            merge_warn(m, "unread", i, NULL,
                       "only its neighbours speak of it: its cables are "
                       "one-sided");
    }
}

/* --- all steps ------------------------------------------------------------------------------ */

static int start(struct merge *m, struct name **names)
{
    for (uint32_t i = 0; i < m->views; i++) {
        uint32_t w = merge_add_who(m);

        if (w == NOBODY)
            return -ENOMEM;
        m->who[w].view = &m->view[i];
        m->who[w].id = NOBODY;
        if (!m->view[i].name || lookup(*names, m->view[i].name))
            return -EINVAL;
        m->who[w].name = strdup(m->view[i].name);
        if (!m->who[w].name || !note_name(m, names, m->view[i].name, w) ||
            !in_graph(m, w))
            return m->rc ? m->rc : -ENOMEM;
    }
    m->ident = ident_new(m->view, m->views);
    return m->ident ? 0 : -ENOMEM;
}

/* Two read nodes of one system name: harmless here, confusing elsewhere. */
static void warn_sysnames(struct merge *m)
{
    struct name *all = NULL;

    for (uint32_t i = 0; i < m->views && !m->rc; i++) {
        const char *s = m->view[i].sysname;
        const struct name *same = s ? lookup(all, s) : NULL;

        if (same)
            merge_warn(m, "duplicate-name", i, NULL,
                       "its system name %s is that of %s as well", s,
                       m->who[same->first].name);
        else if (s)
            note_name(m, &all, s, i);
    }
    names_free(all);
}

static void steps(struct merge *m, struct name **names,
                  const struct topo_plan *plan)
{
    m->rc = start(m, names);
    if (m->rc || merge_rows(m))
        return;
    for (uint32_t i = (uint32_t)m->views; i < m->whos && !m->rc; i++) {
        guess_kind(m, *names, i);
        name_stranger(m, names, i);
    }
    if (!m->rc)
        merge_confirm(m);
    if (!m->rc)
        merge_segments(m);
    if (!m->rc)
        merge_one_sided(m);
    if (!m->rc)
        merge_plan(m, plan);
    if (!m->rc)
        find_missing(m);
    if (!m->rc)
        warn_sysnames(m);
}

static void merge_dispose(struct merge *m)
{
    HASH_CLEAR(hh, m->by_key);
    for (size_t i = 0; i < m->ends; i++) {
        free(m->end[i]->key);
        free(m->end[i]);
    }
    for (size_t i = 0; i < m->whos; i++)
        free(m->who[i].name);
    free(m->end);
    free(m->who);
    free(m->row);
    ident_free(m->ident);
}

int topo_merge(struct topo_map *map, const struct topo_view *view, size_t n,
               const struct topo_plan *plan)
{
    struct merge m = { .map = map, .view = view, .views = n };
    struct name *names = NULL;

    map->topo = topo_new();
    if (!map->topo)
        return -ENOMEM;
    steps(&m, &names, plan);
    names_free(names);
    merge_dispose(&m);
    topo_map_sort(map);
    return m.rc;
}
