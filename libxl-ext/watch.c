/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Watches a received domain, and acts on its end as its configuration says.
 * libxl itself does nothing when a guest ends: xl leaves a daemon behind that
 * reboots, preserves or destroys it as its configuration says, and a domain
 * that came by rackhop needs the same, ejected drives included.
 * (tools/xl/xl_vmcontrol.c, handle_domain_death, is what the words mean.)
 */
#include "libxl-ext/watch_eject.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <libxl_utils.h>

#include "libxl-ext/cap.h"
#include "libxl-ext/xlx_impl.h"
#include "tools/base/msg.h"

enum next { ENDED, WATCH_ON, AGAIN, AGAIN_SOFT };

struct watch {
    struct xlx *x;
    uint32_t domid;
    libxl_domain_config config;
    libxl_evgen_domain_death *death;
    struct xlx_ejects ejects;
};

static libxl_action_on_shutdown watch_action(const libxl_domain_config *c,
                                             libxl_shutdown_reason reason)
{
    switch (reason) {
    case LIBXL_SHUTDOWN_REASON_POWEROFF: return c->on_poweroff;
    case LIBXL_SHUTDOWN_REASON_REBOOT: return c->on_reboot;
    case LIBXL_SHUTDOWN_REASON_CRASH: return c->on_crash;
    case LIBXL_SHUTDOWN_REASON_WATCHDOG: return c->on_watchdog;
    case LIBXL_SHUTDOWN_REASON_SOFT_RESET: return c->on_soft_reset;
    default: return LIBXL_ACTION_ON_SHUTDOWN_DESTROY;
    }
}

static void watch_core_dump(struct watch *w)
{
    char path[512];

    snprintf(path, sizeof path, "/var/lib/xen/dump/%s",
             w->config.c_info.name ? w->config.c_info.name : "domain");
    libxl_domain_core_dump(w->x->ctx, w->domid, path, NULL);
}

/*
 * libxl reads the cap from Xen. While the guest moved, that may have been the
 * move's, and the guest ended before it was lifted: what is started anew has
 * the guest's own.
 */
static void watch_uncap(struct watch *w, libxl_domain_config *c)
{
    libxl_domain_sched_params *p = &c->b_info.sched_params;
    struct xlx_cap cap;

    if (p->cap > 0 && !xlx_cap_noted(w->x, w->domid, &cap) &&
        xlx_cap_is_ours(&cap, (unsigned)p->cap))
        p->cap = (int)cap.own;
}

/* Reads the configuration as it is now, with devices plugged in since. */
static void watch_reload(struct watch *w)
{
    libxl_domain_config fresh;

    libxl_domain_config_init(&fresh);
    if (libxl_retrieve_domain_configuration(w->x->ctx, w->domid, &fresh,
                                            NULL)) {
        libxl_domain_config_dispose(&fresh);
        return;
    }
    watch_uncap(w, &fresh);
    libxl_domain_config_dispose(&w->config);
    w->config = fresh;
}

/* Keeps the ended domain under another name and UUID. 0: its old ones are
 * free.
 */
static int watch_preserve(struct watch *w)
{
    char suffix[32];
    time_t now = time(NULL);
    struct tm tm;
    libxl_uuid uuid;
    int r;

    if (!w->config.c_info.name || !localtime_r(&now, &tm) ||
        !strftime(suffix, sizeof suffix, "-%Y%m%dT%H%MZ", &tm))
        return -EINVAL;
    libxl_uuid_generate(&uuid);
    r = libxl_domain_preserve(w->x->ctx, w->domid, &w->config.c_info, suffix,
                              uuid);
    return r ? xlx_libxl_errno(r) : 0;
}

static enum next watch_shutdown(struct watch *w, libxl_shutdown_reason reason)
{
    libxl_action_on_shutdown action = watch_action(&w->config, reason);
    enum next next = ENDED;

    if (reason == LIBXL_SHUTDOWN_REASON_SUSPEND)
        return WATCH_ON;
    xtl_log(w->x->lg, XTL_INFO, -1, "rackhop",
            "domain %u has shut down (%s): %s", w->domid,
            libxl_shutdown_reason_to_string(reason),
            libxl_action_on_shutdown_to_string(action));
    watch_reload(w);
    if (action == LIBXL_ACTION_ON_SHUTDOWN_COREDUMP_DESTROY ||
        action == LIBXL_ACTION_ON_SHUTDOWN_COREDUMP_RESTART)
        watch_core_dump(w);
    switch (action) {
    case LIBXL_ACTION_ON_SHUTDOWN_PRESERVE: return ENDED;
    case LIBXL_ACTION_ON_SHUTDOWN_RESTART_RENAME:
        return watch_preserve(w) ? ENDED : AGAIN;
    case LIBXL_ACTION_ON_SHUTDOWN_RESTART:
    case LIBXL_ACTION_ON_SHUTDOWN_COREDUMP_RESTART: next = AGAIN; break;
    case LIBXL_ACTION_ON_SHUTDOWN_SOFT_RESET: return AGAIN_SOFT;
    case LIBXL_ACTION_ON_SHUTDOWN_DESTROY:
    case LIBXL_ACTION_ON_SHUTDOWN_COREDUMP_DESTROY: break;
    }
    libxl_domain_destroy(w->x->ctx, w->domid, NULL);
    return next;
}

static int watch_start_again(struct watch *w, enum next how)
{
    uint32_t old = w->domid;
    int r;

    /* the domain may get any number when it is started anew */
    w->config.c_info.domid = INVALID_DOMID;
    if (how == AGAIN_SOFT)
        r = libxl_domain_soft_reset(w->x->ctx, &w->config, old, NULL, NULL);
    else
        r = libxl_domain_create_new(w->x->ctx, &w->config, &w->domid, NULL,
                                    NULL);
    if (!r)
        r = libxl_domain_unpause(w->x->ctx, w->domid, NULL);
    return r ? xlx_libxl_errno(r) : 0;
}

static enum next watch_next_event(struct watch *w)
{
    enum next next = WATCH_ON;
    libxl_event *ev;

    if (libxl_event_wait(w->x->ctx, &ev, LIBXL_EVENTMASK_ALL, NULL, NULL))
        return ENDED;
    if (ev->domid == w->domid) {
        if (ev->type == LIBXL_EVENT_TYPE_DOMAIN_DEATH)
            next = ENDED;
        else if (ev->type == LIBXL_EVENT_TYPE_DOMAIN_SHUTDOWN)
            next = watch_shutdown(w, ev->u.domain_shutdown.shutdown_reason);
        else if (ev->type == LIBXL_EVENT_TYPE_DISK_EJECT)
            xlx_ejects_event(w->x, ev);
    }
    libxl_event_free(w->x->ctx, ev);
    return next;
}

/* libxl reports a shutdown once for each watch, and a suspended domain counts
 * as shut down. So the new watch is set before the old one is removed;
 * otherwise it would report the suspended domain at once, over and over. */
static int watch_rearm(struct watch *w)
{
    libxl_evgen_domain_death *fresh = NULL;
    int r = libxl_evenable_domain_death(w->x->ctx, w->domid, 0, &fresh);

    if (w->death)
        libxl_evdisable_domain_death(w->x->ctx, w->death);
    w->death = r ? NULL : fresh;
    return r;
}

int xlx_watch(struct xlx *x, uint32_t domid, struct msg *err)
{
    struct watch w = { .x = x, .domid = domid };
    enum next next = WATCH_ON;
    int rc = 0, r;

    libxl_domain_config_init(&w.config);
    watch_reload(&w);
    xlx_ejects_open(&w.ejects, x, domid, &w.config);
    r = watch_rearm(&w);
    while (!r) {
        next = watch_next_event(&w);
        if (next == ENDED)
            break;
        if (next != WATCH_ON) {
            if (w.death)
                libxl_evdisable_domain_death(x->ctx, w.death);
            w.death = NULL;
            xlx_ejects_close(&w.ejects, x);
            rc = watch_start_again(&w, next);
            if (rc) {
                msg_set(err, "the guest could not be started again");
                break;
            }
            xlx_ejects_open(&w.ejects, x, w.domid, &w.config);
        }
        r = watch_rearm(&w);
    }
    if (r) {
        rc = xlx_libxl_errno(r);
        msg_set(err, "the domain can't be watched: %s", xlx_libxl_text(r));
    }
    if (w.death)
        libxl_evdisable_domain_death(x->ctx, w.death);
    xlx_ejects_close(&w.ejects, x);
    libxl_domain_config_dispose(&w.config);
    return rc;
}
