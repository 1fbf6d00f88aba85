/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What the save helper and its move say to each other, on a SOCK_SEQPACKET
 * pair whose number the helper finds in its environment. One packet, one line
 * of text: a word, then key=value pairs of unsigned numbers. Text, so that
 * `rackhop status` and a person with socat can read it; bounded, since the
 * move relays commands that come from outside.
 *
 *   helper -> move   round   after each round and each wait
 *                    phase   suspend asked, suspended, complete
 *   move -> helper   inflight N   bytes on their way
 *                    link N       1: the target host can be reached; 0: not;
 *                                 since when (monotonic)
 *                    cutover, hold, release, abort, rate N (bytes/s, 0: none)
 *                    tail   libxl may go on behind libxc's part of the stream
 */
#ifndef XLX_CTL_H
#define XLX_CTL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libxl-ext/policy.h"

#define XLX_ENV_POLICY "RACKHOP_POLICY"
#define XLX_ENV_CTL    "RACKHOP_CTL_FD"
#define XLX_ENV_CODEC  "RACKHOP_CODEC" /* a codec_wish_name() */
#define XLX_ENV_TAIL   "RACKHOP_TAIL" /* wait for `tail` before libxl is told */

enum { XLX_CTL_MAX = 512 };

enum xlx_ctl_type {
    XLX_CTL_ROUND,
    XLX_CTL_PHASE,
    XLX_CTL_INFLIGHT,
    XLX_CTL_CUTOVER,
    XLX_CTL_HOLD,
    XLX_CTL_RELEASE,
    XLX_CTL_ABORT,
    XLX_CTL_RATE,
    XLX_CTL_LINK,
    XLX_CTL_TAIL,
};

enum xlx_phase {
    XLX_PHASE_STARTED = 1,
    XLX_PHASE_SUSPEND,   /* the guest is asked to suspend */
    XLX_PHASE_SUSPENDED, /* it has */
    XLX_PHASE_COMPLETE,  /* the last byte of libxc's stream is written */
    XLX_PHASE_FAILED,
    XLX_PHASE_ARMED, /* of a restore: libxl goes on, the placer begins */
};

struct xlx_ctl {
    enum xlx_ctl_type type;
    uint64_t now_us; /* monotonic; of round, phase and link */
    uint64_t value;  /* inflight, rate, link; phase: enum xlx_phase */
    /* of a round */
    unsigned iteration;
    uint64_t sent; /* pages in all */
    uint64_t left; /* pages in all that were left out of their rounds */
    uint64_t wire; /* bytes of the codec's frames in all; 0: it has none */
    int64_t dirty; /* -1: unknown */
    bool after;
    enum xlx_verdict verdict;
    enum xlx_reason why;
    uint64_t rate, dirty_rate, dirty_set; /* pages/s, pages */
    int64_t pause_ms, next_ms, eta_ms;    /* -1: unknown */
    unsigned throttle; /* percent of its CPU use to leave the guest */
};

/* Into buf, of XLX_CTL_MAX bytes: the length. */
size_t xlx_ctl_format(const struct xlx_ctl *c, char *buf);
/* 0 or -EINVAL; whatever the bytes. */
int xlx_ctl_parse(struct xlx_ctl *c, const char *s, size_t len);

#endif
