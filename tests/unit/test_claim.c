/* SPDX-License-Identifier: LGPL-2.1-only */
/* Claims, the maintenance mark, and the journal of a run, on a real store. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/move/claim.h"
#include "tools/run/journal.h"
#include "tools/move/maintenance.h"
#include "tools/paths.h"
#include "tools/base/msg.h"

#define UUID "11111111-2222-3333-4444-555555555555"

static char dir[] = "/tmp/test_claim.XXXXXX";
static struct msg err;

static int make_dir(void **state)
{
    return mkdtemp(dir) ? 0 : -1;
}

static int remove_dir(void **state)
{
    static const char *const files[] = { "state.db", "state.db-wal",
                                         "state.db-shm" };
    char path[512];

    for (size_t i = 0; i < 3; i++) {
        snprintf(path, sizeof path, "%s/%s", dir, files[i]);
        unlink(path);
    }
    return rmdir(dir);
}

static struct store *open_it(void)
{
    struct store *s = NULL;

    assert_int_equal(store_open(&s, dir, &err), 0);
    return s;
}

static void test_no_store(void **state)
{
    struct maintenance m;

    /* asking makes none: a host that never was claimed needs no state */
    assert_int_equal(claim_check(dir, UUID, NULL, &err), 0);
    assert_int_equal(maintenance_get(dir, &m, &err), 0);
    assert_int_equal(maintenance_check(dir, &err), 0);
    assert_int_equal(maintenance_clear(dir, NULL, false, &err), 0);
}

static void test_claims(void **state)
{
    struct store *s = open_it();
    struct claim c;

    assert_int_equal(claim_get(s, UUID, &c), -ENOENT);
    assert_int_equal(claim_take(s, UUID, "r1", "admin", &err), 0);
    assert_int_equal(claim_take(s, UUID, "r1", "admin", &err), 0);
    assert_int_equal(claim_take(s, UUID, "r2", "other", &err), -EBUSY);
    assert_non_null(strstr(err.text, "run r1 of admin"));
    assert_int_equal(claim_get(s, UUID, &c), 0);
    assert_string_equal(c.run, "r1");
    assert_string_equal(c.executor, "admin");

    assert_int_equal(claim_check(dir, UUID, NULL, &err), -EBUSY);
    assert_non_null(strstr(err.text, "rackhop cancel r1"));
    assert_non_null(strstr(err.text, "rackhop claim release --force " UUID));
    assert_int_equal(claim_check(dir, UUID, "r1.7.1", &err), 0);
    assert_int_equal(claim_check(dir, UUID, "r1", &err), -EBUSY);
    assert_int_equal(claim_check(dir, UUID, "r10.7.1", &err), -EBUSY);

    assert_int_equal(claim_release(s, UUID, "r2"), 0); /* not his */
    assert_int_equal(claim_get(s, UUID, &c), 0);
    assert_int_equal(claim_release(s, UUID, "r1"), 0);
    assert_int_equal(claim_release(s, UUID, "r1"), 0);
    assert_int_equal(claim_check(dir, UUID, NULL, &err), 0);

    /* what can't be read is somebody's, until it is taken away by force */
    assert_int_equal(store_cas(s, "claim/" UUID, 0, "rubbish", NULL), 0);
    assert_true(claim_check(dir, UUID, NULL, &err) < 0);
    assert_true(claim_take(s, UUID, "r1", "a", &err) < 0);
    assert_int_equal(claim_release(s, UUID, NULL), 0);
    assert_int_equal(claim_check(dir, UUID, NULL, &err), 0);
    store_close(s);
}

static void test_names(void **state)
{
    assert_true(run_name_ok("20261120-120000-abcd"));
    assert_false(run_name_ok(""));
    assert_false(run_name_ok("a.b"));
    assert_false(run_name_ok("a/b"));
    assert_false(run_name_ok("-x"));
    assert_false(run_name_ok("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"));
}

static void test_maintenance(void **state)
{
    struct maintenance m;

    assert_int_equal(maintenance_set(dir, "r1", &err), 0);
    assert_int_equal(maintenance_set(dir, "r2", &err), 0);
    assert_int_equal(maintenance_get(dir, &m, &err), 1);
    assert_string_equal(m.by, "r1");
    assert_int_equal(maintenance_check(dir, &err), -EPERM);
    assert_non_null(strstr(err.text, "rackhop undrain"));
    assert_int_equal(maintenance_clear(dir, NULL, false, &err), 0);
    assert_int_equal(maintenance_clear(dir, NULL, false, &err), 0);
    assert_int_equal(maintenance_check(dir, &err), 0);
}

/* Who asks for what, one after another, and how the mark is then. */
static const struct hold_case {
    enum { SET, HOLD, RELEASE, CLEAR, FORCE } what;
    const char *by; /* NULL: nobody in particular */
    int rc;
    const char *then; /* whose mark it is; NULL: there is none */
    bool held;
} hold_cases[] = {
    { HOLD, "roll-1", -ENOENT, NULL, false }, /* it marks nothing itself */
    { RELEASE, "roll-1", 0, NULL, false },
    { SET, "r1", 0, "r1", false },
    { HOLD, "roll-1", 0, "roll-1", true }, /* of a run that nobody holds */
    { HOLD, "roll-1", 0, "roll-1", true },
    { HOLD, "roll-2", -EPERM, "roll-1", true },
    { HOLD, "roll-10", -EPERM, "roll-1", true },
    { SET, "roll-1", 0, "roll-1", true },
    { SET, "r2", -EPERM, "roll-1", true },
    { RELEASE, "roll-2", -EPERM, "roll-1", true },
    { CLEAR, NULL, -EPERM, "roll-1", true },
    { CLEAR, "roll-2", -EPERM, "roll-1", true },
    { RELEASE, "roll-1", 0, "roll-1", false },
    { SET, "r2", 0, "roll-1", false },
    { HOLD, "roll-2", 0, "roll-2", true },
    { CLEAR, "roll-2", 0, NULL, false },
    { CLEAR, "roll-2", 0, NULL, false },
    { SET, "hand", 0, "hand", false },
    { HOLD, "roll-3", 0, "roll-3", true },
    { FORCE, NULL, 0, NULL, false },
};

static int hold_ask(const struct hold_case *k)
{
    switch (k->what) {
    case SET: return maintenance_set(dir, k->by, &err);
    case HOLD: return maintenance_hold(dir, k->by, "admin", &err);
    case RELEASE: return maintenance_release(dir, k->by, &err);
    case CLEAR: return maintenance_clear(dir, k->by, false, &err);
    case FORCE: return maintenance_clear(dir, k->by, true, &err);
    }
    return -EINVAL;
}

static void test_held(void **state)
{
    for (size_t i = 0; i < sizeof hold_cases / sizeof *hold_cases; i++) {
        const struct hold_case *k = &hold_cases[i];
        struct maintenance m;
        int rc = hold_ask(k), is = maintenance_get(dir, &m, &err);

        if (rc != k->rc || is != (k->then != NULL) ||
            (is && (strcmp(m.by, k->then) || m.held != k->held)))
            fail_msg("case %zu: %d, %s%s", i, rc, is ? m.by : "no mark",
                     is && m.held ? ", held" : "");
        if (is && m.held)
            assert_string_equal(m.executor, "admin");
        if (rc == -EPERM) {
            assert_int_equal(hold_ask(k), -EPERM);
            assert_non_null(strstr(err.text, "roll-1 of admin works on this"));
        }
    }
}

/* --- the journal --------------------------------------------------------------- */

static const char plan_text[] =
    "{\"format\":\"rackhop-plan/1\",\"goal\":{\"kind\":\"drain\",\"hosts\":["
    "\"h1\"]},\"makespan_s\":9,\"makespan_bound_s\":8,\"moves\":["
    "{\"id\":2,\"domain\":\"u2\",\"name\":\"b\",\"from\":\"h1\",\"to\":\"h2\","
    "\"gib\":1,\"hops\":2,\"cost\":3,\"start_s\":5,\"seconds\":4,"
    "\"rate_mbps\":10,\"after\":[1]},"
    "{\"id\":1,\"domain\":\"u1\",\"name\":\"a\",\"from\":\"h2\",\"to\":\"h3\","
    "\"gib\":1,\"hops\":2,\"cost\":3,\"start_s\":0,\"seconds\":4,"
    "\"rate_mbps\":10,\"lanes\":2}],\"stranded\":[],\"infeasible\":null}";

static void a_run(struct run *r, const char *name)
{
    struct plan_doc doc;

    assert_int_equal(
        plan_doc_parse(&doc, "test", plan_text, sizeof plan_text - 1, &err),
        0);
    assert_int_equal(doc.hosts.n, 1);
    assert_string_equal(doc.hosts.s[0], "h1");
    *r = (struct run){ .state = RUN_OPEN };
    snprintf(r->name, sizeof r->name, "%s", name);
    snprintf(r->goal, sizeof r->goal, "drain");
    assert_int_equal(run_add_plan(r, &doc), 0);
    plan_doc_dispose(&doc);
}

static void test_journal(void **state)
{
    struct store *s = open_it();
    char name[80], id[80];
    struct run r, back;

    assert_int_equal(journal_newest(s, true, name, sizeof name), -ENOENT);
    a_run(&r, "1-a");
    /* whoever waits comes behind whom he waits for */
    assert_string_equal(r.move[0].name, "a");
    assert_int_equal(r.move[1].after_n, 1);
    assert_int_equal(r.move[1].after[0], 0);
    assert_int_equal(journal_save(s, &r, &err), 0);
    r.move[0].state = MOVE_STARTED;
    r.move[0].attempt = 1;
    run_move_id(&r, 0, id, sizeof id);
    assert_string_equal(id, "1-a.1.1");
    assert_int_equal(journal_save_move(s, &r, 0, &err), 0);
    r.move[0].state = MOVE_DONE;
    r.move[0].bytes = 5;
    assert_int_equal(journal_save_move(s, &r, 0, &err), 0);

    assert_int_equal(journal_load(s, "1-a", &back, &err), 0);
    assert_int_equal(back.move_n, 2);
    assert_int_equal(back.move[0].state, MOVE_DONE);
    assert_int_equal(back.move[0].lanes, 2);
    assert_int_equal(back.move[1].lanes, 0);
    assert_true(back.move[0].bytes == 5);
    assert_int_equal(back.move[1].state, MOVE_PLANNED);
    /* two writers: the one who knows less is refused */
    assert_int_equal(journal_save_move(s, &back, 0, &err), 0);
    assert_int_equal(journal_save_move(s, &r, 0, &err), -ESTALE);

    assert_int_equal(journal_cancelled(s, "1-a"), CANCEL_NO);
    assert_int_equal(journal_cancel(s, "1-a", CANCEL_STOP), 0);
    assert_int_equal(journal_cancelled(s, "1-a"), CANCEL_STOP);
    assert_int_equal(journal_cancel(s, "1-a", CANCEL_NOW), 0);
    assert_int_equal(journal_cancelled(s, "1-a"), CANCEL_NOW);
    /* what was urgent stays so */
    assert_int_equal(journal_cancel(s, "1-a", CANCEL_STOP), 0);
    assert_int_equal(journal_cancelled(s, "1-a"), CANCEL_NOW);
    run_dispose(&r);

    /* an open run is found before a newer one that has ended */
    a_run(&r, "2-b");
    r.state = RUN_ENDED;
    assert_int_equal(journal_save(s, &r, &err), 0);
    assert_int_equal(journal_newest(s, true, name, sizeof name), 0);
    assert_string_equal(name, "1-a");
    back.state = RUN_ENDED;
    assert_int_equal(journal_save(s, &back, &err), 0);
    assert_int_equal(journal_newest(s, false, name, sizeof name), -ENOENT);
    assert_int_equal(journal_newest(s, true, name, sizeof name), 0);
    assert_string_equal(name, "2-b");
    run_dispose(&back);
    run_dispose(&r);

    assert_int_equal(journal_prune(s, 1), 0);
    assert_int_equal(journal_load(s, "1-a", &back, &err), -ENOENT);
    assert_int_equal(journal_load(s, "2-b", &back, &err), 0);
    run_dispose(&back);
    store_close(s);
}

static void test_lock(void **state)
{
    struct store *s = open_it();
    struct run r;

    a_run(&r, "3-c");
    assert_int_equal(journal_save(s, &r, &err), 0);
    assert_int_equal(journal_lock(s, "x", "3-c", &err), 0);
    assert_int_equal(journal_lock(s, "x", "3-c", &err), 0);
    assert_int_equal(journal_lock(s, "x", "4-d", &err), -EBUSY);
    assert_int_equal(journal_locked(s, "x", &err), -EBUSY);
    assert_non_null(strstr(err.text, "rackhop apply --resume 3-c"));
    assert_int_equal(journal_unlock(s, "x", "4-d"), 0); /* not his */
    assert_int_equal(journal_locked(s, "x", &err), -EBUSY);
    /* a run that has ended, or never was, holds nobody up */
    r.state = RUN_ENDED;
    assert_int_equal(journal_save(s, &r, &err), 0);
    assert_int_equal(journal_lock(s, "x", "4-d", &err), 0);
    assert_int_equal(journal_lock(s, "x", "5-e", &err), 0);
    assert_int_equal(journal_unlock(s, "x", "5-e"), 0);
    assert_int_equal(journal_locked(s, "x", &err), 0);
    run_dispose(&r);
    store_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_store), cmocka_unit_test(test_claims),
        cmocka_unit_test(test_names),    cmocka_unit_test(test_maintenance),
        cmocka_unit_test(test_held),     cmocka_unit_test(test_journal),
        cmocka_unit_test(test_lock),
    };

    return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
