/* SPDX-License-Identifier: LGPL-2.1-only */
/* What start.c (up to the answer) and start_run.c (from then on) share. */
#ifndef RACKHOP_RUN_START_IMPL_H
#define RACKHOP_RUN_START_IMPL_H

#include "tools/cluster/take.h"
#include "tools/run/start.h"

struct start {
    const struct run_request *q;
    const struct run_events *ev;
    struct store *store; /* NULL: only a plan is wanted */
    const char *lock;    /* what one run has to itself; NULL: nothing */
    struct snapshot snap;
    struct taken taken; /* the same as text, for the run */
    struct run run;
    struct msg err;
};

void start_note(struct start *s, const char *text);

/* start_run.c; all tell the reason when the exit code is not RC_OK. */
/* Has an open run what this one wants to have to itself? */
enum exit_code start_check_lock(struct start *s);
/* Begins a run of this plan and carries it out. */
enum exit_code start_new_run(struct start *s, const struct plan_doc *doc);
/* Continues the run of the request. */
enum exit_code start_old_run(struct start *s);

#endif
