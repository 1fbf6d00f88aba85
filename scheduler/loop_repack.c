/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The loop power, second part: all guests of hosts of one kind go to hosts of
 * another kind that are empty, where these need less power for the same guests.
 *
 * One host for one host: what fits in one fits in the other if memory and CPU
 * do, so that this needs no room and cannot get stuck half way. Which kind needs
 * less follows from what the guests use: idle watts decide where memory fills
 * the hosts, watts at full load where CPU does.
 *
 * A host that is off may take its time to come. The guests stay until then, and
 * what is wished for when it is there is the same: it is empty. What rules will
 * say then is asked before, as far as it is known. If no guest comes all the same,
 * it is switched off as any host that is empty (loop_switch.c), and is not switched
 * on for others for a day: what kept them away would do so again.
 */
#include "scheduler/loop_impl.h"

#include <math.h>

/* What one kind of host needs less than another does not pass with the load: it
 * counts for a day at least. */
static const double DAY = 86400;

/* May all guests of this host be on that one, which is empty, alone? */
static bool swap_fits(const struct loops *l, uint32_t from, uint32_t to)
{
    const struct loop_sums *s = &l->sum[from];
    const struct loop_host *h = &l->host[to];
    int64_t mib = l->host[from].memory_mib - s->free_mib;

    if (l->sum[to].closed || l->sum[to].guests || l->sum[to].loses)
        return false;
    if (l->p.memory > 0 && mib > l->sum[to].free_mib)
        return false;
    if (l->by_day && day_busy(l, from, LOOP_NONE, 0) > h->cpu * l->p.fill)
        return false;
    return fmax(s->now, s->mean) <= h->cpu * l->p.fill;
}

static double swap_saves(const struct loops *l, uint32_t from, uint32_t to)
{
    double now = fmax(l->sum[from].mean, 0);

    return loop_power_w(&l->host[from], now / l->host[from].cpu) -
           loop_power_w(&l->host[to], now / l->host[to].cpu);
}

static bool swap_comes(const struct loops *l, uint32_t h)
{
    return !l->sum[h].on && l->look->coming && l->look->coming[h];
}

/* Of hosts that save as much, the one that is there the soonest. */
static int swap_ready(const struct loops *l, uint32_t h)
{
    return l->sum[h].on ? 2 : swap_comes(l, h);
}

/* It was granted at the look before, and nobody has begun to switch it on. */
static bool swap_not_begun(const struct loops *l, uint32_t h, double dt)
{
    return !l->look->on[h] && !swap_comes(l, h) &&
           l->look->now_s - l->awaits_s[h] <= dt;
}

void repack_past(struct loops *l, double dt)
{
    for (uint32_t h = 0; h < l->hosts; h++)
        if (l->head[h] != LOOP_NONE || swap_not_begun(l, h, dt))
            l->awaits_s[h] = -INFINITY;
}

/* Was it switched on lately for guests that did not come? */
static bool swap_in_vain(const struct loops *l, uint32_t h)
{
    return !l->sum[h].on && !swap_comes(l, h) &&
           l->look->now_s - l->awaits_s[h] < DAY;
}

static uint32_t swap_target(const struct loops *l, uint32_t from)
{
    uint32_t best = LOOP_NONE;
    double most = 0;

    for (uint32_t h = 0; h < l->hosts; h++) {
        double w;

        if (l->kind[h] == l->kind[from] || !swap_fits(l, from, h) ||
            swap_in_vain(l, h))
            continue;
        w = swap_saves(l, from, h);
        if (w < most || !(w > 0) ||
            (best != LOOP_NONE && !(w > most) &&
             swap_ready(l, h) <= swap_ready(l, best)))
            continue;
        most = w;
        best = h;
    }
    return best;
}

/* Each of them alone, and all together. Uses order. */
static bool swap_movable(struct loops *l, uint32_t from, uint32_t to)
{
    uint32_t n = 0;

    for (uint32_t g = l->head[from]; g != LOOP_NONE; g = l->next[g]) {
        if (!picture_movable(l, g) || !picture_fits(l, g, to))
            return false;
        l->order[n++] = g;
    }
    return !l->look->may_all ||
           l->look->may_all(l->look->arg, l->order, n, to);
}

/* The risk of that host, once it has all guests of this one. */
static double swap_risk(struct loops *l, uint32_t from, uint32_t to)
{
    double cpu = l->host[from].cpu, risk;

    l->host[from].cpu = l->host[to].cpu;
    risk = past_risk(l, from);
    l->host[from].cpu = cpu;
    return risk;
}

bool repack_host(struct loops *l, uint32_t from, bool settled)
{
    uint32_t to = swap_target(l, from), first;
    struct loop_wish like = { .kind = LOOP_POWER, .from = from };
    bool wakes;

    if (to == LOOP_NONE || !swap_movable(l, from, to))
        return false;
    if (swap_comes(l, to))
        return true;
    like.was = swap_saves(l, from, to);
    like.limit = swap_risk(l, from, to) - past_risk(l, from);
    like.benefit_wh = fmax(l->p.horizon_s, DAY) / 3600 *
                      (like.was - past_risk_wh(l) * fmax(like.limit, 0));
    first = arbiter_open(l);
    wakes = !l->sum[to].on;
    if (wakes)
        l->on[l->ons++] = to;
    for (uint32_t g = l->head[from]; g != LOOP_NONE; g = l->next[g])
        arbiter_add(l, LOOP_POWER, g, to);
    /* both hosts are on until the moves end */
    like.price_wh =
        arbiter_price(l, first) +
        (wakes ? l->host[to].power_w[0] * boot_expected(l, to) / 3600 : 0);
    if (!arbiter_close(l, first, &like, settled) && wakes)
        l->ons--;
    return false;
}
