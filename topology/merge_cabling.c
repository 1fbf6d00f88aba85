/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Adds the cables of the declared cabling plan, the weakest evidence.
 *
 * A planned cable counts where neither of its ports has a neighbour. Where
 * LLDP tells another neighbour, plan or cabling is wrong, which a
 * warning says.
 */
#include "topology/merge_impl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A node by its name. */
struct cabling_node {
    const char *name;
    uint32_t node;
    unsigned neighbors;   /* of a node that only the plan names */
    const char *neighbor; /* one of them */
    UT_hash_handle hh;
};

struct cabling_merge {
    struct merge *m;
    struct cabling_node *by_name;
};

static struct cabling_node *cabling_find(struct cabling_merge *p,
                                         const char *name)
{
    struct cabling_node *n;

    HASH_FIND(hh, p->by_name, name, strlen(name), n);
    return n;
}

static struct cabling_node *cabling_add(struct cabling_merge *p,
                                        const char *name, uint32_t node)
{
    struct cabling_node *n = calloc(1, sizeof *n);

    if (!n) {
        p->m->rc = -ENOMEM;
        return NULL;
    }
    n->name = name;
    n->node = node;
    HASH_ADD_KEYPTR(hh, p->by_name, n->name, strlen(n->name), n);
    return n;
}

/* The node of that name, or a new one if no node has it. */
static struct cabling_node *cabling_node(struct cabling_merge *p,
                                         const char *name)
{
    struct cabling_node *n = cabling_find(p, name);
    uint32_t node;

    if (n)
        return n;
    node = merge_node_add(p->m);
    if (node == NONE)
        return NULL;
    p->m->node[node].name = strdup(name);
    if (!p->m->node[node].name) {
        p->m->rc = -ENOMEM;
        return NULL;
    }
    return cabling_add(p, p->m->node[node].name, node);
}

/* A node with two neighbours, or with a host for a neighbour, is a switch. */
static void cabling_guess_kind(struct cabling_merge *p, struct cabling_node *n,
                               const char *other)
{
    struct merge_node *node = &p->m->node[n->node];
    const struct cabling_node *o = cabling_find(p, other);

    if (node->view || node->kind_known || node->neighbor)
        return;
    if (!n->neighbor || strcmp(n->neighbor, other)) {
        n->neighbor = other;
        n->neighbors++;
    }
    if (n->neighbors > 1 ||
        (o && p->m->node[o->node].view && !merge_is_switch(p->m, o->node)))
        node->kind = TOPO_SWITCH;
}

static void cabling_set_kinds(struct cabling_merge *p,
                              const struct topo_cabling *cabling)
{
    for (size_t i = 0; i < cabling->nodes && !p->m->rc; i++) {
        struct cabling_node *n = cabling_node(p, cabling->node[i].name);

        if (n && !p->m->node[n->node].view) {
            p->m->node[n->node].kind = cabling->node[i].kind;
            p->m->node[n->node].kind_known = true;
        }
    }
}

/* The port of a cable's end; NONE when no port is declared. Sets *ok to false
 * when there can be no cable. */
static uint32_t cabling_port(struct cabling_merge *p,
                             const struct cabling_node *n, const char *port,
                             bool *ok)
{
    const struct topo_view *v = p->m->node[n->node].view;

    if (!port)
        return NONE;
    if (v && v->ports && !topo_view_find_port(v, port)) {
        merge_warn(p->m, "plan-unknown", n->node, port,
                   "the plan names this port, which the node does not have");
        *ok = false;
        return NONE;
    }
    if (v && !merge_port_usable(v, port))
        *ok = false; /* management, or down */
    return *ok ? merge_port_get(p->m, n->node, port) : NONE;
}

static bool cabling_pair_known(const struct merge *m, uint32_t a, uint32_t b)
{
    const struct topo *t = m->map->topo;

    for (size_t i = 0; i < topo_links(t); i++) {
        const struct topo_link *l = topo_link(t, (uint32_t)i);

        if ((l->a == m->node[a].id && l->b == m->node[b].id) ||
            (l->a == m->node[b].id && l->b == m->node[a].id))
            return true;
    }
    return false;
}

static void cabling_add_cable(struct cabling_merge *p,
                              const struct topo_cable *c)
{
    struct cabling_node *a = cabling_find(p, c->a), *b = cabling_find(p, c->b);
    struct merge *m = p->m;
    bool ok = true, used, differs = false;
    uint32_t a_port, b_port;

    if (!a || !b)
        return;
    a_port = cabling_port(p, a, c->a_port, &ok);
    b_port = cabling_port(p, b, c->b_port, &ok);
    if (!ok || m->rc)
        return;
    used = merge_cabling_used(m, a_port, b->node, b_port, c, &differs);
    used |= merge_cabling_used(m, b_port, a->node, a_port, c, &differs);
    if (differs)
        merge_dispute(m, a->node, a_port, b->node, b_port, TOPO_DECLARED);
    /* a cable without ports is the one that LLDP knows between the two */
    if (!used && a_port == NONE && b_port == NONE)
        used = m->node[a->node].linked && m->node[b->node].linked &&
               cabling_pair_known(m, a->node, b->node);
    if (!used)
        merge_link(m, a->node, a_port, b->node, b_port, TOPO_DECLARED, c->mbps,
                   TOPO_UNKNOWN);
}

/* What the plan says that cannot be. */
static void cabling_warn_notes(struct merge *m,
                               const struct topo_cabling *cabling)
{
    for (size_t i = 0; i < cabling->notes && !m->rc; i++) {
        const struct topo_cabling_note *n = &cabling->note[i];

        m->rc = topo_map_warn(
            m->map, n->loop ? "plan-loop" : "plan-port", n->node, n->port,
            n->loop ? "the plan has a cable from this node to itself (line "
                      "%u); it is left out"
                    : "the plan has a second cable at this port (line %u); "
                      "the first counts",
            n->line);
    }
}

void merge_cabling(struct merge *m, const struct topo_cabling *cabling)
{
    struct cabling_merge p = { .m = m };
    struct cabling_node *n, *tmp;

    if (cabling)
        cabling_warn_notes(m, cabling);
    if (!cabling || !cabling->cables)
        return;
    for (uint32_t i = 0; i < m->nodes && !m->rc; i++)
        if (!cabling_find(&p, m->node[i].name))
            cabling_add(&p, m->node[i].name, i);
    cabling_set_kinds(&p, cabling);
    for (size_t i = 0; i < cabling->cables && !m->rc; i++) {
        struct cabling_node *a = cabling_node(&p, cabling->cable[i].a),
                            *b = cabling_node(&p, cabling->cable[i].b);

        if (a && b) {
            cabling_guess_kind(&p, a, cabling->cable[i].b);
            cabling_guess_kind(&p, b, cabling->cable[i].a);
        }
    }
    for (size_t i = 0; i < cabling->cables && !m->rc; i++)
        cabling_add_cable(&p, &cabling->cable[i]);
    HASH_ITER(hh, p.by_name, n, tmp) {
        HASH_DEL(p.by_name, n);
        free(n);
    }
}
