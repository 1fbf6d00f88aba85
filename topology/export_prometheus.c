/* SPDX-License-Identifier: LGPL-2.1-only */
/* Writes figures of the map in Prometheus' text format. */
#include "topology/export.h"

#include <stdlib.h>
#include <string.h>

static void metric_put_label(FILE *f, const char *key, const char *value,
                             char sep)
{
    fprintf(f, "%c%s=\"", sep, key);
    for (const char *s = value ? value : ""; *s; s++) {
        if (*s == '"' || *s == '\\')
            putc('\\', f);
        putc(*s, f);
    }
    putc('"', f);
}

static void metric_put_head(FILE *f, const char *name, const char *help)
{
    fprintf(f, "# HELP %s %s\n# TYPE %s gauge\n", name, help, name);
}

static void metric_put_warnings(const struct topo_map *m, FILE *f)
{
    metric_put_head(f, "rackhop_topology_warnings",
                    "Warnings about the map, by code.");
    for (const char *const *code = topo_warning_codes; *code; code++) {
        size_t n = 0;

        for (size_t i = 0; i < m->warnings; i++)
            n += !strcmp(m->warning[i].code, *code);
        fputs("rackhop_topology_warnings", f);
        metric_put_label(f, "code", *code, '{');
        fprintf(f, "} %zu\n", n);
    }
}

/* The labels of a link; one more number where two would be one series. */
static void metric_put_link(const struct topo *t, uint32_t i, const char *name,
                            FILE *f)
{
    const struct topo_link *l = topo_link(t, i);
    char number[16];

    fputs(name, f);
    metric_put_label(f, "a", topo_node(t, l->a)->name, '{');
    metric_put_label(f, "a_port", l->a_port, ',');
    metric_put_label(f, "b", topo_node(t, l->b)->name, ',');
    metric_put_label(f, "b_port", l->b_port, ',');
    metric_put_label(f, "evidence", topo_evidence_name(l->evidence), ',');
    if (l->a_port || l->b_port)
        return;
    snprintf(number, sizeof number, "%u", i);
    metric_put_label(f, "cable", number, ',');
}

static void metric_put_loads(const struct topo *t, FILE *f)
{
    bool head = false;

    for (uint32_t i = 0; i < topo_links(t); i++) {
        const struct topo_link *l = topo_link(t, i);

        if (!l->load_known)
            continue;
        if (!head)
            metric_put_head(f, "rackhop_link_load_mbps",
                            "What a cable carries in its busier direction, in "
                            "Mbit/s, since the look before.");
        head = true;
        metric_put_link(t, i, "rackhop_link_load_mbps", f);
        fprintf(f, "} %.3f\n", l->load_mbps);
    }
}

static void metric_put_links(const struct topo *t, FILE *f)
{
    metric_put_head(f, "rackhop_link_speed_mbps",
                    "Speed of a cable in Mbit/s; NaN: unknown.");
    for (uint32_t i = 0; i < topo_links(t); i++) {
        const struct topo_link *l = topo_link(t, i);

        metric_put_link(t, i, "rackhop_link_speed_mbps", f);
        if (l->mbps > 0)
            fprintf(f, "} %lld\n", (long long)l->mbps);
        else
            fputs("} NaN\n", f);
    }
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
    metric_put_head(f, "rackhop_topology_nodes", "Nodes of the map, by kind.");
    for (int k = TOPO_HOST; k <= TOPO_SEGMENT; k++) {
        fputs("rackhop_topology_nodes", f);
        metric_put_label(f, "kind", topo_kind_name((enum topo_kind)k), '{');
        fprintf(f, "} %zu\n", n[k]);
    }
    metric_put_head(f, "rackhop_topology_unknown_pairs",
                    "Pairs of hosts without a known path.");
    fprintf(f, "rackhop_topology_unknown_pairs %zu\n",
            count_unknown_pairs(t, d));
    metric_put_warnings(m, f);
    metric_put_links(t, f);
    metric_put_loads(t, f);
}
