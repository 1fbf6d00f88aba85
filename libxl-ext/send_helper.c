/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Hears a move's save helper and commands it: the source host's side of ctl.h.
 */
#include "libxl-ext/send_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

/* Of a socket that takes 200 KiB, a quarter for what is said again and again:
 * the helper reads between two rounds alone, and a round may take an hour. What
 * is said once must find room then. */
enum { OFTEN_MAX = 50 << 10 };

bool xlx_send_helper_tell(struct sender *m, const struct xlx_ctl *c)
{
    char buf[XLX_CTL_MAX];

    return m->ctl >= 0 && send(m->ctl, buf, xlx_ctl_format(c, buf),
                               MSG_DONTWAIT | MSG_NOSIGNAL) >= 0;
}

/* Bytes that left the helper and are not known to be on the target host.
 * Without acknowledgements only our own pipe can be looked into. */
uint64_t xlx_send_inflight(struct sender *m)
{
    uint64_t n = 0;
    int piped = 0;

    if (m->stream[0] >= 0 && !ioctl(m->stream[0], FIONREAD, &piped))
        n = (uint64_t)piped;
    if (m->acked_us && m->pump.bytes > m->acked)
        n += m->pump.bytes - m->acked;
    return n;
}

void xlx_send_helper_inflight(struct sender *m)
{
    int unread = 0;

    if (m->ctl < 0 || ioctl(m->ctl, SIOCOUTQ, &unread) || unread > OFTEN_MAX)
        return;
    xlx_send_helper_tell(m,
                         &(struct xlx_ctl){ .type = XLX_CTL_INFLIGHT,
                                            .value = xlx_send_inflight(m) });
}

/* --- its reports --------------------------------------------------------------- */

static void helper_phase(struct sender *m, const struct xlx_ctl *c)
{
    switch ((enum xlx_phase)c->value) {
    case XLX_PHASE_SUSPEND:
        m->s->times.suspend = c->now_us;
        xlx_send_emit_type(m, XLX_EV_SUSPEND);
        break;
    case XLX_PHASE_SUSPENDED: m->s->times.suspended = c->now_us; break;
    case XLX_PHASE_COMPLETE: m->tail.due = m->tail.on && !m->tail.told; break;
    case XLX_PHASE_STARTED:
    case XLX_PHASE_FAILED:
    case XLX_PHASE_ARMED: break;
    }
}

/*
 * Keeps the rate at which the guest dirties clean pages, for plans of its next
 * move: that of the shortest round that took a second. A long round counts a
 * page that is written again and again once; in a very short one the hundred
 * pages that every guest touches at once would pass for its rate. What it does
 * while it is slowed down is not its own.
 */
static void helper_learn_rate(struct sender *m, const struct xlx_ctl *c)
{
    uint64_t us = c->now_us - m->round_us;

    if (!c->after) {
        m->round_us = c->now_us;
    } else if (m->throttle.on) {
        return;
    } else if (m->round_us && c->dirty >= 0 && us >= SECONDS &&
               (!m->learned_us || us < m->learned_us)) {
        m->learned_us = us;
        m->s->dirty_pps = (uint64_t)c->dirty * SECONDS / us;
    } else if (!m->learned_us && c->dirty_rate > m->s->dirty_pps) {
        m->s->dirty_pps = c->dirty_rate;
    }
    if (c->after && c->dirty_set > m->s->dirty_set)
        m->s->dirty_set = c->dirty_set;
}

static void helper_round(struct sender *m, const struct xlx_ctl *p)
{
    struct xlx_ctl c = *p;

    helper_learn_rate(m, &c);
    if (c.after) {
        m->s->rounds = c.iteration;
        m->s->pages = c.sent;
        m->s->left_out = c.left;
        if (c.dirty >= 0)
            m->s->last_pages = (uint64_t)c.dirty;
        if (c.iteration == 1) {
            m->s->first_pages = c.wire ? c.sent : 0;
            m->s->first_bytes = c.wire;
        }
        if (c.rate)
            m->s->rate_pps = c.rate;
        m->s->why = c.why;
        m->pause_ms = c.pause_ms;
    }
    m->gave_up = c.verdict == XLX_ABORT;
    if (c.verdict == XLX_CONTINUE)
        xlx_send_throttle(m, c.throttle);
    else if (c.verdict == XLX_STOP) /* to suspend is work, too */
        xlx_send_throttle_lift(m);
    xlx_send_emit(m, &(struct xlx_event){ .type = XLX_EV_ROUND,
                                          .round = c.iteration,
                                          .after = c.after,
                                          .pages = c.sent,
                                          .left_out = c.left,
                                          .dirty = c.dirty,
                                          .rate = c.rate,
                                          .dirty_rate = c.dirty_rate,
                                          .dirty_set = c.dirty_set,
                                          .pause_ms = c.pause_ms,
                                          .next_ms = c.next_ms,
                                          .eta_ms = c.eta_ms,
                                          .throttle = m->throttle.percent
                                                          ? m->throttle.percent
                                                          : 100,
                                          .verdict = c.verdict,
                                          .why = c.why });
}

/* Reads all that waits: how the save ended is judged by what the helper said
 * last, and libxl may tell of the end first. */
void xlx_send_helper_read(struct sender *m)
{
    char buf[XLX_CTL_MAX];
    struct xlx_ctl c;
    ssize_t n;

    if (!m->ctl_watch)
        return;
    while ((n = recv(m->ctl, buf, sizeof buf, MSG_DONTWAIT)) > 0) {
        if (xlx_ctl_parse(&c, buf, (size_t)n))
            continue;
        if (c.type == XLX_CTL_PHASE)
            helper_phase(m, &c);
        else if (c.type == XLX_CTL_ROUND)
            helper_round(m, &c);
    }
    if (!n || (errno != EAGAIN && errno != EINTR)) {
        loop_remove(m->ctl_watch);
        m->ctl_watch = NULL;
    }
}

static void helper_ready(void *arg, short revents)
{
    xlx_send_helper_read(arg);
}

/* --- its start ------------------------------------------------------------------ */

/* libxl starts the helper, so its parameters go through the environment. */
static int helper_environment(struct sender *m)
{
    char policy[256], fd[16];
    int rc = xlx_policy_format(&m->s->policy, policy, sizeof policy);

    if (rc)
        return rc;
    snprintf(fd, sizeof fd, "%d", m->ctl_helper);
    if (setenv("LIBXL_SAVE_HELPER", m->s->helper, 1) ||
        setenv(XLX_ENV_POLICY, policy, 1) || setenv(XLX_ENV_CTL, fd, 1))
        return -ENOMEM;
    if (m->tail.on ? setenv(XLX_ENV_TAIL, "1", 1) : unsetenv(XLX_ENV_TAIL))
        return -ENOMEM;
    if (m->s->codec && m->s->move_line && m->s->wire)
        return setenv(XLX_ENV_CODEC, m->s->codec, 1) ? -ENOMEM : 0;
    unsetenv(XLX_ENV_CODEC);
    return 0;
}

int xlx_send_helper_open(struct sender *m)
{
    int pair[2], rc;

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
        return -errno;
    m->ctl = pair[0];
    m->ctl_helper = pair[1];
    fcntl(m->ctl_helper, F_SETFD, 0); /* this end alone outlives an exec */
    rc = helper_environment(m);
    if (rc)
        return rc;
    m->ctl_watch = loop_add(&m->loop, m->ctl, POLLIN, helper_ready, m);
    return m->ctl_watch ? 0 : -ENOMEM;
}
