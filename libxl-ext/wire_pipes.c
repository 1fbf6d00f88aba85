/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Carries the three streams between the programs' pipes and the rings. What a
 * program no longer reads is thrown away, as its end is seen by other streams.
 */
#include "libxl-ext/wire_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

enum { TURNS = 16 }; /* reads or writes before others are served */

static void pipe_ready(void *arg, short revents)
{
    struct wire_pipe *p = arg;

    p->ready = true;
    p->watch->events = 0;
}

int wire_pipes_open(struct wire *w)
{
    for (int s = 0; s < CHUNK_STREAMS; s++) {
        struct wire_pipe *p = &w->pipe[s];
        int flags = fcntl(s, F_GETFL);

        if (flags < 0 || fcntl(s, F_SETFL, flags | O_NONBLOCK))
            return -errno;
        *p = (struct wire_pipe){ .fd = s, .w = w, .ready = true };
        p->watch = loop_add(&w->loop, s, 0, pipe_ready, p);
        if (!p->watch)
            return -ENOMEM;
    }
    return 0;
}

/* Waits for the descriptor if that is what was in the way. */
static void pipe_wait(struct wire_pipe *p, short events)
{
    p->ready = false;
    p->watch->events = events;
}

/*
 * What is kept here is behind what the guest dirtied meanwhile, and in front of
 * the last copy: a quarter of a second of what gets through keeps any link
 * busy, and the whole ring would be seconds of a slow one.
 */
uint64_t wire_pipes_measure(struct wire *w, uint64_t now)
{
    uint64_t us = now - w->flow.at_us, whole;

    if (!w->start.source)
        return UINT64_MAX;
    whole = w->lanes.out[0].whole;
    if (us >= WIRE_FLOW_US) {
        w->flow.most = (whole - w->flow.whole) * (1000000 / 4) / us;
        if (w->flow.most < WIRE_FLOW_LEAST)
            w->flow.most = WIRE_FLOW_LEAST;
        w->flow.at_us = now;
        w->flow.whole = whole;
    }
    /* what grows is looked at soon; a pipe that waits needs no looking */
    return w->pipe[0].ready ? w->flow.at_us + WIRE_FLOW_US : UINT64_MAX;
}

static size_t pipe_least(size_t a, uint64_t b)
{
    return b < a ? (size_t)b : a;
}

/* How much more of stream s may be taken in, if there is room for n. */
static size_t pipe_may(const struct wire *w, int s, size_t n)
{
    const struct stream_out *o = &w->lanes.out[s];
    uint64_t here = o->head - o->whole;

    if (s)
        return n;
    return here < w->flow.most ? pipe_least(n, w->flow.most - here) : 0;
}

/* One read into the ring. False: nothing can be read now. */
static bool pipe_take_in(struct wire_pipe *p, struct stream_out *o)
{
    size_t n;
    uint8_t *to = stream_out_room(o, &n);
    ssize_t r;

    if (!p->ready || p->over)
        return false;
    n = pipe_may(p->w, (int)(p - p->w->pipe), n);
    if (!n)
        return false;
    r = read(p->fd, to, n);
    if (r < 0 && errno == EINTR)
        return true;
    if (r < 0 && errno == EAGAIN) {
        pipe_wait(p, POLLIN);
        return false;
    }
    if (r > 0) {
        stream_out_put(o, (size_t)r);
        return true;
    }
    if (r < 0)
        wire_fail(p->w, "stream %d can't be read", p->fd);
    p->over = true;
    stream_out_end(o);
    return false;
}

/* One write out of the ring. */
static bool pipe_give_out(struct wire_pipe *p, struct stream_in *in)
{
    size_t n;
    const uint8_t *from = stream_in_peek(in, &n);
    ssize_t r;

    if (stream_in_over(in) && p->watch) { /* its reader sees the end */
        loop_remove(p->watch);
        p->watch = NULL;
        close(p->fd);
        p->over = true;
    }
    if (!n || (!p->ready && !p->over))
        return false;
    r = p->over ? (ssize_t)n : write(p->fd, from, n);
    if (r < 0 && errno == EINTR)
        return true;
    if (r < 0 && errno == EAGAIN) {
        pipe_wait(p, POLLOUT);
        return false;
    }
    if (r < 0) {
        p->over = true;
        return true;
    }
    stream_in_take(in, (size_t)r);
    return true;
}

static bool pipe_serve(struct wire *w, unsigned s)
{
    struct stream_out *o = lanes_out(&w->lanes, s);
    struct stream_in *in = lanes_in(&w->lanes, s);

    for (int i = 0; i < TURNS; i++)
        if (!(o ? pipe_take_in(&w->pipe[s], o)
                : pipe_give_out(&w->pipe[s], in)))
            return false;
    return true;
}

bool wire_pipes_serve(struct wire *w)
{
    bool more = false;

    for (unsigned s = 0; s < CHUNK_STREAMS; s++)
        more |= pipe_serve(w, s);
    return more;
}
