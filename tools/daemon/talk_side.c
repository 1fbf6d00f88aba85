/* SPDX-License-Identifier: LGPL-2.1-only */
/* Tells whether nft or Open vSwitch, who count, are late, and why they fail. */
#include "tools/daemon/talk_side.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "tools/daemon/talk.h"

enum {
    LATE_S = 120,                /* the timeout of nft's set */
    NO_PROGRAM = 127,            /* the shell's exit codes */
    ALARM_CLOCK = 128 + SIGALRM, /* of ovs-appctl -T */
    TOO_MANY = 99,               /* of TALK_FLOWS */
};

static bool side_ended_by(const struct gather_job *job, int code)
{
    return job->rc == -EIO && job->code == code;
}

/* By the agent's clock, or by its own. */
static bool side_timed_out(const struct gather_job *job)
{
    return job->rc == -ETIMEDOUT || side_ended_by(job, ALARM_CLOCK);
}

bool talk_side_absent(const struct gather_job *job)
{
    return side_ended_by(job, NO_PROGRAM);
}

void talk_side_answered(struct talk_side *s, double mono_s)
{
    s->late = false;
    s->read_s = mono_s;
}

bool talk_side_late(struct talk_side *s, bool counts,
                    const struct gather_job *job, double mono_s)
{
    bool again = s->late;

    if (!side_timed_out(job))
        return false;
    s->late = true;
    return counts ? mono_s - s->read_s < LATE_S : !again;
}

void talk_side_why(char *why, size_t room, unsigned by,
                   const struct gather_job *job)
{
    bool ovs = by == TALK_OVS;

    snprintf(why, room, "%s",
             talk_side_absent(job)
                 ? ovs ? "ovs-appctl is not installed: install the package "
                         "openvswitch-common"
                       : "nft is not installed: install the package nftables"
             : side_timed_out(job)
                 ? ovs ? "ovs-appctl does not end" : "nft does not end"
             : ovs && (job->rc == -EFBIG || side_ended_by(job, TOO_MANY))
                 ? "Open vSwitch has too many flows"
             : *job->said ? job->said
                          : strerror(-job->rc));
}
