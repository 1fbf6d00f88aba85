/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Runs many short commands at once, each with its output kept and a deadline
 * of its own: this is how facts and tables are fetched over ssh.
 */
#ifndef RACKHOP_REMOTE_GATHER_H
#define RACKHOP_REMOTE_GATHER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/remote/child.h"

struct gather_job {
    char *command; /* the caller's, for sh; gather_dispose() frees it */
    size_t most;   /* bytes of output; 0: 4 MiB */
    /* the result; `out` has a NUL behind it */
    char *out;
    size_t len;
    char said[256]; /* the first line of its standard error */
    int rc;         /* 0; -ETIMEDOUT; -EFBIG; -EIO: it failed, see `said` */
    int code;       /* with -EIO: its exit code, 255 after a signal */
    /* private */
    struct child child;
    size_t room;
    int64_t deadline_ms;
    bool started, done, said_all;
};

/*
 * Runs all jobs, at most `at_once` together, none longer than timeout_ms or
 * with more output than it may have. gather_begin() starts the first ones so
 * that the caller may do something else; gather_end() waits for all.
 */
void gather_begin(struct gather_job *job, size_t n, size_t at_once,
                  unsigned timeout_ms);
void gather_end(struct gather_job *job, size_t n, size_t at_once,
                unsigned timeout_ms);
/* Does both; `told` is called whenever another command has ended. */
void gather_watch(struct gather_job *job, size_t n, size_t at_once,
                  unsigned timeout_ms, void (*told)(void *arg, size_t ended),
                  void *arg);
void gather_dispose(struct gather_job *job, size_t n);

#endif
