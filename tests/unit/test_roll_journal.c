/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The record of a roll, there and back and when it is none; its journal in the
 * store; and the window of the day.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sqlite3.h>

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/tmpdir.h"
#include "tools/run/roll_journal.h"
#include "tools/run/roll_window.h"

/* --- the record ------------------------------------------------------------ */

static void roll_of(struct roll *r, const char *name)
{
    *r = (struct roll){
        .work = { .hook = strdup("apt-get -y upgrade && reboot"),
                  .check = strdup("systemctl is-system-running"),
                  .at_admin = true,
                  .reboot = true,
                  .again = true,
                  .hook_s = 3600,
                  .back_s = 1200,
                  .soak_s = 600,
                  .from_min = 60,
                  .to_min = 300 },
        .limits = { .parallel = 2,
                    .canary = 1,
                    .max_away_gib = INFINITY,
                    .home = true,
                    .to_xen = "4.20",
                    .without = "avx512f,rtm",
                    .alpha = 2,
                    .beta = 0.5,
                    .downtime_ms = 300 },
        .wave = 3,
    };
    snprintf(r->name, sizeof r->name, "%s", name);
    snprintf(r->executor, sizeof r->executor, "admin");
    snprintf(r->away_run, sizeof r->away_run, "20260101-000000-0001");
    assert_int_equal(roll_add_host(r, "h1"), 0);
    assert_int_equal(roll_add_host(r, "h\"2"), 0);
}

static void test_record(void **state)
{
    struct roll r, back;
    struct msg err = MSG_NONE;
    char *text;

    roll_of(&r, "roll-a");
    text = roll_format(&r);
    assert_non_null(text);
    assert_int_equal(roll_parse(&back, text, strlen(text), &err), 0);
    assert_string_equal(back.work.hook, r.work.hook);
    assert_string_equal(back.work.check, r.work.check);
    assert_true(back.work.at_admin && back.work.reboot && back.work.again);
    assert_false(back.work.off);
    assert_int_equal(back.work.hook_s, 3600);
    assert_int_equal(back.work.back_s, 1200);
    assert_int_equal(back.work.soak_s, 600);
    assert_int_equal(back.work.from_min, 60);
    assert_int_equal(back.work.to_min, 300);
    assert_int_equal(back.limits.parallel, 2);
    assert_int_equal(back.limits.canary, 1);
    assert_true(isinf(back.limits.max_away_gib));
    assert_true(back.limits.home);
    assert_string_equal(back.limits.to_xen, "4.20");
    assert_string_equal(back.limits.without, "avx512f,rtm");
    assert_true(back.limits.alpha == 2 && back.limits.beta == 0.5);
    assert_int_equal(back.limits.downtime_ms, 300);
    assert_int_equal(back.wave, 3);
    assert_string_equal(back.away_run, r.away_run);
    assert_int_equal(back.host_n, 2);
    assert_string_equal(back.host[1].name, "h\"2");
    assert_int_equal(back.host[1].step, ROLL_PLANNED);
    free(text);
    roll_record_dispose(&r);
    roll_record_dispose(&back);
}

static void test_host_record(void **state)
{
    struct roll_host h = { .name = strdup("h1"),
                           .step = ROLL_FAILED,
                           .failed_at = ROLL_SOAK,
                           .wave = 2,
                           .canary = true,
                           .turned = true,
                           .since = 12345,
                           .facts = strdup("{\"node\":\"h1\"}"),
                           .watched = true,
                           .why = "no answer" };
    const struct guest_look look = {
        .uuid = "00000000-0000-0000-0000-000000000001",
        .name = "web1",
        .steal = 0.5,
        .dirty_mib_s = 2,
        .tx_bytes_s = -1,
        .tx_bytes = -1,
    };
    struct roll_host back = { .name = strdup("h1") };
    struct msg err = MSG_NONE;
    char *text;

    assert_int_equal(strlist_add(&h.guests, "u1"), 0);
    h.before.look = malloc(sizeof look);
    assert_non_null(h.before.look);
    *h.before.look = look;
    h.before.n = 1;
    text = roll_host_format(&h);
    assert_int_equal(roll_host_parse(&back, text, strlen(text), &err), 0);
    assert_false(back.more || back.watched || back.facts);
    free(text);
    text = roll_host_more_format(&h);
    assert_int_equal(roll_host_more_parse(&back, text, strlen(text), &err), 0);
    assert_string_equal(back.name, "h1");
    assert_int_equal(back.step, ROLL_FAILED);
    assert_int_equal(back.failed_at, ROLL_SOAK);
    assert_int_equal(back.wave, 2);
    assert_true(back.canary && back.turned && back.watched);
    assert_true(back.since == 12345);
    assert_string_equal(back.facts, h.facts);
    assert_int_equal(back.guests.n, 1);
    assert_string_equal(back.why, "no answer");
    assert_int_equal(back.before.n, 1);
    assert_true(back.before.look->steal == 0.5);
    free(text);
    {
        struct roll_host both[] = { h, back };
        struct roll r = { .host = malloc(sizeof both), .host_n = 2 };

        memcpy(r.host, both, sizeof both);
        roll_record_dispose(&r);
    }
}

/* What cannot be a roll is none: nothing is done by it. */
static const char *const no_rolls[] = {
    "",
    "{}",
    "{\"format\":\"rackhop-run/1\",\"roll\":\"roll-a\",\"hosts\":[\"h1\"]}",
    "{\"format\":\"rackhop-roll-record/1\",\"hosts\":[\"h1\"]}",
    "{\"format\":\"rackhop-roll-record/1\",\"roll\":\"roll-a\"}",
    "{\"format\":\"rackhop-roll-record/1\",\"roll\":\"roll-a\",\"hosts\":[]}",
    "{\"format\":\"rackhop-roll-record/1\",\"roll\":\"roll-a\",\"hosts\":[1]}",
    "{\"format\":\"rackhop-roll-record/1\",\"roll\":\"roll-a\","
    "\"hosts\":[\"\"]}",
};
static const char *const no_hosts[] = {
    "",
    "{}",
    "{\"step\":\"asleep\"}",
    "{\"step\":7}",
    "{\"step\":\"failed\"}",
    "{\"step\":\"failed\",\"failed_at\":\"never\"}",
    "{\"step\":\"soak\",\"guests\":[1]}",
    "{\"step\":\"soak\",\"before\":[{\"uuid\":\"x\"}]}",
};

static void test_refused(void **state)
{
    struct roll_host h = { .name = strdup("h1"), .step = ROLL_HOOK };
    struct roll r;

    for (size_t i = 0; i < sizeof no_rolls / sizeof *no_rolls; i++) {
        struct msg err = MSG_NONE;

        if (roll_parse(&r, no_rolls[i], strlen(no_rolls[i]), &err) >= 0)
            fail_msg("a roll: %s", no_rolls[i]);
        assert_int_not_equal(*err.text, '\0');
        assert_null(r.host);
    }
    for (size_t i = 0; i < sizeof no_hosts / sizeof *no_hosts; i++) {
        struct msg err = MSG_NONE;

        if (roll_host_parse(&h, no_hosts[i], strlen(no_hosts[i]), &err) >= 0)
            fail_msg("a host: %s", no_hosts[i]);
        assert_int_not_equal(*err.text, '\0');
        assert_true(roll_host_more_parse(&h, no_hosts[i], strlen(no_hosts[i]),
                                         &err) < 0 ||
                    !strstr(no_hosts[i], "soak"));
        assert_int_equal(h.step, ROLL_HOOK); /* as it was */
        assert_string_equal(h.name, "h1");
    }
    free(h.name);
}

/* --- the journal ----------------------------------------------------------- */

static void put(struct store *s, const char *name, bool ended)
{
    struct msg err;
    struct roll r;

    roll_of(&r, name);
    r.ended = ended;
    assert_int_equal(roll_save(s, &r, &err), 0);
    roll_record_dispose(&r);
}

static void test_kept(void **state)
{
    struct store *s;
    struct roll r, back;
    struct msg err;

    assert_int_equal(store_open_mem(&s), 0);
    roll_of(&r, "roll-a");
    assert_int_equal(roll_save(s, &r, &err), 0);
    r.host[1].step = ROLL_HOOK;
    r.host[1].wave = 4;
    assert_int_equal(roll_save_host(s, &r, 1, &err), 0);
    r.wave = 4;
    assert_int_equal(roll_save(s, &r, &err), 0);
    assert_int_equal(roll_load(s, "roll-a", &back, &err), 0);
    assert_int_equal(back.wave, 4);
    assert_int_equal(back.host[0].step, ROLL_PLANNED);
    assert_int_equal(back.host[1].step, ROLL_HOOK);
    /* who read it can write on; then the first is refused */
    assert_int_equal(roll_save(s, &back, &err), 0);
    assert_int_equal(roll_save_host(s, &back, 1, &err), 0);
    assert_int_not_equal(roll_save(s, &r, &err), 0);
    assert_int_not_equal(roll_save_host(s, &r, 1, &err), 0);
    roll_record_dispose(&back);
    roll_record_dispose(&r);
    assert_int_equal(roll_load(s, "roll-b", &back, &err), -ENOENT);
    /* a host under way in a wave that is over would never be reached */
    r = (struct roll){ .ended = false };
    assert_int_equal(roll_load(s, "roll-a", &r, &err), 0);
    r.wave = 5;
    assert_int_equal(roll_save(s, &r, &err), 0);
    roll_record_dispose(&r);
    assert_int_equal(roll_load(s, "roll-a", &back, &err), -EINVAL);
    store_close(s);
}

/* What a roll goes on with stands apart from how far it is, and is written once;
 * a roll of 0.6.0 has it in the one record, and gets the other. */
static void test_parts(void **state)
{
    static const char old[] =
        "{\"step\":\"back\",\"wave\":3,\"facts\":\"{}\",\"guests\":[\"u1\"]}";
    struct store *s;
    struct roll r, back;
    struct msg err;
    uint64_t rev;
    char *text;

    assert_int_equal(store_open_mem(&s), 0);
    roll_of(&r, "roll-a");
    assert_int_equal(roll_save(s, &r, &err), 0);
    r.host[0].step = ROLL_HOOK;
    r.host[0].wave = 3;
    r.host[0].facts = strdup("{\"boot\":1}");
    r.host[0].more = true;
    assert_int_equal(roll_save_host(s, &r, 0, &err), 0);
    assert_int_equal(store_get(s, "roll/roll-a/f/000001", &text, &rev), 0);
    free(text);
    r.host[0].step = ROLL_BACK;
    assert_int_equal(roll_save_host(s, &r, 0, &err), 0);
    assert_true(r.host[0].more_rev == rev); /* not again */
    assert_int_equal(store_cas(s, "roll/roll-a/h/000002", 0, old, NULL), 0);
    roll_record_dispose(&r);

    assert_int_equal(roll_load_steps(s, "roll-a", &back, &err), 0);
    assert_int_equal(back.host[0].step, ROLL_BACK);
    assert_null(back.host[0].facts);
    roll_record_dispose(&back);
    assert_int_equal(roll_load(s, "roll-a", &back, &err), 0);
    assert_string_equal(back.host[0].facts, "{\"boot\":1}");
    assert_false(back.host[0].more);
    assert_string_equal(back.host[1].facts, "{}");
    back.host[1].step = ROLL_CHECK;
    assert_int_equal(roll_save_host(s, &back, 1, &err), 0);
    roll_record_dispose(&back);
    assert_int_equal(roll_load(s, "roll-a", &back, &err), 0);
    assert_int_equal(back.host[1].step, ROLL_CHECK);
    assert_string_equal(back.host[1].facts, "{}");
    assert_int_equal(back.host[1].guests.n, 1);
    roll_record_dispose(&back);
    store_close(s);
}

static void test_newest(void **state)
{
    struct store *s;
    char name[64];

    assert_int_equal(store_open_mem(&s), 0);
    assert_int_equal(roll_newest(s, true, name, sizeof name), -ENOENT);
    put(s, "roll-1", true);
    put(s, "roll-3", true);
    assert_int_equal(roll_newest(s, false, name, sizeof name), -ENOENT);
    assert_int_equal(roll_newest(s, true, name, sizeof name), 0);
    assert_string_equal(name, "roll-3");
    put(s, "roll-2", false);
    assert_int_equal(roll_newest(s, true, name, sizeof name), 0);
    assert_string_equal(name, "roll-2");
    assert_int_equal(roll_prune(s, 1), 0);
    {
        struct store_entry *list;
        unsigned n;

        assert_int_equal(store_list(s, "roll/", &list, &n), 0);
        assert_int_equal(n, 2); /* the open one and the newest ended one */
        assert_string_equal(list[0].key, "roll/roll-2");
        assert_string_equal(list[1].key, "roll/roll-3");
        store_list_free(list, n);
    }
    /* a host that was left behind may still be held by the first */
    assert_true(roll_has_ended(s, "roll-1"));
    assert_true(roll_has_ended(s, "roll-3"));
    assert_false(roll_has_ended(s, "roll-2"));
    assert_false(roll_has_ended(s, "roll-4"));
    assert_true(roll_is_unknown(s, "roll-4"));
    assert_false(roll_is_unknown(s, "roll-1"));
    assert_int_equal(roll_prune(s, 0), 0);
    assert_true(roll_has_ended(s, "roll-3"));
    assert_false(roll_has_ended(s, "roll-2"));
    store_close(s);
}

static void test_lock(void **state)
{
    struct store *s;
    struct msg err = MSG_NONE;

    assert_int_equal(store_open_mem(&s), 0);
    put(s, "roll-1", false);
    put(s, "roll-2", false);
    assert_int_equal(roll_lock(s, "roll-1", &err), 0);
    assert_int_equal(roll_lock(s, "roll-1", &err), 0);
    assert_int_equal(roll_lock(s, "roll-2", &err), -EBUSY);
    assert_non_null(strstr(err.text, "roll-1"));
    roll_unlock(s, "roll-2"); /* which does not have it */
    assert_int_equal(roll_lock(s, "roll-2", &err), -EBUSY);
    roll_unlock(s, "roll-1");
    assert_int_equal(roll_lock(s, "roll-2", &err), 0);
    /* of one whose record is gone it is free */
    assert_int_equal(roll_lock(s, "roll-1", &err), -EBUSY);
    roll_unlock(s, "roll-2");
    assert_int_equal(roll_lock(s, "roll-none", &err), 0);
    assert_int_equal(roll_lock(s, "roll-1", &err), 0);
    store_close(s);
}

/* A roll whose record can't be read may be open: it keeps the lock, and is
 * neither ended nor unknown. */
static void test_lock_unread(void **state)
{
    static const char spoil[] =
        "UPDATE entry SET value = 'x' WHERE key = 'roll/roll-1'";
    char *dir = tmpdir_make("roll"), file[512];
    struct store *s;
    sqlite3 *db;
    struct msg err = MSG_NONE;

    assert_int_equal(store_open(&s, dir, &err), 0);
    put(s, "roll-1", false);
    put(s, "roll-2", false);
    assert_int_equal(roll_lock(s, "roll-1", &err), 0);
    snprintf(file, sizeof file, "%s/state.db", dir);
    assert_int_equal(sqlite3_open(file, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, spoil, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
    assert_int_equal(roll_lock(s, "roll-2", &err), -EIO);
    assert_non_null(strstr(err.text, "roll roll-1 has the lock"));
    assert_false(roll_has_ended(s, "roll-1"));
    assert_false(roll_is_unknown(s, "roll-1"));
    store_close(s);
    tmpdir_remove(dir);
}

static void test_cancel(void **state)
{
    struct store *s;

    assert_int_equal(store_open_mem(&s), 0);
    assert_int_equal(roll_cancelled(s, "roll-1"), CANCEL_NO);
    assert_int_equal(roll_cancel(s, "roll-1", CANCEL_STOP), 0);
    assert_int_equal(roll_cancelled(s, "roll-1"), CANCEL_STOP);
    assert_int_equal(roll_cancel(s, "roll-1", CANCEL_NOW), 0);
    assert_int_equal(roll_cancelled(s, "roll-1"), CANCEL_NOW);
    assert_int_equal(roll_cancel(s, "roll-1", CANCEL_STOP), 0);
    assert_int_equal(roll_cancelled(s, "roll-1"), CANCEL_NOW);
    assert_int_equal(roll_cancelled(s, "roll-2"), CANCEL_NO);
    store_close(s);
}

static void test_name(void **state)
{
    assert_true(roll_name_ok("roll-20260101-000000-0001"));
    assert_false(roll_name_ok("20260101-000000-0001"));
    assert_false(roll_name_ok("roll-a/b"));
    assert_false(roll_name_ok(""));
}

/* --- the window ------------------------------------------------------------ */

static const struct {
    const char *text;
    int from, to; /* -1: it is none */
} windows[] = {
    { "01:00-05:00", 60, 300 }, { "22:30-04:00", 1350, 240 },
    { "00:00-23:59", 0, 1439 }, { "01:00-01:00", -1, -1 },
    { "1:00-05:00", -1, -1 },   { "01:00-24:00", -1, -1 },
    { "01:60-05:00", -1, -1 },  { "01:00", -1, -1 },
    { "01:00-05:00 ", -1, -1 }, { "01-00:05:00", -1, -1 },
    { "aa:bb-cc:dd", -1, -1 },  { "", -1, -1 },
    { "+1:00-05:00", -1, -1 },  { "01:00_05:00", -1, -1 },
};

static void test_window_text(void **state)
{
    for (size_t i = 0; i < sizeof windows / sizeof *windows; i++) {
        int from = -1, to = -1;
        bool ok = roll_window_parse(windows[i].text, &from, &to);

        if (ok != (windows[i].from >= 0) || from != windows[i].from ||
            to != windows[i].to)
            fail_msg("%s: %d %d", windows[i].text, from, to);
    }
}

static void test_window_has(void **state)
{
    assert_true(roll_window_has(-1, -1, 0));
    assert_true(roll_window_has(60, 300, 60));
    assert_true(roll_window_has(60, 300, 299));
    assert_false(roll_window_has(60, 300, 300));
    assert_false(roll_window_has(60, 300, 59));
    assert_true(roll_window_has(1350, 240, 1350));
    assert_true(roll_window_has(1350, 240, 0));
    assert_true(roll_window_has(1350, 240, 239));
    assert_false(roll_window_has(1350, 240, 240));
    assert_false(roll_window_has(1350, 240, 1349));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_record),      cmocka_unit_test(test_host_record),
        cmocka_unit_test(test_refused),     cmocka_unit_test(test_kept),
        cmocka_unit_test(test_parts),       cmocka_unit_test(test_newest),
        cmocka_unit_test(test_lock),        cmocka_unit_test(test_lock_unread),
        cmocka_unit_test(test_cancel),      cmocka_unit_test(test_name),
        cmocka_unit_test(test_window_text), cmocka_unit_test(test_window_has),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
