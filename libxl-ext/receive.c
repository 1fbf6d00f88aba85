/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The receiving end of a move: the effects of the handover's machine
 * (handover.h), which says what follows from what.
 *
 * The happy path: banner, configuration, stream into libxl, READY, GO from
 * the sender, unpause, the name, REPORT. The domain is built under
 * NAME--incoming and stays paused until GO has come whole. Every failure
 * before that destroys it. After GO it is ours: if it can't be unpaused it is
 * refused for good, destroyed and given back, as xl's wire has it.
 *
 * The unpause and the report come before the rename, not after it as in xl:
 * the guest has waited long enough.
 */
#include "libxl-ext/receive_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <libxl_utils.h>

#include "libxl-ext/ctl.h"
#include "libxl-ext/handshake.h"
#include "libxl-ext/wire/words.h"
#include "tools/base/msg.h"
#include "tools/base/clock.h"

enum {
    GO_S = 60, /* the sender has only to write its record */
    REPORT_S = 60,
    XL_GO_S = 900,
    LEARN_S = 5,
    FIRST_LINES = 16,
    SETTLE_US = 500000,
    ACK_US = 50000,
    ALIVE_US = 2000000,
};

/* Tells a rackhop source host something, on stderr, between libxl's lines. */
static void say(struct receiver *m, const struct word_report *w)
{
    char line[WORD_LINE];

    if (m->r->control)
        (void)!write(STDERR_FILENO, line, word_report_format(w, line));
}

static uint64_t tick(void *arg, uint64_t now)
{
    struct receiver *m = arg;
    uint64_t next = pump_tick(&m->pump, now);

    if ((m->pump.eof || m->pump.error) && m->stream[1] >= 0) {
        /* whoever reads the stream must see its end as well */
        pump_stop(&m->pump);
        close(m->stream[1]);
        m->stream[1] = -1;
    }
    if (m->pump.bytes != m->heard) {
        m->heard = m->pump.bytes;
        m->heard_us = now;
    }
    if (m->r->control && now - m->alive_us >= ALIVE_US) {
        /* also while libxl is at work and no bytes come: the sender's guest
         * is suspended, and waits for no host that is gone */
        m->alive_us = now;
        say(m, &(struct word_report){ .type = WORD_ALIVE });
    }
    if (next > now + ALIVE_US)
        next = now + ALIVE_US; /* also to notice a silence */
    if (m->pump.bytes != m->acked && now - m->acked_us >= ACK_US) {
        uint64_t taken = m->pump.bytes;
        int waiting = 0;

        /* what libxl has read, not what waits for it */
        if (!ioctl(m->stream[0], FIONREAD, &waiting))
            taken -= (uint64_t)waiting;
        m->acked_us = now;
        if (taken != m->acked) {
            m->acked = taken;
            if (!m->r->times.target_built) /* what comes later is libxl's few
                                           bytes */
                m->r->times.target_last = now;
            say(m, &(struct word_report){ .type = WORD_ACK, .acked = taken });
        }
    }
    if (m->r->control && m->pump.bytes != m->acked &&
        next > m->acked_us + ACK_US)
        next = m->acked_us + ACK_US;
    return next;
}

/* --- GO and after ---------------------------------------------------------------- */

static bool never(void *arg)
{
    return false;
}

/*
 * The name. It comes last and at leisure: the guest has just been woken, and
 * on a small host every cycle that dom0 takes now is taken from its devices
 * on their way back. The sender waits for our end before it says that all
 * is well.
 */
static void take_name(struct receiver *m)
{
    struct xlx_receive *r = m->r;
    int x;

    loop_run(&m->loop, never, m, clock_us() + SETTLE_US);
    x = libxl_domain_rename(r->x->ctx, r->domid, m->config.c_info.name,
                            m->final_name);
    if (x) /* it runs: a wrong name is no reason to end it */
        xtl_log(r->x->lg, XTL_WARN, -1, "rackhop",
                "the domain is still called %s here (%s)",
                m->config.c_info.name, xlx_libxl_text(x));
}

static void send_times(struct receiver *m)
{
    const struct xlx_times *t = &m->r->times;

    say(m,
        &(struct word_report){
            .type = WORD_TIMES,
            .times = { t->target_last, t->target_built, t->target_restored,
                       t->target_go, t->target_unpaused, t->target_done } });
}

static int report(struct receiver *m, int rc)
{
    uint64_t deadline = clock_us() + REPORT_S * SECONDS;
    uint8_t code = rc ? 1 : 0;
    int r;

    send_times(m);
    r = hs_say(&m->loop, m->r->out, HS_REPORT, deadline);
    if (!r)
        r = hs_write(&m->loop, m->r->out, &code, 1, deadline);
    return r;
}

/* Reads one line, without its line feed; "" after a failure, which is -EPROTO
 * when the line is longer than buf. */
static int read_line(struct receiver *m, char *buf, size_t size,
                     unsigned seconds)
{
    uint64_t deadline = clock_us() + seconds * SECONDS;

    for (size_t n = 0; n < size; n++) {
        int rc = hs_read(&m->loop, m->stream[0], &buf[n], 1, deadline);

        if (!rc && buf[n] == '\n') {
            buf[n] = '\0';
            return 0;
        }
        if (rc) {
            *buf = '\0';
            return rc;
        }
    }
    *buf = '\0';
    return -EPROTO;
}

/* After the report a rackhop source host says what it learned of the guest,
 * or closes the connection. */
static void learn(struct receiver *m)
{
    read_line(m, m->r->learned, sizeof m->r->learned, LEARN_S);
}

/* --- the machine's effects -------------------------------------------------- */

static enum ho_input record(struct receiver *m)
{
    const struct xlx_handover *h = m->r->handover;
    enum ho_input in;

    if (!h)
        return HO_STORED;
    in = h->store(h->arg, &m->ho, m->r->uuid, m->final_name);
    if (in == HO_STORED)
        return in;
    if (m->ho.next == HO_DONE)
        xtl_log(m->r->x->lg, XTL_WARN, -1, "rackhop",
                "the guest runs here, which could not be recorded: %s",
                h->why(h->arg));
    else if (!m->rc) {
        m->rc = in == HO_UNSTORED ? -EIO : -ESTALE;
        msg_set(m->err, "%s", h->why(h->arg));
    }
    return in;
}

static enum ho_input build(struct receiver *m)
{
    m->rc = xlx_receive_build(m);
    return m->rc ? HO_FAILED : HO_OK;
}

static enum ho_input say_ready(struct receiver *m)
{
    uint64_t deadline =
        clock_us() + (m->r->control ? GO_S : XL_GO_S) * SECONDS;

    m->rc = hs_say(&m->loop, m->r->out, HS_READY, deadline);
    if (!m->rc)
        m->rc = hs_expect(&m->loop, m->stream[0], HS_GO, deadline);
    if (m->rc) {
        msg_set(m->err, "the sender did not say go; its copy stays");
        return HO_FAILED;
    }
    m->go = true;
    m->r->times.target_go = clock_us();
    m->loop.cancel = NULL; /* what follows is short, and not to be left */
    return HO_OK;
}

static enum ho_input start(struct receiver *m)
{
    struct xlx_receive *r = m->r;

    m->rc = xlx_copy_start(r->x, r->domid, r->paused, m->err);
    r->times.target_unpaused = clock_us();
    return m->rc ? HO_FAILED : HO_OK;
}

static enum ho_input drop(struct receiver *m)
{
    if (libxl_domid_valid_guest(m->r->domid))
        m->r->copy_left = xlx_copy_drop(m->r->x, m->r->domid);
    m->r->copy_left |= m->r->unfinished;
    m->r->domid = INVALID_DOMID;
    return HO_OK;
}

/* Who has not said GO hears of a failure by the end of the connection. */
static enum ho_input say_what_came(struct receiver *m)
{
    struct xlx_receive *r = m->r;

    r->times.target_done = clock_us();
    if (!m->go)
        return HO_OK;
    if (m->ho.refused) {
        report(m, -EIO);
        hs_say(&m->loop, r->out, HS_GO, clock_us() + REPORT_S * SECONDS);
        return HO_OK;
    }
    /* That the report is lost is the sender's doubt, not ours: the guest
     * runs here. */
    if (report(m, 0))
        xtl_log(r->x->lg, XTL_WARN, -1, "rackhop",
                "the sender did not take the report; the guest runs here");
    else if (r->control)
        learn(m);
    return HO_OK;
}

static enum ho_input carry_out(struct receiver *m)
{
    switch (m->ho.doing) {
    case HO_STORE: return record(m);
    case HO_BUILD: return build(m);
    case HO_SAY_READY: return say_ready(m);
    case HO_START: return start(m);
    case HO_DROP: return drop(m);
    case HO_REPORT: return say_what_came(m);
    case HO_STREAM:
    case HO_SAY_GO:
    case HO_ASK:
    case HO_RESUME:
    case HO_END: break;
    }
    return HO_FAILED; /* no target does these */
}

/*
 * Reads which move this is: a rackhop source host puts that line in front of
 * the configuration, and the wire's version in front of it. Lines of a newer
 * version that are not known here are skipped.
 */
static int take_move(struct receiver *m)
{
    struct xlx_receive *r = m->r;

    for (int i = 0; i < FIRST_LINES; i++) {
        int rc = read_line(m, r->move_line, sizeof r->move_line, CONFIG_S);

        if (rc || r->move_line[0] != '@' || word_is_move(r->move_line))
            return rc;
        word_wire_parse(r->move_line, &r->wire);
    }
    return -EPROTO;
}

static int receive(struct receiver *m)
{
    struct xlx_receive *r = m->r;
    enum ho_effect todo;
    int rc;

    rc = hs_say(&m->loop, r->out, HS_BANNER, clock_us() + 60 * SECONDS);
    if (rc) {
        msg_set(m->err, "the sender does not listen");
        return rc;
    }
    if (r->move_first)
        rc = take_move(m);
    if (rc) {
        msg_set(m->err, "the sender did not say which move it is");
        return rc;
    }
    rc = xlx_receive_config(m);
    if (rc)
        return rc;
    todo = ho_begin(&m->ho, HO_TARGET);
    while (todo != HO_END)
        todo = ho_next(&m->ho, carry_out(m));
    r->verdict = m->ho.verdict;
    if (m->ho.verdict != HO_RUNS_HERE)
        return m->rc ? m->rc : -EIO;
    take_name(m);
    r->name = m->final_name;
    m->final_name = NULL;
    return 0;
}

int xlx_receive_run(struct xlx_receive *r, struct msg *err)
{
    struct receiver m = {
        .r = r, .err = err, .stream = { -1, -1 }, .ctl = -1, .ctl_far = -1
    };
    int rc;

    r->domid = INVALID_DOMID;
    libxl_domain_config_init(&m.config);
    loop_init(&m.loop);
    xlx_loop_join(&m.loop, &m.libxl, r->x->ctx);
    m.loop.cancel = r->cancel;
    m.loop.wait_mask = r->wait_mask;
    m.loop.tick = tick;
    m.loop.tick_arg = &m;
    if (pipe2(m.stream, O_CLOEXEC)) {
        rc = -errno;
        msg_set(err, "no pipe could be made");
        goto out;
    }
    rc = pump_start(&m.pump, &m.loop, r->in, m.stream[1], 0);
    if (rc) {
        msg_set(err, "the sender's stream can't be read: %s", strerror(-rc));
        goto out;
    }
    rc = receive(&m);
    if (rc && r->config_came)
        say(&m,
            &(struct word_report){ .type = WORD_ERROR, .text = err->text });
out:
    pump_stop(&m.pump);
    loop_dispose(&m.loop);
    for (int i = 0; i < 2; i++)
        if (m.stream[i] >= 0)
            close(m.stream[i]);
    if (m.ctl >= 0)
        close(m.ctl);
    if (m.ctl_far >= 0)
        close(m.ctl_far);
    unsetenv("LIBXL_SAVE_HELPER");
    unsetenv(XLX_ENV_CTL);
    libxl_domain_config_dispose(&m.config);
    free(m.final_name);
    return rc;
}

void xlx_receive_dispose(struct xlx_receive *r)
{
    free(r->name);
    free(r->config_json);
    r->name = r->config_json = NULL;
}
