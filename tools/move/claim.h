/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Claims on guests, which keep other runs and moves by hand off them.
 *
 * A run that is going to move a guest writes claim/UUID into the store of the
 * host that the guest is on. The claim names the run and the executor's host.
 * It ends when the run releases it, or when an administrator who knows that
 * the executor is gone for ever takes it away; never by a timer. The moves of
 * a run may pass: their ids begin with the run's name and a dot.
 */
#ifndef RACKHOP_MOVE_CLAIM_H
#define RACKHOP_MOVE_CLAIM_H

#include <stdbool.h>
#include <stddef.h>

#include "tools/doc/mark.h"
#include "tools/store/store.h"
#include "tools/base/msg.h"

/* The longest name of a run; a move's id is RUN.MOVE.ATTEMPT, <= 64. */
enum { RUN_NAME_MAX = 40 };
/* [A-Za-z0-9_:-], 1 to RUN_NAME_MAX. */
bool run_name_ok(const char *run);

/* 0 and the claim, -ENOENT: there is none, or another negative errno. */
int claim_get(struct store *s, const char *uuid, struct claim *c);
/* Asking twice is fine. -EBUSY: another run has it, err names it. */
int claim_take(struct store *s, const char *uuid, const char *run,
               const char *executor, struct msg *err);
/* The same under the guest's lock: a move by hand that is under way goes
 * first, and one that comes later finds the claim. */
int claim_take_locked(struct store *s, const char *rundir, const char *uuid,
                      const char *run, const char *executor, struct msg *err);
/* run NULL: whichever run has it. Releasing a claim that is not there, or is
 * another run's, does nothing. */
int claim_release(struct store *s, const char *uuid, const char *run);

/* Calls back with each claim of the run, NULL: of all runs. One that can't be
 * read has "?" for its run. Ends with the first result that is not 0. */
typedef int claim_fn(void *arg, const char *uuid, const struct claim *c);
int claim_each(struct store *s, const char *run, claim_fn *fn, void *arg);

/* Does this move id, which may be NULL, belong to that run? */
bool claim_covers(const struct claim *c, const char *id);

/*
 * May this process move the guest? id: that of the move, NULL when a person
 * started it. Reads the store in statedir; without a store there are no
 * claims. 0, or a negative errno and one sentence.
 */
int claim_check(const char *statedir, const char *uuid, const char *id,
                struct msg *err);

#endif
