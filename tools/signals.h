/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Signals that ask a command to stop. They are counted, and blocked except
 * while it waits, so that none comes between a look at the count and the wait.
 */
#ifndef RACKHOP_SIGNALS_H
#define RACKHOP_SIGNALS_H

#include <signal.h>

/*
 * SIGINT and SIGTERM are counted in *stops, SIGHUP in *hangups, which may be
 * the same; both stay borrowed. A process that nohup started continues to
 * ignore SIGHUP; SIGPIPE is always ignored. *wait_mask is for ppoll().
 */
void signals_count(volatile sig_atomic_t *stops,
                   volatile sig_atomic_t *hangups, sigset_t *wait_mask);
/* From now on SIGTERM counts as SIGHUP does: of commands that are continued
 * after a shutdown. */
void signals_term_hangs_up(void);

#endif
