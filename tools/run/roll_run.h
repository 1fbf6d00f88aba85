/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Carries a roll out: wave after wave, until all hosts are done, one fails or
 * somebody wishes that it ends.
 *
 * What is next is decided by roll_step.h; each step is in the journal
 * (roll_journal.h) before it is begun. A wave is planned from fresh facts of
 * the hosts that are left, and of such a plan only the first wave is begun.
 * Its moves are runs of their own (start.h), with all that runs have: claims,
 * reservations, resuming. Hooks and checks are durable jobs of their hosts
 * (hook.h). So this process may be killed at any instant; roll_resume() goes
 * on, and does nothing twice.
 *
 * Nothing is printed here: the caller is told by a table of functions.
 */
#ifndef RACKHOP_RUN_ROLL_RUN_H
#define RACKHOP_RUN_ROLL_RUN_H

#include <signal.h>

#include "tools/config.h"
#include "tools/run/roll_journal.h"
#include "tools/run/start.h"

struct roll_request {
    const struct config *conf;
    const char *conf_path;
    struct plan_settings set; /* of all waves */
    /* A roll to continue; NULL: the newest that is open. */
    const char *name;
    enum cancel_wish wish; /* that it ends, from the start */
    /* counted by the caller: SIGINT and SIGTERM, and SIGHUP */
    const volatile sig_atomic_t *interrupts, *hangup;
    const sigset_t *wait_mask;
};

struct roll_events {
    /* a sentence for the operator */
    void (*note)(void *arg, const char *text);
    /* The roll is in the journal; resumed: again. */
    void (*begin)(void *arg, const struct roll *r, bool resumed);
    /* A wave begins: its hosts are at ROLL_DRAINING. */
    void (*wave)(void *arg, const struct roll *r);
    /* A host is at another step. */
    void (*step)(void *arg, const struct roll *r, uint32_t host);
    /* The window is closed; no wave begins until it opens. */
    void (*pause)(void *arg, const struct roll *r);
    /* It has ended, or (open) goes on when it is resumed. */
    void (*ended)(void *arg, const struct roll *r, enum exit_code code);
    /* Of the runs within it; `ask` and `tick` as well. */
    const struct run_events *run;
    void *arg;
};

/*
 * Begins a roll of the hosts and with the options that r has, whose name is
 * given here, and carries it out. r stays the caller's to dispose of. A host
 * that this process runs on is refused, for the work would end it.
 */
enum exit_code roll_begin(const struct roll_request *q,
                          const struct roll_events *ev, struct roll *r);
enum exit_code roll_resume(const struct roll_request *q,
                           const struct roll_events *ev);

#endif
