/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Runs, from a wish to the end: plan, show, ask, carry out, in one call.
 *
 * The caller says what is wanted in a request, and is told of everything that
 * happens by a table of functions: what is shown to people, what they are
 * asked. Nothing is printed here, so commands, a daemon and a web page can
 * call the same.
 */
#ifndef RACKHOP_RUN_START_H
#define RACKHOP_RUN_START_H

#include <signal.h>
#include <stdbool.h>

#include "scheduler/scheduler.h"
#include "tools/config.h"
#include "tools/doc/plan.h"
#include "tools/doc/snapshot.h"
#include "tools/exit.h"
#include "tools/run/executor.h"
#include "tools/run/goal.h"
#include "tools/run/journal.h"

struct run_request {
    const struct config *conf;
    const char *conf_path;
    struct plan_settings set;
    /* Either a goal and its operands, whose number fits it .. */
    const struct goal *goal;
    char *const *operand;
    int operand_n;
    const char *snapshot; /* plan for this file; NULL: for the hosts */
    const char *name;     /* of the run that begins; NULL: a new one */
    /* why, in a sentence for each operand, which are hosts; NULL: the goal is
     * reason enough */
    const char *const *reason;
    bool plan_only; /* plan and show; carry nothing out */
    bool no_store;  /* also leave this host's records alone */
    /* .. or a plan that was made before (a file, "-": standard input) .. */
    const char *plan;
    /* .. or a run to continue (NULL: the newest that is open). With a wish it
     * only settles what was started, and ends. */
    bool resume;
    const char *run;
    enum cancel_wish wish;
    /* counted by the caller once ask() has said yes, or begin() was called */
    const volatile sig_atomic_t *interrupts, *hangup;
    const sigset_t *wait_mask;
};

struct run_events {
    /* a sentence for the operator */
    void (*note)(void *arg, const char *text);
    /* how many hosts have answered, and how many have answered or failed;
     * may be NULL */
    void (*progress)(void *arg, size_t answered, size_t ended, size_t all);
    /* The plan that was made. Not 0: it could not be shown or kept, and
     * nothing is carried out. */
    int (*planned)(void *arg, const struct snapshot *s, const struct plan *p);
    /* The plan that was handed in. */
    void (*given)(void *arg, const struct plan_doc *doc);
    /* There is nothing to carry out; this will be the exit code. */
    void (*nothing)(void *arg, const char *why, enum exit_code code);
    /* RC_OK: it may be carried out; else the exit code. */
    enum exit_code (*ask)(void *arg);
    /* Brings the counts of the request up to date; NULL: they always are. */
    void (*heed)(void *arg);
    /* The run is in the journal, and its moves begin; resumed: again. */
    void (*begin)(void *arg, const struct run *r, bool resumed);
    /* What the executor tells. */
    void (*event)(void *arg, struct exec *e, enum exec_event ev, uint32_t move,
                  const char *text);
    void (*tick)(void *arg, struct exec *e);
    /* The run is over, or waits for a guest in doubt. marked: its hosts are in
     * maintenance. Not called after a hangup: nothing has ended then. */
    void (*ended)(void *arg, const struct run *r, enum exit_code code,
                  bool marked);
    void *arg;
};

enum exit_code run_start(const struct run_request *q,
                         const struct run_events *ev);

/* A name that no other run has. buf has room for a run's name. */
void run_new_name(char *buf, size_t len);
/* How long a host's facts are waited for, in seconds. */
unsigned run_answer_s(const struct config *conf);
/* The exit code that a plan deserves before it is carried out. */
enum exit_code run_plan_code(const struct plan *p);

#endif
