/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What the files of a rebalance share: the measure, and the hosts by pressure.
 */
#ifndef RACKHOP_SCHEDULER_REBALANCE_IMPL_H
#define RACKHOP_SCHEDULER_REBALANCE_IMPL_H

#include "scheduler/scheduler_impl.h"

enum {
    REBALANCE_LEVELS = 12, /* emptiest hosts tried as targets */
    REBALANCE_FEW = 300,   /* hosts: up to these the order is kept exact */
};

struct side {         /* one of the two that are levelled: memory, CPU */
    double sum, sum2; /* over the hosts: of the use, of its square */
    double doubt;     /* by how much a use may be wrong, on average */
    double var;       /* variance of the use, doubt included */
    double slope;     /* 1 / the square root of var */
};

struct use {                 /* of a host */
    double mem, cpu;         /* as a part of its capacity, of its threads */
    double per_mib, per_cpu; /* what one more MiB, or thread, adds */
    double doubt;            /* cpu may be so much more or less */
    bool moment;             /* of a guest no more is known than a moment */
};

struct rebalance {
    struct plan_cluster *c;
    struct plan *p;
    struct state s;
    uint32_t *host; /* those that are up */
    uint32_t n;
    struct side mem, cpu;
    double *press;    /* by host: how much it would gain by giving */
    uint32_t *order;  /* hosts, highest pressure first */
    uint32_t *by_cls; /* the same for each class k:
                         by_cls[cls_at[k]..cls_at[k + 1]) */
    uint32_t *cls_at;
    uint8_t *done;   /* by host: nothing to gain there until it changes */
    uint8_t *moved;  /* by guest */
    double *cpu_now; /* by guest: cpu, while cpu_day stands in its place */
    struct use *use; /* by host */
    uint32_t low[REBALANCE_LEVELS], nlow; /* the emptiest */
    uint32_t next_low; /* order[0..next_low) were not among them yet */
    double worth;      /* of lowering the measure by 1, in units of cost */
    double gib;
    uint32_t looks; /* that rebalance_room.c has taken, and those for ways */
    uint32_t looks_two; /* on which two others move */
};

struct rebalance_option {
    uint32_t dom, to; /* and all that go together with dom */
    double value;     /* what it gains, in units of cost, less its cost */
};

/* rebalance_measure.c: the measure of a state; the deviation of one side */
double rebalance_score(const struct plan_cluster *c, const struct state *s);
double rebalance_deviation(const struct side *s, double n);
/* Computes all sums anew, from where the guests are now. */
void rebalance_measure(struct rebalance *r);
/* Computes one host's use anew; adds it (1) to the sums, or takes it away
 * (-1). */
void rebalance_note_use(struct rebalance *r, uint32_t h);
void rebalance_sums_add(struct rebalance *r, uint32_t h, double sign);
void rebalance_slopes(struct rebalance *r);
/* Computes how much a host would gain by giving a guest away. */
void rebalance_press(struct rebalance *r, uint32_t h);
/* How far a mean of CPU use over this time may be from what the host needs. */
double rebalance_cpu_doubt(double sample_ms);

/* rebalance_order.c: measures, and sorts the hosts by pressure. */
void rebalance_refresh(struct rebalance *r);
/* Chooses the emptiest hosts again. */
void rebalance_fill_low(struct rebalance *r);
/* Replaces those that have taken guests by the next emptiest. */
void rebalance_refill_low(struct rebalance *r);
/* Keeps the orders sorted after the pressure of one host changed. */
void rebalance_resort_host(struct rebalance *r, uint32_t h);

/* rebalance_try.c: finds the best move from a host, if it is better than
 * *best. */
void rebalance_try_host(struct rebalance *r, uint32_t h,
                        struct rebalance_option *best);

/* May the guest, and all that go with it, still move? */
bool rebalance_may_move(const struct rebalance *r, uint32_t dom);
/* The first of guests that go together, or a guest that goes alone: is moving
 * it there better than *best? The rules and the limits are kept. */
void rebalance_try_on(struct rebalance *r, uint32_t first, uint32_t to,
                      struct rebalance_option *best);
/* goal_rebalance.c: makes the move, of all that go together. 0 or -ENOMEM */
int rebalance_make_move(struct rebalance *r, const struct rebalance_option *o,
                        bool mends);

/* rebalance_room.c */
enum { REBALANCE_WAY = 3 };
struct rebalance_way { /* one other or two, in their order; last the guest */
    struct rebalance_option move[REBALANCE_WAY];
    uint32_t n;   /* moves; 0: there is no way */
    double value; /* of all of them */
};
/* The best way to move a guest that no host takes as things are. */
struct rebalance_way rebalance_make_room(struct rebalance *r, uint32_t dom);

/* rebalance_mend.c: moves guests that break a rule where they are, then tells
 * which groups stay broken. 0 or -ENOMEM */
int rebalance_mend(struct rebalance *r);
int rebalance_tell_broken(struct rebalance *r);

/* rebalance_bound.c: no rebalance to a deviation of s costs less than this. */
double rebalance_cost_bound(struct rebalance *r, double s);

#endif
