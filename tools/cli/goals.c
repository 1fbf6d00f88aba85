/* SPDX-License-Identifier: LGPL-2.1-only */
/* Goals: drain, rebalance, migrate, with their operands. */
#include "tools/cli/goals.h"

#include <errno.h>
#include <stdlib.h>

#include "tools/run/goal.h"

int goal_operands(struct planning *p, char **word, int n, uint32_t **host_r)
{
    struct msg err;
    int rc = goal_hosts(p->snap.cluster, word, n, host_r, &err);

    if (rc == -ENOMEM)
        die_oom();
    if (rc < 0)
        complain("%s", err.text);
    return rc;
}

const char *goal_usage(const char *goal, int n, bool *known_r)
{
    const struct goal *g = goal_find(goal);

    *known_r = g;
    return g && (n < g->min || n > g->max) ? g->takes : NULL;
}

int goal_load(struct planning *p, const char *goal)
{
    const struct goal *g = goal_find(goal);

    p->sample_ms = g ? g->sample_ms : 0;
    return planning_load(p);
}

int goal_plan(struct planning *p, const char *goal, char **operand, int n,
              struct plan **plan_r)
{
    const struct goal *g = goal_find(goal);
    struct msg err;
    int rc = g->plan(p->snap.cluster, operand, n, plan_r, &err);

    if (rc == -ENOMEM)
        die_oom();
    if (rc == -EINVAL) {
        complain("%s", err.text);
        return RC_USAGE;
    }
    if (rc < 0) {
        complain("plan %s: no safe order of the moves was found", goal);
        return RC_FAILED;
    }
    return rc;
}
