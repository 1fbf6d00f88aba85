/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Links that are up for a while again and again, as one that is up for 20 s of each
 * minute: does a pause still fit into the time for which the link is up? It is expected
 * to be up for as long as it ever was. Where it has been up for longer, by more than a
 * cut takes to be noticed, nothing is expected. Pure.
 */
#ifndef XLX_LINK_WINDOW_H
#define XLX_LINK_WINDOW_H

#include <stdbool.h>
#include <stdint.h>

/* Zeroed, and the link told to be up, is the start. Times are us of one clock. */
struct link_window {
    uint64_t up_us;      /* since when it is up; 0: it is down */
    uint64_t longest_us; /* that it was up before a cut; 0: it was never cut */
};

/* The same again changes nothing. */
void link_window_tell(struct link_window *w, bool up, uint64_t now_us);
/* pause_ms < 0: unknown. A pause that fits into none of the times is not waited for:
 * true. So is a link that is down: that is the caller's. */
bool link_window_fits(const struct link_window *w, uint64_t now_us,
                      double pause_ms);

#endif
