/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Prepares the prices of a bound: the hosts that get some, and each unit's
 * costs.
 */
#include "scheduler/drain_prices.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Units times hosts: up to so many, all hosts get prices. */
enum { EXPLICIT_MAX = 400000 };

/* Marks the hosts in rings nearer than a source's farthest: it is for those
 * that units compete. All of them when they are few. */
static void prices_mark_hosts(const struct drain *d, uint8_t *has)
{
    bool all = (uint64_t)d->nunit * d->ncand <= EXPLICIT_MAX;

    for (uint32_t k = 0; k < d->nsrc; k++) {
        const struct source *src = &d->src[k];
        const struct ring *ring = src->ring_n ? d->ring + src->ring : NULL;
        int farthest = 0;

        for (uint32_t r = 0; r < src->ring_n; r++)
            farthest = ring[r].hops > farthest ? ring[r].hops : farthest;
        for (uint32_t r = 0; r < src->ring_n; r++)
            for (uint32_t i = 0;
                 i < ring[r].n && (all || ring[r].hops < farthest); i++)
                has[src->host[ring[r].first + i]] = 1;
    }
}

static int prices_choose_hosts(struct prices *pr, uint8_t *has)
{
    struct drain *d = pr->d;

    prices_mark_hosts(d, has);
    pr->host = calloc(d->ncand + 1, sizeof *pr->host);
    if (!pr->host)
        return -ENOMEM;
    for (uint32_t i = 0; i < d->ncand; i++)
        if (has[d->cand[i]])
            pr->host[pr->n++] = d->cand[i];
    if ((uint64_t)d->nunit * pr->n > 8u * EXPLICIT_MAX) {
        pr->n = 0; /* a drain of half the cluster: no prices */
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

static void prices_fill_unit(struct prices *pr, uint32_t unit,
                             const uint8_t *has)
{
    struct drain *d = pr->d;
    const struct unit *u = &d->unit[unit];
    double *base = pr->base + (size_t)unit * pr->n, least = INFINITY;

    for (uint32_t k = 0; k < pr->n; k++) {
        uint32_t h = pr->host[k];

        base[k] = INFINITY;
        if (drain_suits(d, u, h) && d->c->host[h].cap >= u->mem &&
            d->c->host[h].vcap >= u->vcpus)
            base[k] = drain_direct_or_twice(d, u, drain_cost(d, u, h)) +
                      drain_deficit_cost(d, u->mem, d->free_at_start[h]);
    }
    for (uint32_t r = 0; r < d->src[u->src].ring_n; r++)
        if (!ring_has_prices(d, u, r, has))
            least = fmin(
                least, drain_direct_or_twice(d, u, drain_ring_least(d, u, r)));
    if (!d->c->metric && isfinite(u->least))
        least = fmin(least, drain_direct_or_twice(d, u, INFINITY));
    pr->elsewhere[unit] = least;
}

static int prices_fill(struct prices *pr, const uint8_t *has)
{
    struct drain *d = pr->d;

    pr->base = malloc(((size_t)d->nunit * pr->n + 1) * sizeof *pr->base);
    pr->elsewhere = malloc((d->nunit + 1) * sizeof *pr->elsewhere);
    if (!pr->base || !pr->elsewhere)
        return -ENOMEM;
    for (uint32_t i = 0; i < d->nunit; i++)
        prices_fill_unit(pr, i, has);
    return 0;
}

int prices_init(struct prices *pr)
{
    struct drain *d = pr->d;
    uint8_t *has = calloc(d->c->nhost + 1, 1);
    int rc = has ? prices_choose_hosts(pr, has) : -ENOMEM;

    if (!rc)
        rc = prices_fill(pr, has);
    free(has);
    if (rc)
        return rc;
    pr->mu = calloc(pr->n + 1, sizeof *pr->mu);
    pr->nu = calloc(pr->n + 1, sizeof *pr->nu);
    pr->load = calloc(pr->n + 1, sizeof *pr->load);
    pr->vload = calloc(pr->n + 1, sizeof *pr->vload);
    pr->best_mu = calloc(pr->n + 1, sizeof *pr->best_mu);
    pr->best_nu = calloc(pr->n + 1, sizeof *pr->best_nu);
    free(d->price);
    free(d->vprice);
    d->price = calloc(d->c->nhost + 1, sizeof *d->price);
    d->vprice = calloc(d->c->nhost + 1, sizeof *d->vprice);
    if (!pr->mu || !pr->nu || !pr->load || !pr->vload || !pr->best_mu ||
        !pr->best_nu || !d->price || !d->vprice)
        return -ENOMEM;
    return 0;
}

void prices_dispose(struct prices *pr)
{
    free(pr->host);
    free(pr->base);
    free(pr->elsewhere);
    free(pr->mu);
    free(pr->nu);
    free(pr->load);
    free(pr->vload);
    free(pr->best_mu);
    free(pr->best_nu);
}
