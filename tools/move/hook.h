/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Runs a command of a roll on this host, durably and at most once for an id.
 *
 * The command runs in a session of its own under a worker, and needs neither
 * the process that asked for it nor its connection. Its record (hook/ID in the
 * store) is on the disk before the command begins, and again when it has
 * ended; what it prints is kept beside, in STATEDIR/hook. Laws:
 *
 *  1. A command begins only after a record that names its process was written
 *     over the record, or the absence, that was seen under the lock of its id.
 *  2. Whoever asks with an id that has a record joins what runs, or gets the
 *     result that was kept. Only `again` starts anew, once for each time that
 *     it is said, and never what runs or has ended well; and `runs`, which
 *     bounds how often, however often it is said.
 *  3. What neither runs nor has a result is lost: its process has gone, or the
 *     host was booted since. A lost job may have done all, a part, or nothing.
 *
 * Files: ID.lock, held by the worker; ID.old and ID.out, the output.
 */
#ifndef RACKHOP_MOVE_HOOK_H
#define RACKHOP_MOVE_HOOK_H

#include <stdbool.h>

#include "tools/base/msg.h"
#include "tools/doc/hook.h"

enum {
    HOOK_OUTPUT = 64 << 10, /* bytes of output that are kept at least */
    HOOK_GRACE_MS = 10000,  /* between SIGTERM and SIGKILL at the deadline */
};

struct hook_job {
    const char *statedir;
    const char *id;         /* hook_id_ok() */
    const char *command;    /* for /bin/sh -c */
    const char *const *env; /* hook_env_check(); NULL at the end, or NULL */
    unsigned deadline_s;    /* 0: none */
    unsigned grace_ms;      /* after it, until SIGKILL; 0: HOOK_GRACE_MS */
    bool again;
    unsigned runs; /* not 0: start what was lost anew, and nothing else, until
                      it was started so often */
    /* Asked, unless NULL, when the command is about to be started; nobody else
     * asks on this host meanwhile. Not 0: it is not, and err says why. */
    int (*may_start)(void *arg, struct msg *err);
    void *may_arg;
    /* Called with the state that was found or reached, every few seconds while
     * the command runs, and at its end. output: the last of it, filtered.
     * False: nobody listens any more. */
    bool (*tell)(void *arg, const struct hook_record *r, const char *output);
    void *arg;
};

/*
 * Runs or joins it until it has ended, is lost, or nobody listens. 0 and the
 * record; or a negative errno and a sentence: nothing was started, or (when r
 * says that it runs) it goes on unseen. -EEXIST: the id is another command's.
 */
int hook_run(const struct hook_job *j, struct hook_record *r, struct msg *err);

struct hook_guard {
    const char *statedir;
    const char *boot; /* the boot that this host must be in; NULL: any */
    const char *id;   /* of the hook that asks */
};
/* A may_start for hooks of a roll, its argument a hook_guard: this host must be
 * in maintenance and empty, and no other hook may run on it. */
int hook_guard(void *guard, struct msg *err);
/* -EBUSY and a sentence: a hook runs on this host. Or another error, or 0. */
int hook_none_runs(const char *statedir, const char *but, struct msg *err);

/* All jobs that are kept, or the one of that id, in the order in which they
 * began, each as it is now. A negative result of fn ends it. -ENOENT: none has
 * that id. */
int hook_each(const char *statedir, const char *id,
              int (*fn)(void *arg, const struct hook_record *r), void *arg,
              struct msg *err);
/* The last `most` bytes of its output, filtered; to be freed. NULL: no
 * memory. */
char *hook_output(const char *statedir, const char *id, size_t most);

#endif
