/* SPDX-License-Identifier: LGPL-2.1-only */
/* The pause between two looks of rackhopd, and the signal that ends it. */
#include "tools/daemon/sleep.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tools/base/clock.h"
#include "tools/signals.h"

static volatile sig_atomic_t stops;
static sigset_t wait_mask;

static void beat(void *arg)
{
    ++*(unsigned *)arg;
}

static struct sleep pause_of(unsigned *beats)
{
    return (struct sleep){ .stops = &stops,
                           .seen = stops,
                           .wait_mask = &wait_mask,
                           .beat_every_us = 1000000,
                           .beat = beat,
                           .arg = beats };
}

/* Looks that take longer than their interval leave no time to wait: a signal that
 * came meanwhile ends it all the same. */
static void test_late(void **state)
{
    unsigned beats = 0;
    struct sleep s = pause_of(&beats);
    uint64_t began = clock_us();

    raise(SIGTERM); /* it is blocked */
    assert_int_equal(stops, s.seen);
    assert_false(sleep_until(&s, began - 1));
    assert_int_equal(stops, s.seen + 1);
    assert_true(beats > 0);
}

/* Nor does it look without a pause. */
static void test_pause(void **state)
{
    unsigned beats = 0;
    struct sleep s = pause_of(&beats);
    uint64_t began = clock_us();

    assert_true(sleep_until(&s, began - 1));
    assert_true(clock_us() - began >= 1000000);
    assert_true(beats > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_late),
        cmocka_unit_test(test_pause),
    };

    signals_count(&stops, &stops, &wait_mask);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
