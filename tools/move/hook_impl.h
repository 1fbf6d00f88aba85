/* SPDX-License-Identifier: LGPL-2.1-only */
/* What the files of a hook on this host share: its record, worker and
 * output. */
#ifndef RACKHOP_MOVE_HOOK_IMPL_H
#define RACKHOP_MOVE_HOOK_IMPL_H

#include <stdint.h>

#include "tools/move/hook.h"
#include "tools/store/store.h"

enum { HOOK_DIR = 400 };
/* STATEDIR/hook */
void hook_dir(char dir[HOOK_DIR], const char *statedir);

/* --- hook_store.c: records ---------------------------------------------------- */

/* -ENOENT, *rev_r 0: there is none. 0 or a negative errno and a sentence. */
int hook_get(struct store *s, const char *id, struct hook_record *r,
             uint64_t *rev_r, struct msg *err);
int hook_put(struct store *s, const struct hook_record *r, uint64_t rev,
             uint64_t *new_r, struct msg *err);
/* What has become of a job that its record calls running, when no worker
 * watches it: *r becomes lost, or stays. True: it was changed. */
bool hook_judge(struct hook_record *r, const char *boot);
/* After hook_judge(), by who holds the lock: nobody else ends a command whose
 * worker is gone. Kills its group when it is so long after its deadline. */
void hook_end_late(const struct hook_record *r, unsigned grace_ms);
/* What the ids of a hook and of its check have in common: the name of a file,
 * NAME.state, that both may use. */
void hook_state_name(const char *id, char name[HOOK_ID + 1]);
/* Removes the oldest records with their files, and the output of those that are
 * old. */
void hook_prune(struct store *s, const char *dir);

/* --- hook_lock.c -------------------------------------------------------------- */

/* The lock of an id; *mine_r: it is held by this process now. A descriptor or
 * a negative errno. */
int hook_lock(const char *dir, const char *id, bool *mine_r);

/* --- hook_output.c ------------------------------------------------------------ */

struct hook_sink {
    const char *dir, *id;
    int fd; /* -1: not open yet, or it can't be written */
    size_t size;
};
/* Keeps the newest HOOK_OUTPUT bytes at least, and twice as many at most. What
 * the disk has no room for is lost. */
void hook_sink_write(struct hook_sink *k, const char *text, size_t len);
void hook_sink_close(struct hook_sink *k);
void hook_output_remove(const char *dir, const char *id);

/* --- hook_work.c -------------------------------------------------------------- */

struct hook_start {
    const struct hook_job *j;
    const char *dir;
    struct hook_record record; /* to be written; pid and start are filled in */
    uint64_t rev;              /* of what it is written over */
    int told;  /* where the worker says "+", or why it did not start */
    int begin; /* a lock that stays with its parent; -1: none */
};
/* For detach(). The lock of the job is open, and stays so until it ends. */
void hook_work(void *start);

#endif
