/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Plans for many small random clusters with groups, some of them broken, and
 * guests that only certain hosts may have, replayed by a checker that shares
 * no code with the planner. test_plan_sim.c has all that is not about groups.
 *
 * RACKHOP_SIM_CLUSTERS sets how many (50000); fewer are told aloud.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "tests/lib/draw.h"
#include "scheduler/scheduler.h"
#include "topology/topology.h"

enum { CLUSTERS = 50000, HOSTS = 7, DOMS = 20, SWITCHES = 5, MOVES = 40 };
enum { NODES = HOSTS + SWITCHES };

/* --- a cluster as the checker knows it ------------------------------------------ */

struct h {
    int mem, cpus, up, features, network;
};
struct v {
    int host, mem, vcpus, group, features, network, pinned;
    int rack_group, together; /* 0: none */
    int only;                 /* hosts as bits; 0: any */
    double dirty;
};
struct world {
    int hosts, doms, switches;
    struct h h[HOSTS];
    struct v v[DOMS];
    int rack[HOSTS];
    bool broken; /* guests are placed without a look at groups, for now */
    bool broken_at_first;
    bool soft;             /* drains may break groups */
    int cap[NODES][NODES]; /* Mbit/s; 0: no cable */
    int dist[NODES][NODES];
    double overcommit, alpha, beta;
};

static uint64_t rng;
static long at_seed;

static int draw(int n)
{
    return (int)(draw_next(&rng) % (uint64_t)n);
}

static void cable(struct world *w, int a, int b, int mbps)
{
    w->cap[a][b] = w->cap[b][a] = mbps;
}

static void wire(struct world *w)
{
    int leaves = 1 + draw(3), spines = leaves > 1 ? 1 + draw(2) : 0;

    w->switches = leaves + spines;
    for (int i = 0; i < w->hosts; i++) {
        int leaf = draw(leaves);

        w->rack[i] = leaf;
        cable(w, i, HOSTS + leaf, draw(4) ? 10000 : 25000);
        if (leaves > 1 && !draw(5))
            cable(w, i, HOSTS + (leaf + 1) % leaves, 10000);
    }
    for (int l = 0; l < leaves; l++)
        for (int s = 0; s < spines; s++)
            cable(w, HOSTS + l, HOSTS + leaves + s, 10000 + 10000 * draw(3));
}

/* Floyd and Warshall, over switches only: hosts carry no transit. */
static void measure(struct world *w)
{
    int far = 1000;

    for (int i = 0; i < NODES; i++)
        for (int k = 0; k < NODES; k++)
            w->dist[i][k] = i == k ? 0 : w->cap[i][k] ? 1 : far;
    for (int m = HOSTS; m < NODES; m++)
        for (int i = 0; i < NODES; i++)
            for (int k = 0; k < NODES; k++)
                if (w->dist[i][m] + w->dist[m][k] < w->dist[i][k])
                    w->dist[i][k] = w->dist[i][m] + w->dist[m][k];
}

/* Would v meet another of its groups on the host? One that is to leave the rack
 * counts as well. */
static bool meets(const struct world *w, const int *at, int v, int host)
{
    const struct v *d = &w->v[v];

    for (int i = 0; i < w->doms; i++) {
        if (i == v || at[i] < 0)
            continue;
        if (d->group && w->v[i].group == d->group && at[i] == host)
            return true;
        if (d->rack_group && w->v[i].rack_group == d->rack_group &&
            (w->rack[at[i]] == w->rack[host] ||
             w->rack[w->v[i].host] == w->rack[host]))
            return true;
    }
    return false;
}

static bool rules_ok(const struct world *w, const int *at, int v, int host)
{
    const struct v *d = &w->v[v];
    int mem = d->mem, cpus = d->vcpus;

    if (!w->h[host].up || d->pinned || d->features & ~w->h[host].features ||
        (d->network && !w->h[host].network) ||
        w->dist[d->host][host] >= 1000 ||
        (d->only && !(d->only >> host & 1)) ||
        (!w->broken && meets(w, at, v, host)))
        return false;
    for (int i = 0; i < w->doms; i++) {
        if (i == v || at[i] != host)
            continue;
        mem += w->v[i].mem;
        cpus += w->v[i].vcpus;
    }
    return mem <= w->h[host].mem && cpus <= w->overcommit * w->h[host].cpus;
}

static void make(struct world *w)
{
    int at[DOMS];

    memset(w, 0, sizeof *w);
    w->hosts = 2 + draw(HOSTS - 1);
    w->overcommit = 1 + draw(4);
    w->alpha = draw(4) ? 1 : 0.1;
    w->beta = 1;
    w->broken = !draw(8);
    w->soft = !draw(6);
    for (int i = 0; i < w->hosts; i++)
        w->h[i] = (struct h){ .mem = 8192 + 4096 * draw(5),
                              .cpus = 4 + 4 * draw(3),
                              .up = i == 0 || draw(12) != 0,
                              .features = draw(3) ? 3 : 1,
                              .network = draw(4) != 0 };
    wire(w);
    measure(w);
    for (int i = 0; i < DOMS; i++)
        at[i] = -1;
    for (int t = draw(DOMS) + 1; t > 0; t--) {
        struct v *d = &w->v[w->doms];
        int host = draw(w->hosts), up = w->h[host].up;

        *d = (struct v){ .host = host,
                         .mem = 512 << draw(5),
                         .vcpus = 1 << draw(3),
                         .group = draw(4) ? 0 : 1 + draw(3),
                         .rack_group = draw(12) ? 0 : 1 + draw(2),
                         .together = draw(8) ? 0 : 1 + draw(3),
                         .only = draw(20) ? 0 : 1 << host | draw(1 << HOSTS),
                         .features = w->h[host].features & (1 + draw(3)),
                         .network = w->h[host].network && !draw(4),
                         .dirty = draw(3) ? 0 : draw(400) };
        w->h[host].up = 1;
        w->doms++;
        if (rules_ok(w, at, w->doms - 1, host)) {
            d->pinned = !draw(40);
            at[w->doms - 1] = host;
        } else {
            w->doms--;
        }
        if (w->broken && !draw(20))
            d->only = 1 << draw(w->hosts);
        w->h[host].up = up;
    }
    w->broken_at_first = w->broken;
    w->broken = false;
}

/* --- the same for the planner ------------------------------------------------------- */

static struct topo *make_map(const struct world *w)
{
    struct topo *t = topo_new();
    int node[NODES];
    char name[16];

    assert_non_null(t);
    for (int i = 0; i < NODES; i++) {
        snprintf(name, sizeof name, i < HOSTS ? "h%d" : "s%d", i);
        node[i] = topo_add_node(t, name, i < HOSTS ? TOPO_HOST : TOPO_SWITCH);
        assert_true(node[i] >= 0);
    }
    for (int i = 0; i < HOSTS; i++) {
        snprintf(name, sizeof name, "r%d", w->rack[i]);
        assert_int_equal(topo_set_rack(t, (uint32_t)node[i], name), 0);
    }
    for (int i = 0; i < NODES; i++)
        for (int k = i + 1; k < NODES; k++)
            if (w->cap[i][k]) {
                struct topo_link l = { .a = (uint32_t)node[i],
                                       .b = (uint32_t)node[k],
                                       .mbps = w->cap[i][k],
                                       .age_s = TOPO_UNKNOWN };
                assert_true(topo_add_link(t, &l) >= 0);
            }
    return t;
}

static void problem(void *arg, const char *text)
{
    fail_msg("%s", text);
}

static struct plan_cluster *make_cluster(const struct world *w,
                                         const struct topo *map,
                                         bool best_effort)
{
    static const char *const feature[] = { "0", "00000001", "00000002",
                                           "00000003" };
    static const char *const nets[] = { "b0", "b1" };
    static const char *const groups[] = { "g0", "g1", "g2", "g3" };
    static const char *const hosts[] = { "h0", "h1", "h2", "h3",
                                         "h4", "h5", "h6" };
    struct plan_cluster *c = plan_cluster_new(map);
    struct plan_settings set;
    char name[16], uuid[16], host[16];
    const char *only[HOSTS];

    assert_non_null(c);
    for (int i = 0; i < w->hosts; i++) {
        struct plan_host h = {
            .name = name,
            .state = w->h[i].up ? PLAN_UP : PLAN_MAINTENANCE,
            .memory_mib = w->h[i].mem + 512,
            .reserved_mib = 512,
            .cpus = (unsigned)w->h[i].cpus,
            .max_hvm = feature[w->h[i].features],
            .networks = { nets, w->h[i].network ? 2 : 1, true },
        };

        snprintf(name, sizeof name, "h%d", i);
        assert_int_equal(plan_add_host(c, &h), 0);
    }
    for (int i = 0; i < w->doms; i++) {
        struct plan_domain d = {
            .uuid = uuid,
            .name = name,
            .host = host,
            .type = PLAN_PVH,
            .memory_mib = w->v[i].mem,
            .vcpus = (unsigned)w->v[i].vcpus,
            .cpu_used = w->v[i].vcpus * 0.3,
            .dirty_mib_s = w->v[i].dirty,
            .writable_mib = w->v[i].mem / 8.0,
            .cpu_policy = feature[w->v[i].features],
            .pinned = w->v[i].pinned ? "test" : NULL,
            .networks = { nets, w->v[i].network ? 2 : 1, true },
            .apart = { &groups[w->v[i].group], w->v[i].group != 0, true },
            .apart_racks = { &groups[w->v[i].rack_group],
                             w->v[i].rack_group != 0, true },
            .together = { &groups[w->v[i].together], w->v[i].together != 0,
                          true },
            .only = { only, 0, w->v[i].only != 0 },
        };

        for (int h = 0; h < HOSTS; h++)
            if (w->v[i].only >> h & 1)
                only[d.only.n++] = hosts[h];

        snprintf(name, sizeof name, "v%d", i);
        snprintf(uuid, sizeof uuid, "u%d", i);
        snprintf(host, sizeof host, "h%d", w->v[i].host);
        assert_int_equal(plan_add_domain(c, &d), 0);
    }
    plan_settings_init(&set);
    set.alpha = w->alpha;
    set.beta = w->beta;
    set.overcommit = w->overcommit;
    set.best_effort = best_effort;
    set.soft_apart = w->soft;
    set.cpu_limit = 1e9; /* the optimum knows no soft limits */
    set.memory_limit = 1;
    set.host_streams = draw(2) ? 4 : 1;
    assert_int_equal(plan_cluster_index(c, &set, problem, NULL), 0);
    return c;
}

/* --- the checker ------------------------------------------------------------------------ */

/* Adds the move's traffic to the links: even over the cables of all shortest
 * ways on, at each node. */
static void add_load(const struct world *w, double load[NODES][NODES], int a,
                     int b, int left, double rate)
{
    int n = 0;

    if (a == b)
        return;
    for (int pass = 0; pass < 2; pass++)
        for (int k = 0; k < NODES; k++) {
            if (!w->cap[a][k] || (k < HOSTS && k != b) ||
                w->dist[k][b] != left - 1)
                continue;
            if (!pass) {
                n++;
                continue;
            }
            load[a][k] += rate / n;
            add_load(w, load, k, b, left - 1, rate / n);
        }
}

struct run {
    double start[MOVES], end[MOVES];
};

/* May v not be on host a, or in its rack, while u is on host b? */
static bool exclude(const struct world *w, int v, int a, int u, int b)
{
    const struct v *x = &w->v[v], *y = &w->v[u];

    return (x->group && x->group == y->group && a == b) ||
           (x->rack_group && x->rack_group == y->rack_group &&
            w->rack[a] == w->rack[b]);
}

static void check_instant(const struct world *w, const struct plan *p,
                          const struct run *r, double now, uint32_t starts,
                          bool links)
{
    static double load[NODES][NODES];
    int mem[HOSTS] = { 0 }, cpus[HOSTS] = { 0 }, at[DOMS];
    const struct plan_move *m = &p->move[starts];
    int to = (int)m->to;

    for (int i = 0; i < w->doms; i++)
        at[i] = w->v[i].host;
    memset(load, 0, sizeof load);
    for (uint32_t i = 0; i < p->move_n; i++) {
        const struct plan_move *k = &p->move[i];

        if (r->end[i] <= now + 1e-6)
            at[k->domain] = (int)k->to;
    }
    for (int i = 0; i < w->doms; i++) {
        mem[at[i]] += w->v[i].mem;
        cpus[at[i]] += w->v[i].vcpus;
        if (i != (int)m->domain && !w->soft &&
            exclude(w, i, at[i], (int)m->domain, to))
            fail_msg("v%u meets v%d of its group on h%d", m->domain, i, to);
    }
    for (uint32_t i = 0; i < p->move_n; i++) {
        const struct plan_move *k = &p->move[i];
        const struct v *d = &w->v[k->domain];

        if (r->start[i] > now + 1e-6 || r->end[i] <= now + 1e-6)
            continue;
        mem[k->to] += d->mem;
        cpus[k->to] += d->vcpus;
        if (i != starts && !w->soft &&
            exclude(w, (int)k->domain, (int)k->to, (int)m->domain, to))
            fail_msg("two of a group arrive at h%d", to);
        add_load(w, load, (int)k->from, (int)k->to, k->hops, k->rate_mbps);
    }
    if (mem[to] > w->h[to].mem)
        fail_msg("h%d: %d of %d MiB", to, mem[to], w->h[to].mem);
    if (cpus[to] > w->overcommit * w->h[to].cpus)
        fail_msg("h%d: %d vCPUs", to, cpus[to]);
    for (int i = 0; i < NODES && links; i++)
        for (int k = 0; k < NODES; k++)
            if (w->cap[i][k] && load[i][k] > w->cap[i][k] * 1.0001)
                fail_msg("link %d-%d: %.0f of %d", i, k, load[i][k],
                         w->cap[i][k]);
}

static void check_moves(const struct world *w, const struct plan *p)
{
    bool moved[DOMS] = { false };
    double gib = 0, hops = 0;

    for (uint32_t i = 0; i < p->move_n; i++) {
        const struct plan_move *m = &p->move[i];
        const struct v *d = &w->v[m->domain];
        const struct h *h = &w->h[m->to];

        assert_int_equal(m->from, d->host);
        assert_false(moved[m->domain]);
        moved[m->domain] = true;
        assert_int_not_equal(m->from, m->to);
        if (!h->up || d->pinned || d->features & ~h->features)
            fail_msg(
                "v%u may not go to h%u: up %d pinned %d features %d of %d",
                m->domain, m->to, h->up, d->pinned, d->features, h->features);
        assert_true(!d->network || h->network);
        assert_true(!d->only || d->only >> m->to & 1);
        assert_int_equal(m->hops, w->dist[m->from][m->to]);
        assert_true(m->gib >= d->mem / 1024.0 - 1e-9);
        assert_true(d->dirty > 0 || m->gib <= d->mem / 1024.0 + 1e-9);
        assert_true(m->seconds >= m->gib * 8589.934592 / m->rate_mbps - 1e-6);
        assert_true(m->downtime_ms > 0);
        for (uint32_t k = 0; k < m->after_n; k++) {
            const struct plan_move *a = &p->move[m->after[k]];

            assert_true(m->start_s >= a->start_s + a->seconds - 1e-6);
        }
        gib += m->gib;
        hops += m->hops;
    }
    assert_true(fabs(gib - p->gib) < 1e-6 &&
                fabs(hops - (double)p->hops) < 1e-6);
    assert_true(fabs(p->total - w->alpha * gib - w->beta * hops) < 1e-6);
}

/* By the plan's times, then thrice by `after` with other durations. */
static void check_safe(const struct world *w, const struct plan *p)
{
    struct run r;

    assert_true(p->move_n <= MOVES);
    for (int trial = 0; trial < 4; trial++) {
        for (uint32_t i = 0; i < p->move_n; i++) {
            const struct plan_move *m = &p->move[i];
            double start = trial ? draw(100) / 50.0 : m->start_s;
            double takes =
                trial ? m->seconds * (0.2 + draw(100) / 20.0) : m->seconds;

            for (uint32_t k = 0; trial && k < m->after_n; k++)
                start = fmax(start, r.end[m->after[k]]);
            r.start[i] = start;
            r.end[i] = start + takes;
        }
        for (uint32_t i = 0; i < p->move_n; i++)
            check_instant(w, p, &r, r.start[i], i, !trial);
    }
}

/* --- groups ---------------------------------------------------------------------------------- */

/* Has v to stay with others of its host? */
static bool bound(const struct world *w, int v)
{
    bool any = false;

    for (int i = 0; i < w->doms && w->v[v].together; i++) {
        if (i == v || w->v[i].together != w->v[v].together)
            continue;
        if (w->v[i].host != w->v[v].host)
            return false; /* a group that is on two hosts holds nobody */
        any = true;
    }
    return any;
}

/* Does v break a rule where it is? */
static bool breaks(const struct world *w, const int *at, int v)
{
    bool any = w->v[v].only && !(w->v[v].only >> at[v] & 1);

    for (int i = 0; i < w->doms; i++)
        any |= i != v && exclude(w, i, at[i], v, at[v]);
    return any;
}

static void check_together(const struct world *w, const struct plan *p,
                           const int *at)
{
    bool left[DOMS] = { false };

    for (uint32_t i = 0; i < p->stranded_n; i++)
        left[p->stranded[i].domain] = true;
    for (int i = 0; i < w->doms; i++)
        for (int k = 0; k < i; k++)
            if (bound(w, i) && w->v[i].together == w->v[k].together &&
                at[i] != at[k] && !left[i] && !left[k])
                fail_msg("v%d and v%d are parted", i, k);
}

static bool says(const struct plan *p, const char *what)
{
    for (uint32_t i = 0; i < p->remark_n; i++)
        if (strstr(p->remark[i], what))
            return true;
    return false;
}

/* What a rebalance mends was broken, and what stays so has no place. */
static void check_mended(const struct world *w, const struct plan *p,
                         const int *at)
{
    int before[DOMS];

    for (int i = 0; i < w->doms; i++)
        before[i] = w->v[i].host;
    for (uint32_t i = 0; i < p->move_n; i++) {
        const int v = (int)p->move[i].domain;

        if (p->move[i].mends && !bound(w, v))
            assert_true(breaks(w, before, v));
    }
    for (int i = 0; i < w->doms; i++) {
        if (!breaks(w, at, i))
            continue;
        if (!p->remark_n)
            fail_msg("v%d breaks a rule, without a word", i);
        for (int h = 0; h < w->hosts && !bound(w, i); h++)
            if (h != at[i] && w->h[at[i]].up && rules_ok(w, at, i, h))
                fail_msg("v%d breaks a rule, and h%d has room", i, h);
    }
}

/* A soft drain breaks a group only where there is no other way, and tells. */
static void check_soft(const struct world *w, const struct plan *p,
                       const int *at, double best)
{
    bool any = false;

    for (uint32_t i = 0; i < p->move_n; i++)
        for (int k = 0; k < w->doms; k++)
            any |= k != (int)p->move[i].domain &&
                   exclude(w, k, at[k], (int)p->move[i].domain,
                           (int)p->move[i].to);
    if (any && !w->soft)
        fail_msg("a group is broken");
    if (any != says(p, "is broken"))
        fail_msg("a group %s", any ? "is broken without a word" : "is whole");
    if (any && isfinite(best))
        fail_msg("a group is broken, and there is another plan");
}

/* --- the optimum of a drain, by trying all ------------------------------------------------ */

struct search {
    const struct world *w;
    int at[DOMS], evac[DOMS], n;
    double best;
    long left;
};

static void try_all(struct search *s, int k, double cost, int drained)
{
    int v = s->evac[k];

    if (s->left-- < 0 || cost >= s->best)
        return;
    if (k == s->n) {
        s->best = cost;
        return;
    }
    for (int h = 0; h < s->w->hosts; h++) {
        if (h == drained || !rules_ok(s->w, s->at, v, h))
            continue;
        s->at[v] = h;
        try_all(s, k + 1,
                cost + s->w->alpha * s->w->v[v].mem / 1024.0 +
                    s->w->beta * s->w->dist[drained][h],
                drained);
        s->at[v] = drained;
    }
}

/* INFINITY: there is no direct plan; NaN: too many to try. Quiet guests only
 * have a cost that the checker can know. */
static double optimum(const struct world *w, int drained)
{
    struct search s = { .w = w, .best = INFINITY, .left = 20000 };

    for (int i = 0; i < w->doms; i++) {
        s.at[i] = w->v[i].host;
        if (w->v[i].host == drained)
            s.evac[s.n++] = i;
        if (w->v[i].host == drained && bound(w, i))
            return NAN; /* it places guests one by one */
    }
    try_all(&s, 0, 0, drained);
    return s.left < 0 ? NAN : s.best;
}

static bool quiet(const struct world *w, int host)
{
    for (int i = 0; i < w->doms; i++)
        if (w->v[i].host == host && w->v[i].dirty > 0)
            return false;
    return true;
}

struct tally {
    long plans, moves, displaced, infeasible, proven, stranded, compared;
    long not_best, mended, softened;
    double excess;
};

static void check_drain(const struct world *w, const struct plan *p,
                        int drained, bool best_effort, struct tally *t)
{
    bool left[DOMS] = { false };
    int at[DOMS], staying = 0;
    double best = optimum(w, drained);

    for (int i = 0; i < w->doms; i++)
        at[i] = w->v[i].host;
    for (uint32_t i = 0; i < p->move_n; i++)
        at[p->move[i].domain] = (int)p->move[i].to;
    for (int i = 0; i < w->doms; i++)
        staying += at[i] == drained;
    for (uint32_t i = 0; i < p->stranded_n; i++)
        left[p->stranded[i].domain] = true;
    if (p->infeasible && !best_effort)
        assert_int_equal(p->move_n, 0);
    if (!p->infeasible && !best_effort)
        assert_int_equal(staying, 0);
    for (int i = 0; i < w->doms && best_effort; i++) {
        assert_int_equal(left[i], at[i] == drained);
        for (int h = 0; h < w->hosts && left[i] && !bound(w, i); h++)
            if (h != drained && rules_ok(w, at, i, h))
                fail_msg("v%d stays, and h%d has room", i, h);
    }
    check_together(w, p, at);
    check_soft(w, p, at, best);
    if (staying && !isnan(best) && isfinite(best))
        fail_msg("a direct plan exists, none was found");
    if (p->infeasible && p->proven && !p->text)
        fail_msg("infeasible without a word");
    if (!staying && p->move_n && isfinite(best) && quiet(w, drained)) {
        t->compared++;
        if (p->bound > best + 1e-6)
            fail_msg("bound %.6f is above the optimum %.6f", p->bound, best);
        if (p->total > best + 1e-6) {
            t->not_best++;
            t->excess += p->total / best - 1;
        }
    }
    if (!staying && p->move_n && p->bound > p->total + 1e-6)
        fail_msg("bound %.6f is above the cost %.6f", p->bound, p->total);
}

static double score(const struct world *w, const struct plan *p)
{
    double m1 = 0, m2 = 0, c1 = 0, c2 = 0;
    int at[DOMS], n = 0;

    for (int i = 0; i < w->doms; i++)
        at[i] = w->v[i].host;
    for (uint32_t i = 0; p && i < p->move_n; i++)
        at[p->move[i].domain] = (int)p->move[i].to;
    for (int h = 0; h < w->hosts; h++) {
        double m = 0, c = 0;

        if (!w->h[h].up)
            continue;
        for (int i = 0; i < w->doms; i++)
            if (at[i] == h) {
                m += (double)w->v[i].mem / w->h[h].mem;
                c += w->v[i].vcpus * 0.3 / w->h[h].cpus;
            }
        m1 += m;
        m2 += m * m;
        c1 += c;
        c2 += c * c;
        n++;
    }
    return sqrt(fmax(0, m2 / n - m1 / n * m1 / n)) +
           sqrt(fmax(0, c2 / n - c1 / n * c1 / n));
}

static void check_balance(const struct world *w, const struct plan *p)
{
    int at[DOMS];

    assert_true(fabs(p->score_before - score(w, NULL)) < 1e-6);
    assert_true(fabs(p->score_after - score(w, p)) < 1e-6);
    if (!w->broken_at_first)
        assert_true(p->score_after <= p->score_before + 1e-9);
    assert_true(p->bound <= p->total + 1e-6);
    for (int i = 0; i < w->doms; i++)
        at[i] = w->v[i].host;
    for (uint32_t i = 0; i < p->move_n; i++)
        at[p->move[i].domain] = (int)p->move[i].to;
    check_together(w, p, at);
    check_mended(w, p, at);
}

/* The same question twice has the same answer, to the last bit. */
static void check_same(struct plan_cluster *c, const struct plan *p,
                       uint32_t host)
{
    struct plan *q;

    assert_int_equal(p->goal == PLAN_GOAL_DRAIN ? plan_drain(c, &host, 1, &q)
                                                : plan_rebalance(c, &q),
                     0);
    assert_int_equal(p->move_n, q->move_n);
    assert_memory_equal(&p->total, &q->total, sizeof p->total);
    for (uint32_t i = 0; i < p->move_n; i++) {
        assert_int_equal(p->move[i].domain, q->move[i].domain);
        assert_int_equal(p->move[i].to, q->move[i].to);
        assert_memory_equal(&p->move[i].start_s, &q->move[i].start_s,
                            sizeof(double));
    }
    plan_free(q);
}

static void one_cluster(uint64_t seed, struct tally *t)
{
    struct world w;
    struct topo *map;
    struct plan_cluster *c;
    struct plan *p;
    bool best_effort;
    uint32_t host;

    rng = seed * 0x2545f4914f6cdd1du;
    make(&w);
    best_effort = !draw(3);
    map = make_map(&w);
    c = make_cluster(&w, map, best_effort);
    host = (uint32_t)draw(w.hosts);
    if (draw(4) && !w.broken_at_first)
        assert_int_equal(plan_drain(c, &host, 1, &p), 0);
    else
        assert_int_equal(plan_rebalance(c, &p), 0);
    check_moves(&w, p);
    check_safe(&w, p);
    if (p->goal == PLAN_GOAL_DRAIN)
        check_drain(&w, p, (int)host, best_effort, t);
    else
        check_balance(&w, p);
    if (p->move_n)
        assert_true(p->makespan_s >= p->makespan_bound_s - 1e-3);
    if (!draw(50))
        check_same(c, p, host);
    t->plans++;
    t->moves += p->move_n;
    for (uint32_t i = 0; i < p->move_n; i++)
        t->displaced += p->move[i].displaced;
    for (uint32_t i = 0; i < p->move_n; i++)
        t->mended += p->move[i].mends;
    t->softened += says(p, "is broken");
    t->infeasible += p->infeasible;
    t->proven += p->infeasible && p->proven;
    t->stranded += p->stranded_n;
    plan_free(p);
    plan_cluster_free(c);
    topo_free(map);
}

static void test_replay(void **state)
{
    const char *n = getenv("RACKHOP_SIM_CLUSTERS");
    long clusters = n ? strtol(n, NULL, 10) : CLUSTERS;
    long only = getenv("RACKHOP_SIM_SEED")
                    ? strtol(getenv("RACKHOP_SIM_SEED"), NULL, 10)
                    : 0;
    struct tally t = { 0 };

    if (clusters < CLUSTERS)
        printf("skip: %ld clusters of %d (RACKHOP_SIM_CLUSTERS)\n", clusters,
               CLUSTERS);
    for (long i = only ? only : 1; i <= (only ? only : clusters); i++) {
        at_seed = i;
        one_cluster((uint64_t)i, &t);
    }
    at_seed = 0;
    printf("%ld plans, %ld moves, %ld displaced, %ld infeasible (%ld proven), "
           "%ld stranded; %ld against the optimum: %ld above it, by %.2f%% "
           "on average; %ld mended, %ld softened\n",
           t.plans, t.moves, t.displaced, t.infeasible, t.proven, t.stranded,
           t.compared, t.not_best,
           t.not_best ? 100 * t.excess / (double)t.not_best : 0.0, t.mended,
           t.softened);
    if (clusters >= CLUSTERS) {
        /* a test that met none of these would prove little */
        assert_true(t.displaced > 50 && t.infeasible > 500 &&
                    t.stranded > 500 && t.compared > 3000 && t.mended > 1000 &&
                    t.softened > 50);
        assert_true((double)t.not_best < 0.01 * (double)t.compared);
    }
}

/* What fails names its cluster: RACKHOP_SIM_SEED runs it alone. */
static int tell_seed(void **state)
{
    if (at_seed)
        printf("cluster %ld\n", at_seed);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test_teardown(test_replay,
                                                                  tell_seed) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
