/* SPDX-License-Identifier: LGPL-2.1-only */
/* What the commands that start runs share: the question, signals, the view. */
#ifndef RACKHOP_CLI_RUNCMD_H
#define RACKHOP_CLI_RUNCMD_H

#include <stdbool.h>

#include "tools/cli/cmd.h"
#include "tools/run/start.h"
#include "tools/view/runview.h"

struct planning; /* planning.h */

struct runcmd {
    struct app *app;
    const char *name; /* of the command */
    bool yes, json;
    struct run_request req; /* what is wanted; runcmd_start() adds the rest */
    struct runview view;
};

/* With the settings of the configuration. */
void runcmd_init(struct runcmd *c, struct app *app, const struct cmd *self);
/* RC_OK when the question can be asked or need not be; else what is wrong was
 * printed. */
enum exit_code runcmd_check(const struct runcmd *c);
/* Does what is asked for: an exit code. */
int runcmd_start(struct runcmd *c);

/* The same for a goal, with the options and operands of a command of its name:
 * an exit code. */
int runcmd_goal(struct runcmd *c, const struct planning *p,
                const struct goal *goal);

/*
 * `rackhop migrate` of a guest that is not on this host: a run of one move,
 * from wherever the guest is. host: a name of the configuration, or NULL for
 * the best. An exit code.
 */
int migrate_elsewhere(struct app *app, const char *domain, const char *host,
                      bool yes, bool json, bool dry_run);

#endif
