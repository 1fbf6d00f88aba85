/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * make soak: the handover's laws against everything that can be done to it.
 * First every state that a bounded number of faults leads to, then so many
 * random walks with more of them. Exit 1 and the way there when a law breaks.
 *
 *   soak [SCHEDULES [SEED]]
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/lib/ho_explore.h"

static const struct w_faults searched[] = {
    { .kills = 1,
      .reboots = 1,
      .failures = 1,
      .cuts = 1,
      .questions = 1,
      .moves = 2 },
    { .kills = 3, .questions = 1, .moves = 2 },
    { .kills = 1, .failures = 3, .moves = 1 },
    { .kills = 2, .reboots = 2, .failures = 1, .questions = 2, .moves = 1 },
    { .kills = 1, .reboots = 1, .cuts = 1, .losses = 1, .moves = 2 },
    { .kills = 2, .stock = 2, .moves = 1 },
    { .kills = 1, .blind = 2, .questions = 1, .moves = 2 },
    { .kills = 1, .reboots = 1, .blind = 1, .stock = 1, .moves = 1 },
    { .kills = 1,
      .reboots = 1,
      .questions = 1,
      .bootless = 1,
      .stock = 1,
      .moves = 1 },
    { .kills = 2, .failures = 2, .caps = 2, .moves = 2 },
    { .kills = 2, .failures = 1, .caps = 2, .guest_reboots = 1, .moves = 2 },
    { .kills = 2,
      .reboots = 1,
      .failures = 1,
      .arms = 2,
      .unpauses = 1,
      .moves = 2 },
    { .kills = 1,
      .cuts = 1,
      .questions = 1,
      .arms = 2,
      .unpauses = 1,
      .forgets = 1,
      .moves = 2 },
};

static int broken(const struct explored *e)
{
    if (!e->broken)
        return 0;
    printf("BROKEN: %s\n%s", e->broken, e->trace);
    return 1;
}

int main(int argc, char **argv)
{
    uint64_t walks = argc > 1 ? strtoull(argv[1], NULL, 10) : 2000000;
    uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
    static struct explored e;

    for (size_t i = 0; i < sizeof searched / sizeof searched[0]; i++) {
        const struct w_faults *f = &searched[i];

        explore_all(f, 0, &e);
        printf(
            "all states of %u moves with %u kills, %u reboots, %u failed "
            "writes and calls, %u cuts, %u repeated questions, %u lost "
            "stores, %u unreadable boot ids, %u records without one, %u moves "
            "by stock xl, %u limits of CPU time, %u reboots of guests so "
            "limited, %u armed builds, %u copies so built that are unpaused, "
            "%u CPU states that are "
            "lost: %" PRIu64 " states, %" PRIu64 " steps\n",
            f->moves, f->kills, f->reboots, f->failures, f->cuts, f->questions,
            f->losses, f->blind, f->bootless, f->stock, f->caps,
            f->guest_reboots, f->arms, f->unpauses, f->forgets, e.states,
            e.steps);
        if (broken(&e))
            return 1;
        fflush(stdout);
    }
    explore_seeds(seed, walks, &e);
    printf("%" PRIu64 " schedules from seed %" PRIu64 ": %" PRIu64 " steps\n",
           e.walks, seed, e.steps);
    if (broken(&e))
        return 1;
    printf("the laws held after every step\n");
    return 0;
}
