/* SPDX-License-Identifier: LGPL-2.1-only */
/* Keeps when the parts of a move happened. */
#ifndef XLX_TIMES_H
#define XLX_TIMES_H

#include <stdint.h>

/* When things happened: monotonic us of the host that saw them; 0: it did not
 * happen. */
struct xlx_times {
    uint64_t start, suspend, suspended, saved, flushed, ready, go, report;
    /* by the clock of a target host that has rackhop */
    uint64_t target_last, target_built, target_restored, target_go,
        target_unpaused, target_done;
};

#endif
