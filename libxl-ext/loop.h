/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The one poll() loop of a move. libxl joins through its osevent calls; the
 * byte pump, the far end's words and the helper's control socket are
 * watched beside it. Code that must wait says for what and until when, and
 * reads top to bottom.
 */
#ifndef XLX_LOOP_H
#define XLX_LOOP_H

#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include <libxl.h>

enum { LOOP_FDS = 12, LOOP_LIBXL_FDS = 64 };

struct loop_fd {
    int fd;       /* -1: a free place */
    short events; /* 0: not now */
    void (*ready)(void *arg, short revents);
    void *arg;
};

struct loop {
    libxl_ctx *ctx; /* NULL: no libxl (tests) */
    struct loop_fd fds[LOOP_FDS];
    /* Called before each wait; returns the time of its next need, or
     * UINT64_MAX. */
    uint64_t (*tick)(void *arg, uint64_t now_us);
    void *tick_arg;
    /* A signal handler sets it; the loop then ends with -EINTR, once for each
     * change. NULL: nothing interrupts. */
    const volatile sig_atomic_t *cancel;
    sig_atomic_t cancel_seen;
    const sigset_t *wait_mask; /* signals that may arrive while it waits */
};

void loop_init(struct loop *l, libxl_ctx *ctx);
/* The place is the caller's to change until it is removed. NULL: full. */
struct loop_fd *loop_add(struct loop *l, int fd, short events,
                         void (*ready)(void *, short), void *arg);
void loop_remove(struct loop_fd *f); /* NULL is fine */

/*
 * Runs until done(arg) is true: 0. At the deadline (monotonic us, UINT64_MAX:
 * none): -ETIMEDOUT. When cancelled: -EINTR. Else a negative errno.
 */
int loop_run(struct loop *l, bool (*done)(void *), void *arg,
             uint64_t deadline_us);

uint64_t monotonic_us(void);

#endif
