/* SPDX-License-Identifier: LGPL-2.1-only */
/* Rebalancing: what is uneven is levelled, what only looks so because it was
 * not looked at for long is left alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "scheduler/inventory.h"
#include "scheduler/scheduler.h"
#include "topology/topology.h"

enum { HOSTS = 3 };

static const char *const names[HOSTS] = { "a", "b", "c" };

static struct topo *map_of(void)
{
    struct topo *t = topo_new();
    int s;

    assert_non_null(t);
    for (int i = 0; i < HOSTS; i++)
        assert_int_equal(topo_add_node(t, names[i], TOPO_HOST), i);
    s = topo_add_node(t, "s", TOPO_SWITCH);
    for (uint32_t i = 0; i < HOSTS; i++) {
        struct topo_link l = { .a = i, .b = (uint32_t)s, .mbps = 1000 };

        assert_true(topo_add_link(t, &l) >= 0);
    }
    return t;
}

/* One thread each; guests of 40 MiB, those of a host use `each` of it. */
static struct plan_cluster *cluster_of(struct topo *map,
                                       const int guests[HOSTS],
                                       const double each[HOSTS],
                                       double sample_ms, const double *day)
{
    struct plan_settings set;
    struct plan_cluster *c = plan_cluster_new(map);
    unsigned n = 0;

    plan_settings_init(&set);
    set.overcommit = 8;
    assert_non_null(c);
    for (int i = 0; i < HOSTS; i++) {
        struct plan_host h = { .name = names[i],
                               .memory_mib = 400,
                               .cpus = 1,
                               .cpu_sample_ms = sample_ms };

        assert_int_equal(plan_add_host(c, &h), 0);
    }
    for (int i = 0; i < HOSTS; i++)
        for (int k = 0; k < guests[i]; k++) {
            char name[16];
            struct plan_domain d = { .uuid = name,
                                     .name = name,
                                     .host = names[i],
                                     .type = PLAN_PVH,
                                     .memory_mib = 40,
                                     .vcpus = 1,
                                     .cpu_used = each[i],
                                     .cpu_day = day ? day[i] : 0,
                                     .dirty_mib_s = 0,
                                     .writable_mib = 0 };

            snprintf(name, sizeof name, "g%u", n++);
            assert_int_equal(plan_add_domain(c, &d), 0);
        }
    assert_int_equal(plan_cluster_index(c, &set, NULL, NULL), 0);
    return c;
}

static void test_level(void **state)
{
    static const struct {
        const char *what;
        int guests[HOSTS];
        double each[HOSTS], sample_ms;
        uint32_t least, most; /* moves */
    } rows[] = {
        { "all on one", { 4, 0, 0 }, { 0 }, 0, 2, 2 },
        { "all on one, a short look", { 4, 0, 0 }, { 0.05 }, 500, 2, 2 },
        { "busy", { 3, 2, 2 }, { 0.3, 0.05, 0.05 }, 5000, 1, 2 },
        { "busy, a short look", { 3, 2, 2 }, { 0.3, 0.05, 0.05 }, 500, 1, 2 },
        { "only busy", { 3, 3, 3 }, { 0.3, 0.03, 0.03 }, 5000, 1, 2 },
        { "noise", { 2, 1, 1 }, { 0.1, 0.07, 0.08 }, 5000, 0, 0 },
        { "no noise", { 2, 1, 1 }, { 0.1, 0.07, 0.08 }, 0, 1, 4 },
        { "level", { 1, 1, 1 }, { 0.2, 0.2, 0.2 }, 5000, 0, 0 },
        { "unknown", { 1, 1, 1 }, { -1, -1, -1 }, 0, 0, 0 },
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct topo *map = map_of();
        struct plan_cluster *c = cluster_of(map, rows[i].guests, rows[i].each,
                                            rows[i].sample_ms, NULL);
        struct plan *p;

        assert_int_equal(plan_rebalance(c, &p), 0);
        if (p->move_n < rows[i].least || p->move_n > rows[i].most)
            fail_msg("%s: %u moves, not %u to %u", rows[i].what, p->move_n,
                     rows[i].least, rows[i].most);
        plan_free(p);
        plan_cluster_free(c);
        topo_free(map);
    }
}

/* Moves of that cluster, of which guests have such days; the inventory has the
 * moment, before and after it. */
static uint32_t moves_by_day(const double now[HOSTS], const double *day)
{
    static const int guests[HOSTS] = { 3, 3, 3 };
    struct topo *map = map_of();
    struct plan_cluster *c = cluster_of(map, guests, now, 5000, day);
    struct plan *p;
    uint32_t n;

    assert_int_equal(plan_rebalance(c, &p), 0);
    n = p->move_n;
    for (uint32_t h = 0; h < HOSTS; h++) {
        double was = plan_host_sum(c, h).cpu_used - 3 * now[h];

        assert_true(was < 1e-9 && was > -1e-9);
    }
    assert_true(plan_guest_facts(c, 0).cpu_used - now[0] < 1e-9);
    plan_free(p);
    plan_cluster_free(c);
    topo_free(map);
    return n;
}

/* A day is levelled: not a peak in it, nor is a calm moment taken for level. */
static void test_days(void **state)
{
    static const double peak[HOSTS] = { 0.3, 0.03, 0.03 },
                        calm[HOSTS] = { 0.02, 0.02, 0.02 },
                        same[HOSTS] = { 0.2, 0.2, 0.2 };

    assert_true(moves_by_day(peak, NULL) > 0);
    assert_int_equal(moves_by_day(peak, same), 0);
    assert_int_equal(moves_by_day(calm, NULL), 0);
    assert_true(moves_by_day(calm, peak) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_level),
        cmocka_unit_test(test_days),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
