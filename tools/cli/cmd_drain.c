/* SPDX-License-Identifier: LGPL-2.1-only */
/* rackhop drain, rebalance: plan, show, ask, apply. */
#include "tools/cli/cmdtable.h"

#include "tools/cli/cmd.h"
#include "tools/cli/goals.h"
#include "tools/cli/running.h"

static int run_goal(struct app *app, const struct cmd *self, const char *lock,
                    int argc, char **argv)
{
    const char *goal = self->name;
    struct running r = { .app = app, .lock = lock, .fd = -1 };
    struct planning p;
    const char *takes;
    bool known;
    int rc = planning_args(&p, app, self, argc, argv);

    takes = goal_usage(goal, p.operands, &known);
    if (!rc && takes)
        rc = usage_error(goal, "%s takes %s", goal, takes);
    if (!rc && !p.yes && !p.dry_run && (p.json || !app->tty))
        rc = running_confirm(app, goal, false, p.json, "");
    if (!rc)
        rc = running_open(&r);
    if (!rc)
        rc = goal_run(&p, &r, goal, p.operand, p.operands);
    running_close(&r);
    planning_dispose(&p);
    return rc < 0 ? RC_OK : rc;
}

int cmd_drain(struct app *app, const struct cmd *self, int argc, char **argv)
{
    return run_goal(app, self, NULL, argc, argv);
}

int cmd_rebalance(struct app *app, const struct cmd *self, int argc,
                  char **argv)
{
    return run_goal(app, self, self->name, argc, argv);
}
