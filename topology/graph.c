/* SPDX-License-Identifier: LGPL-2.1-only */
/* Keeps the graph: its nodes, links and racks. */
#include "topology/graph_impl.h"
#include "tools/base/grow.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct topo *topo_new(void)
{
    return calloc(1, sizeof(struct topo));
}

void topo_free(struct topo *t)
{
    if (!t)
        return;
    HASH_CLEAR(hh, t->by_name);
    for (size_t i = 0; i < t->nodes; i++) {
        free((char *)t->node[i]->pub.name);
        free((char *)t->node[i]->pub.rack);
        free(t->node[i]);
    }
    for (size_t i = 0; i < t->links; i++) {
        free((char *)t->link[i].a_port);
        free((char *)t->link[i].b_port);
    }
    topo_free_disputes(t);
    free(t->node);
    free(t->link);
    free(t);
}

int topo_add_node(struct topo *t, const char *name, enum topo_kind kind)
{
    struct graph_node *n;

    if (!name || !*name)
        return -EINVAL;
    if (topo_find(t, name) >= 0)
        return -EEXIST;
    if (t->nodes >= INT32_MAX / 4 ||
        array_grow(&t->node, &t->node_room, t->nodes + 1, sizeof *t->node))
        return -ENOMEM;
    n = calloc(1, sizeof *n);
    if (!n)
        return -ENOMEM;
    n->pub.kind = kind;
    n->pub.name = strdup(name);
    n->id = (uint32_t)t->nodes;
    if (!n->pub.name) {
        free(n);
        return -ENOMEM;
    }
    HASH_ADD_KEYPTR(hh, t->by_name, n->pub.name, strlen(n->pub.name), n);
    t->node[t->nodes] = n;
    return (int)t->nodes++;
}

int topo_add_link(struct topo *t, const struct topo_link *l)
{
    struct topo_link c = *l;

    if (c.a >= t->nodes || c.b >= t->nodes || c.a == c.b)
        return -EINVAL;
    if (c.mbps != TOPO_UNKNOWN && (c.mbps < 0 || c.mbps > TOPO_MAX_MBPS))
        return -EINVAL;
    if (!c.mbps)
        c.mbps = TOPO_UNKNOWN;
    if (t->links >= INT32_MAX / 4 ||
        array_grow(&t->link, &t->link_room, t->links + 1, sizeof *t->link))
        return -ENOMEM;
    c.a_port = l->a_port ? strdup(l->a_port) : NULL;
    c.b_port = l->b_port ? strdup(l->b_port) : NULL;
    if ((l->a_port && !c.a_port) || (l->b_port && !c.b_port)) {
        free((char *)c.a_port);
        free((char *)c.b_port);
        return -ENOMEM;
    }
    t->link[t->links] = c;
    return (int)t->links++;
}

int topo_set_rack(struct topo *t, uint32_t node, const char *rack)
{
    char *copy = NULL;

    if (rack) {
        copy = strdup(rack);
        if (!copy)
            return -ENOMEM;
    }
    free((char *)t->node[node]->pub.rack);
    t->node[node]->pub.rack = copy;
    return 0;
}

void topo_add_load(struct topo *t, uint32_t link, double mbps)
{
    t->link[link].load_mbps += mbps;
}

void topo_set_load(struct topo *t, uint32_t link, double mbps)
{
    t->link[link].load_mbps = mbps;
    t->link[link].load_known = true;
}

int topo_find(const struct topo *t, const char *name)
{
    struct graph_node *n;

    HASH_FIND(hh, t->by_name, name, strlen(name), n);
    return n ? (int)n->id : -ENOENT;
}

size_t topo_nodes(const struct topo *t)
{
    return t->nodes;
}
size_t topo_links(const struct topo *t)
{
    return t->links;
}
const struct topo_node *topo_node(const struct topo *t, uint32_t node)
{
    return &t->node[node]->pub;
}
const struct topo_link *topo_link(const struct topo *t, uint32_t link)
{
    return &t->link[link];
}

const char *topo_kind_name(enum topo_kind k)
{
    switch (k) {
    case TOPO_HOST: return "host";
    case TOPO_SWITCH: return "switch";
    case TOPO_SEGMENT: return "segment";
    }
    return "?";
}

const char *topo_evidence_name(enum topo_evidence e)
{
    switch (e) {
    case TOPO_DECLARED: return "declared";
    case TOPO_HOST_SAYS: return "host";
    case TOPO_SWITCH_SAYS: return "switch";
    case TOPO_BOTH: return "both";
    }
    return "?";
}

int topo_kind_parse(const char *s, enum topo_kind *k_r)
{
    for (int k = TOPO_HOST; k <= TOPO_SEGMENT; k++)
        if (!strcmp(s, topo_kind_name((enum topo_kind)k))) {
            *k_r = (enum topo_kind)k;
            return 0;
        }
    return -EINVAL;
}

int topo_evidence_parse(const char *s, enum topo_evidence *e_r)
{
    for (int e = TOPO_DECLARED; e <= TOPO_BOTH; e++)
        if (!strcmp(s, topo_evidence_name((enum topo_evidence)e))) {
            *e_r = (enum topo_evidence)e;
            return 0;
        }
    return -EINVAL;
}
