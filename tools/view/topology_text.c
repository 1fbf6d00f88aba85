/* SPDX-License-Identifier: LGPL-2.1-only */
/* Prints the map for people: racks with their switches, as a tree. */
#include "tools/view/topology_text.h"
#include "tools/view/topology_words.h"
#include "topology/export.h"

#include <stdlib.h>
#include <string.h>

/* One cable, as seen from one of its nodes. */
struct branch {
    uint32_t at, remote;
    const char *port, *remote_port, *name, *remote_name;
    bool up; /* the remote node is no host */
    uint32_t link;
    const struct topo_link *l;
};

struct tree {
    const struct topo *t;
    struct branch *branch;
    size_t n;
    uint32_t *first; /* node -> its branches */
    bool *shown;     /* switches that stand in a rack */
    int port_width, name_width, remote_width;
    FILE *f;
};

static int branch_by_port(const void *va, const void *vb)
{
    const struct branch *a = va, *b = vb;
    int r;

    if (a->at != b->at)
        return a->at < b->at ? -1 : 1;
    if (a->up != b->up)
        return a->up ? 1 : -1;
    r = strverscmp(a->port ? a->port : "", b->port ? b->port : "");
    return r ? r : strverscmp(a->remote_name, b->remote_name);
}

static bool tree_make(struct tree *tr)
{
    const struct topo *t = tr->t;

    tr->branch = calloc(2 * topo_links(t) + 1, sizeof *tr->branch);
    tr->first = calloc(topo_nodes(t) + 2, sizeof *tr->first);
    tr->shown = calloc(topo_nodes(t) + 1, sizeof *tr->shown);
    if (!tr->branch || !tr->first || !tr->shown)
        return false;
    for (uint32_t i = 0; i < topo_links(t); i++)
        for (int side = 0; side < 2; side++) {
            const struct topo_link *l = topo_link(t, i);
            struct branch *b = &tr->branch[tr->n++];

            b->link = i;
            b->l = l;
            b->at = side ? l->b : l->a;
            b->remote = side ? l->a : l->b;
            b->port = side ? l->b_port : l->a_port;
            b->remote_port = side ? l->a_port : l->b_port;
            b->name = topo_node(t, b->at)->name;
            b->remote_name = topo_node(t, b->remote)->name;
            b->up = topo_node(t, b->remote)->kind != TOPO_HOST;
            tr->first[b->at + 1]++;
            topology_widen(&tr->port_width, b->port);
            topology_widen(&tr->name_width, b->remote_name);
            topology_widen(&tr->remote_width, b->remote_port);
        }
    for (size_t i = 0; i < topo_nodes(t); i++)
        tr->first[i + 1] += tr->first[i];
    qsort(tr->branch, tr->n, sizeof *tr->branch, branch_by_port);
    return true;
}

static void tree_put_branches(const struct tree *tr, uint32_t node)
{
    for (uint32_t i = tr->first[node]; i < tr->first[node + 1]; i++) {
        const struct branch *b = &tr->branch[i];
        char s[TOPOLOGY_WORD], a[TOPOLOGY_WORD], w[TOPOLOGY_WORD];
        bool down = !tr->shown[b->at] && tr->shown[b->remote];

        fprintf(tr->f, "    %-*s  %c %-*s  %-*s  %6s  %-10s  %s%s\n",
                tr->port_width, b->port ? b->port : "-",
                b->up && !down ? '^' : ' ', tr->name_width, b->remote_name,
                tr->remote_width, b->remote_port ? b->remote_port : "-",
                topology_speed(s, b->l->mbps),
                topology_evidence(b->l->evidence),
                topology_age(a, b->l->age_s), topology_load(w, b->l));
        topology_put_disputes(tr->f, tr->t, b->link, "      ");
    }
}

static void tree_put_switch(const struct tree *tr, uint32_t node)
{
    const struct topo_node *n = topo_node(tr->t, node);
    const char *kind = topo_kind_name(n->kind);
    bool said = !strncmp(n->name, kind, strlen(kind)); /* "segment tor1:p5" */

    fprintf(tr->f, "  %s%s%s\n", said ? "" : kind, said ? "" : " ", n->name);
    tree_put_branches(tr, node);
}

/* --- racks --------------------------------------------------------------- */

struct place {
    const char *rack, *name;
    uint32_t node;
};

static int place_by_rack(const void *va, const void *vb)
{
    const struct place *a = va, *b = vb;
    int r = strverscmp(a->rack, b->rack);

    return r ? r : strverscmp(a->name, b->name);
}

static int place_by_name(const void *va, const void *vb)
{
    const struct place *a = va, *b = vb;

    return strverscmp(a->name, b->name);
}

/* The switches of a rack by name, each once. */
static void tree_put_rack(struct tree *tr, const struct place *host, size_t n)
{
    struct place *sw = calloc(topo_nodes(tr->t) + 1, sizeof *sw);
    size_t k = 0;

    if (!sw)
        return;
    fprintf(tr->f, "rack %s: %zu host%s\n", host->rack, n, n == 1 ? "" : "s");
    for (size_t i = 0; i < n; i++)
        for (uint32_t b = tr->first[host[i].node];
             b < tr->first[host[i].node + 1]; b++) {
            uint32_t s = tr->branch[b].remote;

            if (tr->shown[s] || !tr->branch[b].up)
                continue;
            tr->shown[s] = true;
            sw[k++] = (struct place){ "", tr->branch[b].remote_name, s };
        }
    qsort(sw, k, sizeof *sw, place_by_name);
    for (size_t i = 0; i < k; i++)
        tree_put_switch(tr, sw[i].node);
    /* all switches of this rack stand in racks before it */
    for (size_t i = 0; i < n && !k; i++)
        fprintf(tr->f, "  host %s\n", host[i].name);
    free(sw);
}

static void tree_put_racks(struct tree *tr, struct place *p)
{
    size_t n = 0;

    for (uint32_t i = 0; i < topo_nodes(tr->t); i++) {
        const struct topo_node *nd = topo_node(tr->t, i);

        if (nd->kind == TOPO_HOST && nd->rack)
            p[n++] = (struct place){ nd->rack, nd->name, i };
    }
    qsort(p, n, sizeof *p, place_by_rack);
    for (size_t i = 0, j; i < n; i = j) {
        for (j = i + 1; j < n && !strcmp(p[j].rack, p[i].rack);)
            j++;
        tree_put_rack(tr, p + i, j - i);
        putc('\n', tr->f);
    }
}

static void tree_put_rest(struct tree *tr, struct place *p)
{
    const struct topo *t = tr->t;
    size_t n = 0;

    for (uint32_t i = 0; i < topo_nodes(t); i++)
        if (topo_node(t, i)->kind != TOPO_HOST && !tr->shown[i])
            p[n++] = (struct place){ "", topo_node(t, i)->name, i };
    qsort(p, n, sizeof *p, place_by_name);
    if (n)
        fprintf(tr->f, "between racks\n");
    for (size_t i = 0; i < n; i++)
        tree_put_switch(tr, p[i].node);
    if (n)
        putc('\n', tr->f);
    n = 0;
    for (uint32_t i = 0; i < topo_nodes(t); i++)
        if (topo_node(t, i)->kind == TOPO_HOST && !topo_node(t, i)->rack)
            p[n++] = (struct place){ "", topo_node(t, i)->name, i };
    qsort(p, n, sizeof *p, place_by_name);
    if (n)
        fprintf(tr->f, "hosts on no known switch\n");
    for (size_t i = 0; i < n; i++) {
        fprintf(tr->f, "  host %s\n", p[i].name);
        tree_put_branches(tr, p[i].node);
    }
    if (n)
        putc('\n', tr->f);
}

static uint32_t switch_root(uint32_t *set, uint32_t i)
{
    while (set[i] != i)
        i = set[i] = set[set[i]];
    return i;
}

/* Whether cables between switches make a ring, so that spanning tree or routes
 * decide which of them carry traffic. */
static bool switches_ring(const struct topo *t)
{
    uint32_t *set = calloc(topo_nodes(t) + 1, sizeof *set);
    bool ring = false;

    for (uint32_t i = 0; set && i < topo_nodes(t); i++)
        set[i] = i;
    for (uint32_t i = 0; set && i < topo_links(t) && !ring; i++) {
        const struct topo_link *l = topo_link(t, i);
        uint32_t a = switch_root(set, l->a), b = switch_root(set, l->b);

        if (topo_node(t, l->a)->kind == TOPO_HOST ||
            topo_node(t, l->b)->kind == TOPO_HOST)
            continue;
        ring = a == b;
        set[a] = b;
    }
    free(set);
    return ring;
}

static void tree_put_unknown(const struct tree *tr)
{
    if (switches_ring(tr->t))
        fputs(
            "cables, not forwarding: between switches are rings, and the map "
            "can't know\nwhich cables spanning tree blocks, and which routes "
            "avoid\n\n",
            tr->f);
}

/* "2 racks, 4 hosts, 3 switches, 8 cables; no warnings" */
static void tree_put_sums(const struct topo_map *m, FILE *f)
{
    topo_write_counts(m->topo, f);
    if (m->warnings)
        fprintf(f, "; %zu warning%s\n", m->warnings,
                m->warnings == 1 ? "" : "s");
    else
        fputs("; no warnings\n", f);
}

void topology_print_tree(const struct topo_map *m, FILE *f, bool colour)
{
    struct tree tr = { .t = m->topo, .f = f };
    struct place *p = calloc(topo_nodes(m->topo) + 1, sizeof *p);

    if (p && tree_make(&tr)) {
        tree_put_racks(&tr, p);
        tree_put_rest(&tr, p);
        tree_put_unknown(&tr);
        topology_print_warnings(m, f, colour);
        tree_put_sums(m, f);
    }
    free(p);
    free(tr.branch);
    free(tr.first);
    free(tr.shown);
}
