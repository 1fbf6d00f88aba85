/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Carries a plan out: one process, one poll loop, one child for each move.
 *
 *     settle   every move that the journal calls started is asked for by its
 *              id: the executor joins it while it runs, or hears how it ended
 *     look     fresh facts of all hosts; does what is left still fit? The first
 *              time those that the run was planned from, if they are not old
 *     claim    the guests, in the stores of their hosts; then hosts are marked,
 *              and memory is reserved, while the first moves are prepared
 *     move     what dispatch.c lets start, until nothing can; the next moves are
 *              prepared meanwhile (exec_ahead.c)
 *     replan   when a move failed: once no other runs, the scheduler plans the
 *              rest again, from fresh facts; then claim, move ..
 *     end      claims given back, the run's record closed; of a goal that empties
 *              hosts those are looked at meanwhile (exec_last.c)
 *
 * The journal says what will be done before it is done, so this may be killed
 * at any instant and run again. Moves do not depend on it: `rackhop move run`
 * on the source host keeps them (job.h). After a lost terminal or SIGHUP the
 * running moves go on to their end, and no others are started.
 *
 * A move that is late does not hold up moves that need not wait for it. The
 * rest is planned again while it runs, as if its guest had arrived and the
 * memory of its source host were not free yet. Such a plan counts only when it
 * is whole and lets a move start at once.
 *
 * A move that fails is planned again, EXEC_ATTEMPTS times for a guest. A guest
 * in doubt keeps its memory booked on both hosts, and moves that wait for it
 * stay where they are.
 */
#ifndef RACKHOP_RUN_EXECUTOR_H
#define RACKHOP_RUN_EXECUTOR_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "scheduler/scheduler.h"
#include "tools/cluster/take.h"
#include "tools/doc/run_event.h"
#include "tools/exit.h"
#include "tools/remote/remote.h"
#include "tools/run/journal.h"

struct exec;

struct exec_view {
    /* move: PLAN_NONE when the event is about the whole run */
    void (*event)(void *arg, struct exec *e, enum exec_event ev, uint32_t move,
                  const char *text);
    /* several times a second while moves run */
    void (*tick)(void *arg, struct exec *e);
    void *arg;
};

struct exec {
    /* the caller's */
    struct store *store;
    struct remote remote;
    struct plan_settings set;
    struct run *run; /* saved in the journal, its lock taken */
    const struct exec_view *view;
    const volatile sig_atomic_t *interrupts; /* SIGINT and SIGTERM so far */
    const volatile sig_atomic_t *hangup;     /* SIGHUP */
    const sigset_t *wait_mask;
    bool resumed; /* a plan that does not fit is made again, not refused */
    const struct plan_cluster *planned; /* whose notes were told; or NULL */
    /* what it was planned from: the first look, if it is not old; or NULL */
    const struct taken *taken;
    bool ending; /* only settle and end: start nothing */
    enum cancel_wish wish;
    /* for the view */
    struct exec_progress *progress; /* by move of the run */
    double elapsed_s, eta_s;        /* eta_s < 0: not known */
    double part;                    /* of the work that is done, 0..1 */
    bool marked;                    /* hosts to drain are in maintenance */
    /* private: exec_impl.h */
    struct exec_private *p;
};

/* Runs until nothing is left to do. Returns the exit code of the run. */
enum exit_code exec_run(struct exec *e);

/* Gives back the claims that a run which has ended may still have. 0, or a
 * negative errno and a sentence. */
int exec_release_ended(const struct remote *r, struct run *run,
                       struct msg *err);

#endif
