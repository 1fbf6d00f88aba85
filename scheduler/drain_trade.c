/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Lets one more guest leave where some have to stay behind: one that has a
 * place gives it up, and several that have none get one.
 *
 * With best effort the number of guests that leave is what counts. The search
 * (drain_search.c) draws at random what it takes out together; this looks at
 * each one.
 */
#include "scheduler/drain_impl.h"

#include <errno.h>
#include <stdlib.h>

enum { LOOKS = 2000000 }; /* at hosts, in all */

struct trade {
    struct drain *d;
    uint32_t *got; /* units that got a place in this try */
    uint32_t n;
};

/* The cheapest host with room. */
static uint32_t trade_host(struct drain *d, const struct unit *u)
{
    uint32_t best = NONE;

    d->work += d->ncand;
    for (uint32_t k = 0; k < d->ncand; k++)
        if (drain_fits(d, u, d->cand[k]) &&
            (best == NONE ||
             drain_cost(d, u, d->cand[k]) < drain_cost(d, u, best)))
            best = d->cand[k];
    return best;
}

static bool trade_waits(const struct unit *u)
{
    return u->to == NONE && !u->fixed && !u->displaceable;
}

/* Gives the unit a place, if there is one. The number of its guests. */
static uint32_t trade_put(struct trade *t, uint32_t unit)
{
    struct drain *d = t->d;
    uint32_t host = trade_host(d, &d->unit[unit]);

    if (host == NONE)
        return 0;
    drain_put(d, unit, host);
    t->got[t->n++] = unit;
    return d->unit[unit].n;
}

/* Gives places to units that have none: to this one (unless NONE), and then to
 * others, the smallest first, but not to `except`. The number of their
 * guests. */
static uint32_t trade_place(struct trade *t, uint32_t first, uint32_t except)
{
    struct drain *d = t->d;
    uint32_t guests = first == NONE ? 0 : trade_put(t, first);

    if (first != NONE && !guests)
        return 0;
    for (uint32_t k = d->nunit; k-- > 0;) {
        uint32_t i = d->order_by_size[k];

        if (i != except && trade_waits(&d->unit[i]))
            guests += trade_put(t, i);
    }
    return guests;
}

/* Whether more guests leave when this unit does not, and that one comes first;
 * if not, all is as it was, but that the unit has no place. */
static bool trade_pays(struct trade *t, uint32_t unit, uint32_t first)
{
    t->n = 0;
    t->d->work += t->d->nunit;
    if (trade_place(t, first, unit) > t->d->unit[unit].n)
        return true;
    while (t->n)
        drain_put(t->d, t->got[--t->n], NONE);
    return false;
}

/* A unit of several guests is worth as many small ones, and comes first once:
 * it would never get a place after them. */
static bool trade_one(struct trade *t, uint32_t unit)
{
    struct drain *d = t->d;
    uint32_t host = d->unit[unit].to;
    bool pays;

    drain_put(d, unit, NONE);
    pays = trade_pays(t, unit, NONE);
    for (uint32_t i = 0; i < d->nunit && !pays; i++)
        if (i != unit && d->unit[i].n > 1 && trade_waits(&d->unit[i]))
            pays = trade_pays(t, unit, i);
    if (!pays)
        drain_put(d, unit, host);
    return pays;
}

int drain_trade(struct drain *d)
{
    struct trade t = { .d = d };
    bool better = true;
    int rc = drain_search_prepare(d);

    if (rc)
        return rc;
    t.got = calloc((size_t)d->nunit + 1, sizeof *t.got);
    if (!t.got)
        return -ENOMEM;
    d->undo_cap = 0; /* it takes its steps back itself */
    d->work = 0;
    d->work_max = LOOKS;
    while (better) {
        better = false;
        for (uint32_t k = 0; k < d->nunit && !drain_looks_spent(d); k++) {
            uint32_t i = d->order_by_size[k];
            const struct unit *u = &d->unit[i];

            if (u->to != NONE && !u->displaceable)
                better |= trade_one(&t, i);
        }
    }
    free(t.got);
    return 0;
}
