/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Holds a move that is ready to begin: both hosts are connected and checked,
 * and nothing is recorded, sent or changed on either until a line says that it
 * is to start. What ends a hold before that costs nothing: the connection is
 * closed, and the target host has only been asked.
 */
#include "libxl-ext/send_impl.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

struct hold {
    struct sender *m;
    char line[64];
    size_t n;
    bool told;   /* the line is whole */
    bool alone;  /* nobody is left who could say it */
    bool broken; /* the target host has closed the connection */
};

/* One byte at a time: what follows the line is not ours. */
static void hold_ready(void *arg, short revents)
{
    struct hold *h = arg;
    char c;
    ssize_t n = read(h->m->s->hold->in, &c, 1);

    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n <= 0) {
        h->alone = true;
    } else if (c == '\n') {
        h->told = true;
    } else if (h->n < sizeof h->line - 1) {
        h->line[h->n++] = c;
    } else {
        h->alone = true; /* no line that starts a move is so long */
    }
}

/* After its banner a target host has nothing to say: this is its end. */
static void hold_target_ready(void *arg, short revents)
{
    ((struct hold *)arg)->broken = true;
}

static bool hold_over(void *arg)
{
    const struct hold *h = arg;

    return h->told || h->alone || h->broken;
}

static int hold_wait(struct hold *h)
{
    struct sender *m = h->m;
    const struct xlx_hold *of = m->s->hold;
    struct loop_fd *in = loop_add(&m->loop, of->in, POLLIN, hold_ready, h);
    struct loop_fd *target =
        loop_add(&m->loop, m->s->wire_in, POLLIN, hold_target_ready, h);
    int rc = in && target ? loop_run(&m->loop, hold_over, h,
                                     clock_us() + of->seconds * SECONDS)
                          : -ENOMEM;

    loop_remove(in);
    loop_remove(target);
    return rc;
}

static int hold_explain(const struct hold *h, int rc)
{
    struct sender *m = h->m;

    if (rc == -EINTR)
        msg_set(m->err, "cancelled");
    else if (rc == -ETIMEDOUT)
        msg_set(m->err, "it was not told to start within %u s",
                m->s->hold->seconds);
    else if (rc)
        msg_set(m->err, "the move could not wait: %s", strerror(-rc));
    else if (h->broken)
        msg_set(m->err, "the target host broke off");
    else
        msg_set(m->err, "whoever was to start it has gone");
    if (h->broken)
        xlx_send_last_words(m);
    return rc ? rc : h->broken ? -EPIPE : -ECANCELED;
}

int xlx_send_hold(struct sender *m)
{
    struct xlx_send *s = m->s;
    struct hold h = { .m = m };
    int rc;

    if (!s->hold)
        return 0;
    s->unstarted = true;
    xlx_send_emit_type(m, XLX_EV_HELD);
    m->held = true;
    rc = hold_wait(&h);
    m->held = false;
    if (rc || !h.told || h.broken)
        return hold_explain(&h, rc);
    rc = s->hold->start(s->hold->arg, s, h.line, m->err);
    if (rc)
        return rc;
    s->unstarted = false;
    s->times.start = clock_us();
    return 0;
}
