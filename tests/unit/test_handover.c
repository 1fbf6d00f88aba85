/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The handover's machine: the ways that the code counts on by table, the laws
 * by search (tests/lib/ho_explore.h; `make soak` searches more).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/ho_explore.h"

static void names(void **state)
{
    for (int i = HO_PREPARED; i <= HO_ABORTED; i++)
        assert_int_equal(ho_state_parse(ho_state_name((enum ho_state)i)), i);
    assert_int_equal(ho_state_parse("none"), HO_NONE);
    assert_int_equal(ho_state_parse(""), HO_NONE);
    for (int i = HO_UNDECIDED; i <= HO_NOT_OURS; i++)
        assert_string_not_equal(ho_verdict_name((enum ho_verdict)i), "?");
}

/* Effects and what came of them, in turn: "S" is HO_STORE. */
struct way {
    const char *name;
    enum ho_role role;
    struct ho_found found; /* state HO_NONE and not asked: it begins */
    struct {
        enum ho_effect eff;
        enum ho_state next;
        enum ho_input in;
    } step[10];
    enum ho_verdict verdict;
};

static const struct way ways[] = {
    { "a move that goes well, source",
      HO_SOURCE,
      { 0 },
      { { HO_STORE, HO_PREPARED, HO_STORED },
        { HO_STREAM, 0, HO_OK },
        { HO_STORE, HO_GO, HO_STORED },
        { HO_SAY_GO, 0, HO_OK },
        { HO_STORE, HO_DONE, HO_STORED },
        { HO_DROP, 0, HO_OK } },
      HO_RUNS_THERE },
    { "a move that goes well, target",
      HO_TARGET,
      { 0 },
      { { HO_STORE, HO_RECEIVING, HO_STORED },
        { HO_BUILD, 0, HO_OK },
        { HO_STORE, HO_READY, HO_STORED },
        { HO_SAY_READY, 0, HO_OK },
        { HO_STORE, HO_ACCEPTED, HO_STORED },
        { HO_START, 0, HO_OK },
        { HO_STORE, HO_DONE, HO_STORED },
        { HO_REPORT, 0, HO_OK } },
      HO_RUNS_HERE },
    { "disk full at once: nothing happened",
      HO_SOURCE,
      { 0 },
      { { HO_STORE, HO_PREPARED, HO_UNSTORED } },
      HO_RUNS_HERE },
    { "disk full at GO: it stays paused",
      HO_SOURCE,
      { 0 },
      { { HO_STORE, HO_PREPARED, HO_STORED },
        { HO_STREAM, 0, HO_OK },
        { HO_STORE, HO_GO, HO_UNSTORED } },
      HO_PAUSED },
    { "no word after GO, asked, refused",
      HO_SOURCE,
      { 0 },
      { { HO_STORE, HO_PREPARED, HO_STORED },
        { HO_STREAM, 0, HO_OK },
        { HO_STORE, HO_GO, HO_STORED },
        { HO_SAY_GO, 0, HO_FAILED },
        { HO_ASK, 0, HO_ANS_REFUSED },
        { HO_STORE, HO_ABORTED, HO_STORED },
        { HO_RESUME, 0, HO_OK } },
      HO_RUNS_HERE },
    { "no word after GO and no answer",
      HO_SOURCE,
      { 0 },
      { { HO_STORE, HO_PREPARED, HO_STORED },
        { HO_STREAM, 0, HO_OK },
        { HO_STORE, HO_GO, HO_STORED },
        { HO_SAY_GO, 0, HO_FAILED },
        { HO_ASK, 0, HO_ANS_NONE } },
      HO_DOUBT },
    { "a woken sender is refused",
      HO_SOURCE,
      { 0 },
      { { HO_STORE, HO_PREPARED, HO_STORED },
        { HO_STREAM, 0, HO_OK },
        { HO_STORE, HO_GO, HO_FENCED_NEWER } },
      HO_NOT_OURS },
    { "a woken receiver is refused",
      HO_TARGET,
      { 0 },
      { { HO_STORE, HO_RECEIVING, HO_STORED },
        { HO_BUILD, 0, HO_OK },
        { HO_STORE, HO_READY, HO_STORED },
        { HO_SAY_READY, 0, HO_OK },
        { HO_STORE, HO_ACCEPTED, HO_FENCED_ABORTED },
        { HO_DROP, 0, HO_OK },
        { HO_REPORT, 0, HO_OK } },
      HO_REFUSED },
    { "the administrator knows that it does not run there",
      HO_SOURCE,
      { .role = HO_SOURCE,
        .state = HO_GO,
        .boot = HO_BOOT_SAME,
        .copy = HO_COPY_SUSPENDED,
        .decided = HO_ABORTED },
      { { HO_STORE, HO_ABORTED, HO_STORED }, { HO_RESUME, 0, HO_OK } },
      HO_RUNS_HERE },
    { "accepted, and its host went down",
      HO_TARGET,
      { .role = HO_TARGET,
        .state = HO_ACCEPTED,
        .boot = HO_BOOT_OTHER,
        .asked = true },
      { { HO_STORE, HO_DONE, HO_STORED } },
      HO_LOST },
    { "its host went down with it, and it was settled",
      HO_TARGET,
      { .role = HO_TARGET,
        .state = HO_DONE,
        .boot = HO_BOOT_OTHER,
        .lost = true },
      { { HO_END, 0, HO_OK } },
      HO_LOST },
    { "the other end has lost its records",
      HO_SOURCE,
      { .role = HO_SOURCE,
        .state = HO_GO,
        .boot = HO_BOOT_SAME,
        .copy = HO_COPY_SUSPENDED },
      { { HO_ASK, 0, HO_ANS_UNKNOWN } },
      HO_DOUBT },
    { "the other end is about to start it",
      HO_SOURCE,
      { .role = HO_SOURCE,
        .state = HO_GO,
        .boot = HO_BOOT_SAME,
        .copy = HO_COPY_SUSPENDED },
      { { HO_ASK, 0, HO_ANS_OPEN } },
      HO_DOUBT },
    { "accepted, killed before it was started",
      HO_TARGET,
      { .role = HO_TARGET,
        .state = HO_ACCEPTED,
        .boot = HO_BOOT_SAME,
        .copy = HO_COPY_PAUSED },
      { { HO_START, 0, HO_OK },
        { HO_STORE, HO_DONE, HO_STORED },
        { HO_REPORT, 0, HO_OK } },
      HO_RUNS_HERE },
    { "asked beside a living receiver: it only refuses",
      HO_TARGET,
      { .role = HO_TARGET,
        .state = HO_READY,
        .boot = HO_BOOT_SAME,
        .owner = true,
        .asked = true,
        .copy = HO_COPY_PAUSED },
      { { HO_STORE, HO_ABORTED, HO_STORED } },
      HO_REFUSED },
    { "not asked beside a living receiver",
      HO_TARGET,
      { .role = HO_TARGET,
        .state = HO_READY,
        .boot = HO_BOOT_SAME,
        .owner = true },
      { { HO_END, 0, HO_OK } },
      HO_NOT_OURS },
    { "a source that rebooted before GO",
      HO_SOURCE,
      { .role = HO_SOURCE, .state = HO_PREPARED, .boot = HO_BOOT_OTHER },
      { { HO_STORE, HO_ABORTED, HO_STORED }, { HO_RESUME, 0, HO_OK } },
      HO_GONE },
    { "a source that can't read in which boot it is",
      HO_SOURCE,
      { .role = HO_SOURCE, .state = HO_PREPARED, .copy = HO_COPY_SUSPENDED },
      { { HO_END, 0, HO_OK } },
      HO_UNKNOWN },
    { "a target that can't: the guest may run here",
      HO_TARGET,
      { .role = HO_TARGET, .state = HO_ACCEPTED, .asked = true },
      { { HO_END, 0, HO_OK } },
      HO_UNKNOWN },
    { "the administrator says that it is here, where its copy is",
      HO_SOURCE,
      { .role = HO_SOURCE,
        .state = HO_PREPARED,
        .copy = HO_COPY_SUSPENDED,
        .word = HO_ABORTED },
      { { HO_STORE, HO_ABORTED, HO_STORED }, { HO_RESUME, 0, HO_OK } },
      HO_RUNS_HERE },
    { "the same, and its copy is gone",
      HO_SOURCE,
      { .role = HO_SOURCE, .state = HO_PREPARED, .word = HO_ABORTED },
      { { HO_STORE, HO_ABORTED, HO_STORED }, { HO_RESUME, 0, HO_OK } },
      HO_GONE },
    { "what was not given away is not given up",
      HO_SOURCE,
      { .role = HO_SOURCE,
        .state = HO_PREPARED,
        .copy = HO_COPY_SUSPENDED,
        .word = HO_DONE },
      { { HO_END, 0, HO_OK } },
      HO_UNKNOWN },
    { "past GO the other end is asked, whatever the word",
      HO_SOURCE,
      { .role = HO_SOURCE,
        .state = HO_GO,
        .copy = HO_COPY_SUSPENDED,
        .word = HO_ABORTED },
      { { HO_ASK, 0, HO_ANS_RUNS },
        { HO_STORE, HO_DONE, HO_STORED },
        { HO_DROP, 0, HO_OK } },
      HO_RUNS_THERE },
    { "past GO without an answer the word alone does nothing",
      HO_SOURCE,
      { .role = HO_SOURCE,
        .state = HO_GO,
        .copy = HO_COPY_SUSPENDED,
        .word = HO_ABORTED },
      { { HO_ASK, 0, HO_ANS_NONE } },
      HO_DOUBT },
    { "accepted and paused: it is here",
      HO_TARGET,
      { .role = HO_TARGET,
        .state = HO_ACCEPTED,
        .copy = HO_COPY_PAUSED,
        .word = HO_ABORTED },
      { { HO_START, 0, HO_OK },
        { HO_STORE, HO_DONE, HO_STORED },
        { HO_REPORT, 0, HO_OK } },
      HO_RUNS_HERE },
    { "accepted and paused: it is not elsewhere",
      HO_TARGET,
      { .role = HO_TARGET,
        .state = HO_ACCEPTED,
        .copy = HO_COPY_PAUSED,
        .word = HO_DONE },
      { { HO_END, 0, HO_OK } },
      HO_UNKNOWN },
    { "accepted and gone: it may have run",
      HO_TARGET,
      { .role = HO_TARGET, .state = HO_ACCEPTED, .word = HO_DONE },
      { { HO_STORE, HO_DONE, HO_STORED } },
      HO_LOST },
    { "never accepted: it does not run here, whatever the word",
      HO_TARGET,
      { .role = HO_TARGET,
        .state = HO_READY,
        .copy = HO_COPY_PAUSED,
        .word = HO_ABORTED },
      { { HO_END, 0, HO_OK } },
      HO_UNKNOWN },
    { "never accepted: what was built of it goes",
      HO_TARGET,
      { .role = HO_TARGET,
        .state = HO_READY,
        .copy = HO_COPY_PAUSED,
        .word = HO_DONE },
      { { HO_STORE, HO_ABORTED, HO_STORED },
        { HO_DROP, 0, HO_OK },
        { HO_REPORT, 0, HO_OK } },
      HO_REFUSED },
    { "a word where the boot is known changes nothing",
      HO_SOURCE,
      { .role = HO_SOURCE,
        .state = HO_DONE,
        .boot = HO_BOOT_SAME,
        .copy = HO_COPY_SUSPENDED,
        .word = HO_ABORTED },
      { { HO_DROP, 0, HO_OK } },
      HO_RUNS_THERE },
};

static void ways_by_table(void **state)
{
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        const struct way *t = &ways[i];
        struct ho h;
        enum ho_effect eff =
            t->found.state ? ho_restart(&h, &t->found) : ho_begin(&h, t->role);

        for (unsigned j = 0; eff != HO_END; j++) {
            if (eff != t->step[j].eff ||
                (eff == HO_STORE && h.next != t->step[j].next))
                fail_msg("%s: step %u is effect %d, %s", t->name, j, eff,
                         ho_state_name(h.next));
            eff = ho_next(&h, t->step[j].in);
        }
        if (h.verdict != t->verdict)
            fail_msg("%s: ends as %s", t->name, ho_verdict_name(h.verdict));
    }
}

/* A target that has no record of a move can say nothing of it. */
static void asked_of_nothing(void **state)
{
    static const enum ho_copy copies[] = { HO_COPY_NONE, HO_COPY_RUNS,
                                           HO_COPY_PAUSED };

    for (size_t i = 0; i < sizeof copies / sizeof copies[0]; i++) {
        struct ho_found f = { .role = HO_TARGET,
                              .boot = HO_BOOT_SAME,
                              .asked = true,
                              .copy = copies[i] };
        struct ho h;

        assert_int_equal(ho_restart(&h, &f), HO_END);
        assert_int_equal(h.verdict, HO_NOT_OURS);
    }
}

static void answers(void **state)
{
    assert_int_equal(ho_answer(HO_DONE, false), HO_ANS_RUNS);
    assert_int_equal(ho_answer(HO_DONE, true), HO_ANS_LOST);
    assert_int_equal(ho_answer(HO_ABORTED, false), HO_ANS_REFUSED);
    assert_int_equal(ho_answer(HO_ACCEPTED, false), HO_ANS_OPEN);
    /* not "refused": it had said READY, and its copy may run */
    assert_int_equal(ho_answer(HO_NONE, false), HO_ANS_UNKNOWN);
    assert_int_equal(ho_answer(HO_READY, false), HO_ANS_NONE);
}

/* --- the search --------------------------------------------------------------- */

static struct explored e;

static void hold(void)
{
    if (e.broken)
        fail_msg("%s\n%s", e.broken, e.trace);
}

static void every_state(void **state)
{
    static const struct w_faults few[] = {
        { .kills = 1, .reboots = 1, .failures = 1, .cuts = 1, .moves = 1 },
        { .kills = 1, .questions = 1, .moves = 2 },
        { .failures = 2, .moves = 1 },
        { .reboots = 1, .losses = 1, .moves = 1 },
        { .kills = 1, .blind = 1, .stock = 1, .moves = 1 },
        { .kills = 1, .reboots = 1, .bootless = 1, .moves = 1 },
        { .kills = 1, .failures = 1, .caps = 2, .moves = 2 },
        { .kills = 1, .reboots = 1, .cuts = 1, .caps = 1, .moves = 1 },
        { .kills = 1, .caps = 1, .guest_reboots = 1, .moves = 2 },
        { .kills = 1, .failures = 1, .arms = 1, .unpauses = 1, .moves = 1 },
        { .kills = 1, .arms = 1, .forgets = 1, .moves = 1 },
        { .kills = 1, .reboots = 1, .cuts = 1, .arms = 1, .moves = 1 },
    };
    uint64_t limit = getenv("RACKHOP_SOAK_STATES")
                         ? strtoull(getenv("RACKHOP_SOAK_STATES"), NULL, 10)
                         : 0;

    for (size_t i = 0; i < sizeof few / sizeof few[0]; i++) {
        explore_all(&few[i], limit, &e);
        hold();
        assert_true(e.states > 5000);
    }
}

static void seeded_walks(void **state)
{
    explore_seeds(2, 20000, &e);
    hold();
    assert_int_equal(e.walks, 20000);
}

/* --- the search can see what it looks for ------------------------------------------- */

static void sees_two_that_run(void **state)
{
    struct w_faults none = { 0 };
    struct world w;

    world_init(&w, &none);
    w.host[1].rec.epoch = 1;
    w.host[1].rec.role = HO_TARGET;
    w.host[1].rec.state = HO_ACCEPTED;
    w.host[1].copies[0] =
        (struct w_copy){ .state = HO_COPY_PAUSED, .epoch = 1, .whole = true };
    world_settle(&w);
    assert_non_null(w.broken);
    assert_memory_equal(w.broken, "I1", 2);
}

/* Rules that were wrong, or would be: with each, the search finds a law that
 * breaks. */
static void sees_old_rules(void **state)
{
    static const struct w_faults wrong[] = {
        { .kills = 1, .blind = 1, .moves = 1, .old = W_OLD_BOOT },
        { .kills = 1, .bootless = 1, .moves = 1, .old = W_OLD_BOOT },
        { .kills = 1, .stock = 2, .moves = 1, .old = W_OLD_COPY },
        { .kills = 1, .caps = 1, .moves = 1, .old = W_OLD_CAP },
        { .kills = 1,
          .caps = 1,
          .guest_reboots = 1,
          .moves = 1,
          .old = W_OLD_DOMAIN },
        { .caps = 1, .guest_reboots = 1, .moves = 2, .old = W_OLD_OVER },
        { .arms = 1, .unpauses = 1, .moves = 1, .old = W_OLD_FENCE },
        { .arms = 1, .unpauses = 1, .moves = 1, .old = W_OLD_CHECK },
        { .kills = 1,
          .arms = 1,
          .unpauses = 1,
          .moves = 1,
          .old = W_OLD_LOOK },
    };

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct w_faults right = wrong[i];

        explore_all(&wrong[i], 0, &e);
        assert_non_null(e.broken);
        assert_memory_equal(e.broken, "I", 1);
        right.old = 0;
        explore_all(&right, 0, &e);
        hold();
    }
}

static void sees_what_is_lost(void **state)
{
    struct w_faults none = { 0 };
    struct world w;

    world_init(&w, &none);
    w.host[0].copies[0].state = HO_COPY_SUSPENDED;
    w.host[0].rec.epoch = 1;
    w.host[0].rec.role = HO_SOURCE;
    w.host[0].rec.state = HO_DONE;
    world_settle(&w);
    assert_non_null(w.broken);
    assert_memory_equal(w.broken, "I2", 2);
}

static void sees_what_is_left(void **state)
{
    struct w_faults none = { 0 };
    struct world w;

    world_init(&w, &none);
    w.host[1].copies[0] =
        (struct w_copy){ .state = HO_COPY_PAUSED, .epoch = 3 };
    world_settle(&w);
    assert_non_null(w.broken);
    assert_memory_equal(w.broken, "I3", 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names),
        cmocka_unit_test(ways_by_table),
        cmocka_unit_test(answers),
        cmocka_unit_test(asked_of_nothing),
        cmocka_unit_test(every_state),
        cmocka_unit_test(seeded_walks),
        cmocka_unit_test(sees_two_that_run),
        cmocka_unit_test(sees_old_rules),
        cmocka_unit_test(sees_what_is_lost),
        cmocka_unit_test(sees_what_is_left),
    };

    return cmocka_run_group_tests_name("handover", tests, NULL, NULL);
}
