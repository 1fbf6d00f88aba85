/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The loop balance: hosts with more demand than CPU give guests to hosts that
 * are the least at risk to have it next.
 *
 * Where agents have sampled what guests want on a day, a host has as much demand as a
 * high percentile of its day: a peak of a moment moves nobody, and a calm moment of a
 * busy day makes no room. What is too much at a moment, and harms, is seen by the loop
 * noise: guests wait. Without agents, demand is what a look sees.
 *
 * What it is worth: the risk of both hosts before and after, over the horizon,
 * and, without a day, the time in which there is too much demand now. Most of that is noise, and
 * short (last_s); what has lasted is expected to last as long again.
 */
#include "scheduler/loop_impl.h"

#include <math.h>
#include <stdio.h>

enum { BALANCE_MOVES = 4 }; /* from one host at one look */

static double balance_demand(const struct loops *l, uint32_t h)
{
    return l->by_day ? day_busy(l, h, LOOP_NONE, 0) : l->sum[h].now;
}

/* By its guests as the look has them: sums have what was granted since. */
double balance_found(const struct loops *l, uint32_t h)
{
    struct loop_usual u = { 0 };
    double now = 0;

    for (uint32_t g = l->head[h]; g != LOOP_NONE; g = l->next[g]) {
        now += picture_demand(l, g, h);
        day_count(l, &u, g, 1);
    }
    return l->by_day ? day_busy_of(&u) : now;
}

static double balance_over(const struct loops *l, uint32_t h)
{
    return balance_demand(l, h) - l->host[h].cpu * (1 + 1e-9);
}

/* How much less demand its host has without that guest. */
static double balance_less(const struct loops *l, uint32_t g, uint32_t h)
{
    return l->by_day ? balance_demand(l, h) - day_busy(l, h, g, -1)
                     : picture_demand(l, g, h);
}

/* A move takes CPU from its guest: of one that is busier than it uses to be it
 * takes more. */
static double balance_price(const struct loops *l, uint32_t g)
{
    return arbiter_price_of(l, g) *
           fmax(1, l->look->demand[g] / fmax(l->past[g].mean, 1e-9));
}

struct balance_best {
    double worth; /* watt-hours, what is mended now not counted */
    uint32_t guest, to;
};

/* Looks for the best target host of a guest that leaves h. */
static void balance_target(const struct loops *l, uint32_t h, uint32_t g,
                           struct balance_best *best)
{
    double hours = past_risk_wh(l) * l->p.horizon_s / 3600;
    double gone = past_risk(l, h) - past_risk_without(l, h, g);
    double base = gone * hours - balance_price(l, g);

    for (uint32_t i = 0; i < l->ons && base > best->worth; i++) {
        uint32_t to = l->on[i];
        double worth;

        if (!picture_fits(l, g, to) || balance_over(l, to) > 0 ||
            !day_fits(l, g, to))
            continue;
        worth = base - hours * (past_risk_with(l, to, g) - past_risk(l, to));
        if (worth > best->worth)
            *best = (struct balance_best){ worth, g, to };
    }
}

/* The best of the moves that suffice. */
static struct balance_best balance_enough(const struct loops *l, uint32_t h)
{
    struct balance_best best = { .worth = -INFINITY, .guest = LOOP_NONE };
    double over = balance_over(l, h);

    for (uint32_t g = l->head[h]; g != LOOP_NONE; g = l->next[g])
        if (picture_movable(l, g) && balance_less(l, g, h) >= over)
            balance_target(l, h, g, &best);
    return best;
}

/* Where none suffices: the move of the most demand. */
static struct balance_best balance_largest(const struct loops *l, uint32_t h)
{
    struct balance_best best = { .worth = -INFINITY, .guest = LOOP_NONE };
    double most = 0;

    for (uint32_t g = l->head[h]; g != LOOP_NONE; g = l->next[g]) {
        struct balance_best one = { .worth = -INFINITY, .guest = LOOP_NONE };

        if (!picture_movable(l, g) || balance_less(l, g, h) <= most)
            continue;
        balance_target(l, h, g, &one);
        if (one.guest == LOOP_NONE)
            continue;
        most = balance_less(l, g, h);
        best = one;
    }
    return best;
}

static bool balance_step(struct loops *l, uint32_t h)
{
    struct balance_best best = balance_enough(l, h);

    if (best.guest == LOOP_NONE)
        best = balance_largest(l, h);
    if (best.guest == LOOP_NONE)
        return false;
    arbiter_add(l, LOOP_BALANCE, best.guest, best.to);
    return !l->oom;
}

/* The risk of the hosts of these wishes, as the picture is. */
static double balance_risk(const struct loops *l, const struct loop_wish *w,
                           uint32_t n, uint32_t h)
{
    double sum = past_risk(l, h);

    for (uint32_t i = 0; i < n; i++) {
        bool again = false;

        for (uint32_t j = 0; j < i; j++)
            again |= w[j].to == w[i].to;
        if (!again)
            sum += past_risk(l, w[i].to);
    }
    return sum;
}

/* How much less risk the moves leave. They are taken back to ask. */
static double balance_gain(struct loops *l, uint32_t first, uint32_t h)
{
    struct loop_wish w[BALANCE_MOVES] = { 0 };
    uint32_t n = l->wishes - first;
    double after, before;

    for (uint32_t i = 0; i < n; i++)
        w[i] = l->wish[first + i];
    after = balance_risk(l, w, n, h);
    arbiter_undo(l, first);
    before = balance_risk(l, w, n, h);
    for (uint32_t i = 0; i < n; i++)
        arbiter_add(l, LOOP_BALANCE, w[i].guest, w[i].to);
    return before - after;
}

/* Moves guests until the host is not over its CPU, if that can be; of one that
 * needs more moves than a look gives it, so many. */
static bool balance_mend(struct loops *l, uint32_t h)
{
    for (int i = 0; i < BALANCE_MOVES && balance_over(l, h) > 0; i++)
        if (!balance_step(l, h))
            return false;
    return true;
}

static struct loop_wish balance_like(const struct loops *l, uint32_t h)
{
    struct loop_wish like = { .kind = LOOP_BALANCE,
                              .from = h,
                              .was = balance_demand(l, h),
                              .limit = l->host[h].cpu };

    if (l->by_day) {
        like.percentile = l->p.percentile;
        like.known_s = day_known(l, h, &like.young);
    }
    return like;
}

/* How long too much demand will last that has lasted so long. What is over two
 * settle_s is no noise: it lasts as long again. */
static double balance_lasts(const struct loops *l, double lasted)
{
    if (l->by_day) /* it is part of the risk */
        return 0;
    return lasted > 2 * l->p.settle_s ? lasted : l->p.last_s;
}

/* The moves so far, which take so much of what is too much off the host. */
static bool balance_close(struct loops *l, uint32_t first, uint32_t h,
                          struct loop_wish *like, double part)
{
    double lasted = l->look->now_s - l->over_s[h];

    like->benefit_wh =
        l->p.violation_wh / 3600 * balance_lasts(l, lasted) * part +
        past_risk_wh(l) / 3600 * l->p.horizon_s * balance_gain(l, first, h);
    like->price_wh = arbiter_price(l, first);
    return arbiter_close(l, first, like, lasted >= l->p.look_s);
}

/* Where a host can't be mended wholly, what can be taken off it is, if that pays;
 * no wish is left of it otherwise. */
static void balance_part(struct loops *l, uint32_t first, uint32_t h,
                         struct loop_wish *like)
{
    double over = like->was - like->limit;

    if (first == l->wishes)
        return;
    if (!balance_close(l, first, h, like, 1 - balance_over(l, h) / over))
        l->wishes = first;
}

static void balance_host(struct loops *l, uint32_t h)
{
    uint32_t first = arbiter_open(l);
    struct loop_wish like = balance_like(l, h);

    if (balance_mend(l, h)) {
        balance_close(l, first, h, &like, 1);
        return;
    }
    balance_part(l, first, h, &like);
    l->late[l->no_rooms++] = h; /* those before it are done */
}

/*
 * Hosts for which there was no room get a host that is off, one at a look. It
 * is worth what lacked room in the last time, over the time that it stays on.
 */
static void balance_wake(struct loops *l)
{
    uint32_t h = l->late[0], spare = power_spare(l), first;
    /* where nothing holds it, until the next look */
    double hours = fmax(l->p.hold_s, l->p.look_s) / 3600;
    double part = l->by_day ? past_risk(l, h) : 1; /* of the time */
    struct loop_wish like = balance_like(l, h);

    if (spare == LOOP_NONE || !(l->over_s[h] + l->p.look_s <= l->look->now_s))
        return;
    first = arbiter_open(l);
    l->on[l->ons++] = spare; /* as a target */
    if (balance_mend(l, h) && l->wishes > first) {
        like.benefit_wh = l->p.violation_wh * hours * l->no_room * part;
        like.price_wh =
            arbiter_price(l, first) + hours * l->host[spare].power_w[0];
        if (arbiter_close(l, first, &like, true))
            l->no_room = 0;
    } else {
        arbiter_undo(l, first);
    }
    if (!l->sum[spare].on)
        l->ons--;
}

static void balance_no_room(struct loops *l, double dt)
{
    double w = l->p.hold_s > 0 ? 1 - exp(-dt / l->p.hold_s) : 1;

    l->no_room += w * (l->no_rooms - l->no_room);
    if (l->no_rooms)
        balance_wake(l);
    for (uint32_t i = 0; i < l->no_rooms; i++) {
        struct loop_wish like = balance_like(l, l->late[i]);

        if (balance_over(l, l->late[i]) > 0)
            arbiter_no_room(l, &like);
    }
}

int balance_reason(const struct loop_wish *w, const char *from, char *buf,
                   size_t size)
{
    int n = snprintf(buf, size, "%s has demand for %.2f of its CPU, %.2f",
                     from, w->was, w->limit),
        more = 0;

    if (w->percentile > 0 && n >= 0 && (size_t)n < size)
        more = snprintf(buf + n, size - (size_t)n,
                        ", at percentile %.4g of a day", w->percentile);
    if (w->young && more > 0 && (size_t)(n += more) < size)
        more = snprintf(buf + n, size - (size_t)n,
                        " (of %u of its guests less is known, %.1f hours)",
                        w->young, w->known_s / 3600);
    return n + more;
}

void balance_wish(struct loops *l, double dt)
{
    uint32_t n = 0;

    for (uint32_t h = 0; h < l->hosts; h++) {
        double over = l->sum[h].on ? balance_over(l, h) : 0;

        l->key[h] = -over;
        if (!(over > 0)) {
            l->over_s[h] = INFINITY;
            continue;
        }
        l->over_s[h] = fmin(l->over_s[h], l->look->now_s);
        l->order[n++] = h;
    }
    picture_sort(l, n);
    for (uint32_t i = 0; i < n; i++)
        l->late[i] = l->order[i];
    l->no_rooms = 0;
    for (uint32_t i = 0; i < n && l->p.balance > 0; i++)
        balance_host(l, l->late[i]);
    balance_no_room(l, dt);
}
