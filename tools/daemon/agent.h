/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The agent of a host: it samples the host and its guests each second, and
 * keeps what it finds below the state directory. It moves nothing, and changes
 * nothing but a table of nft (agent_talks.h) where that is asked for. What it
 * asks Xen is a table of functions, what it reads of the host's files is below a
 * root, and time is what it is told, so that tests give it any host and any day.
 */
#ifndef RACKHOP_DAEMON_AGENT_H
#define RACKHOP_DAEMON_AGENT_H

#include <signal.h>
#include <stdint.h>

#include "libxl-ext/sample.h"
#include "tools/base/msg.h"
#include "tools/config.h"

struct agent; /* opaque */

struct agent_request {
    struct xlx_looker looker;
    const char *root;     /* of /proc and /sys; "": the host's own */
    const char *statedir; /* all of these stay the caller's */
    const struct config *conf;
    void (*tell)(const char *text); /* what the administrator should read */
};

/* 0, or a negative errno and one sentence. */
int agent_new(struct agent **a_r, const struct agent_request *rq,
              struct msg *err);
/* Keeps what is not complete yet. NULL is fine. */
void agent_free(struct agent *a);

/* The work of a second of the wall clock, at a moment of the monotonic one. 0,
 * or a negative errno: Xen could not be asked. */
int agent_second(struct agent *a, uint64_t wall_s, double mono_s);
/* Between seconds: looks whose vCPUs wait. 0 or a negative errno. */
int agent_waits(struct agent *a);

/*
 * Does both for ever, the looks at random moments 10 to 50 ms apart, or less
 * often, so that they take a three hundredth of a processor. Ends when *stops
 * changes: 0; or with a negative errno when Xen did not answer for a minute.
 */
int agent_run(struct agent *a, const volatile sig_atomic_t *stops,
              const sigset_t *wait_mask);

#endif
