/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The byte pump: what goes in comes out, counted exactly, and not faster than
 * it may. A machine that has no time for the test makes it slower, which is
 * excused by what the clock shows; faster is never excused.
 */
#include "libxl-ext/pump.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "tools/base/clock.h"

struct bench {
    struct loop loop;
    struct xlx_pump pump;
    int from[2], to[2]; /* the test writes from[1] and reads to[0] */
    struct loop_fd *writes, *reads;
    uint64_t put, got, want, base;
    uint64_t start, last, excused;
    double worst; /* bytes over the limit, at any moment */
    uint64_t rate;
};

static uint8_t byte_at(uint64_t at)
{
    return (uint8_t)(at * 11400714819323198485ull >> 56);
}

static void on_writable(void *arg, short revents)
{
    struct bench *b = arg;
    uint8_t buf[4096];
    size_t n = 0;
    ssize_t r;

    while (n < sizeof buf && b->put + n < b->want) {
        buf[n] = byte_at(b->put + n);
        n++;
    }
    r = n ? write(b->from[1], buf, n) : 0;
    if (r > 0)
        b->put += (uint64_t)r;
    if (b->put == b->want) {
        close(b->from[1]);
        b->from[1] = -1;
        loop_remove(b->writes);
        b->writes = NULL;
    }
}

static void on_readable(void *arg, short revents)
{
    struct bench *b = arg;
    uint8_t buf[65536];
    ssize_t n = read(b->to[0], buf, sizeof buf);
    double over;

    for (ssize_t i = 0; i < n; i++)
        if (buf[i] != byte_at(b->got + (uint64_t)i))
            fail_msg("byte %llu differs", (unsigned long long)b->got + i);
    if (n > 0)
        b->got += (uint64_t)n;
    over = (double)(b->got - b->base) -
           (double)b->rate * (double)(clock_us() - b->start) / 1e6;
    if (over > b->worst)
        b->worst = over;
}

static uint64_t tick(void *arg, uint64_t now)
{
    struct bench *b = arg;

    int in = 0, out = 0;

    /* The pump asks to be woken every few ms: more is the machine's doing. So
     * is that the others can't write, or read, as fast as it may carry. */
    ioctl(b->from[0], FIONREAD, &in);
    ioctl(b->to[1], FIONREAD, &out);
    if (b->last && (now - b->last > 30000 || !in || out > 32768))
        b->excused += now - b->last;
    b->last = now;
    return xlx_pump_tick(&b->pump, now);
}

static void bench_start(struct bench *b, uint64_t want, uint64_t rate,
                        bool socket_from)
{
    int sp[2];

    *b = (struct bench){ .want = want, .rate = rate };
    if (socket_from) {
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, sp), 0);
        b->from[0] = sp[0];
        b->from[1] = sp[1];
    } else {
        assert_int_equal(pipe2(b->from, O_CLOEXEC), 0);
    }
    assert_int_equal(pipe2(b->to, O_CLOEXEC), 0);
    fcntl(b->from[1], F_SETFL, O_NONBLOCK);
    fcntl(b->to[0], F_SETFL, O_NONBLOCK);
    loop_init(&b->loop);
    b->loop.tick = tick;
    b->loop.tick_arg = b;
    b->start = clock_us();
    assert_int_equal(
        xlx_pump_start(&b->pump, &b->loop, b->from[0], b->to[1], rate), 0);
    b->writes = loop_add(&b->loop, b->from[1], POLLOUT, on_writable, b);
    b->reads = loop_add(&b->loop, b->to[0], POLLIN, on_readable, b);
}

static void bench_end(struct bench *b)
{
    xlx_pump_stop(&b->pump);
    loop_dispose(&b->loop);
    for (int i = 0; i < 2; i++) {
        if (b->from[i] >= 0)
            close(b->from[i]);
        if (b->to[i] >= 0)
            close(b->to[i]);
    }
}

static bool all_got(void *arg)
{
    struct bench *b = arg;

    return b->got == b->want && b->pump.eof;
}

static bool never(void *arg)
{
    return false;
}

static uint64_t in_ms(unsigned ms)
{
    return clock_us() + ms * 1000ull;
}

static void test_counts(void **state)
{
    static const uint64_t sizes[] = { 0, 1, 4095, 65536, 65537, 3000001 };

    for (int socket_from = 0; socket_from < 2; socket_from++)
        for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
            struct bench b;

            bench_start(&b, sizes[i], 0, socket_from);
            assert_int_equal(loop_run(&b.loop, all_got, &b, in_ms(60000)), 0);
            assert_int_equal(b.pump.bytes, sizes[i]);
            assert_int_equal(b.pump.error, 0);
            bench_end(&b);
        }
}

/* --- the rate, with a writer and a reader that are processes ------------------- */

struct arrived {
    _Atomic uint64_t bytes;
    double worst; /* bytes over the limit, at any moment */
};

_Noreturn static void writer(int fd)
{
    static char buf[65536];

    while (write(fd, buf, sizeof buf) > 0)
        ;
    _exit(0);
}

_Noreturn static void reader(int fd, uint64_t rate, uint64_t start,
                             struct arrived *a)
{
    static char buf[65536];
    ssize_t n;

    while ((n = read(fd, buf, sizeof buf)) > 0) {
        double over;

        a->bytes += (uint64_t)n;
        over = (double)a->bytes -
               (double)rate * (double)(clock_us() - start) / 1e6;
        if (over > a->worst)
            a->worst = over;
    }
    _exit(0);
}

static pid_t beside(struct bench *b, struct arrived *a, bool writes)
{
    pid_t pid = fork();

    if (pid)
        return pid;
    if (writes) {
        close(b->from[0]);
        close(b->to[0]);
        close(b->to[1]);
        writer(b->from[1]);
    }
    close(b->from[0]);
    close(b->from[1]);
    close(b->to[1]);
    reader(b->to[0], b->rate, b->start, a);
}

/* Whether the rate was reached. */
static bool measure(uint64_t rate, unsigned ms)
{
    struct bench b = { .rate = rate };
    struct arrived *a = mmap(NULL, sizeof *a, PROT_READ | PROT_WRITE,
                             MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pid_t w, r;
    double s, fair;
    bool reached;

    assert_int_equal(pipe2(b.from, 0), 0);
    assert_int_equal(pipe2(b.to, 0), 0);
    fflush(NULL);
    b.start = clock_us();
    w = beside(&b, a, true);
    r = beside(&b, a, false);
    close(b.from[1]);
    close(b.to[0]);
    b.from[1] = b.to[0] = -1;
    loop_init(&b.loop);
    b.loop.tick = tick;
    b.loop.tick_arg = &b;
    assert_int_equal(
        xlx_pump_start(&b.pump, &b.loop, b.from[0], b.to[1], rate), 0);
    assert_int_equal(loop_run(&b.loop, never, &b, in_ms(ms)), -ETIMEDOUT);
    s = (double)(clock_us() - b.start) / 1e6;
    bench_end(&b);
    waitpid(w, NULL, 0);
    waitpid(r, NULL, 0);
    fair = (double)rate * (s - (double)b.excused / 1e6);
    printf("    %9llu bytes/s: %.1f%% of it in %.1f s, %.1f ms ahead at "
           "most, %.0f ms excused\n",
           (unsigned long long)rate, 100 * (double)a->bytes / (double)rate / s,
           s, a->worst / (double)rate * 1e3, (double)b.excused / 1e3);
    assert_true(a->bytes == b.pump.bytes);
    /* never more than 50 ms ahead of the limit, which is 5% of any second */
    assert_true(a->worst <= 0.05 * (double)rate + 16384);
    reached = (double)a->bytes >= 0.95 * fair - 16384;
    munmap(a, sizeof *a);
    return reached;
}

/* It is never exceeded. It can't be reached while a machine has no time for the
 * processes at the pump's ends. */
static void reaches(uint64_t rate)
{
    for (int i = 0; i < 20; i++)
        if (measure(rate, 1500))
            return;
    fail_msg("%llu bytes/s are never reached", (unsigned long long)rate);
}

static void test_rate(void **state)
{
    reaches(1250000);   /* 10 Mbit/s */
    reaches(12500000);  /* 100 */
    reaches(125000000); /* 1000 */
}

/* A pause does not save up: what was not sent is not made up for. */
static void test_no_catching_up(void **state)
{
    struct bench b;
    uint64_t at;

    bench_start(&b, 1ull << 40, 10000000, false);
    assert_int_equal(loop_run(&b.loop, never, &b, in_ms(50)), -ETIMEDOUT);
    b.reads->events = 0; /* nobody reads: the pipe fills up */
    assert_int_equal(loop_run(&b.loop, never, &b, in_ms(300)), -ETIMEDOUT);
    /* a blocked pump does not spin: the loop sleeps, so time passes here */
    at = b.pump.bytes;
    b.reads->events = POLLIN;
    /* from here on it may send what the rate allows from here on, and what
     * stands in the pipe already is read as well */
    b.rate = 10000000;
    b.base = b.got;
    b.start = clock_us();
    b.worst = 0;
    assert_int_equal(loop_run(&b.loop, never, &b, in_ms(100)), -ETIMEDOUT);
    assert_true(b.pump.bytes > at);
    assert_true(b.worst <= 0.05 * 10000000 + 65536 + 16384);
    bench_end(&b);
}

static void test_rate_changes(void **state)
{
    struct bench b;

    bench_start(&b, 5000000, 100000, false);
    assert_int_equal(loop_run(&b.loop, never, &b, in_ms(100)), -ETIMEDOUT);
    assert_true(b.got < 100000);
    xlx_pump_set_rate(&b.pump, 0, clock_us());
    b.rate = 1ull << 40;
    assert_int_equal(loop_run(&b.loop, all_got, &b, in_ms(60000)), 0);
    assert_int_equal(b.pump.bytes, 5000000);
    bench_end(&b);
}

static bool failed(void *arg)
{
    struct bench *b = arg;

    return b->pump.error || b->pump.eof;
}

/* The far end of the wire is gone. */
static void test_broken(void **state)
{
    struct bench b;

    bench_start(&b, 1ull << 40, 0, false);
    loop_remove(b.reads);
    close(b.to[0]);
    b.to[0] = -1;
    assert_int_equal(loop_run(&b.loop, failed, &b, in_ms(60000)), 0);
    assert_int_equal(b.pump.error, -EPIPE);
    assert_false(b.pump.eof);
    /* and it is not watched any more */
    assert_true(xlx_pump_tick(&b.pump, clock_us()) == UINT64_MAX);
    bench_end(&b);
}

static void test_stop(void **state)
{
    struct bench b;

    bench_start(&b, 100, 0, false);
    xlx_pump_stop(&b.pump);
    xlx_pump_stop(&b.pump);
    assert_true(xlx_pump_tick(&b.pump, clock_us()) == UINT64_MAX);
    bench_end(&b);
    assert_int_not_equal(xlx_pump_start(&b.pump, &b.loop, -1, 1, 0), 0);
}

static bool no_more(void *arg)
{
    return ((struct bench *)arg)->put == 100;
}

static bool all_came(void *arg)
{
    return ((struct bench *)arg)->got == 100;
}

/* Its caller reads what comes meanwhile. */
static void test_held(void **state)
{
    struct bench b;

    bench_start(&b, 100, 0, false);
    b.pump.held = true;
    assert_int_equal(loop_run(&b.loop, no_more, &b, clock_us() + 60000000), 0);
    assert_int_equal(loop_run(&b.loop, NULL, NULL, clock_us() + 20000),
                     -ETIMEDOUT);
    assert_int_equal(b.pump.bytes, 0);
    b.pump.held = false;
    assert_int_equal(loop_run(&b.loop, all_came, &b, clock_us() + 60000000),
                     0);
    assert_int_equal(b.pump.bytes, 100);
    bench_end(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counts),
        cmocka_unit_test(test_rate),
        cmocka_unit_test(test_no_catching_up),
        cmocka_unit_test(test_rate_changes),
        cmocka_unit_test(test_broken),
        cmocka_unit_test(test_stop),
        cmocka_unit_test(test_held),
    };

    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
