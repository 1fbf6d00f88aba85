/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The sending end of a move.
 *
 * The happy path: configuration, stream (libxl and the save helper write, the
 * pump carries), READY from the far end, GO to it, its REPORT, destroy.
 *
 * Before GO every failure ends in stay(): the wire is closed, so the far end
 * destroys its copy, and the guest runs on here. GO is the point of no return:
 * once any of it may have left this host the far end may run the guest, so
 * from there on only the far end's own word (its report) brings the guest
 * back; without a word the outcome is XLX_DOUBT and nothing is touched.
 */
#include "libxl-ext/xlx_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "libxl-ext/ctl.h"
#include "libxl-ext/handshake.h"
#include "libxl-ext/loop.h"
#include "libxl-ext/pump.h"

#define SECONDS 1000000ull

enum {
    CONFIG_S = 60,     /* to take our configuration */
    SILENCE_S = 120,   /* without a sign of life of a rackhop far end */
    STALL_S = 180,     /* bytes wait and none gets through: a dead link */
    STALL_DOWN_S = 30, /* the same with the guest suspended */
    XL_READY_S = 900,  /* stock xl gives no sign until it is ready */
    REPORT_S = 300,    /* to unpause and report */
    END_S = 10,        /* to give the guest its name */
    ABORT_S = 90,      /* for libxl to wind down after an abort */
    TICK_US = 200000,
};

struct sender {
    struct xlx_send *s;
    struct loop loop;
    struct pump pump;
    int stream[2]; /* libxl writes 1, the pump reads 0 */
    int ctl;       /* to the helper */
    int ctl_far;   /* its end: libxl starts it in its own time */
    struct loop_fd *ctl_watch, *err_watch, *in_watch;
    struct {
        int fd;
        struct loop_fd *watch, *listen;
    } guest; /* one commander at a time on ctl_listen */
    libxl_asyncop_how how;
    bool ao_done;
    int ao_rc;
    bool far_closed, aborted, gave_up;
    uint64_t prologue;        /* bytes on the wire before libxl's */
    uint64_t moved, moved_us; /* the last that got through, and when */
    bool stalled;
    uint64_t acked, acked_us, last_tick_us;
    char line[512]; /* of the far end's stderr, so far */
    size_t line_len;
    bool renamed, gone;
    char *away;
};

/* --- telling ---------------------------------------------------------------- */

static void emit(struct sender *m, struct xlx_event *ev)
{
    ev->now_us = monotonic_us();
    ev->bytes = m->pump.bytes;
    ev->acked = m->acked;
    if (m->s->event)
        m->s->event(m->s->arg, ev);
}

static void emit_type(struct sender *m, enum xlx_event_type t)
{
    emit(m, &(struct xlx_event){ .type = t, .dirty = -1 });
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
        emit_type(m, XLX_EV_SUSPEND);
        break;
    case XLX_PHASE_SUSPENDED: m->s->times.suspended = c->now_us; break;
    case XLX_PHASE_STARTED:
    case XLX_PHASE_COMPLETE:
    case XLX_PHASE_FAILED: break;
    }
}

static void on_round(struct sender *m, const struct xlx_ctl *p)
{
    struct xlx_ctl c = *p;

    if (c.after) {
        m->s->rounds = c.iteration;
        m->s->pages = c.sent;
        if (c.dirty >= 0)
            m->s->last_pages = (uint64_t)c.dirty;
        if (c.rate)
            m->s->rate_pps = c.rate;
        if (c.dirty_rate > m->s->dirty_pps)
            m->s->dirty_pps = c.dirty_rate;
        if (c.dirty_set > m->s->dirty_set)
            m->s->dirty_set = c.dirty_set;
        m->s->why = c.why;
    }
    m->gave_up = c.verdict == XLX_ABORT;
    emit(m, &(struct xlx_event){ .type = XLX_EV_ROUND,
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

static void far_times(struct xlx_times *t, const char *s)
{
    unsigned long long v[6];

    if (sscanf(s, "%20llu %20llu %20llu %20llu %20llu %20llu", &v[0], &v[1],
               &v[2], &v[3], &v[4], &v[5]) != 6)
        return;
    t->far_last = v[0];
    t->far_built = v[1];
    t->far_restored = v[2];
    t->far_go = v[3];
    t->far_unpaused = v[4];
    t->far_done = v[5];
}

/* One line of the far end: a rackhop's own words begin with "@rackhop ". */
static void far_line(struct sender *m, const char *line)
{
    uint64_t acked;

    if (m->s->acks && !strncmp(line, "@rackhop ", 9)) {
        line += 9;
        if (sscanf(line, "ack %" SCNu64, &acked) == 1) {
            /* It counts all that came over the wire. It can't have more
             * than was sent, nor lose any again. */
            acked = acked > m->prologue ? acked - m->prologue : 0;
            if (acked > m->acked && acked <= m->pump.bytes)
                m->acked = acked;
            m->acked_us = monotonic_us();
            /* at once: it may be what the helper waits for */
            tell_inflight(m);
        } else if (!strncmp(line, "times ", 6)) {
            far_times(&m->s->times, line + 6);
        } else if (!strncmp(line, "error ", 6)) {
            snprintf(m->s->far_said, sizeof m->s->far_said, "%.255s",
                     line + 6);
        }
        return;
    }
    if (!*line)
        return;
    if (!m->s->acks)
        snprintf(m->s->far_said, sizeof m->s->far_said, "%.255s", line);
    emit(m, &(struct xlx_event){
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
            pump_set_rate(&m->pump, c.value, monotonic_us());
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

static uint64_t tick(void *arg, uint64_t now)
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
        emit_type(m, XLX_EV_TICK);
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
    loop_run(&m->loop, silent, m, monotonic_us() + SECONDS);
    return m->s->far_said;
}

/* ": " and what the far end said last, or nothing. */
static void add_last_words(struct sender *m, char *err, size_t errlen)
{
    const char *said = last_words(m);
    size_t n = strlen(err);

    if (*said)
        snprintf(err + n, errlen - n, ": %s", said);
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

/* Pre-copy, suspend, last copy. 0: libxl has written all of the stream. */
static int stream(struct sender *m, char *err, size_t errlen)
{
    struct xlx_send *s = m->s;
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
        rc = rc ? rc : -EMFILE;
        goto out;
    }
    m->moved_us = monotonic_us();
    m->how = (libxl_asyncop_how){ .callback = on_suspend_done,
                                  .u.for_callback = m };
    r = libxl_domain_suspend(s->x->ctx, s->dom->domid, m->stream[1], flags,
                             &m->how);
    if (r) {
        rc = xlx_libxl_errno(r);
        snprintf(err, errlen, "libxl would not begin: %s", xlx_libxl_text(r));
        goto out;
    }
    if (s->policy.max_seconds && s->policy.on_limit == XLX_ABORT)
        deadline = s->times.start + (s->policy.max_seconds + 2ull) * SECONDS;
    rc = loop_run(&m->loop, suspend_over, m, deadline);
    if (rc == -EINTR)
        emit_type(m, XLX_EV_CANCEL);
    if (!m->ao_done) {
        /* cancelled, late, or the far end is gone; libxl winds down */
        abort_suspend(m);
        while ((r = loop_run(&m->loop, ao_over, m,
                             monotonic_us() + ABORT_S * SECONDS)) == -EINTR)
            ;
        if (r) {
            snprintf(err, errlen, "libxl did not end the save within %d s",
                     ABORT_S);
            rc = -ETIMEDOUT;
            goto out;
        }
    }
    if (m->ctl_watch)
        on_ctl(m, POLLIN);
    if (rc == -EINTR) {
        snprintf(err, errlen, "cancelled");
    } else if (rc == -ETIMEDOUT) {
        snprintf(err, errlen, "the deadline of %u s passed",
                 s->policy.max_seconds);
    } else if (m->stalled && m->aborted) {
        rc = -ETIMEDOUT;
        snprintf(err, errlen, "nothing gets through to the far end any more");
    } else if (m->far_closed) {
        rc = -EPIPE;
        snprintf(err, errlen, "the far end broke off");
        add_last_words(m, err, errlen);
    } else if (m->ao_rc) {
        rc = xlx_libxl_errno(m->ao_rc);
        if (m->gave_up)
            snprintf(err, errlen, "given up: %s", xlx_reason_text(s->why));
        else
            snprintf(err, errlen, "%s", xlx_libxl_text(m->ao_rc));
    }
out:
    if (rc && !*err)
        snprintf(err, errlen, "the stream could not be set up: %s",
                 strerror(-rc));
    loop_remove(m->in_watch);
    m->in_watch = NULL;
    return rc;
}

static bool flushed(void *arg)
{
    struct sender *m = arg;

    return m->pump.eof || m->pump.error;
}

static int rename_domain(struct sender *m, const char *from, const char *to)
{
    int r;

    if (!from || !to)
        return 0;
    r = libxl_domain_rename(m->s->x->ctx, m->s->dom->domid, from, to);
    return r ? xlx_libxl_errno(r) : 0;
}

/*
 * The rest of the stream leaves, the domain is renamed out of the way while
 * the far end builds its devices, and the far end says that it has it all.
 */
static int await_ready(struct sender *m, char *err, size_t errlen)
{
    struct xlx_send *s = m->s;
    uint64_t limit;
    int rc;

    close(m->stream[1]);
    m->stream[1] = -1;
    rc = loop_run(&m->loop, flushed, m,
                  monotonic_us() + STALL_DOWN_S * SECONDS);
    s->times.flushed = monotonic_us();
    emit_type(m, XLX_EV_COPIED);
    if (!rc && m->pump.error)
        rc = m->pump.error;
    if (!rc)
        rc = rename_domain(m, s->dom->name, m->away);
    if (!rc)
        m->renamed = m->away;
    limit = (s->acks ? SILENCE_S : XL_READY_S) * SECONDS;
    if (!rc)
        rc = hs_expect(&m->loop, s->wire_in, HS_READY, monotonic_us() + limit);
    if (rc == -EINTR)
        snprintf(err, errlen, "cancelled");
    else if (rc == -ETIMEDOUT)
        snprintf(err, errlen,
                 "the far end did not say that it has the guest within %u s",
                 (unsigned)(limit / SECONDS));
    else if (rc) {
        snprintf(err, errlen, "the far end could not take the guest");
        add_last_words(m, err, errlen);
    }
    return rc;
}

static bool never(void *arg)
{
    return false;
}

/* As hs_read, but a cancel is only answered: there is no way back. */
static int read_past_go(struct sender *m, void *buf, size_t len,
                        uint64_t deadline)
{
    char *p = buf;

    for (size_t done = 0; done < len;) {
        int rc = hs_read(&m->loop, m->s->wire_in, p + done, 1, deadline);

        if (rc == -EINTR) {
            emit_type(m, XLX_EV_TOO_LATE);
            continue;
        }
        if (rc)
            return rc;
        done++;
    }
    return 0;
}

static int expect_past_go(struct sender *m, enum hs_msg msg, uint64_t deadline)
{
    char got[64];
    size_t len;
    const char *want = hs_text(msg, &len);
    int rc = read_past_go(m, got, len, deadline);

    if (rc)
        return rc;
    return memcmp(got, want, len) ? -EPROTO : 0;
}

/* The guest's dirtying goes where the guest goes. That it may get lost does
 * not matter. */
static void teach(struct sender *m)
{
    char line[128] = "";

    if (!m->s->acks || !m->s->learned)
        return;
    m->s->learned(m->s, line, sizeof line);
    hs_write(&m->loop, m->s->wire_out, line, strlen(line),
             monotonic_us() + SECONDS);
}

/* Nothing can come from it any more, and nothing is left to be read. */
static bool far_is_gone(struct sender *m)
{
    struct pollfd p = { .fd = m->s->wire_in, .events = POLLIN };
    int waiting = 0;

    return poll(&p, 1, 0) > 0 &&
           (ioctl(m->s->wire_in, FIONREAD, &waiting) || !waiting);
}

/* GO and what the far end makes of it. *back_r: it gave the guest back. */
static int hand_over(struct sender *m, bool *back_r, char *err, size_t errlen)
{
    struct xlx_send *s = m->s;
    uint64_t deadline;
    uint8_t code = 0;
    int rc;

    *back_r = true;
    if (s->cancel && *s->cancel != m->loop.cancel_seen) {
        snprintf(err, errlen, "cancelled");
        return -EINTR;
    }
    if (far_is_gone(m)) {
        snprintf(err, errlen, "the far end went away when it had the guest");
        add_last_words(m, err, errlen);
        return -EPIPE;
    }
    if (s->handover && (rc = s->handover->go(s->handover->arg))) {
        snprintf(err, errlen, "the handover could not be recorded: %s",
                 strerror(-rc));
        return rc;
    }
    *back_r = false;
    m->gone = true;
    deadline = monotonic_us() + REPORT_S * SECONDS;
    s->times.go = monotonic_us();
    do
        rc = hs_say(&m->loop, s->wire_out, HS_GO, deadline);
    while (rc == -EINTR); /* so short a write leaves whole or not at all */
    emit_type(m, XLX_EV_GO);
    if (!rc)
        rc = expect_past_go(m, HS_REPORT, deadline);
    if (!rc)
        rc = read_past_go(m, &code, 1, deadline);
    if (rc) {
        snprintf(err, errlen,
                 "the far end was told to start the guest and has not "
                 "reported (%s)",
                 strerror(-rc));
        return rc;
    }
    s->times.report = monotonic_us();
    if (!code) {
        teach(m);
        return 0;
    }
    rc = expect_past_go(m, HS_GO, deadline);
    if (rc) {
        snprintf(err, errlen,
                 "the far end could not start the guest and did "
                 "not give it back");
        return rc;
    }
    *back_r = true;
    snprintf(err, errlen, "the far end could not start the guest");
    add_last_words(m, err, errlen);
    return -EIO;
}

/* --- the ends ----------------------------------------------------------------------- */

/* 1: suspended, 0: not, negative: the domain is gone. *reason_r: Xen's. */
static int shut_down(struct sender *m, int *reason_r)
{
    xc_domaininfo_t info;

    *reason_r = -1;
    if (xc_domain_getinfolist(m->s->x->xch, m->s->dom->domid, 1, &info) != 1 ||
        info.domain != m->s->dom->domid)
        return -ESRCH;
    if (!(info.flags & XEN_DOMINF_shutdown))
        return 0;
    *reason_r = (int)(info.flags >> XEN_DOMINF_shutdownshift) &
                XEN_DOMINF_shutdownmask;
    return *reason_r == SHUTDOWN_suspend;
}

static const char *shutdown_word(int reason)
{
    switch (reason) {
    case SHUTDOWN_poweroff: return "powered off";
    case SHUTDOWN_reboot: return "rebooted";
    case SHUTDOWN_crash: return "crashed";
    case SHUTDOWN_watchdog: return "was ended by its watchdog";
    case SHUTDOWN_soft_reset: return "asked for a soft reset";
    default: return "shut down";
    }
}

/*
 * The guest stays: log-dirty off, its name back, resumed if it is suspended.
 * A guest that was asked to suspend may do so late, so it is looked after for
 * a while: a guest that libxl gave up on must not stay suspended.
 */
static int stay(struct sender *m, int rc, char *err, size_t errlen)
{
    struct xlx_send *s = m->s;
    uint64_t until = monotonic_us();
    int reason, r;

    if (m->ao_done && m->ao_rc == ERROR_GUEST_TIMEDOUT && s->times.suspend)
        until += 5 * SECONDS;
    for (;;) {
        r = shut_down(m, &reason);
        if (r || reason >= 0 || monotonic_us() >= until)
            break;
        m->loop.cancel = NULL;
        loop_run(&m->loop, never, m, monotonic_us() + SECONDS / 10);
    }
    xlx_logdirty_off(s->x, s->dom->domid);
    if (m->renamed && r >= 0 && rename_domain(m, m->away, s->dom->name))
        xtl_log(s->x->lg, XTL_WARN, -1, "rackhop",
                "the domain is still called %s here", m->away);
    s->outcome = XLX_STAYED;
    if (r < 0) {
        snprintf(err, errlen, "the domain was destroyed while it moved");
        return -ESRCH;
    }
    if (r == 1) {
        r = libxl_domain_resume(s->x->ctx, s->dom->domid, 1, NULL);
        if (r) {
            size_t n = strlen(err);

            snprintf(err + n, errlen - n,
                     "; it is suspended here and could not be resumed (%s)",
                     xlx_libxl_text(r));
            s->outcome = XLX_DOUBT;
            return xlx_libxl_errno(r);
        }
    } else if (reason >= 0) {
        snprintf(err, errlen, "the guest %s while it moved",
                 shutdown_word(reason));
        return -ECANCELED;
    }
    return rc;
}

static void sender_dispose(struct sender *m)
{
    pump_stop(&m->pump);
    for (int i = 0; i < 2; i++)
        if (m->stream[i] >= 0)
            close(m->stream[i]);
    if (m->ctl >= 0)
        close(m->ctl);
    if (m->ctl_far >= 0)
        close(m->ctl_far);
    if (m->guest.fd >= 0)
        close(m->guest.fd);
    free(m->away);
    unsetenv(XLX_ENV_CTL);
}

/* The far end closes when the guest has its name back; what comes after our
 * success must find it there. */
static void await_end(struct sender *m)
{
    uint64_t deadline = monotonic_us() + END_S * SECONDS;
    char c;
    int rc;

    do
        rc = hs_read(&m->loop, m->s->wire_in, &c, 1, deadline);
    while (!rc || rc == -EINTR);
}

int xlx_send_run(struct xlx_send *s, char *err, size_t errlen)
{
    struct sender m = { .s = s,
                        .stream = { -1, -1 },
                        .ctl = -1,
                        .ctl_far = -1,
                        .guest = { .fd = -1 } };
    bool back = true;
    int rc, r;

    loop_init(&m.loop, s->x->ctx);
    m.loop.tick = tick;
    m.loop.tick_arg = &m;
    m.loop.cancel = s->cancel;
    m.loop.wait_mask = s->wait_mask;
    s->outcome = XLX_STAYED;
    s->times.start = monotonic_us();
    s->last_pages = UINT64_MAX;
    if (s->dom->name &&
        asprintf(&m.away, "%s--migratedaway", s->dom->name) < 0)
        return -ENOMEM;
    if (s->wire_err >= 0)
        m.err_watch = loop_add(&m.loop, s->wire_err, POLLIN, on_err, &m);
    if (s->ctl_listen >= 0)
        m.guest.listen =
            loop_add(&m.loop, s->ctl_listen, POLLIN, on_listen, &m);

    *err = '\0';
    m.prologue = hs_config_size(s->config_json);
    rc = hs_send_config(&m.loop, s->wire_out, s->config_json,
                        monotonic_us() + CONFIG_S * SECONDS);
    if (rc) {
        snprintf(err, errlen, "the far end did not take the configuration");
        add_last_words(&m, err, errlen);
    }
    if (!rc)
        rc = stream(&m, err, errlen);
    s->times.saved = monotonic_us();
    if (!rc)
        rc = await_ready(&m, err, errlen);
    if (!rc) {
        s->times.ready = monotonic_us();
        emit_type(&m, XLX_EV_READY);
        rc = hand_over(&m, &back, err, errlen);
    }
    s->bytes = m.pump.bytes;
    if (rc && (back || !m.gone)) {
        /* closing the wire makes the far end drop its copy before ours runs
         * again; a far end past its report has dropped it already */
        pump_stop(&m.pump);
        close(s->wire_out);
        s->wire_out = -1;
        rc = stay(&m, rc, err, errlen);
    } else if (rc) {
        s->outcome = XLX_DOUBT;
    } else {
        s->outcome = XLX_MOVED;
        r = libxl_domain_destroy(s->x->ctx, s->dom->domid, NULL);
        if (r)
            xtl_log(s->x->lg, XTL_WARN, -1, "rackhop",
                    "the empty copy %s is left here; `xl destroy %u` ends "
                    "it (%s)",
                    m.away ? m.away : "", s->dom->domid, xlx_libxl_text(r));
        await_end(&m); /* meanwhile the far end has given it its name */
    }
    if (s->handover && (m.gone || s->outcome != XLX_DOUBT))
        s->handover->done(s->handover->arg, s->outcome == XLX_MOVED    ? 1
                                            : s->outcome == XLX_STAYED ? 0
                                                                       : -1);
    sender_dispose(&m);
    return rc;
}

double xlx_downtime_ms(const struct xlx_times *t)
{
    uint64_t from = t->suspended ? t->suspended : t->suspend;
    double ms;

    if (!from || !t->report)
        return -1;
    ms = (double)(t->report - from) / 1e3;
    if (t->far_unpaused && t->far_done > t->far_unpaused)
        ms -= (double)(t->far_done - t->far_unpaused) / 1e3;
    return ms < 0 ? 0 : ms;
}
