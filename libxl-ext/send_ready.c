/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Takes a move from its configuration to READY: all of it can be undone.
 */
#include "libxl-ext/send_impl.h"

#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "libxl-ext/handshake.h"
#include "libxl-ext/wire/words.h"

enum {
    CONFIG_S = 60,    /* for the target host to take our configuration */
    SILENCE_S = 30,   /* without a sign of life of its rackhop */
    READY_S = 600,    /* with them: it is at work */
    FLUSH_S = 30,     /* for the last bytes, with the guest suspended */
    XL_READY_S = 900, /* stock xl gives no sign until it is ready */
};

/* What a target host that knows versions is told in front of @move. */
static void ready_first_lines(struct sender *m, char *buf)
{
    const struct xlx_send *s = m->s;
    const struct xlx_needs *n = &s->dom->needs;

    *buf = '\0';
    if (!s->move_line || !s->wire)
        return;
    if (!s->over_lanes) /* else it was said before them */
        buf += word_wire_format(s->wire, buf);
    if (s->codec)
        buf += word_codec_format(
            &(struct word_codec){ .version = WORD_FRAMES,
                                  .ratio = true,
                                  .tail = xlx_send_tail_wanted(m) },
            buf);
    for (size_t i = 0; i < n->n_pins; i++)
        buf += word_pin_format(&n->pins[i], buf);
    buf += xlx_send_arm(m, buf); /* the last: bytes follow it */
    *buf = '\0';
}

static int ready_explain_config(struct sender *m, int rc)
{
    if (rc == -EINTR) {
        msg_set(m->err, "cancelled");
    } else if (rc && !m->lanes.ruled_out && !xlx_send_lanes_explain(m)) {
        msg_set(m->err, "the target host did not take the configuration");
        xlx_send_last_words(m);
    }
    return rc;
}

/* Says which move it is, and the guest's configuration (docs/wire). */
static int ready_send_config(struct sender *m)
{
    struct xlx_send *s = m->s;
    const char *line = s->move_line ? s->move_line : "";
    uint64_t deadline;
    char wire[(3 + WORD_PINS) * WORD_LINE];
    int rc;

    rc = xlx_send_lanes(m);
    if (rc)
        return ready_explain_config(m, rc);
    ready_first_lines(m, wire);
    m->prologue += strlen(wire) + m->context_len + strlen(line) +
                   xlx_hs_config_size(s->config_json);
    deadline = clock_us() + CONFIG_S * SECONDS;
    rc = xlx_hs_write(&m->loop, s->wire_out, wire, strlen(wire), deadline);
    if (!rc)
        rc = xlx_hs_write(&m->loop, s->wire_out, m->context, m->context_len,
                          deadline);
    if (!rc)
        rc = xlx_hs_write(&m->loop, s->wire_out, line, strlen(line), deadline);
    if (!rc)
        rc = xlx_hs_send_config(&m->loop, s->wire_out, s->config_json,
                                deadline);
    return ready_explain_config(m, rc);
}

static bool ready_flushed(void *arg)
{
    struct sender *m = arg;

    return m->pump.eof || m->pump.error;
}

/* Takes the guest's name out of the way of the copy on the target host. */
static int ready_rename(struct sender *m)
{
    const char *name = m->s->dom->name;
    int r;

    if (!name || !m->away)
        return 0;
    r = libxl_domain_rename(m->s->x->ctx, m->s->dom->domid, name, m->away);
    m->renamed = !r;
    return r ? xlx_libxl_errno(r) : 0;
}

/* A rackhop that is at work says so every other second. */
static bool ready_silent(const struct sender *m)
{
    return m->s->acks &&
           clock_us() - m->heard_us > (uint64_t)SILENCE_S * SECONDS;
}

static bool ready_said_or_silent(void *arg)
{
    struct sender *m = arg;
    struct pollfd p = { .fd = m->s->wire_in, .events = POLLIN };

    return ready_silent(m) || poll(&p, 1, 0) > 0;
}

/* Waits for READY as long as the target host lives: the guest is suspended. */
static int ready_hear(struct sender *m)
{
    uint64_t deadline =
        xlx_send_pause_deadline(m, m->s->acks ? READY_S : XL_READY_S);
    int rc;

    m->heard_us = clock_us();
    rc = loop_run(&m->loop, ready_said_or_silent, m, deadline);
    if (!rc && ready_silent(m))
        rc = -ETIMEDOUT;
    if (!rc)
        rc = xlx_hs_expect(&m->loop, m->s->wire_in, XLX_HS_READY,
                           xlx_send_pause_deadline(m, SILENCE_S));
    return rc;
}

/* Returns rc, or what it comes from. */
static int ready_explain(struct sender *m, int rc)
{
    if (rc == -ETIMEDOUT && xlx_send_pause_over(m))
        return xlx_send_pause_explain(m);
    if (rc == -EINTR) {
        msg_set(m->err, "cancelled");
    } else if (rc == -ETIMEDOUT && ready_silent(m)) {
        msg_set(m->err,
                "the target host was silent for %d s while the guest was "
                "suspended",
                SILENCE_S);
    } else if (rc == -ETIMEDOUT) {
        msg_set(m->err, "the target host did not confirm in time that it has "
                        "the guest");
    } else if (rc && !xlx_send_lanes_explain(m)) {
        msg_set(m->err, "the target host could not take the guest");
        xlx_send_last_words(m);
    }
    return rc;
}

/*
 * The rest of the stream leaves, the domain is renamed out of the way while
 * the target host builds its devices, and the target host says that it has
 * all.
 */
static int ready_await(struct sender *m)
{
    struct xlx_send *s = m->s;
    int rc;

    close(m->stream[1]);
    m->stream[1] = -1;
    rc = loop_run(&m->loop, ready_flushed, m,
                  xlx_send_pause_deadline(m, FLUSH_S));
    s->times.flushed = clock_us();
    xlx_send_emit_type(m, XLX_EV_COPIED);
    if (!rc && m->pump.error)
        rc = m->pump.error;
    if (!rc)
        rc = ready_rename(m);
    if (!rc)
        rc = ready_hear(m);
    return ready_explain(m, rc);
}

/* Nothing can come over the wire any more, and nothing is left to be read. */
static bool ready_target_gone(struct sender *m)
{
    struct pollfd p = { .fd = m->s->wire_in, .events = POLLIN };
    int waiting = 0;

    return poll(&p, 1, 0) > 0 &&
           (ioctl(m->s->wire_in, FIONREAD, &waiting) || !waiting);
}

enum ho_input xlx_send_ready(struct sender *m)
{
    struct xlx_send *s = m->s;
    int rc = ready_send_config(m);

    if (!rc)
        rc = xlx_send_stream(m);
    s->times.saved = clock_us();
    if (!rc)
        rc = ready_await(m);
    if (rc) {
        m->rc = rc;
        return HO_FAILED;
    }
    s->times.ready = clock_us();
    xlx_send_emit_type(m, XLX_EV_READY);
    if (s->cancel && *s->cancel != m->loop.cancel_seen)
        return xlx_send_failed(m, -EINTR, "cancelled");
    if (xlx_send_pause_over(m)) {
        m->rc = xlx_send_pause_explain(m);
        return HO_FAILED;
    }
    if (ready_target_gone(m)) {
        if (!xlx_send_lanes_explain(m)) {
            xlx_send_failed(
                m, -EPIPE,
                "the target host closed the connection when it had the guest");
            xlx_send_last_words(m);
        }
        m->rc = -EPIPE;
        return HO_FAILED;
    }
    return HO_OK;
}
