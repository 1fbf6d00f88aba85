/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The lock of a run: while a process lives that carries it out, no other may.
 * The kernel gives it back when the process ends, however that happens.
 */
#ifndef RACKHOP_RUN_RUN_LOCK_H
#define RACKHOP_RUN_RUN_LOCK_H

#include <stdbool.h>

#include "tools/base/msg.h"

/* The descriptor that holds the lock; or a negative errno and a sentence. */
int run_lock_take(const char *run, struct msg *err);
/* Removes what the run has in the run directory; its lock file only when it
 * has ended. */
void run_lock_clean(const char *run, bool ended);
/* Is a process at work on this run? */
bool run_alive(const char *run);

#endif
