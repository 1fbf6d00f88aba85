/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * A guest's memory from save helper to save helper, by the libxenguest of this
 * system, without Xen: the program that is shipped, run as libxl runs it, while
 * the guest writes to its pages. What arrives is compared bit by bit; what is
 * cut or spoilt on its way leaves the source as it was.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/lib/guest_image.h"
#include "tests/lib/helper_pair.h"

enum { PAGES = 2048, HOLES = 1000, N_HOLES = 300 };

/* Round after round, whatever they gain. */
#define ROUNDS "downtime_ms=0 max_rounds=5 budget_pct=0 on_limit=stop"

static const struct pair_plan well = { .helper = "fake_helper",
                                       .codec = { "auto", "auto" },
                                       .cut = PAIR_WHOLE,
                                       .change = PAIR_WHOLE,
                                       .term = PAIR_WHOLE };

/* A guest of 8 MiB with memory of all kinds, and holes. */
static void guest(struct helper_pair *p, const struct fakexen_guest *g)
{
    helper_pair_init(p, PAGES);
    for (uint64_t i = 0; i < PAGES; i++)
        guest_image_page(fakexen_page(p->x[0], i), i, 1);
    for (uint64_t i = HOLES; i < HOLES + N_HOLES; i++)
        *fakexen_type(p->x[0], i) = FAKEXEN_HOLE;
    if (g)
        p->x[0]->guest = *g;
}

static void assert_moved(struct helper_pair *p)
{
    uint64_t pfn = 0, n;

    for (int i = 0; i < 2; i++) {
        if (p->end[i].result)
            fail_msg("%d: %d, %s", i, p->end[i].result, p->end[i].error);
        assert_int_equal(p->end[i].status, 0);
    }
    n = fakexen_differ(p->x[0], p->x[1], &pfn);
    if (n)
        fail_msg("%llu pages differ, of which %llu is the first",
                 (unsigned long long)n, (unsigned long long)pfn);
    assert_true(p->tail);
    assert_int_equal(p->x[1]->contexts, 1);
    assert_int_equal(p->x[1]->populated, PAGES - N_HOLES);
    assert_int_equal(p->x[0]->logdirty, 0);
    assert_int_equal(p->x[0]->suspended, 1);
}

/* The save failed, and the guest goes on. */
static void assert_stayed(struct helper_pair *p)
{
    assert_int_not_equal(p->end[0].result, 0);
    assert_int_equal(p->end[0].status, 0);
    assert_int_equal(p->x[0]->logdirty, 0);
    assert_int_not_equal(p->end[1].result, 0);
    assert_int_equal(p->x[1]->contexts, 0);
}

/* --- what arrives ------------------------------------------------------------------ */

static void test_moves(void **state)
{
    static const struct fakexen_guest guests[] = {
        { .burst = 0 },
        { .burst = 300, .hot = 700, .first = 100, .seed = 5 },
        { .burst = 300, .hot = 700, .first = 100, .seed = 6, .whole = true },
    };
    static const char *const codecs[] = { NULL, "none", "lz4", "zstd",
                                          "auto" };
    uint64_t plain = 0;

    for (size_t g = 0; g < sizeof guests / sizeof guests[0]; g++)
        for (size_t i = 0; i < sizeof codecs / sizeof codecs[0]; i++) {
            struct pair_plan plan = well;
            static struct helper_pair p;

            /* the restore takes both: the first bytes tell */
            plan.codec[HELPER_SAVES] = codecs[i];
            plan.policy = ROUNDS;
            guest(&p, &guests[g]);
            helper_pair_run(&p, &plan);
            assert_moved(&p);
            if (!codecs[i])
                plain = p.bytes;
            else
                assert_true(p.bytes < plain * 3 / 4);
            if (guests[g].burst)
                assert_true(p.x[0]->cleans > 1);
            helper_pair_dispose(&p);
        }
}

/* All pages are sent again, whole, and compared by libxc. */
static void test_debug(void **state)
{
    const struct fakexen_guest g = {
        .burst = 300, .hot = 700, .first = 100, .seed = 5
    };
    struct pair_plan plan = well;
    static struct helper_pair p;

    plan.debug = true;
    guest(&p, &g);
    helper_pair_run(&p, &plan);
    assert_moved(&p);
    assert_string_equal(p.end[1].error, "");
    helper_pair_dispose(&p);
}

/* A rewritten page of a guest that rewrites the same ones is a few bytes. */
static void test_rounds_are_small(void **state)
{
    const struct fakexen_guest g = { .burst = 500, .hot = 400, .seed = 5 };
    struct pair_plan plan = well;
    static struct helper_pair p;
    uint64_t quiet;

    plan.codec[HELPER_SAVES] = "lz4";
    plan.policy = ROUNDS;
    guest(&p, NULL);
    helper_pair_run(&p, &plan);
    quiet = p.bytes;
    helper_pair_dispose(&p);
    guest(&p, &g);
    helper_pair_run(&p, &plan);
    assert_moved(&p);
    assert_true(p.x[0]->cleans >= 2);
    /* of each page a word or two a round, where libxc would send 4104 bytes */
    assert_true(p.bytes - quiet < p.x[0]->cleans * 400 * 100);
    helper_pair_dispose(&p);
}

/* --- what does not ------------------------------------------------------------------ */

static void test_cuts(void **state)
{
    const struct fakexen_guest g = { .burst = 300, .hot = 700, .seed = 5 };
    struct pair_plan plan = well;
    static struct helper_pair p;
    uint64_t whole;

    /* a cut so late that all of it is in pipes is one that only READY shows */
    plan.codec[HELPER_SAVES] = "lz4";
    guest(&p, NULL);
    helper_pair_run(&p, &plan);
    whole = p.bytes;
    helper_pair_dispose(&p);
    for (int i = 0; i < 10; i++) {
        plan.cut = i < 4 ? 15 * i + 1 : (int64_t)(whole * (uint64_t)i / 16);
        guest(&p, i % 2 ? &g : NULL);
        helper_pair_run(&p, &plan);
        assert_stayed(&p);
        helper_pair_dispose(&p);
    }
}

/*
 * A byte of the frames is changed: the restore says so in a sentence. Some
 * changes of what lz4 wrote change nothing of what it stands for.
 */
static void test_spoilt(void **state)
{
    struct pair_plan plan = well;
    static struct helper_pair p;
    unsigned failed = 0;

    plan.codec[HELPER_SAVES] = "lz4";
    for (int64_t at = 20; at < 1500000; at = at * 5 + 1) {
        plan.change = at;
        guest(&p, NULL);
        helper_pair_run(&p, &plan);
        assert_int_equal(p.x[0]->logdirty, 0);
        if (p.end[HELPER_RESTORES].result) {
            assert_int_equal(p.x[1]->contexts, 0);
            assert_non_null(strstr(p.end[HELPER_RESTORES].error,
                                   "did not arrive as it was sent"));
            failed++;
        } else {
            assert_moved(&p);
        }
        helper_pair_dispose(&p);
    }
    assert_true(failed > 3);
}

/* libxl ends a save by SIGTERM: libxc fails at its next write and cleans up. */
static void test_terminated(void **state)
{
    struct pair_plan plan = well;
    static struct helper_pair p;

    plan.term = 300000;
    plan.rate = 4 << 20;
    guest(&p, NULL);
    helper_pair_run(&p, &plan);
    assert_stayed(&p);
    assert_int_equal(p.x[0]->suspended, 0);
    helper_pair_dispose(&p);
}

/* --- a libxenguest that does not come to us ------------------------------------------ */

/* It has other names for these functions: its stream goes as it is. */
static void test_idle(void **state)
{
    struct pair_plan plan = well;
    static struct helper_pair p;

    plan.helper = "fake_helper_none";
    guest(&p, NULL);
    helper_pair_run(&p, &plan);
    assert_moved(&p);
    assert_true(p.bytes > (PAGES - N_HOLES) * 4096ull);
    helper_pair_dispose(&p);
}

/* It has for one of them: nothing is sent of the guest. */
static void test_half(void **state)
{
    struct pair_plan plan = well;
    static struct helper_pair p;

    plan.helper = "fake_helper_half";
    guest(&p, NULL);
    helper_pair_run(&p, &plan);
    assert_int_not_equal(p.end[0].result, 0);
    assert_non_null(strstr(p.end[0].error, "set codec = \"off\""));
    assert_int_equal(p.x[0]->logdirty, 0);
    assert_int_equal(p.x[0]->suspended, 0);
    assert_true(p.bytes < 4096);
    assert_int_equal(p.x[1]->populated, 0);
    helper_pair_dispose(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_moves),
        cmocka_unit_test(test_debug),
        cmocka_unit_test(test_rounds_are_small),
        cmocka_unit_test(test_cuts),
        cmocka_unit_test(test_spoilt),
        cmocka_unit_test(test_terminated),
        cmocka_unit_test(test_idle),
        cmocka_unit_test(test_half),
    };

    alarm(1800); /* a test that hangs is one that failed */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
