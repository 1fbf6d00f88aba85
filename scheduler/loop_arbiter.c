/* SPDX-License-Identifier: LGPL-2.1-only */
/* The arbiter: which wishes of the loops are granted. Its laws are in loop.h. */
#include "scheduler/loop_impl.h"

#include <math.h>
#include <stdlib.h>

static struct loop_wish *arbiter_more(struct loops *l)
{
    if (l->wishes == l->wish_room) {
        uint32_t room = l->wish_room ? 2 * l->wish_room : 64;
        struct loop_wish *w = realloc(l->wish, room * sizeof *w);

        if (!w) {
            l->oom = true;
            return NULL;
        }
        l->wish = w;
        l->wish_room = room;
    }
    return &l->wish[l->wishes++];
}

uint32_t arbiter_open(struct loops *l)
{
    l->bundles++;
    return l->wishes;
}

static double arbiter_gib(const struct loops *l, uint32_t g)
{
    return (double)l->guest[g].memory_mib / 1024;
}

double arbiter_price_of(const struct loops *l, uint32_t g)
{
    const struct loop_guest *q = &l->guest[g];
    double s = (double)q->memory_mib / 64; /* at half of a Gbit/s */

    /* what it dirties meanwhile is sent again, once in this estimate */
    return l->p.move_wh +
           l->p.gib_wh * (arbiter_gib(l, g) +
                          fmin(q->dirty_mib_s * s / 1024, arbiter_gib(l, g)));
}

static bool arbiter_moves(const struct loop_wish *w)
{
    return w->from != w->to;
}

double arbiter_price(const struct loops *l, uint32_t first)
{
    double sum = 0;

    for (uint32_t i = first; i < l->wishes; i++)
        if (arbiter_moves(&l->wish[i]))
            sum += arbiter_price_of(l, l->wish[i].guest);
    return sum;
}

void arbiter_add(struct loops *l, enum loop_kind kind, uint32_t g, uint32_t to)
{
    struct loop_wish *w = arbiter_more(l);

    if (!w)
        return;
    *w = (struct loop_wish){ .kind = kind,
                             .bundle = l->bundles,
                             .guest = g,
                             .from = l->at[g],
                             .to = to,
                             .wakes = !l->sum[to].on };
    l->sum[to].on = true;
    l->sum[w->from].loses++;
    l->sum[to].gets++;
    picture_move(l, g, to);
}

static void arbiter_set_mib(struct loops *l, uint32_t g, int64_t mib)
{
    l->guest[g].memory_mib += mib;
    l->sum[l->at[g]].free_mib -= mib;
}

void arbiter_resize(struct loops *l, uint32_t g, int64_t mib)
{
    struct loop_wish *w = arbiter_more(l);

    if (!w)
        return;
    *w = (struct loop_wish){ .kind = LOOP_MEMORY,
                             .bundle = l->bundles,
                             .guest = g,
                             .from = l->at[g],
                             .to = l->at[g],
                             .mib = mib };
    arbiter_set_mib(l, g, mib);
}

void arbiter_undo(struct loops *l, uint32_t first)
{
    while (l->wishes > first) {
        struct loop_wish *w = &l->wish[--l->wishes];

        if (!arbiter_moves(w)) {
            arbiter_set_mib(l, w->guest, -w->mib);
            continue;
        }
        picture_move(l, w->guest, w->from);
        l->sum[w->from].loses--;
        l->sum[w->to].gets--;
        if (w->wakes)
            l->sum[w->to].on = false;
    }
}

static enum loop_refusal arbiter_judge(const struct loops *l, uint32_t first,
                                       const struct loop_wish *like,
                                       bool seen_twice)
{
    double gib = 0;
    uint32_t moves = 0;

    if (!(like->benefit_wh > l->p.gain * like->price_wh))
        return LOOP_NO_GAIN;
    if (!seen_twice)
        return LOOP_ONE_LOOK;
    for (uint32_t i = first; i < l->wishes; i++) {
        if (!arbiter_moves(&l->wish[i]))
            continue;
        gib += arbiter_gib(l, l->wish[i].guest);
        moves++;
    }
    if (!budget_affords(l, like->kind, moves, gib))
        return LOOP_BUDGET;
    return LOOP_GRANTED;
}

static void arbiter_note(struct loops *l, const struct loop_wish *w)
{
    uint32_t g = w->guest;
    int oldest = 0;

    for (int i = 1; i < LOOP_LEFT; i++)
        if (l->left_s[g][i] < l->left_s[g][oldest])
            oldest = i;
    l->left[g][oldest] = w->from;
    l->left_s[g][oldest] = l->moved_s[g] = l->look->now_s;
    if (w->wakes)
        l->woken_s[w->to] = l->look->now_s;
    budget_spend(l, 1, arbiter_gib(l, g));
}

static void arbiter_share(struct loop_wish *w, const struct loop_wish *like)
{
    w->kind = like->kind;
    w->benefit_wh = like->benefit_wh;
    w->price_wh = like->price_wh;
    w->was = like->was;
    w->limit = like->limit;
    w->mbps = like->mbps;
    w->peer = like->peer;
}

bool arbiter_close(struct loops *l, uint32_t first,
                   const struct loop_wish *like, bool seen_twice)
{
    enum loop_refusal r = arbiter_judge(l, first, like, seen_twice);
    struct loop_wish one;

    if (l->oom || first == l->wishes) {
        arbiter_undo(l, first);
        return false;
    }
    one = l->wish[first];
    if (r != LOOP_GRANTED) {
        arbiter_undo(l, first);
        l->wish[l->wishes++] = one; /* there was room for it */
        l->wish[first].refusal = r;
    }
    for (uint32_t i = first; i < l->wishes; i++) {
        arbiter_share(&l->wish[i], like);
        if (r == LOOP_GRANTED && arbiter_moves(&l->wish[i]))
            arbiter_note(l, &l->wish[i]);
    }
    return r == LOOP_GRANTED;
}

bool arbiter_drain(struct loops *l, const struct loop_wish *like,
                   enum loop_refusal refusal)
{
    struct loop_wish *w = arbiter_more(l);
    uint32_t h = like->from;

    if (!w)
        return false;
    *w = *like;
    w->bundle = ++l->bundles;
    w->drains = true;
    w->guest = w->to = LOOP_NONE;
    if (refusal == LOOP_GRANTED && !(w->benefit_wh > l->p.gain * w->price_wh))
        refusal = LOOP_NO_GAIN;
    w->refusal = refusal;
    if (refusal != LOOP_GRANTED)
        return false;
    l->drained_s[h] = l->look->now_s;
    for (uint32_t g = l->head[h]; g != LOOP_NONE; g = l->next[g])
        budget_spend(l, 1, arbiter_gib(l, g));
    return true;
}

bool arbiter_switch(struct loops *l, const struct loop_wish *like,
                    bool seen_twice)
{
    struct loop_wish *w = arbiter_more(l);

    if (!w)
        return false;
    *w = *like;
    w->bundle = ++l->bundles;
    w->guest = w->to = LOOP_NONE;
    w->refusal = !(w->benefit_wh > l->p.gain * w->price_wh) ? LOOP_NO_GAIN
                 : !seen_twice                              ? LOOP_ONE_LOOK
                                                            : LOOP_GRANTED;
    if (w->refusal == LOOP_GRANTED && w->switches == LOOP_ON)
        l->woken_s[w->from] = l->look->now_s;
    return w->refusal == LOOP_GRANTED;
}

void arbiter_no_room(struct loops *l, const struct loop_wish *like)
{
    struct loop_wish *w = arbiter_more(l);

    if (!w)
        return;
    *w = *like;
    w->refusal = LOOP_NO_ROOM;
    w->bundle = ++l->bundles;
    w->guest = w->to = LOOP_NONE;
}
