/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The memory of where guests belong: what is written before a move and after
 * it, what fresh facts settle, and what facts that are older than a record
 * leave alone.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/doc/home.h"
#include "tools/run/home.h"
#include "tools/run/journal.h"

#define UUID  "00000000-0000-0000-0000-000000000001"
#define OTHER "00000000-0000-0000-0000-000000000002"

enum { NOW = 1000000 };

/* --- the text ------------------------------------------------------------ */

static const struct home sample = {
    .uuid = UUID,
    .name = "web1",
    .host = "a",
    .from = "b",
    .to = "c",
    .run = "20260101-000000-abcd",
    .since = "2026-01-01T00:00:00Z",
    .missed_s = 12345,
};

static void same_home(const struct home *a, const struct home *b)
{
    assert_string_equal(a->uuid, b->uuid);
    assert_string_equal(a->name, b->name);
    assert_string_equal(a->host, b->host);
    assert_string_equal(a->from, b->from);
    assert_string_equal(a->to, b->to);
    assert_string_equal(a->run, b->run);
    assert_string_equal(a->since, b->since);
    assert_int_equal(a->missed_s, b->missed_s);
}

static void test_text(void **state)
{
    char *text = home_format(&sample);
    struct home h;
    struct msg err;

    assert_non_null(text);
    assert_int_equal(home_parse(&h, UUID, text, strlen(text), &err), 0);
    same_home(&h, &sample);
    free(text);
}

#define TEXT(home_, from_, run_)                                              \
    "{\"format\":\"rackhop-home/1\",\"name\":\"v\",\"home\":" home_           \
    ",\"from\":" from_ ",\"to\":\"c\",\"run\":" run_                          \
    ",\"since\":\"2026-01-01T00:00:00Z\"}"

static void test_refused(void **state)
{
    static const struct {
        const char *uuid, *text;
    } row[] = {
        { "web1", TEXT("\"a\"", "\"b\"", "\"r\"") },
        { UUID, "" },
        { UUID, "[]" },
        { UUID, "{\"format\":\"rackhop-home/2\"}" },
        { UUID, TEXT("7", "\"b\"", "\"r\"") },
        { UUID, TEXT("\"\"", "\"b\"", "\"r\"") },
        { UUID, TEXT("\"a b\"", "\"b\"", "\"r\"") },
        { UUID, TEXT("\"a\\n\"", "\"b\"", "\"r\"") },
        { UUID, TEXT("\"a\"", "null", "\"r\"") },
        { UUID, TEXT("\"a\"", "\"b\"",
                     "\"01234567890123456789012345678901234567890123\"") },
    };
    struct home h;
    struct msg err;

    for (size_t i = 0; i < sizeof row / sizeof *row; i++)
        if (home_parse(&h, row[i].uuid, row[i].text, strlen(row[i].text),
                       &err) != -EINVAL)
            fail_msg("%s was taken", row[i].text);
}

/* --- moves --------------------------------------------------------------- */

static struct store *store;

static int setup(void **state)
{
    return store_open_mem(&store);
}

static int teardown(void **state)
{
    store_close(store);
    store = NULL;
    return 0;
}

static void no_note(void *arg, const char *text)
{
    fail_msg("%s", text);
}

static struct run_move move_of(const char *from, const char *to)
{
    return (struct run_move){ .uuid = (char *)(uintptr_t)UUID,
                              .name = (char *)(uintptr_t) "v",
                              .from = (char *)(uintptr_t)from,
                              .to = (char *)(uintptr_t)to };
}

static struct run run_of(const char *name)
{
    struct run r = { .state = RUN_OPEN };

    snprintf(r.name, sizeof r.name, "%s", name);
    snprintf(r.started, sizeof r.started, "2026-01-01T00:00:0%c", *name);
    return r;
}

static void remember(const char *run, const char *from, const char *to)
{
    const struct run r = run_of(run);
    const struct run_move m = move_of(from, to);
    struct msg err;

    assert_int_equal(home_remember(store, &r, &m, &err), 0);
}

static void arrive(const char *from, const char *to, bool keeps)
{
    const struct run_move m = move_of(from, to);
    struct msg err;

    assert_int_equal(home_arrived(store, &m, keeps, &err), 0);
}

/* Moves "ab" from a to b, one by one: upper case is a move of a goal that
 * keeps homes; one in lower case does not. A '?' behind it: it did not end. */
struct journey {
    const char *moves, *home; /* where it belongs then; NULL: no record */
    const char *since;        /* the number of the move that began it */
};

static void travel(const char *moves)
{
    int n = 0;

    for (const char *p = moves; *p; n++) {
        char from[] = { (char)(*p | 0x20), 0 }, to[] = { p[1], 0 };
        char run[] = { (char)('0' + n), 0 };
        bool keeps = *p != from[0];

        if (keeps)
            remember(run, from, to);
        p += 2;
        if (*p == '?')
            p++;
        else
            arrive(from, to, keeps);
        p += *p == ' ';
    }
}

static void test_journeys(void **state)
{
    static const struct journey row[] = {
        { "Ab", "a", "0" },
        { "Ab Bc", "a", "0" },
        { "Ab Ba", NULL, NULL },
        { "Ab?", "a", "0" },
        { "Ab? Ac", "a", "0" },
        /* an administrator's wish */
        { "Ab bc", NULL, NULL },
        { "ab", NULL, NULL },
        { "ab Bc", "b", "1" },
        { "Ab ba", NULL, NULL },
        /* somebody else has moved it from b to d: it lives there */
        { "Ab Dc", "d", "1" },
        /* the first move did not end, and somebody brought it to b */
        { "Ab? Bc", "a", "0" },
    };

    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        struct home h;
        struct msg err;
        int rc;

        setup(NULL);
        travel(row[i].moves);
        rc = home_of(store, UUID, &h, &err);
        if (rc != (row[i].home ? 0 : -ENOENT))
            fail_msg("%s: %d", row[i].moves, rc);
        if (!rc && (strcmp(h.host, row[i].home) ||
                    h.since[strlen(h.since) - 1] != *row[i].since))
            fail_msg("%s: %s since %s", row[i].moves, h.host, h.since);
        teardown(NULL);
    }
}

/* The same move is begun again by whoever goes on with its run. */
static void test_remembered_once(void **state)
{
    struct home before, after;
    struct msg err;

    remember("0", "a", "b");
    assert_int_equal(home_of(store, UUID, &before, &err), 0);
    remember("0", "a", "b");
    assert_int_equal(home_of(store, UUID, &after, &err), 0);
    assert_int_equal(before.rev, after.rev);
    remember("0", "a", "c");
    assert_int_equal(home_of(store, UUID, &after, &err), 0);
    assert_true(after.rev > before.rev);
    assert_string_equal(after.to, "c");
}

static void test_no_uuid(void **state)
{
    const struct run r = run_of("0");
    struct run_move m = move_of("a", "b");
    struct msg err = MSG_NONE;

    m.uuid = m.name;
    assert_int_equal(home_remember(store, &r, &m, &err), -EINVAL);
    assert_non_null(strstr(err.text, "v belongs"));
    assert_int_equal(home_arrived(store, &m, false, &err), 0);
}

/* --- facts --------------------------------------------------------------- */

static void fail_problem(void *arg, const char *text)
{
    fail_msg("%s", text);
}

/* The guest is on the host `at`; NULL: on none. */
static struct plan_cluster *facts_of(const char *at, bool pinned)
{
    struct plan_cluster *c = plan_cluster_new(NULL);
    const char *const names[] = { "a", "b", "c", "d" };

    assert_non_null(c);
    for (int i = 0; i < 4; i++) {
        struct plan_host h = { .name = names[i],
                               .memory_mib = 4096,
                               .cpus = 4 };

        assert_int_equal(plan_add_host(c, &h), 0);
    }
    if (at) {
        struct plan_domain d = { .uuid = UUID,
                                 .name = "v",
                                 .host = at,
                                 .type = PLAN_PVH,
                                 .memory_mib = 512,
                                 .vcpus = 1,
                                 .pinned = pinned ? "in doubt" : NULL };

        assert_int_equal(plan_add_domain(c, &d), 0);
    }
    assert_int_equal(plan_cluster_index(c, NULL, fail_problem, NULL), 0);
    return c;
}

static void read_homes(struct homes *l)
{
    struct msg err;

    assert_int_equal(homes_read(store, l, no_note, NULL, &err), 0);
}

static void settle(struct homes *l, const char *at, bool pinned, bool whole,
                   int64_t now)
{
    struct plan_cluster *c = facts_of(at, pinned);
    struct msg err;

    assert_int_equal(homes_settle(store, l, c, whole, now, &err), 0);
    plan_cluster_free(c);
}

/* A record of a guest that belongs to a, and was moved from b to c. */
static void put_sample(int64_t missed_s)
{
    struct home h = sample;
    char *text;

    h.missed_s = missed_s;
    text = home_format(&h);
    assert_int_equal(store_cas(store, "home/" UUID, 0, text, NULL), 0);
    free(text);
}

static void test_settled(void **state)
{
    static const struct {
        const char *at;
        bool pinned, whole;
        int64_t missed_s; /* before */
        int64_t then;     /* and afterwards; -1: there is no record */
    } row[] = {
        { "b", false, true, 0, 0 },
        { "c", false, true, 0, 0 },
        { "c", false, true, 5, 0 },   /* it is back */
        { "a", false, true, 0, -1 },  /* at home */
        { "a", false, false, 0, -1 }, /* whatever other hosts say */
        { "d", false, true, 0, -1 },  /* moved by somebody else */
        { "a", true, true, 0, 0 },    /* or perhaps not there at all */
        { "d", true, true, 0, 0 },
        { NULL, false, true, 0, NOW },
        { NULL, false, false, 0, 0 }, /* a host did not answer */
        { NULL, false, true, NOW - HOME_KEPT_S + 1, NOW - HOME_KEPT_S + 1 },
        { NULL, false, true, NOW - HOME_KEPT_S, -1 },
        { NULL, false, false, NOW - 2 * HOME_KEPT_S, NOW - 2 * HOME_KEPT_S },
        { NULL, false, true, NOW + 7, NOW }, /* the clock was wrong */
    };

    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        struct homes l;
        struct home h;
        struct msg err;
        int rc;

        setup(NULL);
        put_sample(row[i].missed_s);
        read_homes(&l);
        assert_int_equal(l.n, 1);
        settle(&l, row[i].at, row[i].pinned, row[i].whole, NOW);
        homes_dispose(&l);
        rc = home_of(store, UUID, &h, &err);
        if (rc != (row[i].then < 0 ? -ENOENT : 0))
            fail_msg("row %zu: %d", i, rc);
        if (!rc)
            assert_int_equal(h.missed_s, row[i].then);
        teardown(NULL);
    }
}

/* The guest is at home in facts that are older than the move away. */
static void test_older_facts(void **state)
{
    struct homes l;
    struct home h;
    struct msg err;

    put_sample(0);
    read_homes(&l);
    remember("1", "a", "b"); /* it was at home, and leaves it again */
    settle(&l, "a", false, true, NOW);
    homes_dispose(&l);
    assert_int_equal(home_of(store, UUID, &h, &err), 0);
    assert_string_equal(h.to, "b");
    assert_string_equal(h.host, "a");
}

/* A run that is open may move its guests at any instant. */
static void test_open_run(void **state)
{
    struct run r = run_of("1");
    struct homes l;
    struct home h;
    struct msg err;

    snprintf(r.goal, sizeof r.goal, "drain");
    assert_int_equal(journal_save(store, &r, &err), 0);
    remember("1", "a", "b");
    read_homes(&l);
    assert_true(l.home[0].busy);
    r.state = RUN_ENDED;
    assert_int_equal(journal_save(store, &r, &err), 0);
    settle(&l, "a", false, true,
           NOW); /* it was open when facts were asked for */
    homes_dispose(&l);
    assert_int_equal(home_of(store, UUID, &h, &err), 0);
    read_homes(&l);
    assert_false(l.home[0].busy);
    settle(&l, "a", false, true, NOW);
    homes_dispose(&l);
    assert_int_equal(home_of(store, UUID, &h, &err), -ENOENT);
    run_dispose(&r);
}

/* --- records that are spoilt --------------------------------------------- */

static void count_note(void *arg, const char *text)
{
    ++*(int *)arg;
}

static void test_spoilt(void **state)
{
    int told = 0;
    struct homes l;
    struct home h;
    struct msg err;

    assert_int_equal(store_cas(store, "home/" OTHER, 0, "{", NULL), 0);
    assert_int_equal(store_cas(store, "home/x", 0, "{}", NULL), 0);
    put_sample(0);
    assert_int_equal(homes_read(store, &l, count_note, &told, &err), 0);
    assert_int_equal(told, 2);
    assert_int_equal(l.n, 1);
    assert_non_null(homes_find(&l, UUID));
    assert_null(homes_find(&l, OTHER));
    assert_null(homes_find(NULL, UUID));
    homes_dispose(&l);
    /* it is replaced by one that can be read */
    assert_int_equal(home_of(store, OTHER, &h, &err), -ENOENT);
    assert_int_equal(store_cas(store, "home/" UUID, 0, NULL, NULL), -ESTALE);
    {
        char *text;
        uint64_t rev;

        assert_int_equal(store_get(store, "home/" UUID, &text, &rev), 0);
        free(text);
        assert_int_equal(store_cas(store, "home/" UUID, rev, "{", NULL), 0);
    }
    remember("1", "c", "d");
    assert_int_equal(home_of(store, UUID, &h, &err), 0);
    assert_string_equal(h.host, "c");
}

/* --- who is away --------------------------------------------------------- */

static void test_away(void **state)
{
    assert_false(home_is_away(&sample, "a"));
    assert_true(home_is_away(&sample, "b"));
    assert_true(home_is_away(&sample, "c"));
    assert_false(home_is_away(&sample, "d"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_journeys),
        cmocka_unit_test_setup_teardown(test_remembered_once, setup, teardown),
        cmocka_unit_test_setup_teardown(test_no_uuid, setup, teardown),
        cmocka_unit_test(test_settled),
        cmocka_unit_test_setup_teardown(test_older_facts, setup, teardown),
        cmocka_unit_test_setup_teardown(test_open_run, setup, teardown),
        cmocka_unit_test_setup_teardown(test_spoilt, setup, teardown),
        cmocka_unit_test(test_away),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
