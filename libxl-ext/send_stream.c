/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Carries the guest: libxl's save runs, the pump sends what it writes, and the
 * loop sees to everybody else until the save is over, is cancelled or stalls.
 */
#include "libxl-ext/send_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum {
    STALL_S = 180,     /* bytes wait and none gets through: a dead link */
    STALL_DOWN_S = 30, /* the same with the guest suspended */
    ABORT_S = 90,      /* for libxl to wind down after an abort */
    TICK_US = 200000,
};
/* --- while it runs --------------------------------------------------------------- */

/*
 * While the stream runs, the target host's stdout is watched for its end
 * alone. READY may come before libxl has finished here; it is left for later.
 */
static void stream_target_ready(void *arg, short revents)
{
    struct sender *m = arg;
    int waiting = 0;

    if (ioctl(m->s->wire_in, FIONREAD, &waiting) || !waiting)
        m->target_closed = true;
    loop_remove(m->in_watch);
    m->in_watch = NULL;
}

/*
 * A half-open connection says nothing: TCP alone would let a suspended guest
 * wait for a quarter of an hour.
 */
static void stream_note_stall(struct sender *m, uint64_t now)
{
    uint64_t through = m->acked_us ? m->acked : m->pump.bytes;
    uint64_t limit = m->s->times.suspended ? STALL_DOWN_S : STALL_S;

    if (through != m->moved || !xlx_send_inflight(m)) {
        m->moved = through;
        m->moved_us = now;
    }
    m->stalled = now - m->moved_us > limit * SECONDS;
}

uint64_t xlx_send_tick(void *arg, uint64_t now)
{
    struct sender *m = arg;
    uint64_t next = xlx_pump_tick(&m->pump, now);
    uint64_t end = xlx_send_pause_end(m);

    if (m->pump.error && m->stream[0] >= 0) {
        /* the wire is broken: libxl's next write fails, which ends the save */
        xlx_pump_stop(&m->pump);
        close(m->stream[0]);
        m->stream[0] = -1;
        m->target_closed = true;
    }
    if (m->held)
        return next;
    xlx_send_tail_tick(m);
    if (now - m->last_tick_us >= TICK_US) {
        m->last_tick_us = now;
        xlx_send_lanes_tick(m, now);
        stream_note_stall(m, now);
        xlx_send_helper_inflight(m);
        xlx_send_emit_type(m, XLX_EV_TICK);
    }
    if (next > m->last_tick_us + TICK_US)
        next = m->last_tick_us + TICK_US;
    return now < end && end < next ? end : next;
}

/* --- start, wait, explain --------------------------------------------------------- */

static void stream_saved(libxl_ctx *ctx, int rc, void *for_callback)
{
    struct sender *m = for_callback;

    m->ao_done = true;
    m->ao_rc = rc;
}

static bool stream_over(void *arg)
{
    struct sender *m = arg;

    return m->ao_done ||
           ((m->target_closed || m->stalled || xlx_send_pause_over(m)) &&
            !m->aborted);
}

static bool stream_ao_over(void *arg)
{
    return ((struct sender *)arg)->ao_done;
}

static int stream_open(struct sender *m)
{
    struct xlx_send *s = m->s;
    int rc;

    if (pipe2(m->stream, O_CLOEXEC))
        return -errno;
    fcntl(m->stream[0], F_SETPIPE_SZ, XLX_PIPE_SAVE);
    m->tail.on = xlx_send_tail_wanted(m);
    rc = xlx_send_helper_open(m);
    if (rc)
        return rc;
    m->in_watch =
        loop_add(&m->loop, s->wire_in, POLLIN, stream_target_ready, m);
    if (!m->in_watch)
        return -ENOMEM;
    return xlx_pump_start(&m->pump, &m->loop, m->stream[0], s->wire_out,
                          s->rate);
}

static int stream_begin(struct sender *m)
{
    struct xlx_send *s = m->s;
    int flags = LIBXL_SUSPEND_LIVE | (s->debug ? LIBXL_SUSPEND_DEBUG : 0);
    int rc, r;

    xlx_send_throttle_begin(m);
    rc = stream_open(m);
    if (rc) {
        msg_set(m->err, "the stream could not be set up: %s", strerror(-rc));
        return rc;
    }
    m->moved_us = clock_us();
    m->how =
        (libxl_asyncop_how){ .callback = stream_saved, .u.for_callback = m };
    r = libxl_domain_suspend(s->x->ctx, s->dom->domid, m->stream[1], flags,
                             &m->how);
    if (!r)
        return 0;
    msg_set(m->err, "libxl would not begin: %s", xlx_libxl_text(r));
    return xlx_libxl_errno(r);
}

/* Cancelled, late, or the target host is gone: libxl winds the save down. */
static int stream_abort(struct sender *m)
{
    int r;

    m->aborted = true;
    libxl_ao_abort(m->s->x->ctx, &m->how);
    do
        r = loop_run(&m->loop, stream_ao_over, m,
                     clock_us() + ABORT_S * SECONDS);
    while (r == -EINTR);
    if (!r)
        return 0;
    msg_set(m->err, "libxl did not end the save within %d s", ABORT_S);
    return -ETIMEDOUT;
}

/* Waits for the save's end. *why_r: 0, or as loop_run(): why it was ended. */
static int stream_wait(struct sender *m, int *why_r)
{
    const struct xlx_send *s = m->s;
    uint64_t deadline = UINT64_MAX;

    if (s->policy.max_seconds && s->policy.on_limit == XLX_ABORT)
        deadline = s->times.start + (s->policy.max_seconds + 2ull) * SECONDS;
    *why_r = loop_run(&m->loop, stream_over, m, deadline);
    if (*why_r == -EINTR)
        xlx_send_emit_type(m, XLX_EV_CANCEL);
    m->overdue = !*why_r && !m->ao_done && xlx_send_pause_over(m);
    return m->ao_done ? 0 : stream_abort(m);
}

/* What came of the save, and the sentence for it. */
static int stream_explain(struct sender *m, int why)
{
    struct msg *err = m->err;

    if (why == -EINTR) {
        msg_set(err, "cancelled");
        return why;
    }
    if (why == -ETIMEDOUT) {
        msg_set(err, "the deadline of %u s passed", m->s->policy.max_seconds);
        return why;
    }
    if (m->overdue)
        return xlx_send_pause_explain(m);
    if (m->stalled && m->aborted) {
        msg_set(err, "no more data reaches the target host");
        return -ETIMEDOUT;
    }
    if (m->target_closed && xlx_send_lanes_explain(m))
        return -EPIPE;
    if (m->target_closed) {
        msg_set(err, "the target host broke off");
        xlx_send_last_words(m);
        return -EPIPE;
    }
    if (why)
        msg_set(err, "the move could not wait: %s", strerror(-why));
    if (why || !m->ao_rc)
        return why;
    if (m->gave_up && m->s->why == XLX_WHY_PAUSE)
        xlx_send_pause_foreseen(m);
    else if (m->gave_up)
        msg_set(err, "given up: %s", xlx_reason_text(m->s->why));
    else
        msg_set(err, "%s", xlx_libxl_text(m->ao_rc));
    return xlx_libxl_errno(m->ao_rc);
}

int xlx_send_stream(struct sender *m)
{
    int rc = stream_begin(m), why = 0;

    if (!rc)
        rc = stream_wait(m, &why);
    if (!rc) {
        xlx_send_helper_read(m);
        rc = stream_explain(m, why);
    }
    if (!rc)
        rc = xlx_send_tail(m);
    loop_remove(m->in_watch);
    m->in_watch = NULL;
    return rc;
}
