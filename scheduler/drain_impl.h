/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What the files of a drain share: units, the rings of hosts around them,
 * undo.
 *
 * A drain places units: a guest, or the guests of a `together` group. For each
 * source (a route class that units leave) the hosts that can receive stand in
 * rings: hosts of the same hops and rate, so of the same cost.
 *
 * The files stand in a line, each needs only those before it: drain_rings.c,
 * drain_units.c | proofs and bounds | drain_find.c, drain_steps.c,
 * drain_search.c, drain_assign.c, drain_chain.c, drain_trade.c,
 * drain_displace.c |
 * goal_drain.c, drain_migrate.c.
 */
#ifndef RACKHOP_DRAIN_IMPL_H
#define RACKHOP_DRAIN_IMPL_H

#include "scheduler/scheduler_impl.h"

struct ring {
    uint32_t first, n; /* of its source's hosts; most free memory first */
    int hops;
    double rate;
};

enum {
    DRAIN_RING_LARGE = 1024
}; /* hosts; a larger one is not searched whole */

struct source { /* a route class that units leave */
    uint32_t cls;
    uint32_t ring, ring_n;
    uint32_t *host; /* candidates, by ring */
    uint32_t *of;   /* route class -> ring, or NONE */
};

struct unit {
    uint32_t first, n; /* of drain->unit_dom */
    int64_t mem, held; /* as those of its guests (struct dom) */
    int32_t vcpus;
    double cpu;             /* threads that it keeps busy */
    uint32_t src, from, to; /* to: NONE as long as it has no place */
    uint32_t cost;          /* of drain->cost: by ring of its source */
    uint32_t order;         /* of drain->order: its rings, cheapest first */
    double now;        /* cost where it is; DRAIN_UNPLACED without a place */
    double least;      /* no plan moves it for less */
    uint32_t suitable; /* hosts whose signature suits it */
    bool fixed;        /* can't leave: pinned, a device, its host offline */
    bool displaceable; /* the goal does not ask it to move: staying is free */
};

/* The cost of having no place: dearer than any move, so that placing comes
 * first; and dearer still for a guest that had a place. */
#define DRAIN_UNPLACED              1e7
#define DRAIN_UNPLACED_DISPLACEABLE 3e7

static inline double unit_unplaced(const struct unit *u)
{
    return u->displaceable ? DRAIN_UNPLACED_DISPLACEABLE : DRAIN_UNPLACED;
}

/* How much of the hosts a drain fills: within both soft limits; within that of
 * the processors; at least no more busy threads than there are; as the rules
 * let it. */
enum drain_within {
    WITHIN_LIMITS,
    WITHIN_CPU_LIMIT,
    WITHIN_THREADS,
    WITHIN_RULES,
};

struct
    placing { /* a step that can be undone: where the unit was placed before */
    uint32_t unit, from;
};

struct drain {
    struct plan_cluster *c;
    struct plan *p;
    struct state s;
    uint8_t *drained; /* by host */
    uint8_t *late;    /* by guest: it leaves after those that make room */
    uint32_t only;    /* the host that units have to go to; NONE: any */
    uint32_t *cand;   /* hosts that may receive */
    uint32_t ncand;
    struct source *src;
    uint32_t nsrc;
    size_t src_room;
    struct ring *ring;
    uint32_t nring;
    size_t ring_room;
    struct unit *unit;
    uint32_t nunit;
    size_t unit_room;
    uint32_t *unit_dom;
    uint32_t nunit_dom;
    size_t unit_dom_room;
    uint32_t *unit_of;       /* by domain, or NONE */
    uint32_t *order_by_size; /* units, largest first */
    double *cost;
    uint32_t *order;
    uint32_t ncost;
    size_t cost_room, order_room;
    enum drain_within within;
    double *cpu_most; /* threads that may be busy, by host; NULL: any number */
    bool cpu_refused; /* that has kept a unit off a host */
    bool again;       /* to be solved once more, with a limit less */
    int64_t *free_at_start; /* MiB by host, up to the soft limit if that is
                               kept: so is the room in the state */
    double total;           /* cost of the units that have a place */
    uint32_t unplaced;      /* units without a place, */
    uint32_t unplaced_displaceable; /* and those of them that had one */
    double bound;         /* no plan that keeps the same limits costs less */
    bool no_deficit;      /* rings are not in the order of free_at_start */
    double *price;        /* of a MiB by host; NULL: there are none yet */
    double *vprice;       /* of a vCPU by host */
    struct placing *undo; /* the latest changes; NULL: none are noted */
    uint32_t nundo, undo_cap;
    int64_t *most_free;      /* by ring: the most that is free on one host */
    uint32_t most_free_src;  /* the source whose rings that is of */
    uint64_t work, work_max; /* looks at a host: a clock that is the same
                                everywhere */
    uint64_t rng;
};

/* --- drain_setup.c ------------------------------------------------------- */

/* A drain of these hosts, without units. 0 or -ENOMEM, and drain_dispose()
 * after both. */
int drain_init(struct drain *d, struct plan_cluster *c, struct plan *p,
               const uint32_t *drained, uint32_t n, enum drain_within within);
void drain_dispose(struct drain *d);
/* Adds the moves to the plan, or the guests that stay. 0 or -ENOMEM */
int drain_write_moves(struct drain *d);
int drain_write_stranded(struct drain *d);

/* --- drain_rings.c ------------------------------------------------------- */

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
/* The ring of a host around a unit's source; NONE: there is no path. */
static inline uint32_t drain_ring(const struct drain *d, const struct unit *u,
                                  uint32_t host)
{
    uint32_t cls = d->c->host[host].cls;

    return cls == NONE ? NONE : d->src[u->src].of[cls];
}
/* What it costs to move the unit there. */
static inline double drain_cost(const struct drain *d, const struct unit *u,
                                uint32_t host)
{
    if (host == u->from)
        return 0;
    return d->cost[u->cost + drain_ring(d, u, host)];
}

/* --- drain_units.c ------------------------------------------------------- */

/* Makes a unit of a guest and those that have to stay with it. 0 or -ENOMEM */
int drain_make_unit(struct drain *d, uint32_t dom);
/* Makes units of the guests of these hosts. 0 or -ENOMEM */
int drain_make_units(struct drain *d, const uint32_t *hosts, uint32_t n);
/* Makes a unit of a guest that was not asked to move. 0 or -ENOMEM */
int drain_add_displaceable(struct drain *d, uint32_t dom);
/* Whether the host suits the unit: no rule that stays true whatever moves
 * (signature, path) forbids it. Room is not looked at. */
bool drain_suits(const struct drain *d, const struct unit *u, uint32_t host);
/* Whether the host suits the unit and has room for it now. */
bool drain_fits(struct drain *d, const struct unit *u, uint32_t host);
/* Places a unit; NONE takes its place away. The change is noted in undo as
 * long as there is room. */
void drain_put(struct drain *d, uint32_t unit, uint32_t host);
/* Takes back all changes after the first `since` notes. */
void drain_undo(struct drain *d, uint32_t since);
/* The value that a search lowers: units without a place first, then cost. */
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

/* goal_drain.c: one plan, with the rules as they are for the guests that are
 * soft and those that are not; plan_drain() is in drain_soft.c. */
int drain_plan(struct plan_cluster *c, const uint32_t *hosts, uint32_t n,
               struct plan **plan_r);

/* --- drain_within.c ------------------------------------------------------ */

/* Keeps the room of a drain within its limits. 0 or -ENOMEM */
int drain_keep_within(struct drain *d);
/* From now on only the rules count. */
void drain_drop_limits(struct drain *d);
/* The first of the ways to fill hosts that has room for all in sum. */
enum drain_within drain_first_within(const struct plan_cluster *c,
                                     const uint32_t *drained, uint32_t n);
/* Moves units off hosts with more busy threads than they have, to others that
 * have some left. 0 or -ENOMEM */
int drain_relieve(struct drain *d);

/* --- proofs -------------------------------------------------------------- */

/* drain_infeasible.c, drain_sets.c, drain_groups.c: proofs that no plan
 * exists, written into the plan; the second looks deeper, and asks the third.
 * 0 or -ENOMEM */
int drain_infeasible(struct drain *d);
int drain_infeasible_deep(struct drain *d);
int drain_infeasible_groups(struct drain *d);
/* drain_forbids.c: the rules that keep the guest off the host whatever moves,
 * and by whatever way: bits of enum plan_rule. */
uint32_t drain_forbids(struct plan_cluster *c, uint32_t dom, uint32_t host);
/* MiB that the host would have for others, were all gone that can leave. */
int64_t drain_room_were_it_empty(const struct plan_cluster *c, uint32_t host);
/* Writes a proof into the plan, which then owns the text. */
int drain_proven(struct drain *d, enum plan_rule rule, double need,
                 double have, char *text);
/* drain_not_found.c: writes what was short where nothing was proven. */
int drain_not_found(struct drain *d);

/* drain_least.c: the least of each unit, and the bound that their sum is. */
void drain_least(struct drain *d);
/* The best host of a ring: of those that suit, the one with most room. */
double drain_ring_least(const struct drain *d, const struct unit *u,
                        uint32_t r);
/* The cost of making room on a host where less than mem is free. */
double drain_deficit_cost(const struct drain *d, int64_t mem, int64_t free);
/* The cost of a direct move, or of two moves by way of a third host if these
 * may be cheaper. */
double drain_direct_or_twice(const struct drain *d, const struct unit *u,
                             double cost);
/* drain_bound.c: a better bound, and the prices for drain_find_priced(). */
int drain_bound(struct drain *d);
/* The bound for all plans, also those that keep no soft limit. Takes the place
 * of the other. 0 or -ENOMEM */
int drain_bound_of_all(struct drain *d);

/* --- places -------------------------------------------------------------- */

/* drain_find.c: the cheapest host with room, but not `except`, for less than
 * `below`; NONE: there is none. The second takes, of the cheapest ring with
 * room, the host with the best further terms of the score; the third adds the
 * price of the room to the cost. */
uint32_t drain_find(struct drain *d, uint32_t unit, uint32_t except,
                    double below);
uint32_t drain_find_balanced(struct drain *d, const struct unit *u);
uint32_t drain_find_priced(struct drain *d, uint32_t unit);

/* drain_steps.c: makes steps that lower the value, until none does. */
void drain_descend(struct drain *d);
/* Puts the unit into the place of another that finds a new one, if that lowers
 * the value. */
bool drain_eject_any(struct drain *d, uint32_t unit);
/* Whether all units are placed, and so near the bound that a search is not
 * worth its time. */
bool drain_good_enough(const struct drain *d);
/* Whether the search has looked at hosts as often as it may. */
bool drain_looks_spent(const struct drain *d);

/* drain_search.c: searches locally over the units, with so many looks. */
int drain_search(struct drain *d, uint64_t looks);
/* Makes room for undo and the order by size, for the units there are now. */
int drain_search_prepare(struct drain *d);

/* A number below n, drawn from the drain's seed. */
uint32_t drain_draw(struct drain *d, uint32_t n);

/* drain_pack.c: places all units of a tight drain, if it finds out how;
 * otherwise they stay where they are. 0 or -ENOMEM */
int drain_pack(struct drain *d);

/* How hard to search: less where a soft limit may give way. */
static inline uint64_t drain_effort(const struct drain *d, uint64_t looks)
{
    return d->within < WITHIN_RULES ? looks / 4 : looks;
}

/* drain_assign.c: finds a first place for each unit. 0 or -ENOMEM */
int drain_place(struct drain *d);
/* Places all units anew, by prices and by search. 0 or -ENOMEM */
int drain_assign(struct drain *d);
/* Of hosts that cost the same, units go to those with the best further terms
 * of the score, which the search does not mind. */
void drain_level(struct drain *d);

/* drain_chain.c: places units that have no place by chains of units that make
 * way, as long as they are short. 0 or -ENOMEM */
int drain_chain(struct drain *d);

/* drain_trade.c: with best effort, takes places away where more guests get one
 * for that. 0 or -ENOMEM */
int drain_trade(struct drain *d);

/* drain_displace.c: makes room by moving guests that were not asked to
 * move. */
int drain_displace(struct drain *d);
/* drain_order.c: adds the displaced guests' moves to p (NULL: only looks), in an order that
 * is safe one by one. -EDEADLK: they wait for each other in a ring. */
int drain_order_displaced(struct drain *d, struct plan *p);

#endif
