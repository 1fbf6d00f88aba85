/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What the save helper tells libxc after each round, when the move commands it:
 * a cutover, and to stay warm. The clock is the test's; Xen is a number of
 * dirty pages.
 */
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "libxl-ext/helper_impl.h"

static uint64_t now_us = 1000000;
static uint32_t dirty;

int clock_gettime(clockid_t id, struct timespec *t)
{
    t->tv_sec = (time_t)(now_us / 1000000);
    t->tv_nsec = (long)(now_us % 1000000 * 1000);
    return 0;
}

long long xc_logdirty_control(xc_interface *xch, uint32_t domid,
                              unsigned int sop, xc_hypercall_buffer_t *bitmap,
                              unsigned long pages, unsigned int mode,
                              xc_shadow_op_stats_t *stats)
{
    stats->dirty_count = dirty;
    return 0;
}

enum save_codec_state xlx_save_codec_state(const struct save_codec *c)
{
    return SAVE_CODEC_IDLE;
}

static struct xlx_carried carried;

struct xlx_carried xlx_save_codec_carried(const struct save_codec *c)
{
    return carried;
}

void xlx_save_codec_round(struct save_codec *c, unsigned round)
{
}

void xlx_save_codec_flush(struct save_codec *c)
{
}

void xlx_save_codec_close(struct save_codec *c)
{
}

static uint64_t told_limit;

void xlx_save_codec_limit(struct save_codec *c, uint64_t rate)
{
    told_limit = rate;
}

/* Whether pages may be left out now. */
static bool leaves_out;
static unsigned rounds_told;

void xlx_again_round(struct again *a, bool live)
{
    leaves_out = live;
    rounds_told++;
}

void xlx_helper_complain(const char *fmt, ...)
{
}

/* --- a save ----------------------------------------------------------------- */

static struct helper h;
static int move; /* the other end of its control socket */

static void begin(void)
{
    int pair[2];

    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
    move = pair[1];
    h = (struct helper){ .ctl = pair[0] };
    xlx_policy_init(&h.policy);
    h.policy.downtime_ms = 1;
    h.policy.budget_pct = 0;
    xlx_history_init(&h.history, 100000);
    dirty = 100000;
}

static void end(void)
{
    close(h.ctl);
    close(move);
}

static void command(enum xlx_ctl_type type)
{
    struct xlx_ctl c = { .type = type };
    char buf[XLX_CTL_MAX];
    size_t n = xlx_ctl_format(&c, buf);

    assert_int_equal(send(move, buf, n, 0), n);
}

static void tell_link(bool up, uint64_t since_us)
{
    struct xlx_ctl c = { .type = XLX_CTL_LINK,
                         .now_us = since_us,
                         .value = up };
    char buf[XLX_CTL_MAX];

    (void)!send(move, buf, xlx_ctl_format(&c, buf), 0);
}

/* Sends what is dirty, 10000 pages a second, after which so many are. The last
 * report is *c. */
static int one_round(unsigned i, uint32_t left, struct xlx_ctl *c)
{
    struct precopy_stats before = { .iteration = i, .dirty_count = dirty };
    struct precopy_stats after = { .iteration = i + 1, .dirty_count = -1 };
    char buf[XLX_CTL_MAX];
    ssize_t n;
    int verdict;

    assert_int_equal(xlx_helper_precopy(before, &h),
                     XGS_POLICY_CONTINUE_PRECOPY);
    /* in rounds after the first, and in nothing else */
    if (h.again)
        assert_int_equal(leaves_out, i > 0);
    now_us += dirty * 100ull;
    dirty = left;
    verdict = xlx_helper_precopy(after, &h);
    assert_false(leaves_out);
    c->type = XLX_CTL_PHASE;
    while ((n = recv(move, buf, sizeof buf, MSG_DONTWAIT)) > 0)
        assert_int_equal(xlx_ctl_parse(c, buf, (size_t)n), 0);
    assert_int_equal(c->type, XLX_CTL_ROUND);
    return verdict;
}

/* A cutover comes as soon as the guest may be suspended for that long. */
static void cutover(void **state)
{
    struct xlx_ctl c;

    begin();
    command(XLX_CTL_CUTOVER);
    assert_int_equal(one_round(0, 50000, &c), XGS_POLICY_STOP_AND_COPY);
    assert_int_equal(c.why, XLX_WHY_CUTOVER);
    end();
    begin();
    h.policy.max_pause_ms = 200;
    h.policy.overhead_ms = 40;
    command(XLX_CTL_CUTOVER);
    assert_int_equal(one_round(0, 50000, &c), XGS_POLICY_CONTINUE_PRECOPY);
    assert_int_equal(one_round(1, 2000, &c), XGS_POLICY_CONTINUE_PRECOPY);
    assert_int_equal(one_round(2, 1500, &c), XGS_POLICY_STOP_AND_COPY);
    assert_int_equal(c.why, XLX_WHY_CUTOVER);
    end();
}

/* A new rate is the policy's, and the codec's, which chooses by it. */
static void rate(void **state)
{
    static char codec;
    struct xlx_ctl c;

    begin();
    h.codec = (struct save_codec *)(void *)&codec;
    told_limit = 1;
    assert_int_equal(send(move, "rate v=12500000", 15, 0), 15);
    one_round(1, 50000, &c);
    assert_int_equal(h.policy.bandwidth, 12500000);
    assert_int_equal(told_limit, 12500000);
    h.codec = NULL;
    end();
}

/* Says that the target host can be reached again when it has been waited for. */
static pid_t link_comes_back(_Atomic bool *back)
{
    pid_t pid = fork();

    if (pid)
        return pid;
    poll(NULL, 0, 50);
    *back = true;
    tell_link(true, now_us);
    _exit(0);
}

/* While the target host can't be reached no round is the last: the guest runs
 * until it can, whatever was asked for; and the time in between is no part of
 * what the rounds have shown. */
static void link_down(void **state)
{
    _Atomic bool *back = mmap(NULL, sizeof *back, PROT_READ | PROT_WRITE,
                              MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    struct xlx_ctl c;
    pid_t pid;

    begin();
    tell_link(false, now_us);
    command(XLX_CTL_CUTOVER);
    pid = link_comes_back(back);
    assert_int_equal(one_round(0, 50000, &c), XGS_POLICY_STOP_AND_COPY);
    assert_true(*back);
    assert_int_equal(c.dirty, 50000);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    end();
    /* a move that gives up ends the wait */
    begin();
    tell_link(false, now_us);
    command(XLX_CTL_ABORT);
    assert_int_equal(
        xlx_helper_precopy((struct precopy_stats){ 1, 0, -1 }, &h),
        XGS_POLICY_ABORT);
    end();
    munmap(back, sizeof *back);
}

static void on_term(int sig)
{
    xlx_helper_ended = 1;
}

/* A link that was up for 20 s at a time is cut before long: the last round begins when
 * it is up again. */
static void link_window(void **state)
{
    struct xlx_ctl c;
    pid_t pid;

    begin();
    link_window_tell(&h.window, true, now_us);
    link_window_tell(&h.window, false, now_us + 20000000);
    link_window_tell(&h.window, true, now_us + 30000000);
    now_us += 39500000; /* the round takes 10 s more */
    pid = fork();
    if (!pid) {
        poll(NULL, 0, 50);
        tell_link(false, now_us);
        poll(NULL, 0, 50);
        tell_link(true, now_us);
        _exit(0);
    }
    /* what was dirtied while it was down goes first */
    assert_int_equal(one_round(1, 5, &c), XGS_POLICY_CONTINUE_PRECOPY);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    assert_int_equal(one_round(2, 5, &c), XGS_POLICY_STOP_AND_COPY);
    /* now, says somebody */
    now_us += 18000000;
    command(XLX_CTL_CUTOVER);
    assert_int_equal(one_round(3, 5, &c), XGS_POLICY_STOP_AND_COPY);
    assert_int_equal(c.why, XLX_WHY_CUTOVER);
    end();
}

/* A round in which the link was cut twice: the times count at which that was, not
 * when the helper heard of it. */
static void link_told_late(void **state)
{
    struct xlx_ctl c;

    begin();
    link_window_tell(&h.window, true, now_us);
    tell_link(false, now_us + 2000000);
    tell_link(true, now_us + 4000000);
    tell_link(false, now_us + 7000000);
    tell_link(true, now_us + 9000000);
    one_round(0, 50000, &c);
    assert_int_equal(h.window.longest_us, 3000000);
    assert_true(h.window.up_us == now_us - 1000000);
    end();
}

/* libxl ends the save while the target host can't be reached: nothing is
 * written then, so there is no write that fails. */
static void link_down_ended(void **state)
{
    pid_t pid;

    begin();
    signal(SIGTERM, on_term);
    tell_link(false, now_us);
    pid = fork();
    if (!pid) {
        poll(NULL, 0, 50);
        _exit(kill(getppid(), SIGTERM));
    }
    assert_int_equal(
        xlx_helper_precopy((struct precopy_stats){ 1, 0, -1 }, &h),
        XGS_POLICY_ABORT);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    signal(SIGTERM, SIG_DFL);
    xlx_helper_ended = 0;
    end();
}

/* A guest that is held has all the time that it wants, and so is not slowed
 * down; afterwards that begins anew. */
static void held(void **state)
{
    struct xlx_ctl c;

    begin();
    h.policy.throttle = 1;
    one_round(0, 90000, &c);
    assert_int_equal(c.throttle, 80);
    one_round(1, 80000, &c);
    assert_int_equal(c.throttle, 70);
    command(XLX_CTL_HOLD);
    assert_int_equal(one_round(2, 75000, &c), XGS_POLICY_CONTINUE_PRECOPY);
    assert_int_equal(c.why, XLX_WHY_HOLD);
    assert_int_equal(c.throttle, 100);
    command(XLX_CTL_RELEASE);
    one_round(3, 70000, &c);
    assert_int_equal(c.throttle, 80);
    end();
}

/* Pages are left out between libxc's two questions about a round, and are not
 * told as sent. */
static void leaves_pages_out(void **state)
{
    struct xlx_ctl c;

    begin();
    h.again = (struct again *)&h; /* there is one */
    rounds_told = 0;
    one_round(0, 50000, &c);
    one_round(1, 25000, &c);
    assert_int_equal(one_round(2, 5, &c), XGS_POLICY_STOP_AND_COPY);
    assert_int_equal(rounds_told, 6);
    assert_int_equal(c.sent, 175000);
    end();
    begin();
    h.again = (struct again *)&h;
    h.codec = (struct save_codec *)&h;
    carried = (struct xlx_carried){ .bytes = 1000000000, .pages = 100000 };
    one_round(0, 50000, &c);
    assert_int_equal(c.left, 0);
    h.codec = (struct save_codec *)&h;
    carried.left = 20000;
    one_round(1, 25000, &c);
    assert_int_equal(c.left, 20000);
    assert_int_equal(c.sent, 130000);
    command(XLX_CTL_ABORT);
    assert_int_equal(
        xlx_helper_precopy((struct precopy_stats){ 2, 0, 25000 }, &h),
        XGS_POLICY_ABORT);
    assert_false(leaves_out);
    end();
}

/* It waits for the one word, and for nothing that will not come. */
static void awaits_tail(void **state)
{
    begin();
    xlx_helper_await_tail(&h); /* nobody wants it */
    assert_false(h.tail);
    setenv(XLX_ENV_TAIL, "1", 1);
    command(XLX_CTL_RELEASE);
    command(XLX_CTL_TAIL);
    command(XLX_CTL_HOLD);
    xlx_helper_await_tail(&h);
    assert_true(h.tail);
    h.tail = false;
    xlx_helper_ended = 1; /* libxl has given up */
    xlx_helper_await_tail(&h);
    xlx_helper_ended = 0;
    assert_false(h.tail);
    close(move); /* the move has gone */
    xlx_helper_await_tail(&h);
    assert_true(h.ctl < 0 && !h.tail);
    unsetenv(XLX_ENV_TAIL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cutover),     cmocka_unit_test(rate),
        cmocka_unit_test(link_window), cmocka_unit_test(link_told_late),
        cmocka_unit_test(link_down),   cmocka_unit_test(link_down_ended),
        cmocka_unit_test(held),        cmocka_unit_test(leaves_pages_out),
        cmocka_unit_test(awaits_tail),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
