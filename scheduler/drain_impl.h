/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What the files of a drain share. A drain places units: a domain, or the
 * domains of a `together` group. For each class of sources the hosts that can
 * receive stand in rings: the same hops, the same rate, so the same cost.
 */
#ifndef RACKHOP_DRAIN_IMPL_H
#define RACKHOP_DRAIN_IMPL_H

#include "scheduler/scheduler_impl.h"

struct ring {
    uint32_t first, n; /* of its source's hosts; most free memory first */
    int hops;
    double rate;
};

enum { DRAIN_RING_LARGE = 1024 }; /* hosts: not looked through one by one */

struct source { /* a route class with units on it */
    uint32_t cls;
    uint32_t ring, ring_n;
    uint32_t *host; /* candidates, by ring */
    uint32_t *of;   /* route class -> ring, or NONE */
};

struct unit {
    uint32_t first, n; /* of drain->unit_dom */
    int64_t mem;
    int32_t vcpus;
    uint32_t src, from, to; /* to: NONE as long as it has no place */
    uint32_t cost;          /* of drain->cost: by ring of its source */
    uint32_t order;         /* of drain->order: its rings, cheapest first */
    double now;        /* cost where it is; DRAIN_UNPLACED without a place */
    double least;      /* of its cheapest ring with a host that may take it */
    uint32_t suitable; /* hosts whose signature suits it */
    bool fixed;        /* pinned, a device, its host offline */
    bool displaceable; /* need not move at all: staying costs nothing */
};

#define DRAIN_UNPLACED                                                        \
    1e7 /* dearer than any move, so that placing comes first */
#define DRAIN_UNPLACED_DISPLACEABLE                                           \
    3e7 /* and nobody who had a place is to lose it for that */

static inline double unit_unplaced(const struct unit *u)
{
    return u->displaceable ? DRAIN_UNPLACED_DISPLACEABLE : DRAIN_UNPLACED;
}

struct placing { /* to take a placing back */
    uint32_t unit, from;
};

struct drain {
    struct plan_cluster *c;
    struct plan *p;
    struct state s;
    uint8_t *drained; /* by host */
    uint32_t *cand;   /* hosts that may receive */
    uint32_t ncand;
    struct source *src;
    uint32_t nsrc, src_cap;
    struct ring *ring;
    uint32_t nring, ring_cap;
    struct unit *unit;
    uint32_t nunit, unit_cap;
    uint32_t *unit_dom;
    uint32_t nunit_dom, unit_dom_cap;
    uint32_t *unit_of;       /* by domain, or NONE */
    uint32_t *order_by_size; /* units, largest first */
    double *cost;
    uint32_t *order;
    uint32_t ncost, cost_cap, order_cap;
    int64_t *free_at_start; /* by host, at the start */
    double total;           /* cost of the units that have a place */
    uint32_t unplaced,
        unplaced_displaceable; /* unplaced_displaceable: residents among them */
    double bound;
    double *price;        /* by host: of a MiB; NULL: none were computed */
    double *vprice;       /* of a vCPU */
    struct placing *undo; /* NULL: changes are not written down */
    uint32_t nundo, undo_cap;
    int64_t *ring_room;      /* by ring: the most that is free on one host */
    uint32_t room_src;       /* the source whose rings that is of */
    uint64_t work, work_max; /* looks at a host, instead of a clock */
    uint64_t rng;
};

/* --- drain_rings.c --------------------------------------------------------- */

static inline const struct ring *drain_ring_at(const struct drain *d,
                                               const struct unit *u,
                                               uint32_t r)
{
    return &d->ring[d->src[u->src].ring + r];
}
static inline uint32_t drain_ring_host(const struct drain *d,
                                       const struct unit *u, uint32_t r,
                                       uint32_t i)
{
    const struct source *src = &d->src[u->src];

    return src->host[d->ring[src->ring + r].first + i];
}
/* Gives a unit its source, and the cost of each of its rings. 0 or -ENOMEM */
int drain_price_unit(struct drain *d, struct unit *u);
uint32_t drain_ring(const struct drain *d, const struct unit *u,
                    uint32_t host);
double drain_cost(const struct drain *d, const struct unit *u, uint32_t host);

/* --- drain_units.c --------------------------------------------------------- */

/* The guests of these hosts as units. 0 or -ENOMEM */
int drain_make_units(struct drain *d, const uint32_t *hosts, uint32_t n);
/* A guest that is in the way becomes a unit that may stay. 0 or -ENOMEM */
int drain_add_displaceable(struct drain *d, uint32_t dom);
/* Rules that keep u from host for good: signature, path; not room. */
bool drain_suits(const struct drain *d, const struct unit *u, uint32_t host);
/* Room and company, as things are now. */
bool drain_fits(struct drain *d, const struct unit *u, uint32_t host);
/* Places a unit; NONE takes its place away. The undo has room for what
 * drain_assign() does between two marks. */
void drain_put(struct drain *d, uint32_t unit, uint32_t host);
/* Takes back what was put since the undo had `mark` steps. */
void drain_undo(struct drain *d, uint32_t mark);
/* What is to be made small: places first, then cost. */
static inline double drain_value(const struct drain *d)
{
    return d->total + DRAIN_UNPLACED * d->unplaced +
           (DRAIN_UNPLACED_DISPLACEABLE - DRAIN_UNPLACED) *
               d->unplaced_displaceable;
}
/* vCPUs that were free on a host at the start. */
static inline int32_t drain_vfree_at_start(const struct drain *d,
                                           uint32_t host)
{
    int32_t left = d->c->host[host].vcap - d->c->vused[host];

    return left > 0 ? left : 0;
}

/* --- proofs ---------------------------------------------------------------- */

/* drain_infeasible.c, drain_sets.c: what no plan can do, in the plan's words;
 * the second looks deeper. 0 or -ENOMEM */
int drain_infeasible(struct drain *d);
int drain_infeasible_deep(struct drain *d);
/* Puts a proof into the plan; takes the text. */
int drain_proven(struct drain *d, enum plan_rule rule, double need,
                 double have, char *text);
/* drain_not_found.c: what was short when nothing was proven. */
int drain_not_found(struct drain *d);

/* drain_least.c: the bound without prices, and the least of each unit. */
void drain_least(struct drain *d);
/* The cheapest of a ring: of the hosts that suit, the one with most room. */
double drain_ring_least(const struct drain *d, const struct unit *u,
                        uint32_t r);
/* Cost of making room where mem is more than what is free. */
double drain_deficit_cost(const struct drain *d, int64_t mem, int64_t free);
double drain_direct_or_twice(const struct drain *d, const struct unit *u,
                             double cost);
/* drain_bound.c: a bound by prices, which stay for drain_assign(). */
int drain_bound(struct drain *d);

/* --- places ---------------------------------------------------------------- */

/* drain_find.c: the cheapest host with room, not `not`; NONE: there is none.
 * Then: of the cheapest ring, the host that the further terms like; and the
 * cheapest with the price of the room. */
uint32_t drain_find(struct drain *d, uint32_t unit, uint32_t not,
                    double below);
uint32_t drain_find_balanced(struct drain *d, const struct unit *u);
uint32_t drain_find_priced(struct drain *d, uint32_t unit);

/* drain_steps.c: all steps that make it cheaper, until none does. */
void drain_descend(struct drain *d);
bool drain_eject_any(struct drain *d, uint32_t unit);
/* All placed, and so near the bound that a search is not worth it. */
bool drain_good_enough(const struct drain *d);
/* It has looked as often as it may. */
bool drain_looks_spent(const struct drain *d);

/* drain_search.c: local search over what units there are now. */
int drain_search(struct drain *d, uint64_t looks);
/* Room for the undo and the order, for as many units as there are. */
int drain_search_prepare(struct drain *d);

/* drain_assign.c: a first place for each, then by prices and by search. */
int drain_place(struct drain *d);
int drain_assign(struct drain *d);

/* drain_displace.c: room by moving guests that were not asked to move */
int drain_displace(struct drain *d);
/* Adds the displaced guests' moves to p (NULL: only looks), in an order that
 * is safe one by one. -EDEADLK: they wait for each other in a ring. */
int drain_order(struct drain *d, struct plan *p);

#endif
