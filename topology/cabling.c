/* SPDX-License-Identifier: LGPL-2.1-only */
/* Keeps the cables and nodes of a cabling plan. */
#include "topology/cabling_impl.h"
#include "tools/base/grow.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <uthash.h>

enum { CABLES_MAX = 1 << 20, NOTES_MAX = 1024 };

/* A port that has a cable. */
struct topo_cabling_port {
    char *key;    /* "LENGTH NODE PORT" */
    size_t cable; /* its number */
    UT_hash_handle hh;
};

const char *const cabling_no_memory = "out of memory";

/* --- ports --------------------------------------------------------------- */

static char *port_key(const struct cabling_end *e)
{
    char *key;

    return asprintf(&key, "%zu %s %s", strlen(e->node), e->node, e->port) < 0
               ? NULL
               : key;
}

/* The port, if it has a cable already. */
static const struct topo_cabling_port *port_find(const struct topo_cabling *p,
                                                 const struct cabling_end *e,
                                                 bool *oom)
{
    struct topo_cabling_port *x = NULL;
    char *key = e->port ? port_key(e) : NULL;

    if (key)
        HASH_FIND(hh, p->port, key, strlen(key), x);
    *oom |= e->port && !key;
    free(key);
    return x;
}

static bool port_add(struct topo_cabling *p, const struct cabling_end *e)
{
    struct topo_cabling_port *x;

    if (!e->port)
        return true;
    x = calloc(1, sizeof *x);
    if (x)
        x->key = port_key(e);
    if (!x || !x->key) {
        free(x);
        return false;
    }
    x->cable = p->cables;
    HASH_ADD_KEYPTR(hh, p->port, x->key, strlen(x->key), x);
    return true;
}

/* Those of the cables from that number on. */
static void ports_drop(struct topo_cabling *p, size_t cables)
{
    struct topo_cabling_port *x, *tmp;

    HASH_ITER(hh, p->port, x, tmp) {
        /* cppcheck-suppress uninitvar ; HASH_ITER sets it */
        if (x->cable < cables)
            continue;
        HASH_DEL(p->port, x);
        free(x->key);
        free(x);
    }
}

/* --- cables -------------------------------------------------------------- */

static const char *note_add(struct topo_cabling *p, bool loop,
                            const struct cabling_end *e, unsigned line)
{
    struct topo_cabling_note *n;

    if (p->notes == NOTES_MAX)
        return NULL;
    if (array_grow(&p->note, &p->note_room, p->notes + 1, sizeof *n))
        return cabling_no_memory;
    n = &p->note[p->notes++];
    *n = (struct topo_cabling_note){ .loop = loop,
                                     .node = strdup(e->node),
                                     .port = e->port ? strdup(e->port) : NULL,
                                     .line = line };
    return n->node && (!e->port || n->port) ? NULL : cabling_no_memory;
}

static const char *cable_append(struct topo_cabling *p,
                                const struct cabling_end *a,
                                const struct cabling_end *b, unsigned line)
{
    struct topo_cable *c;

    if (p->cables == CABLES_MAX)
        return "over a million cables";
    if (array_grow(&p->cable, &p->cable_room, p->cables + 1, sizeof *c))
        return cabling_no_memory;
    if (!port_add(p, a) || !port_add(p, b))
        return cabling_no_memory;
    c = &p->cable[p->cables++];
    *c = (struct topo_cable){ .a = strdup(a->node),
                              .a_port = a->port ? strdup(a->port) : NULL,
                              .b = strdup(b->node),
                              .b_port = b->port ? strdup(b->port) : NULL,
                              .mbps = TOPO_UNKNOWN,
                              .line = line };
    if (!c->a || !c->b || (a->port && !c->a_port) || (b->port && !c->b_port))
        return cabling_no_memory;
    return NULL;
}

const char *cabling_add_cable(struct topo_cabling *p,
                              const struct cabling_end *a,
                              const struct cabling_end *b, unsigned line)
{
    const struct topo_cabling_port *x, *y;
    const char *why = NULL;
    bool oom = false;

    if (!strcmp(a->node, b->node))
        return note_add(p, true, a, line);
    x = port_find(p, a, &oom);
    y = port_find(p, b, &oom);
    if (oom)
        return cabling_no_memory;
    if (x && y && x->cable == y->cable)
        return NULL; /* the same cable once more */
    if (x)
        why = note_add(p, false, a, line);
    if (y && !why)
        why = note_add(p, false, b, line);
    return x || y ? why : cable_append(p, a, b, line);
}

const char *cabling_add_kind(struct topo_cabling *p, const char *node,
                             enum topo_kind kind)
{
    struct topo_cabling_node *n;

    if (p->nodes == CABLES_MAX)
        return "over a million nodes";
    if (array_grow(&p->node, &p->node_room, p->nodes + 1, sizeof *n))
        return cabling_no_memory;
    n = &p->node[p->nodes++];
    n->kind = kind;
    n->name = strdup(node);
    return n->name ? NULL : cabling_no_memory;
}

static void cable_free(struct topo_cable *c)
{
    free(c->a);
    free(c->a_port);
    free(c->b);
    free(c->b_port);
}

struct cabling_mark cabling_mark(const struct topo_cabling *p)
{
    return (struct cabling_mark){ p->cables, p->nodes, p->notes };
}

void cabling_roll_back(struct topo_cabling *p, struct cabling_mark to)
{
    ports_drop(p, to.cables);
    while (p->cables > to.cables)
        cable_free(&p->cable[--p->cables]);
    while (p->nodes > to.nodes)
        free(p->node[--p->nodes].name);
    while (p->notes > to.notes) {
        p->notes--;
        free(p->note[p->notes].node);
        free(p->note[p->notes].port);
    }
}

void topo_cabling_dispose(struct topo_cabling *p)
{
    cabling_roll_back(p, (struct cabling_mark){ .cables = 0 });
    free(p->cable);
    free(p->node);
    free(p->note);
    *p = (struct topo_cabling){ .cable = NULL };
}
