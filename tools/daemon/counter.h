/* SPDX-License-Identifier: LGPL-2.1-only */
/* Differences of counters that wrap, are reset, and vanish. Pure. */
#ifndef RACKHOP_DAEMON_COUNTER_H
#define RACKHOP_DAEMON_COUNTER_H

#include <stdbool.h>
#include <stdint.h>

/* All zero: it was never read. */
struct counter {
    uint64_t was;
    bool known;
};

/*
 * Takes what the counter is now and tells by how much it grew since the last
 * time. False: that is not known, as the first time, and when it is lower than
 * before: it was reset. A counter of 32 bits that was near its end and is near
 * its start has wrapped.
 */
bool counter_grew(struct counter *c, uint64_t now, uint64_t *by_r);
/* What it counted belongs to something that is gone. */
void counter_forget(struct counter *c);
/* The same as a rate: a second, over so many seconds. < 0: not known. */
double counter_rate(struct counter *c, uint64_t now, double seconds);

#endif
