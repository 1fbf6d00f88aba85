/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What a guest says of itself: rackhop-guest writes a line into data/rackhop
 * of the guest's part of xenstore. It is a stranger's word: it may be wrong,
 * old or made to deceive, so it is bounded, kept apart from what was measured
 * (hint_ in its names), and never a reason by itself to take something from
 * another guest.
 *
 *     1 faults=12345 stall_us=678900 swap_kib=20480
 *
 * The version, and then words in any order; those that are not known are
 * skipped. faults: major page faults since its boot; stall_us: time in which
 * at least one task was stalled on memory (/proc/pressure/memory, "some");
 * swap_kib: swap in use.
 */
#ifndef RACKHOP_DAEMON_HINT_H
#define RACKHOP_DAEMON_HINT_H

#include <stdint.h>

enum { HINT_TEXT = 256 };

#define HINT_KEY "data/rackhop"

struct hint {
    int64_t faults, stall_us, swap_kib; /* < 0: it does not say */
};

/* 0, or -EINVAL: it is no such line. */
int hint_parse(struct hint *h, const char *text);

#endif
