/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The journal of a run: what an executor is to do and how far it is, in the
 * store of its host, so that another process can continue it.
 *
 *     run/RUN          the goal, the settings, and every move that was ever
 *                      planned; a new plan for the rest appends its moves and
 *                      marks the old ones as replaced, in one write
 *     run/RUN/m/N      how far move N is; absent: planned
 *     run/RUN/cancel   "stop" or "now": the wish that it ends
 *     lock/KEY         the run that has the goal KEY to itself
 *
 * Each state is written before its effect: "started" before the move is
 * started, so a move that has no record was never started, and one that has is
 * asked for by its id before anything else is done.
 */
#ifndef RACKHOP_RUN_JOURNAL_H
#define RACKHOP_RUN_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/base/msg.h"
#include "tools/run/cancel.h"
#include "tools/run/run.h"
#include "tools/store/store.h"

/* All return 0, or a negative errno with a sentence in err. */
int journal_save(struct store *s, struct run *r, struct msg *err);
int journal_save_move(struct store *s, struct run *r, uint32_t move,
                      struct msg *err);
int journal_load(struct store *s, const char *name, struct run *r,
                 struct msg *err);
/* Has the run of this record (run/RUN) ended? */
bool journal_entry_ended(const struct store_entry *e);
/* The name of the newest open run; or, with any, of the newest run when none
 * is open. -ENOENT: there is none. */
int journal_newest(struct store *s, bool any, char *name, size_t len);
/* Waits until the run's journal was written to, or for so many milliseconds.
 * *since 0: begins now, and returns at once. */
void journal_wait(struct store *s, const char *run, uint64_t *since,
                  int timeout_ms);
/* Deletes ended runs but the newest `keep`. */
int journal_prune(struct store *s, unsigned keep);

/* --- journal_lock.c --- */

/* lock/KEY for a run; -EBUSY: an open run has it, named in err. */
int journal_lock(struct store *s, const char *key, const char *run,
                 struct msg *err);
/* -EBUSY: an open run has it; 0: none. */
int journal_locked(struct store *s, const char *key, struct msg *err);
int journal_unlock(struct store *s, const char *key, const char *run);

/* As cancel.h has it. */
int journal_cancel(struct store *s, const char *run, enum cancel_wish wish);
enum cancel_wish journal_cancelled(struct store *s, const char *run);

#endif
