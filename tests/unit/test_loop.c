/* SPDX-License-Identifier: LGPL-2.1-only */
/* The loop: deadlines, cancels, ticks, and who is served. */
#include "libxl-ext/loop.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static bool never(void *arg)
{
    return false;
}

static bool is_set(void *arg)
{
    return *(bool *)arg;
}

static void set(void *arg, short revents)
{
    *(bool *)arg = true;
}

static void test_deadline(void **state)
{
    struct loop l;
    uint64_t start = monotonic_us();

    loop_init(&l, NULL);
    assert_int_equal(loop_run(&l, never, NULL, start + 30000), -ETIMEDOUT);
    assert_true(monotonic_us() >= start + 30000);
    /* past already */
    assert_int_equal(loop_run(&l, never, NULL, 1), -ETIMEDOUT);
    /* what is done is done, late or cancelled */
    bool yes = true;
    volatile sig_atomic_t cancel = 1;
    l.cancel = &cancel;
    assert_int_equal(loop_run(&l, is_set, &yes, 1), 0);
}

static void test_event(void **state)
{
    struct loop l;
    struct loop_fd *f;
    bool ready = false;
    int p[2];

    assert_int_equal(pipe(p), 0);
    loop_init(&l, NULL);
    f = loop_add(&l, p[0], POLLIN, set, &ready);
    assert_int_equal(write(p[1], "x", 1), 1);
    assert_int_equal(loop_run(&l, is_set, &ready, UINT64_MAX), 0);
    /* asked for nothing, it is not served, not even at its end */
    ready = false;
    f->events = 0;
    close(p[1]);
    assert_int_equal(loop_run(&l, is_set, &ready, monotonic_us() + 20000),
                     -ETIMEDOUT);
    f->events = POLLIN;
    assert_int_equal(loop_run(&l, is_set, &ready, UINT64_MAX), 0);
    loop_remove(f);
    loop_remove(NULL);
    ready = false;
    assert_int_equal(loop_run(&l, is_set, &ready, monotonic_us() + 20000),
                     -ETIMEDOUT);
    close(p[0]);
}

static void test_full(void **state)
{
    struct loop l;
    struct loop_fd *f[LOOP_FDS];

    loop_init(&l, NULL);
    for (int i = 0; i < LOOP_FDS; i++) {
        f[i] = loop_add(&l, 0, 0, NULL, NULL);
        assert_non_null(f[i]);
    }
    assert_null(loop_add(&l, 0, 0, NULL, NULL));
    loop_remove(f[3]);
    assert_ptr_equal(loop_add(&l, 0, 0, NULL, NULL), f[3]);
}

struct pair {
    struct loop_fd *other;
    unsigned served;
};

static void remove_other(void *arg, short revents)
{
    struct pair *p = arg;

    p->served++;
    if (p->other)
        loop_remove(p->other);
}

static bool served(void *arg)
{
    return ((struct pair *)arg)->served > 0;
}

/* One that was ready and is removed by the one before it is not called. */
static void test_removed_while_ready(void **state)
{
    struct loop l;
    struct pair a = { NULL, 0 }, b = { NULL, 0 };
    int p[2], q[2];

    assert_int_equal(pipe(p), 0);
    assert_int_equal(pipe(q), 0);
    loop_init(&l, NULL);
    loop_add(&l, p[0], POLLIN, remove_other, &a);
    a.other = loop_add(&l, q[0], POLLIN, remove_other, &b);
    assert_int_equal(write(p[1], "x", 1), 1);
    assert_int_equal(write(q[1], "x", 1), 1);
    assert_int_equal(loop_run(&l, served, &a, UINT64_MAX), 0);
    assert_int_equal(b.served, 0);
    for (int i = 0; i < 2; i++) {
        close(p[i]);
        close(q[i]);
    }
}

static volatile sig_atomic_t cancels;

static void on_signal(int sig)
{
    cancels++;
}

/* Signals that are blocked but where the loop waits, as the commands do. */
static void test_cancel(void **state)
{
    struct sigaction sa = { .sa_handler = on_signal };
    sigset_t block, waiting;
    struct loop l;

    sigaction(SIGUSR1, &sa, NULL);
    sigemptyset(&block);
    sigaddset(&block, SIGUSR1);
    sigprocmask(SIG_BLOCK, &block, &waiting);
    sigdelset(&waiting, SIGUSR1);
    loop_init(&l, NULL);
    l.cancel = &cancels;
    l.wait_mask = &waiting;
    raise(SIGUSR1);
    assert_int_equal(cancels, 0);
    /* it interrupts even a wait without a deadline */
    assert_int_equal(loop_run(&l, never, NULL, UINT64_MAX), -EINTR);
    assert_int_equal(cancels, 1);
    /* once */
    assert_int_equal(loop_run(&l, never, NULL, monotonic_us() + 20000),
                     -ETIMEDOUT);
    raise(SIGUSR1);
    assert_int_equal(loop_run(&l, never, NULL, UINT64_MAX), -EINTR);
    sigprocmask(SIG_UNBLOCK, &block, NULL);
}

static uint64_t count_ticks(void *arg, uint64_t now)
{
    ++*(unsigned *)arg;
    return now + 1000;
}

static void test_tick(void **state)
{
    struct loop l;
    unsigned ticks = 0;

    loop_init(&l, NULL);
    l.tick = count_ticks;
    l.tick_arg = &ticks;
    assert_int_equal(loop_run(&l, never, NULL, monotonic_us() + 50000),
                     -ETIMEDOUT);
    /* each asks for another within 2 ms: none is lost, none spins */
    assert_in_range(ticks, 2, 60);
}

static uint64_t set_and_sleep(void *arg, uint64_t now)
{
    *(bool *)arg = true;
    return UINT64_MAX;
}

/* What the tick itself brings about ends the wait at once. */
static void test_tick_ends(void **state)
{
    struct loop l;
    bool done = false;

    loop_init(&l, NULL);
    l.tick = set_and_sleep;
    l.tick_arg = &done;
    assert_int_equal(loop_run(&l, is_set, &done, UINT64_MAX), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_deadline),
        cmocka_unit_test(test_event),
        cmocka_unit_test(test_full),
        cmocka_unit_test(test_removed_while_ready),
        cmocka_unit_test(test_cancel),
        cmocka_unit_test(test_tick),
        cmocka_unit_test(test_tick_ends),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
