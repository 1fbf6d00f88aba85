/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The stream of a move and all that comes in while it runs: rounds from the
 * helper, words and acknowledgements from the far end, commands from outside.
 * libxl and the save helper write, the pump carries.
 */
#include "libxl-ext/send_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "libxl-ext/ctl.h"
#include "libxl-ext/wire/words.h"
#include "tools/base/clock.h"

enum {
    STALL_S = 180,     /* bytes wait and none gets through: a dead link */
    STALL_DOWN_S = 30, /* the same with the guest suspended */
    ABORT_S = 90,      /* for libxl to wind down after an abort */
    TICK_US = 200000,
};

/* --- telling ---------------------------------------------------------------- */

void xlx_send_emit(struct sender *m, struct xlx_event *ev)
{
    ev->now_us = clock_us();
    ev->bytes = m->pump.bytes;
    ev->acked = m->acked;
    if (m->s->event)
        m->s->event(m->s->arg, ev);
}

void xlx_send_emit_type(struct sender *m, enum xlx_event_type t)
{
    xlx_send_emit(m, &(struct xlx_event){ .type = t, .dirty = -1 });
}

static void tell_helper(struct sender *m, const struct xlx_ctl *c)
{
    char buf[XLX_CTL_MAX];

    if (m->ctl >= 0)
        (void)!send(m->ctl, buf, xlx_ctl_format(c, buf),
                    MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* Bytes that left the helper and are not known to be over there. Without
 * acknowledgements only our own pipe can be looked into. */
static uint64_t inflight(struct sender *m)
{
    uint64_t n = 0;
    int piped = 0;

    if (m->stream[0] >= 0 && !ioctl(m->stream[0], FIONREAD, &piped))
        n = (uint64_t)piped;
    if (m->acked_us && m->pump.bytes > m->acked)
        n += m->pump.bytes - m->acked;
    return n;
}

static void tell_inflight(struct sender *m)
{
    tell_helper(m, &(struct xlx_ctl){ .type = XLX_CTL_INFLIGHT,
                                      .value = inflight(m) });
}

/* --- what comes in ------------------------------------------------------------- */

static void on_phase(struct sender *m, const struct xlx_ctl *c)
{
    switch ((enum xlx_phase)c->value) {
    case XLX_PHASE_SUSPEND:
        m->s->times.suspend = c->now_us;
        xlx_send_emit_type(m, XLX_EV_SUSPEND);
        break;
    case XLX_PHASE_SUSPENDED: m->s->times.suspended = c->now_us; break;
    case XLX_PHASE_STARTED:
    case XLX_PHASE_COMPLETE:
    case XLX_PHASE_FAILED: break;
    }
}

/*
 * The rate at which a guest dirties clean pages, for those who plan its next
 * move: of the shortest round that took a second. A long round sees pages that
 * are written again and again as one; in a short one the hundred that every
 * guest touches at once pass for its rate.
 */
static void learn_rate(struct sender *m, const struct xlx_ctl *c)
{
    uint64_t us = c->now_us - m->round_us;

    if (!c->after) {
        m->round_us = c->now_us;
    } else if (m->round_us && c->dirty >= 0 && us >= SECONDS &&
               (!m->learned_us || us < m->learned_us)) {
        m->learned_us = us;
        m->s->dirty_pps = (uint64_t)c->dirty * SECONDS / us;
    } else if (!m->learned_us && c->dirty_rate > m->s->dirty_pps) {
        m->s->dirty_pps = c->dirty_rate;
    }
}

static void on_round(struct sender *m, const struct xlx_ctl *p)
{
    struct xlx_ctl c = *p;

    learn_rate(m, &c);
    if (c.after) {
        m->s->rounds = c.iteration;
        m->s->pages = c.sent;
        if (c.dirty >= 0)
            m->s->last_pages = (uint64_t)c.dirty;
        if (c.rate)
            m->s->rate_pps = c.rate;
        if (c.dirty_set > m->s->dirty_set)
            m->s->dirty_set = c.dirty_set;
        m->s->why = c.why;
    }
    m->gave_up = c.verdict == XLX_ABORT;
    xlx_send_emit(m, &(struct xlx_event){ .type = XLX_EV_ROUND,
                                          .round = c.iteration,
                                          .after = c.after,
                                          .pages = c.sent,
                                          .dirty = c.dirty,
                                          .rate = c.rate,
                                          .dirty_rate = c.dirty_rate,
                                          .dirty_set = c.dirty_set,
                                          .pause_ms = c.pause_ms,
                                          .next_ms = c.next_ms,
                                          .eta_ms = c.eta_ms,
                                          .verdict = c.verdict,
                                          .why = c.why });
}

/* All that waits: how the save ended is judged by what the helper said last,
 * and libxl's word of it may come first. */
static void on_ctl(void *arg, short revents)
{
    struct sender *m = arg;
    char buf[XLX_CTL_MAX];
    struct xlx_ctl c;
    ssize_t n;

    while ((n = recv(m->ctl, buf, sizeof buf, MSG_DONTWAIT)) > 0) {
        if (xlx_ctl_parse(&c, buf, (size_t)n))
            continue;
        if (c.type == XLX_CTL_PHASE)
            on_phase(m, &c);
        else if (c.type == XLX_CTL_ROUND)
            on_round(m, &c);
    }
    if (!n || (errno != EAGAIN && errno != EINTR)) {
        loop_remove(m->ctl_watch);
        m->ctl_watch = NULL;
    }
}

/* It counts all that came over the wire. It can't have more than was sent, nor
 * lose any of it again. */
static void on_ack(struct sender *m, uint64_t acked)
{
    acked = acked > m->prologue ? acked - m->prologue : 0;
    if (acked > m->acked && acked <= m->pump.bytes)
        m->acked = acked;
    m->acked_us = clock_us();
    /* at once: it may be what the helper waits for */
    tell_inflight(m);
}

static void on_report(struct sender *m, const struct word_report *w)
{
    struct xlx_times *t = &m->s->times;

    m->heard_us = clock_us();
    switch (w->type) {
    case WORD_ACK: on_ack(m, w->acked); break;
    case WORD_TIMES:
        t->far_last = w->times.last;
        t->far_built = w->times.built;
        t->far_restored = w->times.restored;
        t->far_go = w->times.go;
        t->far_unpaused = w->times.unpaused;
        t->far_done = w->times.done;
        break;
    case WORD_ERROR:
        snprintf(m->s->far_said, sizeof m->s->far_said, "%.255s", w->text);
        break;
    case WORD_ALIVE:
    case WORD_REPORT_UNKNOWN:
    case WORD_NO_REPORT: break;
    }
}

/* One line of the target host's stderr: its rackhop's own, or for people. */
static void far_line(struct sender *m, const char *line)
{
    struct word_report w;

    word_report_parse(line, &w);
    if (m->s->acks && w.type != WORD_NO_REPORT) {
        on_report(m, &w);
        return;
    }
    if (!*line)
        return;
    if (!m->s->acks)
        snprintf(m->s->far_said, sizeof m->s->far_said, "%.255s", line);
    xlx_send_emit(m, &(struct xlx_event){
                         .type = XLX_EV_FAR_TEXT, .dirty = -1, .text = line });
}

static void on_err(void *arg, short revents)
{
    struct sender *m = arg;
    char buf[1024];
    ssize_t n = read(m->s->wire_err, buf, sizeof buf);

    if (n <= 0) {
        if (!n || (errno != EAGAIN && errno != EINTR)) {
            loop_remove(m->err_watch);
            m->err_watch = NULL;
        }
        return;
    }
    for (ssize_t i = 0; i < n; i++) {
        if (buf[i] == '\n' || m->line_len == sizeof m->line - 1) {
            m->line[m->line_len] = '\0';
            m->line_len = 0;
            far_line(m, m->line);
        } else if (buf[i] != '\r' && buf[i]) {
            /* it goes to a terminal */
            m->line[m->line_len++] =
                (unsigned char)buf[i] < ' ' || buf[i] == 0x7f ? '?' : buf[i];
        }
    }
}

/* While the stream runs this descriptor is watched for its end alone; a READY
 * that comes before libxl has finished here is left for await_ready(). */
static void on_in(void *arg, short revents)
{
    struct sender *m = arg;
    int waiting = 0;

    if (ioctl(m->s->wire_in, FIONREAD, &waiting) || !waiting)
        m->far_closed = true;
    loop_remove(m->in_watch);
    m->in_watch = NULL;
}

/* --- commands from outside (rackhop status, cancel) ------------------------------ */

static void on_guest(void *arg, short revents)
{
    struct sender *m = arg;
    char buf[XLX_CTL_MAX];
    struct xlx_ctl c;
    ssize_t n = recv(m->guest.fd, buf, sizeof buf, MSG_DONTWAIT);

    if (n > 0 && !xlx_ctl_parse(&c, buf, (size_t)n)) {
        if (c.type == XLX_CTL_RATE)
            pump_set_rate(&m->pump, c.value, clock_us());
        if (c.type != XLX_CTL_ROUND && c.type != XLX_CTL_PHASE &&
            c.type != XLX_CTL_INFLIGHT) {
            tell_helper(m, &c);
            (void)!send(m->guest.fd, "ok", 2, MSG_DONTWAIT | MSG_NOSIGNAL);
        }
        return;
    }
    if (n > 0 || errno == EAGAIN)
        return;
    loop_remove(m->guest.watch);
    m->guest.watch = NULL;
    close(m->guest.fd);
    m->guest.fd = -1;
}

static void on_listen(void *arg, short revents)
{
    struct sender *m = arg;
    int fd = accept4(m->s->ctl_listen, NULL, NULL, SOCK_CLOEXEC);

    if (fd < 0)
        return;
    if (m->guest.fd >= 0) {
        close(fd);
        return;
    }
    m->guest.fd = fd;
    m->guest.watch = loop_add(&m->loop, fd, POLLIN, on_guest, m);
}

/*
 * A half-open connection says nothing: TCP alone would let a suspended guest
 * wait for a quarter of an hour.
 */
static void note_stall(struct sender *m, uint64_t now)
{
    uint64_t through = m->acked_us ? m->acked : m->pump.bytes;
    uint64_t limit = m->s->times.suspended ? STALL_DOWN_S : STALL_S;

    if (through != m->moved || !inflight(m)) {
        m->moved = through;
        m->moved_us = now;
    }
    m->stalled = now - m->moved_us > limit * SECONDS;
}

/* --- the loop's tick ---------------------------------------------------------------- */

uint64_t xlx_send_tick(void *arg, uint64_t now)
{
    struct sender *m = arg;
    uint64_t next = pump_tick(&m->pump, now);

    if (m->pump.error && m->stream[0] >= 0) {
        /* the wire is broken: libxl's next write fails, which ends the save */
        pump_stop(&m->pump);
        close(m->stream[0]);
        m->stream[0] = -1;
        m->far_closed = true;
    }
    if (now - m->last_tick_us >= TICK_US) {
        m->last_tick_us = now;
        note_stall(m, now);
        tell_inflight(m);
        xlx_send_emit_type(m, XLX_EV_TICK);
    }
    if (next > m->last_tick_us + TICK_US)
        next = m->last_tick_us + TICK_US;
    return next;
}

/* --- steps ---------------------------------------------------------------------------- */

static void on_suspend_done(libxl_ctx *ctx, int rc, void *for_callback)
{
    struct sender *m = for_callback;

    m->ao_done = true;
    m->ao_rc = rc;
}

static bool suspend_over(void *arg)
{
    struct sender *m = arg;

    return m->ao_done || ((m->far_closed || m->stalled) && !m->aborted);
}

static bool ao_over(void *arg)
{
    return ((struct sender *)arg)->ao_done;
}

static void abort_suspend(struct sender *m)
{
    if (m->aborted || m->ao_done)
        return;
    m->aborted = true;
    libxl_ao_abort(m->s->x->ctx, &m->how);
}

static bool silent(void *arg)
{
    return !((struct sender *)arg)->err_watch;
}

/* The wire's end may overtake the far end's last words, which say why. */
static const char *last_words(struct sender *m)
{
    loop_run(&m->loop, silent, m, clock_us() + SECONDS);
    return m->s->far_said;
}

void xlx_send_last_words(struct sender *m)
{
    const char *said = last_words(m);

    if (*said)
        msg_add(m->err, ": %s", said);
}

void xlx_send_listen(struct sender *m)
{
    struct xlx_send *s = m->s;

    if (s->wire_err >= 0)
        m->err_watch = loop_add(&m->loop, s->wire_err, POLLIN, on_err, m);
    if (s->ctl_listen >= 0)
        m->guest.listen =
            loop_add(&m->loop, s->ctl_listen, POLLIN, on_listen, m);
}

static int export_environment(struct sender *m, int helper_fd)
{
    char policy[256], fd[16];
    int rc;

    rc = xlx_policy_format(&m->s->policy, policy, sizeof policy);
    if (rc)
        return rc;
    snprintf(fd, sizeof fd, "%d", helper_fd);
    if (setenv("LIBXL_SAVE_HELPER", m->s->helper, 1) ||
        setenv(XLX_ENV_POLICY, policy, 1) || setenv(XLX_ENV_CTL, fd, 1))
        return -ENOMEM;
    return 0;
}

int xlx_send_stream(struct sender *m)
{
    struct xlx_send *s = m->s;
    struct msg *err = m->err;
    uint64_t deadline = UINT64_MAX;
    int pair[2], rc, r;
    int flags = LIBXL_SUSPEND_LIVE | (s->debug ? LIBXL_SUSPEND_DEBUG : 0);

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) ||
        pipe2(m->stream, O_CLOEXEC)) {
        rc = -errno;
        goto out;
    }
    m->ctl = pair[0];
    m->ctl_far = pair[1];
    /* the helper's end alone outlives an exec */
    fcntl(m->ctl_far, F_SETFD, 0);
    fcntl(m->stream[0], F_SETPIPE_SZ, 1 << 18);
    rc = export_environment(m, m->ctl_far);
    if (rc)
        goto out;
    m->ctl_watch = loop_add(&m->loop, m->ctl, POLLIN, on_ctl, m);
    m->in_watch = loop_add(&m->loop, s->wire_in, POLLIN, on_in, m);
    rc = pump_start(&m->pump, &m->loop, m->stream[0], s->wire_out, s->rate);
    if (rc || !m->ctl_watch || !m->in_watch) {
        rc = rc ? rc : -ENOMEM;
        goto out;
    }
    m->moved_us = clock_us();
    m->how = (libxl_asyncop_how){ .callback = on_suspend_done,
                                  .u.for_callback = m };
    r = libxl_domain_suspend(s->x->ctx, s->dom->domid, m->stream[1], flags,
                             &m->how);
    if (r) {
        rc = xlx_libxl_errno(r);
        msg_set(err, "libxl would not begin: %s", xlx_libxl_text(r));
        goto out;
    }
    if (s->policy.max_seconds && s->policy.on_limit == XLX_ABORT)
        deadline = s->times.start + (s->policy.max_seconds + 2ull) * SECONDS;
    rc = loop_run(&m->loop, suspend_over, m, deadline);
    if (rc == -EINTR)
        xlx_send_emit_type(m, XLX_EV_CANCEL);
    if (!m->ao_done) {
        /* cancelled, late, or the far end is gone; libxl winds down */
        abort_suspend(m);
        while ((r = loop_run(&m->loop, ao_over, m,
                             clock_us() + ABORT_S * SECONDS)) == -EINTR)
            ;
        if (r) {
            msg_set(err, "libxl did not end the save within %d s", ABORT_S);
            rc = -ETIMEDOUT;
            goto out;
        }
    }
    if (m->ctl_watch)
        on_ctl(m, POLLIN);
    if (rc == -EINTR) {
        msg_set(err, "cancelled");
    } else if (rc == -ETIMEDOUT) {
        msg_set(err, "the deadline of %u s passed", s->policy.max_seconds);
    } else if (m->stalled && m->aborted) {
        rc = -ETIMEDOUT;
        msg_set(err, "nothing gets through to the far end any more");
    } else if (m->far_closed) {
        rc = -EPIPE;
        msg_set(err, "the far end broke off");
        xlx_send_last_words(m);
    } else if (m->ao_rc) {
        rc = xlx_libxl_errno(m->ao_rc);
        if (m->gave_up)
            msg_set(err, "given up: %s", xlx_reason_text(s->why));
        else
            msg_set(err, "%s", xlx_libxl_text(m->ao_rc));
    }
out:
    if (rc && !*err->text)
        msg_set(err, "the stream could not be set up: %s", strerror(-rc));
    loop_remove(m->in_watch);
    m->in_watch = NULL;
    return rc;
}
