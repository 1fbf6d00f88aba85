/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Hosts without a path on the rack map: how far they count, how fast a move
 * between them is, what it uses, and that require_path forbids it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "scheduler/scheduler.h"
#include "topology/topology.h"

enum { HOSTS = 6 };

/*
 * Two islands, and hosts that are not on the map:
 *
 *     a, b -- tor1 (10000, 25000)      c, d -- tor2 (1000)      e (2500)   f
 */
static struct topo *islands(void)
{
    static const char *const node[] = { "a", "b", "c", "d", "tor1", "tor2" };
    static const int64_t mbps[] = { 10000, 25000, 1000, 1000 };
    struct topo *t = topo_new();

    assert_non_null(t);
    for (unsigned i = 0; i < 6; i++)
        assert_int_equal(
            topo_add_node(t, node[i], i < 4 ? TOPO_HOST : TOPO_SWITCH), i);
    for (unsigned i = 0; i < 4; i++) {
        struct topo_link l = { .a = i, .b = 4 + i / 2, .mbps = mbps[i] };

        assert_true(topo_add_link(t, &l) >= 0);
    }
    assert_int_equal(topo_derive_racks(t), 0);
    return t;
}

static struct plan_cluster *cluster(const struct topo *map, bool strict)
{
    static const char *const name[] = { "a", "b", "c", "d", "e", "f" };
    struct plan_cluster *c = plan_cluster_new(map);
    struct plan_settings set;

    assert_non_null(c);
    plan_settings_init(&set);
    set.require_path = strict;
    for (unsigned i = 0; i < HOSTS; i++) {
        struct plan_host h = { .name = name[i],
                               .memory_mib = 65536,
                               .cpus = 16,
                               .nic_mbps = i == 4 ? 2500 : 0 };

        assert_int_equal(plan_add_host(c, &h), 0);
    }
    for (unsigned i = 0; i < 8; i++) {
        char text[2] = { (char)('0' + i), '\0' };
        struct plan_domain v = { .uuid = text,
                                 .name = text,
                                 .host = i < 4 ? "a" : "c",
                                 .type = PLAN_PVH,
                                 .memory_mib = 1024,
                                 .vcpus = 1,
                                 .cpu_used = -1,
                                 .dirty_mib_s = -1,
                                 .writable_mib = -1 };

        assert_int_equal(plan_add_domain(c, &v), 0);
    }
    assert_int_equal(plan_cluster_index(c, &set, NULL, NULL), 0);
    return c;
}

static void test_far(void **state)
{
    static const struct {
        uint32_t a, b;
        bool known;
        int hops; /* -1 with require_path, where the path is not known */
        double rate;
    } row[] = {
        { 0, 1, true, 2, 10000 }, /* as the map says */
        { 2, 3, true, 2, 1000 },
        { 0, 2, false, 4, 1000 }, /* the slower end */
        { 1, 0, true, 2, 10000 },
        { 1, 4, false, 4, 2500 },
        { 4, 5, false, 4, 2500 }, /* one end is known */
        { 5, 0, false, 4, 10000 },
    };
    struct topo *map = islands();
    struct plan_cluster *c = cluster(map, false), *s = cluster(map, true);

    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        assert_int_equal(plan_path_known(c, row[i].a, row[i].b), row[i].known);
        assert_int_equal(plan_hops(c, row[i].a, row[i].b), row[i].hops);
        assert_true(plan_rate(c, row[i].a, row[i].b) == row[i].rate);
        assert_int_equal(plan_hops(s, row[i].a, row[i].b),
                         row[i].known ? row[i].hops : -1);
    }
    plan_cluster_free(c);
    plan_cluster_free(s);
    topo_free(map);
}

/* a and b have two cables to one switch, c has one. */
static struct topo *two_cables(int64_t mbps)
{
    static const char *const node[] = { "a", "b", "c", "tor1" };
    struct topo *t = topo_new();

    for (unsigned i = 0; i < 4; i++)
        assert_int_equal(
            topo_add_node(t, node[i], i < 3 ? TOPO_HOST : TOPO_SWITCH), i);
    for (unsigned i = 0; i < 5; i++) {
        struct topo_link l = { .a = i / 2, .b = 3, .mbps = mbps };

        assert_true(topo_add_link(t, &l) >= 0);
    }
    return t;
}

/* Connections for each cable of the way, where they are worth it. */
static void test_lanes(void **state)
{
    static const struct {
        int64_t mbps;
        uint32_t a, b;
        unsigned lanes;
    } row[] = {
        { 10000, 0, 1, 2 }, { TOPO_UNKNOWN, 1, 0, 2 }, { 200, 0, 1, 2 },
        { 199, 0, 1, 1 },   { 10000, 0, 2, 1 },        { 10000, 0, 0, 0 },
        { 10000, 0, 3, 0 }, { 10000, 4, 5, 0 }, /* not on the map */
    };

    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        struct topo *map = two_cables(row[i].mbps);
        struct plan_cluster *c = cluster(map, false);

        assert_int_equal(plan_lanes(c, row[i].a, row[i].b), row[i].lanes);
        plan_cluster_free(c);
        topo_free(map);
    }
}

/* All that a move over an unknown path is known to use are its two ends. */
static void test_shares(void **state)
{
    struct topo *map = islands();
    struct plan_cluster *c = cluster(map, false);
    struct plan_share *s;
    double out = 0, in = 0;
    int n = plan_shares(c, 0, 4, &s);

    assert_int_equal(n, 2);
    for (int i = 0; i < n; i++) {
        assert_true(s[i].arc < plan_arcs(c));
        assert_true(s[i].part == 1);
        out += plan_arc_mbps(c, s[i].arc) == 10000;
        in += plan_arc_mbps(c, s[i].arc) == 2500;
    }
    assert_true(out == 1 && in == 1);
    free(s);
    assert_int_equal(plan_shares(c, 0, 1, &s), 2);
    free(s);
    assert_int_equal(plan_shares(c, 5, 5, &s), 0);
    free(s);
    plan_cluster_free(c);
    topo_free(map);
}

static struct plan *drain(struct plan_cluster *c, uint32_t host)
{
    struct plan *p;

    assert_int_equal(plan_drain(c, &host, 1, &p), 0);
    return p;
}

/* Near hosts come first; where no host is near, far ones take the guests, and
 * the moves keep to the rate of the ports. */
static void test_drain(void **state)
{
    struct topo *map = islands();
    struct plan_cluster *c = cluster(map, false), *none = cluster(NULL, false);
    struct plan *p = drain(c, 0);
    double rate = 0;

    assert_int_equal(p->move_n, 4);
    for (uint32_t i = 0; i < p->move_n; i++) {
        assert_int_equal(p->move[i].to, 1);
        assert_false(p->move[i].path_unknown);
    }
    plan_free(p);
    p = drain(none, 0);
    assert_int_equal(p->move_n, 4);
    assert_true(p->total <= p->bound * 1.000001); /* far apart is a fact */
    for (uint32_t i = 0; i < p->move_n; i++) {
        assert_true(p->move[i].path_unknown);
        assert_int_equal(p->move[i].hops, 4);
        rate += p->move[i].start_s < 1e-9 ? p->move[i].rate_mbps : 0;
    }
    assert_true(rate > 0);
    plan_free(p);
    plan_cluster_free(c);
    plan_cluster_free(none);
    topo_free(map);
}

/* A hole in the map is no proof that no plan exists. */
static void test_strict(void **state)
{
    struct topo *map = islands();
    struct plan_cluster *none = cluster(NULL, true), *c = cluster(map, true);
    struct plan *p = drain(none, 0);

    assert_true(p->infeasible);
    assert_false(p->proven);
    assert_int_equal(p->rule, PLAN_PATH);
    assert_non_null(strstr(p->text, "map"));
    plan_free(p);
    assert_int_equal(plan_migrate(c, 0, 4, &p), 0);
    assert_true(p->infeasible);
    assert_false(p->proven);
    assert_non_null(strstr(p->text, "map"));
    plan_free(p);
    p = drain(c, 0); /* there is a way within the island */
    assert_int_equal(p->move_n, 4);
    plan_free(p);
    plan_cluster_free(none);
    plan_cluster_free(c);
    topo_free(map);
}

static void test_rebalance_and_score(void **state)
{
    struct plan_cluster *none = cluster(NULL, false);
    struct plan_candidate *k;
    struct plan *p;
    uint32_t n;

    assert_int_equal(plan_rebalance(none, &p), 0);
    assert_true(p->move_n > 0);
    plan_free(p);
    assert_int_equal(plan_score(none, 0, &k, &n), 0);
    assert_int_equal(n, HOSTS - 1);
    for (uint32_t i = 0; i < n; i++)
        assert_true(!k[i].refused && k[i].path_unknown && k[i].hops == 4);
    free(k);
    plan_cluster_free(none);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_far),
        cmocka_unit_test(test_lanes),
        cmocka_unit_test(test_shares),
        cmocka_unit_test(test_drain),
        cmocka_unit_test(test_strict),
        cmocka_unit_test(test_rebalance_and_score),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
