/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Sends a guest: drives the handover's machine at the source host.
 *
 * The machine (handover.h) says what follows from what; this file and its
 * neighbours carry it out. A move that goes well: record, configuration and
 * stream, READY from the target host, record GO, say it, hear that the guest
 * runs, record, destroy the empty copy.
 *
 * Before GO every failure ends in send_resume(): the wire is closed, so the
 * target host destroys its copy, and the guest runs on here. GO is the point
 * of no return: from there on only the target host's own word, or its record,
 * brings the guest back. Without either the outcome is XLX_DOUBT and nothing
 * is touched.
 */
#include "libxl-ext/send_impl.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libxl-ext/handshake.h"

enum { END_S = 10 }; /* for the target host to give the guest its name */

/* --- the effects ------------------------------------------------------------- */

static enum ho_input send_store(struct sender *m)
{
    const struct xlx_handover *h = m->s->handover;
    enum ho_input in;

    if (!h)
        return HO_STORED;
    in = h->store(h->arg, &m->ho, m->s->dom->uuid, m->s->dom->name,
                  m->s->dom->domid);
    if (in == HO_UNSTORED && m->ho.next == HO_DONE)
        xtl_log(m->s->x->lg, XTL_WARN, -1, "rackhop",
                "the guest runs on the target host, but this host could not "
                "record it: %s",
                h->why(h->arg));
    else if (in == HO_UNSTORED)
        xlx_send_failed(m, -EIO, h->why(h->arg));
    else if (in != HO_STORED)
        xlx_send_failed(m, -ESTALE, "another process has settled this move");
    return in;
}

/*
 * A guest that was asked to suspend may do so late. It is waited for as long
 * as libxl would have waited; libxl takes the request back only when that time
 * is over, and then a few seconds are enough.
 */
static unsigned send_late_s(const struct sender *m)
{
    if (!m->s->times.suspend || m->s->times.suspended)
        return 0;
    return m->ao_done && m->ao_rc == ERROR_GUEST_TIMEDOUT ? 5 : 60;
}

/*
 * The guest stays. The wire is closed first, so that the target host drops its
 * copy before this one runs again; past its report it has dropped it already.
 */
static enum ho_input send_resume(struct sender *m)
{
    struct xlx_send *s = m->s;
    const struct xlx_stay stay = {
        .domid = s->dom->domid,
        .name = s->dom->name,
        .away = m->renamed ? m->away : NULL,
        .late_s = send_late_s(m),
    };
    struct msg why = MSG_NONE;
    int rc;

    xlx_pump_stop(&m->pump);
    xlx_send_lanes_quit(m);
    if (s->wire_out >= 0)
        close(s->wire_out);
    s->wire_out = -1;
    xlx_send_throttle_lift(m);
    rc = xlx_guest_stays(s->x, &stay, &why);
    xlx_send_throttle_end(m, rc && rc != -EAGAIN);
    if (rc == -EAGAIN) { /* it is suspended and would not resume */
        msg_add(m->err, "; %s", why.text);
        m->rc = -EIO;
        return HO_FAILED;
    }
    if (rc) {
        msg_set(m->err, "%s", why.text);
        m->rc = rc;
    }
    return HO_OK;
}

/* The target host closes the wire when the guest has its name back: after our
 * success the guest must be found by it. */
static void send_await_end(struct sender *m)
{
    uint64_t deadline = clock_us() + END_S * SECONDS;
    char c;
    int rc;

    do
        rc = xlx_hs_read(&m->loop, m->s->wire_in, &c, 1, deadline);
    while (!rc || rc == -EINTR);
}

/* The guest runs on the target host, and the copy here is an empty shell. */
static enum ho_input send_drop(struct sender *m)
{
    struct xlx_send *s = m->s;
    int r = libxl_domain_destroy(s->x->ctx, s->dom->domid, NULL);

    s->copy_left = r;
    if (r)
        xtl_log(s->x->lg, XTL_WARN, -1, "rackhop",
                "the empty copy %s is left on this host; `xl destroy %u` "
                "removes it (%s)",
                m->away ? m->away : "", s->dom->domid, xlx_libxl_text(r));
    send_await_end(m);
    return HO_OK;
}

static enum ho_input send_effect(struct sender *m)
{
    switch (m->ho.doing) {
    case HO_STORE: return send_store(m);
    case HO_STREAM: return xlx_send_ready(m);
    case HO_SAY_GO: return xlx_send_go(m);
    case HO_ASK: return xlx_send_ask(m);
    case HO_RESUME: return send_resume(m);
    case HO_DROP: return send_drop(m);
    case HO_BUILD:
    case HO_SAY_READY:
    case HO_START:
    case HO_REPORT:
    case HO_END: break;
    }
    return HO_FAILED; /* no source does these */
}

/* --- the whole move ------------------------------------------------------------ */

static enum xlx_outcome send_outcome(enum ho_verdict v)
{
    switch (v) {
    case HO_RUNS_HERE:
    case HO_REFUSED:
    case HO_GONE: return XLX_STAYED;
    case HO_RUNS_THERE: return XLX_MOVED;
    case HO_UNDECIDED:
    case HO_PAUSED:
    case HO_DOUBT:
    case HO_LOST:
    case HO_NOT_OURS:
    case HO_UNKNOWN: break;
    }
    return XLX_DOUBT;
}

static void send_dispose(struct sender *m)
{
    xlx_pump_stop(&m->pump);
    xlx_send_lanes_close(m);
    loop_dispose(&m->loop);
    for (int i = 0; i < 2; i++)
        if (m->stream[i] >= 0)
            close(m->stream[i]);
    if (m->ctl >= 0)
        close(m->ctl);
    if (m->ctl_helper >= 0)
        close(m->ctl_helper);
    if (m->commander.fd >= 0)
        close(m->commander.fd);
    free(m->away);
    free(m->context);
    xlx_send_tail_dispose(m);
    unsetenv(XLX_ENV_CTL);
    unsetenv(XLX_ENV_CODEC);
}

static int send_init(struct sender *m)
{
    struct xlx_send *s = m->s;

    loop_init(&m->loop);
    xlx_loop_join(&m->loop, &m->libxl, s->x->ctx);
    m->loop.tick = xlx_send_tick;
    m->loop.tick_arg = m;
    m->loop.cancel = s->cancel;
    m->loop.wait_mask = s->wait_mask;
    s->times.start = clock_us();
    s->last_pages = UINT64_MAX;
    s->outcome = XLX_STAYED;
    *m->err->text = '\0';
    if (s->dom->name &&
        asprintf(&m->away, "%s--migratedaway", s->dom->name) < 0) {
        m->away = NULL;
        return -ENOMEM;
    }
    if (xlx_send_words_open(m) || xlx_send_command_open(m) ||
        xlx_send_lanes_open(m))
        return -ENOMEM;
    return 0;
}

int xlx_send_run(struct xlx_send *s, struct msg *err)
{
    struct sender m = { .s = s,
                        .err = err,
                        .stream = { -1, -1 },
                        .ctl = -1,
                        .ctl_helper = -1,
                        .commander = { .fd = -1 } };
    enum ho_effect todo;
    int rc = send_init(&m);

    if (!rc)
        rc = xlx_send_hold(&m);
    if (!rc) {
        todo = ho_begin(&m.ho, HO_SOURCE);
        while (todo != HO_END)
            todo = ho_next(&m.ho, send_effect(&m));
        s->bytes = m.pump.bytes;
        s->verdict = m.ho.verdict;
        s->outcome = send_outcome(m.ho.verdict);
        s->cap_left &= s->outcome != XLX_MOVED;
        rc = m.rc ? m.rc : -EIO;
    }
    send_dispose(&m);
    return s->outcome == XLX_MOVED ? 0 : rc;
}

double xlx_downtime_ms(const struct xlx_times *t)
{
    uint64_t from = t->suspended ? t->suspended : t->suspend;
    double ms;

    if (!from || !t->report)
        return -1;
    ms = (double)(t->report - from) / 1e3;
    if (t->target_unpaused && t->target_done > t->target_unpaused)
        ms -= (double)(t->target_done - t->target_unpaused) / 1e3;
    return ms < 0 ? 0 : ms;
}
