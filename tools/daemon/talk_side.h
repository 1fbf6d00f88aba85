/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The two that count what guests send each other, nft and Open vSwitch: each may
 * be late or fail, which is no reason to throw away what the other has counted.
 */
#ifndef RACKHOP_DAEMON_TALK_SIDE_H
#define RACKHOP_DAEMON_TALK_SIDE_H

#include <stdbool.h>
#include <stddef.h>

#include "tools/remote/gather.h"

/* Each of its datapaths has flows; most hosts have one. A guest can make any
 * number of them, and ovs-appctl has memory for all that it prints: it is asked
 * first how many there are, and not for them if they are too many. */
#define TALK_FLOWS                                                            \
    "d=$(ovs-appctl -T 4 dpctl/dump-dps) || exit; for i in $d; do "           \
    "n=$(ovs-appctl -T 4 dpctl/show \"$i\") || exit; "                        \
    "n=${n#*flows: }; n=${n%%[!0-9]*}; "                                      \
    "[ \"${n:-0}\" -le 30000 ] || exit 99; "                                  \
    "ovs-appctl -T 4 dpctl/dump-flows --names \"$i\" || exit; done"

/* All of it 0 at first. */
struct talk_side {
    bool read;      /* it has answered, since it was asked last */
    bool late;      /* it has not, when it was */
    double read_s;  /* when it did last, or began to count */
    double retry_s; /* it is not asked before */
    char told[300]; /* the trouble that was told last, and is not over */
};

void talk_side_answered(struct talk_side *s, double mono_s);
/*
 * Is what ended at that moment of the monotonic clock late, and no trouble yet?
 * On a busy host either may be: what has begun to count goes on meanwhile, for
 * two minutes, and what has not is tried once more.
 */
bool talk_side_late(struct talk_side *s, bool counts,
                    const struct gather_job *job, double mono_s);
/* Its program is not installed. */
bool talk_side_absent(const struct gather_job *job);
/* Why it failed, as the rest of a sentence; `by`: TALK_NFT or TALK_OVS. */
void talk_side_why(char *why, size_t room, unsigned by,
                   const struct gather_job *job);

#endif
