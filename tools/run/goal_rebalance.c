/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The goal rebalance: memory and CPU use are levelled by the moves that are
 * worth their cost. What a later plan does without was not needed.
 */
#include "tools/run/goal.h"

#include "tools/cluster/collect.h"
#include "tools/run/run.h"

static int rebalance_plan(struct plan_cluster *c, char *const *operand, int n,
                          struct plan **plan_r, struct msg *err)
{
    return plan_rebalance(c, plan_r);
}

static int rebalance_replan(const struct run *r, struct plan_cluster *c,
                            struct plan **plan_r, bool *unseen_r)
{
    if (r->max_moves && run_made(r) >= r->max_moves)
        return 0;
    return plan_rebalance(c, plan_r);
}

static bool rebalance_is_met(const struct run *r, const struct run_move *m)
{
    return m->replaced;
}

const struct goal goal_rebalance = {
    .name = "rebalance",
    .takes = "no operands",
    .sample_ms = COLLECT_SAMPLE_LEVEL_MS,
    .exclusive = true,
    .plan = rebalance_plan,
    .replan = rebalance_replan,
    .is_met = rebalance_is_met,
};
