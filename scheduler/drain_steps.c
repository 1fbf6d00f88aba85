/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Makes the steps of a drain's local search; a step that does not pay is
 * undone.
 *
 * A shift moves one unit. An ejection puts a unit in the place of another,
 * which goes to the host that is cheapest then. A packing takes a large unit
 * off a host and puts several small ones there.
 */
#include "scheduler/drain_impl.h"

#include <math.h>

#define GAP_ENOUGH 2e-4 /* of the bound; a smaller gap is not searched for */

bool drain_good_enough(const struct drain *d)
{
    return !d->unplaced && d->total <= d->bound * (1 + GAP_ENOUGH) + 1e-9;
}

bool drain_looks_spent(const struct drain *d)
{
    return d->work >= d->work_max;
}

/* --- one step ------------------------------------------------------------ */

static bool step_shift(struct drain *d, uint32_t unit)
{
    struct unit *u = &d->unit[unit];
    uint32_t h;

    if (u->now <= u->least)
        return false;
    h = drain_find(d, unit, u->to, u->now - 1e-9);
    if (h == NONE)
        return false;
    drain_put(d, unit, h);
    return true;
}

/* Notes, for each ring of u's source, the most that is free on one host: a
 * unit that makes way for u finds no more there. Large rings are not
 * searched. */
static void step_note_room(struct drain *d, const struct unit *u)
{
    uint32_t n = d->src[u->src].ring_n;

    for (uint32_t k = 0; k < n; k++) {
        uint32_t r = d->order[u->order + k];
        const struct ring *ring = drain_ring_at(d, u, r);
        int64_t most = ring->n > DRAIN_RING_LARGE ? INT64_MAX : -1;

        for (uint32_t i = 0; i < ring->n && ring->n <= DRAIN_RING_LARGE; i++) {
            int64_t f = d->s.free[drain_ring_host(d, u, r, i)];

            most = f > most ? f : most;
        }
        d->most_free[d->src[u->src].ring + r] = most;
    }
    d->most_free_src = u->src;
}

/* Could w, once it is out of its place, find one that costs less than this? */
static bool step_may_find(const struct drain *d, const struct unit *w,
                          double below)
{
    uint32_t n = d->src[w->src].ring_n;

    if (w->src != d->most_free_src || w->displaceable)
        return true;
    for (uint32_t k = 0; k < n; k++) {
        uint32_t r = d->order[w->order + k];

        if (d->cost[w->cost + r] >= below)
            break;
        if (d->most_free[d->src[w->src].ring + r] >= w->mem)
            return true;
    }
    return false;
}

/* Puts u where w is, and w on the host that is cheapest then, if that pays. */
static bool step_eject(struct drain *d, uint32_t unit, uint32_t other)
{
    struct unit *u = &d->unit[unit], *w = &d->unit[other];
    uint32_t host = w->to, from = u->to, since = d->nundo, to;
    double before = drain_value(d), gain;

    if (host == NONE || host == from || d->s.free[host] + w->mem < u->mem ||
        !drain_suits(d, u, host))
        return false;
    gain = u->now - drain_cost(d, u, host);
    if (gain <= 1e-9 || !step_may_find(d, w, w->now + gain))
        return false;
    drain_put(d, other, NONE);
    if (drain_fits(d, u, host)) {
        drain_put(d, unit, host);
        to = drain_find(d, other, host,
                        before - (drain_value(d) - unit_unplaced(w)) - 1e-9);
        if (to != NONE) {
            drain_put(d, other, to);
            return true;
        }
    }
    drain_undo(d, since);
    return false;
}

bool drain_eject_any(struct drain *d, uint32_t unit)
{
    const struct unit *u = &d->unit[unit];

    if (u->fixed || u->now <= u->least + 1e-9)
        return false;
    step_note_room(d, u);
    for (uint32_t i = 0; i < d->nunit && !drain_looks_spent(d); i++)
        if (i != unit && step_eject(d, unit, i))
            return true;
    return false;
}

/* Takes w off its host and puts several others there, if that pays. */
static bool step_pack(struct drain *d, uint32_t other)
{
    struct unit *w = &d->unit[other];
    uint32_t host = w->to, since = d->nundo, to;
    double before = drain_value(d);

    if (host == NONE)
        return false;
    drain_put(d, other, NONE);
    to = drain_find(d, other, host, DRAIN_UNPLACED);
    if (to != NONE) {
        drain_put(d, other, to);
        /* the smallest first: they come last in the order by size */
        for (uint32_t k = d->nunit; k-- > 0;) {
            uint32_t i = d->order_by_size[k];
            struct unit *u = &d->unit[i];

            if (d->s.free[host] < u->mem)
                break;
            if (u->now > u->least && u->to != host &&
                drain_suits(d, u, host) &&
                drain_cost(d, u, host) < u->now - 1e-9 &&
                drain_fits(d, u, host))
                drain_put(d, i, host);
        }
        if (drain_value(d) < before - 1e-9)
            return true;
    }
    drain_undo(d, since);
    return false;
}

/* --- until none helps ---------------------------------------------------- */

void drain_descend(struct drain *d)
{
    bool better = true;

    while (better && !drain_looks_spent(d) && !drain_good_enough(d)) {
        better = false;
        for (uint32_t i = 0; i < d->nunit && !drain_looks_spent(d); i++) {
            d->nundo = 0;
            better |= step_shift(d, i) || drain_eject_any(d, i);
        }
        for (uint32_t i = 0; i < d->nunit && !drain_looks_spent(d); i++) {
            d->nundo = 0;
            better |= step_pack(d, i);
        }
    }
}
