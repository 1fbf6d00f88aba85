/* SPDX-License-Identifier: LGPL-2.1-only */
/* The rule on time stamp counters: asked for by a setting, between what is
 * known, and not for what measuring accounts for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "scheduler/scheduler.h"

static uint32_t refused(double guest_khz, double host_khz, bool asked,
                        char *text, size_t len)
{
    struct plan_cluster *c = plan_cluster_new(NULL);
    struct plan_settings set;
    struct plan_host h = { .name = "a", .memory_mib = 100, .cpus = 4 };
    struct plan_domain d = { .uuid = "1",
                             .name = "v",
                             .host = "a",
                             .type = PLAN_PVH,
                             .memory_mib = 10,
                             .vcpus = 1,
                             .tsc_khz = guest_khz };
    enum plan_rule rule = 0;
    uint32_t bits;

    plan_settings_init(&set);
    set.same_tsc = asked;
    assert_int_equal(plan_add_host(c, &h), 0);
    h.name = "b";
    h.tsc_khz = host_khz;
    assert_int_equal(plan_add_host(c, &h), 0);
    assert_int_equal(plan_add_domain(c, &d), 0);
    assert_int_equal(plan_cluster_index(c, &set, NULL, NULL), 0);
    assert_int_equal(plan_refusals(c, 0, 1, &bits), 0);
    if (bits & 1u << PLAN_TSC) {
        assert_true(plan_refusal(c, 0, 1, &rule, text, len));
        assert_int_equal(rule, PLAN_TSC);
        assert_string_equal(plan_rule_name(rule), "tsc");
    }
    plan_cluster_free(c);
    return bits;
}

static void test_tsc(void **state)
{
    static const struct {
        double guest, host;
        bool asked, refused;
    } rows[] = {
        { 2400000, 2400000, true, false },  { 2400000, 2400001, true, false },
        { 2400000, 2402400, true, false }, /* a thousandth */
        { 2400000, 2402500, true, true },   { 2400000, 2397500, true, true },
        { 2400000, 2600000, false, false }, { 0, 2600000, true, false },
        { 2400000, 0, true, false },
    };
    char text[200];

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint32_t bits = refused(rows[i].guest, rows[i].host, rows[i].asked,
                                text, sizeof text);

        assert_int_equal(bits, rows[i].refused ? 1u << PLAN_TSC : 0);
    }
    refused(2400000, 2600000, true, text, sizeof text);
    assert_string_equal(text, "its time stamp counter runs at 2600 MHz, that "
                              "of the guest at 2400 MHz");
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_tsc) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
