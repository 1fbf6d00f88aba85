/* SPDX-License-Identifier: LGPL-2.1-only */
/* Prints the map for people: racks as a tree, hops as a matrix, one pair. */
#include "tools/view/topology_text.h"

#include <stdlib.h>
#include <string.h>

enum { TEXT_MAX = 24 };

static const char *speed_text(char buf[TEXT_MAX], int64_t mbps)
{
    if (mbps < 0)
        snprintf(buf, TEXT_MAX, "?");
    else if (mbps >= 1000 && mbps % 100 == 0)
        snprintf(buf, TEXT_MAX, "%gG", (double)mbps / 1000);
    else
        snprintf(buf, TEXT_MAX, "%lldM", (long long)mbps);
    return buf;
}

static const char *age_text(char buf[TEXT_MAX], int64_t s)
{
    if (s < 0)
        snprintf(buf, TEXT_MAX, "-");
    else if (s < 120)
        snprintf(buf, TEXT_MAX, "%lld s", (long long)s);
    else if (s < 7200)
        snprintf(buf, TEXT_MAX, "%lld min", (long long)s / 60);
    else if (s < 172800)
        snprintf(buf, TEXT_MAX, "%lld h", (long long)s / 3600);
    else
        snprintf(buf, TEXT_MAX, "%lld d", (long long)s / 86400);
    return buf;
}

static const char *evidence_text(enum topo_evidence e)
{
    switch (e) {
    case TOPO_BOTH: return "both ends";
    case TOPO_SWITCH_SAYS: return "the switch";
    case TOPO_HOST_SAYS: return "the host";
    case TOPO_DECLARED: return "the plan";
    }
    return "?";
}

/* --- the tree ------------------------------------------------------------ */

/* One cable, as seen from one of its nodes. */
struct branch {
    uint32_t at, remote;
    const char *port, *remote_port, *name, *remote_name;
    bool up; /* the remote node is no host */
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

static void column_widen(int *width, const char *s)
{
    int n = s ? (int)strlen(s) : 1;

    if (n > *width)
        *width = n < 32 ? n : 32;
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

            b->l = l;
            b->at = side ? l->b : l->a;
            b->remote = side ? l->a : l->b;
            b->port = side ? l->b_port : l->a_port;
            b->remote_port = side ? l->a_port : l->b_port;
            b->name = topo_node(t, b->at)->name;
            b->remote_name = topo_node(t, b->remote)->name;
            b->up = topo_node(t, b->remote)->kind != TOPO_HOST;
            tr->first[b->at + 1]++;
            column_widen(&tr->port_width, b->port);
            column_widen(&tr->name_width, b->remote_name);
            column_widen(&tr->remote_width, b->remote_port);
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
        char s[TEXT_MAX], a[TEXT_MAX];

        fprintf(tr->f, "    %-*s  %c %-*s  %-*s  %6s  %-10s  %s\n",
                tr->port_width, b->port ? b->port : "-", b->up ? '^' : ' ',
                tr->name_width, b->remote_name, tr->remote_width,
                b->remote_port ? b->remote_port : "-",
                speed_text(s, b->l->mbps), evidence_text(b->l->evidence),
                age_text(a, b->l->age_s));
    }
}

static void tree_put_switch(struct tree *tr, uint32_t node)
{
    const struct topo_node *n = topo_node(tr->t, node);

    fprintf(tr->f, "  %s %s\n", topo_kind_name(n->kind), n->name);
    tree_put_branches(tr, node);
    tr->shown[node] = true;
}

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

static void map_put_warnings(const struct topo_map *m, FILE *f, bool colour)
{
    if (!m->warnings)
        return;
    fprintf(f, "%zu warning%s\n", m->warnings, m->warnings == 1 ? "" : "s");
    for (size_t i = 0; i < m->warnings; i++) {
        const struct topo_warning *w = &m->warning[i];

        /* a message about a file or a source begins with its name */
        bool named = !strncmp(w->text, w->node, strlen(w->node));

        fprintf(f, "  %s%s%s%s%s%s [%s]\n", colour ? "\033[33m" : "",
                named ? "" : w->node, w->port ? " " : "",
                w->port ? w->port : "", named ? "" : ": ", w->text, w->code);
        if (colour)
            fputs("\033[0m", f);
    }
}

void topology_print_tree(const struct topo_map *m, FILE *f, bool colour)
{
    struct tree tr = { .t = m->topo, .f = f };
    struct place *p = calloc(topo_nodes(m->topo) + 1, sizeof *p);

    if (p && tree_make(&tr)) {
        tree_put_racks(&tr, p);
        tree_put_rest(&tr, p);
        map_put_warnings(m, f, colour);
    }
    free(p);
    free(tr.branch);
    free(tr.first);
    free(tr.shown);
}

/* --- the matrix ---------------------------------------------------------- */

void topology_print_matrix(const struct topo *t, struct topo_dist *d, FILE *f)
{
    int width = 4;

    for (uint32_t i = 0; i < topo_nodes(t); i++)
        if (topo_node(t, i)->kind == TOPO_HOST)
            column_widen(&width, topo_node(t, i)->name);
    fprintf(f, "%-*s", width, "hops");
    for (uint32_t i = 0; i < topo_nodes(t); i++)
        if (topo_node(t, i)->kind == TOPO_HOST)
            fprintf(f, "  %*s", width, topo_node(t, i)->name);
    putc('\n', f);
    for (uint32_t a = 0; a < topo_nodes(t); a++) {
        if (topo_node(t, a)->kind != TOPO_HOST)
            continue;
        fprintf(f, "%-*s", width, topo_node(t, a)->name);
        for (uint32_t b = 0; b < topo_nodes(t); b++) {
            int h;

            if (topo_node(t, b)->kind != TOPO_HOST)
                continue;
            h = topo_hops(d, a, b);
            if (h < 0)
                fprintf(f, "  %*s", width, "?");
            else
                fprintf(f, "  %*d", width, h);
        }
        putc('\n', f);
    }
}

/* --- one pair ------------------------------------------------------------ */

struct pair_text {
    const struct topo *t;
    FILE *f;
    double number, of;
    int name_width, port_width;
};

/* What one flow gets on a hop: the best cable, and how sure that one is. */
struct stretch {
    int64_t best;
    bool unknown;
    enum topo_evidence weakest;
};

static bool link_joins(const struct topo_link *l, uint32_t a, uint32_t b)
{
    return (l->a == a && l->b == b) || (l->a == b && l->b == a);
}

static struct stretch stretch_of(const struct topo *t, uint32_t a, uint32_t b)
{
    struct stretch s = { TOPO_UNKNOWN, false, TOPO_DECLARED };

    for (uint32_t i = 0; i < topo_links(t); i++) {
        const struct topo_link *l = topo_link(t, i);

        if (!link_joins(l, a, b))
            continue;
        if (l->mbps < 0)
            s.unknown = true;
        if (l->mbps > s.best)
            s.best = l->mbps;
        /* the surest cable is enough to know that there is a way */
        if (l->evidence > s.weakest)
            s.weakest = l->evidence;
    }
    return s;
}

static void pair_put_hop(const struct pair_text *e, uint32_t a, uint32_t b,
                         bool narrow)
{
    for (uint32_t i = 0; i < topo_links(e->t); i++) {
        const struct topo_link *l = topo_link(e->t, i);
        const char *from, *to;
        char s[TEXT_MAX], g[TEXT_MAX];

        if (!link_joins(l, a, b))
            continue;
        from = l->a == a ? l->a_port : l->b_port;
        to = l->a == a ? l->b_port : l->a_port;
        fprintf(e->f, "  %-*s %-*s  %-*s %-*s  %6s  %-10s  %s%s\n",
                e->name_width, topo_node(e->t, a)->name, e->port_width,
                from ? from : "-", e->name_width, topo_node(e->t, b)->name,
                e->port_width, to ? to : "-", speed_text(s, l->mbps),
                evidence_text(l->evidence), age_text(g, l->age_s),
                narrow ? "  <- the narrowest" : "");
    }
}

static int pair_put_path(void *arg, const uint32_t *node, size_t n)
{
    struct pair_text *e = arg;
    int64_t least = INT64_MAX;
    enum topo_evidence weakest = TOPO_BOTH;
    bool unknown = false;
    char s[TEXT_MAX];

    for (size_t i = 0; i + 1 < n; i++) {
        struct stretch x = stretch_of(e->t, node[i], node[i + 1]);

        unknown |= x.best < 0;
        if (x.best >= 0 && x.best < least)
            least = x.best;
        if (x.weakest < weakest)
            weakest = x.weakest;
    }
    e->number++;
    fprintf(e->f, "path %g of %g: %s%s, known from %s\n", e->number, e->of,
            least == INT64_MAX ? "" : speed_text(s, least),
            unknown ? least == INT64_MAX ? "speed unknown"
                                         : " at most, a speed is unknown"
                    : "",
            evidence_text(weakest));
    for (size_t i = 0; i + 1 < n; i++) {
        struct stretch x = stretch_of(e->t, node[i], node[i + 1]);

        pair_put_hop(e, node[i], node[i + 1], x.best == least);
    }
    return 0;
}

void topology_print_pair(const struct topo *t, struct topo_dist *d, uint32_t a,
                         uint32_t b, FILE *f)
{
    enum { PATHS_SHOWN = 64 };
    struct topo_pair p = topo_pair(d, a, b);
    struct pair_text e = { t, f, 0, p.paths, 1, 1 };
    char s[TEXT_MAX], g[TEXT_MAX];

    fprintf(f, "%s to %s: ", topo_node(t, a)->name, topo_node(t, b)->name);
    if (p.hops < 0) {
        fprintf(f, "no path is known\n");
        return;
    }
    if (!p.hops) {
        fprintf(f, "the same host\n");
        return;
    }
    fprintf(f, "%d hop%s, %g path%s, one flow %s, all paths %s\n", p.hops,
            p.hops == 1 ? "" : "s", p.paths, p.paths == 1 ? "" : "s",
            speed_text(s, p.flow_mbps), speed_text(g, p.total_mbps));
    for (uint32_t i = 0; i < topo_links(t); i++) {
        const struct topo_link *l = topo_link(t, i);

        column_widen(&e.name_width, topo_node(t, l->a)->name);
        column_widen(&e.name_width, topo_node(t, l->b)->name);
        column_widen(&e.port_width, l->a_port);
        column_widen(&e.port_width, l->b_port);
    }
    topo_each_path(d, a, b, PATHS_SHOWN, pair_put_path, &e);
    if (p.paths > PATHS_SHOWN)
        fprintf(f, "and %g more\n", p.paths - PATHS_SHOWN);
}
