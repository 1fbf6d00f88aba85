/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Decides which of the waiting moves start now, and at which rate.
 *
 * A guest that dirties memory takes more bytes and a longer stop at a lower
 * rate, so moves do not share links: each gets its lone rate or waits. Where a
 * link would be partly idle because of that, the guest that suffers least gets
 * what is left: one that dirties nothing, or one within the SLOWER_* limits
 * below, which hold for each guest and for the sums of all.
 */
#include "scheduler/waves_impl.h"

#include <math.h>
#include <string.h>

#define SLOWER_RATE         0.2   /* least part of the lone rate */
#define SLOWER_BYTES        0.02  /* most that a guest sends more, as a part */
#define SLOWER_BYTES_ALL    0.001 /* most that all send more */
#define SLOWER_DOWNTIME_ALL 0.03  /* most that all are stopped longer */

/* No link has work for so many seconds. */
#define URGENT 1e9

/* --- in which order ------------------------------------------------------ */

/* Of an evacuation: guests by their priorities, of equals the short moves, for
 * more of them are done if the time is shorter than it was said to be; and before
 * all of them those that make room. */
static double waves_urgent(const struct waves *w, uint32_t move)
{
    const struct plan_cluster *c = w->c;
    uint32_t dom = w->p->move[move].domain;

    return URGENT * (c->urgent[dom] >= 0 ? (double)c->urgent[dom]
                                         : PLAN_PRIORITY_MOST + 1) -
           w->item[move].alone.seconds;
}

double waves_priority(const struct waves *w, uint32_t move)
{
    const struct wave_item *it = &w->item[move];
    double most = 0;

    if (w->c->urgent)
        return waves_urgent(w, move);
    for (int i = 0; i < it->n; i++) {
        double ahead = w->ahead[it->share[i].arc];

        most = ahead > most ? ahead : most; /* no call of fmax() */
    }
    /* a move that others wait for is as urgent as they are */
    return most + it->alone.seconds + (it->needed_by ? most : 0);
}

void waves_sort_queue(struct waves *w)
{
    /* by insertion, because the order hardly changes between two calls */
    for (uint32_t i = 0; i < w->queued; i++)
        w->item[w->queue[i]].key = waves_priority(w, w->queue[i]);
    for (uint32_t i = 1; i < w->queued; i++) {
        uint32_t m = w->queue[i], k = i;
        double key = w->item[m].key;

        while (k && w->item[w->queue[k - 1]].key < key) {
            w->queue[k] = w->queue[k - 1];
            k--;
        }
        w->queue[k] = m;
    }
}

/* --- at which rate ------------------------------------------------------- */

/* What of its links or hosts leaves no room for this move; NONE: nothing, and
 * *rate_r is what it may have. */
static uint32_t waves_full(const struct waves *w, uint32_t move,
                           double *rate_r)
{
    const struct plan_settings *set = &w->c->set;
    const struct plan_move *m = &w->p->move[move];
    const struct wave_item *it = &w->item[move];
    double rate = it->rate;

    if (set->host_streams && w->on_host[m->from] >= set->host_streams)
        return w->arcs + m->from;
    if (set->host_streams && w->on_host[m->to] >= set->host_streams)
        return w->arcs + m->to;
    for (int i = 0; i < it->n; i++) {
        uint32_t arc = it->share[i].arc;
        double avail = waves_arc_avail(w, arc), left;

        if (set->link_streams && w->on_arc[arc] >= set->link_streams)
            return arc;
        if (avail < 0)
            continue;
        left = (avail * (1 + 1e-9) - w->used[arc]) / it->share[i].part;
        if (left < it->rate * SLOWER_RATE)
            return arc;
        rate = left < rate ? left : rate;
    }
    *rate_r = rate;
    return NONE;
}

/* The rate that the links leave for this move; 0: too little, a limit of
 * streams is reached, or it waits for others. */
static double waves_room_for(struct waves *w, uint32_t move)
{
    struct wave_item *it = &w->item[move];
    double rate = 0;

    if (it->waits || (it->full != NONE && w->left_at[it->full] <= it->asked))
        return 0;
    it->full = waves_full(w, move, &rate);
    it->asked = w->ends;
    return rate;
}

/* What it costs to send a guest at this rate: 0: nothing; INFINITY: more than
 * is allowed. Fewer bytes than alone are not allowed, for bounds count on
 * those. */
static double waves_slowdown(const struct waves *w, uint32_t move, double rate,
                             struct plan_precopy_result *r)
{
    const struct wave_item *it = &w->item[move];
    double mib, ms;

    *r = score_precopy(w->c, w->p->move[move].domain, rate);
    mib = r->mib - it->alone.mib;
    ms = fmax(0, r->downtime_ms - it->alone.downtime_ms);
    if (mib < 0 || r->wire_mib < it->alone.wire_mib ||
        mib > SLOWER_BYTES * it->alone.mib ||
        w->more_mib + mib > SLOWER_BYTES_ALL * w->mib ||
        w->more_downtime + ms > SLOWER_DOWNTIME_ALL * w->downtime ||
        (it->alone.reached && !r->reached))
        return INFINITY;
    return mib / w->mib / SLOWER_BYTES_ALL +
           ms / w->downtime / SLOWER_DOWNTIME_ALL;
}

/* --- what starts --------------------------------------------------------- */

void waves_admit(struct waves *w)
{
    unsigned streams = w->c->set.streams;
    uint32_t kept = 0, i = 0;

    for (; i < w->queued && !(streams && w->running >= streams); i++) {
        uint32_t move = w->queue[i];
        double rate = waves_room_for(w, move);

        if (rate >= w->item[move].rate)
            waves_start_move(w, move, w->item[move].rate,
                             &w->item[move].alone);
        else
            w->queue[kept++] = move;
    }
    if (kept < i)
        memmove(w->queue + kept, w->queue + i,
                (w->queued - i) * sizeof *w->queue);
    w->queued -= i - kept;
}

/* Gives what is left of the links to the guest to which it costs least. */
bool waves_admit_slower(struct waves *w)
{
    unsigned streams = w->c->set.streams;
    struct plan_precopy_result r = { .mib = 0 }, best = r;
    double least = INFINITY, rate = 0;
    uint32_t at = NONE, move;

    for (uint32_t i = 0;
         i < w->queued && least > 0 && !(streams && w->running >= streams);
         i++) {
        double left = waves_room_for(w, w->queue[i]);
        double x =
            left > 0 ? waves_slowdown(w, w->queue[i], left, &r) : INFINITY;

        if (x < least) {
            least = x;
            at = i;
            rate = left;
            best = r;
        }
    }
    if (at == NONE)
        return false;
    move = w->queue[at];
    w->more_mib += best.mib - w->item[move].alone.mib;
    w->more_downtime +=
        fmax(0, best.downtime_ms - w->item[move].alone.downtime_ms);
    waves_start_move(w, move, rate, &best);
    memmove(w->queue + at, w->queue + at + 1,
            (w->queued - at - 1) * sizeof *w->queue);
    w->queued--;
    return true;
}
