/* SPDX-License-Identifier: LGPL-2.1-only */
/* rackhop plan: a plan for a goal, shown and written; nothing is moved. */
#include "tools/cli/cmdtable.h"

#include <stdio.h>

#include "tools/cli/cmd.h"
#include "tools/cli/planning.h"
#include "tools/cli/runcmd.h"

/* "drain, rebalance or migrate" */
static int plan_usage(void)
{
    char text[200] = "";
    size_t n = 0;

    for (unsigned i = 0; goal_row(i) && n < sizeof text; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, "%s%s",
                              !i                ? ""
                              : goal_row(i + 1) ? ", "
                                                : " or ",
                              goal_row(i)->name);
    return usage_error("plan", "plan takes a goal: %s", text);
}

static int plan_command(struct runcmd *c, const struct planning *p)
{
    const struct goal *goal = p->operands ? goal_find(p->operand[0]) : NULL;
    int n = p->operands - 1;

    if (!goal)
        return plan_usage();
    if (n < goal->min || n > goal->max)
        return usage_error("plan", "plan %s takes %s", goal->name,
                           goal->takes);
    c->json = p->json;
    c->view.out = p->out;
    c->view.explain = p->explain;
    c->req.set = p->set;
    c->req.goal = goal;
    c->req.operand = p->operand + 1;
    c->req.operand_n = n;
    c->req.snapshot = p->snapshot;
    c->req.plan_only = true;
    c->req.no_store = true;
    return runcmd_start(c);
}

int cmd_plan(struct app *app, const struct cmd *self, int argc, char **argv)
{
    struct planning p;
    struct runcmd c;
    int rc = planning_args(&p, app, self, argc, argv);

    runcmd_init(&c, app, self);
    if (!rc)
        rc = plan_command(&c, &p);
    planning_dispose(&p);
    return rc < 0 ? RC_OK : rc;
}
