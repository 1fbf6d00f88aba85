/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * rackhopd: looks at the cluster every so often, asks the loops, and does with
 * their wishes what their modes say. docs/man/rackhopd.8.pod describes it.
 *
 * All that matters is in the store, so a look is the same whether the process
 * is old or was just started:
 *
 *     lease/loops   which rackhopd looks after the cluster (lease.h)
 *     loops/state   what loops remember (doc/loops_state.h), and the name of the
 *                   run that carries out what was decided
 *     loops/seen    what `rackhop loops` shows (doc/loops.h)
 *
 * One look:
 *     the lease is kept .. or nothing is done
 *     the run of an earlier look is settled: continued if it was cut off,
 *         forgotten if it never began
 *     hosts are asked; the gate (gate.h) stands open .. or only that is noted
 *     the loops decide (decide.h)
 *     the plan is written, and loops/state by its revision, with the run's name:
 *         from here on moves count as made. Who fails here does nothing
 *     the run begins
 *
 * Killed before the state is written, nothing was decided. Killed after it, the
 * run is in the journal and is continued, or is not there and never begins: its
 * executor is this very process. So nothing is done twice.
 */
#ifndef RACKHOP_DAEMON_CONTROLLER_H
#define RACKHOP_DAEMON_CONTROLLER_H

#include <signal.h>

#include "tools/base/msg.h"
#include "tools/config.h"
#include "tools/exit.h"

struct controller_request {
    const struct config *conf;
    const char *conf_path;
    bool once; /* one look, and the end */
    const volatile sig_atomic_t *stops;
    const sigset_t *wait_mask;
    void (*tell)(const char *text); /* what the administrator should read */
};

/* Runs until *stops changes. RC_OK; or RC_FAILED, RC_USAGE with a sentence in
 * err. After one look: RC_OK also when there was nothing to do; RC_FAILED when
 * it could not look, or another has the lease. */
enum exit_code controller_run(const struct controller_request *q,
                              struct msg *err);

#endif
