/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Carries bytes between libxl and the wire by splice(), no faster than a token
 * bucket allows. The bucket holds 40 ms of the rate (a few pages at least), so
 * the rate is held over any second and not only on average. It is emptied when
 * a quarter is in it: what flows in while the process waits for its turn must
 * not run over, or the rate is missed.
 */
#include "libxl-ext/pump.h"
#include "tools/base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

enum {
    AT_ONCE = 1 << 20,
    MIN_BUCKET = 16384,
    BUCKET_US = 40000,
    TURNS = 16, /* splices before the loop serves other descriptors */
};

static double pump_bucket(const struct xlx_pump *p)
{
    double b = (double)p->rate * BUCKET_US / 1e6;

    return b < MIN_BUCKET ? MIN_BUCKET : b;
}

static void pump_top_up(struct xlx_pump *p, uint64_t now)
{
    if (!p->rate)
        return;
    p->allowance += (double)p->rate * (double)(now - p->filled_us) / 1e6;
    if (p->allowance > pump_bucket(p))
        p->allowance = pump_bucket(p);
    p->filled_us = now;
}

static void pump_move(struct xlx_pump *p)
{
    for (int i = 0; i < TURNS; i++) {
        size_t n = AT_ONCE;
        ssize_t r;

        if (p->rate) {
            if (p->allowance < 1)
                return;
            if ((double)n > p->allowance)
                n = (size_t)p->allowance;
        }
        r = splice(p->from, NULL, p->to, NULL, n,
                   SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
        if (r > 0) {
            p->bytes += (uint64_t)r;
            p->allowance -= p->rate ? (double)r : 0;
            continue;
        }
        if (!r) {
            p->eof = true;
            return;
        }
        if (errno == EINTR)
            continue;
        if (errno != EAGAIN) {
            p->error = -errno;
            return;
        }
        /* if there is something to read, it is the output that blocks */
        struct pollfd from = { .fd = p->from, .events = POLLIN };
        p->blocked = poll(&from, 1, 0) > 0;
        return;
    }
}

static void pump_ready(void *arg, short revents)
{
    struct xlx_pump *p = arg;

    if (p->held) /* since this turn began */
        return;
    p->blocked = false;
    pump_top_up(p, clock_us());
    pump_move(p);
}

uint64_t xlx_pump_tick(struct xlx_pump *p, uint64_t now)
{
    bool starved;

    if (!p->in)
        return UINT64_MAX;
    pump_top_up(p, now);
    starved = p->rate && p->allowance < pump_bucket(p) / 4;
    if (p->eof || p->error || p->held) {
        p->in->events = p->out->events = 0;
        return UINT64_MAX;
    }
    p->in->events = starved || p->blocked ? 0 : POLLIN;
    p->out->events = !starved && p->blocked ? POLLOUT : 0;
    if (!starved)
        return UINT64_MAX;
    return now + 1 +
           (uint64_t)((pump_bucket(p) / 4 - p->allowance) / (double)p->rate *
                      1e6);
}

void xlx_pump_set_rate(struct xlx_pump *p, uint64_t rate, uint64_t now_us)
{
    p->rate = rate;
    p->allowance = 0;
    p->filled_us = now_us;
}

static int pump_nonblocking(int fd)
{
    int flags = fcntl(fd, F_GETFL);

    if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
        return -errno;
    return 0;
}

int xlx_pump_start(struct xlx_pump *p, struct loop *l, int from, int to,
                   uint64_t rate)
{
    int rc;

    *p = (struct xlx_pump){ .loop = l, .from = from, .to = to };
    rc = pump_nonblocking(from);
    if (!rc)
        rc = pump_nonblocking(to);
    if (rc)
        return rc;
    xlx_pump_set_rate(p, rate, clock_us());
    p->in = loop_add(l, from, POLLIN, pump_ready, p);
    p->out = loop_add(l, to, 0, pump_ready, p);
    if (!p->in || !p->out) {
        xlx_pump_stop(p);
        return -ENOMEM;
    }
    return 0;
}

int xlx_pump_from(struct xlx_pump *p, int from)
{
    int rc = pump_nonblocking(from);
    struct loop_fd *in =
        rc ? NULL : loop_add(p->loop, from, POLLIN, pump_ready, p);

    if (!in)
        return rc ? rc : -ENOMEM;
    loop_remove(p->in);
    p->in = in;
    p->from = from;
    p->eof = false;
    return 0;
}

void xlx_pump_stop(struct xlx_pump *p)
{
    loop_remove(p->in);
    loop_remove(p->out);
    p->in = p->out = NULL;
}
