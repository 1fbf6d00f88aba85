/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * CPU levels: what hosts show alike is the greatest set that all show, a guest
 * under a level goes everywhere, and no feature is hidden without need. Over
 * generated sets; and in words and lines, by tables.
 */
#include "scheduler/level.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <libxl.h>

#include "libxl-ext/cpu.h"
#include "scheduler/sim.h"
#include "tests/lib/features.h"

enum { ROUNDS = 4000, HOSTS = 6, WORDS = 20, TRIES = 20 };

/* --- generated sets -------------------------------------------------------- */

static uint32_t draw_word(uint64_t *rng)
{
    return plan_sim_draw(rng, 1 << 16) << 16 | plan_sim_draw(rng, 1 << 16);
}

/* Sets of as many words as a release of Xen might have; most hosts show most
 * of what others show, and carry a little more than they show. */
static void draw_host(uint64_t *rng, const uint32_t *most,
                      struct plan_level_sets *h)
{
    uint32_t n = plan_sim_draw(rng, 3) ? 18 : 1 + plan_sim_draw(rng, WORDS);

    h->shown = h->carried = (struct plan_features){ .n = n };
    for (uint32_t i = 0; i < n; i++) {
        uint32_t less = draw_word(rng) & draw_word(rng) & draw_word(rng);

        h->shown.word[i] = most[i] & ~less;
        h->carried.word[i] =
            h->shown.word[i] | (draw_word(rng) & draw_word(rng));
    }
}

static bool within(const struct plan_features *a,
                   const struct plan_features *b)
{
    struct plan_features missing;

    return !plan_features_missing(a, b, &missing);
}

static void flip(struct plan_features *f, unsigned bit)
{
    f->word[bit / 32] ^= 1u << bit % 32;
}

/* All show it; and with any feature more, some host does not. */
static void is_greatest(const struct plan_level_sets *h, uint32_t n,
                        const struct plan_features *common)
{
    for (uint32_t i = 0; i < n; i++)
        assert_true(within(common, &h[i].shown));
    for (unsigned bit = 0; bit < PLAN_FEATURE_BITS; bit++) {
        struct plan_features more = *common;
        bool all = true;

        if (plan_features_has(common, bit))
            continue;
        more.n = PLAN_FEATURE_WORDS;
        flip(&more, bit);
        for (uint32_t i = 0; i < n; i++)
            all = all && within(&more, &h[i].shown);
        assert_false(all);
    }
}

/* Any other set that all hosts show is a part of it. */
static void has_every_other(uint64_t *rng, const struct plan_level_sets *h,
                            uint32_t n, const struct plan_features *common)
{
    for (int k = 0; k < TRIES; k++) {
        struct plan_features s = { .n = WORDS };
        bool all = true;

        for (uint32_t i = 0; i < WORDS; i++)
            s.word[i] = common->word[i] & draw_word(rng);
        flip(&s, plan_sim_draw(rng, 32 * WORDS));
        for (uint32_t i = 0; i < n; i++)
            all = all && within(&s, &h[i].shown);
        assert_int_equal(all, within(&s, common));
    }
}

/* Started on any host with these features hidden, it goes to any. */
static bool goes_everywhere(const struct plan_level_sets *h, uint32_t n,
                            const struct plan_features *hidden)
{
    struct plan_features guest;

    for (uint32_t i = 0; i < n; i++) {
        plan_features_missing(&h[i].shown, hidden, &guest);
        for (uint32_t k = 0; k < n; k++)
            if (!within(&guest, &h[k].carried))
                return false;
    }
    return true;
}

static void hides_least(const struct plan_level_sets *h, uint32_t n,
                        const struct plan_features *hidden)
{
    assert_true(goes_everywhere(h, n, hidden));
    for (unsigned bit = 0; bit < 32 * hidden->n; bit++) {
        struct plan_features less = *hidden;

        if (!plan_features_has(hidden, bit))
            continue;
        flip(&less, bit);
        assert_false(goes_everywhere(h, n, &less));
    }
}

static void test_generated(void **state)
{
    struct plan_level_sets host[HOSTS];
    uint32_t most[WORDS];
    struct plan_level l;
    uint64_t rng = 18;
    unsigned hidden = 0;

    for (int round = 0; round < ROUNDS; round++) {
        uint32_t n = 1 + plan_sim_draw(&rng, HOSTS);

        for (int i = 0; i < WORDS; i++)
            most[i] = draw_word(&rng);
        for (uint32_t i = 0; i < n; i++)
            draw_host(&rng, most, &host[i]);
        plan_level_of(host, n, &l);
        /* each bit takes a while: not in each round */
        if (round % 10 == 0) {
            is_greatest(host, n, &l.common);
            hides_least(host, n, &l.hidden);
        }
        has_every_other(&rng, host, n, &l.common);
        assert_true(goes_everywhere(host, n, &l.hidden));
        assert_true(within(&l.common, &l.any));
        hidden += plan_features_count(&l.hidden) > 0;
    }
    assert_in_range(hidden, ROUNDS / 2, ROUNDS - 1);
}

/* --- tables ------------------------------------------------------------------ */

static void test_none_and_one(void **state)
{
    struct plan_level_sets host = { features_of("sse3 avx"),
                                    features_of("sse3 avx") };
    struct plan_level l;

    plan_level_of(&host, 0, &l);
    assert_int_equal(plan_features_count(&l.any), 0);
    plan_level_of(&host, 1, &l);
    assert_int_equal(plan_features_count(&l.common), 2);
    assert_int_equal(plan_features_count(&l.hidden), 0);
}

/* What every host carries need not be hidden, although one does not show it. */
static void test_carried_by_all(void **state)
{
    struct plan_level_sets host[2] = {
        { features_of("sse3 md-clear avx2"),
          features_of("sse3 md-clear avx2") },
        { features_of("sse3"), features_of("sse3 md-clear") },
    };
    struct plan_level l;
    char names[64];

    plan_level_of(host, 2, &l);
    assert_string_equal(plan_features_names(&l.common, 0, names, 64), "sse3");
    assert_string_equal(plan_features_names(&l.hidden, 0, names, 64), "avx2");
}

/* libxl-ext reads a guest's features without the same bits. */
static void test_code_as_guests(void **state)
{
    struct xlx_cpu_leaf leaf[] = {
        { 1, UINT32_MAX, ~0u, ~0u, ~0u, ~0u },
        { 0x80000001, UINT32_MAX, ~0u, ~0u, ~0u, ~0u },
        { 0xd, 1, ~0u, ~0u, ~0u, ~0u },
        { 7, 0, ~0u, ~0u, ~0u, ~0u },
        { 7, 1, ~0u, ~0u, ~0u, ~0u },
        { 7, 2, ~0u, ~0u, ~0u, ~0u },
        { 0x80000007, UINT32_MAX, ~0u, ~0u, ~0u, ~0u },
        { 0x80000008, UINT32_MAX, ~0u, ~0u, ~0u, ~0u },
        { 0x80000021, UINT32_MAX, ~0u, ~0u, ~0u, ~0u },
    };
    struct plan_features all = { .n = PLAN_FEATURE_WORDS }, code;
    struct xlx_features guest;

    memset(all.word, 0xff, sizeof all.word);
    plan_features_code(&all, &code);
    xlx_cpu_from_leaves(leaf, sizeof leaf / sizeof leaf[0], &guest);
    /* AMD's copy of leaf 1's bits is in no set of Xen's */
    code.word[2] &= ~(uint32_t)0x0183f3ff;
    assert_int_equal(guest.n, 16);
    for (uint32_t i = 0; i < guest.n; i++)
        assert_int_equal(guest.word[i], code.word[i]);
    assert_int_equal(code.word[16] | code.word[17], 0);
}

static void test_xcr0(void **state)
{
    static const struct {
        const char *features;
        uint64_t xcr0;
    } rows[] = {
        { "", 0 },
        { "avx", 0 }, /* without xsave nothing of it is saved */
        { "xsave", 3 },
        { "xsave avx", 7 },
        { "xsave avx mpx", 0x1f },
        { "xsave avx avx512f", 0xe7 },
        { "xsave avx avx512f pku", 0x2e7 },
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct plan_features f = features_of(rows[i].features);

        assert_int_equal(plan_features_xcr0(&f), rows[i].xcr0);
    }
}

static void test_words(void **state)
{
    static const struct {
        const char *features, *words;
    } rows[] = {
        { "", "nothing" },
        { "rdseed", "rdseed" },
        { "avx512f avx512bw avx512-vbmi", "avx512 family (3)" },
        { "avx512f aes sha de", "avx512f, encryption family (2), de" },
        { "rtm hle rtm-always-abort", "transactional memory family (2), "
                                      "rtm-always-abort" },
        { "md-clear ibrsb", "mitigations family (2)" },
    };
    char buf[200];

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct plan_features f = features_of(rows[i].features);

        assert_int_equal(plan_level_words(&f, buf, sizeof buf), 0);
        assert_string_equal(buf, rows[i].words);
    }
}

/* Never beyond the end, and what does not fit is said to be missing. */
static void test_words_cut(void **state)
{
    struct plan_features all = { .n = PLAN_FEATURE_WORDS };
    char buf[400];

    memset(all.word, 0xff, sizeof all.word);
    for (size_t len = 12; len < sizeof buf; len++) {
        memset(buf, '#', sizeof buf);
        assert_int_equal(plan_level_words(&all, buf, len), 0);
        assert_in_range(strlen(buf), 1, len - 1);
        assert_int_equal(buf[len], '#');
        if (len > 20)
            assert_string_equal(buf + strlen(buf) - 4, ", ..");
    }
}

/* --- lines ------------------------------------------------------------------- */

static void test_line_by_name(void **state)
{
    struct plan_features f = features_of("avx2 avx512f aes"), left;
    char *line = plan_level_line(&f, &left);

    assert_string_equal(line, "cpuid = \"host,aes=0,avx2=0,avx512f=0\"");
    assert_int_equal(left.n, 0);
    free(line);
}

static void test_line_by_register(void **state)
{
    struct plan_features f = features_of("aes avx2"), left;
    char *line, names[64];

    f.n = 20;
    f.word[18] = 1u << 31; /* 0x80000021.ecx, without a name */
    f.word[19] = 2;        /* and one that no register is known of */
    line = plan_level_line(&f, &left);
    assert_string_equal(
        line, "cpuid = [ \"0x1:ecx=xxxxxx0xxxxxxxxxxxxxxxxxxxxxxxxx\""
              ", \"0x7,0:ebx=xxxxxxxxxxxxxxxxxxxxxxxxxx0xxxxx\", "
              "\"0x80000021:ecx=0xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\" ]");
    assert_string_equal(plan_features_names(&left, 0, names, sizeof names),
                        "bit 1 of word 19");
    free(line);
}

/* libxl takes every word of both. */
static void test_lines_are_xls(void **state)
{
    struct plan_features f = { .n = 18 }, left;
    struct plan_features all = { .n = 18 };
    char *line, *save = NULL;

    memset(all.word, 0xff, sizeof all.word);
    for (unsigned bit = 0; bit < 32 * 16; bit++)
        if (plan_feature_name(bit))
            flip(&f, bit);
    line = plan_level_line(&f, &left);
    assert_non_null(strstr(line, "\"host,"));
    line[strlen(line) - 1] = '\0';
    for (char *w = strtok_r(strchr(line, ',') + 1, ",", &save); w;
         w = strtok_r(NULL, ",", &save)) {
        libxl_cpuid_policy_list list = NULL;

        if (libxl_cpuid_parse_config(&list, w))
            fail_msg("libxl does not take %s", w);
        libxl_cpuid_dispose(&list);
    }
    free(line);
    f = all;
    line = plan_level_line(&f, &left);
    for (char *w = strchr(line, '"'); w; w = strchr(w + 1, '"')) {
        libxl_cpuid_policy_list list = NULL;
        char *end = strchr(w + 1, '"');

        *end = '\0';
        if (libxl_cpuid_parse_config_xend(&list, w + 1))
            fail_msg("libxl does not take %s", w + 1);
        libxl_cpuid_dispose(&list);
        w = end;
    }
    free(line);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_generated),
        cmocka_unit_test(test_none_and_one),
        cmocka_unit_test(test_carried_by_all),
        cmocka_unit_test(test_code_as_guests),
        cmocka_unit_test(test_xcr0),
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_words_cut),
        cmocka_unit_test(test_line_by_name),
        cmocka_unit_test(test_line_by_register),
        cmocka_unit_test(test_lines_are_xls),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
