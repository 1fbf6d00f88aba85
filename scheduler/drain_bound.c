/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * How cheap a drain can be at best, by prices.
 *
 * Take the room on each host as something to be bought: mu[h] for a MiB,
 * nu[h] for a vCPU. Whatever the prices are, the sum over the units of their
 * cheapest (cost + price of the room), less the value of all free room, is no
 * more than what any plan costs (Lagrangian duality; Fisher 1981). Subgradient
 * steps raise the prices where too many want to go and lower them elsewhere.
 *
 * Plans may also move guests that were not asked to move, so a unit that is
 * larger than a host's free room is not out of the question: it costs at least
 * alpha for each GiB that has to leave. Together with a price of up to alpha a
 * GiB this counts the size of the unit as what is free there (below, `size`),
 * and no guest that is there would rather leave than be paid for. At dearer
 * prices the value of those that would is taken off.
 */
#include "scheduler/drain_impl.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    EXPLICIT_MAX = 400000, /* units * hosts that get prices */
    WORK = 1500000,        /* units * hosts * steps, about */
    STEPS_MIN = 24,
    STEPS_MAX = 160,
};

struct prices {
    struct drain *d;
    uint32_t *host; /* that have prices */
    uint32_t n;
    double *base; /* [unit][host]: cost, deficits included; INFINITY */
    double *far;  /* by unit: cheapest among the hosts without prices */
    double *mu, *nu, *load, *vload;
    double best;
    double *best_mu, *best_nu;
    bool use_nu;
};

/* --- which hosts get prices ---------------------------------------------- */

/* All of them when they are few; else those in rings cheaper than the last,
 * for which the units compete. */
static int prices_choose_hosts(struct prices *u, uint8_t *has)
{
    struct drain *d = u->d;
    bool all = (uint64_t)d->nunit * d->ncand <= EXPLICIT_MAX;

    for (uint32_t k = 0; k < d->nsrc; k++) {
        const struct source *src = &d->src[k];
        int last = 0;

        for (uint32_t r = 0; r < src->ring_n; r++)
            last = d->ring[src->ring + r].hops > last
                       ? d->ring[src->ring + r].hops
                       : last;
        for (uint32_t r = 0; r < src->ring_n; r++) {
            const struct ring *ring = &d->ring[src->ring + r];

            for (uint32_t i = 0; i < ring->n && (all || ring->hops < last);
                 i++)
                has[src->host[ring->first + i]] = 1;
        }
    }
    u->host = calloc(d->ncand + 1, sizeof *u->host);
    if (!u->host)
        return -ENOMEM;
    for (uint32_t i = 0; i < d->ncand; i++)
        if (has[d->cand[i]])
            u->host[u->n++] = d->cand[i];
    if ((uint64_t)d->nunit * u->n > 8u * EXPLICIT_MAX) {
        u->n = 0; /* a drain of half the cluster: no prices */
        memset(has, 0, d->c->nhost);
    }
    return 0;
}

static bool ring_has_prices(const struct drain *d, const struct unit *u,
                            uint32_t r, const uint8_t *has)
{
    for (uint32_t i = 0; i < drain_ring_at(d, u, r)->n; i++)
        if (!has[drain_ring_host(d, u, r, i)])
            return false;
    return true;
}

static int prices_fill_base(struct prices *u, const uint8_t *has)
{
    struct drain *d = u->d;

    u->base = malloc(((size_t)d->nunit * u->n + 1) * sizeof *u->base);
    u->far = malloc((d->nunit + 1) * sizeof *u->far);
    if (!u->base || !u->far)
        return -ENOMEM;
    for (uint32_t i = 0; i < d->nunit; i++) {
        const struct unit *v = &d->unit[i];
        const struct source *src = &d->src[v->src];
        double *base = u->base + (size_t)i * u->n;

        for (uint32_t k = 0; k < u->n; k++) {
            uint32_t h = u->host[k];

            base[k] = INFINITY;
            if (drain_suits(d, v, h) && d->c->host[h].cap >= v->mem &&
                d->c->host[h].vcap >= v->vcpus)
                base[k] = drain_direct_or_twice(d, v, drain_cost(d, v, h)) +
                          drain_deficit_cost(d, v->mem, d->free_at_start[h]);
        }
        u->far[i] = INFINITY;
        for (uint32_t r = 0; r < src->ring_n; r++) {
            if (ring_has_prices(d, v, r, has))
                continue;
            u->far[i] =
                fmin(u->far[i],
                     drain_direct_or_twice(d, v, drain_ring_least(d, v, r)));
        }
        if (!d->c->metric && isfinite(v->least))
            u->far[i] = fmin(u->far[i], drain_direct_or_twice(d, v, INFINITY));
    }
    return 0;
}

/* --- one look at the prices ---------------------------------------------- */

/* What guests that stand on a host with this price would rather be worth
 * away from it. */
static double prices_would_leave(const struct prices *u, uint32_t k,
                                 double *load, double *vload)
{
    const struct plan_cluster *c = u->d->c;
    double a = c->set.alpha / 1024, stay = fmin(u->mu[k], a), sum = 0;
    uint32_t h = u->host[k];

    if (u->mu[k] <= a && u->nu[k] <= 0)
        return 0;
    for (uint32_t i = c->first[h]; i < c->first[h + 1]; i++) {
        const struct dom *w = &c->dom[c->on_host[i]];
        double worth = u->mu[k] * (double)w->mem + u->nu[k] * w->vcpus;
        double leave = stay * (double)w->mem + c->set.beta * c->min_hops;

        if (dom_fixed(w) || worth <= leave)
            continue;
        sum += worth - leave;
        *load -= (double)w->mem;
        *vload -= w->vcpus;
    }
    return sum;
}

/* The dual function; load and vload are what the units would fill. */
static double prices_evaluate(struct prices *u)
{
    struct drain *d = u->d;
    double a = d->c->set.alpha / 1024, value = 0;

    memset(u->load, 0, u->n * sizeof *u->load);
    memset(u->vload, 0, u->n * sizeof *u->vload);
    for (uint32_t i = 0; i < d->nunit; i++) {
        const struct unit *v = &d->unit[i];
        const double *base = u->base + (size_t)i * u->n;
        double best = u->far[i];
        uint32_t at = NONE;

        if (v->fixed)
            continue;
        for (uint32_t k = 0; k < u->n; k++) {
            double x = base[k], over;

            if (x >= best)
                continue;
            over = fmax(0, (double)(v->mem - d->free_at_start[u->host[k]]));
            x += u->mu[k] * (double)v->mem - fmin(u->mu[k], a) * over +
                 u->nu[k] * v->vcpus;
            if (x < best) {
                best = x;
                at = k;
            }
        }
        if (isfinite(best))
            value += best;
        if (at == NONE)
            continue;
        u->load[at] += (double)v->mem;
        u->vload[at] += v->vcpus;
    }
    for (uint32_t k = 0; k < u->n; k++) {
        uint32_t h = u->host[k];

        if (u->mu[k] > 0 || u->nu[k] > 0)
            value -= u->mu[k] * (double)d->free_at_start[h] +
                     u->nu[k] * drain_vfree_at_start(d, h) +
                     prices_would_leave(u, k, &u->load[k], &u->vload[k]);
    }
    return value;
}

/* --- raising them -------------------------------------------------------- */

static void prices_keep_best(struct prices *u, double value)
{
    if (value <= u->best)
        return;
    u->best = value;
    memcpy(u->best_mu, u->mu, u->n * sizeof *u->mu);
    memcpy(u->best_nu, u->nu, u->n * sizeof *u->nu);
}

/* A step towards `aim`; the scale makes a GiB and a vCPU comparable. */
static bool prices_step(struct prices *u, double value, double aim,
                        double relax)
{
    const struct drain *d = u->d;
    double norm = 0, scale = 1024.0 * 4, t;

    for (uint32_t k = 0; k < u->n; k++) {
        double g = u->load[k] - (double)d->free_at_start[u->host[k]];
        double gv = u->vload[k] - drain_vfree_at_start(d, u->host[k]);

        u->load[k] = g = g < 0 && u->mu[k] <= 0 ? 0 : g / scale;
        u->vload[k] = gv = !u->use_nu || (gv < 0 && u->nu[k] <= 0) ? 0 : gv;
        norm += g * g + gv * gv;
    }
    if (norm < 1e-12)
        return false;
    t = relax * fmax(aim - value, 1e-4 * fabs(value)) / norm;
    for (uint32_t k = 0; k < u->n; k++) {
        u->mu[k] = fmax(0, u->mu[k] + t * u->load[k] / scale);
        u->nu[k] = fmax(0, u->nu[k] + t * u->vload[k]);
    }
    return true;
}

static void prices_ascend(struct prices *u, double aim)
{
    uint64_t size = (uint64_t)u->d->nunit * u->n + 1;
    int steps = (int)(WORK / size), since = 0;
    double relax = 1, before = -INFINITY;

    steps = steps < STEPS_MIN ? STEPS_MIN : steps;
    steps = steps > STEPS_MAX ? STEPS_MAX : steps;
    for (int i = 0; i < steps; i++) {
        double value = prices_evaluate(u);

        prices_keep_best(u, value);
        if (u->best >= aim - 1e-9)
            break;
        since = value > before + 1e-6 ? 0 : since + 1;
        before = fmax(before, value);
        if (since >= 5) {
            relax *= 0.6;
            since = 0;
        }
        if (!prices_step(u, value, aim, relax))
            break;
    }
}

/* --- the bound ----------------------------------------------------------- */

static int prices_init(struct prices *u, uint8_t *has)
{
    struct drain *d = u->d;
    int rc = prices_choose_hosts(u, has);

    if (!rc)
        rc = prices_fill_base(u, has);
    if (rc)
        return rc;
    u->mu = calloc(u->n + 1, sizeof *u->mu);
    u->nu = calloc(u->n + 1, sizeof *u->nu);
    u->load = calloc(u->n + 1, sizeof *u->load);
    u->vload = calloc(u->n + 1, sizeof *u->vload);
    u->best_mu = calloc(u->n + 1, sizeof *u->best_mu);
    u->best_nu = calloc(u->n + 1, sizeof *u->best_nu);
    d->price = calloc(d->c->nhost + 1, sizeof *d->price);
    d->vprice = calloc(d->c->nhost + 1, sizeof *d->vprice);
    if (!u->mu || !u->nu || !u->load || !u->vload || !u->best_mu ||
        !u->best_nu || !d->price || !d->vprice)
        return -ENOMEM;
    return 0;
}

static void prices_dispose(struct prices *u)
{
    free(u->host);
    free(u->base);
    free(u->far);
    free(u->mu);
    free(u->nu);
    free(u->load);
    free(u->vload);
    free(u->best_mu);
    free(u->best_nu);
}

/* vCPUs need prices where they run out before memory does. */
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
    struct prices u = { .d = d, .best = -INFINITY };
    uint8_t *has = calloc(d->c->nhost + 1, 1);
    double aim = d->unplaced ? d->bound * 1.01 + 1 : d->total;
    int rc = -ENOMEM;

    if (!has)
        goto out;
    rc = prices_init(&u, has);
    if (rc)
        goto out;
    u.use_nu = drain_vcpus_are_short(d);
    prices_ascend(&u, aim);
    d->bound = fmax(d->bound, u.best);
    for (uint32_t k = 0; k < u.n; k++) {
        d->price[u.host[k]] = u.best_mu[k];
        d->vprice[u.host[k]] = u.best_nu[k];
    }
out:
    prices_dispose(&u);
    free(has);
    return rc;
}
