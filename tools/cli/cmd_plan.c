/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * rackhop plan drain|rebalance|migrate: a plan, shown and written, nothing
 * moved.
 */
#include "tools/cli/cmdtable.h"

#include "tools/cli/cmd.h"
#include "tools/cli/goals.h"

static int run_goal(struct planning *p)
{
    const char *goal = p->operands ? p->operand[0] : "", *takes;
    struct plan *plan = NULL;
    bool known;
    int rc;

    takes = goal_usage(goal, p->operands - 1, &known);
    if (!known)
        return usage_error("plan", "what is to be planned: drain, rebalance "
                                   "or migrate?");
    if (takes)
        return usage_error("plan", "plan %s takes %s", goal, takes);
    rc = goal_load(p, goal);
    if (!rc)
        rc = goal_plan(p, goal, p->operand + 1, p->operands - 1, &plan);
    if (rc)
        return rc;
    rc = planning_show(p, plan);
    plan_free(plan);
    return rc;
}

int cmd_plan(struct app *app, const struct cmd *self, int argc, char **argv)
{
    struct planning p;
    int rc = planning_args(&p, app, self, argc, argv);

    if (!rc)
        rc = run_goal(&p);
    planning_dispose(&p);
    return rc < 0 ? RC_OK : rc;
}
