/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What guests want over a day, by the percentiles that agents have sampled, and
 * what follows for a host.
 *
 * Percentiles do not add: guests are not busy at the same moments, and the sum of
 * their 95th percentiles is what a host needs only if all of them are. Means do
 * add, and so do variances, so that a percentile of a host is
 *
 *     sum of means + sqrt(sum of own^2 + (sum of shared)^2)
 *
 * over its guests, where a guest's distance from its mean to its percentile is
 * split as loop_past.c splits deviations: by its correlation r with the load of all
 * guests, shared = r * distance and own^2 = (1 - r^2) * distance^2. For normal loads
 * that is exact; for one guest it is its percentile, whatever its load is like; for
 * guests that are busy together (r = 1) it is the sum of their percentiles. It is
 * never more than what the guests can use.
 *
 * The correlation is that of the last hours: a day that all guests share is in it as
 * far as they went through it. Of a guest that is younger than a day, at this host,
 * the last day that was known as a whole fills what is missing, while that was less
 * than a day ago: agents sample by host, and a move must not make a busy guest one
 * that is calm at night. Where no such day is remembered, the percentiles of what is
 * known count beside what the looks have learned, each by the time that it knows of;
 * where nothing is sampled, that alone.
 */
#include "scheduler/loop_impl.h"

#include <math.h>

static const double Z95 = 1.644853627,
                    Z99 = 2.326347874; /* of a normal load */

double day_distance(double percentile)
{
    double low = 0, high = 5;

    for (int i = 0; i < 50; i++) {
        double z = (low + high) / 2;

        if (0.5 * erfc(-z / sqrt(2)) < percentile / 100)
            low = z;
        else
            high = z;
    }
    return low;
}

/* The guest's own percentile, between those that are sampled. */
static double day_percentile(const struct loop_day *d, double z)
{
    if (z <= Z95)
        return d->p50 + (d->p95 - d->p50) * z / Z95;
    return d->p95 + (d->p99 - d->p95) * fmin(1, (z - Z95) / (Z99 - Z95));
}

enum { DAY_REMEMBERED_S = 24 * 3600 };

/* A day that is known as a whole is remembered, whether anything is decided by it
 * or not: when it is needed, no look can tell of it any more. */
static void day_learn(struct loops *l, const struct loop_look *look)
{
    for (uint32_t g = 0; g < l->guests; g++)
        if (look->day[g].mean >= 0 && look->day[g].known_s >= LOOP_DAY_S) {
            l->day[g] = look->day[g];
            l->day_s[g] = look->now_s;
        }
}

/* What the look knows of the guest's day, and what is remembered of the rest. */
static struct loop_day day_filled(const struct loops *l, uint32_t g)
{
    struct loop_day d = l->look->day[g], k = l->day[g];
    double f = d.mean >= 0 ? d.known_s / LOOP_DAY_S : 0;

    if (f >= 1 || !(l->look->now_s - l->day_s[g] < DAY_REMEMBERED_S))
        return d;
    return (struct loop_day){ f * d.mean + (1 - f) * k.mean,
                              f * d.p50 + (1 - f) * k.p50,
                              f * d.p95 + (1 - f) * k.p95,
                              f * d.p99 + (1 - f) * k.p99, LOOP_DAY_S };
}

/* How much of what is known of the guest is of its day. */
static double day_share(const struct loops *l, const struct loop_day *d)
{
    double learned = fmin(l->last_s - l->first_s, l->p.history_s);

    if (!(d->mean >= 0))
        return 0;
    if (d->known_s >= LOOP_DAY_S)
        return 1;
    return d->known_s / (d->known_s + learned + l->p.look_s);
}

static double day_correlation(const struct loops *l, uint32_t g)
{
    double r = l->past[g].var > 0
                   ? l->slope[g] * sqrt(l->all.var / l->past[g].var)
                   : 0;

    return fmin(fmax(r, -1), 1);
}

static struct loop_wide day_split(double distance, double r)
{
    return (struct loop_wide){ (1 - r * r) * distance * distance,
                               r * distance };
}

static struct loop_usual day_guest(const struct loops *l, uint32_t g,
                                   const struct loop_day *d)
{
    double f = day_share(l, d), r = day_correlation(l, g);
    double sd = sqrt(fmax(l->past[g].var, 0)), mean = l->past[g].mean;
    double at = l->z * sd, most = l->guest[g].cpu;

    if (f > 0) {
        at = f * fmax(day_percentile(d, l->z) - d->mean, 0) + (1 - f) * at;
        sd = f * fmax(fmax((d->p95 - d->mean) / Z95, (d->p99 - d->mean) / Z99),
                      0) +
             (1 - f) * sd;
        mean = f * d->mean + (1 - f) * mean;
    }
    if (l->guest[g].cap > 0)
        most = fmin(most, l->guest[g].cap);
    return (struct loop_usual){ mean, day_split(at, r), day_split(sd, r),
                                most };
}

void day_look(struct loops *l, const struct loop_look *look)
{
    l->by_day = false;
    l->look = look;
    if (!look->day)
        return;
    day_learn(l, look);
    if (!(l->p.percentile > 0))
        return;
    for (uint32_t g = 0; g < l->guests; g++) {
        struct loop_day d = day_filled(l, g);

        l->by_day |= d.mean >= 0;
        l->usually[g] = day_guest(l, g, &d);
    }
}

static void day_add_wide(struct loop_wide *to, const struct loop_wide *w,
                         int sign)
{
    to->own += sign * w->own;
    to->shared += sign * w->shared;
}

void day_count(const struct loops *l, struct loop_usual *to, uint32_t g,
               int sign)
{
    const struct loop_usual *u = &l->usually[g];

    if (!l->by_day)
        return;
    to->mean += sign * u->mean;
    to->most += sign * u->most;
    day_add_wide(&to->at, &u->at, sign);
    day_add_wide(&to->sd, &u->sd, sign);
}

static double day_wide(const struct loop_wide *w)
{
    return sqrt(fmax(w->own, 0) + w->shared * w->shared);
}

/* The host's guests, with one more (sign 1) or less (-1). */
static struct loop_usual day_with(const struct loops *l, uint32_t h,
                                  uint32_t g, int sign)
{
    struct loop_usual u = l->sum[h].usual;

    if (g != LOOP_NONE)
        day_count(l, &u, g, sign);
    return u;
}

double day_busy_of(const struct loop_usual *u)
{
    return fmin(u->mean + day_wide(&u->at), u->most);
}

double day_busy(const struct loops *l, uint32_t h, uint32_t g, int sign)
{
    struct loop_usual u = day_with(l, h, g, sign);

    return day_busy_of(&u);
}

bool day_fits(const struct loops *l, uint32_t g, uint32_t h)
{
    return !l->by_day || day_busy(l, h, g, 1) <= l->host[h].cpu * l->p.fill;
}

double day_risk(const struct loops *l, uint32_t h, uint32_t g, int sign)
{
    struct loop_usual u;
    double sd;

    if (!l->by_day)
        return 0;
    u = day_with(l, h, g, sign);
    sd = day_wide(&u.sd);
    if (u.most <= l->host[h].cpu)
        return 0;
    if (!(sd > 0))
        return u.mean > l->host[h].cpu ? 1 : 0;
    return 0.5 * erfc((l->host[h].cpu - u.mean) / (sd * sqrt(2)));
}

double day_known(const struct loops *l, uint32_t h, uint32_t *young)
{
    double least = LOOP_DAY_S;

    *young = 0;
    for (uint32_t g = l->head[h]; g != LOOP_NONE; g = l->next[g]) {
        struct loop_day d = day_filled(l, g);
        double s = d.mean >= 0 ? d.known_s : 0;

        *young += s < LOOP_DAY_S;
        least = fmin(least, s);
    }
    return least;
}
