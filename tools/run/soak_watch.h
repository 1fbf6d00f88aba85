/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Compares how the guests of a canary run with how they ran before the roll.
 * Pure: the looks and the time come from the caller.
 */
#ifndef RACKHOP_RUN_SOAK_WATCH_H
#define RACKHOP_RUN_SOAK_WATCH_H

#include <stdbool.h>

#include "tools/doc/guest_looks.h"

struct soak_guest;

enum {
    SOAK_STEAL_S = 30, /* over so long, and so many looks, steal is a mean */
    SOAK_STEAL_LOOKS = 6,
    SOAK_NETWORK_S = 60,
    SOAK_LEAST_S = 75, /* all of it is judged within this */
};

/* What was seen of one host; zeroed at first. */
struct soak_watch {
    struct soak_guest *guest;
    size_t n;
};

void soak_watch_dispose(struct soak_watch *w);
/* A look at the host, now: seconds on any clock that is not set back. before:
 * how its guests ran before; others are not looked at. 0 or -ENOMEM. */
int soak_watch_add(struct soak_watch *w, const struct guest_looks *before,
                   const struct guest_looks *looks, double now);

/*
 * Does a guest run worse than before? One sentence then. What is not known of
 * a guest, in `before` or in the looks, is not judged:
 *
 *   steal       its mean over 30 s, and 6 looks, is above what it was by more
 *               than a quarter of the time; on a host of two or three
 *               processors, and a half or a third, since the look itself takes
 *               one of them. Not on a host of one.
 *   dirty rate  above eight times what it was, and above that by more than 32
 *               MiB/s
 *   network     it sent all the time before, and has sent nothing for 60 s
 */
bool soak_watch_trouble(const struct soak_watch *w,
                        const struct guest_looks *before, struct msg *why);

#endif
