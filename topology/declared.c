/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The cabling plan: the least of all evidence. A planned cable counts where
 * both of its ports are silent; where a port hears somebody else, the plan or
 * the cabling is wrong, and is named.
 */
#include "topology/merge_impl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct named {
    const char *name;
    uint32_t who;
    unsigned neighbors; /* of nodes that only the plan knows */
    const char *first;
    UT_hash_handle hh;
};

struct planner {
    struct merge *m;
    struct named *by_name;
};

static struct named *named(struct planner *p, const char *name)
{
    struct named *n;

    HASH_FIND(hh, p->by_name, name, strlen(name), n);
    return n;
}

static struct named *add(struct planner *p, const char *name, uint32_t who)
{
    struct named *n = calloc(1, sizeof *n);

    if (!n) {
        p->m->rc = -ENOMEM;
        return NULL;
    }
    n->name = name;
    n->who = who;
    HASH_ADD_KEYPTR(hh, p->by_name, n->name, strlen(n->name), n);
    return n;
}

/* Who the plan means by a name; a node of its own if nobody has it. */
static struct named *node(struct planner *p, const char *name)
{
    struct named *n = named(p, name);
    uint32_t who;

    if (n)
        return n;
    who = merge_add_who(p->m);
    if (who == NOBODY)
        return NULL;
    p->m->who[who].name = strdup(name);
    if (!p->m->who[who].name) {
        p->m->rc = -ENOMEM;
        return NULL;
    }
    return add(p, p->m->who[who].name, who);
}

/* A node with two neighbours, or with a host for one, carries transit. */
static void guess_kind(struct planner *p, struct named *n, const char *other)
{
    struct who *w = &p->m->who[n->who];
    const struct named *o = named(p, other);

    if (w->view || w->kind_known || w->said)
        return;
    if (!n->first || strcmp(n->first, other)) {
        n->first = other;
        n->neighbors++;
    }
    if (n->neighbors > 1 ||
        (o && p->m->who[o->who].view && !merge_is_switch(p->m, o->who)))
        w->kind = TOPO_SWITCH;
}

static void set_kinds(struct planner *p, const struct topo_plan *plan)
{
    for (size_t i = 0; i < plan->nodes && !p->m->rc; i++) {
        struct named *n = node(p, plan->node[i].name);

        if (n && !p->m->who[n->who].view) {
            p->m->who[n->who].kind = plan->node[i].kind;
            p->m->who[n->who].kind_known = true;
        }
    }
}

/* The port's endpoint; NOBODY without a port. *ok: false: no such cable. */
static uint32_t end_of(struct planner *p, const struct named *n,
                       const char *port, bool *ok)
{
    const struct topo_view *v = p->m->who[n->who].view;

    if (!port)
        return NOBODY;
    if (v && v->ports && !topo_view_find_port(v, port)) {
        merge_warn(p->m, "plan-unknown", n->who, port,
                   "the plan names this port, which the node has not");
        *ok = false;
        return NOBODY;
    }
    if (v && !merge_usable(v, port))
        *ok = false; /* management, or down */
    return *ok ? merge_endpoint(p->m, n->who, port) : NOBODY;
}

static bool links_to(const struct merge *m, uint32_t end, uint32_t far)
{
    for (uint32_t i = m->end[end]->row;
         i < m->end[end]->row + m->end[end]->rows; i++)
        if (m->row[i].far == far)
            return true;
    return false;
}

/* Something is known of that port already: does it agree with the plan? */
static bool taken(struct merge *m, uint32_t end, uint32_t far,
                  const struct topo_cable *c)
{
    if (end == NOBODY || (!m->end[end]->linked && !m->end[end]->rows))
        return false;
    if (m->end[end]->rows && !links_to(m, end, far))
        merge_warn(m, "plan-mismatch", m->end[end]->who, m->end[end]->port,
                   "the plan has a cable to %s here (line %u), LLDP hears %s",
                   m->who[far].name, c->line,
                   m->who[m->row[m->end[end]->row].far].name);
    return true;
}

static bool known_pair(const struct merge *m, uint32_t a, uint32_t b)
{
    const struct topo *t = m->map->topo;

    for (size_t i = 0; i < topo_links(t); i++) {
        const struct topo_link *l = topo_link(t, (uint32_t)i);

        if ((l->a == m->who[a].id && l->b == m->who[b].id) ||
            (l->a == m->who[b].id && l->b == m->who[a].id))
            return true;
    }
    return false;
}

static void cable(struct planner *p, const struct topo_cable *c)
{
    struct named *a = named(p, c->a), *b = named(p, c->b);
    struct merge *m = p->m;
    bool ok = true, used;
    uint32_t ea, eb;

    if (!a || !b)
        return;
    ea = end_of(p, a, c->a_port, &ok);
    eb = end_of(p, b, c->b_port, &ok);
    if (!ok || m->rc)
        return;
    used = taken(m, ea, b->who, c);
    used |= taken(m, eb, a->who, c);
    /* a cable without ports is the one that LLDP knows between the two */
    if (!used && ea == NOBODY && eb == NOBODY)
        used = m->who[a->who].linked && m->who[b->who].linked &&
               known_pair(m, a->who, b->who);
    if (!used)
        merge_link(m, a->who, ea, b->who, eb, TOPO_DECLARED, c->mbps,
                   TOPO_UNKNOWN);
}

void merge_plan(struct merge *m, const struct topo_plan *plan)
{
    struct planner p = { .m = m };
    struct named *n, *tmp;

    if (!plan || !plan->cables)
        return;
    for (uint32_t i = 0; i < m->whos && !m->rc; i++)
        if (!named(&p, m->who[i].name))
            add(&p, m->who[i].name, i);
    set_kinds(&p, plan);
    for (size_t i = 0; i < plan->cables && !m->rc; i++) {
        struct named *a = node(&p, plan->cable[i].a),
                     *b = node(&p, plan->cable[i].b);

        if (a && b) {
            guess_kind(&p, a, plan->cable[i].b);
            guess_kind(&p, b, plan->cable[i].a);
        }
    }
    for (size_t i = 0; i < plan->cables && !m->rc; i++)
        cable(&p, &plan->cable[i]);
    HASH_ITER(hh, p.by_name, n, tmp) {
        HASH_DEL(p.by_name, n);
        free(n);
    }
}
