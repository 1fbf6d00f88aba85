/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Writers of lines for other programs: Slurm's topology.conf, HDFS's rack
 * table (net.topology.table.file.name), Prometheus' text format.
 */
#include "topology/export.h"
#include "topology/tiers.h"

#include <stdlib.h>
#include <string.h>

/* --- Slurm --------------------------------------------------------------- */

/*
 * topology/tree wants a tree: each switch below one other. Switches of a tier
 * that are joined by switches of at most that tier are as one, since jobs see
 * no difference between them: a union-find whose sets grow tier by tier.
 */
static uint32_t root(uint32_t *set, uint32_t i)
{
    while (set[i] != i)
        i = set[i] = set[set[i]];
    return i;
}

static const char *name_of(const struct topo *t, uint32_t i)
{
    return topo_node(t, i)->name;
}

/* Slurm's names know no blanks, commas or brackets. */
static void put_name(FILE *f, const char *s)
{
    for (; *s; s++)
        putc(strchr(" ,[]=#\"\\()", *s) ? '_' : *s, f);
}

static bool is_rack_name(const struct topo *t, uint32_t h, const char *rack)
{
    const struct topo_node *n = topo_node(t, h);

    return n->kind == TOPO_HOST && n->rack && !strcmp(n->rack, rack);
}

/* A line for each rack, by its first host. */
static void put_leaves(FILE *f, const struct topo *t)
{
    for (uint32_t i = 0; i < topo_nodes(t); i++) {
        const struct topo_node *n = topo_node(t, i);
        bool first = n->kind == TOPO_HOST && n->rack;
        char sep = '=';

        for (uint32_t k = 0; k < i && first; k++)
            first = !is_rack_name(t, k, n->rack);
        if (!first)
            continue;
        fputs("SwitchName=", f);
        put_name(f, n->rack);
        fputs(" Nodes", f);
        for (uint32_t k = i; k < topo_nodes(t); k++)
            if (is_rack_name(t, k, n->rack)) {
                putc(sep, f);
                put_name(f, name_of(t, k));
                sep = ',';
            }
        putc('\n', f);
    }
}

struct group {
    uint32_t root;
    const char *child;
};

static int by_root(const void *va, const void *vb)
{
    const struct group *a = va, *b = vb;

    if (a->root != b->root)
        return a->root < b->root ? -1 : 1;
    return strcmp(a->child, b->child);
}

static void put_group(FILE *f, const char *prefix, unsigned number,
                      const struct group *g, size_t n)
{
    const char *last = NULL;
    char sep = '=';

    fprintf(f, "SwitchName=%s%u Switches", prefix, number);
    for (size_t i = 0; i < n; i++)
        if (!last || strcmp(last, g[i].child)) {
            putc(sep, f);
            put_name(f, g[i].child);
            last = g[i].child;
            sep = ',';
        }
    putc('\n', f);
}

static size_t distinct(const struct group *g, size_t n)
{
    size_t d = n > 0;

    for (size_t i = 1; i < n; i++)
        d += strcmp(g[i].child, g[i - 1].child) != 0;
    return d;
}

/* child[]: what a node's set was written as in the tiers below. */
static void put_tier(FILE *f, const struct topo *t, uint32_t *set,
                     char (*child)[300], struct group *g, unsigned tier)
{
    char prefix[16];
    unsigned number = 0;
    size_t n = 0;

    for (uint32_t i = 0; i < topo_nodes(t); i++)
        if (*child[i])
            g[n++] = (struct group){ root(set, i), child[i] };
    qsort(g, n, sizeof *g, by_root);
    snprintf(prefix, sizeof prefix, "tier%u-", tier);
    for (size_t i = 0, j; i < n; i = j) {
        for (j = i + 1; j < n && g[j].root == g[i].root;)
            j++;
        if (distinct(g + i, j - i) < 2)
            continue;
        put_group(f, prefix, ++number, g + i, j - i);
        /* from here on the set goes by its own name */
        for (size_t k = i; k < j; k++)
            snprintf((char *)g[k].child, 300, "%s%u", prefix, number);
    }
}

void topo_write_slurm(const struct topo *t, FILE *f)
{
    size_t n = topo_nodes(t);
    uint16_t *tier = tiers_of(t), most = 0;
    uint32_t *set = calloc(n + 1, sizeof *set);
    char(*child)[300] = calloc(n + 1, sizeof *child);
    struct group *g = calloc(n + 1, sizeof *g);

    if (!tier || !set || !child || !g)
        goto out;
    put_leaves(f, t);
    for (uint32_t i = 0; i < n; i++) {
        set[i] = i;
        if (topo_node(t, i)->kind == TOPO_HOST && topo_node(t, i)->rack)
            snprintf(child[i], sizeof child[i], "%s", topo_node(t, i)->rack);
        if (tier[i] != TIER_NONE && tier[i] > most)
            most = tier[i];
    }
    for (unsigned level = 1; level <= most; level++) {
        for (uint32_t i = 0; i < topo_links(t); i++) {
            const struct topo_link *l = topo_link(t, i);

            if (tier[l->a] <= level && tier[l->b] <= level)
                set[root(set, l->a)] = root(set, l->b);
        }
        put_tier(f, t, set, child, g, level);
    }
out:
    free(g);
    free(child);
    free(set);
    free(tier);
}

/* --- HDFS ---------------------------------------------------------------- */

void topo_write_hdfs(const struct topo *t, FILE *f)
{
    for (uint32_t i = 0; i < topo_nodes(t); i++) {
        const struct topo_node *n = topo_node(t, i);

        if (n->kind != TOPO_HOST)
            continue;
        put_name(f, n->name);
        fputs("\t/", f);
        if (n->rack)
            for (const char *s = n->rack; *s; s++)
                putc(strchr(" \t/", *s) ? '_' : *s, f);
        else
            fputs("default-rack", f);
        putc('\n', f);
    }
}

/* --- Prometheus ---------------------------------------------------------- */

static void label(FILE *f, const char *key, const char *value, char sep)
{
    fprintf(f, "%c%s=\"", sep, key);
    for (const char *s = value ? value : ""; *s; s++) {
        if (*s == '"' || *s == '\\')
            putc('\\', f);
        putc(*s, f);
    }
    putc('"', f);
}

static void head(FILE *f, const char *name, const char *help)
{
    fprintf(f, "# HELP %s %s\n# TYPE %s gauge\n", name, help, name);
}

static void count_warnings(const struct topo_map *m, FILE *f)
{
    head(f, "rackhop_topology_warnings", "Warnings about the map, by code.");
    for (const char *const *code = topo_warning_codes; *code; code++) {
        size_t n = 0;

        for (size_t i = 0; i < m->warnings; i++)
            n += !strcmp(m->warning[i].code, *code);
        fputs("rackhop_topology_warnings", f);
        label(f, "code", *code, '{');
        fprintf(f, "} %zu\n", n);
    }
}

static void put_links(const struct topo *t, FILE *f)
{
    head(f, "rackhop_link_speed_mbps",
         "Speed of a cable in Mbit/s; NaN: unknown.");
    for (uint32_t i = 0; i < topo_links(t); i++) {
        const struct topo_link *l = topo_link(t, i);

        fputs("rackhop_link_speed_mbps", f);
        label(f, "a", name_of(t, l->a), '{');
        label(f, "a_port", l->a_port, ',');
        label(f, "b", name_of(t, l->b), ',');
        label(f, "b_port", l->b_port, ',');
        label(f, "evidence", topo_evidence_name(l->evidence), ',');
        /* two cables without ports would be one series */
        if (!l->a_port && !l->b_port) {
            char number[16];

            snprintf(number, sizeof number, "%u", i);
            label(f, "cable", number, ',');
        }
        if (l->mbps > 0)
            fprintf(f, "} %lld\n", (long long)l->mbps);
        else
            fputs("} NaN\n", f);
    }
}

static size_t unknown_pairs(const struct topo *t, const struct topo_dist *d)
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
    head(f, "rackhop_topology_nodes", "Nodes of the map, by kind.");
    for (int k = TOPO_HOST; k <= TOPO_SEGMENT; k++) {
        fputs("rackhop_topology_nodes", f);
        label(f, "kind", topo_kind_name((enum topo_kind)k), '{');
        fprintf(f, "} %zu\n", n[k]);
    }
    head(f, "rackhop_topology_unknown_pairs",
         "Pairs of hosts without a known path.");
    fprintf(f, "rackhop_topology_unknown_pairs %zu\n", unknown_pairs(t, d));
    count_warnings(m, f);
    put_links(t, f);
}
