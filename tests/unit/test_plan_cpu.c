/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * CPU features: what a set lacks of another, and the names, which are those
 * that xl.cfg's cpuid= takes.
 */
#include "scheduler/cpu.h"

#include <ctype.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <libxl.h>

static struct plan_features bits(unsigned n, ...)
{
    struct plan_features f = { .n = PLAN_FEATURE_WORDS };
    va_list ap;

    va_start(ap, n);
    while (n--) {
        unsigned b = va_arg(ap, unsigned);

        f.word[b / 32] |= 1u << b % 32;
    }
    va_end(ap);
    return f;
}

/* Xen's own list, to hold the table against. */
static const struct {
    const char *name;
    unsigned bit;
} xen_features[] = {
#define XEN_CPUFEATURE(name_, value_) { #name_, value_ },
#include <xen/arch-x86/cpufeatureset.h>
};
enum { XEN_FEATURES = sizeof xen_features / sizeof xen_features[0] };

enum {
    SSE3 = 32 + 0,
    SSE4_2 = 32 + 20,
    AES = 32 + 25,
    POPCNT = 32 + 23,
    LM = 64 + 29,
    AVX2 = 5 * 32 + 5,
    AVX512F = 5 * 32 + 16,
    AVX512_VBMI = 6 * 32 + 1,
    NAMELESS = 31 * 32 + 31,
};

static void test_names(void **state)
{
    char buf[256];
    struct plan_features f = bits(2, POPCNT, SSE4_2);

    assert_string_equal(plan_features_names(&f, 0, buf, sizeof buf),
                        "sse4_2, popcnt");
    f = bits(0);
    assert_string_equal(plan_features_names(&f, 0, buf, sizeof buf), "none");
    /* xl.cfg's words where they differ from Xen's */
    f = bits(4, AES, LM, AVX512F, AVX512_VBMI);
    assert_string_equal(plan_features_names(&f, 0, buf, sizeof buf),
                        "aes, lm, avx512f, avx512-vbmi");
    f = bits(2, AES, NAMELESS);
    assert_string_equal(plan_features_names(&f, 0, buf, sizeof buf),
                        "aes, bit 31 of word 31");
    assert_null(plan_feature_name(NAMELESS));
    assert_null(plan_feature_name(UINT32_MAX));
}

static void test_names_limit(void **state)
{
    char buf[256];
    struct plan_features f = bits(4, SSE3, SSE4_2, POPCNT, AVX2);

    assert_string_equal(plan_features_names(&f, 4, buf, sizeof buf),
                        "sse3, sse4_2, popcnt, avx2");
    assert_string_equal(plan_features_names(&f, 3, buf, sizeof buf),
                        "sse3, sse4_2, popcnt and 1 more feature");
    assert_string_equal(plan_features_names(&f, 1, buf, sizeof buf),
                        "sse3 and 3 more features");
}

/* Never beyond the end, and what does not fit is said to be missing. */
static void test_names_cut(void **state)
{
    struct plan_features all = { .n = PLAN_FEATURE_WORDS };
    char buf[300];

    memset(all.word, 0xff, sizeof all.word);
    for (size_t len = 1; len < sizeof buf; len++) {
        memset(buf, '#', sizeof buf);
        plan_features_names(&all, 0, buf, len);
        assert_in_range(strlen(buf), 0, len - 1);
        assert_int_equal(buf[len], '#');
        if (len > 8)
            assert_string_equal(buf + strlen(buf) - 4, ", ..");
        memset(buf, '#', sizeof buf);
        plan_features_mask(&all, buf, len);
        assert_in_range(strlen(buf), 0, len - 1);
        assert_int_equal(buf[len], '#');
    }
}

static void test_mask(void **state)
{
    char buf[256];
    struct plan_features f = bits(2, POPCNT, SSE4_2);

    assert_string_equal(plan_features_mask(&f, buf, sizeof buf),
                        "cpuid = \"host,sse4_2=0,popcnt=0\"");
    f = bits(0);
    assert_string_equal(plan_features_mask(&f, buf, sizeof buf),
                        "cpuid = \"host\"");
    /* what has no name can't be masked by one */
    f = bits(2, NAMELESS, SSE3);
    assert_string_equal(plan_features_mask(&f, buf, sizeof buf),
                        "cpuid = \"host,sse3=0\"");
}

static bool xl_takes(const char *name)
{
    libxl_cpuid_policy_list list = NULL;
    char word[80];
    int r;

    snprintf(word, sizeof word, "%s=0", name);
    r = libxl_cpuid_parse_config(&list, word);
    libxl_cpuid_dispose(&list);
    return !r;
}

/* Every bit of Xen's header has a name, and it is one that xl takes; where xl
 * knows the feature not at all (a library older than the header) it can't. */
static void test_names_are_xls(void **state)
{
    for (size_t i = 0; i < XEN_FEATURES; i++) {
        const char *name = plan_feature_name(xen_features[i].bit);
        char small[64], dashes[64];
        size_t k;

        assert_non_null(name);
        for (k = 0; xen_features[i].name[k]; k++) {
            small[k] = (char)tolower((unsigned char)xen_features[i].name[k]);
            dashes[k] = small[k];
            if (small[k] == '_')
                dashes[k] = '-';
        }
        small[k] = dashes[k] = '\0';
        if (!xl_takes(name) && (xl_takes(small) || xl_takes(dashes)))
            fail_msg("%s: xl takes %s or %s, but not %s", xen_features[i].name,
                     small, dashes, name);
    }
    assert_true(xl_takes("aes"));
    assert_false(xl_takes("no-such-feature"));
}

static void test_missing(void **state)
{
    struct plan_features have = bits(3, SSE3, POPCNT, AVX2);
    struct plan_features offer = bits(2, SSE3, AVX512F), r;
    char buf[64];

    assert_true(plan_features_missing(&have, &offer, &r));
    assert_false(plan_features_within(&have, &offer));
    assert_string_equal(plan_features_names(&r, 0, buf, sizeof buf),
                        "popcnt, avx2");
    assert_false(plan_features_missing(&offer, &offer, &r));
    plan_features_common(&have, &offer, &r);
    assert_string_equal(plan_features_names(&r, 0, buf, sizeof buf), "sse3");
    /* an older Xen knows fewer words: what it can't say it can't offer */
    offer = have;
    offer.n = 5;
    offer.word[5] = 0;
    assert_true(plan_features_missing(&have, &offer, &r));
    assert_false(plan_features_within(&have, &offer));
    assert_string_equal(plan_features_names(&r, 0, buf, sizeof buf), "avx2");
    plan_features_common(&have, &offer, &r);
    assert_int_equal(r.n, 5);
    assert_string_equal(plan_features_names(&r, 0, buf, sizeof buf),
                        "sse3, popcnt");
    have.n = 5;
    have.word[5] = 0;
    assert_false(plan_features_missing(&have, &offer, &r));
    assert_true(plan_features_within(&have, &offer));
}

static void test_parse(void **state)
{
    static const char *const wrong[] = {
        "",
        ",",
        "1,",
        ",1",
        "1,,2",
        "0x1",
        "g",
        "1 2",
        " 1",
        "1;2",
        "-1",
        "1, 2",
        "123456789",
        "1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1",
    };
    struct plan_features f;

    assert_int_equal(plan_features_parse(&f, "178bfbff,AbC,0"), 0);
    assert_int_equal(f.n, 3);
    assert_int_equal(f.word[0], 0x178bfbff);
    assert_int_equal(f.word[1], 0xabc);
    assert_int_equal(f.word[3], 0);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        if (plan_features_parse(&f, wrong[i]) != -EINVAL)
            fail_msg("\"%s\" is accepted", wrong[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),     cmocka_unit_test(test_names_limit),
        cmocka_unit_test(test_names_cut), cmocka_unit_test(test_names_are_xls),
        cmocka_unit_test(test_mask),      cmocka_unit_test(test_missing),
        cmocka_unit_test(test_parse),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
