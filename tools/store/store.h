/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * State that survives kill -9, reboot and power cuts, as a few calls: get,
 * compare-and-swap, list, watch. Handover records, claims, plans' journals
 * and maintenance marks are kept here; nothing else in rackhop writes state
 * that matters. The backend on one host is SQLite (store_sqlite.c); the tests
 * have one in memory, and a distributed one fits behind the same calls.
 *
 * Keys are paths, "handover/UUID", values are text without NUL. A key has a
 * revision: 0 while it is absent; each write gives it one that no key of this
 * store had before, so a process that holds an old revision is refused:
 * revisions are the fencing numbers.
 *
 * Functions return 0 or a negative errno; store_error() has one sentence.
 * -ENOENT: no such key. -ESTALE: the revision has moved on. -EBUSY: another
 * process would not let go of the file. -EBADMSG: the file is damaged or not a
 * store; -ENOTSUP: a newer rackhop's. -EINVAL, -EFBIG: a key or value out of
 * bounds. -ENOSPC, -EIO and others: not done, or (after a failed sync) not
 * known to be; read again before going on: what the same handle then reads is
 * settled, and stays so after a kill or a power cut.
 *
 * A handle belongs to one thread, and is not carried over a fork().
 */
#ifndef RACKHOP_STORE_STORE_H
#define RACKHOP_STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/base/msg.h"

struct store;

/* Keys: printable ASCII, no slash at either end, no two together. */
/* The longest value is what loops remember: some 0.6 KiB of each guest. */
enum { STORE_KEY_MAX = 255, STORE_VALUE_MAX = 128 << 20 };

/* DIR/state.db, made when absent (DIR too, mode 0700). A store may be opened
 * by many processes; each waits a few seconds for another's write. */
int store_open(struct store **s_r, const char *dir, struct msg *err);
/* False: DIR surely has none. */
bool store_exists(const char *dir);
/* For who only reads, and need not make one: 0 with NULL where DIR surely has none. */
int store_open_if_there(struct store **s_r, const char *dir, struct msg *err);
/* In memory, gone with the process. For tests. */
int store_open_mem(struct store **s_r);
void store_close(struct store *s);              /* s may be NULL */
const char *store_error(const struct store *s); /* of the last failure */

/* *value_r is to be freed; rev_r may be NULL. */
int store_get(struct store *s, const char *key, char **value_r,
              uint64_t *rev_r);

/*
 * Writes value when the key's revision is still rev (0: the key must be
 * absent); NULL deletes it. It is on the disk when this returns 0. *new_r,
 * unless NULL: the new revision, 0 after a delete. Deleting what is absent is
 * no error. A delete takes a revision as well, so that none is used again.
 */
int store_cas(struct store *s, const char *key, uint64_t rev,
              const char *value, uint64_t *new_r);

struct store_entry {
    char *key, *value;
    uint64_t rev;
};

/* All keys that begin with prefix, in order. To be freed with
 * store_list_free(). */
int store_list(struct store *s, const char *prefix,
               struct store_entry **list_r, unsigned *n_r);
void store_list_free(struct store_entry *list, unsigned n);
/* Of these, those without a slash behind the prefix: "run/R", and not
 * "run/R/m/1". The values of the others are not read. */
int store_list_flat(struct store *s, const char *prefix,
                    struct store_entry **list_r, unsigned *n_r);

/*
 * Waits until something below prefix has been written or deleted since the
 * revision *since (0: begin now), by any process, or timeout_ms (-1: none)
 * has passed: 0, or -ETIMEDOUT; -EINTR after a signal. *since becomes what
 * to ask with next time. It says that there is something to look at, not
 * what.
 */
int store_watch(struct store *s, const char *prefix, uint64_t *since,
                int timeout_ms);

/*
 * Looks at all that is kept, and tells each thing that is not as it was
 * written; their number is *bad_r. Reads find it as well: -EBADMSG, and
 * nothing of it is believed.
 */
int store_check(struct store *s, void (*tell)(void *arg, const char *text),
                void *arg, unsigned *bad_r);

#endif
