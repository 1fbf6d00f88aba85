/* SPDX-License-Identifier: LGPL-2.1-only */
/* The arbiter: which wishes of the loops are granted. Its laws are in loop.h. */
#include "scheduler/loop_impl.h"

#include <math.h>
#include <stdlib.h>

/* A usual move goes at half of a Gbit/s; gib_wh is the price of a GiB of such. */
static const double USUAL_MBPS = 1000, USUAL_GIB_S = 1e9 / 8 / 2 / (1 << 30);
/* The part of its CPU that a guest without pages of 2 MiB needs more. Xen's
 * commit 50baf2d9f7bb tells of 15% in a program that is made to miss the TLB;
 * others are taken to lose a third of that. */
static const double SMALL_LOSS = 0.05;

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

/* What is sent over NICs of so many Mbit/s: what the guest dirties meanwhile is
 * sent again, once in this estimate. */
static struct loop_move arbiter_reckon(const struct loops *l, uint32_t g,
                                       double mbps)
{
    const struct loop_guest *q = &l->guest[g];
    double rate = USUAL_GIB_S * (mbps > 0 ? mbps / USUAL_MBPS : 1);
    double gib = arbiter_gib(l, g);

    gib += fmin(q->dirty_mib_s / 1024 * gib / rate, gib);
    return (struct loop_move){ .gib = gib, .seconds = gib / rate };
}

/* What the guest uses more of the processors when it has small pages, over the
 * time in which a move has to pay. A guest that was moved here has them already. */
static double arbiter_small_wh(const struct loops *l, uint32_t g, uint32_t to)
{
    const struct loop_host *h = &l->host[to];
    double w = h->power_w[LOOP_WATTS - 1] - h->power_w[0];

    if (!(h->cpu > 0 && w > 0) || l->moved_s[g] > -INFINITY)
        return 0;
    return SMALL_LOSS * picture_demand(l, g, to) * w / h->cpu *
           l->p.horizon_s / 3600;
}

/* A guest that is suspended waits for a processor with all that it has. */
static double arbiter_wh(const struct loops *l, const struct loop_move *m,
                         double small_wh)
{
    return l->p.gib_wh * fmax(m->gib, m->seconds * USUAL_GIB_S) +
           fmax(l->p.move_wh,
                l->p.violation_wh * m->pause_s / 3600 + small_wh);
}

double arbiter_price_of(const struct loops *l, uint32_t g)
{
    struct loop_move m =
        arbiter_reckon(l, g, l->host[l->look->host[g]].nic_mbps);

    return arbiter_wh(l, &m, 0);
}

double arbiter_price_to(const struct loops *l, uint32_t g, uint32_t to)
{
    double from = l->host[l->look->host[g]].nic_mbps;
    struct loop_move m;

    if (!l->look->takes || !l->look->takes(l->look->arg, g, to, &m))
        m = arbiter_reckon(l, g, fmin(from, l->host[to].nic_mbps));
    return arbiter_wh(l, &m, m.small ? arbiter_small_wh(l, g, to) : 0);
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
            sum += arbiter_price_to(l, l->wish[i].guest, l->wish[i].to);
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

static void arbiter_left(struct loops *l, uint32_t g, uint32_t from,
                         double at_s)
{
    int oldest = 0;

    for (int i = 1; i < LOOP_LEFT; i++)
        if (l->left_s[g][i] < l->left_s[g][oldest])
            oldest = i;
    l->before[g] = (struct loop_before){ l->moved_s[g], l->left_s[g][oldest],
                                         l->left[g][oldest] };
    l->left[g][oldest] = from;
    l->left_s[g][oldest] = l->moved_s[g] = at_s;
}

static void arbiter_note(struct loops *l, const struct loop_wish *w)
{
    arbiter_left(l, w->guest, w->from, l->look->now_s);
    if (w->wakes)
        l->woken_s[w->to] = l->look->now_s;
    if (w->wakes && w->kind == LOOP_POWER)
        l->awaits_s[w->to] = l->look->now_s;
    budget_spend(l, 1, arbiter_gib(l, w->guest));
}

/* Was it granted at the look before? */
static bool arbiter_granted(const struct loops *l, uint32_t g, uint32_t from,
                            double since_s)
{
    for (int i = 0; i < LOOP_LEFT; i++)
        if (l->left[g][i] == from && l->left_s[g][i] >= since_s)
            return true;
    return false;
}

/* Who keeps this memory knows by its name which host that was. */
static void arbiter_left_away(struct loops *l, uint32_t g, double at_s,
                              double since_s)
{
    if (l->moved_s[g] < since_s) /* else it was granted */
        l->moved_s[g] = at_s;
}

void arbiter_seen(struct loops *l, const struct loop_look *look,
                  double since_s)
{
    /* not this look's: loops_not_moved() would take it back */
    double at_s = nextafter(look->now_s, -INFINITY);

    for (uint32_t g = 0; g < l->guests; g++) {
        uint32_t was = l->was_on[g];

        l->was_on[g] = look->host[g];
        if (was == LOOP_NONE || was == look->host[g])
            continue;
        if (was == LOOP_AWAY)
            arbiter_left_away(l, g, at_s, since_s);
        else if (!arbiter_granted(l, g, was, since_s))
            arbiter_left(l, g, was, at_s);
    }
}

static void arbiter_share(struct loop_wish *w, const struct loop_wish *like)
{
    w->kind = like->kind;
    w->benefit_wh = like->benefit_wh;
    w->price_wh = like->price_wh;
    w->was = like->was;
    w->limit = like->limit;
    w->percentile = like->percentile;
    w->young = like->young;
    w->known_s = like->known_s;
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
