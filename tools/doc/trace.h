/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Reads rackhop-trace/1 (a cluster's load over time) and rackhop-policy/1 (the
 * settings of the loops), and writes rackhop-replay/1.
 */
#ifndef RACKHOP_DOC_TRACE_H
#define RACKHOP_DOC_TRACE_H

#include <stdio.h>

#include "scheduler/replay.h"
#include "tools/base/msg.h"

/* What a trace may have at most. */
enum {
    TRACE_HOSTS = 100000,
    TRACE_GUESTS = 1000000,
    TRACE_STEPS = 1000000,
    TRACE_LOADS = 64 * 1024 * 1024, /* guests times steps */
    TRACE_NAME = 200,               /* bytes of a name */
};

/*
 * Reads a trace from a file ("-": the standard input), or from a text which
 * messages call `name`. 0, or a negative errno and one sentence: the file, the
 * line, the place and the reason. The caller calls replay_trace_dispose().
 */
int trace_load(struct replay_trace *t, const char *path, struct msg *err);
int trace_parse(struct replay_trace *t, const char *name, const void *text,
                size_t len, struct msg *err);

/* The settings of a policy, over the defaults; what it calls itself goes to
 * called. */
int policy_load(struct loop_policy *p, char called[TRACE_NAME + 1],
                const char *path, struct msg *err);
int policy_parse(struct loop_policy *p, char called[TRACE_NAME + 1],
                 const char *name, const void *text, size_t len,
                 struct msg *err);

/* seconds: how long the replay took. 0 or -EIO. */
int replay_print(FILE *f, const char *trace, const char *policy,
                 const struct replay_result *r, double seconds);

#endif
