/* SPDX-License-Identifier: LGPL-2.1-only */
/* What a running plan knows is laid over a cluster: pins, places, memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "scheduler/scheduler.h"

enum { A, B, C };
static const char *const hosts[] = { "a", "b", "c" };

static void add_guest(struct plan_cluster *c, const char *uuid,
                      const char *host)
{
    struct plan_domain d = { .uuid = uuid,
                             .name = uuid,
                             .host = host,
                             .type = PLAN_PVH,
                             .memory_mib = 30,
                             .vcpus = 1,
                             .cpu_used = -1,
                             .dirty_mib_s = -1,
                             .writable_mib = -1 };

    assert_int_equal(plan_add_domain(c, &d), 0);
}

/* Three hosts of 100 MiB, 10 of them reserved; "v" on the first. */
static struct plan_cluster *cluster_of(void)
{
    struct plan_cluster *c = plan_cluster_new(NULL);

    assert_non_null(c);
    for (int i = 0; i < 3; i++) {
        struct plan_host h = { .name = hosts[i],
                               .state = PLAN_UP,
                               .memory_mib = 100,
                               .reserved_mib = 10,
                               .cpus = 8 };

        assert_int_equal(plan_add_host(c, &h), 0);
    }
    add_guest(c, "v", "a");
    return c;
}

static int problems(struct plan_cluster *c)
{
    struct plan_settings set;

    plan_settings_init(&set);
    return plan_cluster_index(c, &set, NULL, NULL);
}

static void test_pin(void **state)
{
    struct plan_cluster *c = cluster_of();
    enum plan_rule rule = PLAN_MEMORY;
    char why[200];

    assert_int_equal(plan_pin(c, 0, "its move is under way"), 0);
    assert_int_equal(problems(c), 0);
    assert_true(plan_refusal(c, 0, B, &rule, why, sizeof why));
    assert_int_equal(rule, PLAN_PINNED);
    assert_non_null(strstr(why, "its move is under way"));
    /* too late: the tables are made */
    assert_int_equal(plan_pin(c, 0, "x"), -EINVAL);
    assert_int_equal(plan_place(c, 0, A, B), -EINVAL);
    assert_int_equal(plan_reserve(c, A, 1), -EINVAL);
    plan_cluster_free(c);
}

static void test_reserve(void **state)
{
    struct plan_cluster *c = cluster_of();

    assert_int_equal(plan_reserve(c, A, 20), 0);
    assert_int_equal(plan_reserve(c, B, -4), 0);
    assert_int_equal(plan_reserve(c, C, -40), 0); /* there is no less than 0 */
    assert_int_equal(problems(c), 0);
    assert_int_equal(plan_host_capacity_mib(c, A), 70);
    assert_int_equal(plan_host_capacity_mib(c, B), 94);
    assert_int_equal(plan_host_capacity_mib(c, C), 100);
    plan_cluster_free(c);
    /* more than there is: nothing goes there */
    c = cluster_of();
    assert_int_equal(plan_reserve(c, A, 80), 0);
    assert_int_equal(problems(c), 0);
    assert_int_equal(plan_host_capacity_mib(c, A), 10);
    plan_cluster_free(c);
}

static void test_place(void **state)
{
    const struct {
        const char *also[2]; /* further hosts that list it */
        uint32_t from, to;   /* NONE: it is not placed */
        uint32_t at;         /* where it is then */
        uint32_t notes;
    } row[] = {
        { { NULL }, PLAN_NONE, PLAN_NONE, A, 0 },
        { { NULL }, A, B, B, 0 },
        { { "b" }, PLAN_NONE, PLAN_NONE, A, 1 },
        { { "b" }, A, B, B, 0 },
        { { "b" }, B, A, A, 0 },
        /* a third listing is nothing that this move explains */
        { { "c" }, A, B, B, 1 },
        { { "b", "c" }, A, B, B, 1 },
    };

    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        struct plan_cluster *c = cluster_of();

        for (int k = 0; k < 2 && row[i].also[k]; k++)
            add_guest(c, "v", row[i].also[k]);
        assert_true(plan_listed_on(c, 0, A));
        assert_int_equal(plan_listed_on(c, 0, C),
                         (row[i].also[0] && *row[i].also[0] == 'c') ||
                             row[i].also[1]);
        if (row[i].from != PLAN_NONE)
            assert_int_equal(plan_place(c, 0, row[i].from, row[i].to), 0);
        assert_int_equal(problems(c), 0);
        assert_int_equal(plan_notes(c), row[i].notes);
        assert_int_equal(plan_domains(c), row[i].notes ? 2 : 1);
        assert_int_equal(plan_domain_host(c, 0), row[i].at);
        assert_int_equal(plan_host_used_mib(c, row[i].at), 30);
        plan_cluster_free(c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pin),
        cmocka_unit_test(test_reserve),
        cmocka_unit_test(test_place),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
