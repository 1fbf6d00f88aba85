/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Decides which move of a plan may start now, and at what rate. It is pure: it
 * is told which moves have started and how they ended, and keeps the sums.
 *
 * The plan's `after` is binding: a move starts when every move that it names
 * is done. Beyond that, and whatever the plan says, a move starts only when
 * its target host has the memory free, arriving guests counted, when the
 * numbers of streams allow it, and when each link on its way has its rate
 * left. A move that has sent all of its guest takes neither streams nor rate,
 * though it has not ended.
 */
#ifndef RACKHOP_RUN_DISPATCH_H
#define RACKHOP_RUN_DISPATCH_H

#include <stdbool.h>
#include <stdint.h>

#define DISPATCH_NONE UINT32_MAX

enum dispatch_state {
    DISPATCH_WAITS,
    DISPATCH_READY, /* prepared: its memory is booked at its target host */
    DISPATCH_RUNS,
    DISPATCH_DONE,
    DISPATCH_FAILED, /* the guest is on its source host */
    /* the guest is on one of the two hosts, and has memory on both */
    DISPATCH_DOUBT,
    DISPATCH_OUT, /* will not start */
};

struct dispatch_share {
    uint32_t arc;
    double part; /* of the move's rate, 0..1 */
};

struct dispatch_move {
    uint32_t from, to; /* hosts */
    int64_t mib;
    double rate_mbps;      /* planned; 0: none was */
    const uint32_t *after; /* moves; borrowed */
    uint32_t after_n;
    struct dispatch_share *share; /* borrowed */
    uint32_t share_n;
    bool held; /* may not start now; may change between calls */
    /* private */
    enum dispatch_state state;
    double granted;
    bool sent, unready;
};

struct dispatch {
    /* the caller's; the arrays are borrowed and free_mib is changed */
    struct dispatch_move *move; /* in the order in which they are tried */
    uint32_t move_n;
    int64_t *free_mib; /* by host */
    uint32_t host_n;
    const double *arc_mbps; /* by arc; < 0: unknown, no limit */
    uint32_t arc_n;
    unsigned streams, host_streams, link_streams; /* 0: no limit */
    /* private */
    double *used; /* Mbit/s by arc */
    uint32_t *on_arc, *on_host;
    uint32_t *ready_from, *ready_to; /* prepared moves by host */
    uint32_t running;
};

/* After it dispatch_dispose() is fine. 0 or -ENOMEM. */
int dispatch_init(struct dispatch *d);
void dispatch_dispose(struct dispatch *d);

/*
 * The move to start next, and the rate that it gets (0: no limit is needed);
 * or DISPATCH_NONE: wait for one to end, or nothing is left that may start.
 */
uint32_t dispatch_next(const struct dispatch *d, double *rate_r);
/* Starts it, at the rate that dispatch_next() gave. */
void dispatch_start(struct dispatch *d, uint32_t move, double rate);

/*
 * The move to prepare next, or DISPATCH_NONE: one that waits for nothing but
 * links and streams. One is prepared at a time for each source host and for
 * each target host.
 */
uint32_t dispatch_ahead(const struct dispatch *d);
/* Books its memory. Then dispatch_next() may give it, as any. */
void dispatch_prepare(struct dispatch *d, uint32_t move);
/* It is not prepared any more, and will not be again. */
void dispatch_unprepare(struct dispatch *d, uint32_t move);

/* A move that runs has sent its last byte: its links and its places among the
 * streams are free. Its memory stays booked on both hosts until it ends. */
void dispatch_sent(struct dispatch *d, uint32_t move);
/* A move that runs has ended. One that waits may only become OUT. */
void dispatch_end(struct dispatch *d, uint32_t move, enum dispatch_state how);

#endif
