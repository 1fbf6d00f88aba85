/* SPDX-License-Identifier: LGPL-2.1-only */
/* The two things that `rackhop replay` replays: traces, and rackhopd's own
 * looks. */
#ifndef RACKHOP_CLI_CMD_REPLAY_H
#define RACKHOP_CLI_CMD_REPLAY_H

#include <stdbool.h>

#include "scheduler/loop.h"

struct replay_looks {
    const char *dir;                  /* NULL: those of this host */
    const struct loop_policy *policy; /* NULL: that of each look */
    const char *called;               /* the policy's name, or NULL */
    bool json, explain;
};

/* The exit code. */
int replay_looks(const struct replay_looks *q);

#endif
