/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The watch over a guest that has arrived: what it does at each event, with a
 * libxl that gives it a list of them.
 */
#include "libxl-ext/xlx_impl.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <xenstore.h>

#include "libxl-ext/receive.h"
#include "tools/log.h"

enum { DOMID = 7, NEW_DOMID = 9 };

static struct {
    const libxl_event *events;
    size_t n, at;
    int insert_rc;
    int cap, new_cap;     /* that Xen has; that it is started anew with */
    const char *cap_note; /* beside the domain */
    char log[512];
} libxl;

__attribute__((format(printf, 1, 2))) static void note(const char *fmt, ...)
{
    size_t len = strlen(libxl.log);
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(libxl.log + len, sizeof libxl.log - len, fmt, ap);
    va_end(ap);
}

/* --- in place of the library's ------------------------------------------------ */

static void add_disk(libxl_device_disk *k, const char *vdev, int removable)
{
    libxl_device_disk_init(k);
    k->vdev = strdup(vdev);
    k->removable = removable;
}

int libxl_retrieve_domain_configuration(libxl_ctx *ctx, uint32_t domid,
                                        libxl_domain_config *c,
                                        const libxl_asyncop_how *how)
{
    c->disks = calloc(3, sizeof *c->disks);
    c->num_disks = 3;
    add_disk(&c->disks[0], "xvda", 0);
    add_disk(&c->disks[1], "hdc", 1);
    add_disk(&c->disks[2], "hdd", 1);
    c->on_reboot = LIBXL_ACTION_ON_SHUTDOWN_RESTART;
    c->b_info.sched_params.cap = libxl.cap;
    return 0;
}

int libxl_evenable_domain_death(libxl_ctx *ctx, uint32_t domid,
                                libxl_ev_user user,
                                libxl_evgen_domain_death **gen)
{
    *gen = (libxl_evgen_domain_death *)1;
    return 0;
}

void libxl_evdisable_domain_death(libxl_ctx *ctx,
                                  libxl_evgen_domain_death *gen)
{
}

int libxl_evenable_disk_eject(libxl_ctx *ctx, uint32_t domid, const char *vdev,
                              libxl_ev_user user, libxl_evgen_disk_eject **gen)
{
    note("%u+%s ", domid, vdev);
    *gen = (libxl_evgen_disk_eject *)1;
    return 0;
}

void libxl_evdisable_disk_eject(libxl_ctx *ctx, libxl_evgen_disk_eject *gen)
{
    note("- ");
}

int libxl_event_wait(libxl_ctx *ctx, libxl_event **ev, uint64_t mask,
                     libxl_event_predicate *p, void *user)
{
    if (libxl.at >= libxl.n)
        return ERROR_FAIL;
    *ev = (libxl_event *)&libxl.events[libxl.at++];
    return 0;
}

void libxl_event_free(libxl_ctx *ctx, libxl_event *ev)
{
}

int libxl_cdrom_insert(libxl_ctx *ctx, uint32_t domid, libxl_device_disk *k,
                       const libxl_asyncop_how *how)
{
    note("%u:empty %s ", domid, k->vdev);
    return libxl.insert_rc;
}

int libxl_domain_destroy(libxl_ctx *ctx, uint32_t domid,
                         const libxl_asyncop_how *how)
{
    note("%u:destroy ", domid);
    return 0;
}

int libxl_domain_create_new(libxl_ctx *ctx, libxl_domain_config *c,
                            uint32_t *domid, const libxl_asyncop_how *how,
                            const libxl_asyncprogress_how *console)
{
    *domid = NEW_DOMID;
    libxl.new_cap = c->b_info.sched_params.cap;
    return 0;
}

int libxl_domain_unpause(libxl_ctx *ctx, uint32_t domid,
                         const libxl_asyncop_how *how)
{
    note("%u:unpause ", domid);
    return 0;
}

void *xs_read(struct xs_handle *h, xs_transaction_t t, const char *path,
              unsigned *len)
{
    if (!libxl.cap_note || strcmp(path, "/local/domain/7/rackhop/cap")) {
        errno = ENOENT;
        return NULL;
    }
    *len = (unsigned)strlen(libxl.cap_note);
    return strdup(libxl.cap_note);
}

/* --- the tests ----------------------------------------------------------------- */

static void watch(const libxl_event *events, size_t n, const char *want)
{
    struct xlx x = { .ctx = (libxl_ctx *)1, .lg = log_new(-1) };
    struct msg err = MSG_NONE;

    libxl.events = events;
    libxl.n = n;
    libxl.at = 0;
    libxl.log[0] = '\0';
    assert_int_equal(xlx_watch(&x, DOMID, &err), 0);
    assert_string_equal(libxl.log, want);
    log_free(x.lg);
}

static libxl_event eject(uint32_t domid)
{
    static char hdc[] = "hdc";
    libxl_event ev = { .type = LIBXL_EVENT_TYPE_DISK_EJECT, .domid = domid };

    libxl_device_disk_init(&ev.u.disk_eject.disk);
    ev.u.disk_eject.disk.vdev = hdc;
    ev.u.disk_eject.disk.format = LIBXL_DISK_FORMAT_EMPTY;
    return ev;
}

static void test_eject(void **state)
{
    libxl_event ev[] = { eject(DOMID), eject(DOMID + 1), eject(DOMID) };

    /* another guest's is not ours to answer */
    watch(ev, 2, "7+hdc 7+hdd 7:empty hdc - - ");
    /* one that fails ends nothing */
    libxl.insert_rc = ERROR_FAIL;
    watch(ev, 3, "7+hdc 7+hdd 7:empty hdc 7:empty hdc - - ");
    libxl.insert_rc = 0;
}

/* A guest that was started anew has other drives to watch. */
static void test_after_reboot(void **state)
{
    libxl_event ev[] = { { .type = LIBXL_EVENT_TYPE_DOMAIN_SHUTDOWN,
                           .domid = DOMID },
                         eject(NEW_DOMID) };

    ev[0].u.domain_shutdown.shutdown_reason = LIBXL_SHUTDOWN_REASON_REBOOT;
    watch(ev, 2,
          "7+hdc 7+hdd 7:destroy - - 9:unpause 9+hdc 9+hdd 9:empty hdc - - ");
}

/* A guest that reboots while a move limits its CPU time comes back without
 * that limit; with one that somebody else has set, it keeps it. */
static void test_reboot_capped(void **state)
{
    static const struct {
        const char *note;
        int cap, new_cap;
    } rows[] = {
        { "50 20 30", 20, 50 }, { "50 20 30", 30, 50 }, { "0 20 0", 20, 0 },
        { "50 20 30", 35, 35 }, { NULL, 20, 20 },       { "x", 20, 20 },
    };
    libxl_event ev[] = { { .type = LIBXL_EVENT_TYPE_DOMAIN_SHUTDOWN,
                           .domid = DOMID } };

    ev[0].u.domain_shutdown.shutdown_reason = LIBXL_SHUTDOWN_REASON_REBOOT;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        libxl.cap_note = rows[i].note;
        libxl.cap = rows[i].cap;
        libxl.new_cap = -1;
        watch(ev, 1, "7+hdc 7+hdd 7:destroy - - 9:unpause 9+hdc 9+hdd - - ");
        assert_int_equal(libxl.new_cap, rows[i].new_cap);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_eject),
        cmocka_unit_test(test_after_reboot),
        cmocka_unit_test(test_reboot_capped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
