/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Measures how uneven the hosts are, in memory and in CPU use.
 *
 * The measure is the standard deviation over the hosts of memory / capacity,
 * plus that of cpu_used / cpus. It is kept as four sums, of which a move
 * changes two terms each.
 */
#include "scheduler/rebalance_impl.h"

#include <math.h>

double rebalance_score(const struct plan_cluster *c, const struct state *s)
{
    double m1 = 0, m2 = 0, c1 = 0, c2 = 0, n = 0;

    for (uint32_t h = 0; h < c->nhost; h++) {
        double m, u;

        if (c->host[h].state != PLAN_UP || c->host[h].cap <= 0)
            continue;
        m = (double)(c->host[h].cap - s->free[h]) / (double)c->host[h].cap;
        u = s->cpu[h] / c->host[h].cpus;
        m1 += m;
        m2 += m * m;
        c1 += u;
        c2 += u * u;
        n++;
    }
    if (n < 1)
        return 0;
    return sqrt(fmax(0, m2 / n - m1 / n * (m1 / n))) +
           sqrt(fmax(0, c2 / n - c1 / n * (c1 / n)));
}

/* --- sums ---------------------------------------------------------------- */

void rebalance_note_use(struct rebalance *r, uint32_t h)
{
    const struct host *x = &r->c->host[h];
    double cap = (double)x->cap;

    r->use[h].mem = (cap - (double)r->s.free[h]) / cap;
    r->use[h].cpu = r->s.cpu[h] / x->cpus;
}

double rebalance_deviation(const struct side *s, double n)
{
    double mean = s->sum / n;

    return sqrt(fmax(0, s->sum2 / n - mean * mean));
}

void rebalance_sums_add(struct rebalance *r, uint32_t h, double sign)
{
    const struct use *u = &r->use[h];

    r->mem.sum += sign * u->mem;
    r->mem.sum2 += sign * u->mem * u->mem;
    r->cpu.sum += sign * u->cpu;
    r->cpu.sum2 += sign * u->cpu * u->cpu;
}

static void side_slope(struct side *s, double n)
{
    double dev = rebalance_deviation(s, n);

    s->var = fmax(1e-8, dev * dev + s->doubt * s->doubt);
    s->slope = 1 / sqrt(s->var);
}

void rebalance_slopes(struct rebalance *r)
{
    side_slope(&r->mem, r->n);
    side_slope(&r->cpu, r->n);
}

void rebalance_measure(struct rebalance *r)
{
    r->mem.sum = r->mem.sum2 = r->cpu.sum = r->cpu.sum2 = 0;
    for (uint32_t i = 0; i < r->n; i++) {
        rebalance_note_use(r, r->host[i]);
        rebalance_sums_add(r, r->host[i], 1);
    }
    rebalance_slopes(r);
}

/* --- of one host --------------------------------------------------------- */

void rebalance_press(struct rebalance *r, uint32_t h)
{
    r->press[h] = r->mem.slope * (r->use[h].mem - r->mem.sum / r->n) +
                  r->cpu.slope * (r->use[h].cpu - r->cpu.sum / r->n);
}

/*
 * 15% after half a second, which was seen on idle guests under emulation, and
 * less with the square root of the time. Without this, the noise of two
 * measurements would move guests to and fro between hosts that are level.
 */
double rebalance_cpu_doubt(double sample_ms)
{
    return sample_ms > 0 ? fmin(0.15, 0.15 * sqrt(500 / sample_ms)) : 0;
}
