/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Makes room for a guest that breaks a rule where it is: one other guest, or
 * those that go together with one, leaves the host that it can go to then.
 *
 * This is asked only for guests that no host takes as things are. Every way is
 * tried, as long as the looks last; the one that gains most is taken.
 */
#include "scheduler/rebalance_impl.h"

#include <math.h>

enum { LOOKS = 500000 }; /* at a guest or a host, in all of a rebalance */

/* Moves all that go together, in the state alone; returns their number. */
static uint32_t room_move(struct rebalance *r, uint32_t dom, uint32_t to)
{
    uint32_t m = dom, n = 0;

    do {
        state_move(&r->s, m, to);
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

/* The guest's move to the host once the other has gone; dom is NONE if that
 * is none. The limits are kept by both together. */
static struct rebalance_option room_then(struct rebalance *r, uint32_t dom,
                                         uint32_t host,
                                         const struct rebalance_option *first)
{
    struct rebalance_option o = { .dom = NONE, .value = -INFINITY };
    uint32_t from = r->s.at[first->dom], n;
    double gib = room_gib(r, first->dom, first->to);

    n = room_move(r, first->dom, first->to);
    r->gib += gib;
    r->p->move_n += n;
    rebalance_try_on(r, dom, host, &o);
    r->p->move_n -= n;
    r->gib -= gib;
    room_move(r, first->dom, from);
    return o;
}

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

static void room_try_other(struct rebalance *r, uint32_t dom, uint32_t host,
                           uint32_t other, struct rebalance_pair *best)
{
    for (uint32_t i = 0; i < r->n && r->looks < LOOKS; i++) {
        struct rebalance_option o = { .dom = NONE, .value = -INFINITY }, then;

        r->looks++;
        rebalance_try_on(r, other, r->host[i], &o);
        if (o.dom == NONE)
            continue;
        then = room_then(r, dom, host, &o);
        if (then.dom != NONE &&
            o.value + then.value > best->first.value + best->then.value)
            *best = (struct rebalance_pair){ o, then };
    }
}

struct rebalance_pair rebalance_make_room(struct rebalance *r, uint32_t dom)
{
    struct rebalance_pair best = {
        .first = { .dom = NONE, .value = -INFINITY },
        .then = { .dom = NONE, .value = 0 },
    };
    uint32_t from = r->s.at[dom];

    for (uint32_t i = 0; i < r->n; i++) {
        uint32_t h = r->host[i];

        if (h == from || rules_static(r->c, dom, h))
            continue;
        for (uint32_t w = r->s.head[h], next; w != NONE && r->looks++ < LOOKS;
             w = next) {
            next = r->s.next[w];
            if (r->c->dom[w].unit == w && rebalance_may_move(r, w) &&
                room_would_do(r, dom, h, w))
                room_try_other(r, dom, h, w, &best);
        }
    }
    return best;
}
