/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Proves how cheap a drain can be at best, by prices of the room on hosts.
 *
 * Take the room on each host as something to be bought: mu[h] for a MiB,
 * nu[h] for a vCPU. Whatever the prices are, add up over the units the
 * cheapest of (cost + price of the room), and subtract the value of all free
 * room: the result is no more than what any plan costs (Lagrangian duality;
 * Fisher 1981). Subgradient steps raise the prices where too many units want
 * to go, and lower them elsewhere.
 *
 * Plans may also move guests that were not asked to move. So a host with too
 * little room for a unit counts as well: using it costs at least alpha for
 * each GiB that has to leave (in `base`), and the room that those guests free
 * is not paid for again (`over`). At prices above alpha a GiB, the guests of a
 * host would gain by leaving it; what they would gain is subtracted.
 */
#include "scheduler/drain_prices.h"

#include <math.h>
#include <string.h>

enum {
    WORK = 1500000, /* units * hosts * steps, about */
    STEPS_MIN = 24,
    STEPS_MAX = 160,
    PRICED_MAX = 5000, /* units times hosts: where prices cost little time */
};

/* A host that has more than its limit may go on to: its room is none. */
static double prices_room(const struct drain *d, uint32_t host)
{
    return fmax(0, (double)d->free_at_start[host]);
}

/* --- the bound at some prices -------------------------------------------- */

/* What would be gained if guests that are on a host left it at its prices:
 * each that gains does so. */
static double prices_would_leave(const struct prices *pr, uint32_t k,
                                 double *load, double *vload)
{
    const struct plan_cluster *c = pr->d->c;
    double a = c->set.alpha / 1024, stay = fmin(pr->mu[k], a), sum = 0;
    uint32_t h = pr->host[k];

    if (pr->mu[k] <= a && pr->nu[k] <= 0)
        return 0;
    for (uint32_t i = c->first[h]; i < c->first[h + 1]; i++) {
        const struct dom *v = &c->dom[c->on_host[i]];
        double worth = pr->mu[k] * (double)v->mem + pr->nu[k] * v->vcpus;
        double leave = stay * (double)v->held + c->set.beta * c->min_hops;

        if (dom_fixed(v) || worth <= leave)
            continue;
        sum += worth - leave;
        *load -= (double)v->mem;
        *vload -= v->vcpus;
    }
    return sum;
}

/* The cheapest place of a unit at these prices; *at_r is its host's index,
 * NONE for one without a price. */
static double prices_cheapest(const struct prices *pr, uint32_t unit,
                              uint32_t *at_r)
{
    const struct drain *d = pr->d;
    const struct unit *u = &d->unit[unit];
    const double *base = pr->base + (size_t)unit * pr->n;
    double a = d->c->set.alpha / 1024, best = pr->elsewhere[unit];

    *at_r = NONE;
    for (uint32_t k = 0; k < pr->n; k++) {
        double x = base[k], over;

        if (x >= best)
            continue;
        over = fmax(0, (double)(u->mem - d->free_at_start[pr->host[k]]));
        x += pr->mu[k] * (double)u->mem - fmin(pr->mu[k], a) * over +
             pr->nu[k] * u->vcpus;
        if (x < best) {
            best = x;
            *at_r = k;
        }
    }
    return best;
}

/* The bound at these prices; fills in load and vload. */
static double prices_evaluate(struct prices *pr)
{
    struct drain *d = pr->d;
    double value = 0;

    memset(pr->load, 0, pr->n * sizeof *pr->load);
    memset(pr->vload, 0, pr->n * sizeof *pr->vload);
    for (uint32_t i = 0; i < d->nunit; i++) {
        const struct unit *u = &d->unit[i];
        uint32_t at;
        double best;

        if (u->fixed)
            continue;
        best = prices_cheapest(pr, i, &at);
        if (isfinite(best))
            value += best;
        if (at == NONE)
            continue;
        pr->load[at] += (double)u->mem;
        pr->vload[at] += u->vcpus;
    }
    for (uint32_t k = 0; k < pr->n; k++) {
        uint32_t h = pr->host[k];

        if (pr->mu[k] > 0 || pr->nu[k] > 0)
            value -= pr->mu[k] * prices_room(d, h) +
                     pr->nu[k] * drain_vfree_at_start(d, h) +
                     prices_would_leave(pr, k, &pr->load[k], &pr->vload[k]);
    }
    return value;
}

/* --- better prices ------------------------------------------------------- */

static void prices_keep_best(struct prices *pr, double value)
{
    if (value <= pr->best)
        return;
    pr->best = value;
    memcpy(pr->best_mu, pr->mu, pr->n * sizeof *pr->mu);
    memcpy(pr->best_nu, pr->nu, pr->n * sizeof *pr->nu);
}

/* Changes the prices by a step towards a bound of `aim`; false: they can't get
 * better. The scale makes MiB and vCPUs comparable. */
static bool prices_step(struct prices *pr, double value, double aim,
                        double relax)
{
    const struct drain *d = pr->d;
    double norm = 0, scale = 1024.0 * 4, t;

    for (uint32_t k = 0; k < pr->n; k++) {
        double g = pr->load[k] - prices_room(d, pr->host[k]);
        double gv = pr->vload[k] - drain_vfree_at_start(d, pr->host[k]);

        pr->load[k] = g = g < 0 && pr->mu[k] <= 0 ? 0 : g / scale;
        pr->vload[k] = gv = !pr->use_nu || (gv < 0 && pr->nu[k] <= 0) ? 0 : gv;
        norm += g * g + gv * gv;
    }
    if (norm < 1e-12)
        return false;
    t = relax * fmax(aim - value, 1e-4 * fabs(value)) / norm;
    for (uint32_t k = 0; k < pr->n; k++) {
        pr->mu[k] = fmax(0, pr->mu[k] + t * pr->load[k] / scale);
        pr->nu[k] = fmax(0, pr->nu[k] + t * pr->vload[k]);
    }
    return true;
}

static void prices_ascend(struct prices *pr, double aim)
{
    uint64_t size = (uint64_t)pr->d->nunit * pr->n + 1;
    int steps = (int)(WORK / size), since = 0;
    double relax = 1, before = -INFINITY;

    steps = steps < STEPS_MIN ? STEPS_MIN : steps;
    steps = steps > STEPS_MAX ? STEPS_MAX : steps;
    for (int i = 0; i < steps; i++) {
        double value = prices_evaluate(pr);

        prices_keep_best(pr, value);
        if (pr->best >= aim - 1e-9)
            break;
        since = value > before + 1e-6 ? 0 : since + 1;
        before = fmax(before, value);
        if (since >= 5) {
            relax *= 0.6;
            since = 0;
        }
        if (!prices_step(pr, value, aim, relax))
            break;
    }
}

/* --- the bound ----------------------------------------------------------- */

/* Are vCPUs scarcer than memory? Only then they need prices. */
static bool drain_vcpus_are_short(const struct drain *d)
{
    double mem = 0, cpu = 0, free = 0, vfree = 0;

    for (uint32_t i = 0; i < d->nunit; i++) {
        mem += (double)d->unit[i].mem;
        cpu += d->unit[i].vcpus;
    }
    for (uint32_t i = 0; i < d->ncand; i++) {
        free += fmax(0, (double)d->free_at_start[d->cand[i]]);
        vfree += drain_vfree_at_start(d, d->cand[i]);
    }
    return cpu * free > mem * vfree * 0.8;
}

int drain_bound(struct drain *d)
{
    struct prices pr = { .d = d, .best = -INFINITY };
    double aim = d->unplaced ? d->bound * 1.01 + 1 : d->total;
    int rc = prices_init(&pr);

    if (rc)
        goto out;
    pr.use_nu = drain_vcpus_are_short(d);
    prices_ascend(&pr, aim);
    d->bound = fmax(d->bound, pr.best);
    for (uint32_t k = 0; k < pr.n; k++) {
        d->price[pr.host[k]] = pr.best_mu[k];
        d->vprice[pr.host[k]] = pr.best_nu[k];
    }
out:
    prices_dispose(&pr);
    return rc;
}

int drain_bound_of_all(struct drain *d)
{
    const struct plan_cluster *c = d->c;

    if (d->within != WITHIN_LIMITS)
        return 0;
    for (uint32_t h = 0; h < c->nhost; h++)
        d->free_at_start[h] = c->host[h].cap - c->used[h];
    d->no_deficit = true;
    drain_least(d);
    return drain_good_enough(d) || (uint64_t)d->nunit * d->ncand > PRICED_MAX
               ? 0
               : drain_bound(d);
}
