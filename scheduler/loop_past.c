/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What guests have used: means and deviations that forget, and the risk of a
 * host that follows from them.
 *
 * The demand of a look counts with weight 1 - exp(-dt / history_s), or more
 * while the past is shorter than that, so that at first all looks count alike
 * (West, Updating Mean and Variance Estimates, 1979). Guests are correlated by
 * one factor, the load of all: cov(i, j) = slope(i) slope(j) var(all), so that
 * the sums over a host's guests are all that its risk needs. The sum of many
 * guests is taken as normal.
 */
#include "scheduler/loop_impl.h"

#include <math.h>

/* A guest that was seen once may use a tenth of its CPU more or less. */
static const double FIRST_DEVIATION = 0.1;

static double past_weight(const struct loops *l, double now_s)
{
    double dt = now_s - l->last_s, past = now_s - l->first_s;
    double w = 1 - exp(-dt / l->p.history_s);

    /* the first demand stands for one look, too */
    return fmax(w, dt / (past + l->p.look_s));
}

static void past_add(struct loop_past *p, double x, double w, double all)
{
    double d = x - p->mean;

    p->mean += w * d;
    p->var = (1 - w) * (p->var + w * d * d);
    p->with_all = (1 - w) * (p->with_all + w * d * all);
}

static void past_begin(struct loops *l, const struct loop_look *look,
                       uint32_t g)
{
    double sd = FIRST_DEVIATION * l->guest[g].cpu;

    l->past[g] = (struct loop_past){ look->demand[g], sd * sd, 0 };
    l->slope[g] = 0;
}

static void past_first(struct loops *l, const struct loop_look *look)
{
    for (uint32_t g = 0; g < l->guests; g++)
        past_begin(l, look, g);
    l->first_s = look->now_s;
}

void past_look(struct loops *l, const struct loop_look *look)
{
    double w = l->looked ? past_weight(l, look->now_s) : 1, all = 0, d;

    for (uint32_t g = 0; g < l->guests; g++)
        all += look->demand[g];
    all = l->all_cpu > 0 ? all / l->all_cpu : 0;
    d = all - l->all.mean;
    if (!l->looked) {
        past_first(l, look);
        l->all = (struct loop_past){ all, 0, 0 };
    } else {
        for (uint32_t g = 0; g < l->guests; g++)
            if (isnan(l->past[g].mean)) /* it is new */
                past_begin(l, look, g);
            else
                past_add(&l->past[g], look->demand[g], w, d);
        past_add(&l->all, all, w, d);
    }
    for (uint32_t g = 0; g < l->guests && l->all.var > 0; g++)
        l->slope[g] = l->past[g].with_all / l->all.var;
    l->looked = true;
    l->last_s = look->now_s;
}

static double past_over(const struct loops *l, uint32_t h, double mean,
                        double own, double factor)
{
    double var = fmax(own, 0) + factor * factor * l->all.var;

    if (!(var > 0))
        return mean > l->host[h].cpu ? 1 : 0;
    return 0.5 * erfc((l->host[h].cpu - mean) / sqrt(2 * var));
}

static double past_own(const struct loops *l, uint32_t g)
{
    return l->past[g].var - l->slope[g] * l->slope[g] * l->all.var;
}

double past_risk(const struct loops *l, uint32_t h)
{
    const struct loop_sums *s = &l->sum[h];

    return fmax(past_over(l, h, s->mean, s->own_var, s->factor),
                day_risk(l, h, LOOP_NONE, 0));
}

double past_risk_with(const struct loops *l, uint32_t h, uint32_t g)
{
    const struct loop_sums *s = &l->sum[h];

    return fmax(past_over(l, h, s->mean + l->past[g].mean,
                          s->own_var + past_own(l, g),
                          s->factor + l->slope[g]),
                day_risk(l, h, g, 1));
}

double past_risk_without(const struct loops *l, uint32_t h, uint32_t g)
{
    const struct loop_sums *s = &l->sum[h];

    return fmax(past_over(l, h, s->mean - l->past[g].mean,
                          s->own_var - past_own(l, g),
                          s->factor - l->slope[g]),
                day_risk(l, h, g, -1));
}

double past_risk_wh(const struct loops *l)
{
    /* balance that decides by days mends no moment */
    return l->p.violation_wh *
           (l->p.balance > 0 && !l->by_day ? l->p.mended : 1);
}

double loops_mean(const struct loops *l, uint32_t guest)
{
    return l->past[guest].mean;
}

double loops_deviation(const struct loops *l, uint32_t guest)
{
    return sqrt(fmax(l->past[guest].var, 0));
}

double loops_risk(const struct loops *l, uint32_t host)
{
    return past_risk(l, host);
}
