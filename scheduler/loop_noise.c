/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The loop noise: guests that wait for processors because of one neighbour.
 *
 * A victim waits (its steal is above noise_steal) although its own cap does not
 * hold it back. The culprit is the guest of the same host that uses the most
 * above its fair share, which is its weight's part of the host's CPU. What it gets
 * counts, not what it wants: those that starve want the most. Either the culprit
 * leaves or the victims do, whichever costs less. Who waits as before when
 * they are parted has something else to wait for (a processor that it is held to):
 * for a day it is no victim, or it would be sent around for ever.
 *
 * To xl.cfg(5) a weight is the guest's, and so it is here. Xen's credit schedulers
 * count it for each virtual CPU that wants to run (credit.c: "Make weight per-unit";
 * credit2.c: svc->weight = svc->sdom->weight), so that a guest with many of them
 * gets more than its fair share: that is what others wait for.
 */
#include "scheduler/loop_impl.h"

#include <math.h>

/* Fewer CPU than this part of the host disturbs nobody. */
static const double LEAST_SHARE = 0.2;
/* A guest that uses this part of its cap is held back by that. */
static const double AT_CAP = 0.9;
/* Who waits less than this part of what it waited was helped. */
static const double HELPED = 0.8;
static const double DAY_S = 86400;
/* Xen's credit schedulers give this weight to a guest of which none is said. */
static const double WEIGHT = 256;

static double noise_weight(const struct loops *l, uint32_t g)
{
    return l->guest[g].weight > 0 ? l->guest[g].weight : WEIGHT;
}

static double noise_uses(const struct loops *l, uint32_t g)
{
    return l->look->used ? l->look->used[g] : l->look->demand[g];
}

double noise_steal(const struct loops *l, uint32_t g)
{
    const struct loop_guest *q = &l->guest[g];

    if (q->cap > 0 && noise_uses(l, g) >= AT_CAP * q->cap)
        return 0;
    return fmin(fmax(l->look->steal[g], 0), 1);
}

/* A loop before this one moves it at this look. */
static bool noise_leaves(const struct loops *l, uint32_t g, uint32_t h)
{
    return l->at[g] != h;
}

/* Is it a victim that no one else helps? */
static bool noise_harms(const struct loops *l, uint32_t g, uint32_t h,
                        uint32_t culprit)
{
    return g != culprit && !noise_leaves(l, g, h) &&
           noise_steal(l, g) > l->p.noise_steal &&
           l->look->now_s - l->parted[g].at_s >= DAY_S;
}

/* The move that was to part them has failed: who should have gone is still there. */
static bool noise_together(const struct loops *l, uint32_t g)
{
    const struct loop_parting *p = &l->parted[g];

    if (!(p->at_s > -INFINITY) || p->by == LOOP_NONE)
        return false;
    if (p->by != g)
        return l->look->host[p->by] == l->look->host[g];
    for (int i = 0; i < LOOP_LEFT; i++)
        if (l->left[g][i] == l->look->host[g] &&
            !(l->left_s[g][i] < p->at_s) && !(l->left_s[g][i] > p->at_s))
            return true;
    return false;
}

/* Those that parting has helped, or that were not parted, may be victims again. */
static void noise_helped(struct loops *l)
{
    for (uint32_t g = 0; g < l->guests; g++)
        if (noise_together(l, g) ||
            (l->look->steal[g] >= 0 &&
             noise_steal(l, g) < HELPED * l->parted[g].was))
            l->parted[g] =
                (struct loop_parting){ .at_s = -INFINITY, .by = LOOP_NONE };
}

static void noise_part(struct loops *l, uint32_t g, uint32_t by)
{
    l->parted[g] =
        (struct loop_parting){ l->look->now_s, noise_steal(l, g), by };
    l->parts[by] = 1;
}

/* The moves from that wish on are granted. */
static void noise_note(struct loops *l, uint32_t first, uint32_t h,
                       uint32_t culprit)
{
    for (uint32_t g = l->head[h]; g != LOOP_NONE; g = l->next[g])
        if (noise_harms(l, g, h, culprit)) /* they have stayed */
            noise_part(l, g, culprit);
    for (uint32_t i = first; i < l->wishes; i++)
        if (l->wish[i].guest != culprit)
            noise_part(l, l->wish[i].guest, l->wish[i].guest);
}

void noise_not_moved(struct loops *l, uint32_t guest)
{
    if (!l->parts[guest]) /* of nearly all guests, and there may be many */
        return;
    for (uint32_t g = 0; g < l->guests; g++)
        if (l->parted[g].by == guest && l->parted[g].at_s >= l->last_s)
            l->parted[g] =
                (struct loop_parting){ .at_s = -INFINITY, .by = LOOP_NONE };
}

/* The guest that uses the most above its fair share, or LOOP_NONE. */
static uint32_t noise_culprit(const struct loops *l, uint32_t h)
{
    double weights = 0, most = 0, cpu = l->host[h].cpu;
    uint32_t found = LOOP_NONE;

    for (uint32_t g = l->head[h]; g != LOOP_NONE; g = l->next[g])
        weights += noise_weight(l, g);
    for (uint32_t g = l->head[h]; g != LOOP_NONE; g = l->next[g]) {
        double d = fmin(noise_uses(l, g), picture_demand(l, g, h));
        double above = d - cpu * noise_weight(l, g) / weights;

        if (above <= most || d < LEAST_SHARE * cpu)
            continue;
        most = above;
        found = g;
    }
    return found;
}

/* The steal of all victims together. */
static double noise_harm(const struct loops *l, uint32_t h, uint32_t culprit)
{
    double harm = 0;

    for (uint32_t g = l->head[h]; g != LOOP_NONE; g = l->next[g])
        if (noise_harms(l, g, h, culprit))
            harm += noise_steal(l, g);
    return harm;
}

/* Where it waits for nobody, and nobody for it. */
static bool noise_move(struct loops *l, uint32_t g)
{
    double least = INFINITY;
    uint32_t best = LOOP_NONE;

    if (!picture_movable(l, g))
        return false;
    for (uint32_t i = 0; i < l->ons; i++) {
        uint32_t h = l->on[i];
        double risk;

        if (l->noisy_s[h] < INFINITY || !picture_fits(l, g, h))
            continue;
        risk = past_risk_with(l, h, g) - past_risk(l, h);
        if (risk >= least)
            continue;
        least = risk;
        best = h;
    }
    if (best == LOOP_NONE)
        return false;
    arbiter_add(l, LOOP_NOISE, g, best);
    return !l->oom;
}

/* Moves the victims in the picture; false: not all of them can go. */
static bool noise_move_victims(struct loops *l, uint32_t h, uint32_t culprit)
{
    for (uint32_t g = l->head[h]; g != LOOP_NONE; g = l->next[g])
        if (noise_harms(l, g, h, culprit) && !noise_move(l, g))
            return false;
    return true;
}

/* The price of one way, which is taken back; INFINITY: it cannot be gone. */
static double noise_try(struct loops *l, uint32_t h, uint32_t culprit,
                        bool victims)
{
    uint32_t first = l->wishes;
    bool all =
        victims ? noise_move_victims(l, h, culprit) : noise_move(l, culprit);
    double price = all ? arbiter_price(l, first) : INFINITY;

    arbiter_undo(l, first);
    return price;
}

static void noise_host(struct loops *l, uint32_t h, uint32_t culprit,
                       double harm)
{
    uint32_t first = arbiter_open(l);
    double alone = noise_try(l, h, culprit, false);
    double others = noise_try(l, h, culprit, true);
    struct loop_wish like = { .kind = LOOP_NOISE,
                              .from = h,
                              .was = harm,
                              .limit = noise_uses(l, culprit),
                              .price_wh = fmin(alone, others) };

    if (isinf(like.price_wh)) {
        arbiter_no_room(l, &like);
        return;
    }
    if (others < alone)
        noise_move_victims(l, h, culprit);
    else
        noise_move(l, culprit);
    like.benefit_wh = l->p.violation_wh * harm * l->p.noise_s / 3600;
    if (arbiter_close(l, first, &like,
                      l->look->now_s - l->noisy_s[h] >= l->p.look_s))
        noise_note(l, first, h, culprit);
}

void noise_wish(struct loops *l)
{
    if (!l->look->steal)
        return;
    noise_helped(l);
    for (uint32_t h = 0; h < l->hosts; h++) {
        uint32_t culprit = noise_culprit(l, h);
        double harm = culprit == LOOP_NONE ? 0 : noise_harm(l, h, culprit);

        if (!(harm > 0)) {
            l->noisy_s[h] = INFINITY;
            continue;
        }
        l->noisy_s[h] = fmin(l->noisy_s[h], l->look->now_s);
        if (l->sum[h].leaving || noise_leaves(l, culprit, h))
            continue; /* they are parted already */
        noise_host(l, h, culprit, harm);
    }
}
