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

struct side {         /* one of the two things that are levelled */
    double sum, sum2; /* over the hosts: use, its square */
    double doubt;     /* mean of what their uses may be wrong by */
    double var;       /* of the use, and what is not known of it */
    double slope;     /* what a unit of deviation is worth now */
};

struct use {                 /* of a host */
    double mem, cpu;         /* part of its capacity, of its threads */
    double per_mib, per_cpu; /* what one more adds */
    double doubt;            /* of cpu: it may be so much more or less */
};

struct rebalance {
    struct plan_cluster *c;
    struct plan *p;
    struct state s;
    uint32_t *host; /* that are up */
    uint32_t n;
    struct side mem, cpu;
    double *press;    /* by host: how much it would gain by giving */
    uint32_t *order;  /* hosts, highest pressure first */
    uint32_t *by_cls; /* the same by class: CSR */
    uint32_t *cls_at;
    uint8_t *done;   /* by host: nothing to gain from it until it changes */
    uint8_t *moved;  /* by domain */
    struct use *use; /* by host */
    uint32_t low[REBALANCE_LEVELS], nlow; /* the emptiest */
    uint32_t next_low; /* those of order below it have been there */
    double worth;      /* of the measure going down by 1 */
    double gib;
};

struct rebalance_option {
    uint32_t dom, to;
    double value; /* gain in units of cost, less the cost */
};

/* rebalance_measure.c: how uneven the hosts are */
double rebalance_score(const struct plan_cluster *c, const struct state *s);
double rebalance_deviation(const struct side *s, double n);
/* All sums anew, from where the guests are now. */
void rebalance_measure(struct rebalance *r);
/* One host's use anew; its part of the sums, added (1) or taken away (-1). */
void rebalance_note_use(struct rebalance *r, uint32_t h);
void rebalance_sums_add(struct rebalance *r, uint32_t h, double sign);
void rebalance_slopes(struct rebalance *r);
/* How much a host would gain by giving. */
void rebalance_press(struct rebalance *r, uint32_t h);
double rebalance_cpu_doubt(double sample_ms);

/* rebalance_order.c: hosts by pressure, and the emptiest */
void rebalance_refresh(struct rebalance *r);
void rebalance_fill_low(struct rebalance *r);
/* A host that has taken makes way for the next emptiest. */
void rebalance_refill_low(struct rebalance *r);
/* Keeps the orders sorted after the pressure of one host changed. */
void rebalance_resort_host(struct rebalance *r, uint32_t h);

/* rebalance_try.c: the best move from a host, if it is better than *best */
void rebalance_try_host(struct rebalance *r, uint32_t h,
                        struct rebalance_option *best);

/* rebalance_bound.c: no rebalance to a deviation of s costs less */
double rebalance_cost_bound(struct rebalance *r, double s);

#endif
