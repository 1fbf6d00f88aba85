/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The sending end of a move: the effects of the handover's machine
 * (handover.h), which says what follows from what.
 *
 * The happy path: record, configuration and stream, READY from the far end,
 * record GO, say it, hear that the guest runs, record, destroy.
 *
 * Before GO every failure ends in stay(): the wire is closed, so the far end
 * destroys its copy, and the guest runs on here. GO is the point of no return:
 * from there on only the far end's own word, or its record, brings the guest
 * back; without either the outcome is XLX_DOUBT and nothing is touched.
 */
#include "libxl-ext/send_impl.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "libxl-ext/ctl.h"
#include "libxl-ext/handshake.h"
#include "libxl-ext/wire/words.h"
#include "tools/base/msg.h"
#include "tools/base/clock.h"

enum {
    CONFIG_S = 60,     /* to take our configuration */
    SILENCE_S = 30,    /* without a sign of life of a rackhop far end */
    READY_S = 600,     /* with them: it is at work */
    FLUSH_S = 30,      /* for the last bytes, with the guest suspended */
    XL_READY_S = 900,  /* stock xl gives no sign until it is ready */
    REPORT_S = 30,     /* to unpause and report; then it is asked */
    XL_REPORT_S = 300, /* whom nobody can ask */
    ASK_S = 60,        /* for an answer, again and again */
    END_S = 10,        /* to give the guest its name */
};

/* The first cause is the one that counts. */
static int fails(struct sender *m, int rc, const char *text)
{
    if (!*m->err->text)
        msg_set(m->err, "%s", text);
    return m->rc = rc;
}

/* --- to READY ------------------------------------------------------------- */

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

/* A far end that is at work says so every other second. */
static bool silent(const struct sender *m)
{
    return m->s->acks &&
           clock_us() - m->heard_us > (uint64_t)SILENCE_S * SECONDS;
}

static bool said_or_silent(void *arg)
{
    struct sender *m = arg;
    struct pollfd p = { .fd = m->s->wire_in, .events = POLLIN };

    return silent(m) || poll(&p, 1, 0) > 0;
}

/* READY, for as long as the far end lives: the guest is suspended. */
static int hear_ready(struct sender *m)
{
    uint64_t deadline =
        clock_us() + (m->s->acks ? READY_S : XL_READY_S) * SECONDS;
    int rc;

    m->heard_us = clock_us();
    rc = loop_run(&m->loop, said_or_silent, m, deadline);
    if (!rc && silent(m))
        rc = -ETIMEDOUT;
    if (!rc)
        rc = hs_expect(&m->loop, m->s->wire_in, HS_READY,
                       clock_us() + SILENCE_S * SECONDS);
    return rc;
}

/*
 * The rest of the stream leaves, the domain is renamed out of the way while
 * the far end builds its devices, and the far end says that it has it all.
 */
static int await_ready(struct sender *m)
{
    struct xlx_send *s = m->s;
    int rc;

    close(m->stream[1]);
    m->stream[1] = -1;
    rc = loop_run(&m->loop, flushed, m, clock_us() + FLUSH_S * SECONDS);
    s->times.flushed = clock_us();
    xlx_send_emit_type(m, XLX_EV_COPIED);
    if (!rc && m->pump.error)
        rc = m->pump.error;
    if (!rc)
        rc = rename_domain(m, s->dom->name, m->away);
    if (!rc)
        m->renamed = m->away;
    if (!rc)
        rc = hear_ready(m);
    if (rc == -EINTR)
        msg_set(m->err, "cancelled");
    else if (rc == -ETIMEDOUT)
        msg_set(m->err, "%s",
                silent(m) ? "nothing was heard of the far end for 30 s while "
                            "the guest was suspended"
                          : "the far end did not say in time that it has "
                            "the guest");
    else if (rc) {
        msg_set(m->err, "the far end could not take the guest");
        xlx_send_last_words(m);
    }
    return rc;
}

/* Nothing can come from it any more, and nothing is left to be read. */
static bool far_is_gone(struct sender *m)
{
    struct pollfd p = { .fd = m->s->wire_in, .events = POLLIN };
    int waiting = 0;

    return poll(&p, 1, 0) > 0 &&
           (ioctl(m->s->wire_in, FIONREAD, &waiting) || !waiting);
}

static int send_head(struct sender *m)
{
    struct xlx_send *s = m->s;
    const char *line = s->move_line ? s->move_line : "";
    uint64_t deadline = clock_us() + CONFIG_S * SECONDS;
    char wire[WORD_LINE] = "";
    int rc;

    if (s->move_line && s->wire)
        word_wire_format(s->wire, wire);
    m->prologue = strlen(wire) + strlen(line) + hs_config_size(s->config_json);
    rc = hs_write(&m->loop, s->wire_out, wire, strlen(wire), deadline);
    if (!rc)
        rc = hs_write(&m->loop, s->wire_out, line, strlen(line), deadline);
    if (!rc)
        rc = hs_send_config(&m->loop, s->wire_out, s->config_json, deadline);
    if (rc == -EINTR) {
        msg_set(m->err, "cancelled");
    } else if (rc) {
        msg_set(m->err, "the far end did not take the configuration");
        xlx_send_last_words(m);
    }
    return rc;
}

/* HO_STREAM: all that can be undone. */
static enum ho_input stream(struct sender *m)
{
    struct xlx_send *s = m->s;
    int rc = send_head(m);

    if (!rc)
        rc = xlx_send_stream(m);
    s->times.saved = clock_us();
    if (!rc)
        rc = await_ready(m);
    if (rc) {
        m->rc = rc;
        return HO_FAILED;
    }
    s->times.ready = clock_us();
    xlx_send_emit_type(m, XLX_EV_READY);
    if (s->cancel && *s->cancel != m->loop.cancel_seen) {
        fails(m, -EINTR, "cancelled");
        return HO_FAILED;
    }
    if (far_is_gone(m)) {
        fails(m, -EPIPE, "the far end went away when it had the guest");
        xlx_send_last_words(m);
        return HO_FAILED;
    }
    return HO_OK;
}

/* --- GO ------------------------------------------------------------------- */

/* As hs_read, but a cancel is only answered: there is no way back. */
static int read_past_go(struct sender *m, void *buf, size_t len,
                        uint64_t deadline)
{
    char *p = buf;

    for (size_t done = 0; done < len;) {
        int rc = hs_read(&m->loop, m->s->wire_in, p + done, 1, deadline);

        if (rc == -EINTR) {
            xlx_send_emit_type(m, XLX_EV_TOO_LATE);
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
             clock_us() + SECONDS);
}

/* HO_SAY_GO: and what the far end makes of it. */
static enum ho_input say_go(struct sender *m)
{
    struct xlx_send *s = m->s;
    bool asks = s->handover && s->handover->ask;
    uint64_t deadline = clock_us() + (asks ? REPORT_S : XL_REPORT_S) * SECONDS;
    uint8_t code = 0;
    int rc;

    m->gone = true;
    s->times.go = clock_us();
    do
        rc = hs_say(&m->loop, s->wire_out, HS_GO, deadline);
    while (rc == -EINTR); /* so short a write leaves whole or not at all */
    xlx_send_emit_type(m, XLX_EV_GO);
    if (!rc)
        rc = expect_past_go(m, HS_REPORT, deadline);
    if (!rc)
        rc = read_past_go(m, &code, 1, deadline);
    if (rc) {
        m->rc = rc;
        msg_set(m->err,
                "the far end was told to start the guest and has not "
                "reported (%s)",
                strerror(-rc));
        return HO_FAILED;
    }
    s->times.report = clock_us();
    if (!code) {
        teach(m);
        return HO_OK;
    }
    rc = expect_past_go(m, HS_GO, deadline);
    if (rc) {
        m->rc = rc;
        msg_set(m->err, "the far end could not start the guest and did "
                        "not give it back");
        return HO_FAILED;
    }
    fails(m, -EIO, "the far end could not start the guest");
    xlx_send_last_words(m);
    return HO_FAR_BACK;
}

/* HO_ASK: its record is asked, over a connection of its own. */
static enum ho_input ask(struct sender *m)
{
    const struct xlx_handover *h = m->s->handover;
    enum ho_input in;

    if (!h || !h->ask)
        return HO_ANS_NONE;
    xlx_send_emit_type(m, XLX_EV_ASK);
    in = h->ask(h->arg, ASK_S);
    if (in == HO_ANS_RUNS) {
        m->rc = 0;
        *m->err->text = '\0';
    } else if (in == HO_ANS_REFUSED) {
        msg_set(m->err,
                "the far end gave the guest up before it heard that it may "
                "start it");
    }
    return in;
}

/* --- the ends ------------------------------------------------------------- */

/*
 * HO_RESUME: the guest stays. Log-dirty off, its name back, resumed if it is
 * suspended. A guest that was asked to suspend may do so late, so it is looked
 * after: for as long as libxl would have waited, unless libxl took the request
 * back itself, which it does at that time alone.
 */
static enum ho_input stay(struct sender *m)
{
    struct xlx_send *s = m->s;
    const struct xlx_here h = {
        .domid = s->dom->domid,
        .name = s->dom->name,
        .away = m->renamed ? m->away : NULL,
        .late_s = !s->times.suspend || s->times.suspended          ? 0
                  : m->ao_done && m->ao_rc == ERROR_GUEST_TIMEDOUT ? 5
                                                                   : 60,
    };
    struct msg why = MSG_NONE;
    int rc;

    /* closing the wire makes the far end drop its copy before ours runs
     * again; a far end past its report has dropped it already */
    pump_stop(&m->pump);
    if (s->wire_out >= 0)
        close(s->wire_out);
    s->wire_out = -1;
    rc = xlx_stays_here(s->x, &h, &why);
    if (rc == -EAGAIN) { /* suspended, and would not resume */
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

/* The far end closes when the guest has its name back; what comes after our
 * success must find it there. */
static void await_end(struct sender *m)
{
    uint64_t deadline = clock_us() + END_S * SECONDS;
    char c;
    int rc;

    do
        rc = hs_read(&m->loop, m->s->wire_in, &c, 1, deadline);
    while (!rc || rc == -EINTR);
}

/* HO_DROP: it runs there; what is here is an empty shell. */
static enum ho_input drop(struct sender *m)
{
    struct xlx_send *s = m->s;
    int r;

    r = libxl_domain_destroy(s->x->ctx, s->dom->domid, NULL);
    s->copy_left = r;
    if (r)
        xtl_log(s->x->lg, XTL_WARN, -1, "rackhop",
                "the empty copy %s is left here; `xl destroy %u` ends it "
                "(%s)",
                m->away ? m->away : "", s->dom->domid, xlx_libxl_text(r));
    await_end(m); /* meanwhile the far end has given it its name */
    return HO_OK;
}

static enum ho_input store(struct sender *m)
{
    const struct xlx_handover *h = m->s->handover;
    enum ho_input in;

    if (!h)
        return HO_STORED;
    in = h->store(h->arg, &m->ho, m->s->dom->uuid, m->s->dom->name);
    if (in == HO_UNSTORED && m->ho.next == HO_DONE)
        xtl_log(m->s->x->lg, XTL_WARN, -1, "rackhop",
                "the guest runs there, and this end could not record it: %s",
                h->why(h->arg));
    else if (in == HO_UNSTORED)
        fails(m, -EIO, h->why(h->arg));
    else if (in != HO_STORED)
        fails(m, -ESTALE, "another process has settled this move");
    return in;
}

static enum ho_input carry_out(struct sender *m)
{
    switch (m->ho.doing) {
    case HO_STORE: return store(m);
    case HO_STREAM: return stream(m);
    case HO_SAY_GO: return say_go(m);
    case HO_ASK: return ask(m);
    case HO_RESUME: return stay(m);
    case HO_DROP: return drop(m);
    case HO_BUILD:
    case HO_SAY_READY:
    case HO_START:
    case HO_REPORT:
    case HO_END: break;
    }
    return HO_FAILED; /* no source does these */
}

static enum xlx_outcome outcome_of(enum ho_verdict v)
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
    case HO_NOT_OURS: break;
    }
    return XLX_DOUBT;
}

static void sender_dispose(struct sender *m)
{
    pump_stop(&m->pump);
    loop_dispose(&m->loop);
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

int xlx_send_run(struct xlx_send *s, struct msg *err)
{
    struct sender m = { .s = s,
                        .err = err,
                        .stream = { -1, -1 },
                        .ctl = -1,
                        .ctl_far = -1,
                        .guest = { .fd = -1 } };
    enum ho_effect todo;

    loop_init(&m.loop);
    xlx_loop_join(&m.loop, &m.libxl, s->x->ctx);
    m.loop.tick = xlx_send_tick;
    m.loop.tick_arg = &m;
    m.loop.cancel = s->cancel;
    m.loop.wait_mask = s->wait_mask;
    s->times.start = clock_us();
    s->last_pages = UINT64_MAX;
    s->outcome = XLX_STAYED;
    *err->text = '\0';
    if (s->dom->name &&
        asprintf(&m.away, "%s--migratedaway", s->dom->name) < 0)
        return -ENOMEM;
    xlx_send_listen(&m);
    todo = ho_begin(&m.ho, HO_SOURCE);
    while (todo != HO_END)
        todo = ho_next(&m.ho, carry_out(&m));
    s->bytes = m.pump.bytes;
    s->verdict = m.ho.verdict;
    s->outcome = outcome_of(m.ho.verdict);
    sender_dispose(&m);
    if (s->outcome == XLX_MOVED)
        return 0;
    return m.rc ? m.rc : -EIO;
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
