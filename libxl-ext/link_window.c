/* SPDX-License-Identifier: LGPL-2.1-only */
/* Remembers for how long a link was up, and compares a pause with that. */
#include "libxl-ext/link_window.h"

#include "libxl-ext/wire/lanes.h"

/* When a link was cut is known to a second: that much of the time for which it was up
 * is not trusted, or a quarter of a time that is shorter. */
static const uint64_t late_us = 1000000;
enum { LATE_PART = 4 };
/* A link that is cut is not known to be for so long. */
static const uint64_t unknown_us = LANES_DEAD_US + 1000000;
/* A pause that nobody can tell is one of a second. */
static const double unknown_ms = 1000;

void link_window_tell(struct link_window *w, bool up, uint64_t now_us)
{
    if (up == (w->up_us > 0))
        return;
    if (up) {
        w->up_us = now_us;
        return;
    }
    if (now_us > w->up_us && now_us - w->up_us > w->longest_us)
        w->longest_us = now_us - w->up_us;
    w->up_us = 0;
}

bool link_window_fits(const struct link_window *w, uint64_t now_us,
                      double pause_ms)
{
    uint64_t late = w->longest_us / LATE_PART, in = now_us - w->up_us;
    double pause = 1e3 * (pause_ms < 0 ? unknown_ms : pause_ms), all;

    if (!w->up_us || now_us < w->up_us || !w->longest_us ||
        in >= w->longest_us + unknown_us)
        return true;
    all = (double)(w->longest_us - (late < late_us ? late : late_us));
    return pause > all || pause + (double)in <= all;
}
