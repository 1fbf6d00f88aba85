/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Decides for libxc, after each round, whether the pre-copy goes on: asks the
 * policy (policy.h), and heeds the commands of the move (ctl.h).
 */
#include "libxl-ext/helper_impl.h"

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tools/base/clock.h"

enum {
    WAIT_MS = 20, /* between two looks while something is waited for */
    TAIL_AGAIN_MS = 1000,
    HOLD_ROUND_MS = 1000, /* while held warm, a round a second */
};

volatile sig_atomic_t xlx_helper_ended;

/* The move has given up, or libxl has. */
static bool helper_aborts(const struct helper *h)
{
    return h->abort || xlx_helper_ended;
}

/* --- the move ---------------------------------------------------------------------- */

/* A move that does not listen any more must not stop the save. */
static void helper_tell(struct helper *h, const struct xlx_ctl *c)
{
    char buf[XLX_CTL_MAX];

    if (h->ctl >= 0)
        (void)!send(h->ctl, buf, xlx_ctl_format(c, buf),
                    MSG_DONTWAIT | MSG_NOSIGNAL);
}

void xlx_helper_tell_phase(struct helper *h, enum xlx_phase phase)
{
    helper_tell(h, &(struct xlx_ctl){ .type = XLX_CTL_PHASE,
                                      .now_us = clock_us(),
                                      .value = phase });
}

static void helper_limit(struct helper *h, uint64_t rate)
{
    h->policy.bandwidth = rate;
    if (h->codec)
        xlx_save_codec_limit(h->codec, rate);
}

static void helper_link(struct helper *h, const struct xlx_ctl *c)
{
    h->link_down = !c->value;
    link_window_tell(&h->window, !h->link_down, c->now_us);
}

static void helper_obey(struct helper *h, const struct xlx_ctl *c)
{
    switch (c->type) {
    case XLX_CTL_INFLIGHT: h->inflight = c->value; break;
    case XLX_CTL_RATE: helper_limit(h, c->value); break;
    case XLX_CTL_CUTOVER: h->cutover = true; break;
    case XLX_CTL_HOLD: h->hold = true; break;
    case XLX_CTL_RELEASE: h->hold = false; break;
    case XLX_CTL_ABORT: h->abort = true; break;
    case XLX_CTL_LINK: helper_link(h, c); break;
    case XLX_CTL_TAIL: h->tail = true; break;
    case XLX_CTL_ROUND:
    case XLX_CTL_PHASE: break; /* the helper says these, and takes none */
    }
}

/* Takes the commands that wait, and waits up to ms for a first one. */
static void helper_listen(struct helper *h, int ms)
{
    struct pollfd p = { .fd = h->ctl, .events = POLLIN };

    if (h->ctl < 0) {
        poll(NULL, 0, ms);
        return;
    }
    while (poll(&p, 1, ms) > 0) {
        char buf[XLX_CTL_MAX];
        struct xlx_ctl c;
        ssize_t n = recv(h->ctl, buf, sizeof buf, MSG_DONTWAIT);

        if (n <= 0) {
            close(h->ctl);
            h->ctl = -1;
            return;
        }
        if (!xlx_ctl_parse(&c, buf, (size_t)n))
            helper_obey(h, &c);
        ms = 0;
    }
}

/* libxl's tail is in the same pipe, and is to be told from what is in front of
 * it (send_tail.c, receive_tail.c). */
void xlx_helper_await_tail(struct helper *h)
{
    if (!getenv(XLX_ENV_TAIL))
        return;
    for (int ms = 0; !h->tail && h->ctl >= 0 && !xlx_helper_ended;
         ms += WAIT_MS) {
        if (ms && ms % TAIL_AGAIN_MS == 0) /* it may have been lost */
            xlx_helper_tell_phase(h, XLX_PHASE_COMPLETE);
        helper_listen(h, WAIT_MS);
    }
}

/*
 * libxl has its descriptor block, and reads and writes its own records until all
 * are through. It does so in the process, and the thread, that carries the
 * stream: what is longer than a pipe, as the state of two e1000 is, would stop
 * both for ever, with the guest suspended. It does heed EAGAIN. The flag
 * is the open file's, so it is libxl's as well, from before libxl hears of this
 * process's end; libxl has it as it was before when its operation is over.
 */
void xlx_helper_leave_stream(int fd)
{
    int flags = fcntl(fd, F_GETFL);

    if (flags >= 0)
        fcntl(fd, F_SETFL, flags | O_NONBLOCK);
}

/* --- the policy -------------------------------------------------------------------- */

/* Pages dirtied since the bitmap was last cleaned; -1 when Xen won't say. */
static int64_t helper_peek(struct helper *h)
{
    xc_shadow_op_stats_t st = { 0, 0 };

    if (xc_logdirty_control(h->xch, h->domid, XEN_DOMCTL_SHADOW_OP_PEEK, NULL,
                            0, 0, &st) < 0)
        return -1;
    return st.dirty_count;
}

/* A command counts for more than the policy, but for how long the guest may be
 * suspended: a cutover waits for a round after which that fits. */
static enum xlx_verdict helper_overrule(const struct helper *h,
                                        const struct xlx_round *r,
                                        enum xlx_verdict v,
                                        const struct xlx_outlook *o,
                                        enum xlx_reason *why)
{
    if (helper_aborts(h)) {
        *why = XLX_WHY_ABORT;
        return XLX_ABORT;
    }
    if (r->after && h->cutover && !o->too_long) {
        *why = XLX_WHY_CUTOVER;
        return XLX_STOP;
    }
    if (r->after && h->hold) {
        *why = XLX_WHY_HOLD;
        return XLX_CONTINUE;
    }
    return v;
}

/* Pages of the rounds so far, but for those that were left out. */
static uint64_t helper_sent(const struct helper *h, const struct xlx_round *r)
{
    return h->sent > r->sum.left ? h->sent - r->sum.left : 0;
}

/* Should the last round wait for the link? Not if somebody wants it now. */
static bool helper_is_late(const struct helper *h, const struct xlx_round *r,
                           const struct xlx_outlook *o)
{
    double ms = o->pause_ms < 0 ? -1 : o->pause_ms + h->policy.overhead_ms;

    if (!r->after || h->ctl < 0)
        return false;
    if (h->link_down)
        return true;
    return o->why != XLX_WHY_CUTOVER && o->why != XLX_WHY_DEADLINE &&
           !link_window_fits(&h->window, r->now_us, ms);
}

static enum xlx_verdict helper_decide(struct helper *h, struct xlx_round *r)
{
    struct xlx_policy p;
    struct xlx_outlook o = { 0 };
    enum xlx_verdict v;

    helper_listen(h, 0);
    r->now_us = clock_us();
    r->inflight = h->inflight;
    if (h->codec)
        r->sum = xlx_save_codec_carried(h->codec);
    p = h->policy;
    if (h->hold) { /* it has all the time that it wants: nothing is slowed down,
                      and later that begins anew */
        p.throttle = 0;
        h->history.throttle = 0;
    }
    v = xlx_policy_decide(&p, &h->history, r, &o);
    v = helper_overrule(h, r, v, &o, &o.why);
    h->late = v == XLX_STOP && helper_is_late(h, r, &o);
    if (v == XLX_WAIT || h->late)
        return XLX_WAIT; /* it will be told what comes of it */
    helper_tell(h, &(struct xlx_ctl){
                       .type = XLX_CTL_ROUND,
                       .now_us = r->now_us,
                       .iteration = r->iteration,
                       .sent = helper_sent(h, r),
                       .left = r->sum.left,
                       .wire = r->sum.bytes,
                       .throttle = o.throttle,
                       .dirty = r->dirty,
                       .after = r->after,
                       .verdict = v,
                       .why = o.why,
                       .rate = (uint64_t)o.rate,
                       .dirty_rate = (uint64_t)o.dirty_rate,
                       .dirty_set = o.dirty_set,
                       .pause_ms = o.pause_ms < 0 ? -1 : (int64_t)o.pause_ms,
                       .next_ms = o.next_ms < 0 ? -1 : (int64_t)o.next_ms,
                       .eta_ms = o.eta_s < 0 ? -1 : (int64_t)(o.eta_s * 1e3),
                   });
    return v;
}

/* The last round does not begin while the target host can't be reached: the
 * guest runs on until it can. The move ends this wait when its patience does:
 * libxl sends SIGTERM. True: it was waited for. */
static bool helper_await_link(struct helper *h)
{
    uint64_t since = clock_us();
    bool waits;

    helper_listen(h, 0);
    waits = h->link_down;
    while (h->link_down && !helper_aborts(h) && h->ctl >= 0)
        helper_listen(h, WAIT_MS);
    h->history.round_us += clock_us() - since; /* nothing was carried */
    return waits;
}

/* Waits while what was written is still on its way, as long as that empties: the
 * last copy would stand behind it. And until the last round fits into the time for
 * which the link is up, or has been up for longer than ever. */
static enum xlx_verdict helper_drain(struct helper *h, struct xlx_round *r)
{
    uint64_t before = h->inflight, since = clock_us();

    for (;;) {
        uint64_t look = clock_us();
        enum xlx_verdict v;

        helper_listen(h, WAIT_MS);
        if (h->late && !h->inflight)
            h->history.round_us += clock_us() - look; /* nothing was carried */
        if (helper_await_link(h) && h->late)
            return XLX_CONTINUE; /* what was dirtied meanwhile goes first */
        r->dirty = helper_peek(h);
        v = helper_decide(h, r);
        if (v != XLX_WAIT)
            return v;
        if (h->late || h->inflight < before) {
            before = h->inflight;
            since = clock_us();
        } else if (clock_us() - since > 1000000) {
            return XLX_CONTINUE; /* the queue has not shrunk for 1 s */
        }
    }
}

/* While it is held warm, a guest's rounds are spread out. */
static void helper_hold(struct helper *h)
{
    for (int ms = 0;
         h->hold && ms < HOLD_ROUND_MS && !h->cutover && !helper_aborts(h);
         ms += WAIT_MS)
        helper_listen(h, WAIT_MS);
}

/*
 * The head of the stream is written, and no page yet. If libxc did not come to
 * the codec for it, it never will: then its stream goes as it is, which the
 * target host takes as well. Half of it is of no use to anyone.
 */
static bool helper_codec_ok(struct helper *h)
{
    switch (xlx_save_codec_state(h->codec)) {
    case SAVE_CODEC_WORKS: return true;
    case SAVE_CODEC_IDLE:
        xlx_save_codec_close(h->codec);
        h->codec = NULL;
        return true;
    case SAVE_CODEC_BROKEN: break;
    }
    xlx_helper_complain("this Xen's libxenguest does not take the codec; set "
                        "codec = \"off\" in rackhop.conf");
    return false;
}

int xlx_helper_precopy(struct precopy_stats s, void *user)
{
    struct helper *h = user;
    struct xlx_round r = { .iteration = s.iteration,
                           .dirty = s.dirty_count,
                           .after = s.dirty_count < 0 };
    enum xlx_verdict v;

    if (h->codec)
        xlx_save_codec_flush(h->codec);
    if (h->codec && !s.iteration && !r.after && !helper_codec_ok(h))
        return XGS_POLICY_ABORT;
    if (r.after) {
        h->sent += h->history.sending;
        helper_await_link(h);
        r.dirty = helper_peek(h);
    }
    v = helper_decide(h, &r);
    if (v == XLX_WAIT)
        v = helper_drain(h, &r);
    if (r.after && v == XLX_CONTINUE)
        helper_hold(h);
    if (h->codec)
        xlx_save_codec_round(h->codec, s.iteration);
    if (h->again) /* libxc has just cleaned the bitmap, or is about to */
        xlx_again_round(h->again,
                        s.iteration && !r.after && v == XLX_CONTINUE);
    switch (v) {
    case XLX_WAIT:
    case XLX_CONTINUE: return XGS_POLICY_CONTINUE_PRECOPY;
    case XLX_STOP: return XGS_POLICY_STOP_AND_COPY;
    case XLX_ABORT: return XGS_POLICY_ABORT;
    }
    return XGS_POLICY_ABORT;
}
