/* SPDX-License-Identifier: LGPL-2.1-only */
/* rackhop drain, rackhop rebalance: plan, show, ask, carry out. */
#include "tools/cli/cmdtable.h"

#include "tools/cli/cmd.h"
#include "tools/cli/planning.h"
#include "tools/cli/runcmd.h"

static int goal_command(struct runcmd *c, const struct planning *p,
                        const struct goal *goal)
{
    enum exit_code code;

    if (p->operands < goal->min || p->operands > goal->max)
        return usage_error(c->name, "%s takes %s", c->name, goal->takes);
    c->yes = p->yes;
    c->json = p->json;
    c->view.out = p->out;
    c->view.explain = p->explain;
    c->req.set = p->set;
    c->req.goal = goal;
    c->req.operand = p->operand;
    c->req.operand_n = p->operands;
    c->req.plan_only = p->dry_run;
    code = p->json || !c->app->tty ? runcmd_check(c) : RC_OK;
    return code == RC_OK ? runcmd_start(c) : (int)code;
}

/* Drain and rebalance are named like their goals. */
int cmd_drain(struct app *app, const struct cmd *self, int argc, char **argv)
{
    struct planning p;
    struct runcmd c;
    int rc = planning_args(&p, app, self, argc, argv);

    runcmd_init(&c, app, self);
    if (!rc)
        rc = goal_command(&c, &p, goal_find(self->name));
    planning_dispose(&p);
    return rc < 0 ? RC_OK : rc;
}

int cmd_rebalance(struct app *app, const struct cmd *self, int argc,
                  char **argv)
{
    return cmd_drain(app, self, argc, argv);
}
