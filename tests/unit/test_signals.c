/* SPDX-License-Identifier: LGPL-2.1-only */
/* The signals that ask a command to stop, and what nohup has decided before. */
#include "tools/signals.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static volatile sig_atomic_t stops, hangups;

/* As a shell, or nohup, starts a program. */
static int fresh(void **state)
{
    sigset_t none;

    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    signal(SIGHUP, SIG_DFL);
    sigemptyset(&none);
    stops = hangups = 0;
    return sigprocmask(SIG_SETMASK, &none, NULL);
}

static void counted_while_waiting(void **state)
{
    sigset_t wait_mask;

    signals_count(&stops, &hangups, &wait_mask);
    raise(SIGINT);
    raise(SIGTERM);
    raise(SIGHUP);
    assert_int_equal(stops + hangups, 0); /* not before the wait */
    sigprocmask(SIG_SETMASK, &wait_mask, NULL);
    assert_int_equal(stops, 2);
    assert_int_equal(hangups, 1);
    raise(SIGINT);
    assert_int_equal(stops, 3);
}

static void ignored_under_nohup(void **state)
{
    struct sigaction is;
    sigset_t wait_mask;

    signal(SIGHUP, SIG_IGN);
    signals_count(&stops, &stops, &wait_mask);
    sigprocmask(SIG_SETMASK, &wait_mask, NULL);
    raise(SIGHUP);
    assert_int_equal(stops, 0);
    sigaction(SIGHUP, NULL, &is);
    assert_ptr_equal(is.sa_handler, SIG_IGN);
    raise(SIGTERM);
    assert_int_equal(stops, 1);
}

int main(void)
{
#define TEST(f_) cmocka_unit_test_setup(f_, fresh)
    const struct CMUnitTest tests[] = {
        TEST(counted_while_waiting),
        TEST(ignored_under_nohup),
    };

    return cmocka_run_group_tests_name("signals", tests, NULL, NULL);
}
