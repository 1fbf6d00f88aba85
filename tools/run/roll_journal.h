/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The journal of a roll, in the store of the host that carries it out, so that
 * another process can continue it.
 *
 *     roll/ROLL          what is done on which hosts, how waves are planned,
 *                        how many were begun, the runs of the last one
 *     roll/ROLL/h/N      how far host N is; absent: planned
 *     roll/ROLL/f/N      what it was before the work, and which guests are
 *                        watched; written before the step that needs it
 *     roll/ROLL/cancel   "stop" or "now": the wish that it ends
 *     lock/roll          the roll that is open: one at a time
 *
 * A step of a host is written before what it stands for is begun, and a wave
 * begins with the write to roll/ROLL that counts it. The moves of a wave are
 * runs with journals of their own (journal.h), whose names are written here
 * before they start.
 */
#ifndef RACKHOP_RUN_ROLL_JOURNAL_H
#define RACKHOP_RUN_ROLL_JOURNAL_H

#include "tools/doc/roll_record.h"
#include "tools/run/roll_step.h"
#include "tools/store/store.h"

/* "roll-", and then as a run's: so one can be told from the other. */
bool roll_name_ok(const char *name);

/* All return 0, or a negative errno with a sentence in err. */
int roll_save(struct store *s, struct roll *r, struct msg *err);
int roll_save_host(struct store *s, const struct roll *r, uint32_t host,
                   struct msg *err);
int roll_load(struct store *s, const char *name, struct roll *r,
              struct msg *err);
/* How far it is, and nothing of roll/ROLL/f: for who looks at it alone. */
int roll_load_steps(struct store *s, const char *name, struct roll *r,
                    struct msg *err);
/* The name of the newest open roll; or, with any, of the newest when none is
 * open. -ENOENT: there is none. */
int roll_newest(struct store *s, bool any, char *name, size_t len);
/* Was there such a roll, and is it over? It is remembered of the last thousand
 * that were deleted. */
bool roll_has_ended(struct store *s, const char *name);
/* Is nothing known of such a roll? */
bool roll_is_unknown(struct store *s, const char *name);
/* Deletes ended rolls but the newest `keep`. */
int roll_prune(struct store *s, unsigned keep);
/* As journal_wait(). */
void roll_wait(struct store *s, const char *roll, uint64_t *since,
               int timeout_ms);

/* lock/roll for this one; -EBUSY: another roll is open, named in err. */
int roll_lock(struct store *s, const char *roll, struct msg *err);
void roll_unlock(struct store *s, const char *roll);

int roll_cancel(struct store *s, const char *roll, enum cancel_wish wish);
enum cancel_wish roll_cancelled(struct store *s, const char *roll);

#endif
