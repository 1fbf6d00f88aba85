/* SPDX-License-Identifier: LGPL-2.1-only */
/* From the words of a command to a plan. */
#ifndef RACKHOP_CLI_GOALS_H
#define RACKHOP_CLI_GOALS_H

#include "tools/cli/planning.h"

/*
 * HOST... and rack:NAME... as hosts of the snapshot: their number and *host_r,
 * which is the caller's to free(); or -1 after saying which is unknown.
 */
int goal_operands(struct planning *p, char **word, int n, uint32_t **host_r);

/* planning_load(), with what this goal wants to know of the hosts. */
int goal_load(struct planning *p, const char *goal);
/*
 * The plan for "drain", "rebalance" or "migrate" with these operands; the
 * snapshot is loaded. 0, or an exit code with everything said.
 */
int goal_plan(struct planning *p, const char *goal, char **operand, int n,
              struct plan **plan_r);
/* What operands a goal takes, or NULL when they are right in number. *known_r:
 * is there such a goal? */
const char *goal_usage(const char *goal, int n, bool *known_r);

struct running;
/* Plans the goal, shows the plan, asks, and carries it out; the store is
 * open. An exit code. */
int goal_run(struct planning *p, struct running *r, const char *goal,
             char **operand, int n);
/*
 * `rackhop migrate` of a guest that is not on this host: a run of one move,
 * from wherever the guest is. host: a name of the configuration, or NULL for
 * the best. An exit code.
 */
int migrate_elsewhere(struct app *app, const char *domain, const char *host,
                      bool yes, bool json, bool dry_run);

#endif
