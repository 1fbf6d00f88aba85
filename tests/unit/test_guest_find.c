/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Finding the guest that is to be moved, whatever it is called: its
 * configuration is read when what an earlier move left of it is settled, and
 * once more when a hook has run. The linker puts one guest in the place of Xen;
 * store and records are real.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "libxl-ext/cap.h"
#include "libxl-ext/dirty.h"
#include "tests/lib/tmpdir.h"
#include "tools/base/file.h"
#include "tools/boot.h"
#include "tools/config.h"
#include "tools/move/engine_impl.h"

#define UUID  "7c0e1d2a-1111-2222-3333-444455556666"
#define OTHER "7c0e1d2a-1111-2222-3333-000000000000"

enum { DOMID = 7, OWN_CAP = 50, LOWERED = 30 };

static char *dir;

static struct {
    const char *name, *uuid_later; /* uuid_later: after the first look */
    unsigned cap, config_cap;      /* config_cap: as it was read last */
    unsigned configs;
} guest;

int __wrap_xlx_open(struct xlx **x_r, struct xentoollog_logger *lg,
                    struct msg *err);
void __wrap_xlx_close(struct xlx *x);
int __wrap_xlx_host_facts(struct xlx *x, struct xlx_host *h, struct msg *err);
int __wrap_xlx_domain_find(struct xlx *x, const char *which, int flags,
                           struct xlx_domain *d, struct msg *err);
int __wrap_xlx_domain_get(struct xlx *x, uint32_t domid, int flags,
                          struct xlx_domain *d, struct msg *err);
int __wrap_xlx_cap_get(struct xlx *x, uint32_t domid, unsigned *cap_r);
int __wrap_xlx_cap_set(struct xlx *x, uint32_t domid, unsigned cap);
int __wrap_xlx_cap_note(struct xlx *x, uint32_t domid,
                        const struct xlx_cap *c);
int __wrap_xlx_copy_find(struct xlx *x, const char *uuid,
                         bool (*is)(void *arg, const struct xlx_copy *c),
                         void *arg, struct xlx_copy *c);
int __wrap_xlx_guest_stays(struct xlx *x, const struct xlx_stay *h,
                           struct msg *err);
enum xlx_holder __wrap_xlx_held_by(uint32_t domid, const char *name);
int __wrap_xlx_dirty_recover(struct xlx *x, const struct xlx_domain *d,
                             const char *rundir);

int __wrap_xlx_open(struct xlx **x_r, struct xentoollog_logger *lg,
                    struct msg *err)
{
    *x_r = NULL;
    return 0;
}

void __wrap_xlx_close(struct xlx *x)
{
}

int __wrap_xlx_host_facts(struct xlx *x, struct xlx_host *h, struct msg *err)
{
    memset(h, 0, sizeof *h);
    return 0;
}

/* The file "disk" in the folder is what a hook does to the guest. */
static char *guest_config(void)
{
    char path[400];

    snprintf(path, sizeof path, "%s/disk", dir);
    return strdup(access(path, F_OK) ? "{}" : "{\"disks\":[{}]}");
}

int __wrap_xlx_domain_get(struct xlx *x, uint32_t domid, int flags,
                          struct xlx_domain *d, struct msg *err)
{
    *d = (struct xlx_domain){ .domid = domid,
                              .type = XLX_PVH,
                              .name = strdup(guest.name) };
    strcpy(d->uuid, guest.uuid_later ? guest.uuid_later : UUID);
    if (flags & XLX_DOMAIN_CONFIG) {
        d->config_json = guest_config();
        guest.config_cap = guest.cap;
        guest.configs++;
    }
    return 0;
}

int __wrap_xlx_domain_find(struct xlx *x, const char *which, int flags,
                           struct xlx_domain *d, struct msg *err)
{
    const char *later = guest.uuid_later;
    int rc;

    guest.uuid_later = NULL;
    rc = __wrap_xlx_domain_get(x, DOMID, flags, d, err);
    guest.uuid_later = later;
    return rc;
}

int __wrap_xlx_cap_get(struct xlx *x, uint32_t domid, unsigned *cap_r)
{
    *cap_r = guest.cap;
    return 0;
}

int __wrap_xlx_cap_set(struct xlx *x, uint32_t domid, unsigned cap)
{
    guest.cap = cap;
    return 0;
}

int __wrap_xlx_cap_note(struct xlx *x, uint32_t domid, const struct xlx_cap *c)
{
    return 0;
}

int __wrap_xlx_copy_find(struct xlx *x, const char *uuid,
                         bool (*is)(void *arg, const struct xlx_copy *c),
                         void *arg, struct xlx_copy *c)
{
    *c = (struct xlx_copy){ .state = HO_COPY_RUNS, .domid = DOMID };
    strcpy(c->name, guest.name);
    return 0;
}

int __wrap_xlx_guest_stays(struct xlx *x, const struct xlx_stay *h,
                           struct msg *err)
{
    return 0;
}

enum xlx_holder __wrap_xlx_held_by(uint32_t domid, const char *name)
{
    return XLX_HELD_BY_NOBODY;
}

int __wrap_xlx_dirty_recover(struct xlx *x, const struct xlx_domain *d,
                             const char *rundir)
{
    return 0;
}

/* --- cases ------------------------------------------------------------------ */

/* A move of web1 that was killed while the guest was slowed down. */
static void keep_killed(enum ho_state state)
{
    struct record r = { .epoch = 1,
                        .role = HO_SOURCE,
                        .state = state,
                        .domid = DOMID,
                        .capped = true,
                        .cap = { OWN_CAP, { LOWERED, 0 } },
                        .when = 1 };
    struct store *store;
    struct msg err;
    char *text, *old = NULL;
    uint64_t rev = 0;

    strcpy(r.uuid, UUID);
    strcpy(r.id, "hand-1");
    strcpy(r.name, "web1");
    strcpy(r.host, "r2h1");
    assert_int_equal(boot_id(r.boot), 0);
    assert_int_equal(store_open(&store, dir, &err), 0);
    text = record_format(&r);
    assert_non_null(text);
    store_get(store, "handover/" UUID, &old, &rev);
    free(old);
    assert_int_equal(store_cas(store, "handover/" UUID, rev, text, NULL), 0);
    free(text);
    store_close(store);
    guest.cap = LOWERED;
    guest.config_cap = guest.configs = 0;
}

static int find(const char *called, struct msg *err)
{
    struct move_request rq = { .domain = called };
    struct move_events ev = { .failed = NULL };
    struct move m = { .rq = &rq, .ev = &ev, .session.lock = -1 };
    int rc = move_find(&m, err);

    session_end(&m.session, HO_UNDECIDED);
    xlx_domain_dispose(&m.dom);
    return rc;
}

static void cap_is_its_own(void **state)
{
    static const char *const called[] = {
        "web1", "7", "renamed", UUID, "7C0E1D2A-1111-2222-3333-444455556666"
    };
    struct msg err = MSG_NONE;

    for (size_t i = 0; i < sizeof called / sizeof called[0]; i++) {
        keep_killed(HO_PREPARED);
        guest.name = i == 2 ? called[i] : "web1";
        assert_int_equal(find(called[i], &err), 0);
        assert_int_equal(guest.cap, OWN_CAP);
        assert_int_equal(guest.configs, 1);
        assert_int_equal(guest.config_cap, OWN_CAP);
    }
}

/* Between the two looks, another guest got its number. */
static void number_is_anothers(void **state)
{
    struct msg err = MSG_NONE;

    keep_killed(HO_PREPARED);
    guest.name = "web1";
    guest.uuid_later = OTHER;
    assert_int_equal(find("7", &err), -ESRCH);
    assert_non_null(strstr(err.text, "another guest has its number"));
    guest.uuid_later = NULL;
}

/* A move that is asked for again, and whose end was not the end of it. */
static void asked_again(void **state)
{
    struct msg text = MSG_NONE;
    enum ho_state found = HO_NONE;
    struct store *store;
    struct record now;
    struct msg err;

    keep_killed(HO_ABORTED);
    guest.name = "web1";
    assert_int_equal(session_asked_before(NULL, "hand-1", &found, &text), 0);
    assert_int_equal(found, HO_ABORTED);
    assert_non_null(strstr(text.text, "stayed on this host"));
    assert_int_equal(guest.cap, OWN_CAP);
    assert_int_equal(store_open(&store, dir, &err), 0);
    assert_int_equal(records_get(store, UUID, &now, &err), 0);
    assert_true(now.over);
    store_close(store);
    /* what is over is not looked at again */
    guest.cap = LOWERED;
    assert_int_equal(session_asked_before(NULL, "hand-1", &found, &text), 0);
    assert_int_equal(guest.cap, LOWERED);
}

/* --- a hook before the move --------------------------------------------------- */

static bool goes_unchecked(void *arg, const struct move_parties *p,
                           const char *what)
{
    return true;
}

static void put(const char *name, const char *text)
{
    char path[400];

    snprintf(path, sizeof path, "%s/%s", dir, name);
    assert_int_equal(file_replace(path, text, strlen(text)), 0);
    assert_int_equal(chmod(path, 0755), 0);
}

static bool is_there(const char *name)
{
    char path[400];

    snprintf(path, sizeof path, "%s/%s", dir, name);
    return !access(path, F_OK);
}

/* The target host was told of the guest as it was before the hook: what a hook
 * has made of it does not go there. The host stands for a shell's command. */
static void changed_by_hook(void **state)
{
    static const char host[] =
        "echo 'xl migration receiver ready, send binary domain data.'; cat";
    struct config conf;
    struct move_request rq = { .domain = "web1",
                               .host = host,
                               .ssh_command = "",
                               .conf = &conf,
                               .hooks_dir = dir };
    struct move_events ev = { .unchecked = goes_unchecked };
    struct move_result r;
    char script[900];

    config_init(&conf);
    guest.name = "web1";
    snprintf(script, sizeof script, "#!/bin/sh\ntouch '%.400s/disk'\n", dir);
    put("before-move", script);
    snprintf(script, sizeof script,
             "#!/bin/sh\necho $RACKHOP_CODE > '%.400s/after'\n", dir);
    put("after-move", script);
    assert_int_equal(move_run(&rq, &ev, &r), RC_FAILED);
    if (!strstr(r.text.text, "has changed since its move was prepared"))
        fail_msg("%s", r.text.text);
    assert_true(is_there("disk") && is_there("after"));
    config_dispose(&conf);
}

static int setup(void **state)
{
    dir = tmpdir_make("test_guest_find");
    setenv("RACKHOP_STATE_DIR", dir, 1);
    setenv("RACKHOP_RUN_DIR", dir, 1);
    return 0;
}

static int teardown(void **state)
{
    tmpdir_remove(dir);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cap_is_its_own),
        cmocka_unit_test(number_is_anothers),
        cmocka_unit_test(asked_again),
        cmocka_unit_test(changed_by_hook),
    };

    return cmocka_run_group_tests_name("guest_find", tests, setup, teardown);
}
