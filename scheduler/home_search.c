/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Searches for the most guests that can go home, and an order for them.
 *
 * Most of a cluster is easy: a host with room for all that belong there can
 * have each of them as it comes, and none of these moves is ever in the way of
 * another. What is left competes for room, or waits for room that others
 * leave. That is searched depth first, the smallest first, with an upper bound
 * by memory; a set of units that was reached once is not searched again. The
 * search is complete unless its looks run out, or too many compete: then the
 * better of two ways counts, the smallest first, or first who leaves a host that
 * others wait for.
 */
#include "scheduler/home_impl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    LOOKS = 2000000, /* at a unit, in all of a search */
    DEEP = 400,      /* units that compete: more are not searched */
    HELPFUL = 5000,  /* units of which the most helpful is looked for */
    SEEN = 1 << 16,  /* a power of 2 */
};

/* --- moves that harm none ------------------------------------------------ */

/* Would the two keep each other off their homes, which are one host, or are in
 * one rack? */
static bool home_clashes(const struct plan_cluster *c,
                         const struct home_unit *a, const struct home_unit *b)
{
    uint32_t m = a->first, n;

    for (uint32_t i = 0; i < a->guests; i++, m = c->dom[m].mate) {
        n = b->first;
        for (uint32_t k = 0; k < b->guests; k++, n = c->dom[n].mate)
            if (a->to == b->to ? plan_exclude(c, m, n)
                               : plan_exclude_rack(c, m, n))
                return true;
    }
    return false;
}

/* Does it keep no other off that still wants to go home? */
static bool home_is_welcome(const struct homing *h, uint32_t unit)
{
    const struct home_unit *u = &h->unit[unit], *v;

    for (uint32_t i = h->want[u->to].first; i != NONE; i = v->next) {
        v = &h->unit[i];
        if (i != unit && !v->gone && v->tied && home_clashes(h->c, u, v))
            return false;
    }
    for (uint32_t i = 0; u->racked && i < h->racked_n; i++) {
        v = &h->unit[h->racked[i]];
        if (v != u && !v->gone && plan_share_rack(h->c, u->to, v->to) &&
            home_clashes(h->c, u, v))
            return false;
    }
    return true;
}

/* And is there room at its home for all that still want to go there? */
static bool home_is_harmless(const struct homing *h, uint32_t unit)
{
    const struct home_unit *u = &h->unit[unit];
    const struct home_want *want = &h->want[u->to];

    return h->s.free[u->to] >= want->mem && h->s.vfree[u->to] >= want->vcpus &&
           (!u->tied || home_is_welcome(h, unit));
}

static void home_go_harmless(struct homing *h)
{
    uint32_t before;

    do {
        before = h->order_n;
        for (uint32_t i = 0; i < h->rest_n; i++) {
            uint32_t unit = h->rest[i];

            if (!h->unit[unit].gone && homing_fits(h, unit) &&
                home_is_harmless(h, unit))
                homing_go(h, unit);
        }
    } while (h->order_n != before);
}

/* --- the search ---------------------------------------------------------- */

/* The guests that can still go at most, by memory alone: all that leave a host
 * have left it, and the smallest come first. Of a unit that fits in part, all
 * but one of its guests may count. */
static uint32_t home_most(struct homing *h)
{
    const struct home_unit *u;
    uint32_t n = 0;

    for (uint32_t i = 0; i < h->rest_n; i++) {
        u = &h->unit[h->rest[i]];
        h->room[u->to] = h->s.free[u->to];
    }
    for (uint32_t i = 0; i < h->rest_n; i++) {
        u = &h->unit[h->rest[i]];
        if (!u->gone)
            h->room[u->from] += u->held;
    }
    for (uint32_t i = 0; i < h->rest_n; i++) {
        u = &h->unit[h->rest[i]];
        if (u->gone || h->room[u->to] < 0)
            continue;
        n += h->room[u->to] < u->mem ? u->guests - 1 : u->guests;
        h->room[u->to] -= u->mem;
    }
    return n;
}

/* Was this set reached before? It is then known. A table that is full knows
 * no more of them. */
static bool home_was_seen(struct homing *h)
{
    for (uint32_t i = 0; i < 8; i++) {
        uint64_t *e = &h->seen[(h->set + i) & (SEEN - 1)];

        if (*e == h->set)
            return true;
        if (!*e) {
            *e = h->set;
            return false;
        }
    }
    return false;
}

static void home_keep_best(struct homing *h)
{
    if (h->guests <= h->best_guests)
        return;
    h->best_guests = h->guests;
    h->best_n = h->order_n;
    memcpy(h->best, h->order, h->order_n * sizeof *h->order);
}

static void home_undo_to(struct homing *h, uint32_t order_n)
{
    while (h->order_n > order_n)
        homing_undo(h);
}

/* As deep as there are units that compete. */
static void home_search(struct homing *h)
{
    uint32_t before = h->order_n, most;

    h->looks -= h->looks < h->rest_n ? h->looks : h->rest_n;
    home_go_harmless(h);
    home_keep_best(h);
    most = home_was_seen(h) ? 0 : h->guests + home_most(h);
    for (uint32_t i = 0; i < h->rest_n; i++) {
        if (h->unit[h->rest[i]].gone)
            continue;
        if (!h->looks || most <= h->best_guests)
            break;
        if (!homing_fits(h, h->rest[i]))
            continue;
        homing_go(h, h->rest[i]);
        home_search(h);
        homing_undo(h);
    }
    home_undo_to(h, before);
}

/* --- first ways down ----------------------------------------------------- */

static void home_go_smallest(struct homing *h)
{
    uint32_t before;

    do {
        before = h->order_n;
        for (uint32_t i = 0; i < h->rest_n; i++)
            if (!h->unit[h->rest[i]].gone && homing_fits(h, h->rest[i]))
                homing_go(h, h->rest[i]);
    } while (h->order_n != before);
}

/* How much memory a host is short of for those that still want to come. */
static int64_t home_lack(const struct homing *h, uint32_t host)
{
    return h->want[host].mem - h->s.free[host];
}

/* Who leaves the shortest host for the one with most room to spare; NONE:
 * nobody can go. */
static uint32_t home_most_helpful(struct homing *h)
{
    uint32_t best = NONE;
    int64_t most = INT64_MIN;

    for (uint32_t i = 0; i < h->rest_n; i++) {
        const struct home_unit *u = &h->unit[h->rest[i]];
        int64_t helps = home_lack(h, u->from) - home_lack(h, u->to);

        if (u->gone || helps <= most || !homing_fits(h, h->rest[i]))
            continue;
        most = helps;
        best = h->rest[i];
    }
    return best;
}

static void home_go_helpful(struct homing *h)
{
    uint32_t unit = NONE;

    do {
        if (unit != NONE)
            homing_go(h, unit);
        home_go_harmless(h);
        unit = home_most_helpful(h);
    } while (unit != NONE);
}

/* --- the whole ----------------------------------------------------------- */

/* Those that have gone for good are no part of the search. */
static void home_keep_rest(struct homing *h)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < h->rest_n; i++)
        if (!h->unit[h->rest[i]].gone)
            h->rest[n++] = h->rest[i];
    h->rest_n = n;
}

/* Keeps the better of two ways, and takes both back. */
static void home_try_ways(struct homing *h)
{
    uint32_t before = h->order_n;

    home_go_smallest(h);
    home_keep_best(h);
    home_undo_to(h, before);
    if (h->rest_n > HELPFUL)
        return;
    home_go_helpful(h);
    home_keep_best(h);
    home_undo_to(h, before);
}

int homing_search(struct homing *h)
{
    home_go_harmless(h);
    home_keep_rest(h);
    home_try_ways(h);
    if (h->rest_n && h->rest_n <= DEEP) {
        h->seen = calloc(SEEN, sizeof *h->seen);
        if (!h->seen)
            return -ENOMEM;
        h->looks = LOOKS;
        home_search(h);
    }
    for (uint32_t i = h->order_n; i < h->best_n; i++)
        homing_go(h, h->best[i]);
    return 0;
}
