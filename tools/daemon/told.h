/* SPDX-License-Identifier: LGPL-2.1-only */
/* Remembers which tips were told, each by itself. */
#ifndef RACKHOP_DAEMON_TOLD_H
#define RACKHOP_DAEMON_TOLD_H

#include "tools/daemon/decide.h"

/*
 * Marks those of the tips of a look at now_s that are not to be told, and notes in s
 * that the others are. Each is told once: what is wanted again within over_s was
 * never gone. What nobody has done after a day is told again. 0 or -ENOMEM.
 */
int told_tips(struct loops_state *s, struct decide_tip *t, size_t n,
              double now_s, double over_s);
/* The clock was set by so many seconds. */
void told_shift(struct loops_state *s, double by_s);

#endif
