/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Answers questions about a run (doc/run.h), and adds a plan's moves to it.
 * journal.h keeps it in the store.
 */
#ifndef RACKHOP_RUN_RUN_H
#define RACKHOP_RUN_RUN_H

#include "tools/doc/plan.h"
#include "tools/doc/run.h"

/* Appends the moves of a plan. 0 or -ENOMEM. */
int run_add_plan(struct run *r, const struct plan_doc *p);
/* Gives the moves from `first` on that have none a reason, of the run's. 0 or
 * -ENOMEM. */
int run_give_reasons(struct run *r, uint32_t first);
/* Takes off what run_add_plan() appended to a run of move_n moves. */
void run_drop_plan(struct run *r, uint32_t move_n);
/* Marks the moves that wait as replaced: another plan takes their place. */
void run_replace_waiting(struct run *r);
/* RUN.N.ATTEMPT, by which its source host knows a move. */
void run_move_id(const struct run *r, uint32_t move, char *buf, size_t len);

/* --- questions --------------------------------------------------------------- */

/* Is this move still to be started? */
bool run_waits(const struct run_move *m);
bool run_any_waits(const struct run *r);
/* Is there no later move of its guest? */
bool run_is_last(const struct run *r, uint32_t move);
/* Is the host one that the goal names? */
bool run_has_host(const struct run *r, const char *host);
/* The number of moves that are done or under way. */
uint32_t run_made(const struct run *r);
/* What these were planned to send. */
double run_made_gib(const struct run *r);
/* How often moves of this guest have failed. */
unsigned run_failures(const struct run *r, const char *uuid);
/*
 * The number of guests that are not where the goal wants them. `left`, unless
 * it is NULL, is called for each, with its last move and the reason.
 */
uint32_t run_left(const struct run *r,
                  void (*left)(void *arg, const struct run_move *m,
                               const char *why),
                  void *arg);
/* The exit code that a run's moves deserve. */
enum exit_code run_code(const struct run *r);

#endif
