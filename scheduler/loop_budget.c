/* SPDX-License-Identifier: LGPL-2.1-only */
/* The budget of the loops: no sixty minutes have more moves or GiB. */
#include "scheduler/loop_impl.h"

#include <math.h>

/* Also of a clock that was set before its beginning. */
static unsigned budget_slot(int64_t minute)
{
    int64_t slot = minute % LOOP_MINUTES;

    return (unsigned)(slot < 0 ? slot + LOOP_MINUTES : slot);
}

void budget_pass(struct loop_budget *b, double now_s)
{
    int64_t minute = (int64_t)floor(now_s / 60);

    if (minute - b->minute > LOOP_MINUTES)
        b->minute = minute - LOOP_MINUTES;
    while (b->minute < minute) {
        b->minute++;
        b->moves[budget_slot(b->minute)] = 0;
        b->gib[budget_slot(b->minute)] = 0;
    }
}

static void budget_spent(const struct loop_budget *b, double *moves,
                         double *gib)
{
    *moves = *gib = 0;
    for (int i = 0; i < LOOP_MINUTES; i++) {
        *moves += b->moves[i];
        *gib += b->gib[i];
    }
}

static double budget_moves(const struct loops *l)
{
    return l->p.moves_per_hour > 0 ? l->p.moves_per_hour : l->guests;
}

static double budget_gib(const struct loops *l)
{
    double mib = 0;

    if (l->p.gib_per_hour > 0)
        return l->p.gib_per_hour;
    for (uint32_t g = 0; g < l->guests; g++)
        mib += (double)l->guest[g].memory_mib;
    return mib / 1024;
}

/* What is only cheaper can wait for an hour; a host that has too much demand
 * should not. */
static double budget_share(const struct loops *l, enum loop_kind kind)
{
    return kind >= LOOP_POWER && l->p.balance > 0 ? 1 - l->p.kept_back : 1;
}

static bool budget_within(const struct loops *l, double share, double moves,
                          double gib)
{
    return moves <= share * budget_moves(l) + 1e-6 &&
           gib <= share * budget_gib(l) + 1e-6;
}

/* What can never be done with a share of an hour may take a whole one, of which
 * nothing is spent: else it would wait for ever. */
bool budget_affords(const struct loops *l, enum loop_kind kind, uint32_t moves,
                    double gib)
{
    double m, s, share = budget_share(l, kind);

    budget_spent(&l->budget, &m, &s);
    if (m < 1e-6 && s < 1e-6 && !budget_within(l, share, moves, gib))
        share = 1;
    return budget_within(l, share, m + moves, s + gib);
}

void budget_spend(struct loops *l, uint32_t moves, double gib)
{
    struct loop_budget *b = &l->budget;

    b->moves[budget_slot(b->minute)] += moves;
    b->gib[budget_slot(b->minute)] += gib;
}

void budget_return(struct loops *l, uint32_t moves, double gib)
{
    struct loop_budget *b = &l->budget;
    int64_t i = budget_slot(b->minute);

    b->moves[i] -= moves < b->moves[i] ? moves : b->moves[i];
    b->gib[i] = fmax(0, b->gib[i] - gib);
}
