/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The loop power: hosts are emptied, so that they can be off.
 *
 * A guest goes to the fullest host that may have it. A host may be filled up to
 * where one more unit of CPU costs as much in risk as a host that is on for it
 * costs in watts. The hosts with the least load are emptied first.
 */
#include "scheduler/loop_impl.h"

#include <math.h>

static uint32_t power_candidates(struct loops *l)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < l->ons; i++) {
        uint32_t h = l->on[i];
        const struct loop_sums *s = &l->sum[h];

        if (!s->guests || (l->look->keep && l->look->keep[h]) ||
            l->look->now_s - l->woken_s[h] < l->p.hold_s)
            continue;
        l->key[h] = s->mean / l->host[h].power_w[0];
        l->order[n++] = h;
    }
    picture_sort(l, n);
    for (uint32_t i = 0; i < n; i++)
        l->late[i] = l->order[i];
    return n;
}

/* Fills order with the guests, the largest first. 0: one may not leave. */
static uint32_t power_guests(struct loops *l, uint32_t h)
{
    uint32_t n = 0;

    for (uint32_t g = l->head[h]; g != LOOP_NONE; g = l->next[g]) {
        if (!picture_movable(l, g))
            return 0;
        l->key[g] = -l->past[g].mean;
        l->order[n++] = g;
    }
    picture_sort(l, n);
    return n;
}

/* The fullest host that is worth its risk, which is added to *risk. */
static uint32_t power_target(const struct loops *l, uint32_t g, uint32_t from,
                             double *risk)
{
    double idle_w = l->host[from].power_w[0] / l->host[from].cpu;
    double worth = idle_w * l->past[g].mean / fmax(past_risk_wh(l), 1e-6);
    double most = -1, more = 0;
    uint32_t best = LOOP_NONE;

    for (uint32_t i = 0; i < l->ons; i++) {
        uint32_t h = l->on[i];
        double full = l->sum[h].mean / l->host[h].cpu, after, d;

        /* an empty host can be off: nothing is saved by filling it */
        if (!l->sum[h].guests || full <= most || h == from ||
            !picture_fits(l, g, h) || !day_fits(l, g, h) ||
            l->sum[h].mean + l->past[g].mean > l->host[h].cpu * l->p.fill)
            continue;
        after = past_risk_with(l, h, g);
        d = after - past_risk(l, h);
        if (d > worth)
            continue;
        most = full;
        best = h;
        more = d;
    }
    *risk += more;
    return best;
}

static bool power_empty(struct loops *l, uint32_t h, bool settled)
{
    uint32_t n = power_guests(l, h), first = arbiter_open(l);
    struct loop_wish like = { .kind = LOOP_POWER, .from = h };
    double saved = picture_watts(l, h), risk = 0;

    for (uint32_t i = 0; i < n; i++) {
        uint32_t g = l->order[i], to = power_target(l, g, h, &risk);

        if (to == LOOP_NONE) {
            arbiter_undo(l, first);
            return false;
        }
        saved += picture_watts(l, to);
        arbiter_add(l, LOOP_POWER, g, to);
        saved -= picture_watts(l, to);
    }
    if (!spare_left(l)) {
        arbiter_undo(l, first);
        return false;
    }
    risk -= past_risk(l, h);
    like.was = saved;
    like.limit = risk;
    like.benefit_wh =
        l->p.horizon_s / 3600 *
        (saved - past_risk_wh(l) * risk - l->p.violation_wh * l->no_room);
    like.price_wh = arbiter_price(l, first);
    return arbiter_close(l, first, &like, settled);
}

static bool power_calm(const struct loops *l, uint32_t h)
{
    return !l->sum[h].gets && !l->sum[h].loses;
}

/* Was anything wished for since then that pays? */
static bool power_wanted(const struct loops *l, uint32_t before)
{
    for (uint32_t i = before; i < l->wishes; i++)
        if (l->wish[i].refusal != LOOP_NO_GAIN)
            return true;
    return false;
}

void power_wish(struct loops *l)
{
    uint32_t before = l->wishes, n;
    bool settled = l->look->now_s - l->power_s >= l->p.settle_s, waits = false;

    if (l->look->now_s - l->thought_s < l->p.settle_s)
        return;
    l->thought_s = l->look->now_s;
    n = power_candidates(l);
    for (uint32_t i = 0; i < n; i++)
        if (power_calm(l, l->late[i]))
            power_empty(l, l->late[i], settled);
    for (uint32_t i = 0; i < n; i++)
        if (power_calm(l, l->late[i]))
            waits |= repack_host(l, l->late[i], settled);
    l->power_s = waits || power_wanted(l, before)
                     ? fmin(l->power_s, l->look->now_s)
                     : INFINITY;
}

uint32_t power_spare(const struct loops *l)
{
    uint32_t best = LOOP_NONE;
    double least = INFINITY;

    for (uint32_t h = 0; h < l->hosts; h++) {
        double w = l->host[h].power_w[LOOP_WATTS - 1] / l->host[h].cpu;

        if (l->sum[h].on || l->sum[h].closed || w >= least ||
            (l->look->coming && l->look->coming[h]))
            continue;
        least = w;
        best = h;
    }
    return best;
}
