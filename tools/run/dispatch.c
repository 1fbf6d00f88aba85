/* SPDX-License-Identifier: LGPL-2.1-only */
/* Keeps the sums of memory, rates and streams; tells which move may start. */
#include "tools/run/dispatch.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

/* A move that would get less than this part of its planned rate waits: a
 * slower move sends more and stops its guest for longer than the plan says. */
static const double slowest = 0.99;

int dispatch_init(struct dispatch *d)
{
    d->running = 0;
    d->used = calloc((size_t)d->arc_n + 1, sizeof *d->used);
    d->on_arc = calloc((size_t)d->arc_n + 1, sizeof *d->on_arc);
    d->on_host = calloc((size_t)d->host_n + 1, sizeof *d->on_host);
    d->ready_from = calloc((size_t)d->host_n + 1, sizeof *d->ready_from);
    d->ready_to = calloc((size_t)d->host_n + 1, sizeof *d->ready_to);
    for (uint32_t i = 0; i < d->move_n; i++) {
        d->move[i].state = DISPATCH_WAITS;
        d->move[i].sent = d->move[i].unready = false;
        d->move[i].granted = 0;
    }
    return d->used && d->on_arc && d->on_host && d->ready_from && d->ready_to
               ? 0
               : -ENOMEM;
}

void dispatch_dispose(struct dispatch *d)
{
    free(d->used);
    free(d->on_arc);
    free(d->on_host);
    free(d->ready_from);
    free(d->ready_to);
    d->used = NULL;
    d->on_arc = d->on_host = d->ready_from = d->ready_to = NULL;
}

static bool dispatch_after_is_done(const struct dispatch *d,
                                   const struct dispatch_move *m)
{
    for (uint32_t i = 0; i < m->after_n; i++)
        if (d->move[m->after[i]].state != DISPATCH_DONE)
            return false;
    return true;
}

/*
 * The rate that the links leave for a move: INFINITY when the rate of none is
 * known, 0 when the move has to wait. A move that is alone on its links takes
 * what they have, or it might wait for ever for a rate that they never reach.
 */
static double dispatch_links_leave(const struct dispatch *d,
                                   const struct dispatch_move *m)
{
    double rate = m->rate_mbps > 0 ? m->rate_mbps : INFINITY;
    bool alone = true;

    for (uint32_t i = 0; i < m->share_n; i++) {
        uint32_t arc = m->share[i].arc;
        double left;

        if (d->link_streams && d->on_arc[arc] >= d->link_streams)
            return 0;
        if (d->arc_mbps[arc] < 0 || m->share[i].part <= 0)
            continue;
        alone &= !d->on_arc[arc];
        left = d->arc_mbps[arc] * (1 + 1e-9) - d->used[arc];
        rate = fmin(rate, left / m->share[i].part);
    }
    if (rate <= 0)
        return 0;
    if (!alone && m->rate_mbps > 0 && rate < m->rate_mbps * slowest)
        return 0;
    return rate;
}

/* May it start, as soon as the links and streams let it? */
static bool dispatch_lacks_links_only(const struct dispatch *d,
                                      const struct dispatch_move *m)
{
    if (m->held)
        return false;
    return m->state == DISPATCH_READY ||
           (m->state == DISPATCH_WAITS && d->free_mib[m->to] >= m->mib &&
            dispatch_after_is_done(d, m));
}

/* The rate at which a move may start now; 0: it has to wait. */
static double dispatch_rate(const struct dispatch *d,
                            const struct dispatch_move *m)
{
    if (!dispatch_lacks_links_only(d, m))
        return 0;
    if (d->host_streams && (d->on_host[m->from] >= d->host_streams ||
                            d->on_host[m->to] >= d->host_streams))
        return 0;
    return dispatch_links_leave(d, m);
}

uint32_t dispatch_next(const struct dispatch *d, double *rate_r)
{
    if (d->streams && d->running >= d->streams)
        return DISPATCH_NONE;
    for (uint32_t i = 0; i < d->move_n; i++) {
        double rate = dispatch_rate(d, &d->move[i]);

        if (rate <= 0)
            continue;
        *rate_r = isinf(rate) ? 0 : rate;
        return i;
    }
    return DISPATCH_NONE;
}

static void dispatch_account(struct dispatch *d, const struct dispatch_move *m,
                             int sign)
{
    d->running += (uint32_t)sign;
    d->on_host[m->from] += (uint32_t)sign;
    d->on_host[m->to] += (uint32_t)sign;
    for (uint32_t i = 0; i < m->share_n; i++) {
        d->on_arc[m->share[i].arc] += (uint32_t)sign;
        d->used[m->share[i].arc] += sign * m->granted * m->share[i].part;
    }
}

uint32_t dispatch_ahead(const struct dispatch *d)
{
    for (uint32_t i = 0; i < d->move_n; i++) {
        const struct dispatch_move *m = &d->move[i];

        if (m->state == DISPATCH_WAITS && !m->unready &&
            dispatch_lacks_links_only(d, m) && !d->ready_from[m->from] &&
            !d->ready_to[m->to])
            return i;
    }
    return DISPATCH_NONE;
}

static void dispatch_book(struct dispatch *d, const struct dispatch_move *m,
                          int sign)
{
    d->free_mib[m->to] -= sign * m->mib;
    d->ready_from[m->from] += (uint32_t)sign;
    d->ready_to[m->to] += (uint32_t)sign;
}

void dispatch_prepare(struct dispatch *d, uint32_t move)
{
    d->move[move].state = DISPATCH_READY;
    dispatch_book(d, &d->move[move], 1);
}

void dispatch_unprepare(struct dispatch *d, uint32_t move)
{
    struct dispatch_move *m = &d->move[move];

    if (m->state != DISPATCH_READY)
        return;
    dispatch_book(d, m, -1);
    m->state = DISPATCH_WAITS;
    m->unready = true;
}

void dispatch_start(struct dispatch *d, uint32_t move, double rate)
{
    struct dispatch_move *m = &d->move[move];

    dispatch_unprepare(d, move);
    m->state = DISPATCH_RUNS;
    m->sent = false;
    m->granted = rate;
    d->free_mib[m->to] -= m->mib;
    dispatch_account(d, m, 1);
}

void dispatch_sent(struct dispatch *d, uint32_t move)
{
    struct dispatch_move *m = &d->move[move];

    if (m->state != DISPATCH_RUNS || m->sent)
        return;
    m->sent = true;
    dispatch_account(d, m, -1);
}

void dispatch_end(struct dispatch *d, uint32_t move, enum dispatch_state how)
{
    struct dispatch_move *m = &d->move[move];

    dispatch_unprepare(d, move);
    if (m->state == DISPATCH_RUNS) {
        dispatch_sent(d, move);
        if (how == DISPATCH_DONE)
            d->free_mib[m->from] += m->mib;
        else if (how == DISPATCH_FAILED)
            d->free_mib[m->to] += m->mib;
    }
    m->state = how;
}
