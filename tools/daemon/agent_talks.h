/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Counts what the guests of this host send each other, where sample_talks asks
 * for it: nft(8) keeps a table of the agent's own in the kernel, with a set of
 * pairs of MAC addresses and a counter for each, which is read every ten
 * seconds. It forgets pairs that are silent, and has room for so many. Of
 * interfaces on Open vSwitch its flows are read instead (talk_flows.h).
 *
 * The table goes when the agent ends. The file with its rules, which is
 * written before and removed after it, stands for it: an agent that was killed
 * leaves both, and the next one makes the table anew, or removes it.
 */
#ifndef RACKHOP_DAEMON_AGENT_TALKS_H
#define RACKHOP_DAEMON_AGENT_TALKS_H

#include <stdbool.h>

#include "tools/base/loop.h"
#include "tools/daemon/agent.h"

struct talks_counter; /* opaque */

/* NULL: no memory. */
struct talks_counter *talks_counter_new(struct agent *a);
/* Nft is given so many milliseconds each time, and not fifteen seconds. */
void talks_counter_patience(struct talks_counter *c, int ms);
/* Removes the table: waits for nft, but not for long. NULL is fine. */
void talks_counter_free(struct talks_counter *c);
/* Each second, of any count that goes up by one, at a moment of the monotonic
 * clock. */
void talks_counter_second(struct talks_counter *c, struct loop *l,
                          unsigned second, double mono_s);
/* Nothing that was started runs any more. */
bool talks_counter_idle(const struct talks_counter *c);

#endif
