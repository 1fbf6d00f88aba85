/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Rolls many small random clusters, and replays the waves with a checker that
 * shares no code with the planner: it knows the cluster and the rules, and
 * holds every move against them by the plan's times, and by `after` alone.
 * Of tiny clusters it knows the least number of waves, by trying all places of
 * all guests for each set of hosts.
 *
 * RACKHOP_SIM_CLUSTERS sets how many (20000); fewer are told aloud.
 * RACKHOP_SIM_SEED runs one.
 *
 * It is long because cluster, rules and replay are one model. It shares nothing
 * with test_plan_sim.c: the two check each other's reading of the rules.
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
#include "scheduler/roll.h"
#include "topology/topology.h"

enum { CLUSTERS = 20000, HOSTS = 8, DOMS = 22, RACKS = 3, OVERCOMMIT = 3 };
enum { TINY_HOSTS = 5, TINY_DOMS = 10 };

/* --- a cluster ----------------------------------------------------------- */

struct host {
    int mem, cpus, rack; /* rack < 0: it is in none */
    int features, network, xen;
    enum plan_host_state state;
    bool rolled;
};
struct guest {
    int host, mem, vcpus, features, network;
    int group, racks; /* kept apart by host, by rack; 0: not */
    int pair;         /* stay together; 0: not */
    bool pinned;
};
struct cluster {
    int hosts, guests;
    struct host h[HOSTS];
    struct guest g[DOMS];
    struct plan_roll_options o;
    int to_xen; /* 0: as before */
    int lost;   /* features that hosts come back without */
};

static uint64_t rng;
static long at_seed;

static int draw(int n)
{
    return (int)(draw_next(&rng) % (uint64_t)n);
}

/* What the checker goes by: where guests are, where they are going, and the
 * Xen that they have run on and that hosts have. */
struct state {
    int at[DOMS], going[DOMS]; /* going: -1: nowhere */
    int ran[DOMS], xen[HOSTS];
    bool down[HOSTS], done[HOSTS];
};

static struct state state_of(const struct cluster *c)
{
    struct state s = { .at = { 0 } };

    for (int i = 0; i < c->guests; i++) {
        s.at[i] = c->g[i].host;
        s.going[i] = -1;
        s.ran[i] = c->h[c->g[i].host].xen;
    }
    for (int h = 0; h < c->hosts; h++)
        s.xen[h] = c->h[h].xen;
    return s;
}

static bool host_offers(const struct cluster *c, const struct state *s, int v,
                        int h)
{
    const struct guest *g = &c->g[v];

    return !(g->features & (~c->h[h].features | (s->done[h] ? c->lost : 0))) &&
           (!g->network || c->h[h].network) && s->xen[h] >= s->ran[v];
}

/* One host, or one rack; a may be HOSTS, which is nowhere. */
static bool near(const struct cluster *c, int a, int b, bool rack)
{
    return a == b || (rack && a < HOSTS && c->h[a].rack >= 0 &&
                      c->h[a].rack == c->h[b].rack);
}

static bool guests_meet(const struct cluster *c, const struct state *s, int v,
                        int w, int host, bool rack)
{
    return v != w && (near(c, s->at[w], host, rack) ||
                      (s->going[w] >= 0 && near(c, s->going[w], host, rack)));
}

/* NULL, or which rule is broken by guest v on its way to the host, or there. */
static const char *broken(const struct cluster *c, const struct state *s,
                          int v, int host)
{
    int mem = 0, vcpus = 0;

    for (int w = 0; w < c->guests; w++) {
        if (s->at[w] == host || s->going[w] == host) {
            mem += c->g[w].mem;
            vcpus += c->g[w].vcpus;
        }
        if (c->g[v].group && c->g[v].group == c->g[w].group &&
            guests_meet(c, s, v, w, host, false))
            return "apart";
        if (c->g[v].racks && c->g[v].racks == c->g[w].racks &&
            guests_meet(c, s, v, w, host, true))
            return "apart-racks";
    }
    if (mem > c->h[host].mem)
        return "memory";
    if (vcpus > OVERCOMMIT * c->h[host].cpus)
        return "vcpu";
    return host_offers(c, s, v, host) ? NULL : "what the host offers";
}

/* --- making one ---------------------------------------------------------- */

static void make_hosts(struct cluster *c, bool tiny)
{
    int mixed = draw(3), same = draw(2);

    c->hosts = 2 + draw(tiny ? TINY_HOSTS - 1 : HOSTS - 1);
    for (int i = 0; i < c->hosts; i++)
        c->h[i] = (struct host){ .mem = same ? 16384 : 8192 + 4096 * draw(4),
                                 .cpus = 4 + 4 * draw(3),
                                 .rack = draw(RACKS + 1) - 1,
                                 .features = draw(4) ? 3 : 1,
                                 .network = draw(5) != 0,
                                 .xen = 4017 + (mixed ? 0 : draw(3)),
                                 .rolled = draw(6) != 0,
                                 .state = draw(20)  ? PLAN_UP
                                          : draw(3) ? PLAN_MAINTENANCE
                                                    : PLAN_OFFLINE };
    c->h[0].rolled = true;
}

static void make_guest(struct cluster *c, struct state *s)
{
    int v = c->guests, host = draw(c->hosts);
    struct guest *g = &c->g[v];

    *g = (struct guest){ .host = host,
                         .mem = 512 << draw(5),
                         .vcpus = 1 << draw(3),
                         .group = draw(4) ? 0 : 1 + draw(3),
                         .racks = draw(9) ? 0 : 1 + draw(2),
                         .features = c->h[host].features & (1 + draw(3)),
                         .network = c->h[host].network && !draw(4),
                         .pinned = !draw(60) };
    c->guests++;
    s->at[v] = host;
    s->going[v] = -1;
    s->ran[v] = c->h[host].xen;
    s->xen[host] = c->h[host].xen;
    if (broken(c, s, v, host))
        c->guests--;
}

static void make_pairs(struct cluster *c)
{
    for (int i = 1; i < c->guests; i++) {
        struct guest *a = &c->g[i - 1], *b = &c->g[i];

        if (a->host == b->host && !a->pair && !draw(6) &&
            (!a->group || a->group != b->group) &&
            (!a->racks || a->racks != b->racks))
            a->pair = b->pair = i;
    }
}

static void make_options(struct cluster *c, bool tiny)
{
    static const char *const xen[] = { "4.20", "4.19.1" };
    int newer = draw(3);

    plan_roll_options_init(&c->o);
    if (tiny) { /* limited by room alone */
        c->o.parallel = 0;
        c->o.same_domain = true;
        return;
    }
    c->o.parallel = (uint32_t)(draw(3) ? 0 : 1 + draw(3));
    c->o.canary = (uint32_t)(draw(3) ? 0 : 1 + draw(2));
    c->o.home = draw(3) != 0;
    c->o.same_domain = draw(2);
    if (!draw(5))
        c->o.max_away_gib = 4 + draw(20);
    if (newer < 2) {
        c->o.to_xen = xen[newer];
        c->to_xen = newer ? 4019 : 4020;
    }
    if (!draw(6)) {
        c->o.without = "vme"; /* bit 1 */
        c->lost = 2;
    }
}

static void make(struct cluster *c)
{
    struct state s = { .at = { 0 } };
    bool tiny = !draw(4);
    int tries = 1 + draw(tiny ? TINY_DOMS : DOMS);

    memset(c, 0, sizeof *c);
    make_hosts(c, tiny);
    for (int i = 0; i < tries + 10 && c->guests < tries; i++)
        make_guest(c, &s);
    make_pairs(c);
    make_options(c, tiny);
}

/* --- the same for the planner -------------------------------------------- */

static struct topo *map_of(const struct cluster *c)
{
    static const char *const tor[RACKS] = { "t0", "t1", "t2" };
    struct topo *t = topo_new();
    int spine, leaf[RACKS];

    assert_non_null(t);
    spine = topo_add_node(t, "spine", TOPO_SWITCH);
    for (int i = 0; i < RACKS; i++) {
        struct topo_link l = { .b = (uint32_t)spine, .mbps = 40000 };

        leaf[i] = topo_add_node(t, tor[i], TOPO_SWITCH);
        l.a = (uint32_t)leaf[i];
        assert_true(topo_add_link(t, &l) >= 0);
    }
    for (int i = 0; i < c->hosts; i++) {
        int rack = c->h[i].rack;
        struct topo_link l = { .b = (uint32_t)(rack < 0 ? spine : leaf[rack]),
                               .mbps = 10000 };
        char name[16];
        int node;

        snprintf(name, sizeof name, "h%d", i);
        node = topo_add_node(t, name, TOPO_HOST);
        l.a = (uint32_t)node;
        assert_true(topo_add_link(t, &l) >= 0);
        if (rack >= 0)
            assert_int_equal(topo_set_rack(t, l.a, tor[rack]), 0);
    }
    return t;
}

static void problem(void *arg, const char *text)
{
    fail_msg("%s", text);
}

static void add_host(struct plan_cluster *p, const struct host *h, int i)
{
    static const char *const feature[] = { "0", "00000001", "00000002",
                                           "00000003" };
    static const char *const nets[] = { "b0", "b1" };
    char name[16], xen[16];
    struct plan_host in = { .name = name,
                            .state = h->state,
                            .memory_mib = h->mem + 512,
                            .reserved_mib = 512,
                            .cpus = (unsigned)h->cpus,
                            .xen = xen,
                            .max_hvm = feature[h->features],
                            .networks = { nets, h->network ? 2 : 1, true } };

    snprintf(name, sizeof name, "h%d", i);
    snprintf(xen, sizeof xen, "%d.%d.2", h->xen / 1000, h->xen % 1000);
    assert_int_equal(plan_add_host(p, &in), 0);
}

static void add_guest(struct plan_cluster *p, const struct guest *g, int i)
{
    static const char *const feature[] = { "0", "00000001", "00000002",
                                           "00000003" };
    static const char *const nets[] = { "b0", "b1" };
    static const char *const groups[] = { "g0", "g1", "g2", "g3" };
    char name[16], host[16], pair[16];
    const char *const pairs[] = { pair };
    struct plan_domain in = {
        .uuid = name,
        .name = name,
        .host = host,
        .type = PLAN_PVH,
        .memory_mib = g->mem,
        .vcpus = (unsigned)g->vcpus,
        .cpu_used = draw(10) / 10.0 * g->vcpus,
        .dirty_mib_s = draw(3) ? 0 : draw(300),
        .writable_mib = g->mem / 8.0,
        .cpu_policy = feature[g->features],
        .pinned = g->pinned ? "test" : NULL,
        .networks = { nets, g->network ? 2 : 1, true },
        .apart = { &groups[g->group], g->group != 0, true },
        .apart_racks = { &groups[g->racks], g->racks != 0, true },
        .together = { pairs, g->pair != 0, true },
    };

    snprintf(name, sizeof name, "v%d", i);
    snprintf(host, sizeof host, "h%d", g->host);
    snprintf(pair, sizeof pair, "p%d", g->pair);
    assert_int_equal(plan_add_domain(p, &in), 0);
}

static struct plan_cluster *planner_of(const struct cluster *c,
                                       const struct topo *map)
{
    struct plan_cluster *p = plan_cluster_new(map);
    struct plan_settings set;

    assert_non_null(p);
    for (int i = 0; i < c->hosts; i++)
        add_host(p, &c->h[i], i);
    for (int i = 0; i < c->guests; i++)
        add_guest(p, &c->g[i], i);
    plan_settings_init(&set);
    set.overcommit = OVERCOMMIT;
    set.memory_limit = draw(2) ? 1 : 0.9;
    assert_int_equal(plan_cluster_index(p, &set, problem, NULL), 0);
    return p;
}

/* --- moves --------------------------------------------------------------- */

static void start_move(const struct cluster *c, struct state *s,
                       const struct plan_move *m)
{
    int v = (int)m->domain, to = (int)m->to;
    const char *rule;

    assert_int_equal(s->at[v], m->from);
    assert_int_equal(s->going[v], -1);
    if (s->down[to] || c->h[m->from].state == PLAN_OFFLINE ||
        (c->h[to].state != PLAN_UP && !s->done[to]))
        fail_msg("v%d: h%d takes no guests, or h%u sends none", v, to,
                 m->from);
    if (c->g[v].pinned)
        fail_msg("v%d is pinned", v);
    s->going[v] = to;
    rule = broken(c, s, v, to);
    if (rule)
        fail_msg("v%d to h%d: %s", v, to, rule);
}

static void end_move(struct state *s, const struct plan_move *m)
{
    int v = (int)m->domain;

    s->at[v] = (int)m->to;
    s->going[v] = -1;
    s->ran[v] = s->xen[m->to];
}

/* By the plan's times: an end comes before a start of the same moment. */
static void replay_times(const struct cluster *c, struct state *s,
                         const struct plan_move *m, uint32_t n)
{
    bool ended[DOMS] = { false };

    for (uint32_t i = 0; i <= n; i++) {
        for (uint32_t k = 0; k < i; k++)
            if (!ended[k] && (i == n || m[k].start_s + m[k].seconds <=
                                            m[i].start_s + 1e-6)) {
                end_move(s, &m[k]);
                ended[k] = true;
            }
        if (i < n)
            start_move(c, s, &m[i]);
    }
}

/* By `after`, which is law: moves of any length. */
static void replay_law(const struct cluster *c, struct state *s,
                       const struct plan_move *m, uint32_t n)
{
    enum { WAITS, RUNS, ENDED } is[DOMS] = { WAITS };

    for (uint32_t left = 2 * n, tries = 0; left;) {
        uint32_t i = (uint32_t)draw((int)n);
        bool may = is[i] == WAITS;

        assert_true(tries++ < 100000); /* or they wait in a ring */
        for (uint32_t k = 0; k < m[i].after_n; k++)
            may &= is[m[i].after[k]] == ENDED;
        if (may) {
            start_move(c, s, &m[i]);
            is[i] = RUNS;
            left--;
        } else if (is[i] == RUNS && draw(2)) {
            end_move(s, &m[i]);
            is[i] = ENDED;
            left--;
        }
    }
}

static void replay(const struct cluster *c, struct state *s,
                   const struct plan_move *m, uint32_t n)
{
    for (int i = 0; i < 3; i++) {
        struct state other = *s;

        replay_law(c, &other, m, n);
    }
    replay_times(c, s, m, n);
    for (uint32_t i = 1; i < n; i++)
        assert_true(m[i].start_s >= m[i - 1].start_s);
}

/* --- waves --------------------------------------------------------------- */

/* Whether all guests of some apart group that has several hosts are on these. */
static bool group_is_down(const struct cluster *c, const struct state *s)
{
    for (int group = 1; group <= 3; group++) {
        int first = -1, up = 0, several = 0;

        for (int v = 0; v < c->guests; v++) {
            if (c->g[v].group != group)
                continue;
            up += !s->down[s->at[v]];
            several |= first >= 0 && s->at[v] != first;
            first = s->at[v];
        }
        if (several && !up)
            return true;
    }
    return false;
}

static void check_hosts(const struct cluster *c, const struct state *s,
                        const struct plan_roll_wave *w, bool first)
{
    int rack[RACKS] = { 0 };

    assert_true(w->host_n > 0);
    if (c->o.parallel)
        assert_true(w->host_n <= c->o.parallel);
    assert_int_equal(w->canary, first && c->o.canary);
    if (w->canary)
        assert_true(w->host_n <= c->o.canary);
    for (uint32_t i = 0; i < w->host_n && !c->o.same_domain; i++)
        if (c->h[w->host[i]].rack >= 0)
            assert_int_equal(rack[c->h[w->host[i]].rack]++, 0);
    if (!c->o.same_domain)
        assert_false(group_is_down(c, s));
}

static void check_pairs(const struct cluster *c, const struct state *before,
                        const struct state *s)
{
    for (int a = 0; a < c->guests; a++)
        for (int b = 0; b < a; b++)
            if (c->g[a].pair && c->g[a].pair == c->g[b].pair &&
                before->at[a] == before->at[b])
                assert_int_equal(s->at[a], s->at[b]);
}

static void check_away(const struct cluster *c, const struct plan_roll_wave *w)
{
    double mib = 0;

    for (uint32_t i = 0; i < w->away_n; i++)
        mib += c->g[w->away[i].domain].mem;
    assert_true(mib <= c->o.max_away_gib * 1024);
}

static void check_wave(const struct cluster *c, struct state *s,
                       const struct plan_roll_wave *w, bool first)
{
    struct state before;

    for (uint32_t i = 0; i < w->host_n; i++) {
        assert_true(c->h[w->host[i]].rolled && !s->done[w->host[i]]);
        s->down[w->host[i]] = true;
    }
    before = *s;
    check_hosts(c, s, w, first);
    check_away(c, w);
    replay(c, s, w->away, w->away_n);
    check_pairs(c, &before, s);
    for (int v = 0; v < c->guests; v++)
        assert_false(s->down[s->at[v]]);
    for (uint32_t i = 0; i < w->host_n; i++) {
        s->down[w->host[i]] = false;
        s->done[w->host[i]] = true;
        if (c->to_xen)
            s->xen[w->host[i]] = c->to_xen;
    }
    replay(c, s, w->home, w->home_n);
    for (int v = 0; v < c->guests && c->o.home; v++)
        assert_int_equal(s->at[v], c->g[v].host);
    if (!c->o.home)
        assert_int_equal(w->home_n, 0);
}

static void check_sums(const struct cluster *c, const struct plan_roll *p)
{
    uint32_t moves = 0;
    double gib = 0;

    for (uint32_t i = 0; i < p->wave_n; i++) {
        const struct plan_roll_wave *w = &p->wave[i];

        moves += w->away_n + w->home_n;
        for (uint32_t k = 0; k < w->away_n; k++)
            gib += w->away[k].gib;
        for (uint32_t k = 0; k < w->home_n; k++)
            gib += w->home[k].gib;
    }
    assert_int_equal(p->moves, moves);
    assert_true(fabs(p->gib - gib) < 1e-6);
    assert_true(p->moves >= p->moves_bound);
    assert_true(p->gib >= p->gib_bound - 1e-6);
    assert_true(p->wave_n >= p->wave_bound);
    assert_true(!p->why == (p->wave_n <= p->wave_bound));
    assert_true(p->makespan_s >= p->makespan_bound_s - 1e-3);
    if (c->o.home)
        assert_int_equal(p->moves, p->moves_bound + p->displaced);
}

/* --- the least number of waves, by trying all ---------------------------- */

struct search {
    const struct cluster *c;
    struct state s;
    unsigned down; /* bits of hosts */
    long left;     /* looks; < 0: too many */
};

/* Whether guests from v on find places while these hosts are down, wherever
 * all others go. */
static bool places_exist(struct search *q, int v)
{
    const struct cluster *c = q->c;

    if (v == c->guests)
        return true;
    for (int h = 0; h < c->hosts; h++) {
        bool stays = h == c->g[v].host;

        if (q->left-- < 0)
            return false;
        if (q->down >> h & 1 ||
            (!stays && (c->g[v].pinned || c->h[h].state != PLAN_UP ||
                        c->h[c->g[v].host].state == PLAN_OFFLINE)))
            continue;
        q->s.at[v] = h;
        if (!broken(c, &q->s, v, h) && places_exist(q, v + 1))
            return true;
        q->s.at[v] = HOSTS;
    }
    return false;
}

/* Pairs, fault domains and limits aside: so it is at most the optimum. */
static bool wave_is_possible(struct search *q, unsigned down)
{
    q->s = state_of(q->c);
    q->down = down;
    for (int v = 0; v < q->c->guests; v++)
        q->s.at[v] = HOSTS; /* nowhere yet */
    return places_exist(q, 0);
}

/* 0: too much to try */
static int least_waves(const struct cluster *c, unsigned hosts)
{
    struct search q = { .c = c, .left = 300000 };
    int least[1 << HOSTS];
    bool possible[1 << HOSTS] = { false };

    for (unsigned w = 1; w < 1u << c->hosts; w++)
        if (!(w & ~hosts))
            possible[w] = wave_is_possible(&q, w);
    if (q.left < 0)
        return 0;
    least[0] = 0;
    for (unsigned set = 1; set <= hosts; set++) {
        least[set] = 1000;
        for (unsigned w = set; w; w = (w - 1) & set)
            if (possible[w] && least[set & ~w] + 1 < least[set])
                least[set] = least[set & ~w] + 1;
    }
    return least[hosts];
}

struct tally {
    long rolls, waves, moves, displaced, left, above_bound;
    long compared, above_least, compared_left, left_though_possible;
};

/* The rest of a roll that is limited by nothing but room. */
static void compare(const struct cluster *c, const struct plan_roll *p,
                    struct tally *t)
{
    unsigned rolled = 0;
    int least;

    if (c->guests > TINY_DOMS || c->hosts > TINY_HOSTS || c->to_xen ||
        c->lost || !c->o.same_domain || c->o.parallel || c->o.canary ||
        c->o.max_away_gib < 100)
        return;
    for (uint32_t i = 0; i < p->wave_n; i++)
        for (uint32_t k = 0; k < p->wave[i].host_n; k++)
            rolled |= 1u << p->wave[i].host[k];
    least = least_waves(c, rolled);
    if (least) {
        assert_true(p->wave_bound <= (uint32_t)least);
        t->compared++;
        t->above_least += p->wave_n > (uint32_t)least;
    }
    for (uint32_t i = 0; i < p->left_n; i++) {
        struct search q = { .c = c, .left = 300000 };

        t->compared_left++;
        t->left_though_possible += wave_is_possible(&q, 1u << p->left[i].host);
    }
}

/* --- the test ------------------------------------------------------------ */

static void check_left(const struct cluster *c, const struct plan_roll *p,
                       const struct state *s)
{
    uint32_t rolled = 0;

    for (int h = 0; h < c->hosts; h++)
        rolled += c->h[h].rolled;
    assert_int_equal(p->hosts + p->left_n, rolled);
    for (uint32_t i = 0; i < p->left_n; i++) {
        const struct plan_roll_left *l = &p->left[i];

        assert_true(c->h[l->host].rolled && !s->done[l->host]);
        assert_true(strlen(l->text) > 20);
    }
}

static void one_cluster(uint64_t seed, struct tally *t)
{
    struct plan_cluster *planner;
    struct plan_roll *p;
    struct cluster c;
    struct state s;
    struct topo *map;
    uint32_t host[HOSTS], n = 0, bad;
    int rc;

    rng = seed * 0x2545f4914f6cdd1du;
    make(&c);
    map = map_of(&c);
    planner = planner_of(&c, map);
    for (int h = 0; h < c.hosts; h++)
        if (c.h[h].rolled)
            host[n++] = (uint32_t)h;
    rc = plan_roll(planner, host, n, &c.o, &p, &bad);
    assert_int_equal(rc, 0);
    s = state_of(&c);
    for (uint32_t i = 0; i < p->wave_n; i++)
        check_wave(&c, &s, &p->wave[i], !i);
    check_left(&c, p, &s);
    check_sums(&c, p);
    compare(&c, p, t);
    t->rolls++;
    t->waves += p->wave_n;
    t->moves += p->moves;
    t->displaced += p->displaced;
    t->left += p->left_n;
    t->above_bound += p->wave_n > p->wave_bound;
    plan_roll_free(p);
    plan_cluster_free(planner);
    topo_free(map);
}

static void test_replay(void **state)
{
    const char *n = getenv("RACKHOP_SIM_CLUSTERS");
    const char *seed = getenv("RACKHOP_SIM_SEED");
    long clusters = n ? strtol(n, NULL, 10) : CLUSTERS;
    long only = seed ? strtol(seed, NULL, 10) : 0;
    struct tally t = { 0 };

    clusters = clusters > CLUSTERS ? CLUSTERS : clusters;
    if (clusters < CLUSTERS)
        printf("skip: %ld clusters of %d (RACKHOP_SIM_CLUSTERS)\n", clusters,
               CLUSTERS);
    for (long i = only ? only : 1; i <= (only ? only : clusters); i++) {
        at_seed = i;
        one_cluster((uint64_t)i, &t);
    }
    at_seed = 0;
    printf("%ld rolls, %ld waves, %ld moves, %ld displaced, %ld hosts left, "
           "%ld above the bound; %ld against the least number of waves: %ld "
           "above it; %ld hosts left, of these %ld that could be emptied\n",
           t.rolls, t.waves, t.moves, t.displaced, t.left, t.above_bound,
           t.compared, t.above_least, t.compared_left, t.left_though_possible);
    if (clusters >= CLUSTERS) {
        /* a test that met none of these would prove little */
        assert_true(t.displaced > 100 && t.left > 1000 && t.compared > 500);
        assert_true((double)t.above_least < 0.1 * (double)t.compared);
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
