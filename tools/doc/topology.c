/* SPDX-License-Identifier: LGPL-2.1-only */
/* Writes rackhop-topology/1, and the same map as RFC 8345's ietf-network. */
#include "tools/doc/topology.h"
#include "topology/view.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void graph_put_known(struct json_out *o, int64_t n)
{
    if (n == TOPO_UNKNOWN)
        json_null(o);
    else
        json_int(o, n);
}

static void graph_put_node(struct json_out *o, const struct topo_node *n)
{
    json_obj(o);
    json_kv_str(o, "name", n->name);
    json_kv_str(o, "kind", topo_kind_name(n->kind));
    if (n->rack)
        json_kv_str(o, "rack", n->rack);
    json_obj_end(o);
}

/* What other sources say against the link. */
static void graph_put_disputes(struct json_out *o, const struct topo *t,
                               uint32_t link)
{
    const struct topo_dispute *d;
    size_t n;

    d = topo_disputes(t, link, &n);
    if (!n)
        return;
    json_key(o, "disputed");
    json_arr(o);
    for (size_t i = 0; i < n; i++) {
        json_obj(o);
        json_kv_str(o, "a", d[i].a);
        if (d[i].a_port)
            json_kv_str(o, "a_port", d[i].a_port);
        json_kv_str(o, "b", d[i].b);
        if (d[i].b_port)
            json_kv_str(o, "b_port", d[i].b_port);
        json_kv_str(o, "evidence", topo_evidence_name(d[i].evidence));
        json_obj_end(o);
    }
    json_arr_end(o);
}

static void graph_put_link(struct json_out *o, const struct topo *t,
                           uint32_t link)
{
    const struct topo_link *l = topo_link(t, link);

    json_obj(o);
    json_kv_str(o, "a", topo_node(t, l->a)->name);
    if (l->a_port)
        json_kv_str(o, "a_port", l->a_port);
    json_kv_str(o, "b", topo_node(t, l->b)->name);
    if (l->b_port)
        json_kv_str(o, "b_port", l->b_port);
    json_key(o, "mbps");
    graph_put_known(o, l->mbps);
    json_kv_str(o, "evidence", topo_evidence_name(l->evidence));
    if (l->age_s >= 0)
        json_kv_int(o, "age_s", l->age_s);
    if (l->mtu > 0)
        json_kv_int(o, "mtu", l->mtu);
    if (l->load_known)
        json_kv_num(o, "load_mbps", round(l->load_mbps * 1000) / 1000);
    graph_put_disputes(o, t, link);
    json_obj_end(o);
}

void topology_write_graph(struct json_out *o, const struct topo *t)
{
    json_key(o, "nodes");
    json_arr(o);
    for (uint32_t i = 0; i < topo_nodes(t); i++)
        graph_put_node(o, topo_node(t, i));
    json_arr_end(o);
    json_key(o, "links");
    json_arr(o);
    for (uint32_t i = 0; i < topo_links(t); i++)
        graph_put_link(o, t, i);
    json_arr_end(o);
}

/* --- matrices ------------------------------------------------------------ */

enum matrix { MATRIX_HOPS, MATRIX_PATHS, MATRIX_FLOW, MATRIX_TOTAL };

static void matrix_put_cell(struct json_out *o, struct topo_dist *d,
                            uint32_t a, uint32_t b, enum matrix w)
{
    struct topo_pair p =
        w == MATRIX_TOTAL ? topo_pair(d, a, b) : topo_pair_quick(d, a, b);

    switch (w) {
    case MATRIX_HOPS: graph_put_known(o, p.hops); break;
    case MATRIX_PATHS:
        if (p.paths < 0)
            json_null(o);
        else if (p.paths < 9e15)
            json_int(o, (int64_t)p.paths);
        else
            json_num(o, p.paths);
        break;
    case MATRIX_FLOW: graph_put_known(o, p.flow_mbps); break;
    case MATRIX_TOTAL: graph_put_known(o, p.total_mbps); break;
    }
}

static void matrix_put(struct json_out *o, const char *key,
                       const struct topo *t, struct topo_dist *d,
                       enum matrix w)
{
    json_key(o, key);
    json_arr(o);
    for (uint32_t a = 0; a < topo_nodes(t); a++) {
        if (topo_node(t, a)->kind != TOPO_HOST)
            continue;
        json_arr(o);
        for (uint32_t b = 0; b < topo_nodes(t); b++)
            if (topo_node(t, b)->kind == TOPO_HOST)
                matrix_put_cell(o, d, a, b, w);
        json_arr_end(o);
    }
    json_arr_end(o);
}

static void matrix_put_all(struct json_out *o, const struct topo *t,
                           struct topo_dist *d)
{
    json_key(o, "hosts");
    json_arr(o);
    for (uint32_t i = 0; i < topo_nodes(t); i++)
        if (topo_node(t, i)->kind == TOPO_HOST)
            json_str(o, topo_node(t, i)->name);
    json_arr_end(o);
    matrix_put(o, "hops", t, d, MATRIX_HOPS);
    matrix_put(o, "paths", t, d, MATRIX_PATHS);
    matrix_put(o, "flow_mbps", t, d, MATRIX_FLOW);
    matrix_put(o, "total_mbps", t, d, MATRIX_TOTAL);
}

void topology_write(struct json_out *o, const struct topo_map *m,
                    struct topo_dist *d)
{
    json_obj(o);
    json_kv_str(o, "format", "rackhop-topology/1");
    topology_write_graph(o, m->topo);
    if (d)
        matrix_put_all(o, m->topo, d);
    json_key(o, "warnings");
    json_arr(o);
    for (size_t i = 0; i < m->warnings; i++) {
        const struct topo_warning *w = &m->warning[i];

        json_obj(o);
        json_kv_str(o, "code", w->code);
        json_kv_str(o, "node", w->node);
        if (w->port)
            json_kv_str(o, "port", w->port);
        json_kv_str(o, "text", w->text);
        json_obj_end(o);
    }
    json_arr_end(o);
    json_obj_end(o);
}

/* --- RFC 8345 ------------------------------------------------------------ */

/* Termination points need names: a cable without a port is named by its
 * number. */
static void tp_name(char *buf, size_t size, const char *port, uint32_t link)
{
    if (port)
        snprintf(buf, size, "%s", port);
    else
        snprintf(buf, size, "cable-%u", link);
}

/* A link of a node; sorted, they are found without a search of all links. */
struct node_link {
    uint32_t node, link;
};

static int node_link_compare(const void *va, const void *vb)
{
    const struct node_link *a = va, *b = vb;

    if (a->node != b->node)
        return a->node < b->node ? -1 : 1;
    return a->link < b->link ? -1 : a->link > b->link;
}

static size_t rfc8345_put_points(struct json_out *o, const struct topo *t,
                                 const struct node_link *nl, size_t n,
                                 uint32_t node)
{
    size_t i;

    for (i = 0; i < n && nl[i].node == node; i++) {
        const struct topo_link *l = topo_link(t, nl[i].link);
        const char *port = l->a == node ? l->a_port : l->b_port;
        bool seen = false;
        char name[TOPO_TEXT_MAX + 1];

        for (size_t k = 0; k < i && port; k++) {
            const struct topo_link *l2 = topo_link(t, nl[k].link);
            const char *other = l2->a == node ? l2->a_port : l2->b_port;

            seen |= other && !strcmp(other, port);
        }
        if (seen)
            continue;
        tp_name(name, sizeof name, port, nl[i].link);
        json_obj(o);
        json_kv_str(o, "tp-id", name);
        json_obj_end(o);
    }
    return i;
}

static void rfc8345_put_end(struct json_out *o, const char *key,
                            const char *prefix, const char *node,
                            const char *tp)
{
    char name[32];

    json_key(o, key);
    json_obj(o);
    snprintf(name, sizeof name, "%s-node", prefix);
    json_kv_str(o, name, node);
    snprintf(name, sizeof name, "%s-tp", prefix);
    json_kv_str(o, name, tp);
    json_obj_end(o);
}

/* Links of RFC 8345 have a direction; `back`: from b to a. */
static void rfc8345_put_link(struct json_out *o, const struct topo *t,
                             uint32_t i, bool back)
{
    const struct topo_link *l = topo_link(t, i);
    const char *from = topo_node(t, back ? l->b : l->a)->name,
               *to = topo_node(t, back ? l->a : l->b)->name;
    char tp[2][TOPO_TEXT_MAX + 1], id[64];

    tp_name(tp[0], sizeof tp[0], back ? l->b_port : l->a_port, i);
    tp_name(tp[1], sizeof tp[1], back ? l->a_port : l->b_port, i);
    snprintf(id, sizeof id, "%u%s", i, back ? "-back" : "");
    json_obj(o);
    json_kv_str(o, "link-id", id);
    rfc8345_put_end(o, "source", "source", from, tp[0]);
    rfc8345_put_end(o, "destination", "dest", to, tp[1]);
    json_obj_end(o);
}

static void rfc8345_put_nodes(struct json_out *o, const struct topo *t,
                              const struct node_link *nl, size_t n)
{
    json_key(o, "node");
    json_arr(o);
    for (uint32_t i = 0; i < topo_nodes(t); i++) {
        size_t used;

        json_obj(o);
        json_kv_str(o, "node-id", topo_node(t, i)->name);
        json_key(o, "ietf-network-topology:termination-point");
        json_arr(o);
        used = rfc8345_put_points(o, t, nl, n, i);
        nl += used;
        n -= used;
        json_arr_end(o);
        json_obj_end(o);
    }
    json_arr_end(o);
}

void topology_write_rfc8345(struct json_out *o, const struct topo *t)
{
    size_t n = 0;
    struct node_link *nl = calloc(2 * topo_links(t) + 1, sizeof *nl);

    for (uint32_t i = 0; nl && i < topo_links(t); i++) {
        nl[n++] = (struct node_link){ topo_link(t, i)->a, i };
        nl[n++] = (struct node_link){ topo_link(t, i)->b, i };
    }
    if (nl)
        qsort(nl, n, sizeof *nl, node_link_compare);
    json_obj(o);
    json_key(o, "ietf-network:networks");
    json_obj(o);
    json_key(o, "network");
    json_arr(o);
    json_obj(o);
    json_kv_str(o, "network-id", "rackhop");
    rfc8345_put_nodes(o, t, nl, n);
    json_key(o, "ietf-network-topology:link");
    json_arr(o);
    for (uint32_t i = 0; i < topo_links(t); i++) {
        rfc8345_put_link(o, t, i, false);
        rfc8345_put_link(o, t, i, true);
    }
    json_arr_end(o);
    json_obj_end(o);
    json_arr_end(o);
    json_obj_end(o);
    json_obj_end(o);
    free(nl);
}
