/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The engine of a move as far as it goes without Xen: what a caller learns when
 * this host has none, and when the move was asked for before.
 */
#include "tools/move/engine.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/lib/tmpdir.h"
#include "tools/log.h"
#include "tools/move/device_here.h"
#include "tools/move/engine_impl.h"
#include "tools/move/receive.h"
#include "tools/move/records.h"

#define UUID "7c0e1d2a-1111-2222-3333-444455556666"

static char *dir;
static volatile sig_atomic_t cancels;
static unsigned hold_s;

/* What the engine told. */
static struct told {
    unsigned already, failed, others;
    enum ho_state state;
    char text[800];
} told;

static void on_already(void *arg, enum ho_state state, const char *text)
{
    told.already++;
    told.state = state;
    snprintf(told.text, sizeof told.text, "%s", text);
}

static void on_failed(void *arg, const char *text)
{
    told.failed++;
    snprintf(told.text, sizeof told.text, "%s", text);
}

static void on_found(void *arg, const struct move_parties *p)
{
    told.others++;
}

static bool on_unchecked(void *arg, const struct move_parties *p,
                         const char *what)
{
    told.others++;
    return false;
}

static enum exit_code run(const char *id, struct move_result *r)
{
    static const struct move_events events = {
        .already = on_already,
        .found = on_found,
        .unchecked = on_unchecked,
        .failed = on_failed,
    };
    struct xentoollog_logger *lg = log_new(-1);
    struct move_request rq = {
        .domain = "web1",
        .host = "h2",
        .id = id,
        .hold_s = hold_s,
        .ssh_command = "ssh",
        .log = lg,
        .helper = "/nonexistent",
        .cancels = &cancels,
    };
    enum exit_code rc;

    memset(&told, 0, sizeof told);
    rc = move_run(&rq, &events, r);
    assert_int_equal(rc, r->code);
    log_free(lg);
    return rc;
}

/* A move that this host made before, in the store. */
static void keep_record(uint64_t epoch, const char *id, enum ho_state state)
{
    struct records m = { .mine = { .epoch = epoch, .role = HO_SOURCE } };
    struct ho h = { .role = HO_SOURCE, .state = HO_NONE, .next = HO_PREPARED };
    struct msg err;

    assert_int_equal(store_open(&m.store, dir, &err), 0);
    strcpy(m.mine.uuid, UUID);
    strcpy(m.mine.id, id);
    strcpy(m.mine.name, "web1");
    strcpy(m.mine.host, "h2");
    assert_int_equal(records_store(&m, &h, UUID, NULL, 0), HO_STORED);
    if (state == HO_DONE) {
        h.state = HO_PREPARED;
        h.next = HO_GO;
        assert_int_equal(records_store(&m, &h, UUID, NULL, 0), HO_STORED);
        h.state = HO_GO;
    } else {
        h.state = HO_PREPARED;
    }
    h.next = state;
    assert_int_equal(records_store(&m, &h, UUID, NULL, 0), HO_STORED);
    records_over(&m, state == HO_DONE ? HO_RUNS_THERE : HO_RUNS_HERE);
    store_close(m.store);
}

static void without_xen(void **state)
{
    struct move_result r;

    assert_int_equal(run(NULL, &r), RC_FAILED);
    assert_true(r.not_here);
    assert_true(*r.text.text);
    /* the caller may have a better idea than to show it */
    assert_int_equal(told.failed + told.already + told.others, 0);
    /* a new id is a new move */
    assert_int_equal(run("run.1.1", &r), RC_FAILED);
    assert_true(r.not_here);
    /* a move that could not even be prepared has no result: it can be asked
     * for once more by its id */
    hold_s = 9;
    assert_int_equal(run(NULL, &r), RC_UNSTARTED);
    hold_s = 0;
}

static void moved_before(void **state)
{
    struct move_result r;

    keep_record(1, "run.2.1", HO_DONE);
    assert_int_equal(run("run.2.1", &r), RC_OK);
    assert_int_equal(told.already, 1);
    assert_int_equal(told.state, HO_DONE);
    assert_non_null(strstr(told.text, "web1 was moved to h2"));
    assert_string_equal(r.text.text, "");
    assert_false(r.not_here);
    assert_int_equal(told.failed + told.others, 0);
}

static void stayed_before(void **state)
{
    struct move_result r;

    keep_record(2, "run.3.1", HO_ABORTED);
    assert_int_equal(run("run.3.1", &r), RC_FAILED);
    assert_int_equal(told.already, 1);
    assert_int_equal(told.state, HO_ABORTED);
    assert_string_equal(r.text.text, told.text);
}

/* No store, no answer: the move may be on record, and past GO. */
static void record_unreadable(void **state)
{
    struct move_result r;

    setenv("RACKHOP_STATE_DIR", "/dev/null/none", 1);
    assert_int_equal(run("run.2.1", &r), RC_DOUBT);
    setenv("RACKHOP_STATE_DIR", dir, 1);
    assert_int_equal(told.failed, 1);
    assert_non_null(strstr(told.text, "whether this move was made before"));
    assert_string_equal(r.text.text, told.text);
}

static void receives_nothing(void **state)
{
    struct xentoollog_logger *lg = log_new(-1);
    struct receive_request rq = { .in = -1,
                                  .out = -1,
                                  .log = lg,
                                  .helper = "/nonexistent",
                                  .cancels = &cancels };
    struct receive_result r;

    assert_int_equal(receive_run(&rq, &r), RC_FAILED);
    assert_false(r.arrived);
    assert_true(*r.text.text);
    /* a rackhop that asks hears it from the missing banner */
    rq.greet = true;
    assert_int_equal(receive_run(&rq, &r), RC_FAILED);
    assert_string_equal(r.text.text, "");
    log_free(lg);
}

static void on_said(void *arg, const char *text)
{
    told.others++;
    snprintf(told.text, sizeof told.text, "%s", text);
}

/* After the report: "@rackhop" lines are the sender's, a shell's are nobody's. */
static void last_words(void **state)
{
    struct child p;

    memset(&told, 0, sizeof told);
    assert_int_equal(ssh_start(&p, "cat; echo '@rackhop ack 1' >&2; echo "
                                   "rackhop: receive: not watched >&2; echo "
                                   "bye >&2"),
                     0);
    move_last_words(&p, on_said, NULL);
    assert_int_equal(told.others, 1);
    assert_string_equal(told.text, "rackhop: receive: not watched");
    child_end(&p, 1000);
    /* one that has gone is not waited for, though its pipe stays open */
    assert_int_equal(ssh_start(&p, "sleep 20 & echo rackhop: x >&2"), 0);
    move_last_words(&p, on_said, NULL);
    assert_int_equal(told.others, 2);
    child_end(&p, 0);
}

/* What is no start is refused before anything is looked at. */
static void held_and_told_nonsense(void **state)
{
    struct move m = { .rq = NULL };
    struct xlx_send s = { .rate = 7 };
    struct msg err = MSG_NONE;

    assert_int_equal(move_hold_start(&m, &s, "start 1e9", &err), -EPROTO);
    assert_int_equal(s.rate, 7);
    assert_true(*err.text);
}

/* A guest that has moved, and ended before it was given its device. */
enum dm_verdict __wrap_device_begin(struct device_here *h, struct msg *err);
enum dm_verdict __wrap_device_begin(struct device_here *h, struct msg *err)
{
    assert_string_equal(h->rec.name, "web1");
    msg_set(err, "web1: it does not run any more");
    return DM_GONE;
}

static void on_complaint(void *arg, const char *host, const char *text)
{
    assert_string_equal(host, "h2");
    on_said(arg, text);
}

static void gone_where_it_arrived(void **state)
{
    static const struct move_events ev = { .complaint = on_complaint };
    static struct move m;
    struct move_request rq = { .domain = "web1", .ssh_command = "ssh" };
    struct move_result r = { .code = RC_OK };
    char name[] = "web1";

    memset(&told, 0, sizeof told);
    m = (struct move){ .rq = &rq, .ev = &ev, .result = &r, .host = "h2" };
    m.address = "10.0.0.2";
    m.dom.name = name;
    move_with_devices(&m);
    assert_int_equal(r.code, RC_OK);
    assert_int_equal(told.others, 1);
    assert_string_equal(told.text, "web1: it does not run any more");
}

/* Which way is left, by the settings of both hosts and what the target host
 * offers: NULL: ssh, as it always was. */
static void lanes_ruled(void **state)
{
    static const struct {
        const char *pki, *wire;
        bool no_wire, offer, offer_pki, only;
        const char *no_lanes, *why;
    } rows[] = {
        { "off", "auto", false, false, false, false, "", NULL },
        { "on", "off", false, true, true, false, "", NULL },
        { "on", "auto", false, true, false, false, "", NULL },
        { "off", "auto", false, true, true, false, "", NULL },
        { "off", "auto", false, true, true, true, "",
          "h2 takes lanes by certificates alone: see wire_pki in "
          "rackhop.conf, which is \"off\" on this host; ssh is ruled out by "
          "wire_pki = \"require\" of h2" },
        { "off", "auto", true, true, true, true, "",
          "the guest was to go over ssh; ssh is ruled out by wire_pki = "
          "\"require\" of h2" },
        { "require", "auto", true, true, true, false, "",
          "the guest was to go over ssh; ssh is ruled out by wire_pki = "
          "\"require\" of this host" },
        { "require", "auto", false, true, false, false, "",
          "h2 takes lanes without certificates, which this host's wire_pki "
          "rules out: set it on h2 too; ssh is ruled out by wire_pki = "
          "\"require\" of this host" },
        { "require", "auto", false, false, false, false, "it has no port",
          "h2 takes no lanes: it has no port; ssh is ruled out by wire_pki = "
          "\"require\" of this host" },
        { "require", "auto", false, false, false, false, "",
          "h2 takes no lanes; ssh is ruled out by wire_pki = \"require\" of "
          "this host" },
        { "require", "auto", false, true, true, false, "",
          "this host can't read /nonexistent/cacert.pem: No such file or "
          "directory; ssh is ruled out by wire_pki = \"require\" of this "
          "host" },
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        static struct move m;
        struct config c;
        struct move_request rq = { .conf = &c, .no_wire = rows[i].no_wire };
        struct msg err = MSG_NONE;

        config_init(&c);
        strcpy(c.wire = realloc(c.wire, 8), rows[i].wire);
        strcpy(c.wire_pki = realloc(c.wire_pki, 8), rows[i].pki);
        c.wire_pki_dir = strdup("/nonexistent");
        m = (struct move){ .rq = &rq,
                           .host = "h2",
                           .address = "root@10.0.0.2",
                           .carrier = XLX_CARRIER_NONE,
                           .target = { .records = true, .wire = 1 } };
        m.target.lanes = (struct word_lanes){ .version = rows[i].offer,
                                              .port = 9,
                                              .address = "127.0.0.1",
                                              .pki = rows[i].offer_pki,
                                              .only = rows[i].only };
        strcpy(m.target.no_lanes, rows[i].no_lanes);
        if (move_lanes_begin(&m, &err) != (rows[i].why ? -EPERM : 0))
            fail_msg("row %zu: %s", i, err.text);
        assert_string_equal(err.text, rows[i].why ? rows[i].why : "");
        assert_true(m.carrier.pid < 0);
        config_dispose(&c);
    }
}

static int setup(void **state)
{
    dir = tmpdir_make("test_engine");
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
        cmocka_unit_test(without_xen),
        cmocka_unit_test(moved_before),
        cmocka_unit_test(stayed_before),
        cmocka_unit_test(record_unreadable),
        cmocka_unit_test(receives_nothing),
        cmocka_unit_test(last_words),
        cmocka_unit_test(held_and_told_nonsense),
        cmocka_unit_test(gone_where_it_arrived),
        cmocka_unit_test(lanes_ruled),
    };

    return cmocka_run_group_tests_name("engine", tests, setup, teardown);
}
