/* SPDX-License-Identifier: LGPL-2.1-only */
/* Keeps the cables and nodes of a cabling plan. */
#include "topology/cabling_impl.h"
#include "tools/base/grow.h"

#include <stdlib.h>
#include <string.h>

enum { CABLES_MAX = 1 << 20 };

const char *const cabling_no_memory = "out of memory";

const char *cabling_add_cable(struct topo_cabling *p,
                              const struct cabling_end *a,
                              const struct cabling_end *b, unsigned line)
{
    struct topo_cable *c;

    if (p->cables == CABLES_MAX)
        return "over a million cables";
    if (array_grow(&p->cable, &p->cable_room, p->cables + 1, sizeof *c))
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

void cabling_roll_back(struct topo_cabling *p, size_t cables, size_t nodes)
{
    while (p->cables > cables)
        cable_free(&p->cable[--p->cables]);
    while (p->nodes > nodes)
        free(p->node[--p->nodes].name);
}

void topo_cabling_dispose(struct topo_cabling *p)
{
    cabling_roll_back(p, 0, 0);
    free(p->cable);
    free(p->node);
    *p = (struct topo_cabling){ .cable = NULL };
}
