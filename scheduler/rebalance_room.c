/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Makes room for a guest that breaks a rule where it is: another guest, or
 * those that go together with it, leaves the host that it can go to then; or
 * two leave, of which one may have been in the way of the other.
 *
 * This is asked only for guests that no host takes as things are. Every way is
 * tried, as long as the looks last; the one that gains most is taken, and two
 * move only where one does not do.
 */
#include "scheduler/rebalance_impl.h"

#include <math.h>

enum {
    LOOKS = 500000
}; /* at a guest or a host, in all of a rebalance: so
                            many for ways with one, so many for those with
                            two */

static const struct rebalance_way no_way = { .value = -INFINITY };

/* --- a move that is only tried ------------------------------------------- */

struct room_note {
    uint32_t from, n;
    double gib;
};

/* Moves all that go together, in the state alone; returns their number. */
static uint32_t room_move(struct rebalance *r, uint32_t dom, uint32_t to,
                          uint8_t moved)
{
    uint32_t m = dom, n = 0;

    do {
        state_move(&r->s, m, to);
        r->moved[m] = moved;
        n++;
        m = r->c->dom[m].mate;
    } while (m != dom);
    return n;
}

static double room_gib(const struct rebalance *r, uint32_t dom, uint32_t to)
{
    double mbps = plan_rate(r->c, r->c->dom[dom].host, to), sum = 0, gib;
    uint32_t m = dom;

    do {
        score_cost(r->c, m, 0, mbps, &gib);
        sum += gib;
        m = r->c->dom[m].mate;
    } while (m != dom);
    return sum;
}

/* The limits of the rebalance are kept by all moves of a way together. */
static struct room_note room_make(struct rebalance *r,
                                  const struct rebalance_option *o)
{
    struct room_note k = { .from = r->s.at[o->dom],
                           .gib = room_gib(r, o->dom, o->to) };

    k.n = room_move(r, o->dom, o->to, 1);
    r->gib += k.gib;
    r->p->move_n += k.n;
    return k;
}

static void room_take_back(struct rebalance *r,
                           const struct rebalance_option *o,
                           const struct room_note *k)
{
    r->p->move_n -= k->n;
    r->gib -= k->gib;
    room_move(r, o->dom, k->from, 0);
}

static struct rebalance_option room_try(struct rebalance *r, uint32_t dom,
                                        uint32_t host)
{
    struct rebalance_option o = { .dom = NONE, .value = -INFINITY };

    r->looks++;
    rebalance_try_on(r, dom, host, &o);
    return o;
}

static bool room_looks_left(const struct rebalance *r)
{
    return r->looks < LOOKS;
}

/* --- one other ----------------------------------------------------------- */

/* Is there memory for the guest, were the other gone? */
static bool room_would_do(const struct rebalance *r, uint32_t dom,
                          uint32_t host, uint32_t other)
{
    int64_t need = r->c->dom[dom].mem, free = r->s.free[host];
    uint32_t m = other;

    do {
        free += r->c->dom[m].held;
        m = r->c->dom[m].mate;
    } while (m != other);
    return free >= need;
}

/* The other leaves the host, and the guest comes. */
static void room_try_other(struct rebalance *r, uint32_t dom, uint32_t host,
                           uint32_t other, struct rebalance_way *best)
{
    for (uint32_t i = 0; i < r->n && room_looks_left(r); i++) {
        struct rebalance_option o = room_try(r, other, r->host[i]), then;
        struct room_note k;

        if (o.dom == NONE)
            continue;
        k = room_make(r, &o);
        then = room_try(r, dom, host);
        room_take_back(r, &o, &k);
        if (then.dom != NONE && o.value + then.value > best->value)
            *best =
                (struct rebalance_way){ { o, then }, 2, o.value + then.value };
    }
}

static bool room_may_leave(const struct rebalance *r, uint32_t w)
{
    return r->c->dom[w].unit == w && rebalance_may_move(r, w);
}

static struct rebalance_way room_by_one(struct rebalance *r, uint32_t dom)
{
    struct rebalance_way best = no_way;
    uint32_t from = r->s.at[dom];

    for (uint32_t i = 0; i < r->n; i++) {
        uint32_t h = r->host[i];

        if (h == from || rules_static(r->c, dom, h))
            continue;
        for (uint32_t w = r->s.head[h], next; w != NONE && room_looks_left(r);
             w = next) {
            next = r->s.next[w];
            r->looks++;
            if (room_may_leave(r, w) && room_would_do(r, dom, h, w))
                room_try_other(r, dom, h, w, &best);
        }
    }
    return best;
}

/* --- two others ---------------------------------------------------------- */

/* This one goes first, wherever it can; then another may do. */
static void room_try_first(struct rebalance *r, uint32_t dom, uint32_t other,
                           struct rebalance_way *best)
{
    for (uint32_t i = 0; i < r->n && room_looks_left(r); i++) {
        struct rebalance_option o = room_try(r, other, r->host[i]);
        struct rebalance_way rest;
        struct room_note k;

        if (o.dom == NONE)
            continue;
        k = room_make(r, &o);
        rest = room_by_one(r, dom);
        room_take_back(r, &o, &k);
        if (rest.n && o.value + rest.value > best->value)
            *best = (struct rebalance_way){ { o, rest.move[0], rest.move[1] },
                                            3,
                                            o.value + rest.value };
    }
}

/* The guests of the hosts that the guest can go to come first: two of them may
 * leave. Then those of the others, which are in the way of one of these. */
static struct rebalance_way room_by_two(struct rebalance *r, uint32_t dom)
{
    struct rebalance_way best = no_way;
    uint32_t from = r->s.at[dom];

    for (uint32_t i = 0; i < 2 * r->n; i++) {
        uint32_t h = r->host[i % r->n];

        if (h == from || !rules_static(r->c, dom, h) != (i < r->n))
            continue;
        for (uint32_t w = r->s.head[h], next; w != NONE && room_looks_left(r);
             w = next) {
            next = r->s.next[w];
            if (room_may_leave(r, w))
                room_try_first(r, dom, w, &best);
        }
    }
    return best;
}

struct rebalance_way rebalance_make_room(struct rebalance *r, uint32_t dom)
{
    struct rebalance_way way = room_by_one(r, dom);
    uint32_t looks = r->looks;

    if (way.n)
        return way;
    r->looks = r->looks_two;
    way = room_by_two(r, dom);
    r->looks_two = r->looks;
    r->looks = looks;
    return way;
}
