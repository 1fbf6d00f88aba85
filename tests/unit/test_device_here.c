/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The change of a guest's devices as its source host does it: ssh, ip and
 * libxl are small fakes that keep what they did in a directory, and each of
 * their calls fails in turn. Whatever fails, the guest has a device that works,
 * or the record is open and recover gives it one.
 */
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

#include "libxl-ext/device.h"
#include "tests/lib/tmpdir.h"
#include "tools/boot.h"
#include "tools/move/device_ask.h"
#include "tools/move/device_here.h"
#include "tools/move/records.h"
#include "tools/move/vf.h"

#define UUID "7c0e1d2a-1111-2222-3333-444455556666"

static char *dir;
static struct store *store;

/* The target host: a claim, what was released, and whether the guest is there
 * are files. fail has the verb that is to fail next. */
static const char ssh_text[] =
    "cd ${0%/*}\n"
    "set -- ${2##*rackhop device }\n"
    "echo \"$1\" >> said\n"
    "[ ! -e silent ] || exit 255\n"
    "if [ \"$1\" = \"$(cat fail 2> /dev/null)\" ]; then\n"
    "    rm fail; echo 'no way' >&2; exit 1\n"
    "fi\n"
    "case $1 in\n"
    "free) [ $# -gt 4 ] || exit 1 ;;\n"
    "reserve) [ ! -e released ] && touch claim || exit 1 ;;\n"
    "setup) [ -e claim ] || { [ -e there ] && exit 1; echo gone; exit; } ;;\n"
    "give) [ -e claim ] || exit 1\n"
    "    [ -e there ] || { echo gone; exit; }; touch given ;;\n"
    "up) [ -e claim ] && touch up-there || exit 1 ;;\n"
    "release) [ ! -e given ] || exit 1; rm -f claim; touch released ;;\n"
    "esac\n"
    "echo done\n";
/* The link of the VF is a file as well. */
static const char ip_text[] =
    "#!/bin/sh\n"
    "cd ${0%/*}/..\n"
    "echo \"ip $*\" >> said\n"
    "case $*,$(cat fail 2> /dev/null) in\n"
    "*disable,down | *auto,up) rm fail; echo 'no way' >&2; exit 2 ;;\n"
    "*disable,*) touch down ;;\n"
    "*auto,*) rm -f down ;;\n"
    "esac\n";

static void put(const char *name, const char *text)
{
    char path[300];
    FILE *f;

    snprintf(path, sizeof path, "%s/%s", dir, name);
    f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static bool is_there(const char *name)
{
    char path[300];

    snprintf(path, sizeof path, "%s/%s", dir, name);
    return !access(path, F_OK);
}

static void take_away(const char *name)
{
    char path[300];

    snprintf(path, sizeof path, "%s/%s", dir, name);
    unlink(path);
}

/* --- this host --------------------------------------------------------------- */

static struct {
    bool has, here;    /* the guest has its device, and runs */
    const char *fails; /* the next call of that name */
    long long sent;
    bool bonds; /* it goes over when its link is down, or its card gone */
    bool card;  /* it has one, and no VF */
    /* of another network it has no VF; one without a vif; one whose vif is in
     * no bond; or one with a bond as well */
    enum { NONE, LONE, UNBONDED, BONDED } second;
    bool cancelled; /* while it is waited for */
    unsigned moved, violations;
} w;
static volatile sig_atomic_t cancels;

static bool failing(const char *what)
{
    bool yes = w.fails && !strcmp(w.fails, what);

    if (yes)
        w.fails = NULL;
    return yes;
}

int __wrap_xlx_domain_find(struct xlx *x, const char *which, int flags,
                           struct xlx_domain *d, struct msg *err);
int __wrap_xlx_domain_find(struct xlx *x, const char *which, int flags,
                           struct xlx_domain *d, struct msg *err)
{
    *d = (struct xlx_domain){ .domid = 7 };
    assert_string_equal(which, UUID);
    return w.here ? 0 : -3; /* -ESRCH */
}

int __wrap_xlx_device_has(struct xlx *x, uint32_t domid,
                          const struct xlx_device *d, struct msg *err);
int __wrap_xlx_device_has(struct xlx *x, uint32_t domid,
                          const struct xlx_device *d, struct msg *err)
{
    return failing("look") ? -5 : w.has;
}

int __wrap_xlx_device_take(struct xlx *x, uint32_t domid,
                           const struct xlx_device *d, struct msg *err);
int __wrap_xlx_device_take(struct xlx *x, uint32_t domid,
                           const struct xlx_device *d, struct msg *err)
{
    w.violations += w.card == is_there("down"); /* it still uses it */
    if (failing("take"))
        return -5;
    w.has = false;
    return 0;
}

int __wrap_xlx_device_give(struct xlx *x, uint32_t domid,
                           const struct xlx_device *d, struct msg *err);
int __wrap_xlx_device_give(struct xlx *x, uint32_t domid,
                           const struct xlx_device *d, struct msg *err)
{
    if (!w.second)
        assert_string_equal(d->pci, "0000:03:10.0");
    if (failing("put"))
        return -5;
    w.has = true;
    return 0;
}

uint64_t __wrap_xlx_device_vifs_of(struct xlx *x, uint32_t domid,
                                   const char *mac);
uint64_t __wrap_xlx_device_vifs_of(struct xlx *x, uint32_t domid,
                                   const char *mac)
{
    if (!strcmp(mac, "00:16:3e:5e:6c:02"))
        return w.second == LONE ? 0 : 8;
    assert_string_equal(mac, "00:16:3e:5e:6c:01");
    return 5;
}

long long __wrap_vif_sent(const char *sys, unsigned domid, uint64_t of);
long long __wrap_vif_sent(const char *sys, unsigned domid, uint64_t of)
{
    if (of == 8) {
        cancels += w.cancelled && is_there("down");
        return w.second == BONDED ? w.sent : 0;
    }
    if (!of)
        return -1;
    assert_int_equal(of, 5);
    if (w.bonds && (w.card ? !w.has : is_there("down")))
        w.sent++;
    cancels += w.cancelled && !w.has;
    return w.sent;
}

/* As the handover leaves it. */
static void settle(enum ho_state end)
{
    struct records m = { .store = store };
    struct ho h = { .role = HO_SOURCE, .state = HO_NONE, .next = HO_PREPARED };

    m.mine = (struct record){ .epoch = 1 + w.moved, .role = HO_SOURCE };
    strcpy(m.mine.uuid, UUID);
    strcpy(m.mine.id, "m");
    strcpy(m.mine.host, "h2");
    if (end != HO_ABORTED) { /* which ends what was in doubt */
        records_store(&m, &h, UUID, "web1", 7);
        h.state = HO_PREPARED;
        h.next = HO_GO;
        records_store(&m, &h, UUID, "web1", 7);
    }
    h.state = HO_GO;
    h.next = end;
    if (end != HO_GO)
        assert_int_equal(records_store(&m, &h, UUID, "web1", 7), HO_STORED);
}

static enum dm_input migrates(void *arg)
{
    w.violations += w.has;
    w.moved++;
    if (failing("migrate"))
        return DM_FAILED;
    if (failing("doubt")) {
        settle(HO_GO);
        return DM_OPEN;
    }
    w.here = false;
    put("there", "");
    settle(HO_DONE);
    return DM_OK;
}

static int setup(void **state)
{
    char path[300];

    dir = tmpdir_make("device-here");
    snprintf(path, sizeof path, "%s/bin", dir);
    (void)mkdir(path, 0755);
    put("ssh", ssh_text);
    put("bin/ip", ip_text);
    snprintf(path, sizeof path, "%s/bin/ip", dir);
    (void)chmod(path, 0755);
    snprintf(path, sizeof path, "%s/bin:/usr/bin:/bin", dir);
    setenv("PATH", path, 1);
    setenv("RACKHOP_RUN_DIR", dir, 1);
    memset(&w, 0, sizeof w);
    w.has = w.here = w.bonds = true;
    return store_open_mem(&store);
}

static int teardown(void **state)
{
    store_close(store);
    tmpdir_remove(dir);
    return 0;
}

static enum dm_verdict begin(struct msg *err)
{
    struct device_here h = { .store = store,
                             .migrate = migrates,
                             .cancels = &cancels };
    struct device_item *d = &h.rec.list.item[h.rec.list.n++];

    strcpy(h.rec.uuid, UUID);
    strcpy(h.rec.name, "web1");
    strcpy(h.rec.host, "h2");
    snprintf(h.rec.ssh, sizeof h.rec.ssh, "sh %s/ssh", dir);
    strcpy(d->class, "net25g");
    strcpy(d->pci, "0000:03:10.0");
    strcpy(d->port, w.card ? "" : "ens1f0");
    strcpy(d->mac, "00:16:3e:5e:6c:01");
    if (w.second) {
        h.rec.list.item[h.rec.list.n++] = *d++;
        strcpy(d->pci, "0000:03:10.1");
        strcpy(d->mac, "00:16:3e:5e:6c:02");
        d->vf = 1;
    }
    return device_begin(&h, err);
}

static enum dm_state on_record(void)
{
    struct device_record r;
    struct msg err;

    assert_int_equal(device_record_get(store, UUID, &r, &err), 0);
    return r.state;
}

static bool works(void)
{
    return w.here ? w.has && !is_there("down")
                  : is_there("given") && is_there("up-there");
}

/* --- the tests --------------------------------------------------------------- */

static void all_is_well(void **state)
{
    struct msg err = MSG_NONE;

    assert_int_equal(begin(&err), DM_AT_TARGET);
    assert_string_equal(err.text, "");
    assert_int_equal(on_record(), DM_DONE);
    assert_true(works() && !w.here && !w.violations);
    assert_int_equal(device_recover(NULL, store, UUID, false, &err),
                     DM_UNDECIDED);
}

/* Each call fails once; then recover is run. */
static void each_fails(void **state)
{
    static const struct {
        const char *local, *other; /* which call */
        enum dm_verdict first;
        bool moved;
        const char *text;
    } rows[] = {
        { NULL, "reserve", DM_AT_SOURCE, false,
          "web1: can't reserve a device for it on the target host: h2: no "
          "way; it stays, and has its own device" },
        { NULL, "setup", DM_AT_SOURCE, false, "can't give its MAC address" },
        { NULL, "down", DM_AT_SOURCE, false,
          "can't take the link of its device down: `ip link set dev 'ens1f0' "
          "vf 0 state disable` failed: no way" },
        { "take", NULL, DM_AT_SOURCE, false, "can't take its device" },
        { "look", NULL, DM_AT_SOURCE, false,
          "can't see that it does without" },
        { "migrate", NULL, DM_AT_SOURCE, false, "can't migrate it" },
        { "doubt", NULL, DM_DOUBT, false,
          "its move is in doubt; `rackhop recover web1` goes on" },
        { NULL, "give", DM_WITHOUT, true,
          "can't give it the target host's device: h2: no way; it has no "
          "device that works; `rackhop recover web1` goes on" },
        { NULL, "up", DM_WITHOUT, true, "can't bring up the link" },
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct msg err = MSG_NONE;

        w.fails = rows[i].local;
        if (rows[i].other)
            put("fail", rows[i].other);
        assert_int_equal(begin(&err), rows[i].first);
        if (!strstr(err.text, rows[i].text))
            fail_msg("%s", err.text);
        assert_int_equal(!w.here, rows[i].moved);
        assert_int_equal(dm_closed(on_record()),
                         rows[i].first == DM_AT_SOURCE);
        if (rows[i].first == DM_DOUBT) {
            assert_int_equal(device_recover(NULL, store, UUID, false, &err),
                             DM_DOUBT);
            settle(HO_ABORTED);
        }
        device_recover(NULL, store, UUID, false, &err);
        assert_true(works());
        assert_true(dm_closed(on_record()));
        assert_true(w.here == !is_there("claim"));
        assert_int_equal(w.violations, 0);
        teardown(state);
        setup(state);
    }
}

/* What is on record is true at each moment: a process that is killed before any
 * of its calls leaves what recover ends. */
static void killed_at_each_state(void **state)
{
    static const struct {
        enum dm_state at;
        bool has, here, down, claim, other_boot;
        enum dm_verdict end;
    } rows[] = {
        { DM_RESERVING, true, true, false, true, false, DM_AT_SOURCE },
        { DM_TAKING, true, true, true, true, false, DM_AT_SOURCE },
        { DM_TAKING, false, true, true, true, false, DM_AT_SOURCE },
        { DM_MOVING, false, true, true, true, false, DM_AT_SOURCE },
        { DM_MOVING, false, false, true, true, false, DM_AT_TARGET },
        { DM_ARRIVED, false, false, true, true, false, DM_AT_TARGET },
        { DM_BACK, false, true, true, true, false, DM_AT_SOURCE },
        /* the host was down: its guests are gone, and a claim is left */
        { DM_TAKING, false, false, false, true, true, DM_GONE },
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct device_record r = { .state = rows[i].at };
        struct msg err = MSG_NONE;

        assert_int_equal(begin(&err), DM_AT_TARGET); /* for its record */
        assert_int_equal(device_record_get(store, UUID, &r, &err), 0);
        take_away("given");
        take_away("up-there");
        take_away("there");
        take_away("claim");
        take_away("down");
        w.has = rows[i].has;
        w.here = rows[i].here;
        if (rows[i].down)
            put("down", "");
        if (rows[i].claim)
            put("claim", "");
        if (rows[i].end == DM_AT_TARGET)
            put("there", "");
        if (rows[i].other_boot)
            strcpy(r.boot, "another");
        r.state = rows[i].at;
        assert_int_equal(device_record_put(store, &r, &err), 0);
        assert_int_equal(device_recover(NULL, store, UUID, false, &err),
                         rows[i].end);
        assert_true(dm_closed(on_record()));
        if (rows[i].end != DM_GONE)
            assert_true(works());
        if (rows[i].end != DM_AT_TARGET)
            assert_false(is_there("claim"));
        teardown(state);
        setup(state);
    }
}

/* A target host that is lost for good answers no more: an administrator says
 * so. One that answers is not lost, whatever he says. */
static void lost_target(void **state)
{
    static const struct {
        enum dm_state at;
        bool silent, lost, here;
        enum dm_verdict end;
        bool closed;
        const char *told; /* what is to be done there */
    } rows[] = {
        { DM_BACK, true, false, true, DM_LEFT, false, NULL },
        { DM_BACK, true, true, true, DM_AT_SOURCE, true, "release" },
        { DM_BACK, false, true, true, DM_AT_SOURCE, true, NULL },
        { DM_RESERVING, true, true, true, DM_AT_SOURCE, true, "release" },
        { DM_TAKING, true, true, true, DM_AT_SOURCE, true, "release" },
        { DM_MOVING, true, true, true, DM_AT_SOURCE, true, "release" },
        { DM_TAKING, true, true, false, DM_GONE, true, "release" },
        { DM_ARRIVED, true, false, false, DM_WITHOUT, false, NULL },
        /* nobody knows: it may be the network that is lost */
        { DM_MOVING, true, true, false, DM_GIVEN_UP, true, "finish" },
        { DM_ARRIVED, true, true, false, DM_GIVEN_UP, true, "finish" },
        { DM_ARRIVED, false, true, false, DM_AT_TARGET, true, NULL },
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct device_record r;
        char command[200];
        struct msg err = MSG_NONE;

        assert_int_equal(begin(&err), DM_AT_TARGET); /* for its record */
        assert_int_equal(device_record_get(store, UUID, &r, &err), 0);
        take_away("given");
        take_away("down");
        take_away("up-there");
        w.here = w.has = rows[i].here;
        if (rows[i].silent)
            put("silent", "");
        r.state = rows[i].at;
        assert_int_equal(device_record_put(store, &r, &err), 0);
        assert_int_equal(device_recover(NULL, store, UUID, rows[i].lost, &err),
                         rows[i].end);
        assert_int_equal(dm_closed(on_record()), rows[i].closed);
        if (!rows[i].closed)
            assert_non_null(strstr(err.text, "with --lost if"));
        assert_int_equal(strstr(err.text, "come back") != NULL,
                         rows[i].told != NULL);
        if (rows[i].told) {
            snprintf(command, sizeof command,
                     "`rackhop device %s %s %s` there", rows[i].told, UUID,
                     r.move);
            assert_non_null(strstr(err.text, command));
        }
        assert_int_equal(strstr(err.text, "does not run any more") != NULL,
                         rows[i].end == DM_GONE);
        if (rows[i].here)
            assert_true(works());
        teardown(state);
        setup(state);
    }
}

/* What a host that answers does not let go is not given up. */
static void lost_but_answers(void **state)
{
    struct device_record r;
    struct msg err = MSG_NONE;

    assert_int_equal(begin(&err), DM_AT_TARGET);
    assert_int_equal(device_record_get(store, UUID, &r, &err), 0);
    w.here = w.has = true; /* and it has given it one */
    r.state = DM_BACK;
    assert_int_equal(device_record_put(store, &r, &err), 0);
    assert_int_equal(device_recover(NULL, store, UUID, true, &err), DM_LEFT);
    assert_false(dm_closed(on_record()));
}

/* A guest without a vif keeps its device. */
static void no_vif(void **state)
{
    struct msg err = MSG_NONE;

    w.bonds = false;
    w.sent = -1; /* it has no vif at all: told at once */
    assert_int_equal(begin(&err), DM_AT_SOURCE);
    assert_non_null(strstr(err.text, "no virtual interface with the MAC"));
    assert_true(works() && w.here);
}

/* Of a guest with VFs of two networks both are kept, unless it goes over in both:
 * packets of one network tell nothing of the other. */
static void two_networks(void **state)
{
    struct msg err = MSG_NONE;

    w.second = BONDED;
    assert_int_equal(begin(&err), DM_AT_TARGET);
    teardown(state);
    setup(state);
    w.second = LONE;
    assert_int_equal(begin(&err), DM_AT_SOURCE);
    assert_non_null(
        strstr(err.text, "address of its device (00:16:3e:5e:6c:02)"));
    assert_true(works() && w.here);
    teardown(state);
    setup(state);
    w.second = UNBONDED;
    w.cancelled = true; /* which ends the wait */
    assert_int_equal(begin(&err), DM_AT_SOURCE);
    assert_non_null(strstr(err.text, "cancelled"));
    assert_true(works() && w.here && !w.moved);
}

/* A dry run asks, and nothing is kept. */
static void asked_what_is_free(void **state)
{
    struct device_record r = { .list = { .n = 1 } };
    struct msg why = MSG_NONE;

    strcpy(r.uuid, UUID);
    strcpy(r.move, "hand-1");
    strcpy(r.host, "h2");
    snprintf(r.ssh, sizeof r.ssh, "sh %s/ssh", dir);
    strcpy(r.list.item[0].class, "nic");
    strcpy(r.list.item[0].pci, "0000:00:10.0");
    strcpy(r.list.item[0].mac, "00:16:3e:5e:6c:01");
    assert_int_equal(device_ask(&r, "free", NULL, &why), DM_OK);
    assert_false(is_there("claim"));
    put("fail", "free");
    assert_int_equal(device_ask(&r, "free", NULL, &why), DM_FAILED);
    assert_string_equal(why.text, "h2: no way");
}

/* A whole card is taken as it is, for domain 0 has not its link: whether the
 * guest does without it shows once it has gone, before it moves. */
static void whole_card(void **state)
{
    struct msg err = MSG_NONE;

    w.card = true;
    assert_int_equal(begin(&err), DM_AT_TARGET);
    assert_string_equal(err.text, "");
    assert_true(is_there("given") && !w.violations);
    assert_int_equal(w.moved, 1);
    teardown(state);
    setup(state);
    w.card = true;
    put("fail", "give");
    assert_int_equal(begin(&err), DM_WITHOUT);
    assert_int_equal(device_recover(NULL, store, UUID, false, &err),
                     DM_AT_TARGET);
    assert_true(is_there("given"));
    teardown(state);
    setup(state);
    w.card = true;
    w.fails = "migrate";
    assert_int_equal(begin(&err), DM_AT_SOURCE);
    assert_true(w.has && w.here && !is_there("claim"));
}

/* A guest that has no bond gets its card again, and is not moved. Nobody waits
 * for half a minute: it is cancelled meanwhile. */
static void card_without_bond(void **state)
{
    struct msg err = MSG_NONE;

    w.card = true;
    w.bonds = false;
    w.cancelled = true;
    assert_int_equal(begin(&err), DM_AT_SOURCE);
    assert_non_null(strstr(err.text, "can't see that it does without its "
                                     "device: cancelled; it stays"));
    assert_true(w.has && w.here && !is_there("claim"));
    assert_int_equal(w.moved, 0);
}

int main(void)
{
#define CASE(test_) cmocka_unit_test_setup_teardown(test_, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(all_is_well),          CASE(each_fails),
        CASE(killed_at_each_state), CASE(no_vif),
        CASE(asked_what_is_free),   CASE(whole_card),
        CASE(card_without_bond),    CASE(two_networks),
        CASE(lost_target),          CASE(lost_but_answers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
