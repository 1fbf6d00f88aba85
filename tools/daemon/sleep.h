/* SPDX-License-Identifier: LGPL-2.1-only */
/* Waits for the next look of rackhopd, or for a signal. */
#ifndef RACKHOP_DAEMON_SLEEP_H
#define RACKHOP_DAEMON_SLEEP_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

struct sleep {
    const volatile sig_atomic_t *stops; /* ends it when it is not `seen` */
    sig_atomic_t seen;
    const sigset_t *wait_mask;
    uint64_t beat_every_us;
    void (*beat)(void *arg); /* called meanwhile */
    void *arg;
};

/* Until that moment of the monotonic clock, a second at least: true; false: it was
 * to end. */
bool sleep_until(const struct sleep *s, uint64_t until_us);

#endif
