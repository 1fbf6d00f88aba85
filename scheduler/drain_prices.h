/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The prices by which drain_bound.c finds a lower bound.
 */
#ifndef RACKHOP_SCHEDULER_DRAIN_PRICES_H
#define RACKHOP_SCHEDULER_DRAIN_PRICES_H

#include "scheduler/drain_impl.h"

struct prices {
    struct drain *d;
    uint32_t *host; /* those that have prices */
    uint32_t n;
    double *base;      /* [unit][host]: cost, making room included; INFINITY */
    double *elsewhere; /* by unit: cheapest host without a price */
    double *mu, *nu;   /* the prices by host: of a MiB, of a vCPU */
    double *load, *vload; /* what the units would fill at these prices */
    double best;          /* the highest bound so far, and its prices */
    double *best_mu, *best_nu;
    bool use_nu; /* vCPUs have prices as well */
};

/* Chooses the hosts that get prices and notes what each unit costs there; *pr
 * is set to { .d = d } before. 0 or -ENOMEM, and prices_dispose() after
 * both. */
int prices_init(struct prices *pr);
void prices_dispose(struct prices *pr);

#endif
