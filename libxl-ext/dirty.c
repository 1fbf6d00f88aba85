/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Samples how fast a guest dirties its memory, in log-dirty mode. One CLEAN
 * arms it; each PEEK after that counts the different pages dirtied so far
 * without disturbing the count, so one arming gives the whole curve.
 */
#include "libxl-ext/dirty.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tools/base/clock.h"
#include "libxl-ext/xlx_impl.h"
#include "tools/base/msg.h"

static void dirty_marker(char *buf, size_t len, const char *rundir,
                         const struct xlx_domain *d)
{
    snprintf(buf, len, "%s/%s.sampling", rundir, d->uuid);
}

int xlx_dirty_recover(struct xlx *x, const struct xlx_domain *d,
                      const char *rundir)
{
    char path[512];
    int rc;

    dirty_marker(path, sizeof path, rundir, d);
    if (access(path, F_OK))
        return 0;
    rc = xlx_logdirty_off(x, d->domid);
    if (!rc)
        unlink(path);
    return rc ? rc : 1;
}

/* --- the watchdog ----------------------------------------------------------------------- */

/*
 * The watchdog: a child that turns log-dirty off when the sampler ends. It
 * waits for the end of a pipe whose other end only the sampler holds. It opens
 * Xen for itself: a handle does not survive a fork. It keeps the lock's
 * descriptor, so that no move begins before log-dirty is off.
 */
static pid_t dirty_start_watchdog(uint32_t domid, const char *marker,
                                  int *fd_r)
{
    int p[2];
    char c;
    pid_t pid;

    if (pipe2(p, O_CLOEXEC))
        return -1;
    pid = fork();
    if (pid) {
        close(p[0]);
        *fd_r = p[1];
        if (pid < 0)
            close(p[1]);
        return pid;
    }
    setsid();
    signal(SIGINT, SIG_IGN);
    signal(SIGTERM, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    close(p[1]);
    while (read(p[0], &c, 1) < 0 && errno == EINTR)
        ;
    xc_interface *xch = xc_interface_open(NULL, NULL, 0);
    if (xch) {
        /* a migration that has begun meanwhile turns it off itself */
        if (!xlx_held_by(domid, NULL))
            xc_shadow_control(xch, domid, XEN_DOMCTL_SHADOW_OP_OFF, NULL, 0);
        xc_interface_close(xch);
        unlink(marker);
    }
    _exit(0);
}

/* --- sampling ----------------------------------------------------------------------------- */

static int dirty_wait_until(uint64_t us, const volatile sig_atomic_t *cancel)
{
    for (;;) {
        uint64_t now = clock_us();

        if (cancel && *cancel)
            return -EINTR;
        if (now >= us)
            return 0;
        poll(NULL, 0, us - now > 50000 ? 50 : (int)((us - now) / 1000) + 1);
    }
}

static int dirty_arm(struct xlx *x, const struct xlx_domain *d,
                     struct msg *err)
{
    xc_shadow_op_stats_t st = { 0, 0 };
    xen_pfn_t frames = 0;

    if (xc_domain_nr_gpfns(x->xch, d->domid, &frames) < 0)
        return -errno;
    if (xc_shadow_control(x->xch, d->domid,
                          XEN_DOMCTL_SHADOW_OP_ENABLE_LOGDIRTY, NULL, 0) < 0) {
        int e = errno;

        if (e == EINVAL)
            msg_set(err,
                    "log-dirty mode is on already, or can't be turned on: a "
                    "migration may be running, or a PCI device assigned");
        else if (e == EOPNOTSUPP || e == ENOSYS)
            msg_set(err,
                    "this Xen has no log-dirty mode for a %s "
                    "guest (it was built without shadow paging)",
                    xlx_type_name(d->type));
        else
            msg_set(err, "log-dirty mode can't be turned on: %s", strerror(e));
        return e == EINVAL ? -EBUSY : -e;
    }
    if (xc_logdirty_control(x->xch, d->domid, XEN_DOMCTL_SHADOW_OP_CLEAN, NULL,
                            frames, 0, &st) < 0) {
        msg_set(err, "the dirty bitmap can't be cleaned: %s", strerror(errno));
        return -errno;
    }
    return 0;
}

static int dirty_curve(struct xlx *x, const struct xlx_domain *d,
                       const uint64_t *times_us, unsigned n,
                       const volatile sig_atomic_t *cancel,
                       struct xlx_dirty *out)
{
    uint64_t start = clock_us();

    for (unsigned i = 0; i < n; i++) {
        xc_shadow_op_stats_t st = { 0, 0 };
        int rc = dirty_wait_until(start + times_us[i], cancel);

        if (rc)
            return rc;
        if (xc_logdirty_control(x->xch, d->domid, XEN_DOMCTL_SHADOW_OP_PEEK,
                                NULL, 0, 0, &st) < 0)
            return -errno;
        out->point[out->n].us = clock_us() - start;
        out->point[out->n++].pages = st.dirty_count;
    }
    return 0;
}

int xlx_dirty_sample(struct xlx *x, const struct xlx_domain *d,
                     const char *rundir, int lock, const uint64_t *times_us,
                     unsigned n, const volatile sig_atomic_t *cancel,
                     struct xlx_dirty *out, struct msg *err)
{
    char marker[512];
    int fd = -1, mark = -1, rc;
    pid_t dog = -1;

    *out = (struct xlx_dirty){ .n = 0 };
    if (n > XLX_DIRTY_POINTS)
        return -E2BIG;
    if (xlx_held_by(d->domid, d->name)) {
        msg_set(err, "it is being moved or saved");
        return -EBUSY;
    }
    rc = xlx_dirty_recover(x, d, rundir);
    if (rc < 0) {
        msg_set(err,
                "log-dirty mode, left on by a killed sampler, "
                "can't be turned off: %s",
                strerror(-rc));
        return rc;
    }
    dirty_marker(marker, sizeof marker, rundir, d);
    mark = open(marker, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (mark < 0) {
        msg_set(err, "%s can't be made: %s", marker, strerror(errno));
        return -errno;
    }
    rc = dirty_arm(x, d, err);
    if (rc) {
        if (rc == -EBUSY) { /* another process uses it: leave it on */
            unlink(marker);
            goto out;
        }
        goto off;
    }
    dog = dirty_start_watchdog(d->domid, marker, &fd);
    if (dog < 0) {
        rc = -EAGAIN;
        msg_set(err, "no process can be started");
        goto off;
    }
    rc = dirty_curve(x, d, times_us, n, cancel, out);
    if (rc)
        msg_set(err, rc == -EINTR ? "cancelled" : "%s", strerror(-rc));
    xlx_dirty_fit(out);
off:
    if (fd >= 0) {
        close(fd); /* the watchdog turns log-dirty off */
        waitpid(dog, NULL, 0);
    } else if (!xlx_logdirty_off(x, d->domid)) {
        unlink(marker);
    }
out:
    close(mark);
    return rc;
}

/* --- the curve ------------------------------------------------------------------------------ */

static double dirty_misfit(const struct xlx_dirty *d, double rate, double set)
{
    double sum = 0;

    for (unsigned i = 0; i < d->n; i++) {
        double t = (double)d->point[i].us / 1e6;
        double e = xlx_dirty_after(rate, set, t) - (double)d->point[i].pages;

        sum += e * e;
    }
    return sum;
}

/*
 * Fits the curve by least squares over a grid that narrows. The set of pages
 * is searched from the size that was seen to a hundred times that, the rate
 * from what was seen over any interval to sixteen times that. A set at the
 * upper end of the grid means that the samples did not show where it ends.
 */
void xlx_dirty_fit(struct xlx_dirty *d)
{
    double most = 0, slope = 0, best = INFINITY, rate = 0, set = 0;

    d->rate = d->set = 0;
    for (unsigned i = 0; i < d->n; i++) {
        double pages = (double)d->point[i].pages;
        double t = (double)d->point[i].us / 1e6;

        most = fmax(most, pages);
        if (t > 0)
            slope = fmax(slope, pages / t);
    }
    if (most <= 0 || slope <= 0)
        return;
    if (d->n < 3) { /* two unknowns need three samples */
        d->rate = slope;
        return;
    }
    for (int i = 0; i <= 96; i++)
        for (int k = 0; k <= 64; k++) {
            double s = most * pow(100, i / 96.0);
            double r = slope * pow(32, k / 64.0 - 0.2);
            double e = dirty_misfit(d, r, s);

            if (e < best) {
                best = e;
                rate = r;
                set = s;
            }
        }
    d->rate = rate;
    d->set = set < most * 8 ? set : 0;
}
