/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Takes a move from ssh to lanes (docs/wire), where there are any: its three
 * streams go over rackhop-wire from then on, and the end of ssh is no end of the
 * move. What is left of ssh is a second way to say that it is given up: where
 * rackhop-wire itself was killed, no lane says so.
 *
 * How long lanes are waited for depends on what the guest pays for it: while it
 * runs as long as the caller likes; while it is suspended CUT_S in all, and
 * then it goes on here; after GO as long as a report may take, before the record
 * of the target host is asked.
 */
#include "libxl-ext/send_impl.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "libxl-ext/handshake.h"
#include "libxl-ext/wire/lanes.h"
#include "tools/base/clock.h"

enum {
    UP_LEAST_MS = 500, /* and from now, on a host that was busy meanwhile */
    CUT_S = 3,         /* and the 2 s after which a silent lane is lost */
    REPORT_S = 30,
    SAY_S = 60,
    BURST =
        50, /* a part of the rate: what was cut off is sent again with it */
};

static bool lanes_are_up(const struct sender *m)
{
    return xlx_carrier_is_up(m->s->carrier);
}

/* --- while it goes over lanes ---------------------------------------------------------- */

/* The helper judges no round by what it can't know. It reads this when its round is
 * over, so it is told when that was: a lane is lost when it has said nothing for a
 * while. */
static void lanes_tell_helper(struct sender *m)
{
    bool down = !lanes_are_up(m);
    uint64_t since = clock_us();

    if (down)
        since -= lanes_dead_us(m->s->patience_s);
    if (down != m->lanes.told_down &&
        xlx_send_helper_tell(m, &(struct xlx_ctl){ .type = XLX_CTL_LINK,
                                                   .now_us = since,
                                                   .value = !down }))
        m->lanes.told_down = down;
}

/* Nobody listens any more: the process that did has ended, and whose ssh has as
 * well will not come back. */
static bool lanes_refused(const struct sender *m)
{
    return !strcmp(m->s->carrier->why, strerror(ECONNREFUSED));
}

/* The target host has given up. Where a lane is up, its last words come first. */
static void lanes_heed_quit(struct sender *m)
{
    bool gone = m->lanes.quit || (m->lanes.ssh_over && lanes_refused(m));

    if (gone && !lanes_are_up(m))
        xlx_carrier_kill(m->s->carrier);
}

static void lanes_note(struct sender *m)
{
    struct xlx_send *s = m->s;
    const struct xlx_carrier *c = s->carrier;
    unsigned up = (unsigned)__builtin_popcount(c->up);

    s->resent = c->resent;
    s->lanes_lost = c->downs;
    if (up > s->lanes)
        s->lanes = up;
}

static void lanes_changed(void *arg)
{
    struct sender *m = arg;

    lanes_note(m);
    if (!m->lanes.on)
        return;
    lanes_tell_helper(m);
    lanes_heed_quit(m);
}

static void lanes_ssh_ready(void *arg, short revents)
{
    struct sender *m = arg;
    int rc = xlx_quit_read(m->lanes.ssh_in, &m->lanes.word);

    if (rc == -EAGAIN)
        return;
    m->lanes.quit |= !rc;
    m->lanes.ssh_over = true;
    loop_remove(m->lanes.ssh_watch);
    m->lanes.ssh_watch = NULL;
    lanes_heed_quit(m);
}

static void lanes_hurry(struct sender *m, unsigned seconds)
{
    m->lanes.hurried = true;
    xlx_carrier_order(m->s->carrier, LANE_ORDER_PATIENCE, seconds);
}

void xlx_send_lanes_tick(struct sender *m, uint64_t now)
{
    if (!m->lanes.on)
        return;
    if (!lanes_are_up(m))
        m->moved_us = now; /* the carrier has a clock of its own for that */
    lanes_tell_helper(m);
    if (m->s->times.suspend && !m->lanes.hurried)
        lanes_hurry(m, CUT_S);
}

void xlx_send_lanes_report(struct sender *m)
{
    if (m->lanes.on)
        lanes_hurry(m, REPORT_S);
}

void xlx_send_lanes_rate(struct sender *m, uint64_t rate)
{
    if (m->lanes.on)
        xlx_carrier_order(m->s->carrier, LANE_ORDER_RATE,
                          rate ? rate + rate / BURST : 0);
}

void xlx_send_lanes_quit(struct sender *m)
{
    if (m->lanes.on)
        (void)!write(m->lanes.ssh_out, WORD_QUIT "\n", sizeof WORD_QUIT);
}

bool xlx_send_lanes_explain(struct sender *m)
{
    struct xlx_carrier *c = m->s->carrier;

    if (!m->lanes.on || m->lanes.quit)
        return false;
    xlx_carrier_hear(c);
    if (!c->over)
        return false;
    msg_set(m->err, "the lanes to the target host were lost: %s",
            *c->why ? c->why : "rackhop-wire was killed");
    return true;
}

/* --- from ssh to lanes -------------------------------------------------------------------- */

static bool lanes_decided(void *arg)
{
    return xlx_carrier_has_tried(((struct sender *)arg)->s->carrier);
}

static bool lanes_dialed(void *arg)
{
    return ((struct sender *)arg)->s->carrier->dialed_us || lanes_decided(arg);
}

static bool lanes_reached(void *arg)
{
    return ((struct sender *)arg)->s->carrier->reached || lanes_decided(arg);
}

/* For so long since then. */
static int lanes_await_that(struct sender *m, bool (*that)(void *arg),
                            uint64_t since_us, unsigned ms)
{
    uint64_t until = since_us + ms * UINT64_C(1000);
    uint64_t least = clock_us() + UP_LEAST_MS * UINT64_C(1000);
    int rc = loop_run(&m->loop, that, m, until > least ? until : least);

    return rc == -ETIMEDOUT ? 0 : rc;
}

/* A firewall that drops what comes never lets it be reached. Hosts that start it
 * or shake hands slowly are busy, and are no better off over ssh. */
static int lanes_await(struct sender *m)
{
    const struct xlx_carrier *c = m->s->carrier;
    int rc = 0;

    if (!m->s->lanes_only) {
        rc = lanes_await_that(m, lanes_dialed, c->started_us,
                              XLX_CARRIER_UP_MUST_MS);
        if (!rc && c->dialed_us)
            rc = lanes_await_that(m, lanes_reached, c->dialed_us,
                                  XLX_CARRIER_UP_MS);
        if (rc || !c->reached)
            return rc;
    }
    return lanes_await_that(m, lanes_decided, c->started_us,
                            XLX_CARRIER_UP_MUST_MS);
}

/* The last lines over ssh. */
static int lanes_say(struct sender *m)
{
    struct xlx_send *s = m->s;
    char line[2 * WORD_LINE];
    size_t n = word_wire_format(s->wire, line);

    n += word_lanes_take_format(s->patience_s, line + n);
    m->prologue = n;
    return xlx_hs_write(&m->loop, s->wire_out, line, n,
                        clock_us() + SAY_S * SECONDS);
}

static int lanes_take(struct sender *m)
{
    struct xlx_send *s = m->s;
    struct xlx_carrier *c = s->carrier;
    int *mine[] = { &s->wire_out, &s->wire_in, &s->wire_err };

    m->lanes.ssh_out = s->wire_out;
    m->lanes.ssh_in = s->wire_in;
    loop_remove(m->err_watch);
    m->err_watch = NULL;
    m->line_len = 0;
    for (int i = 0; i < CHUNK_STREAMS; i++) {
        *mine[i] = c->stream[i];
        c->stream[i] = -1;
    }
    m->lanes.on = s->over_lanes = true;
    m->lanes.ssh_watch =
        loop_add(&m->loop, m->lanes.ssh_in, POLLIN, lanes_ssh_ready, m);
    xlx_send_lanes_rate(m, s->rate);
    return m->lanes.ssh_watch ? xlx_send_words_open(m) : -ENOMEM;
}

static void lanes_tell_way(struct sender *m)
{
    struct xlx_send *s = m->s;
    const struct xlx_carrier *c = s->carrier;
    const char *why = c ? *c->why ? c->why : "it does not answer" : "";

    snprintf(s->cipher, sizeof s->cipher, "%s",
             s->over_lanes ? c->cipher : "");
    xlx_send_emit(m, &(struct xlx_event){ .type = XLX_EV_WAY,
                                          .dirty = -1,
                                          .over_lanes = s->over_lanes,
                                          .text = s->over_lanes ? "" : why });
}

static int lanes_rule_out(struct sender *m)
{
    const struct xlx_carrier *c = m->s->carrier;

    m->lanes.ruled_out = true;
    msg_set(m->err,
            "ssh is ruled out (wire_pki = \"require\"), and there is "
            "no lane by certificates: %s",
            c && *c->why ? c->why : "it does not answer");
    return -EPERM;
}

int xlx_send_lanes(struct sender *m)
{
    struct xlx_send *s = m->s;
    int rc = 0;

    if (s->carrier && s->move_line && s->wire) {
        rc = lanes_await(m);
        if (!rc && lanes_are_up(m)) {
            rc = lanes_say(m);
            if (!rc)
                rc = lanes_take(m);
        }
    }
    if (s->carrier && !s->over_lanes)
        xlx_carrier_kill(s->carrier);
    if (!rc && s->lanes_only && !s->over_lanes)
        return lanes_rule_out(m);
    if (!rc)
        lanes_tell_way(m);
    return rc;
}

int xlx_send_lanes_open(struct sender *m)
{
    struct xlx_carrier *c = m->s->carrier;

    return c ? xlx_carrier_join(c, &m->loop, lanes_changed, m) : 0;
}

void xlx_send_lanes_close(struct sender *m)
{
    if (m->s->carrier)
        xlx_carrier_leave(m->s->carrier);
}
