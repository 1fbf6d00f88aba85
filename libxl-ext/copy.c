/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Looks at, resumes, starts or destroys a guest's copy on this host when a
 * move has ended. Both hosts of a move and `recover` do it in the same
 * way.
 */
#include "libxl-ext/xlx_impl.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libxl_utils.h>

#include "libxl-ext/context.h"
#include "tools/base/clock.h"
#include "tools/base/msg.h"

#define SECONDS 1000000ull

/* 0; -ESRCH: it is gone; else Xen could not tell, which says nothing. */
static int copy_look(struct xlx *x, uint32_t domid, xc_domaininfo_t *info)
{
    int n = xc_domain_getinfolist(x->xch, domid, 1, info);

    if (n < 0)
        return errno == ESRCH || !errno ? -EIO : -errno;
    return n == 1 && info->domain == domid ? 0 : -ESRCH;
}

/* 1: suspended, 0: not, negative: as copy_look(). *reason_r: Xen's. */
static int copy_shut_down(struct xlx *x, uint32_t domid, int *reason_r)
{
    xc_domaininfo_t info;
    int rc = copy_look(x, domid, &info);

    *reason_r = -1;
    if (rc)
        return rc;
    if (!(info.flags & XEN_DOMINF_shutdown))
        return 0;
    *reason_r = (int)(info.flags >> XEN_DOMINF_shutdownshift) &
                XEN_DOMINF_shutdownmask;
    return *reason_r == SHUTDOWN_suspend;
}

static const char *copy_shutdown_word(int reason)
{
    switch (reason) {
    case SHUTDOWN_poweroff: return "powered off";
    case SHUTDOWN_reboot: return "rebooted";
    case SHUTDOWN_crash: return "crashed";
    case SHUTDOWN_watchdog: return "was ended by its watchdog";
    case SHUTDOWN_soft_reset: return "asked for a soft reset";
    default: return "shut down";
    }
}

int xlx_guest_stays(struct xlx *x, const struct xlx_stay *h, struct msg *err)
{
    uint64_t until = clock_us() + h->late_s * SECONDS;
    int reason, r, rename = 0;

    for (;;) {
        r = copy_shut_down(x, h->domid, &reason);
        if (r > 0 || r == -ESRCH || reason >= 0 || clock_us() >= until)
            break;
        poll(NULL, 0, 100);
    }
    xlx_logdirty_off(x, h->domid);
    if (h->away && h->name && r >= 0)
        rename = libxl_domain_rename(x->ctx, h->domid, h->away, h->name);
    if (rename)
        xtl_log(x->lg, XTL_WARN, -1, "rackhop",
                "the domain is still called %s on this host", h->away);
    if (r == -ESRCH) {
        msg_set(err, "the domain was destroyed while it moved");
        return -ESRCH;
    }
    if (r < 0) {
        msg_set(err, "Xen does not say how it is (%s)", strerror(-r));
        return -EAGAIN;
    }
    if (r == 1) {
        r = libxl_domain_resume(x->ctx, h->domid, 1, NULL);
        if (!r)
            return 0;
        msg_set(err,
                "it is suspended on this host and could not be resumed (%s)",
                xlx_libxl_text(r));
        return -EAGAIN;
    }
    if (reason >= 0) {
        msg_set(err, "the guest %s while it moved",
                copy_shutdown_word(reason));
        return -ECANCELED;
    }
    return 0;
}

static enum ho_copy copy_state(const xc_domaininfo_t *info)
{
    if (info->flags & XEN_DOMINF_dying)
        return HO_COPY_NONE; /* Xen is destroying it already */
    if ((info->flags & XEN_DOMINF_shutdown) &&
        (info->flags >> XEN_DOMINF_shutdownshift & XEN_DOMINF_shutdownmask) ==
            SHUTDOWN_suspend)
        return HO_COPY_SUSPENDED;
    return info->flags & XEN_DOMINF_paused ? HO_COPY_PAUSED : HO_COPY_RUNS;
}

/* An armed copy runs as little when somebody has unpaused it: its CPUs are down
 * until they get their state. */
static int copy_look_again(struct xlx *x, uint32_t domid, struct xlx_copy *c)
{
    int up = xlx_context_is_up(x, domid);

    if (!up)
        c->state = HO_COPY_PAUSED;
    return up < 0 ? up : 0;
}

/* 0; -ESRCH: it went just now; else Xen or xenstore could not tell. */
static int copy_read(struct xlx *x, uint32_t domid, struct xlx_copy *c)
{
    xc_domaininfo_t info;
    int rc = copy_look(x, domid, &info);
    char *name;

    if (rc)
        return rc;
    memset(c, 0, sizeof *c);
    c->domid = domid;
    c->state = copy_state(&info);
    name = libxl_domid_to_name(x->ctx, domid);
    snprintf(c->name, sizeof c->name, "%s", name ? name : "");
    free(name);
    rc = xlx_store_read(x, domid, XLX_MARK, c->mark, sizeof c->mark);
    if (rc == -ENOENT)
        rc = 0;
    if (!rc && *c->mark && c->state == HO_COPY_RUNS)
        rc = copy_look_again(x, domid, c);
    return rc;
}

int xlx_copy_find(struct xlx *x, const char *uuid,
                  bool (*is)(void *arg, const struct xlx_copy *c), void *arg,
                  struct xlx_copy *c)
{
    libxl_uuid want;
    libxl_dominfo *list;
    bool found = false;
    int n = 0, rc = 0;

    memset(c, 0, sizeof *c);
    if (libxl_uuid_from_string(&want, uuid))
        return -EINVAL;
    list = libxl_list_domain(x->ctx, &n);
    if (!list)
        return -EIO;
    for (int i = 0; i < n && !found && !rc; i++) {
        if (libxl_uuid_compare(&list[i].uuid, &want))
            continue;
        rc = copy_read(x, list[i].domid, c);
        found = !rc && c->state != HO_COPY_NONE && (!is || is(arg, c));
        rc = rc == -ESRCH ? 0 : rc;
    }
    libxl_dominfo_list_free(list, n);
    if (!found)
        memset(c, 0, sizeof *c);
    return rc;
}

int xlx_copy_start(struct xlx *x, uint32_t domid, bool paused, struct msg *err)
{
    xc_domaininfo_t info;
    int r;

    if (paused)
        return 0;
    r = libxl_domain_unpause(x->ctx, domid, NULL);
    if (!r)
        return 0;
    msg_set(err, "the guest could not be unpaused: %s", xlx_libxl_text(r));
    /* One that runs in spite of it must not be given back. */
    if (xc_domain_getinfolist(x->xch, domid, 1, &info) == 1 &&
        info.domain == domid && !(info.flags & XEN_DOMINF_paused)) {
        xtl_log(x->lg, XTL_WARN, -1, "rackhop", "%s; it runs nevertheless",
                err->text);
        return 0;
    }
    return xlx_libxl_errno(r);
}

int xlx_copy_rename(struct xlx *x, const struct xlx_copy *c, const char *name)
{
    int r = 0;

    if (*name && *c->name && strcmp(c->name, name))
        r = libxl_domain_rename(x->ctx, c->domid, c->name, name);
    return r ? xlx_libxl_errno(r) : 0;
}

int xlx_copy_drop(struct xlx *x, uint32_t domid)
{
    int r = libxl_domain_destroy(x->ctx, domid, NULL);

    return r ? xlx_libxl_errno(r) : 0;
}
