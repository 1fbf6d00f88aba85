/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The loop memory: guests that lack memory, by what they read from swap or fault
 * in, against their own past.
 *
 * They get more where they are: from what is free there, then from guests there
 * that idle, which keep their floor. If that is not enough they move to the host
 * with the most free memory, and get more there. What does not help within
 * noise_s is undone. Who rests has no need of what it got, and gives it back; who
 * gave and is busy again has it back, from what is free. What a guest only says of itself takes nothing from another
 * guest at all.
 */
#include "scheduler/loop_impl.h"

#include <math.h>

enum {
    LEAST_MIB = 128, /* less is not worth a wish */
    OWED_MIB = 16    /* less is a matter of how memory is counted */
};

/* Of its CPU: a guest that uses less on the mean idles. */
static const double IDLE = 0.05;

/* What it reads then is less than this part of what it read before. */
static const double HELPED = 0.8;

static bool memory_starves(const struct loops *l, uint32_t g)
{
    double now = l->look->starving[g];

    return l->starving[g] >= 0 && now > l->p.starve_rate &&
           now > l->p.starve_times * l->starving[g];
}

/* A past that does not learn what it is to be compared with. */
static void memory_learn(struct loops *l, uint32_t g, double dt)
{
    double now = l->look->starving[g];
    double w = 1 - exp(-dt / l->p.history_s);

    if (l->starving[g] < 0) /* the first that is known is what is usual */
        l->starving[g] = now >= 0 ? now : -1;
    if (memory_starves(l, g)) {
        l->starved_s[g] = fmin(l->starved_s[g], l->look->now_s);
        return;
    }
    l->starved_s[g] = INFINITY;
    if (now >= 0)
        l->starving[g] += w * (now - l->starving[g]);
}

/* A quarter more, within what the guest may have. */
static int64_t memory_more(const struct loops *l, uint32_t g)
{
    const struct loop_guest *q = &l->guest[g];
    int64_t room = q->max_mib - q->memory_mib, more = q->memory_mib / 4;

    more = more < LEAST_MIB ? LEAST_MIB : more;
    return more < room ? more : room;
}

/* What an idle guest could give, never below its floor. */
static int64_t memory_spare(const struct loops *l, uint32_t g)
{
    const struct loop_guest *q = &l->guest[g];

    if (l->look->moving[g] || l->at[g] != l->look->host[g] || !q->min_mib ||
        l->past[g].mean > IDLE * q->cpu || l->look->starving[g] > 0)
        return 0;
    return q->memory_mib > q->min_mib ? q->memory_mib - q->min_mib : 0;
}

/* Takes from idle guests of the host until so much is free. */
static void memory_take(struct loops *l, uint32_t h, uint32_t by, int64_t mib)
{
    for (uint32_t g = l->head[h]; g != LOOP_NONE; g = l->next[g]) {
        int64_t lacks = mib - l->sum[h].free_mib, spare;

        if (lacks <= 0)
            return;
        spare = g == by ? 0 : memory_spare(l, g);
        if (spare > 0)
            arbiter_resize(l, g, -(spare < lacks ? spare : lacks));
    }
}

/* The host with the most free memory that takes the guest and more. */
static uint32_t memory_richest(const struct loops *l, uint32_t g, int64_t more)
{
    int64_t most = l->guest[g].memory_mib + more - 1;
    uint32_t best = LOOP_NONE;

    for (uint32_t i = 0; i < l->ons; i++) {
        uint32_t h = l->on[i];

        if (l->sum[h].free_mib <= most || !picture_fits(l, g, h))
            continue;
        most = l->sum[h].free_mib;
        best = h;
    }
    return best;
}

/* Plans it here, or elsewhere; false: nowhere. */
static bool memory_plan(struct loops *l, uint32_t g, int64_t more)
{
    uint32_t first = l->wishes, to;

    if (!l->look->hinted || !l->look->hinted[g])
        memory_take(l, l->at[g], g, more);
    if (l->sum[l->at[g]].free_mib >= more) {
        arbiter_resize(l, g, more);
        return !l->oom;
    }
    arbiter_undo(l, first);
    if (!picture_movable(l, g))
        return false;
    to = memory_richest(l, g, more);
    if (to == LOOP_NONE)
        return false;
    arbiter_add(l, LOOP_MEMORY, g, to);
    arbiter_resize(l, g, more);
    return !l->oom;
}

/* What it got, and when, so that it is known whether that helps. */
static void memory_note(struct loops *l, uint32_t g, uint32_t first)
{
    int64_t mib = 0;

    for (uint32_t i = first; i < l->wishes; i++) {
        if (l->wish[i].from != l->wish[i].to)
            return; /* it moves, and gets more at a later look */
        mib += l->wish[i].guest == g ? l->wish[i].mib : 0;
    }
    l->grew[g] =
        (struct loop_growth){ l->look->now_s, l->look->starving[g], mib };
}

static void memory_undo(struct loops *l, uint32_t g)
{
    uint32_t first = arbiter_open(l);
    struct loop_wish like = { .kind = LOOP_MEMORY,
                              .was = l->look->starving[g],
                              .limit = l->grew[g].was,
                              .benefit_wh = l->p.move_wh + 1 };

    arbiter_resize(l, g, -l->grew[g].mib);
    if (arbiter_close(l, first, &like, true))
        l->wish[first].undoes = true;
    l->grew[g] = (struct loop_growth){ l->look->now_s, 0, 0 };
}

/* Is it to be seen yet whether more helps, or was it seen that it does not? What
 * did not help is undone. */
static bool memory_waits(struct loops *l, uint32_t g)
{
    struct loop_growth *x = &l->grew[g];
    double since = l->look->now_s - x->at_s;

    if (!x->mib)
        return since < l->p.return_s;
    if (since < l->p.noise_s)
        return true;
    if (l->look->starving[g] > HELPED * x->was) {
        memory_undo(l, g);
        return true;
    }
    *x = (struct loop_growth){ .at_s = -INFINITY };
    return false;
}

static void memory_guest(struct loops *l, uint32_t g)
{
    int64_t more = memory_more(l, g);
    uint32_t first = arbiter_open(l);
    struct loop_wish like = { .kind = LOOP_MEMORY,
                              .from = l->at[g],
                              .was = l->look->starving[g],
                              .limit = l->starving[g] };

    if (more < LEAST_MIB || !memory_plan(l, g, more)) {
        arbiter_undo(l, first);
        arbiter_no_room(l, &like);
        return;
    }
    like.benefit_wh = l->p.violation_wh * l->p.noise_s / 3600;
    like.price_wh = arbiter_price(l, first);
    if (arbiter_close(l, first, &like,
                      l->look->now_s - l->starved_s[g] >= l->p.look_s)) {
        l->starved_s[g] = INFINITY; /* it is seen twice again before more */
        memory_note(l, g, first);
        l->given[g] = 1;
    }
}

void memory_past(struct loops *l, double dt)
{
    for (uint32_t g = 0; g < l->guests && l->look->starving; g++)
        memory_learn(l, g, dt);
}

/* It neither uses its CPU nor reads anything back; what it reads has to be known. */
static bool memory_rests(const struct loops *l, uint32_t g)
{
    double reads = l->look->starving[g];

    return l->past[g].mean <= IDLE * l->guest[g].cpu && reads >= 0 &&
           reads < 1;
}

static bool memory_busy(const struct loops *l, uint32_t g)
{
    return l->past[g].mean > IDLE * l->guest[g].cpu ||
           l->look->starving[g] >= 1;
}

/* What it has more than it had before; below 0: less. */
static int64_t memory_owed(const struct loops *l, uint32_t g)
{
    const struct loop_guest *q = &l->guest[g];
    int64_t more = q->had_mib ? q->memory_mib - q->had_mib : 0;

    return more < OWED_MIB && more > -OWED_MIB ? 0 : more;
}

/* Back to what it had: what it got is needed no more when it has rested for so long
 * that it may rest for longer; what it gave is, as soon as it was seen twice. */
static void memory_settle(struct loops *l, uint32_t g)
{
    int64_t more = memory_owed(l, g);
    struct loop_wish like = { .kind = LOOP_MEMORY,
                              .from = l->at[g],
                              .was = l->look->demand[g],
                              .limit = (double)l->guest[g].had_mib,
                              .benefit_wh = l->p.move_wh + 1 };
    uint32_t first;

    if (!more || !(more > 0 ? memory_rests(l, g) : memory_busy(l, g))) {
        l->owes_s[g] = INFINITY;
        return;
    }
    l->owes_s[g] = fmin(l->owes_s[g], l->look->now_s);
    if (l->look->now_s - l->owes_s[g] <
            (more > 0 ? l->p.return_s : l->p.look_s) ||
        l->sum[l->at[g]].free_mib < -more)
        return;
    first = arbiter_open(l);
    arbiter_resize(l, g, -more);
    if (arbiter_close(l, first, &like, true)) {
        l->wish[first].undoes = l->wish[first].settles = true;
        l->owes_s[g] = INFINITY;
    }
}

void memory_wish(struct loops *l)
{
    for (uint32_t g = 0; g < l->guests && l->look->starving; g++) {
        if (l->look->moving[g] || memory_waits(l, g))
            continue;
        if (l->starved_s[g] < INFINITY)
            memory_guest(l, g);
        else if (l->at[g] == l->look->host[g])
            memory_settle(l, g);
    }
}

void memory_not_given(struct loops *l, uint32_t g)
{
    if (l->given[g])
        l->starved_s[g] = l->last_s - l->p.look_s;
}
