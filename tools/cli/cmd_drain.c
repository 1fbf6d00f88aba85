/* SPDX-License-Identifier: LGPL-2.1-only */
/* rackhop drain, evacuate and rebalance: plan, show, ask, carry out. */
#include "tools/cli/cmdtable.h"

#include "tools/cli/cmd.h"
#include "tools/cli/planning.h"
#include "tools/cli/runcmd.h"

/* They are named like their goals. */
int cmd_drain(struct app *app, const struct cmd *self, int argc, char **argv)
{
    struct planning p;
    struct runcmd c;
    int rc = planning_args(&p, app, self, argc, argv);

    runcmd_init(&c, app, self);
    if (!rc)
        rc = runcmd_goal(&c, &p, goal_find(self->name));
    planning_dispose(&p);
    return rc < 0 ? RC_OK : rc;
}

int cmd_evacuate(struct app *app, const struct cmd *self, int argc,
                 char **argv)
{
    return cmd_drain(app, self, argc, argv);
}

int cmd_rebalance(struct app *app, const struct cmd *self, int argc,
                  char **argv)
{
    return cmd_drain(app, self, argc, argv);
}
