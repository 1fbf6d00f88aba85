/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The mark of a host that is being emptied or is empty on purpose, in the
 * host's own store (key "maintenance"). While it is there the host's facts say
 * "maintenance", plans place nothing there and it receives no guest.
 */
#ifndef RACKHOP_MOVE_MAINTENANCE_H
#define RACKHOP_MOVE_MAINTENANCE_H

#include <stdbool.h>
#include <stddef.h>

#include "tools/base/msg.h"

struct maintenance {
    char by[65], since[32]; /* who set it: a run, or "hand" */
};

/* 1: marked; 0: not; or a negative errno and a sentence in err. */
int maintenance_get(const char *statedir, struct maintenance *m,
                    struct msg *err);
/* 0 (also when it was so already), or a negative errno and a sentence. */
int maintenance_set(const char *statedir, const char *by, struct msg *err);
int maintenance_clear(const char *statedir, struct msg *err);

/* For a receiver: 0, or -EPERM and why this host takes no guest. */
int maintenance_check(const char *statedir, struct msg *err);

#endif
