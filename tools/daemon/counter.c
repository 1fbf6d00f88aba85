/* SPDX-License-Identifier: LGPL-2.1-only */
/* Differences of counters that wrap, are reset, and vanish. */
#include "tools/daemon/counter.h"

/* How near to its ends a counter of 32 bits has to be: a reset at a chance
 * moment is hardly ever taken for a wrap. */
#define NEAR_END (1ull << 30)
#define END_32   (1ull << 32)

bool counter_grew(struct counter *c, uint64_t now, uint64_t *by_r)
{
    bool known = c->known && now >= c->was;

    *by_r = now - c->was;
    if (c->known && now < c->was && c->was < END_32 &&
        c->was >= END_32 - NEAR_END && now < NEAR_END) {
        *by_r = now + END_32 - c->was;
        known = true;
    }
    c->was = now;
    c->known = true;
    return known;
}

void counter_forget(struct counter *c)
{
    c->known = false;
}

double counter_rate(struct counter *c, uint64_t now, double seconds)
{
    uint64_t by;

    if (!counter_grew(c, now, &by) || !(seconds > 0))
        return -1;
    return (double)by / seconds;
}
