/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Two ways through the worlds of ho_world.h: seeded random walks, and every
 * state that so many faults can lead to.
 */
#ifndef TESTS_HO_EXPLORE_H
#define TESTS_HO_EXPLORE_H

#include "tests/lib/ho_world.h"

struct explored {
    uint64_t walks, steps; /* steps: things that happened */
    uint64_t states;       /* different ones */
    unsigned deepest;
    const char *broken; /* the law, NULL when all held */
    char trace[8192];   /* how it came to that */
};

/* So many walks; the n-th of a seed is always the same. */
void explore_seeds(uint64_t seed, uint64_t walks, struct explored *e);
/* All states. Stops at `limit` different ones (0: none): then e->states is
 * limit. */
void explore_all(const struct w_faults *f, uint64_t limit, struct explored *e);

#endif
