/* SPDX-License-Identifier: LGPL-2.1-only */
/* The map for people: the tree of racks, matrices, one pair explained. */
#include "tools/view/topology_text.h"

#include <stdlib.h>
#include <string.h>

enum { SHORT = 24 };

static const char *speed(char buf[SHORT], int64_t mbps)
{
    if (mbps < 0)
        snprintf(buf, SHORT, "?");
    else if (mbps >= 1000 && mbps % 100 == 0)
        snprintf(buf, SHORT, "%gG", (double)mbps / 1000);
    else
        snprintf(buf, SHORT, "%lldM", (long long)mbps);
    return buf;
}

static const char *age(char buf[SHORT], int64_t s)
{
    if (s < 0)
        snprintf(buf, SHORT, "-");
    else if (s < 120)
        snprintf(buf, SHORT, "%lld s", (long long)s);
    else if (s < 7200)
        snprintf(buf, SHORT, "%lld min", (long long)s / 60);
    else if (s < 172800)
        snprintf(buf, SHORT, "%lld h", (long long)s / 3600);
    else
        snprintf(buf, SHORT, "%lld d", (long long)s / 86400);
    return buf;
}

static const char *words(enum topo_evidence e)
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

/* One cable, as seen from node `at`. */
struct branch {
    uint32_t at, far;
    const char *port, *far_port, *name, *far_name;
    bool up; /* the far end is no host */
    const struct topo_link *l;
};

struct tree {
    const struct topo *t;
    struct branch *branch;
    size_t n;
    uint32_t *first; /* node -> its branches */
    bool *shown;     /* switches that stand in a rack */
    int port_width, name_width, far_width;
    FILE *f;
};

static int by_port(const void *va, const void *vb)
{
    const struct branch *a = va, *b = vb;
    int r;

    if (a->at != b->at)
        return a->at < b->at ? -1 : 1;
    if (a->up != b->up)
        return a->up ? 1 : -1;
    r = strverscmp(a->port ? a->port : "", b->port ? b->port : "");
    return r ? r : strverscmp(a->far_name, b->far_name);
}

static void widen(int *width, const char *s)
{
    int n = s ? (int)strlen(s) : 1;

    if (n > *width)
        *width = n < 32 ? n : 32;
}

static bool grow_tree(struct tree *tr)
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
            b->far = side ? l->a : l->b;
            b->port = side ? l->b_port : l->a_port;
            b->far_port = side ? l->a_port : l->b_port;
            b->name = topo_node(t, b->at)->name;
            b->far_name = topo_node(t, b->far)->name;
            b->up = topo_node(t, b->far)->kind != TOPO_HOST;
            tr->first[b->at + 1]++;
            widen(&tr->port_width, b->port);
            widen(&tr->name_width, b->far_name);
            widen(&tr->far_width, b->far_port);
        }
    for (size_t i = 0; i < topo_nodes(t); i++)
        tr->first[i + 1] += tr->first[i];
    qsort(tr->branch, tr->n, sizeof *tr->branch, by_port);
    return true;
}

static void put_branches(const struct tree *tr, uint32_t node)
{
    for (uint32_t i = tr->first[node]; i < tr->first[node + 1]; i++) {
        const struct branch *b = &tr->branch[i];
        char s[SHORT], a[SHORT];

        fprintf(tr->f, "    %-*s  %c %-*s  %-*s  %6s  %-10s  %s\n",
                tr->port_width, b->port ? b->port : "-", b->up ? '^' : ' ',
                tr->name_width, b->far_name, tr->far_width,
                b->far_port ? b->far_port : "-", speed(s, b->l->mbps),
                words(b->l->evidence), age(a, b->l->age_s));
    }
}

static void put_switch(struct tree *tr, uint32_t node)
{
    const struct topo_node *n = topo_node(tr->t, node);

    fprintf(tr->f, "  %s %s\n", topo_kind_name(n->kind), n->name);
    put_branches(tr, node);
    tr->shown[node] = true;
}

struct place {
    const char *rack, *name;
    uint32_t node;
};

static int by_rack(const void *va, const void *vb)
{
    const struct place *a = va, *b = vb;
    int r = strverscmp(a->rack, b->rack);

    return r ? r : strverscmp(a->name, b->name);
}

static int by_name(const void *va, const void *vb)
{
    const struct place *a = va, *b = vb;

    return strverscmp(a->name, b->name);
}

/* The switches of a rack, each once, by name. */
static void put_rack(struct tree *tr, const struct place *host, size_t n)
{
    struct place *sw = calloc(topo_nodes(tr->t) + 1, sizeof *sw);
    size_t k = 0;

    if (!sw)
        return;
    fprintf(tr->f, "rack %s: %zu host%s\n", host->rack, n, n == 1 ? "" : "s");
    for (size_t i = 0; i < n; i++)
        for (uint32_t b = tr->first[host[i].node];
             b < tr->first[host[i].node + 1]; b++) {
            uint32_t s = tr->branch[b].far;

            if (tr->shown[s] || !tr->branch[b].up)
                continue;
            tr->shown[s] = true;
            sw[k++] = (struct place){ "", tr->branch[b].far_name, s };
        }
    qsort(sw, k, sizeof *sw, by_name);
    for (size_t i = 0; i < k; i++)
        put_switch(tr, sw[i].node);
    /* a rack whose switches all stand in racks above */
    for (size_t i = 0; i < n && !k; i++)
        fprintf(tr->f, "  host %s\n", host[i].name);
    free(sw);
}

static void put_racks(struct tree *tr, struct place *p)
{
    size_t n = 0;

    for (uint32_t i = 0; i < topo_nodes(tr->t); i++) {
        const struct topo_node *nd = topo_node(tr->t, i);

        if (nd->kind == TOPO_HOST && nd->rack)
            p[n++] = (struct place){ nd->rack, nd->name, i };
    }
    qsort(p, n, sizeof *p, by_rack);
    for (size_t i = 0, j; i < n; i = j) {
        for (j = i + 1; j < n && !strcmp(p[j].rack, p[i].rack);)
            j++;
        put_rack(tr, p + i, j - i);
        putc('\n', tr->f);
    }
}

static void put_rest(struct tree *tr, struct place *p)
{
    const struct topo *t = tr->t;
    size_t n = 0;

    for (uint32_t i = 0; i < topo_nodes(t); i++)
        if (topo_node(t, i)->kind != TOPO_HOST && !tr->shown[i])
            p[n++] = (struct place){ "", topo_node(t, i)->name, i };
    qsort(p, n, sizeof *p, by_name);
    if (n)
        fprintf(tr->f, "between racks\n");
    for (size_t i = 0; i < n; i++)
        put_switch(tr, p[i].node);
    if (n)
        putc('\n', tr->f);
    n = 0;
    for (uint32_t i = 0; i < topo_nodes(t); i++)
        if (topo_node(t, i)->kind == TOPO_HOST && !topo_node(t, i)->rack)
            p[n++] = (struct place){ "", topo_node(t, i)->name, i };
    qsort(p, n, sizeof *p, by_name);
    if (n)
        fprintf(tr->f, "hosts on no known switch\n");
    for (size_t i = 0; i < n; i++) {
        fprintf(tr->f, "  host %s\n", p[i].name);
        put_branches(tr, p[i].node);
    }
    if (n)
        putc('\n', tr->f);
}

static void put_warnings(const struct topo_map *m, FILE *f, bool colour)
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

    if (p && grow_tree(&tr)) {
        put_racks(&tr, p);
        put_rest(&tr, p);
        put_warnings(m, f, colour);
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
            widen(&width, topo_node(t, i)->name);
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

struct explaining {
    const struct topo *t;
    FILE *f;
    double number, of;
    int name_width, port_width;
};

/* What a flow gets on a hop: the best of its cables; and how sure it is. */
struct stretch {
    int64_t best;
    bool unknown;
    enum topo_evidence weakest;
};

static bool joins(const struct topo_link *l, uint32_t a, uint32_t b)
{
    return (l->a == a && l->b == b) || (l->a == b && l->b == a);
}

static struct stretch look(const struct topo *t, uint32_t a, uint32_t b)
{
    struct stretch s = { TOPO_UNKNOWN, false, TOPO_DECLARED };

    for (uint32_t i = 0; i < topo_links(t); i++) {
        const struct topo_link *l = topo_link(t, i);

        if (!joins(l, a, b))
            continue;
        if (l->mbps < 0)
            s.unknown = true;
        if (l->mbps > s.best)
            s.best = l->mbps;
        /* one good cable is enough to know that there is a way */
        if (l->evidence > s.weakest)
            s.weakest = l->evidence;
    }
    return s;
}

static void put_hop(const struct explaining *e, uint32_t a, uint32_t b,
                    bool narrow)
{
    for (uint32_t i = 0; i < topo_links(e->t); i++) {
        const struct topo_link *l = topo_link(e->t, i);
        const char *from, *to;
        char s[SHORT], g[SHORT];

        if (!joins(l, a, b))
            continue;
        from = l->a == a ? l->a_port : l->b_port;
        to = l->a == a ? l->b_port : l->a_port;
        fprintf(e->f, "  %-*s %-*s  %-*s %-*s  %6s  %-10s  %s%s\n",
                e->name_width, topo_node(e->t, a)->name, e->port_width,
                from ? from : "-", e->name_width, topo_node(e->t, b)->name,
                e->port_width, to ? to : "-", speed(s, l->mbps),
                words(l->evidence), age(g, l->age_s),
                narrow ? "  <- the narrowest" : "");
    }
}

static int put_path(void *arg, const uint32_t *node, size_t n)
{
    struct explaining *e = arg;
    int64_t least = INT64_MAX;
    enum topo_evidence weakest = TOPO_BOTH;
    bool unknown = false;
    char s[SHORT];

    for (size_t i = 0; i + 1 < n; i++) {
        struct stretch x = look(e->t, node[i], node[i + 1]);

        unknown |= x.best < 0;
        if (x.best >= 0 && x.best < least)
            least = x.best;
        if (x.weakest < weakest)
            weakest = x.weakest;
    }
    e->number++;
    fprintf(e->f, "path %g of %g: %s%s, known from %s\n", e->number, e->of,
            least == INT64_MAX ? "" : speed(s, least),
            unknown ? least == INT64_MAX ? "speed unknown"
                                         : " at most, a speed is unknown"
                    : "",
            words(weakest));
    for (size_t i = 0; i + 1 < n; i++) {
        struct stretch x = look(e->t, node[i], node[i + 1]);

        put_hop(e, node[i], node[i + 1], x.best == least);
    }
    return 0;
}

void topology_print_pair(const struct topo *t, struct topo_dist *d, uint32_t a,
                         uint32_t b, FILE *f)
{
    enum { PATHS_SHOWN = 64 };
    struct topo_pair p = topo_pair(d, a, b);
    struct explaining e = { t, f, 0, p.paths, 1, 1 };
    char s[SHORT], g[SHORT];

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
            speed(s, p.flow_mbps), speed(g, p.total_mbps));
    for (uint32_t i = 0; i < topo_links(t); i++) {
        const struct topo_link *l = topo_link(t, i);

        widen(&e.name_width, topo_node(t, l->a)->name);
        widen(&e.name_width, topo_node(t, l->b)->name);
        widen(&e.port_width, l->a_port);
        widen(&e.port_width, l->b_port);
    }
    topo_each_path(d, a, b, PATHS_SHOWN, put_path, &e);
    if (p.paths > PATHS_SHOWN)
        fprintf(f, "and %g more\n", p.paths - PATHS_SHOWN);
}
