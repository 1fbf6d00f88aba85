/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Starts a child process: a shell command, with pipes to and from it. It is
 * the one way in which rackhop's commands start a program; a move that
 * outlives its connection (move/job.c) and libxl's save helper have ways of
 * their own.
 */
#ifndef RACKHOP_REMOTE_CHILD_H
#define RACKHOP_REMOTE_CHILD_H

#include <stdbool.h>
#include <sys/types.h>

struct child {
    pid_t pid;         /* -1: there is none, or it has ended */
    int to, from, err; /* pipes of its stdin, stdout, stderr; -1: closed */
    int status;        /* the wait status once it has ended, else -1 */
    bool group; /* it leads a process group, which is killed as a whole */
};
#define CHILD_NONE                                                            \
    {                                                                         \
        -1, -1, -1, -1, -1, false                                             \
    }

enum child_flags {
    CHILD_IN = 1,  /* a pipe to its stdin; without it, /dev/null */
    CHILD_OUT = 2, /* a pipe from its stdout; without it, it inherits ours */
    CHILD_ERR = 4, /* a pipe from its stderr; without it, it inherits ours */
    /* a session, and so a process group to be killed as a whole. It has no
     * terminal: ssh, which asks there, would be stopped in the background. */
    CHILD_GROUP = 8,
    CHILD_IGNORE_INT = 16, /* a ^C at the terminal does not reach it */
};

/* Starts `sh -c COMMAND`. 0 or a negative errno. */
int child_start(struct child *c, const char *command, unsigned flags);
/* Has it not ended yet? When it has, its status is known. */
bool child_running(struct child *c);
/* Closes the pipes and waits for its end, at most so long; then kills it. */
void child_end(struct child *c, unsigned ms);
/* Closes the pipes and waits for its end, however long that takes. */
void child_wait(struct child *c);
/* Closes the pipes and kills it; or its process group, if it has one. */
void child_kill(struct child *c);
/* Its exit code; 255 when a signal ended it. */
int child_code(const struct child *c);

#endif
