/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Handover records: what is written is read back, what is hostile is refused,
 * and the store's compare-and-swap lets one of many have its way.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/tmpdir.h"
#include "libxl-ext/wire/words.h"
#include "tools/move/records.h"
#include "tools/base/msg.h"

#define UUID "7c0e1d2a-1111-2222-3333-444455556666"

static struct store *store;

static int open_store(void **state)
{
    return store_open_mem(&store);
}

static int close_store(void **state)
{
    store_close(store);
    return 0;
}

static struct records a_move(uint64_t epoch, enum ho_role role, const char *id)
{
    struct records m = { .store = store };

    strcpy(m.mine.uuid, UUID);
    m.mine.epoch = epoch;
    m.mine.role = role;
    strcpy(m.mine.id, id);
    strcpy(m.mine.name, "web1");
    strcpy(m.mine.host, "r2h1");
    strcpy(m.mine.ssh, "ssh");
    m.mine.domid = 7;
    return m;
}

static enum ho_input put(struct records *m, enum ho_state from,
                         enum ho_state next)
{
    struct ho h = { .role = m->mine.role, .state = from, .next = next };

    return records_store(m, &h, UUID, "web1", 0);
}

static void now(struct record *r)
{
    struct msg err;

    assert_int_equal(records_get(store, UUID, r, &err), 0);
}

static void written_and_read(void **state)
{
    struct records m = a_move(3, HO_SOURCE, "run-1.2.1");
    struct record r;
    bool lost;

    now(&r);
    assert_int_equal(r.epoch, 0);
    assert_int_equal(put(&m, HO_NONE, HO_PREPARED), HO_STORED);
    assert_int_equal(put(&m, HO_PREPARED, HO_GO), HO_STORED);
    now(&r);
    assert_int_equal(r.epoch, 3);
    assert_int_equal(r.state, HO_GO);
    assert_int_equal(r.role, HO_SOURCE);
    assert_int_equal(r.domid, 7);
    assert_string_equal(r.id, "run-1.2.1");
    assert_string_equal(r.host, "r2h1");
    assert_true(*r.boot);
    assert_int_equal(put(&m, HO_GO, HO_DONE), HO_STORED);
    /* the next epoch remembers how it ended */
    m = a_move(5, HO_TARGET, "x");
    assert_int_equal(put(&m, HO_NONE, HO_RECEIVING), HO_STORED);
    now(&r);
    assert_int_equal(records_past(&r, 3, &lost), HO_DONE);
    assert_int_equal(records_past(&r, 4, &lost), HO_NONE);
    assert_int_equal(records_past(&r, 5, &lost), HO_RECEIVING);
}

/* A source host has made an epoch up. Its move is cut off, and the guest comes
 * again in an honest one, whose epoch goes on where the honest ones were. */
static void made_up(void **state)
{
    const uint64_t most = RECORDS_EPOCH_MOST;
    struct records old = a_move(7, HO_TARGET, "old"),
                   bad = a_move(999999999999998, HO_TARGET, "bad"),
                   late = a_move(7, HO_TARGET, "late"),
                   next = a_move(8, HO_TARGET, "next"),
                   edge = a_move(most - 1, HO_TARGET, "edge");
    struct record r;
    bool lost;

    assert_int_equal(put(&old, HO_NONE, HO_RECEIVING), HO_STORED);
    assert_int_equal(put(&old, HO_RECEIVING, HO_ABORTED), HO_STORED);
    assert_int_equal(put(&bad, HO_NONE, HO_RECEIVING), HO_STORED);
    now(&r);
    assert_true(records_last_epoch(&r) == bad.mine.epoch);
    /* while it is open it owns the guest */
    assert_int_equal(put(&next, HO_NONE, HO_RECEIVING), HO_FENCED_NEWER);
    assert_int_equal(put(&bad, HO_RECEIVING, HO_ABORTED), HO_STORED);
    now(&r);
    assert_int_equal(records_last_epoch(&r), 7);
    assert_int_equal(put(&late, HO_NONE, HO_RECEIVING), HO_FENCED_ABORTED);
    assert_int_equal(put(&next, HO_NONE, HO_RECEIVING), HO_STORED);
    assert_int_equal(put(&bad, HO_RECEIVING, HO_READY), HO_FENCED_NEWER);
    assert_int_equal(put(&next, HO_RECEIVING, HO_ABORTED), HO_STORED);
    now(&r);
    assert_int_equal(r.epoch, 8);
    assert_int_equal(records_past(&r, bad.mine.epoch, &lost), HO_ABORTED);
    /* one that can just be believed leaves room for the next */
    assert_int_equal(put(&edge, HO_NONE, HO_RECEIVING), HO_STORED);
    assert_int_equal(put(&edge, HO_RECEIVING, HO_ABORTED), HO_STORED);
    now(&r);
    next = a_move(records_last_epoch(&r) + 1, HO_TARGET, "then");
    assert_true(next.mine.epoch == most);
    assert_int_equal(put(&next, HO_NONE, HO_RECEIVING), HO_STORED);
    assert_int_equal(put(&next, HO_RECEIVING, HO_ABORTED), HO_STORED);
    now(&r);
    assert_int_equal(records_last_epoch(&r), 8);
    next = a_move(9, HO_TARGET, "last");
    assert_int_equal(put(&next, HO_NONE, HO_RECEIVING), HO_STORED);
}

/* Recovery names the guest by what it has read. */
static void names_itself(void **state)
{
    struct records m = a_move(1, HO_SOURCE, "a");
    struct ho h = { .role = HO_SOURCE, .next = HO_PREPARED };

    assert_int_equal(records_store(&m, &h, m.mine.uuid, NULL, 0), HO_STORED);
    assert_string_equal(m.mine.uuid, UUID);
}

static void fenced(void **state)
{
    struct records a = a_move(1, HO_SOURCE, "a"),
                   b = a_move(1, HO_SOURCE, "b");
    struct records c = a_move(2, HO_SOURCE, "c");
    struct record r;

    assert_int_equal(put(&a, HO_NONE, HO_PREPARED), HO_STORED);
    /* another move of the guest while one is open */
    assert_int_equal(put(&b, HO_NONE, HO_PREPARED), HO_FENCED_NEWER);
    assert_int_equal(put(&c, HO_NONE, HO_PREPARED), HO_FENCED_NEWER);
    /* settled by somebody else: the sender that slept finds out */
    assert_int_equal(put(&a, HO_PREPARED, HO_ABORTED), HO_STORED);
    assert_int_equal(put(&a, HO_PREPARED, HO_GO), HO_FENCED_ABORTED);
    /* and epochs only grow */
    assert_int_equal(put(&c, HO_NONE, HO_PREPARED), HO_STORED);
    assert_int_equal(put(&a, HO_PREPARED, HO_GO), HO_FENCED_NEWER);
    assert_true(strstr(records_why(&a), "epoch 2"));
    now(&r);
    assert_int_equal(r.epoch, 2);
    assert_int_equal(r.state, HO_PREPARED);
}

/* 10,000 requests for the same move: one of them has an effect. */
static void repeated(void **state)
{
    unsigned begun = 0, done = 0;
    struct record r;

    for (int i = 0; i < 10000; i++) {
        struct records m = a_move(1, HO_TARGET, "same");

        if (put(&m, HO_NONE, HO_RECEIVING) != HO_STORED)
            continue;
        begun++;
        assert_int_equal(put(&m, HO_RECEIVING, HO_READY), HO_STORED);
        if (put(&m, HO_READY, HO_ACCEPTED) == HO_STORED)
            done++;
        assert_int_equal(put(&m, HO_ACCEPTED, HO_DONE), HO_STORED);
    }
    assert_int_equal(begun, 1);
    assert_int_equal(done, 1);
    now(&r);
    assert_int_equal(r.state, HO_DONE);
}

static void found_by_id(void **state)
{
    struct records m = a_move(1, HO_SOURCE, "run-9.1.1");
    struct record r;

    assert_int_equal(records_find_id(store, "run-9.1.1", &r), -ENOENT);
    assert_int_equal(put(&m, HO_NONE, HO_PREPARED), HO_STORED);
    assert_int_equal(records_find_id(store, "run-9.1.1", &r), 0);
    assert_int_equal(r.state, HO_PREPARED);
    assert_int_equal(records_find_id(store, "run-9.1.2", &r), -ENOENT);
    assert_int_equal(put(&m, HO_PREPARED, HO_GO), HO_STORED);
    assert_int_equal(put(&m, HO_GO, HO_DONE), HO_STORED);
    /* it came back since, and the move is asked for again: it was made */
    m = a_move(2, HO_TARGET, "back");
    assert_int_equal(put(&m, HO_NONE, HO_RECEIVING), HO_STORED);
    assert_int_equal(records_find_id(store, "run-9.1.1", &r), 0);
    assert_int_equal(r.state, HO_DONE);
    assert_int_equal(records_find_id(store, "back", &r), -ENOENT);
}

/* What began in another boot stays of that one, however often it is written. */
static void its_boot(void **state)
{
    struct records m = a_move(1, HO_SOURCE, "a");
    char key[64] = "handover/" UUID, *text;
    struct record r;
    uint64_t rev;

    assert_int_equal(put(&m, HO_NONE, HO_PREPARED), HO_STORED);
    now(&r);
    strcpy(r.boot, "an-earlier-one");
    assert_int_equal(store_get(store, key, &text, &rev), 0);
    free(text);
    text = record_format(&r);
    assert_non_null(text);
    assert_int_equal(store_cas(store, key, rev, text, NULL), 0);
    free(text);
    assert_int_equal(put(&m, HO_PREPARED, HO_ABORTED), HO_STORED);
    now(&r);
    assert_int_equal(r.state, HO_ABORTED);
    assert_string_equal(r.boot, "an-earlier-one");
}

static int cap(struct records *m, unsigned own, unsigned set, unsigned before)
{
    return records_capped(m, &(struct xlx_cap){ .own = own, { set, before } });
}

/* What is to be put back is in each state from then on, and in no later move. */
static void capped(void **state)
{
    struct records m = a_move(2, HO_SOURCE, "a"), far;
    struct record r;

    assert_true(cap(&m, 40, 30, 0)); /* nothing is prepared yet */
    assert_int_equal(put(&m, HO_NONE, HO_PREPARED), HO_STORED);
    now(&r);
    assert_false(r.capped);
    assert_true(cap(&m, RECORD_CAP + 1, 30, 0));
    assert_int_equal(cap(&m, 40, 30, 0), 0);
    now(&r);
    assert_true(r.capped && r.cap.own == 40 && r.state == HO_PREPARED);
    assert_true(r.cap.set[0] == 30 && !r.cap.set[1]);
    assert_int_equal(cap(&m, 40, 20, 30), 0);
    assert_int_equal(put(&m, HO_PREPARED, HO_GO), HO_STORED);
    now(&r);
    assert_true(r.capped && r.cap.own == 40);
    assert_true(cap(&m, 1, 1, 0)); /* too late */
    assert_int_equal(put(&m, HO_GO, HO_ABORTED), HO_STORED);
    now(&r);
    assert_true(r.capped && r.cap.own == 40);
    assert_true(r.cap.set[0] == 20 && r.cap.set[1] == 30);
    far = a_move(3, HO_SOURCE, "b");
    assert_int_equal(put(&far, HO_NONE, HO_PREPARED), HO_STORED);
    now(&r);
    assert_false(r.capped);
    assert_true(cap(&m, 1, 1, 0)); /* of the move before */
    assert_int_equal(cap(&far, 0, 30, 0), 0);
    now(&r);
    assert_true(r.capped && !r.cap.own);
}

/* A move that another one followed is over, whatever the newer one is. */
static void earlier_is_over(void **state)
{
    struct records m = a_move(1, HO_SOURCE, "a");
    struct record r;

    assert_int_equal(put(&m, HO_NONE, HO_PREPARED), HO_STORED);
    assert_int_equal(put(&m, HO_PREPARED, HO_ABORTED), HO_STORED);
    assert_int_equal(records_find_id(store, "a", &r), 0);
    assert_false(r.over);
    m = a_move(2, HO_SOURCE, "b");
    assert_int_equal(put(&m, HO_NONE, HO_PREPARED), HO_STORED);
    assert_int_equal(records_find_id(store, "a", &r), 0);
    assert_true(r.over && r.state == HO_ABORTED);
    assert_int_equal(records_find_id(store, "b", &r), 0);
    assert_false(r.over);
}

static void over(void **state)
{
    struct records m = a_move(1, HO_SOURCE, "a");
    struct record r;

    assert_int_equal(put(&m, HO_NONE, HO_PREPARED), HO_STORED);
    records_over(&m, HO_RUNS_HERE); /* an open one never is */
    now(&r);
    assert_false(r.over);
    assert_int_equal(put(&m, HO_PREPARED, HO_ABORTED), HO_STORED);
    records_over(&m, HO_DOUBT);
    now(&r);
    assert_false(r.over);
    records_over(&m, HO_RUNS_HERE);
    now(&r);
    assert_true(r.over);
    assert_int_equal(r.state, HO_ABORTED);
}

/* Where the guest was seen is noted on the record that was looked at, and is
 * gone with the next move. */
static void taken(void **state)
{
    struct records m = a_move(1, HO_TARGET, "a"), next;
    struct record old, r;

    assert_int_equal(put(&m, HO_NONE, HO_RECEIVING), HO_STORED);
    now(&old);
    records_taken(store, &old, "b"); /* an open one tells nothing */
    now(&r);
    assert_false(r.taken);
    assert_int_equal(put(&m, HO_RECEIVING, HO_ABORTED), HO_STORED);
    records_taken(store, &old, "b");
    now(&old);
    assert_true(old.taken);
    assert_int_equal(old.state, HO_ABORTED);
    next = a_move(2, HO_TARGET, "b");
    assert_int_equal(put(&next, HO_NONE, HO_RECEIVING), HO_STORED);
    assert_int_equal(put(&next, HO_RECEIVING, HO_ABORTED), HO_STORED);
    now(&r);
    assert_false(r.taken);
    records_taken(store, &old, "b"); /* of a move before */
    now(&r);
    assert_false(r.taken);
}

static void damaged(void **state)
{
    static const char *const texts[] = {
        "",
        "{}",
        "[]",
        "{\"format\":\"rackhop-handover/2\"}",
        "{\"format\":\"rackhop-handover/1\"}",
        "{\"format\":\"rackhop-handover/1\",\"epoch\":0,\"role\":\"source\","
        "\"state\":\"go\"}",
        "{\"format\":\"rackhop-handover/1\",\"epoch\":1,\"role\":\"king\","
        "\"state\":\"go\"}",
        "{\"format\":\"rackhop-handover/1\",\"epoch\":1,\"role\":\"source\","
        "\"state\":\"gone\"}",
        "{\"format\":\"rackhop-handover/1\",\"epoch\":1,\"role\":\"source\","
        "\"state\":\"go\",\"domid\":70000}",
        "{\"format\":\"rackhop-handover/1\",\"epoch\":1,\"role\":\"source\","
        "\"state\":\"go\",\"name\":\"a\\u0000b\"}",
        "{\"format\":\"rackhop-handover/1\",\"epoch\":1,\"role\":\"source\","
        "\"state\":\"go\",\"past\":[{}]}",
    };
    struct records m = a_move(1, HO_SOURCE, "a");
    struct record r;
    struct msg err;
    uint64_t rev = 0;

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if (!record_parse(&r, "it", texts[i], &err))
            fail_msg("taken: %s", texts[i]);
    /* what can't be read is not written over */
    assert_int_equal(store_cas(store, "handover/" UUID, 0, "nonsense", &rev),
                     0);
    assert_int_equal(put(&m, HO_NONE, HO_PREPARED), HO_UNSTORED);
    assert_true(strstr(records_why(&m), "handover/" UUID));
}

static void lines(void **state)
{
    static const char *const bad[] = {
        "",
        "@move",
        "@move " UUID " 0 id host",
        "@move " UUID " -1 id host",
        "@move " UUID " 1 id",
        "@move " UUID " 1 id host more",
        "@move " UUID " 1 i/d host",
        "@move " UUID " 1 id ho\033st",
        "@move " UUID "x 1 id host",
        "@move ../../../../../../etc/passwd-aaaaaaaa 1 id host",
        "@move 7c0e1d2a_1111-2222-3333-444455556666 1 id host",
        "@move " UUID " 99999999999999999999 id host",
    };
    struct records m = a_move(12, HO_SOURCE, "run.1.2");
    struct record r = { .epoch = 0 };
    char line[256];

    move_line_format(&m.mine, "r1h1", line, sizeof line);
    assert_string_equal(line, "@move " UUID " 12 run.1.2 r1h1\n");
    line[strlen(line) - 1] = '\0';
    assert_int_equal(move_line_parse(line, &r), 0);
    assert_int_equal(r.epoch, 12);
    assert_string_equal(r.uuid, UUID);
    assert_string_equal(r.host, "r1h1");
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (move_line_parse(bad[i], &r) != -EINVAL)
            fail_msg("taken: %s", bad[i]);
}

static void answers(void **state)
{
    static const enum ho_input in[] = { HO_ANS_RUNS,    HO_ANS_REFUSED,
                                        HO_ANS_LOST,    HO_ANS_OPEN,
                                        HO_ANS_UNKNOWN, HO_ANS_NONE };
    char line[WORD_LINE];

    for (size_t i = 0; i < sizeof in / sizeof in[0]; i++) {
        word_settled_format(UUID, 7, in[i], line);
        assert_int_equal(word_settled_parse(line, UUID, 7), in[i]);
        /* an answer to another question is none */
        assert_int_equal(word_settled_parse(line, UUID, 8), HO_ANS_NONE);
    }
    assert_int_equal(
        word_settled_parse("@settled " UUID " 7 refused", UUID, 7),
        HO_ANS_NONE);
    assert_int_equal(word_settled_parse("", UUID, 7), HO_ANS_NONE);
    /* what a login shell prints is not the answer, and does not hide it */
    assert_int_equal(
        word_settled_parse("welcome\n@settled " UUID " 7 runs\n", UUID, 7),
        HO_ANS_RUNS);
    assert_int_equal(
        word_settled_parse("not @settled " UUID " 7 runs\n", UUID, 7),
        HO_ANS_NONE);
}

/* The far end is whatever the ssh command says it is. */
static void asks(void **state)
{
    struct records m = a_move(7, HO_SOURCE, "a");
    char *dir, path[200];
    FILE *f;

    strcpy(m.mine.ssh, "printf '%s\\n' '@settled " UUID " 7 refused' #");
    assert_int_equal(records_ask(&m, 0), HO_ANS_REFUSED);
    strcpy(m.mine.ssh, "printf '%s\\n' '@settled " UUID " 6 refused' #");
    assert_int_equal(records_ask(&m, 0), HO_ANS_NONE);
    strcpy(m.mine.ssh, "echo no route to host >&2; false");
    assert_int_equal(records_ask(&m, 0), HO_ANS_NONE);
    assert_true(strstr(records_why(&m), "no route to host"));
    /* one that is about to start it is asked again, until it has */
    dir = tmpdir_make("asks");
    assert_non_null(dir);
    snprintf(path, sizeof path, "%s/ssh", dir);
    f = fopen(path, "w");
    assert_non_null(f);
    fputs("A=runs; [ -e \"$0.asked\" ] || A=open; : > \"$0.asked\"\n"
          "echo \"@settled " UUID " 7 $A\"\n",
          f);
    assert_int_equal(fclose(f), 0);
    snprintf(m.mine.ssh, sizeof m.mine.ssh, "sh %s", path);
    assert_int_equal(records_ask(&m, 60), HO_ANS_RUNS);
    tmpdir_remove(dir);
    m.mine.xl = true;
    assert_int_equal(records_ask(&m, 60), HO_ANS_NONE);
    assert_true(strstr(records_why(&m), "no rackhop"));
}

static void ids(void **state)
{
    char id[RECORD_ID + 1], other[RECORD_ID + 1];

    records_new_id(id);
    records_new_id(other);
    assert_true(record_id_ok(id));
    assert_string_not_equal(id, other);
    assert_false(record_id_ok(""));
    assert_false(record_id_ok("a b"));
    assert_true(record_id_ok("20261120-120000-abcd.7.1"));
    assert_true(record_id_ok("_a:b"));
    assert_false(record_id_ok(".hidden"));
    assert_false(record_id_ok("-rf"));
    assert_false(record_id_ok("../x"));
    assert_false(record_id_ok(
        "12345678901234567890123456789012345678901234567890123456789012345"));
}

int main(void)
{
#define TEST(f_) cmocka_unit_test_setup_teardown(f_, open_store, close_store)
    const struct CMUnitTest tests[] = {
        TEST(written_and_read),
        TEST(made_up),
        TEST(names_itself),
        TEST(asks),
        TEST(fenced),
        TEST(made_up),
        TEST(repeated),
        TEST(found_by_id),
        TEST(its_boot),
        TEST(over),
        TEST(taken),
        TEST(damaged),
        TEST(lines),
        TEST(answers),
        TEST(ids),
        TEST(capped),
        TEST(earlier_is_over),
    };

    return cmocka_run_group_tests_name("records", tests, NULL, NULL);
}
