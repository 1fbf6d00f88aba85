/* SPDX-License-Identifier: LGPL-2.1-only */
/* Makes a map of one rack: its hosts, their switches, and what these are cabled
 * to above it. */
#include "topology/map.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { PART_HOST = 1, PART_SWITCH, PART_ABOVE };

static bool part_is_host(const struct topo *t, uint32_t node)
{
    return topo_node(t, node)->kind == TOPO_HOST;
}

/* Marks what the link adds to the part. The first pass finds the switches of
 * hosts, the second what these are cabled to. */
static void part_mark(const struct topo *t, uint8_t *part, uint32_t a,
                      uint32_t b, int have, uint8_t then)
{
    if (part[a] == have && !part[b] && !part_is_host(t, b))
        part[b] = then;
}

static uint8_t *part_find(const struct topo *t, const char *rack)
{
    uint8_t *part = calloc(topo_nodes(t) + 1, sizeof *part);

    for (uint32_t i = 0; part && i < topo_nodes(t); i++) {
        const struct topo_node *x = topo_node(t, i);

        if (x->kind == TOPO_HOST && x->rack && !strcmp(x->rack, rack))
            part[i] = PART_HOST;
    }
    for (int have = PART_HOST; part && have <= PART_SWITCH; have++)
        for (uint32_t i = 0; i < topo_links(t); i++) {
            const struct topo_link *l = topo_link(t, i);

            part_mark(t, part, l->a, l->b, have, (uint8_t)(have + 1));
            part_mark(t, part, l->b, l->a, have, (uint8_t)(have + 1));
        }
    return part;
}

/* Cables between what is above belong to no rack. */
static bool part_has_link(const uint8_t *part, const struct topo_link *l)
{
    return part[l->a] && part[l->b] &&
           !(part[l->a] == PART_ABOVE && part[l->b] == PART_ABOVE);
}

static int part_link(struct topo *to, const struct topo *from, uint32_t link,
                     const uint32_t *number)
{
    struct topo_link l = *topo_link(from, link);
    const struct topo_dispute *d;
    size_t n;
    int id, rc = 0;

    l.a = number[l.a];
    l.b = number[l.b];
    id = topo_add_link(to, &l);
    if (id < 0)
        return id;
    d = topo_disputes(from, link, &n);
    for (size_t i = 0; i < n && !rc; i++) {
        struct topo_dispute copy = d[i];

        copy.link = (uint32_t)id;
        rc = topo_add_dispute(to, &copy);
    }
    return rc;
}

static int part_copy(struct topo *to, const struct topo *from,
                     const uint8_t *part, uint32_t *number)
{
    int rc = 0;

    for (uint32_t i = 0; i < topo_nodes(from) && rc >= 0; i++) {
        const struct topo_node *x = topo_node(from, i);

        if (!part[i])
            continue;
        rc = topo_add_node(to, x->name, x->kind);
        if (rc < 0)
            break;
        number[i] = (uint32_t)rc;
        rc = topo_set_rack(to, number[i], x->rack);
    }
    for (uint32_t i = 0; i < topo_links(from) && rc >= 0; i++)
        if (part_has_link(part, topo_link(from, i)))
            rc = part_link(to, from, i, number);
    return rc < 0 ? rc : 0;
}

/* Warnings about nodes of the part, or about what is on no map at all. */
static int part_warnings(struct topo_map *to, const struct topo_map *from)
{
    int rc = 0;

    for (size_t i = 0; i < from->warnings && !rc; i++) {
        const struct topo_warning *w = &from->warning[i];

        if (!w->node || topo_find(to->topo, w->node) >= 0 ||
            topo_find(from->topo, w->node) < 0)
            rc = topo_map_warn(to, w->code, w->node, w->port, "%s", w->text);
    }
    return rc;
}

int topo_map_of_rack(struct topo_map *part_r, const struct topo_map *m,
                     const char *rack)
{
    uint8_t *part = part_find(m->topo, rack);
    uint32_t *number = calloc(topo_nodes(m->topo) + 1, sizeof *number);
    int rc = -ENOMEM;

    topo_map_init(part_r);
    part_r->topo = topo_new();
    if (part && number && part_r->topo)
        rc = part_copy(part_r->topo, m->topo, part, number);
    if (!rc && !topo_nodes(part_r->topo))
        rc = -ENOENT;
    if (!rc)
        rc = part_warnings(part_r, m);
    if (rc)
        topo_map_dispose(part_r);
    free(part);
    free(number);
    return rc;
}
