/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Marks this host as one that is emptied on purpose, in its own store (key
 * "maintenance"). A host with the mark says "maintenance" in its facts; plans
 * place no guest on it, and it receives none.
 */
#ifndef RACKHOP_MOVE_MAINTENANCE_H
#define RACKHOP_MOVE_MAINTENANCE_H

#include <stdbool.h>
#include <stddef.h>

#include "tools/base/msg.h"
#include "tools/doc/mark.h"

/* 1: marked; 0: not; or a negative errno and a sentence in err. */
int maintenance_get(const char *statedir, struct maintenance *m,
                    struct msg *err);
/*
 * All return 0, also when it was so already, or a negative errno and a
 * sentence. -EPERM: somebody else holds the mark.
 *
 * A roll holds the mark of a host while it works there: from before its hook
 * until it has taken the host back, or has failed. Nobody else sets, holds or
 * clears it meanwhile. hold takes a mark over that nobody holds, and marks
 * nothing itself (-ENOENT); release leaves a mark that anybody may clear.
 */
int maintenance_set(const char *statedir, const char *by, struct msg *err);
int maintenance_hold(const char *statedir, const char *by,
                     const char *executor, struct msg *err);
int maintenance_release(const char *statedir, const char *by, struct msg *err);
/* by: NULL, nobody in particular; force: whoever holds it. */
int maintenance_clear(const char *statedir, const char *by, bool force,
                      struct msg *err);

/* For a target host: 0, or -EPERM and why this host receives no guest. */
int maintenance_check(const char *statedir, struct msg *err);

#endif
