/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The machine that moves a guest's device: the ways that the code counts on by
 * table, the laws by search (tests/lib/dm_world.h).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/lib/dm_world.h"

static void names(void **state)
{
    for (int i = DM_RESERVING; i <= DM_KEPT; i++)
        assert_int_equal(dm_state_parse(dm_state_name((enum dm_state)i)), i);
    assert_int_equal(dm_state_parse("none"), DM_NONE);
    assert_int_equal(dm_state_parse(""), DM_NONE);
    for (int i = DM_UNDECIDED; i <= DM_GIVEN_UP; i++)
        assert_string_not_equal(dm_verdict_name((enum dm_verdict)i), "?");
}

/* --- ways -------------------------------------------------------------------- */

struct way {
    const char *name;
    enum dm_state found; /* DM_NONE: it begins */
    bool other_boot;
    struct {
        enum dm_effect eff;
        enum dm_state next; /* of DM_STORE */
        enum dm_input in;
    } step[16];
    enum dm_verdict verdict;
};

static const struct way ways[] = {
    { "all goes well",
      DM_NONE,
      false,
      { { DM_STORE, DM_RESERVING, DM_OK },
        { DM_RESERVE, 0, DM_OK },
        { DM_SETUP, 0, DM_OK },
        { DM_STORE, DM_TAKING, DM_OK },
        { DM_LINK_DOWN, 0, DM_OK },
        { DM_WAIT, 0, DM_OK },
        { DM_DETACH, 0, DM_OK },
        { DM_LOOK, 0, DM_OK },
        { DM_STORE, DM_MOVING, DM_OK },
        { DM_MIGRATE, 0, DM_OK },
        { DM_STORE, DM_ARRIVED, DM_OK },
        { DM_SETUP, 0, DM_OK },
        { DM_GIVE, 0, DM_OK },
        { DM_LINK_THERE, 0, DM_OK },
        { DM_STORE, DM_DONE, DM_OK } },
      DM_AT_TARGET },
    { "none is free: its own was not touched",
      DM_NONE,
      false,
      { { DM_STORE, DM_RESERVING, DM_OK },
        { DM_RESERVE, 0, DM_FAILED },
        { DM_RELEASE, 0, DM_OK },
        { DM_STORE, DM_KEPT, DM_OK } },
      DM_AT_SOURCE },
    { "the guest does not go over to its vif",
      DM_NONE,
      false,
      { { DM_STORE, DM_RESERVING, DM_OK },
        { DM_RESERVE, 0, DM_OK },
        { DM_SETUP, 0, DM_OK },
        { DM_STORE, DM_TAKING, DM_OK },
        { DM_LINK_DOWN, 0, DM_OK },
        { DM_WAIT, 0, DM_FAILED },
        { DM_STORE, DM_BACK, DM_OK },
        { DM_PUT_BACK, 0, DM_OK },
        { DM_LINK_HERE, 0, DM_OK },
        { DM_RELEASE, 0, DM_FAILED } },
      DM_LEFT },
    { "killed while it migrated, and it is there",
      DM_MOVING,
      false,
      { { DM_ASK, 0, DM_THERE },
        { DM_STORE, DM_ARRIVED, DM_FAILED },
        { DM_SETUP, 0, DM_OK },
        { DM_GIVE, 0, DM_FAILED } },
      DM_WITHOUT },
    { "who runs it is not decided",
      DM_MOVING,
      false,
      { { DM_ASK, 0, DM_OPEN } },
      DM_DOUBT },
    { "its host went down with it",
      DM_TAKING,
      true,
      { { DM_RELEASE, 0, DM_OK }, { DM_STORE, DM_KEPT, DM_OK } },
      DM_GONE },
    { "it ended before it was given one",
      DM_ARRIVED,
      false,
      { { DM_SETUP, 0, DM_OK },
        { DM_GIVE, 0, DM_NO_GUEST },
        { DM_RELEASE, 0, DM_OK },
        { DM_STORE, DM_DONE, DM_OK } },
      DM_GONE },
    { "it arrived at a host that is lost",
      DM_ARRIVED,
      false,
      { { DM_SETUP, 0, DM_LOST },
        { DM_RELEASE, 0, DM_OK },
        { DM_STORE, DM_DONE, DM_OK } },
      DM_GIVEN_UP },
};

static void ways_by_table(void **state)
{
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        const struct way *y = &ways[i];
        enum dm_effect e;
        struct dm m;

        e = y->found ? dm_restart(&m, y->found, y->other_boot) : dm_begin(&m);
        for (unsigned k = 0; e != DM_END; k++) {
            if (k == 16 || y->step[k].eff != e ||
                (e == DM_STORE && y->step[k].next != m.next))
                fail_msg("%s: step %u is effect %d", y->name, k, (int)e);
            e = dm_next(&m, y->step[k].in);
        }
        if (m.verdict != y->verdict)
            fail_msg("%s: %s", y->name, dm_verdict_name(m.verdict));
    }
}

/* --- the search -------------------------------------------------------------- */

static struct dm_explored found;

static void search(const struct dm_faults *f)
{
    dm_explore(f, &found);
    print_message("%llu states\n", (unsigned long long)found.states);
    if (found.broken)
        fail_msg("%s\n%s", found.broken, found.trace);
}

static void every_state(void **state)
{
    static const struct dm_faults few[] = {
        { .kills = 3, .lost = 2, .lies = 1, .rivals = 2 },
        { .kills = 2, .reboots = 2, .failures = 2, .rivals = 2 },
        { .kills = 1, .reboots = 2, .lost = 2, .lies = 1, .rivals = 1 },
        { .kills = 2, .failures = 3, .lost = 2, .lies = 1 },
        { .kills = 2,
          .reboots = 2,
          .failures = 2,
          .lost = 2,
          .lies = 1,
          .rivals = 2 },
    };

    for (size_t i = 0; i < sizeof few / sizeof *few; i++) {
        search(&few[i]);
        assert_true(found.states > 1000);
    }
}

/* Rules that would be wrong: with each, the search finds the law that breaks;
 * without it, and with the same faults, none. */
static void sees_old_rules(void **state)
{
    static const struct {
        struct dm_faults f;
        const char *law;
    } wrong[] = {
        { { .lies = 1, .old = DM_OLD_LOOK }, "D3" },
        { { .failures = 1, .old = DM_OLD_WAIT }, "D5" },
        { { .reboots = 1, .old = DM_OLD_SETUP }, "D4" },
        { { .kills = 1, .old = DM_OLD_OPEN }, "D3" },
        { { .kills = 1, .old = DM_OLD_CLAIM }, "D6" },
        { { .kills = 1, .rivals = 1, .old = DM_OLD_FREE }, "D1" },
    };

    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct dm_faults right = wrong[i].f;

        dm_explore(&wrong[i].f, &found);
        if (!found.broken)
            fail_msg("rule %d is not seen to be wrong", wrong[i].f.old);
        assert_memory_equal(found.broken, wrong[i].law, 2);
        right.old = 0;
        search(&right);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names),
        cmocka_unit_test(ways_by_table),
        cmocka_unit_test(every_state),
        cmocka_unit_test(sees_old_rules),
    };

    return cmocka_run_group_tests_name("device_move", tests, NULL, NULL);
}
