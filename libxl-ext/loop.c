/* SPDX-License-Identifier: LGPL-2.1-only */
/* poll(), with libxl as one of those who wait. */
#include "libxl-ext/loop.h"

#include <errno.h>
#include <limits.h>
#include <sys/time.h>
#include <time.h>

uint64_t monotonic_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

void loop_init(struct loop *l, libxl_ctx *ctx)
{
    *l = (struct loop){ .ctx = ctx };
    for (int i = 0; i < LOOP_FDS; i++)
        l->fds[i].fd = -1;
}

struct loop_fd *loop_add(struct loop *l, int fd, short events,
                         void (*ready)(void *, short), void *arg)
{
    for (int i = 0; i < LOOP_FDS; i++)
        if (l->fds[i].fd < 0) {
            l->fds[i] = (struct loop_fd){ fd, events, ready, arg };
            return &l->fds[i];
        }
    return NULL;
}

void loop_remove(struct loop_fd *f)
{
    if (f)
        *f = (struct loop_fd){ .fd = -1 };
}

static int wait_ms(uint64_t until_us, uint64_t now)
{
    if (until_us == UINT64_MAX)
        return -1;
    if (until_us <= now)
        return 0;
    if ((until_us - now) / 1000 >= INT_MAX)
        return INT_MAX;
    return (int)((until_us - now + 999) / 1000);
}

/* One turn: wait for anything until `until`, then serve it. */
static int turn(struct loop *l, uint64_t until)
{
    struct pollfd p[LOOP_FDS + LOOP_LIBXL_FDS];
    struct loop_fd *who[LOOP_FDS];
    int own = 0, theirs = 0, timeout, r;
    struct timespec ts;
    struct timeval now;

    for (int i = 0; i < LOOP_FDS; i++)
        if (l->fds[i].fd >= 0 && l->fds[i].events) {
            p[own] = (struct pollfd){ l->fds[i].fd, l->fds[i].events, 0 };
            who[own++] = &l->fds[i];
        }
    timeout = wait_ms(until, monotonic_us());
    if (l->ctx) {
        gettimeofday(&now, NULL);
        theirs = LOOP_LIBXL_FDS;
        r = libxl_osevent_beforepoll(l->ctx, &theirs, p + own, &timeout, now);
        if (r)
            return r == ERROR_BUFFERFULL ? -EMFILE : -EIO;
    }
    ts = (struct timespec){ timeout / 1000, timeout % 1000 * 1000000L };
    r = ppoll(p, (nfds_t)own + (nfds_t)theirs, timeout < 0 ? NULL : &ts,
              l->wait_mask);
    if (r < 0 && errno != EINTR)
        return -errno;
    if (r < 0)
        for (int i = 0; i < own + theirs; i++)
            p[i].revents = 0;
    if (l->ctx) {
        gettimeofday(&now, NULL);
        libxl_osevent_afterpoll(l->ctx, theirs, p + own, now);
    }
    for (int i = 0; i < own; i++)
        if (p[i].revents && who[i]->fd == p[i].fd)
            who[i]->ready(who[i]->arg, p[i].revents);
    return 0;
}

int loop_run(struct loop *l, bool (*done)(void *), void *arg,
             uint64_t deadline_us)
{
    for (;;) {
        uint64_t now = monotonic_us(), until = deadline_us, need;
        int rc;

        if (done(arg))
            return 0;
        if (l->cancel && *l->cancel != l->cancel_seen) {
            l->cancel_seen = *l->cancel;
            return -EINTR;
        }
        if (now >= deadline_us)
            return -ETIMEDOUT;
        if (l->tick) {
            need = l->tick(l->tick_arg, now);
            if (need < until)
                until = need;
            if (done(arg))
                return 0;
        }
        rc = turn(l, until);
        if (rc)
            return rc;
    }
}
