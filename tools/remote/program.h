/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Programs of the administrator's, in a folder (the setting hooks_dir), that
 * are run before and after runs (run/run_hook.h) and single moves
 * (move/move_hook.h).
 */
#ifndef RACKHOP_REMOTE_PROGRAM_H
#define RACKHOP_REMOTE_PROGRAM_H

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>

#include "tools/base/msg.h"

enum { PROGRAM_S = 60 }; /* that one may take */

/* What ends a program before its time: it is looked at whenever a signal of
 * wait_mask has come. Both stay borrowed. */
struct program_stop {
    bool (*asked)(void *arg);
    void *arg;
    const sigset_t *wait_mask; /* for ppoll(): what may arrive meanwhile */
};

/*
 * Runs DIR/NAME and waits for its end; dir may be NULL. `tell` writes what it
 * gets in its environment, by the two functions below. stop NULL: signals wait
 * for its end. 0, also when there is no such file, or a negative errno and a
 * sentence in err: it failed, or others than root, and than who runs this, may
 * change it; -EINTR: it was stopped, and nothing of it goes on.
 */
int program_run(const char *dir, const char *name,
                void (*tell)(void *arg, FILE *f), void *arg,
                const struct program_stop *stop, struct msg *err);
void program_variable(FILE *f, const char *name, const char *value);
void program_number(FILE *f, const char *name, long value);

#endif
