/* SPDX-License-Identifier: LGPL-2.1-only */
/* A plan from earlier: in its order every move is allowed; out of
 * it, or on a cluster that has changed, the first that is not is named. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "scheduler/scheduler.h"
#include "topology/topology.h"

enum { A, B, C };

static struct topo *map_of(void)
{
    static const char *const names[] = { "a", "b", "c" };
    struct topo *t = topo_new();
    int s;

    assert_non_null(t);
    for (int i = 0; i < 3; i++)
        assert_int_equal(topo_add_node(t, names[i], TOPO_HOST), i);
    s = topo_add_node(t, "s", TOPO_SWITCH);
    for (uint32_t i = 0; i < 3; i++) {
        struct topo_link l = { .a = i, .b = (uint32_t)s, .mbps = 1000 };

        assert_true(topo_add_link(t, &l) >= 0);
    }
    return t;
}

static struct plan_cluster *cluster_of(struct topo *map,
                                       enum plan_host_state state_of_c)
{
    static const char *const names[] = { "a", "b", "c" };
    struct plan_settings set;
    struct plan_cluster *c = plan_cluster_new(map);

    plan_settings_init(&set);
    assert_non_null(c);
    for (int i = 0; i < 3; i++) {
        struct plan_host h = { .name = names[i],
                               .state = i == C ? state_of_c : PLAN_UP,
                               .memory_mib = 100,
                               .cpus = 8 };

        assert_int_equal(plan_add_host(c, &h), 0);
    }
    for (int i = 0; i < 2; i++) {
        static const char *const uuids[] = { "big", "small" };
        struct plan_domain d = { .uuid = uuids[i],
                                 .name = uuids[i],
                                 .host = names[i],
                                 .type = PLAN_PVH,
                                 .memory_mib = i ? 30 : 80,
                                 .vcpus = 1,
                                 .cpu_used = -1,
                                 .dirty_mib_s = -1,
                                 .writable_mib = -1 };

        assert_int_equal(plan_add_domain(c, &d), 0);
    }
    assert_int_equal(plan_cluster_index(c, &set, NULL, NULL), 0);
    return c;
}

static void test_order(void **state)
{
    const struct {
        enum plan_host_state c;
        struct plan_step step[2];
        uint32_t bad;
        enum plan_rule rule;
        bool off; /* and asked for once it is on */
    } row[] = {
        { PLAN_UP, { { 1, C }, { 0, B } }, 2, 0, false },
        { PLAN_UP, { { 0, B }, { 1, C } }, 0, PLAN_MEMORY, false },
        { PLAN_MAINTENANCE, { { 1, C }, { 0, B } }, 0, PLAN_STATE, false },
        { PLAN_UP, { { 1, C }, { 0, C } }, 1, PLAN_MEMORY, false },
        { PLAN_OFFLINE, { { 1, C }, { 0, B } }, 0, PLAN_STATE, false },
        { PLAN_OFFLINE, { { 1, C }, { 0, B } }, 2, 0, true },
        { PLAN_OFFLINE, { { 1, C }, { 0, C } }, 1, PLAN_MEMORY, true },
    };

    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        struct topo *map = map_of();
        struct plan_cluster *c = cluster_of(map, row[i].c);
        const uint8_t on[] = { [A] = 1, [B] = 1, [C] = 0 };
        enum plan_rule rule = PLAN_RULES;
        char why[256] = "";
        uint32_t bad;

        assert_int_equal(plan_check(c, row[i].off ? on : NULL, row[i].step, 2,
                                    &bad, &rule, why, sizeof why),
                         0);
        assert_int_equal(bad, row[i].bad);
        if (bad < 2) {
            assert_int_equal(rule, row[i].rule);
            assert_true(*why);
        }
        plan_cluster_free(c);
        topo_free(map);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_order) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
