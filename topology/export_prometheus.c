/* SPDX-License-Identifier: LGPL-2.1-only */
/* Writes figures of the map in Prometheus' text format. */
#include "topology/export.h"

#include <math.h>
#include <string.h>

#include "tools/base/metric.h"

static void map_head(FILE *f, const char *name, const char *help)
{
    metric_head(f, name, "gauge", help);
}

static void map_put_warnings(const struct topo_map *m, FILE *f)
{
    map_head(f, "rackhop_topology_warnings",
             "Warnings about the map, by code.");
    for (const char *const *code = topo_warning_codes; *code; code++) {
        struct metric o = metric_begin(f, "rackhop_topology_warnings");
        size_t n = 0;

        for (size_t i = 0; i < m->warnings; i++)
            n += !strcmp(m->warning[i].code, *code);
        metric_label(&o, "code", *code);
        metric_end(&o, (double)n);
    }
}

/* The labels of a link; one more number where two would be one series. */
static void map_put_link(const struct topo *t, uint32_t i, const char *name,
                         double value, FILE *f)
{
    const struct topo_link *l = topo_link(t, i);
    struct metric o = metric_begin(f, name);
    char number[16];

    metric_label(&o, "a", topo_node(t, l->a)->name);
    metric_label(&o, "a_port", l->a_port);
    metric_label(&o, "b", topo_node(t, l->b)->name);
    metric_label(&o, "b_port", l->b_port);
    metric_label(&o, "evidence", topo_evidence_name(l->evidence));
    snprintf(number, sizeof number, "%u", i);
    if (!l->a_port && !l->b_port)
        metric_label(&o, "cable", number);
    metric_end(&o, value);
}

static void map_put_loads(const struct topo *t, FILE *f)
{
    bool head = false;

    for (uint32_t i = 0; i < topo_links(t); i++) {
        const struct topo_link *l = topo_link(t, i);

        if (!l->load_known)
            continue;
        if (!head)
            map_head(f, "rackhop_link_load_mbps",
                     "What a cable carries in its busier direction, in "
                     "Mbit/s, since the look before.");
        head = true;
        map_put_link(t, i, "rackhop_link_load_mbps", l->load_mbps, f);
    }
}

static void map_put_speeds(const struct topo *t, FILE *f)
{
    map_head(f, "rackhop_link_speed_mbps",
             "Speed of a cable in Mbit/s; NaN: unknown.");
    for (uint32_t i = 0; i < topo_links(t); i++) {
        int64_t mbps = topo_link(t, i)->mbps;

        map_put_link(t, i, "rackhop_link_speed_mbps",
                     mbps > 0 ? (double)mbps : NAN, f);
    }
}

void topo_write_link_metrics(const struct topo *t, FILE *f)
{
    map_put_speeds(t, f);
    map_put_loads(t, f);
}

static size_t count_unknown_pairs(const struct topo *t,
                                  const struct topo_dist *d)
{
    size_t n = 0;

    for (uint32_t a = 0; a < topo_nodes(t); a++)
        for (uint32_t b = 0; b < a && topo_node(t, a)->kind == TOPO_HOST; b++)
            n += topo_node(t, b)->kind == TOPO_HOST && topo_hops(d, a, b) < 0;
    return n;
}

void topo_write_prometheus(const struct topo_map *m, struct topo_dist *d,
                           FILE *f)
{
    const struct topo *t = m->topo;
    size_t n[3] = { 0 };

    for (uint32_t i = 0; i < topo_nodes(t); i++)
        n[topo_node(t, i)->kind]++;
    map_head(f, "rackhop_topology_nodes", "Nodes of the map, by kind.");
    for (int k = TOPO_HOST; k <= TOPO_SEGMENT; k++) {
        struct metric o = metric_begin(f, "rackhop_topology_nodes");

        metric_label(&o, "kind", topo_kind_name((enum topo_kind)k));
        metric_end(&o, (double)n[k]);
    }
    map_head(f, "rackhop_topology_unknown_pairs",
             "Pairs of hosts without a known path.");
    fprintf(f, "rackhop_topology_unknown_pairs %zu\n",
            count_unknown_pairs(t, d));
    map_put_warnings(m, f);
    topo_write_link_metrics(t, f);
}
