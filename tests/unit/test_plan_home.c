/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Guests that go home: rows of small clusters, and many random ones, where a
 * search of all orders that shares no code with the planner knows how many can
 * go, and replays each plan with moves that start as early, and end as late, as
 * the plan lets them.
 *
 * RACKHOP_SIM_CLUSTERS sets how many (20000); fewer are told aloud.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scheduler/scheduler.h"
#include "topology/topology.h"

enum { HOSTS = 5, GUESTS = 12, CLUSTERS = 20000 };

static const char *const host_name[HOSTS] = { "a", "b", "c", "d", "e" };
static const char *const guest_name[GUESTS] = { "q", "r", "s", "t", "u", "v",
                                                "w", "x", "y", "z", "m", "n" };

/* --- a cluster ----------------------------------------------------------- */

struct guest {
    const char *at;   /* a letter for its host; NULL: the list ends */
    const char *home; /* likewise, or a host that is not there; NULL: none */
    int mib;
    int vcpus;         /* 0: 1 */
    const char *apart; /* a group, or NULL */
    const char *pair;  /* that it has to stay with, or NULL */
    const char *racks; /* apart by rack, or NULL */
    const char *pinned;
};

struct world {
    int mib[HOSTS]; /* 0: there is no such host */
    enum plan_host_state state[HOSTS];
    const char *rack; /* a letter for each host */
    struct guest guest[GUESTS + 1];
    int guests;
};

static struct topo *map_of(const struct world *w)
{
    struct topo *t = topo_new();

    assert_non_null(t);
    for (int i = 0; i < HOSTS; i++)
        assert_int_equal(topo_add_node(t, host_name[i], TOPO_HOST), i);
    assert_int_equal(topo_add_node(t, "sw", TOPO_SWITCH), HOSTS);
    for (uint32_t i = 0; i < HOSTS; i++) {
        struct topo_link l = { .a = i, .b = HOSTS, .mbps = 10000 };
        char rack[] = { w->rack[i], '\0' };

        assert_true(topo_add_link(t, &l) >= 0);
        assert_int_equal(topo_set_rack(t, i, rack), 0);
    }
    return t;
}

static void fail_problem(void *arg, const char *text)
{
    fail_msg("%s", text);
}

static void add_hosts(struct plan_cluster *c, const struct world *w)
{
    for (int i = 0; i < HOSTS && w->mib[i]; i++) {
        struct plan_host h = { .name = host_name[i],
                               .state = w->state[i],
                               .memory_mib = w->mib[i],
                               .cpus = 4 };

        assert_int_equal(plan_add_host(c, &h), 0);
    }
}

static struct plan_words word(const char *const *s)
{
    return (struct plan_words){ s, *s ? 1 : 0, true };
}

static struct plan_cluster *cluster_of(const struct topo *map, struct world *w)
{
    struct plan_cluster *c = plan_cluster_new(map);

    assert_non_null(c);
    add_hosts(c, w);
    for (w->guests = 0; w->guest[w->guests].at; w->guests++) {
        const struct guest *g = &w->guest[w->guests];
        struct plan_domain d = { .uuid = guest_name[w->guests],
                                 .name = guest_name[w->guests],
                                 .host = g->at,
                                 .home = g->home,
                                 .type = PLAN_PVH,
                                 .memory_mib = g->mib,
                                 .vcpus = g->vcpus ? (unsigned)g->vcpus : 1,
                                 .cpu_used = -1,
                                 .dirty_mib_s = 0,
                                 .writable_mib = -1,
                                 .pinned = g->pinned,
                                 .apart = word(&g->apart),
                                 .together = word(&g->pair),
                                 .apart_racks = word(&g->racks) };

        assert_int_equal(plan_add_domain(c, &d), 0);
    }
    assert_int_equal(plan_cluster_index(c, NULL, fail_problem, NULL), 0);
    return c;
}

static struct plan *plan_of(struct plan_cluster *c)
{
    uint32_t dom[GUESTS], n = plan_domains(c);
    struct plan *p = NULL;

    for (uint32_t i = 0; i < n; i++)
        dom[i] = i;
    assert_int_equal(plan_home(c, dom, n, &p), 0);
    return p;
}

/* --- rows ---------------------------------------------------------------- */

struct row {
    const char *what;
    struct world w;
    const char *moves; /* "qa rb": q to a, r to b */
    const char *stays; /* "s:memory t:state" */
    const char *text;  /* part of the first reason; NULL: any */
};

static const struct row rows[] = {
    { "nobody is away",
      { { 4096, 4096 }, { 0 }, "rr", { { .at = "a", .mib = 512 } }, 0 },
      "",
      "",
      NULL },
    { "a guest at home needs no move",
      { { 4096, 4096 },
        { 0 },
        "rr",
        { { .at = "a", .home = "a", .mib = 512 } },
        0 },
      "",
      "",
      NULL },
    { "all go home",
      { { 4096, 4096, 4096 },
        { 0 },
        "rrr",
        { { .at = "b", .home = "a", .mib = 512 },
          { .at = "c", .home = "a", .mib = 1024 },
          { .at = "c", .mib = 512 } },
        0 },
      "qa ra",
      "",
      NULL },
    { "no room: the smaller ones are more",
      { { 2048, 8192 },
        { 0 },
        "rr",
        { { .at = "b", .home = "a", .mib = 2048 },
          { .at = "b", .home = "a", .mib = 1024 },
          { .at = "b", .home = "a", .mib = 1024 } },
        0 },
      "ra sa",
      "q:memory",
      "0 MiB free of 2048, 2048 are needed" },
    { "one leaves its room to the next",
      { { 2048, 2048, 4096 },
        { 0 },
        "rrr",
        { { .at = "b", .home = "a", .mib = 2048 },
          { .at = "c", .home = "b", .mib = 2048 } },
        0 },
      "qa rb",
      "",
      NULL },
    { "two that would have to change places stay",
      { { 2048, 2048, 8192 },
        { 0 },
        "rrr",
        { { .at = "b", .home = "a", .mib = 2048 },
          { .at = "a", .home = "b", .mib = 2048 } },
        0 },
      "",
      "q:memory r:memory",
      NULL },
    { "a larger one that lets others go comes before smaller ones",
      { { 2048, 2048, 4096 },
        { 0 },
        "rrr",
        { { .at = "b", .home = "a", .mib = 2048 },
          { .at = "c", .home = "a", .mib = 1024 },
          { .at = "c", .home = "b", .mib = 1024 },
          { .at = "c", .home = "b", .mib = 1024 } },
        0 },
      "qa sb tb",
      "r:memory",
      NULL },
    { "the home is in maintenance",
      { { 4096, 4096 },
        { PLAN_MAINTENANCE },
        "rr",
        { { .at = "b", .home = "a", .mib = 512 } },
        0 },
      "",
      "q:state",
      "it is in maintenance" },
    { "the home is not known",
      { { 4096, 4096 },
        { 0 },
        "rr",
        { { .at = "b", .home = "z9", .mib = 512 } },
        0 },
      "",
      "q:state",
      "z9, its home, is not among" },
    { "a pinned guest",
      { { 4096, 4096 },
        { 0 },
        "rr",
        { { .at = "b", .home = "a", .mib = 512, .pinned = "by hand" } },
        0 },
      "",
      "q:pinned",
      "by hand" },
    { "its place is taken by one that it must not meet",
      { { 4096, 4096 },
        { 0 },
        "rr",
        { { .at = "b", .home = "a", .mib = 512, .apart = "g" },
          { .at = "a", .mib = 512, .apart = "g" } },
        0 },
      "",
      "q:apart",
      NULL },
    { "of two that must not meet one goes",
      { { 4096, 4096, 4096 },
        { 0 },
        "rrr",
        { { .at = "b", .home = "a", .mib = 512, .apart = "g" },
          { .at = "c", .home = "a", .mib = 256, .apart = "g" } },
        0 },
      "ra",
      "q:apart",
      NULL },
    { "it comes when the one has left that it must not meet",
      { { 4096, 4096, 4096 },
        { 0 },
        "rrr",
        { { .at = "c", .home = "a", .mib = 256, .apart = "g" },
          { .at = "a", .home = "b", .mib = 512, .apart = "g" } },
        0 },
      "qa rb",
      "",
      NULL },
    { "racks that must not have both",
      { { 4096, 4096, 4096 },
        { 0 },
        "rrs",
        { { .at = "c", .home = "a", .mib = 512, .racks = "g" },
          { .at = "b", .mib = 512, .racks = "g" } },
        0 },
      "",
      "q:apart-racks",
      NULL },
    { "those that stay together go together",
      { { 4096, 4096 },
        { 0 },
        "rr",
        { { .at = "b", .home = "a", .mib = 512, .pair = "p" },
          { .at = "b", .home = "a", .mib = 1024, .pair = "p" } },
        0 },
      "qa ra",
      "",
      NULL },
    { "there is no room for both that stay together",
      { { 1024, 4096 },
        { 0 },
        "rr",
        { { .at = "b", .home = "a", .mib = 512, .pair = "p" },
          { .at = "b", .home = "a", .mib = 1024, .pair = "p" } },
        0 },
      "",
      "q:together r:together",
      "needs 1536 with" },
    { "one that it has to stay with belongs elsewhere",
      { { 4096, 4096, 4096 },
        { 0 },
        "rrr",
        { { .at = "b", .home = "a", .mib = 512, .pair = "p" },
          { .at = "b", .mib = 512, .pair = "p" } },
        0 },
      "",
      "q:together",
      "has to stay with r" },
    { "vCPUs",
      { { 9000, 9000 },
        { 0 },
        "rr",
        { { .at = "b", .home = "a", .mib = 512, .vcpus = 12 },
          { .at = "a", .mib = 512, .vcpus = 8 } },
        0 },
      "",
      "q:vcpu",
      NULL },
};

/* By the guests' numbers: what waits for what is replayed below. */
static void expect_moves(const struct row *row, struct plan_cluster *c,
                         const struct plan *p)
{
    char text[64] = "";
    size_t n = 0;

    for (uint32_t g = 0; g < plan_domains(c); g++)
        for (uint32_t i = 0; i < p->move_n && n < sizeof text; i++)
            if (p->move[i].domain == g)
                n += (size_t)snprintf(text + n, sizeof text - n, "%s%s%s",
                                      n ? " " : "", plan_domain_name(c, g),
                                      plan_host_name(c, p->move[i].to));
    if (strcmp(text, row->moves))
        fail_msg("%s: moves %s, not %s", row->what, text, row->moves);
    if (!p->move_n != !!p->text)
        fail_msg("%s: %s", row->what, p->text ? p->text : "no sentence");
}

static void expect_stays(const struct row *row, struct plan_cluster *c,
                         const struct plan *p)
{
    char text[64] = "";
    size_t n = 0;

    for (uint32_t i = 0; i < p->stranded_n && n < sizeof text; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, "%s%s:%s",
                              i ? " " : "",
                              plan_domain_name(c, p->stranded[i].domain),
                              plan_rule_name(p->stranded[i].reason->rule));
    if (strcmp(text, row->stays))
        fail_msg("%s: stays %s, not %s", row->what, text, row->stays);
    if (row->text && !strstr(p->stranded->reason->text, row->text))
        fail_msg("%s: %s", row->what, p->stranded->reason->text);
}

static void test_rows(void **state)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct world w = rows[i].w;
        char rack[HOSTS + 1] = "rrrrr";
        struct plan_cluster *c;
        struct topo *map;
        struct plan *p;

        memcpy(rack, w.rack, strlen(w.rack));
        w.rack = rack;
        map = map_of(&w);
        c = cluster_of(map, &w);
        p = plan_of(c);
        expect_moves(&rows[i], c, p);
        expect_stays(&rows[i], c, p);
        plan_free(p);
        plan_cluster_free(c);
        topo_free(map);
    }
}

/* Only those are asked about that are named, and those with them. */
static void test_named(void **state)
{
    struct world w = { { 4096, 4096 },
                       { 0 },
                       "rrrrr",
                       { { .at = "b", .home = "a", .mib = 512, .pair = "p" },
                         { .at = "b", .home = "a", .mib = 512, .pair = "p" },
                         { .at = "b", .home = "a", .mib = 512 } },
                       0 };
    struct topo *map = map_of(&w);
    struct plan_cluster *c = cluster_of(map, &w);
    const uint32_t named[] = { 1, 1 };
    struct plan *p = NULL;

    assert_int_equal(plan_home(c, named, 2, &p), 0);
    assert_int_equal(p->goal, PLAN_GOAL_HOME);
    assert_int_equal(p->goal_guest_n, 1);
    assert_int_equal(p->goal_guest[0], 1);
    assert_int_equal(p->move_n, 2);
    assert_true(p->move[0].domain < 2 && p->move[1].domain < 2);
    assert_true(fabs(p->bound - p->total) < 1e-6);
    plan_free(p);
    plan_cluster_free(c);
    topo_free(map);
}

/* --- random clusters ----------------------------------------------------- */

static uint64_t rng;

static int draw(int n)
{
    uint64_t z = rng += 0x9e3779b97f4a7c15u;

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return (int)((z ^ z >> 31) % (uint64_t)n);
}

/* Where everybody is, as the number of a host. */
struct places {
    int at[GUESTS];
};

static int index_of(const char *host)
{
    return *host - 'a';
}

static bool same(const char *a, const char *b)
{
    return a && b && !strcmp(a, b);
}

/* The model's rules: may it go there, with the others as they are? */
static bool world_allows(const struct world *w, const struct places *p, int g,
                         int host)
{
    int mib = w->guest[g].mib, vcpus = w->guest[g].vcpus;

    if (w->state[host] != PLAN_UP || w->guest[g].pinned)
        return false;
    for (int i = 0; i < w->guests; i++) {
        if (i == g)
            continue;
        if (same(w->guest[i].racks, w->guest[g].racks) &&
            w->rack[p->at[i]] == w->rack[host])
            return false;
        if (p->at[i] != host)
            continue;
        mib += w->guest[i].mib;
        vcpus += w->guest[i].vcpus;
        if (same(w->guest[i].apart, w->guest[g].apart))
            return false;
    }
    return mib <= w->mib[host] && vcpus <= 16;
}

/* The pair of a guest moves in one step. */
static bool world_go(const struct world *w, struct places *p, int g)
{
    int home = index_of(w->guest[g].home);

    for (int i = 0; i < w->guests; i++) {
        if (i != g && !same(w->guest[i].pair, w->guest[g].pair))
            continue;
        if (!w->guest[i].home || index_of(w->guest[i].home) != home ||
            !world_allows(w, p, i, home))
            return false;
        p->at[i] = home;
    }
    return true;
}

static bool is_away(const struct world *w, const struct places *p, int g)
{
    return w->guest[g].home && p->at[g] != index_of(w->guest[g].home);
}

/* The most guests that can be at home, of those that were away. */
static int world_most(const struct world *w, const struct places *start)
{
    static uint8_t seen[1 << GUESTS];
    static struct {
        int set;
        struct places p;
    } queue[1 << GUESTS];
    int head = 0, tail = 0, most = 0;

    memset(seen, 0, sizeof seen);
    queue[tail].set = 0;
    queue[tail++].p = *start;
    seen[0] = 1;
    for (; head < tail; head++) {
        int n = __builtin_popcount((unsigned)queue[head].set);

        most = n > most ? n : most;
        for (int g = 0; g < w->guests; g++) {
            struct places p = queue[head].p;
            int set = 0;

            if (!is_away(w, &p, g) || !world_go(w, &p, g))
                continue;
            for (int i = 0; i < w->guests; i++)
                set |= (is_away(w, start, i) && !is_away(w, &p, i)) << i;
            if (seen[set])
                continue;
            seen[set] = 1;
            queue[tail].set = set;
            queue[tail++].p = p;
        }
    }
    return most;
}

static void world_make(struct world *w)
{
    static const char *const groups[] = { "g", "k" };
    static const char *const pairs[] = { "p", "o" };
    struct places p;

    memset(w, 0, sizeof *w);
    w->rack = draw(2) ? "rrsst" : "rstuv";
    for (int i = 0; i < HOSTS; i++) {
        w->mib[i] = 2048 + 1024 * draw(4);
        w->state[i] = draw(12) ? PLAN_UP : PLAN_MAINTENANCE;
    }
    for (int tries = 0; tries < 16 && w->guests < GUESTS; tries++) {
        struct guest *g = &w->guest[w->guests];
        int host = draw(HOSTS);
        enum plan_host_state was = w->state[host];

        *g = (struct guest){ .at = host_name[host],
                             .home = draw(5) ? host_name[draw(HOSTS)] : NULL,
                             .mib = 256 * (1 + draw(8)),
                             .vcpus = 1 + draw(5),
                             .apart = draw(4) ? NULL : groups[draw(2)],
                             .racks = draw(8) ? NULL : groups[draw(2)] };
        p.at[w->guests++] = host;
        w->state[host] = PLAN_UP;
        if (!world_allows(w, &p, w->guests - 1, host))
            w->guests--;
        else if (!draw(20))
            g->pinned = "x";
        w->state[host] = was;
    }
    for (int i = 1; i < w->guests && i < 6; i++)
        if (w->guest[i].at == w->guest[i - 1].at && !w->guest[i - 1].pair &&
            !draw(3))
            w->guest[i].pair = w->guest[i - 1].pair = pairs[i > 3];
    w->guest[w->guests].at = NULL;
}

/* Two of a pair may be drawn on one host, and another pair of that name on
 * another: a group that is on two hosts binds nobody, and the model would. */
static bool world_is_plain(const struct world *w)
{
    for (int i = 0; i < w->guests; i++)
        for (int k = 0; k < i; k++)
            if (same(w->guest[i].pair, w->guest[k].pair) &&
                w->guest[i].at != w->guest[k].at)
                return false;
    return true;
}

/* Moves start when those have ended that they wait for, in an order that is
 * drawn, and end as late as can be. */
static void world_replay(const struct world *w, const struct places *start,
                         const struct plan *p, uint64_t seed)
{
    struct places at = *start;
    uint8_t began[GUESTS] = { 0 }, ended[GUESTS] = { 0 };
    uint32_t left = p->move_n;

    while (left) {
        bool any = false;

        for (uint32_t i = 0; i < p->move_n; i++) {
            const struct plan_move *m = &p->move[i];
            bool ready = !began[i];

            for (uint32_t k = 0; k < m->after_n; k++)
                ready &= ended[m->after[k]];
            if (!ready)
                continue;
            began[i] = 1;
            any = true;
        }
        /* all that run take room on both hosts */
        for (int h = 0; h < HOSTS; h++) {
            int mib = 0, vcpus = 0;

            for (int g = 0; g < w->guests; g++) {
                bool here = at.at[g] == h;

                for (uint32_t i = 0; i < p->move_n; i++)
                    here |= p->move[i].domain == (uint32_t)g && began[i] &&
                            p->move[i].to == (uint32_t)h;
                mib += here ? w->guest[g].mib : 0;
                vcpus += here ? w->guest[g].vcpus : 0;
            }
            if (mib > w->mib[h] || vcpus > 16)
                fail_msg("seed %llu: %s has too much",
                         (unsigned long long)seed, host_name[h]);
        }
        assert_true(any || left);
        /* one of those that run ends */
        for (uint32_t n = 0, i = (uint32_t)draw((int)p->move_n); n < p->move_n;
             n++, i = (i + 1) % p->move_n)
            if (began[i] && !ended[i]) {
                ended[i] = 1;
                at.at[p->move[i].domain] = (int)p->move[i].to;
                left--;
                break;
            }
    }
}

static void world_check(struct world *w, uint64_t seed)
{
    struct topo *map = map_of(w);
    struct plan_cluster *c = cluster_of(map, w);
    struct plan *p = plan_of(c);
    struct places start, at;
    int home = 0, most, away = 0;

    for (int i = 0; i < w->guests; i++)
        start.at[i] = index_of(w->guest[i].at);
    for (int i = 0; i < w->guests; i++)
        away += is_away(w, &start, i);
    most = world_most(w, &start);
    at = start;
    for (uint32_t i = 0; i < p->move_n; i++) {
        int g = (int)p->move[i].domain;

        if (!is_away(w, &at, g) ||
            (int)p->move[i].to != index_of(w->guest[g].home) ||
            !world_allows(w, &at, g, (int)p->move[i].to))
            fail_msg("seed %llu: %s may not go", (unsigned long long)seed,
                     guest_name[g]);
        at.at[g] = (int)p->move[i].to;
        home++;
    }
    if (home != most || away != home + (int)p->stranded_n)
        fail_msg("seed %llu: %d go home and %u stay, of %d; %d can go",
                 (unsigned long long)seed, home, p->stranded_n, away, most);
    world_replay(w, &start, p, seed);
    plan_free(p);
    plan_cluster_free(c);
    topo_free(map);
}

static void test_most(void **state)
{
    const char *set = getenv("RACKHOP_SIM_CLUSTERS");
    long n = set ? strtol(set, NULL, 10) : CLUSTERS, done = 0;

    if (n < CLUSTERS)
        print_message("only %ld clusters of %d\n", n, CLUSTERS);
    for (uint64_t seed = 1; done < n; seed++) {
        struct world w;

        rng = seed;
        world_make(&w);
        if (!world_is_plain(&w))
            continue;
        world_check(&w, seed);
        done++;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_named),
        cmocka_unit_test(test_most),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
