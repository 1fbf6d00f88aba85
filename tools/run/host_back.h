/* SPDX-License-Identifier: LGPL-2.1-only */
/* Tells whether a host is back as it was before work on it. Pure. */
#ifndef RACKHOP_RUN_HOST_BACK_H
#define RACKHOP_RUN_HOST_BACK_H

#include <stdbool.h>

#include "scheduler/cpu.h"
#include "tools/base/msg.h"
#include "tools/doc/host_state.h"

enum host_back {
    HOST_BACK = 0,
    HOST_NOT_YET,       /* what is missing may still come: ask again */
    HOST_NOT_AS_BEFORE, /* it is up, and waiting will not mend it */
};

struct host_back_opts {
    bool new_boot;      /* the work reboots it: another boot id is wanted */
    const char *to_xen; /* at least this version is wanted; NULL: at least
                           that of before */
    const struct plan_features *without; /* that it may lack; NULL: none */
};

/*
 * now: NULL while the host does not answer. why: one sentence that names the
 * host and what is missing; untouched with HOST_BACK. What was not known
 * before is not asked for now. When several things are missing, one that will
 * not come by waiting is told first.
 */
enum host_back host_back_check(const struct host_state *before,
                               const struct host_state *now,
                               const struct host_back_opts *opts,
                               struct msg *why);

#endif
