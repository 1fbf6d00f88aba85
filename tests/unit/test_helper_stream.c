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

#include "tests/lib/draw.h"
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

static void assert_arrived(struct helper_pair *p)
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
    assert_int_equal(p->x[1]->populated, PAGES - N_HOLES);
    assert_int_equal(p->x[0]->logdirty, 0);
    assert_int_equal(p->x[0]->suspended, 1);
}

static void assert_moved(struct helper_pair *p)
{
    assert_arrived(p);
    assert_int_equal(p->x[1]->contexts, 1);
    assert_int_equal(p->x[1]->up, 1);
    assert_true(p->end[HELPER_SAVES].leaves);
    assert_true(p->end[HELPER_RESTORES].leaves);
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

/* All pages once, and those that were dirtied again. */
static uint64_t bytes_as_they_are(const struct helper_pair *p)
{
    return (PAGES - N_HOLES + p->x[0]->dirtied) * FAKEXEN_PAGE;
}

static void test_moves(void **state)
{
    static const struct fakexen_guest guests[] = {
        { .burst = 0 },
        { .burst = 300, .hot = 700, .first = 100, .seed = 5 },
        { .burst = 300, .hot = 700, .first = 100, .seed = 6, .whole = true },
    };
    static const char *const codecs[] = { NULL, "none", "lz4", "zstd",
                                          "auto" };

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
            if (codecs[i])
                assert_true(p.bytes < bytes_as_they_are(&p) * 3 / 4);
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

/* --- what was armed before it arrived ------------------------------------------------ */

/* The daemons' pages are as libxc left them, and no CPU is up. */
static void assert_armed(struct helper_pair *p)
{
    static const uint8_t empty[FAKEXEN_PAGE];

    assert_true(p->end[1].armed);
    for (uint64_t i = PAGES - 4; i < PAGES; i++)
        assert_memory_equal(fakexen_page(p->x[1], i), empty, sizeof empty);
    assert_int_equal(p->x[1]->up, 0);
    assert_int_equal(p->x[1]->ran, 0);
}

static void assert_armed_and_moved(struct helper_pair *p)
{
    uint8_t context[FAKEXEN_CONTEXT], got[FAKEXEN_CONTEXT + 1];

    if (!p->end[1].placed)
        fail_msg("%s", p->end[1].error);
    assert_arrived(p);
    assert_armed(p);
    assert_int_equal(p->x[1]->contexts, 2); /* at the start and at the end */
    assert_int_equal(p->x[1]->fences, 2);
    assert_int_equal(p->x[1]->claimed, 1000);
    fakexen_context(context);
    assert_int_equal(pread(p->end[1].result_fd, got, sizeof got, 0),
                     sizeof context);
    assert_memory_equal(got, context, sizeof context);
}

/* Pages that the daemons share with it, which the guest writes to. */
static const struct fakexen_guest armed_guests[] = {
    { .burst = 0 },
    { .burst = 300, .hot = 700, .first = PAGES - 700, .seed = 5 },
    { .burst = 300, .hot = 700, .first = 100, .seed = 6, .whole = true },
};

static void test_armed(void **state)
{
    static const char *const codecs[] = { NULL, "none", "lz4", "zstd" };

    for (size_t g = 0; g < sizeof armed_guests / sizeof armed_guests[0]; g++)
        for (size_t i = 0; i < sizeof codecs / sizeof codecs[0]; i++) {
            struct pair_plan plan = well;
            static struct helper_pair p;

            plan.arm = true;
            plan.codec[HELPER_SAVES] = codecs[i];
            plan.policy = ROUNDS;
            guest(&p, &armed_guests[g]);
            p.x[1]->whole_only = i == 1;
            if (i == 2) /* somebody has unpaused it */
                p.x[1]->pauses = 0;
            helper_pair_run(&p, &plan);
            assert_armed_and_moved(&p);
            assert_int_equal(p.x[1]->pauses, i != 2);
            /* but for two with holes and the one with the daemons' pages */
            assert_int_equal(p.x[1]->chunks, i == 1 ? 0 : PAGES / 512 - 3);
            helper_pair_dispose(&p);
        }
}

static void test_armed_debug(void **state)
{
    struct pair_plan plan = well;
    static struct helper_pair p;

    plan.arm = plan.debug = true;
    guest(&p, &armed_guests[1]);
    helper_pair_run(&p, &plan);
    assert_armed_and_moved(&p);
    helper_pair_dispose(&p);
}

/* What comes too late for libxl is told by the placer, and nothing runs. */
static void test_armed_cuts(void **state)
{
    struct pair_plan plan = well;
    static struct helper_pair p;
    uint64_t whole;

    plan.arm = true;
    plan.codec[HELPER_SAVES] = "lz4";
    guest(&p, NULL);
    helper_pair_run(&p, &plan);
    whole = p.bytes;
    helper_pair_dispose(&p);
    for (int i = 0; i < 10; i++) {
        plan.cut = i < 4 ? 15 * i + 1 : (int64_t)(whole * (uint64_t)i / 16);
        guest(&p, NULL);
        helper_pair_run(&p, &plan);
        assert_int_not_equal(p.end[0].result, 0);
        assert_int_equal(p.x[0]->logdirty, 0);
        assert_false(p.end[1].placed);
        assert_int_equal(p.x[1]->up, 0);
        if (p.end[1].armed)
            assert_string_equal(p.end[1].error,
                                "the source host's stream ended too early");
        helper_pair_dispose(&p);
    }
}

static void test_armed_spoilt(void **state)
{
    struct pair_plan plan = well;
    static struct helper_pair p;
    unsigned failed = 0;

    plan.arm = true;
    plan.codec[HELPER_SAVES] = "lz4";
    for (int64_t at = 20; at < 1500000; at = at * 5 + 1) {
        plan.change = at;
        guest(&p, NULL);
        helper_pair_run(&p, &plan);
        assert_int_equal(p.x[1]->up, 0);
        if (p.end[1].placed)
            assert_armed_and_moved(&p);
        else if (p.end[1].armed)
            assert_non_null(
                strstr(p.end[1].error, "did not arrive as it was sent"));
        failed += !p.end[1].placed;
        helper_pair_dispose(&p);
    }
    assert_true(failed > 3);
}

/* Xen refuses the CPU state: at once, so that nothing has moved, or late. */
static void test_armed_refused(void **state)
{
    struct pair_plan plan = well;
    static struct helper_pair p;

    plan.arm = true;
    for (uint32_t at = 1; at <= 2; at++) {
        guest(&p, NULL);
        p.x[1]->refuses = at;
        helper_pair_run(&p, &plan);
        assert_int_equal(p.end[1].armed, at == 2);
        assert_int_equal(p.end[1].result == 0, at == 2);
        assert_false(p.end[1].placed);
        assert_int_equal(p.x[1]->up, 0);
        assert_int_equal(p.x[1]->populated > 4, at == 2);
        assert_non_null(strstr(p.end[1].error, at == 2
                                                   ? "Xen refuses the guest's"
                                                   : "HVM context"));
        helper_pair_dispose(&p);
    }
}

/* Xen takes the CPU state, and ends the domain by it: nobody would see it run. */
static void test_armed_crashes(void **state)
{
    struct pair_plan plan = well;
    static struct helper_pair p;

    plan.arm = true;
    for (uint32_t at = 1; at <= 2; at++) {
        guest(&p, NULL);
        p.x[1]->crashes = at;
        helper_pair_run(&p, &plan);
        assert_int_equal(p.end[1].armed, at == 2);
        assert_false(p.end[1].placed);
        assert_non_null(strstr(p.end[1].error, "Xen ended the guest's copy"));
        helper_pair_dispose(&p);
    }
}

/* --- what is left out of rounds -------------------------------------------------------- */

/* Pages that went: the target's libxc maps each to write to it. */
static uint64_t pages_left_out(const struct helper_pair *p)
{
    return PAGES - N_HOLES + p->x[0]->dirtied - p->x[1]->arrived;
}

/* It dirties nearly all that a round sends before that goes. */
static const struct fakexen_guest restless = { .burst = 2000,
                                               .hot = 990,
                                               .first = 5,
                                               .seed = 9,
                                               .whole = true,
                                               .again = 2000 };

/* Pages that would go whole are sent when they have calmed down, in the round
 * after, or in the last one. */
static void test_left_out(void **state)
{
    static const struct {
        const char *policy, *codec;
        bool whole, debug;
        uint64_t least, most;
    } rows[] = {
        { ROUNDS " leave_out=1", "none", true, false, 600, 9000 },
        { ROUNDS, "auto", true, true, 600, 9000 }, /* it is the default */
        { ROUNDS " leave_out=0", "none", true, false, 0, 0 },
        /* few bytes of each, but of those that were zero */
        { ROUNDS, "lz4", false, false, 0, 500 },
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct pair_plan plan = well;
        struct fakexen_guest g = restless;
        static struct helper_pair p;
        uint64_t verified = rows[i].debug ? PAGES - N_HOLES : 0;

        g.whole = rows[i].whole;
        plan.policy = rows[i].policy;
        plan.codec[HELPER_SAVES] = rows[i].codec;
        plan.debug = rows[i].debug;
        guest(&p, &g);
        helper_pair_run(&p, &plan);
        assert_moved(&p);
        assert_string_equal(p.end[1].error, "");
        assert_in_range(pages_left_out(&p) + verified, rows[i].least,
                        rows[i].most);
        helper_pair_dispose(&p);
    }
}

/* Whatever the guest does, and though Xen refuses a look. */
static void test_left_out_by_chance(void **state)
{
    static const char *const codecs[] = { "none", "auto" };
    uint64_t seed = 4711, left = 0;

    for (int i = 0; i < 5; i++) {
        struct pair_plan plan = well;
        static struct helper_pair p;

        guest(&p, NULL);
        p.x[0]->guest = (struct fakexen_guest){
            .burst = 300 + (uint32_t)(draw_next(&seed) % 2000),
            .hot = 700 + (uint32_t)(draw_next(&seed) % 100),
            .first = draw_next(&seed) % 200,
            .seed = draw_next(&seed),
            .whole = i % 3,
            .again = 300 + (uint32_t)(draw_next(&seed) % 2000),
        };
        p.x[0]->peek_fails = i == 2 ? 1 : i == 3 ? 3 : 0;
        plan.arm = i & 1;
        plan.codec[HELPER_SAVES] = codecs[i % 2];
        plan.policy = ROUNDS;
        helper_pair_run(&p, &plan);
        if (plan.arm)
            assert_armed_and_moved(&p);
        else
            assert_moved(&p);
        if (i == 2) { /* after that it does not ask again */
            assert_int_equal(p.x[0]->peeks, 1);
            assert_int_equal(pages_left_out(&p), 0);
        }
        left += plan.arm ? 0 : pages_left_out(&p);
        helper_pair_dispose(&p);
    }
    assert_true(left > 0);
}

/* Cut off in the middle of such rounds. */
static void test_left_out_cuts(void **state)
{
    struct pair_plan plan = well;
    static struct helper_pair p;

    plan.policy = ROUNDS;
    plan.codec[HELPER_SAVES] = "none";
    for (int64_t cut = 6000000; cut < 9000000; cut += 2000000) {
        plan.cut = cut;
        guest(&p, &restless);
        helper_pair_run(&p, &plan);
        assert_stayed(&p);
        helper_pair_dispose(&p);
    }
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

/* What libxl writes behind it is the move's: both helpers wait for it. */
static void test_tail(void **state)
{
    static const char *const codecs[] = { "auto", NULL };

    for (size_t i = 0; i < sizeof codecs / sizeof codecs[0]; i++) {
        struct pair_plan plan = well;
        static struct helper_pair p;

        plan.codec[HELPER_SAVES] = codecs[i];
        plan.tail[HELPER_SAVES] = plan.tail[HELPER_RESTORES] = HELPER_TAIL;
        guest(&p, NULL);
        helper_pair_run(&p, &plan);
        assert_moved(&p);
        assert_true(p.end[0].waited && p.end[1].waited);
        helper_pair_dispose(&p);
    }
}

/* libxl gives up meanwhile: nobody waits any more. */
static void test_tail_terminated(void **state)
{
    struct pair_plan plan = well;
    static struct helper_pair p;

    plan.tail[HELPER_SAVES] = plan.tail[HELPER_RESTORES] = HELPER_TAIL_TERM;
    guest(&p, NULL);
    helper_pair_run(&p, &plan);
    assert_true(p.end[0].waited && p.end[1].waited);
    assert_int_equal(p.end[0].status, 0);
    assert_int_equal(p.x[0]->logdirty, 0);
    assert_true(WIFSIGNALED(p.end[1].status));
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
    plan.open = true; /* what the restore makes of it may be told first */
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
        cmocka_unit_test(test_left_out),
        cmocka_unit_test(test_left_out_by_chance),
        cmocka_unit_test(test_left_out_cuts),
        cmocka_unit_test(test_armed),
        cmocka_unit_test(test_armed_debug),
        cmocka_unit_test(test_armed_cuts),
        cmocka_unit_test(test_armed_spoilt),
        cmocka_unit_test(test_armed_refused),
        cmocka_unit_test(test_armed_crashes),
        cmocka_unit_test(test_cuts),
        cmocka_unit_test(test_spoilt),
        cmocka_unit_test(test_terminated),
        cmocka_unit_test(test_tail),
        cmocka_unit_test(test_tail_terminated),
        cmocka_unit_test(test_idle),
        cmocka_unit_test(test_half),
    };

    alarm(1800); /* a test that hangs is one that failed */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
