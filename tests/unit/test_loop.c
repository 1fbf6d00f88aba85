/* SPDX-License-Identifier: LGPL-2.1-only */
/* The loop: deadlines, cancels, ticks, timers, children, guests. */
#include "tools/base/loop.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "tools/base/clock.h"

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

static void serve(void *arg, short revents)
{
    ++*(unsigned *)arg;
}

static uint64_t in_ms(unsigned ms)
{
    return clock_us() + ms * 1000;
}

static void test_deadline(void **state)
{
    struct loop l;
    uint64_t start = clock_us();

    loop_init(&l);
    assert_int_equal(loop_run(&l, never, NULL, start + 30000), -ETIMEDOUT);
    assert_true(clock_us() >= start + 30000);
    /* past already */
    assert_int_equal(loop_run(&l, never, NULL, 1), -ETIMEDOUT);
    /* what is done is done, late or cancelled */
    bool yes = true;
    volatile sig_atomic_t cancel = 1;
    l.cancel = &cancel;
    assert_int_equal(loop_run(&l, is_set, &yes, 1), 0);
    loop_dispose(&l);
}

static void test_event(void **state)
{
    struct loop l;
    struct loop_fd *f;
    bool ready = false;
    int p[2];

    assert_int_equal(pipe(p), 0);
    loop_init(&l);
    f = loop_add(&l, p[0], POLLIN, set, &ready);
    assert_int_equal(write(p[1], "x", 1), 1);
    assert_int_equal(loop_run(&l, is_set, &ready, UINT64_MAX), 0);
    /* asked for nothing, it is not served, not even at its end */
    ready = false;
    f->events = 0;
    close(p[1]);
    assert_int_equal(loop_run(&l, is_set, &ready, clock_us() + 20000),
                     -ETIMEDOUT);
    f->events = POLLIN;
    assert_int_equal(loop_run(&l, is_set, &ready, UINT64_MAX), 0);
    loop_remove(f);
    loop_remove(NULL);
    ready = false;
    assert_int_equal(loop_run(&l, is_set, &ready, clock_us() + 20000),
                     -ETIMEDOUT);
    close(p[0]);
    loop_dispose(&l);
}

/* Far more than any table would have had room for. */
static void test_hundreds(void **state)
{
    enum { N = 400 };
    struct loop_fd *f[N];
    unsigned served[N] = { 0 };
    struct loop l;
    int p[N][2];

    loop_init(&l);
    for (int i = 0; i < N; i++) {
        assert_int_equal(pipe(p[i]), 0);
        f[i] = loop_add(&l, p[i][0], POLLIN, serve, &served[i]);
        assert_non_null(f[i]);
    }
    for (int i = 0; i < N; i += 7)
        assert_int_equal(write(p[i][1], "x", 1), 1);
    assert_int_equal(loop_run(&l, NULL, NULL, in_ms(20)), -ETIMEDOUT);
    for (int i = 0; i < N; i++)
        assert_int_equal(served[i] > 0, !(i % 7));
    /* those that are left keep their places */
    for (int i = 0; i < N; i += 2)
        loop_remove(f[i]);
    memset(served, 0, sizeof served);
    assert_int_equal(loop_run(&l, NULL, NULL, in_ms(20)), -ETIMEDOUT);
    for (int i = 0; i < N; i++)
        assert_int_equal(served[i] > 0, !(i % 7) && i % 2);
    loop_dispose(&l);
    for (int i = 0; i < N; i++) {
        close(p[i][0]);
        close(p[i][1]);
    }
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
    loop_init(&l);
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
    loop_dispose(&l);
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
    loop_init(&l);
    l.cancel = &cancels;
    l.wait_mask = &waiting;
    raise(SIGUSR1);
    assert_int_equal(cancels, 0);
    /* it interrupts even a wait without a deadline */
    assert_int_equal(loop_run(&l, never, NULL, UINT64_MAX), -EINTR);
    assert_int_equal(cancels, 1);
    /* once */
    assert_int_equal(loop_run(&l, never, NULL, clock_us() + 20000),
                     -ETIMEDOUT);
    raise(SIGUSR1);
    assert_int_equal(loop_run(&l, never, NULL, UINT64_MAX), -EINTR);
    sigprocmask(SIG_UNBLOCK, &block, NULL);
    loop_dispose(&l);
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

    loop_init(&l);
    l.tick = count_ticks;
    l.tick_arg = &ticks;
    assert_int_equal(loop_run(&l, never, NULL, clock_us() + 50000),
                     -ETIMEDOUT);
    /* each asks for another within 2 ms: none is lost, none spins */
    assert_in_range(ticks, 2, 60);
    loop_dispose(&l);
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

    loop_init(&l);
    l.tick = set_and_sleep;
    l.tick_arg = &done;
    assert_int_equal(loop_run(&l, is_set, &done, UINT64_MAX), 0);
    loop_dispose(&l);
}

/* --- adding and removing while callbacks run ------------------------------------ */

struct self {
    struct loop *loop;
    struct loop_fd *watch;
    int fd;
    unsigned served, added;
};

static void count_added(void *arg, short revents)
{
    ((struct self *)arg)->added++;
}

/* Removes itself and puts another in its place, for the same descriptor. */
static void replace_self(void *arg, short revents)
{
    struct self *s = arg;

    s->served++;
    loop_remove(s->watch);
    s->watch = loop_add(s->loop, s->fd, POLLIN, count_added, s);
}

static void test_replaced_while_served(void **state)
{
    struct loop l;
    struct self s = { .loop = &l };
    int p[2];

    assert_int_equal(pipe(p), 0);
    assert_int_equal(write(p[1], "x", 1), 1);
    loop_init(&l);
    s.fd = p[0];
    s.watch = loop_add(&l, p[0], POLLIN, replace_self, &s);
    assert_int_equal(loop_run(&l, NULL, NULL, in_ms(10)), -ETIMEDOUT);
    assert_int_equal(s.served, 1);
    assert_true(s.added > 0);
    loop_dispose(&l);
    close(p[0]);
    close(p[1]);
}

static bool inner_done(void *arg)
{
    return ((struct self *)arg)->added > 0;
}

/* Waits for another descriptor from within, and removes both. */
static void wait_within(void *arg, short revents)
{
    struct self *s = arg;
    struct loop_fd *f = loop_add(s->loop, s->fd, POLLIN, count_added, s);

    s->served++;
    loop_remove(s->watch);
    assert_int_equal(loop_run(s->loop, inner_done, s, in_ms(60000)), 0);
    loop_remove(f);
}

static void test_loop_within(void **state)
{
    struct loop l;
    struct self s = { .loop = &l };
    int p[2];

    assert_int_equal(pipe(p), 0);
    assert_int_equal(write(p[1], "x", 1), 1);
    loop_init(&l);
    s.fd = p[0];
    s.watch = loop_add(&l, p[0], POLLIN, wait_within, &s);
    assert_int_equal(loop_run(&l, NULL, NULL, in_ms(20)), -ETIMEDOUT);
    assert_int_equal(s.served, 1);
    assert_int_equal(s.added, 1);
    loop_dispose(&l);
    close(p[0]);
    close(p[1]);
}

/* --- timers ------------------------------------------------------------------------- */

struct bell {
    struct loop *loop;
    struct loop_timer *timer;
    char name;
    char *log; /* shared: who was due, in order */
    unsigned again;
};

static void ring(void *arg)
{
    struct bell *b = arg;

    strncat(b->log, &b->name, 1);
    if (b->again) {
        b->again--;
        b->timer->at_us = clock_us(); /* at once, but not in this turn */
    }
    if (b->name == 'z')
        loop_stop(b->loop);
}

static void test_timers(void **state)
{
    static const struct {
        char name;
        unsigned ms;
    } rows[] = { { 'z', 30 }, { 'b', 10 }, { 'a', 5 }, { 'c', 20 } };
    char log[64] = "";
    struct bell b[4];
    struct loop l;
    uint64_t start = clock_us();

    loop_init(&l);
    for (int i = 0; i < 4; i++) {
        b[i] = (struct bell){ .loop = &l, .name = rows[i].name, .log = log };
        b[i].timer =
            loop_timer_add(&l, start + rows[i].ms * 1000, ring, &b[i]);
        assert_non_null(b[i].timer);
    }
    assert_int_equal(loop_run(&l, NULL, NULL, UINT64_MAX), 0);
    assert_string_equal(log, "abcz");
    assert_true(clock_us() >= start + 30000);
    /* late ones are served in the order of their times as well, and one that
     * is due again at once does not keep the others waiting */
    *log = '\0';
    b[2].again = 3;
    for (int i = 0; i < 4; i++)
        b[i].timer->at_us = start + rows[i].ms * 1000;
    assert_int_equal(loop_run(&l, NULL, NULL, UINT64_MAX), 0);
    assert_string_equal(log, "abcz");
    loop_timer_remove(b[0].timer);
    loop_timer_remove(b[1].timer);
    loop_timer_remove(NULL);
    assert_int_equal(loop_run(&l, NULL, NULL, in_ms(10)), -ETIMEDOUT);
    assert_string_equal(log, "abczaaa");
    loop_dispose(&l);
}

static void remove_itself(void *arg)
{
    struct bell *b = arg;

    loop_timer_remove(b->timer);
    b->timer = NULL;
    loop_stop(b->loop);
}

static void test_timer_removes_itself(void **state)
{
    struct loop l;
    struct bell b = { .loop = &l };

    loop_init(&l);
    b.timer = loop_timer_add(&l, 1, remove_itself, &b);
    assert_int_equal(loop_run(&l, NULL, NULL, UINT64_MAX), 0);
    assert_null(b.timer);
    assert_int_equal(loop_run(&l, NULL, NULL, in_ms(5)), -ETIMEDOUT);
    loop_dispose(&l);
}

/* --- children ----------------------------------------------------------------------- */

struct end {
    struct loop *loop;
    unsigned *left;
    int status;
};

static void note_end(void *arg, int status)
{
    struct end *e = arg;

    e->status = status;
    if (!--*e->left)
        loop_stop(e->loop);
}

static pid_t child(int code, int sig, unsigned ms)
{
    pid_t pid = fork();

    if (pid)
        return pid;
    poll(NULL, 0, (int)ms);
    if (sig)
        raise(sig);
    _exit(code);
}

static void test_children(void **state)
{
    struct loop l;
    unsigned left = 3;
    struct end e[3] = { { &l, &left, -1 },
                        { &l, &left, -1 },
                        { &l, &left, -1 } };
    pid_t pid;

    loop_init(&l);
    /* one has ended, most likely, before it is added */
    assert_non_null(loop_child_add(&l, child(3, 0, 0), note_end, &e[0]));
    assert_non_null(
        loop_child_add(&l, child(0, SIGKILL, 60), note_end, &e[1]));
    assert_non_null(loop_child_add(&l, child(0, 0, 30), note_end, &e[2]));
    pid = child(7, 0, 0);
    loop_child_remove(loop_child_add(&l, pid, note_end, NULL));
    loop_child_remove(NULL);
    assert_int_equal(loop_run(&l, NULL, NULL, in_ms(60000)), 0);
    assert_true(WIFEXITED(e[0].status) && WEXITSTATUS(e[0].status) == 3);
    assert_true(WIFSIGNALED(e[1].status) && WTERMSIG(e[1].status) == SIGKILL);
    assert_int_equal(e[2].status, 0);
    /* the one that was removed is left to us; the others were reaped */
    assert_int_equal(waitpid(-1, NULL, 0), pid);
    assert_int_equal(waitpid(-1, NULL, 0), -1);
    loop_dispose(&l);
}

/* --- a guest ------------------------------------------------------------------------ */

enum { GUEST_FDS = 40 };

struct visitor {
    int fd;
    unsigned asked, served;
    int timeout_ms, rc;
};

static int visit_before(void *arg, struct pollfd *p, int *n, int *timeout_ms)
{
    struct visitor *v = arg;

    v->asked++;
    if (v->rc)
        return v->rc;
    if (*n < GUEST_FDS) {
        *n = GUEST_FDS;
        return -ENOBUFS;
    }
    for (int i = 0; i < GUEST_FDS; i++)
        p[i] = (struct pollfd){ v->fd, i == 31 ? POLLIN : 0, 0 };
    *n = GUEST_FDS;
    if (v->timeout_ms >= 0 && (*timeout_ms < 0 || v->timeout_ms < *timeout_ms))
        *timeout_ms = v->timeout_ms;
    return 0;
}

static void visit_after(void *arg, struct pollfd *p, int n)
{
    struct visitor *v = arg;

    assert_int_equal(n, GUEST_FDS);
    if (p[31].revents & POLLIN)
        v->served++;
}

static bool guest_served(void *arg)
{
    return ((struct visitor *)arg)->served > 0;
}

static bool guest_asked(void *arg)
{
    return ((struct visitor *)arg)->asked >= 3;
}

static void test_guest(void **state)
{
    struct visitor v = { .timeout_ms = -1 };
    struct loop_guest g = { visit_before, visit_after, &v, 0, NULL };
    unsigned own = 0;
    struct loop l;
    int p[2], q[2];

    assert_int_equal(pipe(p), 0);
    assert_int_equal(pipe(q), 0);
    v.fd = q[0];
    loop_init(&l);
    loop_guest_add(&l, &g);
    loop_add(&l, p[0], POLLIN, serve, &own);
    assert_int_equal(write(q[1], "x", 1), 1);
    assert_int_equal(loop_run(&l, guest_served, &v, in_ms(60000)), 0);
    assert_int_equal(v.served, 1);
    assert_int_equal(own, 0);
    /* its deadline counts too: it is asked again and again */
    assert_int_equal(read(q[0], (char[1]){ 0 }, 1), 1);
    v.asked = 0;
    v.timeout_ms = 5;
    assert_int_equal(loop_run(&l, guest_asked, &v, in_ms(60000)), 0);
    v.rc = -EIO;
    assert_int_equal(loop_run(&l, NULL, NULL, UINT64_MAX), -EIO);
    /* one that never has enough is no guest */
    v.rc = -ENOBUFS;
    assert_int_equal(loop_run(&l, NULL, NULL, UINT64_MAX), -EMFILE);
    loop_dispose(&l);
    for (int i = 0; i < 2; i++) {
        close(p[i]);
        close(q[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_deadline),
        cmocka_unit_test(test_event),
        cmocka_unit_test(test_hundreds),
        cmocka_unit_test(test_removed_while_ready),
        cmocka_unit_test(test_replaced_while_served),
        cmocka_unit_test(test_loop_within),
        cmocka_unit_test(test_timers),
        cmocka_unit_test(test_timer_removes_itself),
        cmocka_unit_test(test_children),
        cmocka_unit_test(test_guest),
        cmocka_unit_test(test_cancel),
        cmocka_unit_test(test_tick),
        cmocka_unit_test(test_tick_ends),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
