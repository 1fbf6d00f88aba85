/* SPDX-License-Identifier: LGPL-2.1-only */
/* Sets of CPUs as text, and what vCPUs are pinned to as words. */
#include "libxl-ext/cpuset.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "libxl-ext/pin.h"

static void test_text(void **state)
{
    static const char *const good[] = { "",        "0",         "0-3,8",
                                        "1,3,5-7", "4094-4095", "63-64" };
    static const char *const bad[] = { ",",
                                       "1,",
                                       "-1",
                                       "1-",
                                       "3-1",
                                       "4096",
                                       "0-4096",
                                       "a",
                                       "1 2",
                                       "1,,2",
                                       "99999999999999999999" };
    struct xlx_cpuset s;
    char text[64];

    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_int_equal(xlx_cpuset_parse(good[i], &s), 0);
        assert_int_equal(xlx_cpuset_format(&s, text, sizeof text), 0);
        assert_string_equal(text, good[i]);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (!xlx_cpuset_parse(bad[i], &s))
            fail_msg("\"%s\" was taken", bad[i]);
    /* half a set is none */
    assert_int_equal(xlx_cpuset_parse("10-12,20", &s), 0);
    assert_int_equal(xlx_cpuset_format(&s, text, 8), -E2BIG);
    assert_string_equal(text, "");
    assert_int_equal(xlx_cpuset_format(&s, text, 9), 0);
}

static void test_largest_text(void **state)
{
    static char text[XLX_CPUSET_TEXT];
    struct xlx_cpuset s = { .word = { 0 } };

    for (unsigned i = 0; i < XLX_CPUS; i += 2)
        xlx_cpuset_add(&s, i);
    xlx_cpuset_add(&s, XLX_CPUS); /* is no CPU */
    assert_int_equal(xlx_cpuset_format(&s, text, sizeof text), 0);
    assert_in_range(strlen(text), 9000, sizeof text - 1);
}

static void test_meet(void **state)
{
    struct xlx_cpuset a, b;

    xlx_cpuset_parse("0-3", &a);
    xlx_cpuset_parse("3-5", &b);
    assert_true(xlx_cpusets_meet(&a, &b));
    xlx_cpuset_parse("4,100", &b);
    assert_false(xlx_cpusets_meet(&a, &b));
}

/* --- pins ---------------------------------------------------------------------- */

enum { CPUS = 8, VCPUS = 4 };

struct vcpus {
    libxl_vcpuinfo v[40];
    libxl_domain_config config;
    struct xlx_needs needs;
};

static void map_set(libxl_bitmap *m, unsigned bits)
{
    m->map[0] = (uint8_t)bits;
    m->map[1] = bits == 0xff ? 0xff : 0; /* Xen has room for more */
}

static void vcpus_init(struct vcpus *q, int n)
{
    memset(q, 0, sizeof *q);
    libxl_domain_config_init(&q->config);
    for (int i = 0; i < n; i++) {
        libxl_bitmap *both[] = { &q->v[i].cpumap, &q->v[i].cpumap_soft };

        q->v[i].vcpuid = (uint32_t)i;
        for (int j = 0; j < 2; j++) {
            both[j]->size = 2;
            both[j]->map = calloc(1, 2);
            map_set(both[j], 0xff);
        }
    }
}

static void vcpus_dispose(struct vcpus *q, int n)
{
    for (int i = 0; i < n; i++) {
        free(q->v[i].cpumap.map);
        free(q->v[i].cpumap_soft.map);
    }
    libxl_domain_config_dispose(&q->config);
}

static void pins_are(struct vcpus *q, int n, unsigned nodes, const char *want)
{
    char text[2048] = "", line[WORD_LINE];

    xlx_pins_of(q->v, n, CPUS, nodes, &q->config, &q->needs);
    for (size_t i = 0; i < q->needs.n_pins; i++) {
        word_pin_format(&q->needs.pins[i], line);
        strcat(text, line);
    }
    assert_string_equal(text, want);
}

static void test_pins(void **state)
{
    struct vcpus q;

    vcpus_init(&q, VCPUS);
    pins_are(&q, VCPUS, 1, "");
    map_set(&q.v[0].cpumap, 0x02);
    map_set(&q.v[1].cpumap, 0x02);
    map_set(&q.v[3].cpumap_soft, 0x0d);
    pins_are(&q, VCPUS, 1,
             "@pin 0-1 1 all\n@pin 2-2 all all\n@pin 3-3 all 0,2-3\n");
    /* not pinned any more, though its configuration says so */
    vcpus_dispose(&q, VCPUS);
    vcpus_init(&q, VCPUS);
    q.config.b_info.num_vcpu_hard_affinity = 1;
    q.config.b_info.vcpu_hard_affinity = calloc(1, sizeof(libxl_bitmap));
    q.config.b_info.vcpu_hard_affinity->size = 2;
    q.config.b_info.vcpu_hard_affinity->map = calloc(1, 2);
    map_set(q.config.b_info.vcpu_hard_affinity, 0x02);
    pins_are(&q, VCPUS, 1, "@pin 0-3 all all\n");
    /* its configuration names all CPUs of this host: they are not all there
     * are where it goes to */
    map_set(q.config.b_info.vcpu_hard_affinity, 0xff);
    pins_are(&q, VCPUS, 1, "@pin 0-0 - all\n@pin 1-3 all all\n");
    vcpus_dispose(&q, VCPUS);
}

/* What libxl has placed by itself it places anew. */
static void test_placed(void **state)
{
    struct vcpus q;

    vcpus_init(&q, VCPUS);
    for (int i = 0; i < VCPUS; i++)
        map_set(&q.v[i].cpumap_soft, 0x0f);
    pins_are(&q, VCPUS, 2, "");
    pins_are(&q, VCPUS, 1, "@pin 0-3 all 0-3\n");
    map_set(&q.v[2].cpumap, 0x01);
    pins_are(&q, VCPUS, 2, "@pin 0-1 all -\n@pin 2-2 0 -\n@pin 3-3 all -\n");
    map_set(&q.v[2].cpumap, 0xff);
    map_set(&q.v[2].cpumap_soft, 0x01);
    pins_are(&q, VCPUS, 2,
             "@pin 0-1 all 0-3\n@pin 2-2 all 0\n@pin 3-3 all 0-3\n");
    map_set(&q.v[2].cpumap_soft, 0x0f);
    libxl_defbool_set(&q.config.b_info.numa_placement, false);
    pins_are(&q, VCPUS, 2, "@pin 0-3 all 0-3\n");
    vcpus_dispose(&q, VCPUS);
}

/* An older target host skips 16 lines, and no more. */
static void test_many_pins(void **state)
{
    struct vcpus q;

    vcpus_init(&q, 40);
    for (int i = 0; i < 40; i++)
        map_set(&q.v[i].cpumap, 1u << i % 8);
    xlx_pins_of(q.v, 40, CPUS, 1, &q.config, &q.needs);
    assert_int_equal(q.needs.n_pins, WORD_PINS);
    assert_true(q.needs.pins_cut);
    vcpus_dispose(&q, 40);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text),   cmocka_unit_test(test_largest_text),
        cmocka_unit_test(test_meet),   cmocka_unit_test(test_pins),
        cmocka_unit_test(test_placed), cmocka_unit_test(test_many_pins),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
