/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What apply, drain, rebalance and cancel share: the run's name, its record and
 * its locks, signals, the executor, the report.
 */
#ifndef RACKHOP_CLI_RUNNING_H
#define RACKHOP_CLI_RUNNING_H

#include "scheduler/scheduler.h"
#include "tools/cli/cmd.h"
#include "tools/doc/plan.h"
#include "tools/run/journal.h"

struct running {
    /* the caller's */
    struct app *app;
    struct plan_settings set;
    bool json;
    const char *lock; /* goal that one run has to itself */
    bool stranded;    /* the plan leaves some behind: no better than 4 */
    /* private */
    struct store *store;
    struct run run;
    int fd;
};

/* Opens this host's store. 0, or an exit code with the reason printed. */
int running_open(struct running *r);
void running_close(struct running *r);
/* 0, or an exit code: a run has the goal, it was named. */
int running_check_lock(struct running *r);
/* Begins a run of this plan and carries it out. An exit code. */
int running_apply(struct running *r, const struct plan_doc *doc);
/* Goes on with a run (NULL: the newest that is open); with `wish` it only
 * settles what was started and ends. An exit code. */
int running_resume(struct running *r, const char *name,
                   int wish /* enum cancel_wish */);

/* Is an executor at work on this run? */
bool running_alive(const char *run);

/* On a terminal: asks. Else `yes` must be given: RC_USAGE and the reason. 0:
 * go on. */
int running_confirm(struct app *app, const char *command, bool yes, bool json,
                    const char *question);

#endif
