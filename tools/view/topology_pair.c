/* SPDX-License-Identifier: LGPL-2.1-only */
/* Prints the paths of one pair of hosts. */
#include "tools/view/topology_text.h"
#include "tools/view/topology_words.h"

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
        char s[TOPOLOGY_WORD], g[TOPOLOGY_WORD], w[TOPOLOGY_WORD];

        if (!link_joins(l, a, b))
            continue;
        from = l->a == a ? l->a_port : l->b_port;
        to = l->a == a ? l->b_port : l->a_port;
        fprintf(e->f, "  %-*s %-*s  %-*s %-*s  %6s  %-10s  %s%s%s\n",
                e->name_width, topo_node(e->t, a)->name, e->port_width,
                from ? from : "-", e->name_width, topo_node(e->t, b)->name,
                e->port_width, to ? to : "-", topology_speed(s, l->mbps),
                topology_evidence(l->evidence), topology_age(g, l->age_s),
                topology_load(w, l), narrow ? "  <- the narrowest" : "");
        topology_put_disputes(e->f, e->t, i, "    ");
    }
}

static int pair_put_path(void *arg, const uint32_t *node, size_t n)
{
    struct pair_text *e = arg;
    int64_t least = INT64_MAX;
    enum topo_evidence weakest = TOPO_BOTH;
    bool unknown = false;
    char s[TOPOLOGY_WORD];

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
            least == INT64_MAX ? "" : topology_speed(s, least),
            unknown ? least == INT64_MAX ? "speed unknown"
                                         : " at most, a speed is unknown"
                    : "",
            topology_evidence(weakest));
    for (size_t i = 0; i + 1 < n; i++) {
        struct stretch x = stretch_of(e->t, node[i], node[i + 1]);

        pair_put_hop(e, node[i], node[i + 1], x.best == least);
    }
    return 0;
}

/* The least MTU, and what cables cannot tell. */
static void pair_put_limits(FILE *f, const struct topo_pair *p, int64_t mtu)
{
    if (mtu > 0)
        fprintf(f, "frames of up to %lld bytes, as far as ports say so\n",
                (long long)mtu);
    if (p->paths > 1)
        fputs("the map knows cables, not forwarding: where spanning tree "
              "blocks a port, or routes differ, fewer paths carry traffic\n",
              f);
}

void topology_print_pair(const struct topo *t, struct topo_dist *d, uint32_t a,
                         uint32_t b, FILE *f)
{
    enum { PATHS_SHOWN = 8 };
    struct topo_pair p = topo_pair(d, a, b);
    struct pair_text e = { t, f, 0, p.paths, 1, 1 };
    char s[TOPOLOGY_WORD], g[TOPOLOGY_WORD];

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
            topology_speed(s, p.flow_mbps), topology_speed(g, p.total_mbps));
    pair_put_limits(f, &p, topo_least_mtu(d, a, b));
    for (uint32_t i = 0; i < topo_links(t); i++) {
        const struct topo_link *l = topo_link(t, i);

        topology_widen(&e.name_width, topo_node(t, l->a)->name);
        topology_widen(&e.name_width, topo_node(t, l->b)->name);
        topology_widen(&e.port_width, l->a_port);
        topology_widen(&e.port_width, l->b_port);
    }
    topo_each_path(d, a, b, PATHS_SHOWN, pair_put_path, &e);
    if (p.paths > PATHS_SHOWN)
        fprintf(f, "and %g more; --json names up to 64\n",
                p.paths - PATHS_SHOWN);
}
