/* SPDX-License-Identifier: LGPL-2.1-only */
/* The records of looks: what is written is read, what was changed is not, the
 * oldest go, and a look that is decided again comes out the same. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/lib/tmpdir.h"
#include "tools/base/file.h"
#include "tools/daemon/decide.h"
#include "tools/daemon/look_again.h"
#include "tools/daemon/look_file.h"
#include "tools/daemon/look_record.h"
#include "tools/doc/snapshot.h"
#include "tools/paths.h"

/* h1 has demand for more CPU than it has; so has h2, of which it is not known. */
#define H1_H2                                                                 \
    "{\"format\":\"rackhop-snapshot/"                                         \
    "1\",\"topology\":{\"nodes\":[],\"links\":"                               \
    "[]},\"hosts\":[{\"name\":\"h1\",\"state\":\"up\",\"memory_mib\":8192,"   \
    "\"reserved_mib\":512,\"cpus\":2},{\"name\":\"h2\",\"state\":\"up\","     \
    "\"memory_mib\":8192,\"reserved_mib\":512,\"cpus\":4}],\"domains\":["
static const char cluster_now[] =
    H1_H2 "{\"uuid\":\"00000000-0000-0000-0000-000000000001\",\"name\":\"g1\","
          "\"host\":\"h1\",\"type\":\"pvh\",\"memory_mib\":64,\"vcpus\":2,"
          "\"cpu_used\":1},"
          "{\"uuid\":\"00000000-0000-0000-0000-000000000002\",\"name\":\"g2\","
          "\"host\":\"h1\",\"type\":\"pvh\",\"memory_mib\":64,\"vcpus\":2,"
          "\"cpu_used\":2}]}";
/* All is calm, but the day is not: 1.2 of the mean, 1.5 at percentile 95; and 1.5.
 * An older agent, of g2, does not say how much of the day it knows. */
static const char cluster_day[] = H1_H2
    "{\"uuid\":\"00000000-0000-0000-0000-000000000001\",\"name\":\"g1\","
    "\"host\":\"h1\",\"type\":\"pvh\",\"memory_mib\":64,\"vcpus\":2,"
    "\"cpu_used\":0.1,\"samples\":{\"age_s\":1,\"day_s\":86400,\"cpu\":{"
    "\"mean_day\":1,\"p50_day\":1,\"p95_day\":1.2,\"p99_day\":1.2},\"steal\":{"
    "\"mean_day\":0.1,\"p50_day\":0.1,\"p95_day\":0.15,\"p99_day\":0.15}}},"
    "{\"uuid\":\"00000000-0000-0000-0000-000000000002\",\"name\":\"g2\","
    "\"host\":\"h1\",\"type\":\"pvh\",\"memory_mib\":64,\"vcpus\":2,"
    "\"cpu_used\":0.1,\"samples\":{\"age_s\":1,\"cpu\":{"
    "\"mean_day\":1.5,\"p50_day\":1.5,\"p95_day\":1.5,\"p99_day\":1.5}}}]}";
static const char *cluster = cluster_now;

static char *dir;

static int set_up(void **state)
{
    dir = tmpdir_make("looks");
    return 0;
}

static int tear_down(void **state)
{
    tmpdir_remove(dir);
    return 0;
}

/* A look that begins so, whose record may take so much room; rc is what comes of
 * that. What is remembered then is in state. */
static void look_in(struct loops_state *state, double now_s, int64_t room,
                    int rc)
{
    static char observe[] = "observe", act[] = "act";
    struct config conf = { .loop_balance = act,
                           .loop_power = observe,
                           .arm = true,
                           .power_boot_s = 300 };
    struct loops_doc doc = { .at_s = now_s, .interval_s = 30 };
    struct loop_policy p;
    struct snapshot snap;
    struct sight sight;
    struct msg err;
    struct off_host off = { .p = { .host = "h9", .state = POWER_OFF } };
    struct off_list offs = { &off, 1 };
    struct decide d = { .conf = &conf,
                        .policy = &p,
                        .sight = &sight,
                        .state = state,
                        .off = &offs,
                        .self = "h2",
                        .now_s = now_s,
                        .gap_s = 1000,
                        .doc = &doc };
    struct plan_settings set;
    char *text;

    /* not the defaults: a minute is four times what a guest here would take */
    plan_settings_init(&set);
    set.setup_ms = 60000;
    set.overhead_ms = 50000;
    set.stream_mbps = 500;
    off.p.facts = strdup("{}");
    loop_policy_init(&p);
    for (int k = 0; k < LOOP_KINDS; k++)
        strcpy(doc.mode[k], k == LOOP_BALANCE ? "act" : "observe");
    assert_int_equal(snapshot_parse_facts(&snap, "test", cluster,
                                          strlen(cluster), &set, NULL, NULL,
                                          &err),
                     0);
    assert_int_equal(
        sight_parse(&sight, snap.cluster, cluster, strlen(cluster), &err), 0);
    d.cluster = snap.cluster;
    assert_int_equal(decide_look(&d), 0);
    assert_true(doc.wishes > 0);
    assert_int_equal(look_keep(dir, &d, cluster, strlen(cluster), room), rc);
    text = loops_state_format(state, snap.cluster, d.kept);
    loops_state_dispose(state);
    assert_int_equal(loops_state_parse(state, text, strlen(text), &err), 0);
    free(text);
    decide_dispose(&d);
    loops_doc_dispose(&doc);
    sight_dispose(&sight);
    snapshot_dispose(&snap);
    free(off.p.facts);
}

/* A look that begins so, of which the record is kept. */
static void look(struct loops_state *state, double now_s)
{
    look_in(state, now_s, 1 << 20, 0);
}

static void paths_free(char **path, size_t n)
{
    for (size_t i = 0; i < n; i++)
        free(path[i]);
    free(path);
}

static void the_same_again(void **state)
{
    struct loops_state s;
    struct look_again a;
    struct loop_policy dear;
    struct msg err = MSG_NONE;
    char **path;
    size_t n;

    loops_state_init(&s);
    for (int i = 0; i < 4; i++)
        look(&s, 1e9 + 30 * i + 0.125);
    loops_state_dispose(&s);
    assert_int_equal(look_records(dir, &path, &n), 0);
    assert_int_equal(n, 4);
    for (size_t i = 0; i < n; i++) {
        if (look_again(&a, path[i], NULL, &err))
            fail_msg("%s", err.text);
        assert_true(a.diff.at_s == 1e9 + 30 * (double)i + 0.125);
        assert_true(a.now.wishes > 0);
        assert_int_equal(a.diff.goes + a.diff.comes, 0);
        assert_int_equal(a.now.wish[0].granted,
                         i == 1 || i == 2); /* one guest, and the other */
        assert_string_equal(a.then.off[0].host, "h9");
        assert_true(a.then.arm && a.then.set.stream_mbps == 500);
        assert_true(!a.now.wish[0].granted ||
                    a.now.wish[0].price_wh > 2 * 60 / 17.2 + 8);
        assert_true(a.now.wish[0].price_wh == a.then.doc.wish[0].price_wh);
        look_again_dispose(&a);
    }
    /* under another policy it does not pay */
    loop_policy_init(&dear);
    dear.move_wh = 1e5;
    assert_int_equal(look_again(&a, path[1], &dear, &err), 0);
    assert_int_equal(a.diff.goes, a.then.doc.wishes);
    assert_int_equal(a.diff.comes, a.now.wishes);
    assert_false(a.now.wish[0].granted);
    look_again_dispose(&a);
    paths_free(path, n);
}

/* The days of guests, by which it was decided, are in the record. */
static void the_same_again_by_days(void **state)
{
    struct loops_state s;
    struct look_again a;
    struct msg err = MSG_NONE;
    char **path;
    size_t n;

    loops_state_init(&s);
    cluster = cluster_day;
    look(&s, 1e9);
    look(&s, 1e9 + 30);
    cluster = cluster_now;
    loops_state_dispose(&s);
    assert_int_equal(look_records(dir, &path, &n), 0);
    assert_int_equal(n, 2);
    for (size_t i = 0; i < n; i++) {
        if (look_again(&a, path[i], NULL, &err))
            fail_msg("%s", err.text);
        assert_int_equal(a.diff.goes + a.diff.comes, 0);
        assert_int_equal(a.now.wish[0].granted, i == 1);
        if (i)
            assert_non_null(strstr(a.now.wish[0].reason,
                                   "h1 has demand for 3.00 of its CPU, 2.00, "
                                   "at percentile 95 of a day; g"));
        look_again_dispose(&a);
    }
    paths_free(path, n);
}

/* Whatever byte of a record is another one: it is refused. */
static void a_record_that_was_changed(void **state)
{
    struct loops_state s;
    struct lookback b;
    struct msg err;
    char **path, *text, *bytes;
    size_t n, len;

    loops_state_init(&s);
    look(&s, 1e9);
    loops_state_dispose(&s);
    assert_int_equal(look_records(dir, &path, &n), 0);
    assert_int_equal(n, 1);
    bytes = file_read(path[0], 1 << 20, &len);
    assert_non_null(bytes);
    assert_int_equal(look_file_unpack(bytes, len, &text, &len, &err), 0);
    free(bytes);
    for (size_t i = 0; i < len; i += 7) {
        text[i] ^= 4;
        assert_int_equal(lookback_parse(&b, text, len, &err), -EINVAL);
        text[i] ^= 4;
        assert_int_equal(lookback_parse(&b, text, i, &err), -EINVAL);
    }
    assert_int_equal(lookback_parse(&b, text, len, &err), 0);
    assert_int_equal(b.len, strlen(cluster));
    assert_memory_equal(b.snapshot, cluster, b.len);
    lookback_dispose(&b);
    free(text);
    paths_free(path, n);
}

/* Of a file that was cut, or whose bytes are others, nothing is taken for a
 * record; one of an older rackhop is read as it is. */
static void a_file_that_was_changed(void **state)
{
    struct loops_state s;
    struct look_again a;
    struct msg err = MSG_NONE;
    char **path, *bytes, *text;
    size_t n, len, text_len;

    (void)state;
    loops_state_init(&s);
    look(&s, 1e9);
    loops_state_dispose(&s);
    assert_int_equal(look_records(dir, &path, &n), 0);
    bytes = file_read(path[0], 1 << 20, &len);
    assert_non_null(bytes);
    assert_int_equal(look_file_unpack(bytes, len, &text, &text_len, &err), 0);
    assert_true(text_len > len); /* it was made smaller */
    for (size_t i = 0; i < len; i += 5) {
        assert_int_equal(file_replace(path[0], bytes, i), 0);
        assert_int_equal(look_again(&a, path[0], NULL, &err), -EINVAL);
        bytes[i] ^= 4;
        assert_int_equal(file_replace(path[0], bytes, len), 0);
        if (!look_again(&a, path[0], NULL, &err)) {
            /* other bytes may stand for the same text: for no other */
            char *same;
            size_t n_same;

            look_again_dispose(&a);
            assert_int_equal(
                look_file_unpack(bytes, len, &same, &n_same, &err), 0);
            assert_int_equal(n_same, text_len);
            assert_memory_equal(same, text, text_len);
            free(same);
        }
        bytes[i] ^= 4;
    }
    assert_int_equal(file_replace(path[0], text, text_len), 0);
    assert_int_equal(look_again(&a, path[0], NULL, &err), 0);
    look_again_dispose(&a);
    free(text);
    free(bytes);
    paths_free(path, n);
}

/* Power failed within a line of looks.jsonl: it goes, and the next is whole. */
static void a_line_that_was_cut(void **state)
{
    static const char *const cut[] = { "", "{\"format\":", "{}\n", "{}\n{\"f",
                                       "\n" };
    struct loops_doc doc = { .at_s = 5 };
    char path[512], *text, *large;
    size_t len, whole;

    (void)state;
    assert_int_equal(setenv("RACKHOP_STATE_DIR", dir, 1), 0);
    snprintf(path, sizeof path, "%s/loops", path_state());
    assert_int_equal(path_make(path), 0);
    snprintf(path, sizeof path, "%s/loops/looks.jsonl", path_state());
    for (size_t i = 0; i < sizeof cut / sizeof *cut; i++) {
        const char *line = strrchr(cut[i], '\n');

        whole = line ? (size_t)(line - cut[i]) + 1 : 0;
        assert_int_equal(file_replace(path, cut[i], strlen(cut[i])), 0);
        assert_int_equal(look_record(&doc, NULL, NULL), 0);
        text = file_read(path, 1 << 20, &len);
        assert_non_null(text);
        assert_memory_equal(text, cut[i], whole);
        assert_memory_equal(text + whole, "{\"format\":\"rackhop-look/1\"",
                            26);
        assert_ptr_equal(memchr(text + whole, '\n', len - whole),
                         text + len - 1);
        free(text);
    }
    /* the end of the last whole line is far away */
    large = malloc(100000);
    memset(large, 'x', 100000);
    large[4095] = '\n';
    assert_int_equal(file_replace(path, large, 100000), 0);
    assert_int_equal(look_record(&doc, NULL, NULL), 0);
    text = file_read(path, 1 << 20, &len);
    assert_memory_equal(text + 4096, "{\"format\"", 9);
    free(text);
    free(large);
    unsetenv("RACKHOP_STATE_DIR");
}

static void file_of(const char *name, off_t bytes)
{
    char path[600];
    FILE *f;

    snprintf(path, sizeof path, "%s/%s", dir, name);
    f = fopen(path, "we");
    assert_non_null(f);
    assert_int_equal(ftruncate(fileno(f), bytes), 0);
    fclose(f);
}

static bool there(const char *name)
{
    char path[600];

    snprintf(path, sizeof path, "%s/%s", dir, name);
    return !access(path, F_OK);
}

/* No more bytes than there may be; halves of a rackhopd that was killed go as
 * well, and nothing else does. */
static void the_oldest_go(void **state)
{
    struct loops_state s;
    char **path;
    size_t n;

    file_of("00900000000001.look", LOOKS_MIB << 19);
    file_of("00900000000002.look", LOOKS_MIB << 18);
    file_of("00900000000003.look", LOOKS_MIB << 18);
    file_of("00900000000003.look.new", 10);
    file_of("notes", 80 << 20);
    file_of("900000000003.look", 10);
    loops_state_init(&s);
    look(&s, 1e9);
    loops_state_dispose(&s);
    assert_int_equal(look_records(dir, &path, &n), 0);
    assert_int_equal(n, 3);
    paths_free(path, n);
    assert_false(there("00900000000001.look"));
    assert_true(there("00900000000002.look"));
    assert_false(there("00900000000003.look.new"));
    assert_true(there("notes"));
    assert_true(there("900000000003.look"));
    assert_true(there("01000000000000.look"));
}

static void full_file_of(const char *name, size_t bytes)
{
    char path[600], *text = calloc(bytes, 1);

    assert_non_null(text);
    snprintf(path, sizeof path, "%s/%s", dir, name);
    assert_int_equal(file_replace(path, text, bytes), 0);
    free(text);
}

/* On a full disk the oldest go until the new one has room, or all do. */
static void the_oldest_make_room(void **state)
{
    static const struct {
        int64_t room;
        int rc;
        bool there[3];
    } cases[] = {
        { 1 << 20, 0, { true, true, true } },
        { 0, 0, { false, true, true } },
        { -(3 << 19), 0, { false, false, true } },
        { -(64 << 20), -ENOSPC, { false, false, false } },
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct loops_state s;

        full_file_of("00900000000001.look", 1 << 20);
        full_file_of("00900000000002.look", 1 << 20);
        full_file_of("00900000000003.look", 1 << 20);
        full_file_of("notes", 10);
        loops_state_init(&s);
        look_in(&s, 1e9, cases[i].room, cases[i].rc);
        loops_state_dispose(&s);
        assert_int_equal(there("00900000000001.look"), cases[i].there[0]);
        assert_int_equal(there("00900000000002.look"), cases[i].there[1]);
        assert_int_equal(there("00900000000003.look"), cases[i].there[2]);
        assert_int_equal(there("01000000000000.look"), !cases[i].rc);
        assert_true(there("notes"));
    }
}

/* After the clock was set back, what is newest by its name is not. */
static void the_clock_was_set_back(void **state)
{
    struct loops_state s;

    file_of("00900000000001.look", LOOKS_MIB << 19);
    file_of("01000000030000.look", 10); /* within an interval */
    file_of("01000000030001.look", 30 << 20);
    file_of("02000000000000.look", 30 << 20);
    file_of("99999999999999.look", 30 << 20);
    loops_state_init(&s);
    look(&s, 1e9);
    look(&s, 1e9 + 30);
    loops_state_dispose(&s);
    assert_true(there("00900000000001.look"));
    assert_true(there("01000000000000.look"));
    assert_true(there("01000000030000.look"));
    assert_false(there("01000000030001.look"));
    assert_false(there("02000000000000.look"));
    assert_false(there("99999999999999.look"));
    /* where there is no room, they are the first that go */
    full_file_of("02000000000000.look", 1 << 20);
    assert_true(looks_drop(dir, 1e9 + 60, 1) >= 1 << 20);
    assert_false(there("02000000000000.look"));
    assert_true(there("00900000000001.look"));
}

static void so_many_bytes_are_dropped(void **state)
{
    full_file_of("00900000000001.look", 1 << 20);
    full_file_of("00900000000002.look", 1 << 20);
    full_file_of("00900000000003.look", 1 << 20);
    assert_int_equal(looks_drop(dir, 1e9, 0), 0);
    assert_int_equal(looks_drop(dir, 1e9, -1), 0);
    assert_true(there("00900000000001.look"));
    assert_true(looks_drop(dir, 1e9, 1) >= 1 << 20);
    assert_false(there("00900000000001.look"));
    assert_true(there("00900000000002.look"));
    full_file_of("00900000000003.look.new", 1 << 20);
    assert_true(looks_drop(dir, 1e9, 1 << 20) >=
                1 << 20); /* half a file first */
    assert_true(there("00900000000002.look"));
    assert_true(looks_drop(dir, 1e9, 1LL << 40) >= 2 << 20);
    assert_false(there("00900000000003.look"));
    assert_int_equal(looks_drop(dir, 1e9, 1LL << 40), 0);
    assert_int_equal(looks_drop("/nonexistent", 1e9, 1), 0);
}

int main(void)
{
#define LOOK_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        LOOK_TEST(the_same_again),
        LOOK_TEST(the_same_again_by_days),
        LOOK_TEST(a_record_that_was_changed),
        LOOK_TEST(a_file_that_was_changed),
        LOOK_TEST(a_line_that_was_cut),
        LOOK_TEST(the_oldest_go),
        LOOK_TEST(the_oldest_make_room),
        LOOK_TEST(the_clock_was_set_back),
        LOOK_TEST(so_many_bytes_are_dropped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
