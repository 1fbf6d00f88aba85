/* SPDX-License-Identifier: LGPL-2.1-only */
/* Featuresets from Xen: leaves to words, words to hex and back. */
#include "libxl-ext/cpu.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "libxl-ext/facts.h"

static struct xlx_features bits(unsigned n, ...)
{
    struct xlx_features f = { .n = 16 };
    va_list ap;

    va_start(ap, n);
    while (n--) {
        unsigned b = va_arg(ap, unsigned);

        f.word[b / 32] |= 1u << b % 32;
    }
    va_end(ap);
    return f;
}

enum { SSE3 = 32 + 0, AVX2 = 5 * 32 + 5 };

/* Never beyond the end of the buffer. */
static void test_text_cut(void **state)
{
    struct xlx_features all = { .n = XLX_FEATURE_WORDS };
    char buf[300];

    memset(all.word, 0xff, sizeof all.word);
    for (size_t len = 1; len < sizeof buf; len++) {
        memset(buf, '#', sizeof buf);
        xlx_cpu_format(&all, buf, len);
        assert_in_range(strlen(buf), 0, len - 1);
        assert_int_equal(buf[len], '#');
    }
}

static void test_text(void **state)
{
    struct xlx_features f = bits(2, SSE3, AVX2), g;
    char buf[XLX_FEATURES_TEXT];

    f.n = 6;
    assert_string_equal(xlx_cpu_format(&f, buf, sizeof buf),
                        "00000000,00000001,00000000,00000000,00000000,"
                        "00000020");
    assert_int_equal(xlx_cpu_parse(buf, &g), 0);
    assert_int_equal(g.n, 6);
    assert_memory_equal(g.word, f.word, sizeof g.word);
    /* of every length */
    for (unsigned n = 1; n <= XLX_FEATURE_WORDS; n++) {
        memset(&f, 0, sizeof f);
        f.n = n;
        for (unsigned i = 0; i < n; i++)
            f.word[i] = 0x9e3779b9u * (i + 1);
        xlx_cpu_format(&f, buf, sizeof buf);
        assert_int_equal(xlx_cpu_parse(buf, &g), 0);
        assert_int_equal(g.n, n);
        assert_memory_equal(g.word, f.word, sizeof g.word);
    }
    assert_int_equal(xlx_cpu_parse("1,AbC,0", &g), 0);
    assert_int_equal(g.word[1], 0xabc);
}

static void test_text_refused(void **state)
{
    static const char *const rows[] = {
        "",
        ",",
        "1,",
        ",1",
        "1,,2",
        "0x1",
        "g",
        "1 2",
        " 1",
        "123456789",
        "1;2",
        "-1",
        "1, 2",
        "1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1",
    };
    struct xlx_features f;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (xlx_cpu_parse(rows[i], &f) != -EINVAL)
            fail_msg("\"%s\" is accepted", rows[i]);
}

/* Which register is which word; what the platform sets is left out. */
static void test_leaves(void **state)
{
    static const struct xlx_cpu_leaf leaves[] = {
        { 0, UINT32_MAX, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff },
        { 1, UINT32_MAX, 0xaaaaaaaa, 0xbbbbbbbb, 0xffffffff, 0xffffffff },
        { 4, 1, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff },
        { 7, 0, 9, 0x20, 0x40, 0x80 },
        { 7, 1, 0x11, 0x12, 0x13, 0x14 },
        { 7, 2, 0, 0, 0, 0x24 },
        { 0xd, 0, 0xffffffff, 0, 0, 0 },
        { 0xd, 1, 0x1f, 0, 0, 0 },
        { 0x80000001, UINT32_MAX, 0, 0, 0xffffffff, 0xffffffff },
        { 0x80000007, UINT32_MAX, 0, 0, 0, 0x100 },
        { 0x80000008, UINT32_MAX, 0, 0x5000, 0, 0 },
        { 0x80000021, UINT32_MAX, 0x77, 0, 0, 0 },
    };
    struct xlx_features f;

    xlx_cpu_from_leaves(leaves, sizeof leaves / sizeof leaves[0], &f);
    assert_int_equal(f.n, 16);
    assert_int_equal(f.word[0], 0xffffffff & ~(1u << 9 | 1u << 28));
    assert_int_equal(f.word[1],
                     0xffffffff & ~(1u << 21 | 1u << 27 | 1u << 31));
    /* what AMD repeats of leaf 1 counts once */
    assert_int_equal(f.word[2], 0xffffffff & ~0x0183f3ffu);
    assert_int_equal(f.word[3], 0xffffffff & ~(1u << 1 | 1u << 3));
    assert_int_equal(f.word[4], 0x1f);
    assert_int_equal(f.word[5], 0x20);
    assert_int_equal(f.word[6], 0x40);
    assert_int_equal(f.word[7], 0x100);
    assert_int_equal(f.word[8], 0x5000);
    assert_int_equal(f.word[9], 0x80);
    assert_int_equal(f.word[10], 0x11);
    assert_int_equal(f.word[11], 0x77);
    assert_int_equal(f.word[12], 0x12);
    assert_int_equal(f.word[13], 0x24);
    assert_int_equal(f.word[14], 0x13);
    assert_int_equal(f.word[15], 0x14);
    xlx_cpu_from_leaves(NULL, 0, &f);
    for (unsigned i = 0; i < f.n; i++)
        assert_int_equal(f.word[i], 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_text_cut),
        cmocka_unit_test(test_text_refused),
        cmocka_unit_test(test_leaves),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
