/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Runs a move on its source host so that it outlives the process that asked.
 *
 * An executor starts `rackhop move run` on the source host over ssh. This
 * starts `rackhop migrate` in a session of its own, whose report goes to a
 * file, and shows that file as it grows. When the connection, the executor or
 * its whole host is lost, the move goes on. Asking for the same id again shows
 * the report again from the beginning and ends with its result, without a
 * second move.
 *
 * Files below RUNDIR/move: ID.lock (held by the worker and the move: while it
 * is, the move runs), ID.pid, ID.out, ID.err, ID.exit. A reboot removes them;
 * then the handover record of the id answers (`migrate --id`).
 */
#ifndef RACKHOP_MOVE_JOB_H
#define RACKHOP_MOVE_JOB_H

#include <stdbool.h>
#include <stddef.h>

#include "tools/base/msg.h"

/* An empty line is sent after so long without any: the connection lives. */
enum { JOB_BEAT_MS = 4000, JOB_HOLD_S_MAX = 3600 };

struct job {
    const char *id;          /* the move's id; record_id_ok() holds */
    const char *dir;         /* job_dir() */
    const char *const *argv; /* the program that moves, and its arguments */
    /* It has our standard input, to be told by a line that it is to start
     * (`migrate --hold`). Until then it is no move, and ends with its
     * connection, or by itself. */
    bool held;
    /* It is only joined: what was held, and never started, stays so. */
    bool joined;
};

/* Where the files of moves are: RUNDIR/move. */
enum { JOB_DIR = 400 };
void job_dir(char buf[JOB_DIR], const char *rundir);

/*
 * Runs it, or joins it while it runs, or shows what became of it. Copies its
 * report to stdout and its complaints to stderr. Returns its exit code, or
 * a negative errno with a sentence in err when nothing was started. A job of
 * its id that is held for somebody else is waited for; if it was not started,
 * this one takes its place. RC_UNSTARTED is of this job's own hold.
 */
int job_run(const struct job *j, struct msg *err);
/* Does it run now, or has it ended with a result that stays? */
bool job_answers(const struct job *j);
/* Did it ever start on this host since the last boot? */
bool job_known(const struct job *j);
/* SIGTERM to the move. 1: sent; 0: it does not run. */
int job_cancel(const char *dir, const char *id, struct msg *err);

#endif
