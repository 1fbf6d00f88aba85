/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * A drain that no plan can do: the sentence names the host that the reason is
 * of, also where each host has another reason.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "scheduler/scheduler.h"
#include "topology/topology.h"

enum { DRAINED, NO_NETWORK, OLD_CPU, HOSTS };

static struct topo *map_of(void)
{
    static const char *const names[] = { "drained", "no-network", "old-cpu" };
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

/* The emptiest host, which the planner looks at first, lacks a network; the
 * next lacks a feature, and that rule stands before the other in the table. */
static struct plan_cluster *cluster_of(struct topo *map)
{
    static const char *const net[] = { "xenbr0" };
    const struct plan_host hosts[HOSTS] = {
        [DRAINED] = { .name = "drained", .memory_mib = 100, .cpus = 8 },
        [NO_NETWORK] = { .name = "no-network",
                         .memory_mib = 300,
                         .cpus = 8,
                         .max_hvm = "0,2000000",
                         .networks = { NULL, 0, true } },
        [OLD_CPU] = { .name = "old-cpu",
                      .memory_mib = 200,
                      .cpus = 8,
                      .max_hvm = "0,0",
                      .networks = { net, 1, true } },
    };
    const struct plan_domain d = { .uuid = "1",
                                   .name = "web1",
                                   .host = "drained",
                                   .type = PLAN_HVM,
                                   .memory_mib = 50,
                                   .vcpus = 1,
                                   .cpu_policy = "0,2000000",
                                   .networks = { net, 1, true } };
    struct plan_cluster *c = plan_cluster_new(map);

    assert_non_null(c);
    for (int i = 0; i < HOSTS; i++)
        assert_int_equal(plan_add_host(c, &hosts[i]), 0);
    assert_int_equal(plan_add_domain(c, &d), 0);
    assert_int_equal(plan_cluster_index(c, NULL, NULL, NULL), 0);
    return c;
}

static void test_names_the_host_of_the_reason(void **state)
{
    struct topo *map = map_of();
    struct plan_cluster *c = cluster_of(map);
    const uint32_t host[] = { DRAINED };
    struct plan *p;

    assert_int_equal(plan_drain(c, host, 1, &p), 0);
    assert_true(p->infeasible && p->proven);
    assert_int_equal(p->rule, PLAN_CPU);
    assert_string_equal(p->text,
                        "web1 can go to none of the 2 hosts that remain; "
                        "old-cpu for one: its CPU lacks aes");
    plan_free(p);
    plan_cluster_free(c);
    topo_free(map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_the_host_of_the_reason),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
