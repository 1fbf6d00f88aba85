/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Which unit goes where. First everyone to the cheapest host with room; if
 * that reaches the bound, it is the answer. Else by prices (bound.c), largest
 * first; then by local search: shifts, swaps and chains of two, a large one
 * out for several small ones in, and at last a part taken out and put back
 * in another order. Everything counts its looks at a host and stops at a
 * number of them, so that the result depends on no clock.
 */
#include "scheduler/drain_impl.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define GAP_ENOUGH 2e-4 /* of the bound; what is nearer is not searched for */
enum {
    PATIENCE = 30, /* vain attempts in a row, and for each unit as well */
    PATIENCE_EACH = 60,
    RING_LARGE = 1024,
    SPREAD = 24,              /* hosts compared by their further terms */
    LOOKS = 12000000,         /* of the local search, at most, */
    LOOKS_HOSTS = 1500000000, /* these over the number of hosts, */
    LOOKS_EACH = 2000,        /* and for each unit at each host */
};

static bool good_enough(const struct drain *d)
{
    return !d->unplaced && d->total <= d->bound * (1 + GAP_ENOUGH) + 1e-9;
}

static bool worn_out(const struct drain *d)
{
    return d->work >= d->work_max;
}

/* --- one unit --------------------------------------------------------------------- */

/* The last place of a ring whose host had room for mem at the start. */
static uint32_t last_with_room(const struct drain *d, const struct unit *u,
                               uint32_t r)
{
    uint32_t lo = 0, hi = drain_ring_at(d, u, r)->n;

    while (lo < hi) {
        uint32_t mid = (lo + hi) / 2;

        if (d->free0[drain_ring_host(d, u, r, mid)] >= u->mem)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

uint32_t drain_find(struct drain *d, uint32_t unit, uint32_t not, double below)
{
    const struct unit *u = &d->unit[unit];
    uint32_t n = d->src[u->src].ring_n;

    if (u->resident && u->to != u->from && u->from != not &&below > 0 &&
        drain_fits(d, u, u->from))
        return u->from;
    for (uint32_t k = 0; k < n && !u->stuck; k++) {
        uint32_t r = d->order[u->order + k];

        if (d->cost[u->cost + r] >= below)
            break;
        for (uint32_t i = last_with_room(d, u, r); i-- > 0;) {
            uint32_t h = drain_ring_host(d, u, r, i);

            if (h != not &&h != u->from && drain_fits(d, u, h))
                return h;
        }
    }
    return NONE;
}

static double minor(const struct drain *d, const struct unit *u, uint32_t host)
{
    double sum = 0;

    for (uint32_t i = 0; i < u->n; i++)
        sum += score_minor(d->c, &d->s, d->unit_dom[u->first + i], host);
    return sum;
}

/* Of the cheapest ring with room, the host that the further terms like. */
static uint32_t find_spread(struct drain *d, const struct unit *u)
{
    uint32_t n = d->src[u->src].ring_n;

    for (uint32_t k = 0; k < n && !u->stuck; k++) {
        uint32_t r = d->order[u->order + k], best = NONE, seen = 0;
        uint32_t hosts = drain_ring_at(d, u, r)->n;
        double least = INFINITY;

        for (uint32_t i = 0; i < hosts && seen < SPREAD; i++) {
            uint32_t h = drain_ring_host(d, u, r, i);
            double m;

            if (d->free0[h] < u->mem)
                break;
            if (!drain_fits(d, u, h))
                continue;
            seen++;
            m = minor(d, u, h);
            if (m < least) {
                least = m;
                best = h;
            }
        }
        if (best != NONE)
            return best;
    }
    return NONE;
}

/* Cheapest with the price of the room; among equals the tightest. */
static uint32_t find_priced(struct drain *d, uint32_t unit)
{
    const struct unit *u = &d->unit[unit];
    uint32_t n = d->src[u->src].ring_n, best = NONE;
    double least = INFINITY;
    int64_t left = INT64_MAX;

    for (uint32_t k = 0; k < n && !u->stuck; k++) {
        uint32_t r = d->order[u->order + k];
        const struct ring *ring = drain_ring_at(d, u, r);
        double cost = d->cost[u->cost + r];

        if (cost > least)
            break;
        for (uint32_t i = last_with_room(d, u, r); i-- > 0;) {
            uint32_t h = drain_ring_host(d, u, r, i);
            double x =
                cost + d->price[h] * (double)u->mem + d->vprice[h] * u->vcpus;

            if (x > least + 1e-9 ||
                (x > least - 1e-9 && d->s.free[h] >= left) ||
                !drain_fits(d, u, h))
                continue;
            least = x;
            left = d->s.free[h];
            best = h;
            /* the first that fits of a large ring is among the tightest */
            if (x <= cost + 1e-12 && ring->n > RING_LARGE)
                break;
        }
    }
    return best;
}

/* --- in what order ------------------------------------------------------------------ */

static int largest_first(const void *pa, const void *pb, void *arg)
{
    const struct drain *d = arg;
    uint32_t a = *(const uint32_t *)pa, b = *(const uint32_t *)pb;
    const struct unit *x = &d->unit[a], *y = &d->unit[b];

    if (x->mem != y->mem)
        return x->mem > y->mem ? -1 : 1;
    if (x->wide != y->wide)
        return x->wide < y->wide ? -1 : 1;
    return a < b ? -1 : a > b;
}

static int choosiest_first(const void *pa, const void *pb, void *arg)
{
    const struct drain *d = arg;
    const struct unit *x = &d->unit[*(const uint32_t *)pa];
    const struct unit *y = &d->unit[*(const uint32_t *)pb];

    if (x->wide != y->wide)
        return x->wide < y->wide ? -1 : 1;
    return largest_first(pa, pb, arg);
}

/* Hosts by signature, so that counting who suits a unit is short. */
static int count_wide(struct drain *d)
{
    const struct plan_cluster *c = d->c;
    uint32_t *hosts = calloc(c->hsig.n + 1, sizeof *hosts);

    if (!hosts)
        return -ENOMEM;
    for (uint32_t i = 0; i < d->ncand; i++)
        hosts[c->host[d->cand[i]].sig]++;
    for (uint32_t i = 0; i < d->nunit; i++) {
        struct unit *u = &d->unit[i];

        for (uint32_t k = 0; k < c->hsig.n; k++)
            if (!rules_sig(c, c->dom[d->unit_dom[u->first]].sig, k))
                u->wide += hosts[k];
    }
    free(hosts);
    return 0;
}

static void clear(struct drain *d)
{
    for (uint32_t i = 0; i < d->nunit; i++)
        if (d->unit[i].to != NONE)
            drain_put(d, i, NONE);
}

/* --- local search -------------------------------------------------------------------- */

static bool shift(struct drain *d, uint32_t unit)
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

/* The most that is free on a host of each ring that is cheaper than where u
 * is: whoever has to make way for u finds nothing larger there. Rings of many
 * hosts are not looked through. */
static void note_room(struct drain *d, const struct unit *u)
{
    uint32_t n = d->src[u->src].ring_n;

    for (uint32_t k = 0; k < n; k++) {
        uint32_t r = d->order[u->order + k];
        const struct ring *ring = drain_ring_at(d, u, r);
        int64_t most = ring->n > RING_LARGE ? INT64_MAX : -1;

        for (uint32_t i = 0; i < ring->n && ring->n <= RING_LARGE; i++) {
            int64_t f = d->s.free[drain_ring_host(d, u, r, i)];

            most = f > most ? f : most;
        }
        d->ring_room[d->src[u->src].ring + r] = most;
    }
    d->room_src = u->src;
}

/* Could w, once it has left its place, find one that costs less than this? */
static bool may_find(const struct drain *d, const struct unit *w, double below)
{
    uint32_t n = d->src[w->src].ring_n;

    if (w->src != d->room_src || w->resident)
        return true;
    for (uint32_t k = 0; k < n; k++) {
        uint32_t r = d->order[w->order + k];

        if (d->cost[w->cost + r] >= below)
            break;
        if (d->ring_room[d->src[w->src].ring + r] >= w->mem)
            return true;
    }
    return false;
}

/* u to where w is, and w to wherever is cheapest then, if that pays. */
static bool eject(struct drain *d, uint32_t unit, uint32_t other)
{
    struct unit *u = &d->unit[unit], *w = &d->unit[other];
    uint32_t host = w->to, from = u->to, mark = d->njournal, to;
    double before = drain_value(d), gain;

    if (host == NONE || host == from || d->s.free[host] + w->mem < u->mem ||
        !drain_suits(d, u, host))
        return false;
    gain = u->now - drain_cost(d, u, host);
    if (gain <= 1e-9 || !may_find(d, w, w->now + gain))
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
    drain_undo(d, mark);
    return false;
}

static bool eject_any(struct drain *d, uint32_t unit)
{
    const struct unit *u = &d->unit[unit];

    if (u->stuck || u->now <= u->least + 1e-9)
        return false;
    note_room(d, u);
    for (uint32_t i = 0; i < d->nunit && !worn_out(d); i++)
        if (i != unit && eject(d, unit, i))
            return true;
    return false;
}

/* w out of its host, several others in. */
static bool pack(struct drain *d, uint32_t other)
{
    struct unit *w = &d->unit[other];
    uint32_t host = w->to, mark = d->njournal, to;
    double before = drain_value(d);

    if (host == NONE)
        return false;
    drain_put(d, other, NONE);
    to = drain_find(d, other, host, UNPLACED);
    if (to != NONE) {
        drain_put(d, other, to);
        /* small ones come last in the units' order by size */
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
    drain_undo(d, mark);
    return false;
}

static void descend(struct drain *d)
{
    bool better = true;

    while (better && !worn_out(d) && !good_enough(d)) {
        better = false;
        for (uint32_t i = 0; i < d->nunit && !worn_out(d); i++) {
            d->njournal = 0;
            better |= shift(d, i) || eject_any(d, i);
        }
        for (uint32_t i = 0; i < d->nunit && !worn_out(d); i++) {
            d->njournal = 0;
            better |= pack(d, i);
        }
    }
}

/* --- taking out and putting back -------------------------------------------------------- */

static uint32_t draw(struct drain *d, uint32_t n)
{
    /* splitmix64 */
    uint64_t z = d->rng += 0x9e3779b97f4a7c15u;

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return (uint32_t)((z ^ z >> 31) % n);
}

enum { RUIN_MAX = 24 };

/* Units to take out: some that are not where they are cheapest, and whoever
 * stands on a few hosts where those would be. */
static uint32_t choose_ruin(struct drain *d, uint32_t *out)
{
    uint32_t n = 0, want = 4 + draw(d, RUIN_MAX - 4);

    for (uint32_t tries = 0; tries < 4 * want && n < want; tries++) {
        uint32_t i = draw(d, d->nunit);
        bool there = d->unit[i].stuck;

        for (uint32_t k = 0; k < n; k++)
            there |= out[k] == i;
        /* half of them: only those that could gain */
        if (there || (tries % 2 && d->unit[i].now <= d->unit[i].least))
            continue;
        out[n++] = i;
    }
    return n;
}

static void ruin(struct drain *d)
{
    uint32_t out[RUIN_MAX], n = choose_ruin(d, out);
    double before = drain_value(d);
    bool by_price = d->price && draw(d, 2);

    d->njournal = 0;
    for (uint32_t i = 0; i < n; i++)
        if (d->unit[out[i]].to != NONE)
            drain_put(d, out[i], NONE);
    /* largest first, with a few exchanged */
    for (uint32_t i = 1; i < n; i++)
        for (uint32_t k = i;
             k && d->unit[out[k]].mem > d->unit[out[k - 1]].mem; k--) {
            uint32_t t = out[k];

            out[k] = out[k - 1];
            out[k - 1] = t;
        }
    for (uint32_t i = 1; i < n; i++)
        if (!draw(d, 3)) {
            uint32_t t = out[i];

            out[i] = out[i - 1];
            out[i - 1] = t;
        }
    for (uint32_t i = 0; i < n; i++) {
        uint32_t h = by_price ? find_priced(d, out[i])
                              : drain_find(d, out[i], NONE, UNPLACED);

        if (h != NONE)
            drain_put(d, out[i], h);
    }
    for (uint32_t i = 0; i < n; i++)
        if (d->unit[out[i]].to == NONE)
            eject_any(d, out[i]);
    if (drain_value(d) > before + 1e-9)
        drain_undo(d, 0);
}

/* --- the whole --------------------------------------------------------------------------- */

static void place_all(struct drain *d, bool priced)
{
    for (uint32_t i = 0; i < d->nunit; i++) {
        uint32_t unit = d->order_by_size[i], h;

        if (d->unit[unit].to != NONE)
            continue;
        h = priced ? find_priced(d, unit) : find_spread(d, &d->unit[unit]);
        if (h != NONE)
            drain_put(d, unit, h);
    }
}

/* Room for the journal and the order, for as many units as there are. */
static int prepare(struct drain *d)
{
    free(d->order_by_size);
    free(d->journal);
    free(d->ring_room);
    d->ring_room = calloc(d->nring + 1, sizeof *d->ring_room);
    d->room_src = NONE;
    d->order_by_size = calloc(d->nunit + 1, sizeof *d->order_by_size);
    d->journal = calloc(8 * (size_t)d->nunit + 256, sizeof *d->journal);
    if (!d->order_by_size || !d->journal || !d->ring_room)
        return -ENOMEM;
    d->journal_cap = 8 * d->nunit + 256;
    d->njournal = 0;
    for (uint32_t i = 0; i < d->nunit; i++)
        d->order_by_size[i] = i;
    qsort_r(d->order_by_size, d->nunit, sizeof *d->order_by_size,
            largest_first, d);
    return 0;
}

int drain_search(struct drain *d, uint64_t looks)
{
    uint32_t idle = 0;
    uint64_t enough = LOOKS_EACH * (uint64_t)d->nunit * (d->ncand + 1);
    int rc = prepare(d);

    if (rc)
        return rc;
    looks = looks < enough ? looks : enough;
    d->work = 0;
    d->work_max = looks / 4;
    descend(d);
    d->work_max = looks;
    while (!good_enough(d) && !worn_out(d) && d->nunit > 1 &&
           idle++ < PATIENCE + PATIENCE_EACH * d->nunit) {
        double before = drain_value(d);

        ruin(d);
        d->work += d->nunit; /* also when it looked at nothing */
        if (drain_value(d) < before - 1e-9)
            idle = 0;
    }
    d->work_max += looks / 4;
    descend(d);
    return 0;
}

int drain_assign(struct drain *d)
{
    uint64_t looks;
    int rc = count_wide(d);

    if (!rc)
        rc = prepare(d);
    if (rc)
        return rc;
    drain_least(d);
    place_all(d, false);
    if (good_enough(d))
        return 0;
    if (d->unplaced) {
        rc = drain_infeasible_deep(d);
        if (rc || (d->p->infeasible && !d->c->set.best_effort))
            return rc;
    }
    rc = drain_bound(d);
    if (rc || good_enough(d))
        return rc;
    clear(d);
    place_all(d, true);
    if (d->unplaced) {
        clear(d);
        qsort_r(d->order_by_size, d->nunit, sizeof *d->order_by_size,
                choosiest_first, d);
        place_all(d, true);
    }
    looks = LOOKS_HOSTS / (d->ncand + 1);
    return drain_search(d, looks < LOOKS ? looks : LOOKS);
}
