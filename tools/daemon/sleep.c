/* SPDX-License-Identifier: LGPL-2.1-only */
/* Waits, with a beat now and then. */
#include "tools/daemon/sleep.h"

#include <errno.h>

#include "tools/base/clock.h"
#include "tools/base/loop.h"

bool sleep_until(const struct sleep *s, uint64_t until_us)
{
    struct loop l;
    int rc = -ETIMEDOUT;

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
