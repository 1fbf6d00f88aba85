/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Carries a plan out: one process, one poll loop, one child for each move.
 *
 *     settle   every move that the journal calls started is asked for by its
 *              id: it is joined while it runs, or says how it ended
 *     look     fresh facts of all hosts; does what is left still fit?
 *     claim    the guests, in the stores of their hosts
 *     move     what dispatch.c lets start, until nothing can
 *     replan   when a move failed: once no other runs, the scheduler plans the
 *              rest again, from fresh facts; then claim, move ..
 *     end      claims given back, the run's record closed
 *
 * What the journal says is written before it is done, so this may be killed
 * at any instant and run again. Moves do not depend on it: `rackhop move run`
 * on the source keeps them (job.h). So a lost terminal or SIGHUP leaves
 * running moves to go on to their end, and starts no others.
 *
 * A move that is late does not hold up what need not wait for it: the rest is
 * planned again while it runs, as if its guest had arrived and its source's
 * memory were not free yet. That plan counts only when it is whole and lets
 * something start at once.
 *
 * A move that fails is planned again, ATTEMPTS times for a guest. One that is
 * in doubt keeps its memory booked at both ends; what waits for it stays.
 */
#ifndef RACKHOP_RUN_EXECUTOR_H
#define RACKHOP_RUN_EXECUTOR_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "scheduler/scheduler.h"
#include "tools/run/journal.h"
#include "tools/remote/remote.h"

struct exec;

/* What a running move last said; < 0: nothing yet. */
struct exec_live {
    bool running, suspended, joined;
    bool silent; /* its host does not answer */
    int64_t round;
    double bytes, rate; /* rate: bytes/s, smoothed */
    double dirty_mib, pause_ms;
    double eta_s;
};

enum exec_event {
    EXEC_NOTE, /* in text */
    EXEC_START,
    EXEC_JOIN, /* it was started before, by whoever had the run then */
    EXEC_ROUND,
    EXEC_DONE,
    EXEC_FAIL, /* text: why */
    EXEC_DOUBT,
    EXEC_SKIP,
    EXEC_LOST, /* its host does not answer; it will be asked again */
    EXEC_PLAN, /* another plan for the rest */
    EXEC_CANCEL,
};

struct exec_view {
    /* move: PLAN_NONE when it is about the whole run */
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
    bool ending;  /* only settle and end: what is not started stays so */
    enum cancel_wish wish;
    /* for the view */
    struct exec_live *live;  /* by move of the run */
    double elapsed_s, eta_s; /* eta_s < 0: not known */
    double part;             /* of the work that is done, 0..1 */
    bool marked;             /* hosts to drain are in maintenance */
    /* private: exec_impl.h */
    struct exec_private *p;
};

/* Until nothing is left to do: the exit code of the run. */
int exec_run(struct exec *e);
/* Did every guest of the run get where it was to go? Otherwise one call of
 * `left` for each that did not, with the reason. */
uint32_t exec_left(const struct run *r,
                   void (*left)(void *arg, const struct run_move *m,
                                const char *why),
                   void *arg);
/* The exit code that a run's moves deserve. */
int exec_code(const struct run *r);

#endif
