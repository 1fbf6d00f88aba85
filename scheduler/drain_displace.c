/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Makes room for a drain by moving guests that were not asked to move.
 *
 * They become units as well, where no direct plan was found. Staying costs
 * them nothing, so the local search displaces one only where that gives a
 * place to a unit that has to leave.
 */
#include "scheduler/drain_impl.h"

#include <errno.h>
#include <stdlib.h>

enum {
    ALL_GUESTS = 3000, /* up to so many guests, all may be displaced; */
    NEAREST = 48,      /* else those of so many hosts that lack least room, */
    UNITS = 16,        /* for each of so many units */
    LOOKS = 6000000,   /* of a search */
};

static bool displace_may_move(const struct drain *d, uint32_t dom)
{
    const struct dom *v = &d->c->dom[dom];

    return !dom_fixed(v) && d->unit_of[dom] == NONE;
}

static int displace_add_host(struct drain *d, uint32_t host)
{
    const struct plan_cluster *c = d->c;

    for (uint32_t k = c->first[host]; k < c->first[host + 1]; k++)
        if (displace_may_move(d, c->on_host[k]) &&
            drain_add_displaceable(d, c->on_host[k]))
            return -ENOMEM;
    return 0;
}

/* Adds the guests of the hosts that lack least room for a unit: the first that
 * suit it, because candidates are ordered by free memory. */
static int displace_add_nearest(struct drain *d, uint32_t unit)
{
    uint32_t seen = 0;

    for (uint32_t i = 0; i < d->ncand && seen < NEAREST; i++) {
        uint32_t h = d->cand[i];

        if (!drain_suits(d, &d->unit[unit], h) ||
            d->c->host[h].cap < d->unit[unit].mem)
            continue;
        seen++;
        if (displace_add_host(d, h))
            return -ENOMEM;
    }
    return 0;
}

static int displace_add_guests(struct drain *d)
{
    uint32_t units = d->nunit, done = 0;
    int rc = 0;

    if (d->c->ndom <= ALL_GUESTS) {
        for (uint32_t i = 0; i < d->ncand && !rc; i++)
            rc = displace_add_host(d, d->cand[i]);
        return rc;
    }
    for (uint32_t i = 0; i < units && !rc && done < UNITS; i++)
        if (d->unit[i].to == NONE && !d->unit[i].fixed) {
            rc = displace_add_nearest(d, i);
            done++;
        }
    return rc;
}

/* Puts all back: the displaced guests on their own hosts, then the others
 * where they were placed before. */
static void displace_restore(struct drain *d, const uint32_t *to, uint32_t n)
{
    d->undo_cap = 0; /* this is not to be undone */
    for (uint32_t i = 0; i < d->nunit; i++)
        if (d->unit[i].to != NONE)
            drain_put(d, i, NONE);
    for (uint32_t i = d->nunit; i-- > 0;)
        if (i >= n)
            drain_put(d, i, d->unit[i].from);
        else if (to[i] != NONE)
            drain_put(d, i, to[i]);
}

/* A host that was left may have room now where it had none at the start; the
 * search, which goes by the room at the start, does not see that. */
static void displace_last_look(struct drain *d)
{
    for (uint32_t i = 0; i < d->nunit; i++) {
        const struct unit *u = &d->unit[i];
        uint32_t best = NONE;

        for (uint32_t k = 0; k < d->ncand && u->to == NONE; k++)
            if (drain_fits(d, u, d->cand[k]) &&
                (best == NONE ||
                 drain_cost(d, u, d->cand[k]) < drain_cost(d, u, best)))
                best = d->cand[k];
        if (best != NONE)
            drain_put(d, i, best);
    }
}

/* Each try starts from the same places, and draws other random numbers. */
enum { TRIES = 4 };

int drain_displace(struct drain *d)
{
    uint32_t n = d->nunit, *to = calloc(n + 1, sizeof *to);
    int rc = to ? displace_add_guests(d) : -ENOMEM;

    for (uint32_t i = 0; i < n && !rc; i++)
        to[i] = d->unit[i].to;
    for (int i = 0; i < TRIES && !rc; i++) {
        rc = drain_search(d, LOOKS);
        if (rc)
            break;
        rc = d->unplaced_displaceable ? -EDEADLK
                                      : drain_order_displaced(d, NULL);
        if (rc != -EDEADLK)
            break;
        displace_restore(d, to, n);
        rc = 0;
    }
    free(to);
    if (!rc)
        displace_last_look(d);
    if (!rc && d->unplaced)
        rc = drain_chain(d);
    if (!rc && d->unplaced && d->c->set.best_effort)
        rc = drain_trade(d);
    return rc;
}
