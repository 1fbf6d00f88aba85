/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What the files of a drain share. A drain places units: a domain, or the
 * domains of a `together` group. For each class of sources the hosts that can
 * receive stand in rings: the same hops, the same rate, so the same cost.
 */
#ifndef RACKHOP_DRAIN_IMPL_H
#define RACKHOP_DRAIN_IMPL_H

#include "scheduler/plan_impl.h"

struct ring {
    uint32_t first, n; /* of its source's hosts; most free memory first */
    int hops;
    double rate;
};

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
    double now;             /* cost where it is; UNPLACED without a place */
    double least;  /* of its cheapest ring with a host that may take it */
    uint32_t wide; /* hosts whose signature suits it */
    bool stuck;    /* pinned, a device, its host offline */
    bool resident; /* need not move at all: staying costs nothing */
};

#define UNPLACED 1e7 /* dearer than any move, so that placing comes first */
#define HOMELESS 3e7 /* and nobody who had a place is to lose it for that */

static inline double unit_unplaced(const struct unit *u)
{
    return u->resident ? HOMELESS : UNPLACED;
}

struct step { /* to take a placing back */
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
    int64_t *free0;              /* by host, at the start */
    double total;                /* cost of the units that have a place */
    uint32_t unplaced, homeless; /* homeless: residents among them */
    double bound;
    double *price;        /* by host: of a MiB; NULL: none were computed */
    double *vprice;       /* of a vCPU */
    struct step *journal; /* NULL: changes are not written down */
    uint32_t njournal, journal_cap;
    int64_t *ring_room;      /* by ring: the most that is free on one host */
    uint32_t room_src;       /* the source whose rings that is of */
    uint64_t work, work_max; /* looks at a host, instead of a clock */
    uint64_t rng;
};

/* drain.c */
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
/* What is to be made small: places first, then cost. */
static inline double drain_value(const struct drain *d)
{
    return d->total + UNPLACED * d->unplaced +
           (HOMELESS - UNPLACED) * d->homeless;
}
/* A guest that is in the way becomes a unit that may stay. 0 or -ENOMEM */
int drain_add_resident(struct drain *d, uint32_t dom);
uint32_t drain_ring(const struct drain *d, const struct unit *u,
                    uint32_t host);
double drain_cost(const struct drain *d, const struct unit *u, uint32_t host);
/* Rules that keep u from host for good: signature, path; not room. */
bool drain_suits(const struct drain *d, const struct unit *u, uint32_t host);
/* Room and company, as things are now. */
bool drain_fits(struct drain *d, const struct unit *u, uint32_t host);
/* Places a unit; NONE takes its place away. The journal has room for what
 * drain_assign() does between two marks. */
void drain_put(struct drain *d, uint32_t unit, uint32_t host);

/* Takes back what was put since the journal had `mark` steps. */
void drain_undo(struct drain *d, uint32_t mark);

/* assign.c: which unit goes where */
int drain_assign(struct drain *d);
/* Local search over what units there are now. */
int drain_search(struct drain *d, uint64_t looks);
/* The cheapest host with room, not `not`; NONE: there is none. */
uint32_t drain_find(struct drain *d, uint32_t unit, uint32_t not,
                    double below);

/* bound.c: a lower bound, prices, and why nothing can do it */
void drain_least(struct drain *d); /* bound without prices */
int drain_bound(struct drain *d);
/* infeasible.c: what no plan can do. The second looks deeper; the last says
 * what was short when no plan was found and nothing was proven. */
int drain_infeasible(struct drain *d);
int drain_infeasible_deep(struct drain *d);
int drain_not_found(struct drain *d);

/* displace.c: room by moving guests that were not asked to move */
int drain_displace(struct drain *d);
/* Adds the displaced guests' moves to p (NULL: only looks), in an order that
 * is safe one by one. -EDEADLK: they wait for each other in a ring. */
int drain_order(struct drain *d, struct plan *p);

#endif
