/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The loop power, third part: empty hosts are switched off, and come back before
 * the load does.
 *
 * What the cluster wants at each hour of the week is remembered: the most of that
 * hour, mostly of the newest weeks. An hour that was never seen is as the same
 * hour of other days was. A host may be off while the others have room for the
 * most that is expected until it could be back, and after that for as long as it
 * would stay on; and for what hosts that fail have (loop_spare.c).
 */
#include "scheduler/loop_impl.h"

#include <math.h>
#include <stdio.h>

enum { HOUR_S = 3600, DAY = 24 };

/* Hosts are filled to this share at most by what is expected of them. */
static const double EXPECTED_FILL = 0.8;
/* The part of a new week in what is remembered of an hour, if it had less. */
static const double NEWEST = 0.5;

/* --- what is usual at an hour ------------------------------------------------ */

static double switch_wanted(const struct loops *l)
{
    double sum = 0;

    for (uint32_t g = 0; g < l->guests; g++)
        sum += picture_demand(l, g, l->at[g]);
    return sum;
}

static unsigned switch_slot(int64_t hour)
{
    int64_t slot = hour % LOOP_HOURS;

    return (unsigned)(slot < 0 ? slot + LOOP_HOURS : slot);
}

void switch_past(struct loops *l)
{
    int64_t hour = (int64_t)floor(l->look->now_s / HOUR_S);
    double wanted = switch_wanted(l);

    if (hour != l->season.hour && l->season.most >= 0) {
        double *old = &l->season.week[switch_slot(l->season.hour)];

        *old = *old < 0 ? l->season.most
                        : fmax(l->season.most,
                               *old + NEWEST * (l->season.most - *old));
        l->season.most = -1;
    }
    l->season.hour = hour;
    l->season.most = fmax(l->season.most, wanted);
}

static double switch_usual(const struct loops *l, int64_t hour)
{
    double most = l->season.week[switch_slot(hour)];

    for (int d = 1;
         d < LOOP_HOURS / DAY && l->season.week[switch_slot(hour)] < 0; d++)
        most = fmax(most, l->season.week[switch_slot(hour + d * DAY)]);
    return most;
}

/* The most that is expected from now until then, or wanted now. */
static double switch_expected(const struct loops *l, double until_s)
{
    double most = fmax(switch_wanted(l), l->season.most);
    int64_t last = (int64_t)floor(until_s / HOUR_S);

    for (int64_t h = l->season.hour;
         h <= last && h < l->season.hour + LOOP_HOURS; h++)
        most = fmax(most, switch_usual(l, h));
    return most;
}

/* --- room --------------------------------------------------------------------- */

static bool switch_comes(const struct loops *l, uint32_t h)
{
    return l->look->coming && l->look->coming[h];
}

/* Of hosts that are on, or will be. */
static double switch_room(const struct loops *l, uint32_t without)
{
    double room = 0;

    for (uint32_t h = 0; h < l->hosts; h++)
        if (h != without && (l->sum[h].on || switch_comes(l, h)) &&
            !l->sum[h].closed)
            room += l->host[h].cpu * l->p.fill;
    return EXPECTED_FILL * room;
}

void switch_seen(const struct loops *l, double *expected_r, double *room_r)
{
    double boot_s = 0;

    for (uint32_t h = 0; h < l->hosts; h++)
        boot_s = fmax(boot_s, boot_expected(l, h));
    *expected_r = switch_expected(l, l->look->now_s + boot_s + l->p.hold_s);
    *room_r = switch_room(l, LOOP_NONE);
}

/* --- off ------------------------------------------------------------------------ */

/* Of a host that could be off: not the last of anything, and not just woken. That
 * guests are to come does not mean that they do: it was empty until now. */
static bool switch_idles(const struct loops *l, uint32_t h)
{
    return l->look->on[h] && l->head[h] == LOOP_NONE && !l->sum[h].closed &&
           !(l->look->keep && l->look->keep[h]) &&
           !(l->look->out && l->look->out[h]) &&
           l->look->now_s - l->woken_s[h] >= l->p.hold_s;
}

/* The energy of one way off and on again. */
static double switch_price(const struct loops *l, uint32_t h)
{
    return 2 * boot_expected(l, h) / HOUR_S *
           l->host[h].power_w[LOOP_WATTS - 1];
}

static bool switch_off(struct loops *l, uint32_t h)
{
    double until = l->look->now_s + boot_expected(l, h) + l->p.hold_s;
    struct loop_wish like = {
        .kind = LOOP_POWER,
        .switches = LOOP_OFF,
        .from = h,
        .was = l->host[h].power_w[0],
        .limit = switch_expected(l, until),
        .benefit_wh = l->host[h].power_w[0] * l->p.horizon_s / HOUR_S,
        .price_wh = switch_price(l, h),
    };

    if (like.limit > switch_room(l, h) || !spare_left_without(l, h))
        return false;
    return arbiter_switch(l, &like,
                          l->look->now_s - l->idle_s[h] >= l->p.settle_s);
}

/* One at a look: what the others have room for is another thing then. */
static void switch_offs(struct loops *l)
{
    uint32_t n = 0;

    for (uint32_t h = 0; h < l->hosts; h++) {
        if (!switch_idles(l, h)) {
            l->idle_s[h] = INFINITY;
            continue;
        }
        l->idle_s[h] = fmin(l->idle_s[h], l->look->now_s);
        if (l->sum[h].gets)
            continue;
        l->key[h] = -l->host[h].power_w[0];
        l->order[n++] = h;
    }
    picture_sort(l, n);
    for (uint32_t i = 0; i < n; i++)
        l->late[i] = l->order[i]; /* spare_left_without() needs order */
    for (uint32_t i = 0; i < n; i++)
        if (switch_off(l, l->late[i]))
            return;
}

/* --- on -------------------------------------------------------------------------- */

/* What is known to come brings hosts back one at a look, so that they do not all boot
 * at once: where so many are missing later that the last would come too late, the
 * first is switched on now. Not for what comes after half of hold_s: until then it
 * would be off again. */
static void switch_ahead(const struct loops *l, double from_s,
                         struct loop_wish *like)
{
    double each = EXPECTED_FILL * l->p.fill * l->host[like->from].cpu;
    double last = from_s + l->p.hold_s / 2, hour = floor(from_s / HOUR_S);

    for (double at = (hour + 1) * HOUR_S; at <= last; at += HOUR_S) {
        double most = switch_expected(l, at);
        double looks = ceil((at - from_s) / l->p.look_s);

        if (most - like->limit <= looks * each)
            continue;
        like->was = most;
        like->ahead_s = at - l->look->now_s;
        return;
    }
}

static bool switch_any_comes(const struct loops *l)
{
    for (uint32_t h = 0; h < l->hosts; h++)
        if (switch_comes(l, h) && !l->sum[h].on)
            return true;
    return false;
}

enum switch_need { NEED_NONE, NEED_REFUSED, NEED_GRANTED };

/* One host more, for what those that are on have no room for; or one alone, for what
 * hosts that fail have, which those that come may be enough for. */
static enum switch_need switch_on(struct loops *l, bool first)
{
    uint32_t h = power_spare(l);
    struct loop_wish like = { .kind = LOOP_POWER,
                              .switches = LOOP_ON,
                              .from = h };
    double missing, from_s, hours = l->p.horizon_s / HOUR_S;
    bool spare;

    if (h == LOOP_NONE)
        return NEED_NONE;
    /* two looks more: it is wanted at two of them */
    like.boot_s = boot_expected(l, h);
    from_s = l->look->now_s + like.boot_s + 2 * l->p.look_s;
    like.was = switch_expected(l, from_s);
    like.limit = switch_room(l, LOOP_NONE);
    if (like.was <= like.limit && first)
        switch_ahead(l, from_s, &like);
    spare = spare_left_without(l, LOOP_NONE);
    missing = fmin(1, (like.was - like.limit) / l->host[h].cpu);
    if (!(missing > 0) && (spare || !first || switch_any_comes(l)))
        return NEED_NONE;
    l->short_s = fmin(l->short_s, l->look->now_s);
    like.benefit_wh = l->p.violation_wh * hours * (spare ? missing : 1);
    like.price_wh = switch_price(l, h) / 2 + hours * l->host[h].power_w[0];
    if (!arbiter_switch(l, &like, l->look->now_s - l->short_s >= l->p.look_s))
        return NEED_REFUSED;
    l->sum[h].on = true;
    l->on[l->ons++] = h; /* the next is reckoned with it */
    return NEED_GRANTED;
}

/* As many as are missing. true: some are. */
static bool switch_ons(struct loops *l)
{
    uint32_t ons = l->ons;
    enum switch_need need = switch_on(l, true);
    bool missing = need != NEED_NONE;

    while (need == NEED_GRANTED && !l->oom)
        need = switch_on(l, false);
    while (l->ons > ons) /* they take no guests yet */
        l->sum[l->on[--l->ons]].on = false;
    return missing;
}

void switch_wish(struct loops *l)
{
    if (switch_ons(l))
        return;
    l->short_s = INFINITY;
    switch_offs(l);
}

int switch_reason(const struct loop_wish *w, const char *host, char *buf,
                  size_t size)
{
    if (w->switches == LOOP_OFF)
        return snprintf(buf, size,
                        "%s is empty and needs %.0f W, and the others have "
                        "room for what is expected, %.2f of CPU; it is "
                        "switched off",
                        host, w->was, w->limit);
    if (w->ahead_s > 0)
        return snprintf(buf, size,
                        "%.2f of CPU are expected in %.0f s, and hosts that "
                        "are on take %.2f; as hosts come on one by one, %s is "
                        "switched on",
                        w->was, w->ahead_s, w->limit, host);
    return snprintf(buf, size,
                    "%.2f of CPU are expected by the time that %s can be on, "
                    "in %.0f s, and hosts that are on take %.2f; it is "
                    "switched on",
                    w->was, host, w->boot_s, w->limit);
}
