/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Rolls of four equal hosts in two racks, by a table: how many waves, which of
 * them, and what is left. What is safe, test_roll_sim.c checks.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "scheduler/roll.h"
#include "topology/topology.h"

enum { HOSTS = 4, GUESTS = 8, HOST_MIB = 1000 };

struct guest {
    const char *name, *host;
    int mib;
    const char *apart, *pinned;
};

struct roll_case {
    const char *what;
    struct guest guest[GUESTS];
    const char *xen[HOSTS]; /* NULL: 4.17.3 */
    const char *hosts;      /* to roll: "abcd" */
    struct plan_roll_options o;
    bool away; /* not home */
    /* wanted */
    const char *waves; /* "a,bc": hosts of each */
    const char *left;  /* hosts */
    enum plan_roll_limit limit;
    uint32_t moves;
};

static struct topo *map_of(void)
{
    struct topo *t = topo_new();
    int s;

    assert_non_null(t);
    for (uint32_t i = 0; i < HOSTS; i++) {
        const char name[] = { (char)('a' + i), '\0' };

        assert_int_equal(topo_add_node(t, name, TOPO_HOST), i);
        assert_int_equal(topo_set_rack(t, i, i < 2 ? "r1" : "r2"), 0);
    }
    s = topo_add_node(t, "s", TOPO_SWITCH);
    for (uint32_t i = 0; i < HOSTS; i++) {
        struct topo_link l = { .a = i, .b = (uint32_t)s, .mbps = 10000 };

        assert_true(topo_add_link(t, &l) >= 0);
    }
    return t;
}

static void problem(void *arg, const char *text)
{
    fail_msg("%s", text);
}

static struct plan_cluster *cluster_of(const struct roll_case *k,
                                       const struct topo *map)
{
    struct plan_cluster *c = plan_cluster_new(map);

    assert_non_null(c);
    for (int i = 0; i < HOSTS; i++) {
        const char name[] = { (char)('a' + i), '\0' };
        struct plan_host h = { .name = name,
                               .memory_mib = HOST_MIB,
                               .cpus = 8,
                               .xen = k->xen[i] ? k->xen[i] : "4.17.3" };

        assert_int_equal(plan_add_host(c, &h), 0);
    }
    for (const struct guest *g = k->guest; g < k->guest + GUESTS && g->name;
         g++) {
        struct plan_domain d = { .uuid = g->name,
                                 .name = g->name,
                                 .host = g->host,
                                 .type = PLAN_PVH,
                                 .memory_mib = g->mib,
                                 .vcpus = 1,
                                 .apart = { &g->apart, g->apart != NULL,
                                            true },
                                 .pinned = g->pinned };

        assert_int_equal(plan_add_domain(c, &d), 0);
    }
    assert_int_equal(plan_cluster_index(c, NULL, problem, NULL), 0);
    return c;
}

#define GUEST(name_, host_, mib_) .name = name_, .host = host_, .mib = mib_

static const struct roll_case roll_cases[] = {
    { "an empty cluster: one host of each rack at a time", .hosts = "abcd",
      .waves = "ac,bd", .limit = PLAN_ROLL_RACK },
    { "empty, all domains at once", .hosts = "abcd",
      .o = { .same_domain = true }, .waves = "abcd", .limit = PLAN_ROLL_ONE },
    { "--parallel 1", .hosts = "ab",
      .o = { .parallel = 1, .same_domain = true }, .waves = "a,b",
      .limit = PLAN_ROLL_PARALLEL },
    { "memory: three full hosts, one empty one",
      { { GUEST("v1", "a", 900) },
        { GUEST("v2", "b", 900) },
        { GUEST("v3", "c", 900) } },
      .hosts = "abc",
      .o = { .same_domain = true },
      .waves = "a,b,c",
      .limit = PLAN_ROLL_MEMORY,
      .moves = 6 },
    { "not home: into the host just done, one move each",
      { { GUEST("v1", "a", 900) },
        { GUEST("v2", "b", 900) },
        { GUEST("v3", "c", 900) } },
      .hosts = "abc",
      .o = { .same_domain = true },
      .away = true,
      .waves = "a,b,c",
      .limit = PLAN_ROLL_MEMORY,
      .moves = 3 },
    { "the last two of an apart group are never away together",
      { { GUEST("v1", "a", 100), .apart = "g" },
        { GUEST("v2", "c", 100), .apart = "g" } },
      .hosts = "ac",
      .waves = "a,c",
      .limit = PLAN_ROLL_APART,
      .moves = 4 },
    { "unless asked",
      { { GUEST("v1", "a", 100), .apart = "g" },
        { GUEST("v2", "c", 100), .apart = "g" } },
      .hosts = "ac",
      .o = { .same_domain = true },
      .waves = "ac",
      .limit = PLAN_ROLL_ONE,
      .moves = 4 },
    { "the canary is the host with least to move",
      { { GUEST("v1", "a", 300) },
        { GUEST("v2", "b", 200) },
        { GUEST("v3", "c", 100) } },
      .hosts = "abc",
      .o = { .canary = 1, .same_domain = true },
      .waves = "c,ab",
      .limit = PLAN_ROLL_ONE,
      .moves = 6 },
    { "--max-away",
      { { GUEST("v1", "a", 300) },
        { GUEST("v2", "b", 300) },
        { GUEST("v3", "c", 300) } },
      .hosts = "abc",
      .o = { .max_away_gib = 600 / 1024.0, .same_domain = true },
      .waves = "ab,c",
      .limit = PLAN_ROLL_AWAY,
      .moves = 6 },
    { "a pinned guest",
      { { GUEST("v1", "a", 300), .pinned = "licence" },
        { GUEST("v2", "b", 200) } },
      .hosts = "ab",
      .o = { .same_domain = true },
      .waves = "b",
      .left = "a",
      .limit = PLAN_ROLL_ONE,
      .moves = 2 },
    { "a guest for which no gap is large enough",
      { { GUEST("v1", "a", 900) },
        { GUEST("v2", "b", 550) },
        { GUEST("v3", "c", 550) },
        { GUEST("v4", "d", 550) } },
      .hosts = "a",
      .waves = "",
      .left = "a" },
    { "another makes room",
      { { GUEST("v1", "a", 700) },
        { GUEST("v2", "b", 400) },
        { GUEST("v3", "c", 400) },
        { GUEST("v4", "d", 400) } },
      .hosts = "a",
      .waves = "a",
      .limit = PLAN_ROLL_ONE,
      .moves = 4 },
    { "no guest of a newer host while all others are older",
      { { GUEST("v1", "d", 100) } },
      .xen = { NULL, NULL, NULL, "4.18.0" },
      .hosts = "d",
      .waves = "",
      .left = "d" },
    { "the newer host waits until another is upgraded",
      { { GUEST("v1", "d", 100) } },
      .xen = { NULL, NULL, NULL, "4.18.0" },
      .hosts = "cd",
      .o = { .to_xen = "4.20", .same_domain = true, .parallel = 1 },
      .waves = "c,d",
      .limit = PLAN_ROLL_PARALLEL,
      .moves = 2 },
};

static void waves_text(const struct plan_roll *p, char *text, size_t len)
{
    size_t n = 0;

    *text = '\0';
    for (uint32_t i = 0; i < p->wave_n; i++) {
        n += (size_t)snprintf(text + n, len - n, "%s", i ? "," : "");
        for (uint32_t k = 0; k < p->wave[i].host_n; k++)
            n += (size_t)snprintf(text + n, len - n, "%c",
                                  (int)('a' + p->wave[i].host[k]));
    }
}

static void left_text(const struct plan_roll *p, char *text, size_t len)
{
    size_t n = 0;

    *text = '\0';
    for (uint32_t i = 0; i < p->left_n; i++)
        n += (size_t)snprintf(text + n, len - n, "%c",
                              (int)('a' + p->left[i].host));
}

static void check_case(const struct roll_case *k)
{
    struct topo *map = map_of();
    struct plan_cluster *c = cluster_of(k, map);
    struct plan_roll_options o = k->o;
    struct plan_roll *p;
    uint32_t host[HOSTS], n = 0, bad;
    char waves[40], left[10];

    o.home = !k->away;
    if (o.max_away_gib == 0)
        o.max_away_gib = INFINITY;
    for (const char *h = k->hosts; *h; h++)
        host[n++] = (uint32_t)(*h - 'a');
    assert_int_equal(plan_roll(c, host, n, &o, &p, &bad), 0);
    waves_text(p, waves, sizeof waves);
    left_text(p, left, sizeof left);
    if (strcmp(waves, k->waves) || strcmp(left, k->left ? k->left : "") ||
        p->limit != k->limit || p->moves != k->moves)
        fail_msg("%s: waves %s, left %s, limit %s, %u moves", k->what, waves,
                 left, plan_roll_limit_name(p->limit), p->moves);
    assert_int_equal(p->wave_n, p->wave_bound);
    plan_roll_free(p);
    plan_cluster_free(c);
    topo_free(map);
}

static void test_cases(void **state)
{
    for (size_t i = 0; i < sizeof roll_cases / sizeof *roll_cases; i++)
        check_case(&roll_cases[i]);
}

static void test_xen_that_cannot_be(void **state)
{
    static const struct roll_case k = { .hosts = "a" };
    struct topo *map = map_of();
    struct plan_cluster *c = cluster_of(&k, map);
    struct plan_roll_options o;
    struct plan_roll *p;
    uint32_t host = 1, bad;

    plan_roll_options_init(&o);
    o.to_xen = "new";
    assert_int_equal(plan_roll(c, &host, 1, &o, &p, &bad), -EINVAL);
    assert_int_equal(bad, PLAN_NONE);
    o.to_xen = "4.16";
    assert_int_equal(plan_roll(c, &host, 1, &o, &p, &bad), -EINVAL);
    assert_int_equal(bad, 1);
    assert_null(p);
    plan_cluster_free(c);
    topo_free(map);
}

/* --- a wave too large to be scheduled move by move ----------------------- */

enum { MANY = 2100 };

static void add_many(struct plan_cluster *c)
{
    char name[16];

    for (int i = 0; i < HOSTS; i++) {
        const char host[] = { (char)('a' + i), '\0' };
        struct plan_host h = { .name = host,
                               .memory_mib = 10 * MANY,
                               .cpus = MANY };

        assert_int_equal(plan_add_host(c, &h), 0);
    }
    for (int i = 0; i < MANY; i++) {
        struct plan_domain d = { .uuid = name,
                                 .name = name,
                                 .host = "a",
                                 .type = PLAN_PVH,
                                 .memory_mib = 1 + i % 5,
                                 .vcpus = 1 };

        snprintf(name, sizeof name, "v%d", i);
        assert_int_equal(plan_add_domain(c, &d), 0);
    }
    assert_int_equal(plan_cluster_index(c, NULL, problem, NULL), 0);
}

/* Moves of one host over one link: none begins before those that it waits for
 * have ended, and all together take no less than the link needs. */
static void check_many(const struct plan_move *m, uint32_t n, double seconds)
{
    double gib = 0;

    for (uint32_t i = 0; i < n; i++) {
        assert_true(!i || m[i].start_s >= m[i - 1].start_s);
        assert_true(m[i].seconds > 0 && m[i].rate_mbps > 0);
        for (uint32_t k = 0; k < m[i].after_n; k++)
            assert_true(m[m[i].after[k]].start_s + m[m[i].after[k]].seconds <=
                        m[i].start_s + 1e-9);
        gib += m[i].gib;
    }
    assert_true(seconds >= gib * 1024 * 8 * 1.048576 / 10000);
}

static void test_large_wave(void **state)
{
    const uint32_t host = 0;
    struct topo *map = map_of();
    struct plan_cluster *c = plan_cluster_new(map);
    struct plan_roll_options o;
    struct plan_roll *p;
    uint32_t bad;

    assert_non_null(c);
    add_many(c);
    plan_roll_options_init(&o);
    assert_int_equal(plan_roll(c, &host, 1, &o, &p, &bad), 0);
    assert_int_equal(p->wave_n, 1);
    assert_int_equal(p->moves, 2 * MANY);
    check_many(p->wave[0].away, p->wave[0].away_n, p->wave[0].away_s);
    check_many(p->wave[0].home, p->wave[0].home_n, p->wave[0].home_s);
    assert_true(p->makespan_s >= p->makespan_bound_s - 1e-6);
    plan_roll_free(p);
    plan_cluster_free(c);
    topo_free(map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases),
        cmocka_unit_test(test_xen_that_cannot_be),
        cmocka_unit_test(test_large_wave),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
