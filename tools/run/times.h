/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Learns from the moves of runs what a move takes beside the copying of memory,
 * and plans with it: `times` in the store of the executor's host (doc/times.h).
 */
#ifndef RACKHOP_RUN_TIMES_H
#define RACKHOP_RUN_TIMES_H

#include "scheduler/scheduler.h"
#include "tools/base/msg.h"
#include "tools/doc/run.h"
#include "tools/store/store.h"

/* Keeps what the moves of a run took, if it has ended. set: what they were
 * planned with. 0 or a negative errno. */
int times_keep(struct store *s, const struct run *r,
               const struct plan_settings *set);
/* Changes the settings to what was learned, if there is enough of it. A record
 * that can't be read is none. */
void times_use(struct store *s, struct plan_settings *set);
/* The same of this host's store, if it has one. */
void times_use_here(struct plan_settings *set);

#endif
