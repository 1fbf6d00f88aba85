/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * How fast a guest dirties its memory, by Xen's log-dirty mode.
 *
 * Log-dirty costs the guest: its memory is write-protected and large mappings
 * are split. It is on for the time of one sampling only and goes off whatever
 * happens: a watchdog process turns it off when the sampler dies, and a
 * marker tells the next start when even the watchdog was killed.
 */
#ifndef XLX_DIRTY_H
#define XLX_DIRTY_H

#include <signal.h>
#include <stddef.h>
#include <stdint.h>

#include "libxl-ext/migrate.h"
#include "tools/base/msg.h"

enum { XLX_DIRTY_POINTS = 32 };

struct xlx_dirty_point {
    uint64_t us;    /* since the bitmap was cleaned */
    uint64_t pages; /* different pages dirtied since */
};

struct xlx_dirty {
    struct xlx_dirty_point point[XLX_DIRTY_POINTS];
    unsigned n;
    double rate; /* pages/s: the slope at the start */
    double set;  /* pages: what it seems to saturate at; 0: not in sight */
};

/*
 * Samples at the given times (us, ascending, at most XLX_DIRTY_POINTS). The
 * caller holds the domain's lock (xlx_lock); `lock` is its descriptor, which
 * the watchdog keeps as well. -EBUSY: log-dirty is on already; -EINTR:
 * cancelled.
 */
int xlx_dirty_sample(struct xlx *x, const struct xlx_domain *d,
                     const char *rundir, int lock, const uint64_t *times_us,
                     unsigned n, const volatile sig_atomic_t *cancel,
                     struct xlx_dirty *out, struct msg *err);

/* rate and set out of the points: the model of policy.h,
 * set * (1 - exp(-rate * t / set)), by least squares. Pure. */
void xlx_dirty_fit(struct xlx_dirty *d);

/* Turns off what a killed sampler left on. The caller holds the lock.
 * 1: it did, 0: there was nothing, negative errno. */
int xlx_dirty_recover(struct xlx *x, const struct xlx_domain *d,
                      const char *rundir);

#endif
