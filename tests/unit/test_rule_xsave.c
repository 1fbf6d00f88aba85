/* SPDX-License-Identifier: LGPL-2.1-only */
/* The rule on the registers that XSAVE saves: what is read of a policy's leaves,
 * and which guest fits which host. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "libxl-ext/cpu.h"
#include "scheduler/scheduler.h"

static void leaves(void **state)
{
    static const struct xlx_cpu_leaf l[] = {
        { 1, UINT32_MAX, 1, 2, 3, 4 },
        { 0xd, 0, 0xe7, 576, 2696, 0x40000000 },
        { 0xd, 1, 0xf, 0, 0, 0 },
        { 0xd, 2, 256, 576, 0, 0 },
    };
    struct xlx_xsave x;

    xlx_cpu_xsave_from_leaves(l, 4, &x);
    assert_true(x.known && x.xcr0 == UINT64_C(0x40000000000000e7));
    assert_int_equal(x.bytes, 2696);
    xlx_cpu_xsave_from_leaves(l, 1, &x); /* a CPU without XSAVE */
    assert_true(x.known && !x.xcr0 && !x.bytes);
    xlx_cpu_xsave_from_leaves(l, 0, &x);
    assert_false(x.known);
}

#define X(xcr0_, bytes_)                                                      \
    {                                                                         \
        true, xcr0_, bytes_                                                   \
    }

static void fits(void **state)
{
    static const char regs[] = "its processors do not save all registers that "
                               "the guest may have in use (xsave):";
    static const struct {
        enum plan_type type;
        struct plan_xsave guest, pv, hvm;
        const char *why; /* behind regs; NULL: it fits */
    } rows[] = {
        { PLAN_PVH, X(7, 832), X(0, 0), X(7, 832), NULL },
        { PLAN_HVM, X(7, 832), X(0, 0), X(0xe7, 2696), NULL },
        { PLAN_PV, X(7, 832), X(3, 576), X(7, 832), " AVX" },
        { PLAN_PVH, X(0xe7, 2688), X(0, 0), X(7, 832), " AVX-512" },
        { PLAN_PVH, X(0x2e7, 2696), X(0, 0), X(7, 832), " AVX-512 PKU" },
        { PLAN_PVH, X(0x60007, 11008), X(0, 0), X(7, 832), " AMX" },
        { PLAN_PVH, X(0x407, 832), X(0, 0), X(7, 832), " XCR0 0x400" },
        { PLAN_PVH, X(7, 832), X(0, 0), X(0, 0), " AVX XCR0 0x3" },
        { PLAN_PVH, X(0, 0), X(0, 0), X(0, 0), NULL },
        { PLAN_PVH, { false, 7, 832 }, X(0, 0), X(0, 0), NULL },
        { PLAN_PVH, X(7, 832), X(0, 0), { false, 0, 0 }, NULL },
        { PLAN_PVH, X(7, 0), X(0, 0), X(7, 832), NULL },
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct plan_cluster *c = plan_cluster_new(NULL);
        struct plan_host h = { .name = "a", .memory_mib = 100, .cpus = 4 };
        struct plan_domain d = { .uuid = "1",
                                 .name = "v",
                                 .host = "a",
                                 .type = rows[i].type,
                                 .memory_mib = 10,
                                 .vcpus = 1,
                                 .xsave = rows[i].guest };
        enum plan_rule rule = 0;
        char text[300] = "", want[300];
        uint32_t bits;

        assert_int_equal(plan_add_host(c, &h), 0);
        h.name = "b";
        h.xsave_pv = rows[i].pv;
        h.xsave_hvm = rows[i].hvm;
        assert_int_equal(plan_add_host(c, &h), 0);
        assert_int_equal(plan_add_domain(c, &d), 0);
        assert_int_equal(plan_cluster_index(c, NULL, NULL, NULL), 0);
        assert_int_equal(plan_refusals(c, 0, 1, &bits), 0);
        assert_int_equal(bits, rows[i].why ? 1u << PLAN_XSAVE : 0);
        if (bits) {
            assert_true(plan_refusal(c, 0, 1, &rule, text, sizeof text));
            assert_string_equal(plan_rule_name(rule), "xsave");
            strcpy(want, regs);
            assert_string_equal(text, strcat(want, rows[i].why));
        }
        plan_cluster_free(c);
    }
}

/* The same registers in an area that is laid out otherwise. */
static void sizes(void **state)
{
    const struct plan_xsave guest = X(7, 840), host = X(7, 832);
    char text[200];

    assert_false(plan_xsave_fits(&guest, &host));
    plan_xsave_why(&guest, &host, text, sizeof text);
    assert_string_equal(text, "its processors save 832 bytes of registers "
                              "(xsave), those of the guest 840");
    assert_true(plan_xsave_fits(&host, &guest));
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(leaves),
                                        cmocka_unit_test(fits),
                                        cmocka_unit_test(sizes) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
