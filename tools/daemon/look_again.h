/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Decides looks of rackhopd again, from the records that it keeps of them, with
 * the same pure code: what comes out is what came out then, or would have with
 * another policy. Each look is decided from what was seen and remembered at that
 * moment.
 */
#ifndef RACKHOP_DAEMON_LOOK_AGAIN_H
#define RACKHOP_DAEMON_LOOK_AGAIN_H

#include "tools/doc/lookback.h"

/* A look, and what comes of it now. */
struct look_again {
    struct lookback then;
    struct loops_doc now;
    struct lookback_diff diff; /* of then.doc and now */
};

/* Decides it again; policy NULL: by the one of then. 0; -EINVAL: the record is
 * none, with a sentence; or -ENOMEM. After 0 look_again_dispose(). */
int look_again(struct look_again *a, const char *path,
               const struct loop_policy *policy, struct msg *err);
void look_again_dispose(struct look_again *a);

/* Of a decision, the record, into a folder of such; the oldest go where there are
 * too many, or where all would take more than `room` bytes more: what rackhopd does
 * goes before what it remembers of it. Those of moments that are an interval and
 * more to come go as well: the clock was set back. 0; -ENOSPC: it would take more even alone;
 * or another negative errno. */
struct decide;
#define LOOKS_DIR "loops/records"
enum { LOOKS_MIB = 192, LOOKS_KEPT = 10000 };
int look_keep(const char *dir, const struct decide *d, const char *snapshot,
              size_t len, int64_t room);
/* Removes those of after latest_s and then the oldest, until the disk has so many
 * bytes again, or none are left; how many it has. */
int64_t looks_drop(const char *dir, double latest_s, int64_t bytes);
/* Their paths, the oldest first: an array that is to be freed with its *n_r
 * members. 0 or a negative errno. */
int look_records(const char *dir, char ***path_r, size_t *n_r);

#endif
