/* SPDX-License-Identifier: LGPL-2.1-only */
/* Waits, with a beat now and then. */
#include "tools/daemon/sleep.h"

#include <errno.h>

#include "tools/base/clock.h"
#include "tools/base/loop.h"

/* Signals are heard while it waits, and only then: with no wait at all, rackhopd
 * whose looks take longer than its interval would never end. */
enum { LEAST_US = 1000000 };

bool sleep_until(const struct sleep *s, uint64_t until_us)
{
    uint64_t least = clock_us() + LEAST_US;
    struct loop l;
    int rc = -ETIMEDOUT;

    if (until_us < least)
        until_us = least;
    loop_init(&l);
    l.cancel = s->stops;
    l.cancel_seen = s->seen;
    l.wait_mask = s->wait_mask;
    while (rc == -ETIMEDOUT && clock_us() < until_us) {
        uint64_t next = clock_us() + s->beat_every_us;

        rc = loop_run(&l, NULL, NULL, next < until_us ? next : until_us);
        s->beat(s->arg);
    }
    loop_dispose(&l);
    return rc == -ETIMEDOUT && *s->stops == s->seen;
}
