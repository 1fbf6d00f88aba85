/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The goal loops: what the loops of a cluster wanted at one look. What could
 * not be moved is not planned again, for the next look knows better what is
 * wanted by then.
 */
#include "tools/run/goal.h"

#include <errno.h>

#include "tools/run/run.h"

static int loops_plan(struct plan_cluster *c, char *const *operand, int n,
                      struct plan **plan_r, struct msg *err)
{
    msg_set(err, "the loops plan by themselves: rackhopd(8)");
    return -EINVAL;
}

static int loops_replan(const struct run *r, struct plan_cluster *c,
                        struct plan **plan_r, bool *unseen_r)
{
    *unseen_r = false;
    return 0;
}

static bool loops_is_met(const struct run *r, const struct run_move *m)
{
    return m->replaced;
}

const struct goal goal_loops = {
    .name = "loops",
    .takes = "no operands",
    .plan = loops_plan,
    .replan = loops_replan,
    .is_met = loops_is_met,
};
