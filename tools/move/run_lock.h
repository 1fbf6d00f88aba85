/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The lock of a run: while a process lives that carries it out, no other may.
 * The kernel gives it back when the process ends, however that happens.
 */
#ifndef RACKHOP_MOVE_RUN_LOCK_H
#define RACKHOP_MOVE_RUN_LOCK_H

#include <stdbool.h>

#include "tools/base/msg.h"
#include "tools/base/strlist.h"

/* The descriptor that holds the lock; or a negative errno and a sentence. */
int run_lock_take(const char *run, struct msg *err);
/* Removes what the run has in the run directory; its lock file only when it
 * has ended. */
void run_lock_clean(const char *run, bool ended);
/* Is a process at work on this run? */
bool run_alive(const char *run);
/* Has one been at work on it on this host, since it booted, and died before it
 * could clean up? */
bool run_is_dead(const char *run);
/* Adds the names of the runs that a process of this host is at work on. 0 or
 * -ENOMEM. */
int run_alive_all(struct strlist *runs);

#endif
