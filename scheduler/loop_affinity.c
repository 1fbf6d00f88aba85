/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The loop affinity: guests that talk with each other come close together.
 *
 * What a guest's place costs is its traffic times the hops that it takes. One
 * guest moves at a time, to the host where that is the least: to one that it
 * talks with, where the rules allow that, else to one of the same rack. It is worth
 * hop_wh for each GiB and hop that is saved over the horizon, less the risk
 * that the target host then has more demand than CPU. What is told of traffic
 * is what most of the time is exceeded, in proportion to the answers, and it has
 * to pay for settle_s.
 *
 * A host without guests is no target: it could be off.
 */
#include "scheduler/loop_impl.h"

#include <math.h>
#include <stdlib.h>

static const double GIB_MBIT = 1073741824. * 8 / 1e6;

/* --- who talks with whom ----------------------------------------------------- */

static bool affinity_room(struct loops *l, uint32_t ends)
{
    struct loop_end *end;

    if (ends <= l->end_room)
        return true;
    end = realloc(l->end, ends * sizeof *end);
    if (!end) {
        l->oom = true;
        return false;
    }
    l->end = end;
    l->end_room = ends;
    return true;
}

static void affinity_end(struct loops *l, uint32_t e, uint32_t g,
                         uint32_t peer, double mbps)
{
    l->end[e] = (struct loop_end){ peer, l->ends[g], mbps };
    l->ends[g] = e;
}

static bool affinity_take(struct loops *l)
{
    uint32_t n = l->look->talks;

    for (uint32_t g = 0; g < l->guests; g++) {
        l->ends[g] = LOOP_NONE;
        l->seen_to[g] = false;
    }
    if (n > UINT32_MAX / 4 || !affinity_room(l, 2 * n))
        return false;
    for (uint32_t i = 0; i < n; i++) {
        const struct loop_talk *t = &l->look->talk[i];

        affinity_end(l, 2 * i, t->a, t->b, t->mbps);
        affinity_end(l, 2 * i + 1, t->b, t->a, t->mbps);
    }
    return true;
}

#define EACH_END(e_, l_, g_)                                                  \
    for (const struct loop_end *e_ =                                          \
             (l_)->ends[g_] == LOOP_NONE ? NULL : &(l_)->end[(l_)->ends[g_]]; \
         e_; e_ = e_->next == LOOP_NONE ? NULL : &(l_)->end[e_->next])

static double affinity_mbps(const struct loops *l, uint32_t g)
{
    double sum = 0;

    EACH_END(e, l, g)
        sum += e->mbps;
    return sum;
}

static uint32_t affinity_peer(const struct loops *l, uint32_t g)
{
    uint32_t peer = LOOP_NONE;
    double most = -1;

    EACH_END(e, l, g) {
        if (e->mbps <= most)
            continue;
        most = e->mbps;
        peer = e->peer;
    }
    return peer;
}

/* Mbit/s times hops, with the guest on that host; INFINITY: not known. */
static double affinity_cost(const struct loops *l, uint32_t g, uint32_t h)
{
    double sum = 0;

    EACH_END(e, l, g) {
        int hops = l->look->hops(l->look->arg, h, l->at[e->peer]);

        if (hops < 0)
            return INFINITY;
        sum += e->mbps * hops;
    }
    return sum;
}

/* --- where to ------------------------------------------------------------------ */

/* Watt-hours of so many Mbit/s times hops over the horizon. */
static double affinity_worth(const struct loops *l, double mbps_hops)
{
    return l->p.hop_wh * mbps_hops / GIB_MBIT * l->p.horizon_s;
}

/* Would it pay if the guest had no more hops at all? Or 0. */
static double affinity_hope(const struct loops *l, uint32_t g)
{
    double cost = affinity_cost(l, g, l->at[g]), worth;

    if (!(cost > 0) || isinf(cost) || l->look->moving[g])
        return 0;
    worth = affinity_worth(l, cost);
    return worth > l->p.gain * arbiter_price_of(l, g) ? worth : 0;
}

struct affinity_best {
    double benefit_wh, cost;
    uint32_t to;
};

static struct affinity_best affinity_target(const struct loops *l, uint32_t g)
{
    double now = affinity_cost(l, g, l->at[g]);
    double hours = past_risk_wh(l) * l->p.horizon_s / 3600;
    double gone = past_risk(l, l->at[g]) - past_risk_without(l, l->at[g], g);
    struct affinity_best best = { 0, 0, LOOP_NONE };

    for (uint32_t i = 0; i < l->ons; i++) {
        uint32_t h = l->on[i];
        double cost, benefit;

        if (h == l->at[g] || !l->sum[h].guests)
            continue;
        cost = affinity_cost(l, g, h);
        if (!(cost < now))
            continue;
        benefit = affinity_worth(l, now - cost) -
                  hours * (past_risk_with(l, h, g) - past_risk(l, h) - gone);
        if (benefit > best.benefit_wh && picture_fits(l, g, h) &&
            day_fits(l, g, h))
            best = (struct affinity_best){ benefit, cost, h };
    }
    return best;
}

/* --- wishes -------------------------------------------------------------------- */

static struct loop_wish affinity_like(const struct loops *l, uint32_t g)
{
    double mbps = affinity_mbps(l, g);

    return (struct loop_wish){ .kind = LOOP_AFFINITY,
                               .from = l->at[g],
                               .was = affinity_cost(l, g, l->at[g]) / mbps,
                               .mbps = mbps,
                               .peer = affinity_peer(l, g),
                               .price_wh = arbiter_price_of(l, g) };
}

/* Adds the move to the picture and has it judged; false: hosts that may fail
 * would have too little room beside them. */
static bool affinity_close(struct loops *l, uint32_t g, uint32_t to,
                           const struct loop_wish *like)
{
    uint32_t first = arbiter_open(l);

    arbiter_add(l, LOOP_AFFINITY, g, to);
    if (!spare_left(l)) {
        arbiter_undo(l, first);
        return false;
    }
    if (arbiter_close(l, first, like,
                      l->look->now_s - l->apart_s[g] >= l->p.settle_s))
        l->apart_s[g] = INFINITY;
    l->seen_to[like->peer] = true; /* one of the two is enough */
    return true;
}

static void affinity_guest(struct loops *l, uint32_t g)
{
    struct loop_wish like;
    struct affinity_best best;

    if (l->seen_to[g] || !picture_movable(l, g))
        return; /* its time counts on */
    if (!(affinity_hope(l, g) > 0)) {
        l->apart_s[g] = INFINITY; /* another has moved to it */
        return;
    }
    like = affinity_like(l, g);
    best = affinity_target(l, g);
    like.limit = best.cost / like.mbps;
    like.benefit_wh = best.benefit_wh;
    if (best.to != LOOP_NONE)
        like.price_wh = arbiter_price_to(l, g, best.to);
    if (!(best.benefit_wh > l->p.gain * like.price_wh)) {
        l->apart_s[g] = INFINITY;
        if (best.to == LOOP_NONE)
            arbiter_no_room(l, &like);
        return;
    }
    l->apart_s[g] = fmin(l->apart_s[g], l->look->now_s);
    if (!affinity_close(l, g, best.to, &like))
        arbiter_no_room(l, &like);
}

/* Fills late with the guests for which it could pay, the most first. */
static uint32_t affinity_candidates(struct loops *l)
{
    uint32_t n = 0;

    for (uint32_t g = 0; g < l->guests; g++) {
        double hope = affinity_hope(l, g);

        if (!(hope > 0)) {
            l->apart_s[g] = INFINITY;
            continue;
        }
        l->key[g] = arbiter_price_of(l, g) - hope;
        l->order[n++] = g;
    }
    picture_sort(l, n);
    for (uint32_t i = 0; i < n; i++)
        l->late[i] = l->order[i];
    return n;
}

void affinity_wish(struct loops *l)
{
    uint32_t n;

    if (!l->look->talk || !l->look->hops) {
        for (uint32_t g = 0; g < l->guests; g++)
            l->apart_s[g] = INFINITY;
        return;
    }
    if (!affinity_take(l))
        return;
    n = affinity_candidates(l);
    for (uint32_t i = 0; i < n && !l->oom; i++)
        affinity_guest(l, l->late[i]);
}
