/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The byte pump between libxl and the wire: it counts, and holds the rate.
 * splice() moves the bytes, so they pass through no buffer of ours.
 */
#ifndef XLX_PUMP_H
#define XLX_PUMP_H

#include <stdbool.h>
#include <stdint.h>

#include "tools/base/loop.h"

struct xlx_pump {
    /* private */
    struct loop *loop;
    struct loop_fd *in, *out;
    int from, to;
    uint64_t rate;      /* bytes/s, 0: no limit */
    double allowance;   /* bytes that may go now */
    uint64_t filled_us; /* when the allowance was last topped up */
    bool blocked;       /* `to` is full */
    int error;          /* negative errno of a failed write or read */
    /* the caller's: it reads `from` itself meanwhile */
    bool held;
    /* for reading */
    uint64_t bytes; /* moved so far */
    bool eof;       /* `from` has ended and all is written */
};

/*
 * Starts moving from `from` (a pipe) to `to`. Both are made non-blocking and
 * stay the caller's. `from` may also be a socket when `to` is a pipe.
 * 0 or a negative errno.
 */
int xlx_pump_start(struct xlx_pump *p, struct loop *l, int from, int to,
                   uint64_t rate);
/* What is to come comes from there; the count goes on. 0 or a negative errno.
 */
int xlx_pump_from(struct xlx_pump *p, int from);
void xlx_pump_stop(struct xlx_pump *p);
void xlx_pump_set_rate(struct xlx_pump *p, uint64_t rate, uint64_t now_us);
/* To be called from the loop's tick: when it needs to be called again. */
uint64_t xlx_pump_tick(struct xlx_pump *p, uint64_t now_us);

#endif
