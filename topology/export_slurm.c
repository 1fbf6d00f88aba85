/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Writes which hosts stand together, for Slurm and for HDFS.
 *
 * Slurm reads topology.conf; HDFS a table of racks
 * (net.topology.table.file.name).
 */
#include "topology/export.h"
#include "topology/tiers.h"

#include <stdlib.h>
#include <string.h>

static const char *node_name(const struct topo *t, uint32_t i)
{
    return topo_node(t, i)->name;
}

/* Slurm knows no blanks, commas or brackets in names. */
static void slurm_put_name(FILE *f, const char *s)
{
    for (; *s; s++)
        putc(strchr(" ,[]=#\"\\()", *s) ? '_' : *s, f);
}

/* --- Slurm --------------------------------------------------------------- */

/*
 * topology/tree wants a tree: each switch below one other. Switches of a tier
 * that are joined by switches of at most that tier count as one, since jobs
 * see no difference between them: a union-find whose sets grow tier by tier.
 */
static uint32_t group_root(uint32_t *set, uint32_t i)
{
    while (set[i] != i)
        i = set[i] = set[set[i]];
    return i;
}

static bool host_in_rack(const struct topo *t, uint32_t h, const char *rack)
{
    const struct topo_node *n = topo_node(t, h);

    return n->kind == TOPO_HOST && n->rack && !strcmp(n->rack, rack);
}

/* One line for each rack, at its first host. */
static void slurm_put_racks(FILE *f, const struct topo *t)
{
    for (uint32_t i = 0; i < topo_nodes(t); i++) {
        const struct topo_node *n = topo_node(t, i);
        bool first = n->kind == TOPO_HOST && n->rack;
        char sep = '=';

        for (uint32_t k = 0; k < i && first; k++)
            first = !host_in_rack(t, k, n->rack);
        if (!first)
            continue;
        fputs("SwitchName=", f);
        slurm_put_name(f, n->rack);
        fputs(" Nodes", f);
        for (uint32_t k = i; k < topo_nodes(t); k++)
            if (host_in_rack(t, k, n->rack)) {
                putc(sep, f);
                slurm_put_name(f, node_name(t, k));
                sep = ',';
            }
        putc('\n', f);
    }
}

struct group {
    uint32_t root;
    const char *child;
};

static int group_by_root(const void *va, const void *vb)
{
    const struct group *a = va, *b = vb;

    if (a->root != b->root)
        return a->root < b->root ? -1 : 1;
    return strcmp(a->child, b->child);
}

static void slurm_put_group(FILE *f, const char *prefix, unsigned number,
                            const struct group *g, size_t n)
{
    const char *last = NULL;
    char sep = '=';

    fprintf(f, "SwitchName=%s%u Switches", prefix, number);
    for (size_t i = 0; i < n; i++)
        if (!last || strcmp(last, g[i].child)) {
            putc(sep, f);
            slurm_put_name(f, g[i].child);
            last = g[i].child;
            sep = ',';
        }
    putc('\n', f);
}

static size_t groups_distinct(const struct group *g, size_t n)
{
    size_t d = n > 0;

    for (size_t i = 1; i < n; i++)
        d += strcmp(g[i].child, g[i - 1].child) != 0;
    return d;
}

/* child[]: what a node's set was written as in the tiers below. */
static void slurm_put_tier(FILE *f, const struct topo *t, uint32_t *set,
                           char (*child)[300], struct group *g, unsigned tier)
{
    char prefix[16];
    unsigned number = 0;
    size_t n = 0;

    for (uint32_t i = 0; i < topo_nodes(t); i++)
        if (*child[i])
            g[n++] = (struct group){ group_root(set, i), child[i] };
    qsort(g, n, sizeof *g, group_by_root);
    snprintf(prefix, sizeof prefix, "tier%u-", tier);
    for (size_t i = 0, j; i < n; i = j) {
        for (j = i + 1; j < n && g[j].root == g[i].root;)
            j++;
        if (groups_distinct(g + i, j - i) < 2)
            continue;
        slurm_put_group(f, prefix, ++number, g + i, j - i);
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
    slurm_put_racks(f, t);
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
                set[group_root(set, l->a)] = group_root(set, l->b);
        }
        slurm_put_tier(f, t, set, child, g, level);
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
        slurm_put_name(f, n->name);
        fputs("\t/", f);
        if (n->rack)
            for (const char *s = n->rack; *s; s++)
                putc(strchr(" \t/", *s) ? '_' : *s, f);
        else
            fputs("default-rack", f);
        putc('\n', f);
    }
}
