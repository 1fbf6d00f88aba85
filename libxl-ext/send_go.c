/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Says GO, the point of no return, and hears what the target host makes of it.
 */
#include "libxl-ext/send_impl.h"

#include <errno.h>
#include <string.h>

#include "libxl-ext/handshake.h"

enum {
    REPORT_S = 30,     /* to unpause and report; after that it is asked */
    XL_REPORT_S = 300, /* for stock xl, which can't be asked */
    ASK_S = 60,        /* for an answer, with as many tries as fit */
};
/* Like xlx_hs_read(), but after GO a cancel only gets the answer that it is
 * too late. */
static int go_read(struct sender *m, void *buf, size_t len, uint64_t deadline)
{
    char *p = buf;

    for (size_t done = 0; done < len;) {
        int rc = xlx_hs_read(&m->loop, m->s->wire_in, p + done, 1, deadline);

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

static int go_expect(struct sender *m, enum xlx_hs_msg msg, uint64_t deadline)
{
    char got[64];
    size_t len;
    const char *want = xlx_hs_text(msg, &len);
    int rc = go_read(m, got, len, deadline);

    if (rc)
        return rc;
    return memcmp(got, want, len) ? -EPROTO : 0;
}

/* What was learned of the guest's dirtying goes where the guest goes. It does
 * not matter if it gets lost. */
static void go_say_learned(struct sender *m)
{
    char line[128] = "";

    if (!m->s->acks || !m->s->learned)
        return;
    m->s->bytes = m->pump.bytes;
    m->s->learned(m->s, line, sizeof line);
    xlx_hs_write(&m->loop, m->s->wire_out, line, strlen(line),
                 clock_us() + SECONDS);
}

static int go_say(struct sender *m, uint64_t deadline, uint8_t *report)
{
    int rc;

    m->s->times.go = clock_us();
    xlx_send_lanes_report(m);
    do
        rc = xlx_hs_say(&m->loop, m->s->wire_out, XLX_HS_GO, deadline);
    while (rc == -EINTR); /* so short a write leaves whole or not at all */
    xlx_send_emit_type(m, XLX_EV_GO);
    if (!rc)
        rc = go_expect(m, XLX_HS_REPORT, deadline);
    if (!rc)
        rc = go_read(m, report, 1, deadline);
    return rc;
}

enum ho_input xlx_send_go(struct sender *m)
{
    struct xlx_send *s = m->s;
    bool asks = s->handover && s->handover->ask;
    uint64_t deadline = clock_us() + (asks ? REPORT_S : XL_REPORT_S) * SECONDS;
    uint8_t report = 0;
    int rc = go_say(m, deadline, &report);

    if (rc) {
        m->rc = rc;
        msg_set(m->err,
                "the target host was told to start the guest and has not "
                "reported (%s)",
                strerror(-rc));
        return HO_FAILED;
    }
    s->times.report = clock_us();
    if (!report) {
        go_say_learned(m);
        return HO_OK;
    }
    rc = go_expect(m, XLX_HS_GO, deadline);
    if (rc) {
        m->rc = rc;
        msg_set(m->err, "the target host could not start the guest and did "
                        "not give it back");
        return HO_FAILED;
    }
    xlx_send_failed(m, -EIO, "the target host could not start the guest");
    xlx_send_last_words(m);
    return HO_GIVEN_BACK;
}

/* Asks the target host's record, over a connection of its own. */
enum ho_input xlx_send_ask(struct sender *m)
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
                "the target host gave the guest up before it was told to "
                "start it");
    }
    return in;
}
