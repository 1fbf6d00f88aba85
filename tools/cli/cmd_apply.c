/* SPDX-License-Identifier: LGPL-2.1-only */
/* rackhop apply: carries out a plan that was made before, or resumes a run. */
#include "tools/cli/cmdtable.h"

#include "tools/cli/cmd.h"
#include "tools/cli/runcmd.h"

int cmd_apply(struct app *app, const struct cmd *self, int argc, char **argv)
{
    struct cmd_iter it;
    struct runcmd c;
    int opt, operands;

    runcmd_init(&c, app, self);
    cmd_iter_init(&it, self, argc, argv);
    while ((opt = cmd_next(&it)) > 0)
        switch (opt) {
        case OPT_YES: c.yes = true; break;
        case OPT_JSON: c.json = true; break;
        case OPT_RESUME: c.req.resume = true; break;
        }
    if (opt)
        return cmd_iter_exit(opt);
    operands = argc - it.index;
    if (operands > 1 || (!c.req.resume && !operands))
        return usage_error("apply", "apply takes one PLAN, or --resume [RUN]");
    if (c.req.resume)
        c.req.run = operands ? argv[it.index] : NULL;
    else
        c.req.plan = argv[it.index];
    return runcmd_start(&c);
}
