/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Runs many short commands at once, each with its output kept and a deadline
 * of its own: this is how facts and tables are fetched over ssh.
 */
#ifndef RACKHOP_REMOTE_GATHER_H
#define RACKHOP_REMOTE_GATHER_H

#include <stdbool.h>
#include <stddef.h>

#include "tools/base/loop.h"
#include "tools/remote/child.h"
#include "tools/remote/reason.h"

struct gather;

struct gather_job {
    char *command; /* the caller's, for sh; gather_dispose() frees it */
    size_t most;   /* bytes of output; 0: 4 MiB */
    /* It is over when it ends, though what it started may hold its output
     * open, and go on. */
    bool by_exit;
    const char *address; /* for remedies: of the host; may be NULL */
    /* the result; `out` has a NUL behind it */
    char *out;
    size_t len;
    char said[REASON_LINE]; /* why it failed, in its own words: reason.h */
    int rc;   /* 0; -ETIMEDOUT; -EFBIG; -EIO: it failed, see `said` */
    int code; /* with -EIO: its exit code, 255 after a signal */
    bool done;
    double began_s, ended_s; /* by the clock of this host, since 1970 */
    /* private */
    struct gather *g;
    struct child child;
    struct loop_fd *out_ready, *err_ready;
    struct loop_child *end;
    struct loop_timer *late;
    size_t room;
    struct reason reason;
};

/*
 * How many of n jobs that mostly wait for other hosts are to run at once: 64, and
 * of many more, so that all are through in a few turns. This process may have as
 * many files open then as twice so many need; it gets no more than that.
 */
size_t gather_at_once(size_t n);

/* Jobs that run on a loop. */
struct gather {
    struct gather_job *job; /* n of them, the caller's */
    size_t n, at_once;
    unsigned timeout_ms; /* of each job, from its start */
    /* Called within the loop whenever another job has ended; may be NULL. */
    void (*told)(void *arg, size_t ended);
    void *arg;
    /* private */
    struct loop *loop;
    size_t next, running, ended, answered; /* .. well */
};

/*
 * Starts the jobs on the caller's loop, at most g->at_once together, none
 * longer than timeout_ms or with more output than it may have. Both live until
 * gather_done() is true, which can be the loop's `done`.
 */
void gather_start(struct gather *g, struct loop *l);
bool gather_done(const struct gather *g);
/* Both, on a loop of its own. */
void gather_run(struct gather *g);
/* Of jobs that a loop has ended before they were: nothing of them is on it any
 * more. Before the loop is disposed of; gather_dispose() ends them. */
void gather_stop(struct gather *g);
/* Kills what still runs, and frees all. */
void gather_dispose(struct gather_job *job, size_t n);

#endif
