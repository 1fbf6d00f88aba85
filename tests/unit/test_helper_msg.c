/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The messages between libxl and its save helper, held against an exchange
 * that was recorded between Xen 4.17's libxl and its own helper in a live
 * move (tests/data/helper), and against the table of a Xen tree, if $XEN_TREE
 * names one.
 */
#include "tests/lib/helper_msg_read.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static uint8_t *load(const char *name, size_t *len_r)
{
    static uint8_t data[1 << 17];
    char path[256];
    FILE *f;

    snprintf(path, sizeof path, "tests/data/helper/%s", name);
    f = fopen(path, "rb");
    if (!f)
        fail_msg("%s is not there; tests run from the top of the tree", path);
    *len_r = fread(data, 1, sizeof data, f);
    fclose(f);
    return data;
}

static bool is_log(enum xlx_helper_msg_type t)
{
    return t == HM_LOG || t == HM_PROGRESS;
}

/*
 * Reads a whole recording: each message reads, re-encodes to the same bytes,
 * and those that are not for the log come in the order of `kinds`.
 */
static unsigned replay(const char *name, const enum xlx_helper_msg_type *kinds,
                       unsigned *answered_r)
{
    static uint8_t again[HM_MAX + 2];
    size_t len, at = 0;
    const uint8_t *data = load(name, &len);
    unsigned n = 0, next = 0;

    *answered_r = 0;
    assert_true(len > 1000);
    while (at < len) {
        struct xlx_helper_msg m;
        int used = helper_msg_decode(data + at, len - at, &m);

        if (used <= 0)
            fail_msg("%s: byte %zu can't be read", name, at);
        assert_int_equal(xlx_helper_msg_encode(&m, again), used);
        assert_memory_equal(again, data + at, used);
        if (!is_log(m.type))
            assert_int_equal(m.type, kinds[next++]);
        if (helper_msg_answered(m.type))
            (*answered_r)++;
        /* every shorter piece of it says that more is needed */
        assert_int_equal(helper_msg_decode(data + at, (size_t)used - 1, &m),
                         0);
        at += (size_t)used;
        n++;
    }
    assert_int_equal(at, len);
    assert_int_equal(kinds[next], 0);
    return n;
}

static void test_recorded_save(void **state)
{
    static const enum xlx_helper_msg_type kinds[] = { HM_SWITCH_QEMU_LOGDIRTY,
                                                      HM_SUSPEND,
                                                      HM_SWITCH_QEMU_LOGDIRTY,
                                                      HM_COMPLETE, 0 };
    unsigned answered;
    size_t replies;

    assert_int_equal(replay("save-domain.out.bin", kinds, &answered), 1052);
    load("save-domain.in.bin", &replies);
    assert_int_equal(replies, answered * sizeof(int32_t));
}

static void test_recorded_restore(void **state)
{
    static const enum xlx_helper_msg_type kinds[] = { HM_STATIC_DATA_DONE,
                                                      HM_RESTORE_RESULTS,
                                                      HM_COMPLETE, 0 };
    unsigned answered;
    size_t replies;

    assert_int_equal(replay("restore-domain.out.bin", kinds, &answered), 21);
    load("restore-domain.in.bin", &replies);
    assert_int_equal(replies, answered * sizeof(int32_t));
}

/* What libxl answered: the suspend with 1, all else with 0. */
static void test_recorded_replies(void **state)
{
    size_t len;
    int32_t v[4];

    memcpy(v, load("save-domain.in.bin", &len), sizeof v);
    assert_int_equal(v[0], 0);
    assert_int_equal(v[1], 1);
    assert_int_equal(v[2], 0);
    assert_int_equal(v[3], 0);
}

static void test_round_trip(void **state)
{
    static const struct xlx_helper_msg msgs[] = {
        { HM_LOG, { 5, UINT32_MAX }, { 0, 0 }, { "xc", "a\nb\tc" } },
        { HM_LOG, { 0, 0 }, { 0, 0 }, { "", "" } },
        { HM_PROGRESS, { 0, 0 }, { UINT64_MAX, 1 }, { "a", "b" } },
        { HM_SUSPEND, { 0, 0 }, { 0, 0 }, { NULL, NULL } },
        { HM_POSTCOPY, { 0, 0 }, { 0, 0 }, { NULL, NULL } },
        { HM_CHECKPOINT, { 0, 0 }, { 0, 0 }, { NULL, NULL } },
        { HM_WAIT_CHECKPOINT, { 0, 0 }, { 0, 0 }, { NULL, NULL } },
        { HM_SWITCH_QEMU_LOGDIRTY, { 7, 1 }, { 0, 0 }, { NULL, NULL } },
        { HM_STATIC_DATA_DONE, { 3, 0 }, { 0, 0 }, { NULL, NULL } },
        { HM_RESTORE_RESULTS, { 0, 0 }, { 1, UINT64_MAX }, { NULL, NULL } },
        { HM_COMPLETE, { UINT32_MAX, 5 }, { 0, 0 }, { NULL, NULL } },
    };
    static uint8_t buf[HM_MAX + 2], again[HM_MAX + 2];

    for (size_t i = 0; i < sizeof msgs / sizeof msgs[0]; i++) {
        struct xlx_helper_msg m;
        size_t len = xlx_helper_msg_encode(&msgs[i], buf);

        assert_int_equal(helper_msg_decode(buf, len, &m), (int)len);
        assert_int_equal(m.type, msgs[i].type);
        assert_memory_equal(m.u32, msgs[i].u32, sizeof m.u32);
        assert_memory_equal(m.u64, msgs[i].u64, sizeof m.u64);
        for (int k = 0; k < 2; k++)
            if (msgs[i].str[k])
                assert_string_equal(m.str[k], msgs[i].str[k]);
        assert_int_equal(xlx_helper_msg_encode(&m, again), len);
        assert_memory_equal(buf, again, len);
    }
}

/* A text of any length fits, cut. */
static void test_long_strings(void **state)
{
    static char text[100000];
    static uint8_t buf[HM_MAX + 2];
    struct xlx_helper_msg m = { .type = HM_LOG, .str = { text, text } };
    size_t len;

    memset(text, 'x', sizeof text - 1);
    len = xlx_helper_msg_encode(&m, buf);
    assert_in_range(len, 2 * HM_STRING_MAX, HM_MAX);
    assert_int_equal(helper_msg_decode(buf, len, &m), (int)len);
    assert_int_equal(strlen(m.str[0]), HM_STRING_MAX - 1);
    /* none at all is an empty one */
    m = (struct xlx_helper_msg){ .type = HM_LOG };
    len = xlx_helper_msg_encode(&m, buf);
    assert_int_equal(helper_msg_decode(buf, len, &m), (int)len);
    assert_string_equal(m.str[1], "");
}

/* a string literal, without its NUL */
#define BYTES(s_) (const uint8_t *)(s_), sizeof(s_) - 1

static void test_malformed(void **state)
{
    static const struct {
        const char *what;
        const uint8_t *data;
        size_t len;
    } rows[] = {
        { "no number", BYTES("\000\000") },
        { "half a number", BYTES("\001\000\003") },
        { "message 0", BYTES("\002\000\000\000") },
        { "message 11", BYTES("\002\000\013\000") },
        { "message 65535", BYTES("\002\000\377\377") },
        { "suspend with an argument", BYTES("\003\000\003\000\011") },
        { "an argument short", BYTES("\006\000\012\000\000\000\000\000") },
        { "a string of none",
          BYTES("\012\000\002\000\000\000\000\000\000\000\000\000") },
        { "a string beyond", BYTES("\007\000\002\000\011\000\000\000\000") },
        { "a string without NUL",
          BYTES("\014\000\002\000\001\000\000\000\141\001\000\000\000\142") },
        { "a NUL inside", BYTES("\016\000\002\000\003\000\000\000\141\000\000"
                                "\001\000\000\000\000") },
        { "a string of 4 GiB", BYTES("\007\000\002\000\377\377\377\377\000") },
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct xlx_helper_msg m;

        if (helper_msg_decode(rows[i].data, rows[i].len, &m) != -EINVAL)
            fail_msg("%s is accepted", rows[i].what);
    }
}

/* --- libxl_save_msgs_gen.pl -------------------------------------------------------- */

static const char *const names[] = {
    "",
    "log",
    "progress",
    "suspend",
    "postcopy",
    "checkpoint",
    "wait_checkpoint",
    "switch_qemu_logdirty",
    "static_data_done",
    "restore_results",
    "complete",
};

/* "    [ 'srcxA',  "suspend", [] ]," : number, flags and name of each row. */
static unsigned compare(FILE *f)
{
    char line[512], flags[16], name[64];
    unsigned n = 0;
    bool in = false;

    while (fgets(line, sizeof line, f)) {
        if (strstr(line, "@msgs = ("))
            in = true;
        else if (in && line[0] == ')')
            break;
        if (!in || sscanf(line, " [ %*[0-9, ]'%15[a-zA-Z]', \"%63[^\"]\"",
                          flags, name) != 2) {
            if (!in || sscanf(line, " [ '%15[a-zA-Z]', \"%63[^\"]\"", flags,
                              name) != 2)
                continue;
        }
        n++;
        assert_in_range(n, 1, 10);
        assert_string_equal(name, names[n]);
        assert_int_equal(helper_msg_answered((enum xlx_helper_msg_type)n),
                         strpbrk(flags, "WA") != NULL);
    }
    return n;
}

/* Rows as they stand there, so that the reading of them is tested without. */
static void test_table_reader(void **state)
{
    char table[] = "our @msgs = (\n"
                   "    # flags:\n"
                   "    [ 'sr',     \"log\",      [qw(uint32_t level\n"
                   "                             STRING formatted)] ],\n"
                   "    [ 'sr',     \"progress\", [qw(STRING context)] ],\n"
                   "    [ 'srcxA',  \"suspend\",  [] ],\n"
                   ");\n"
                   "    [ 'sr',     \"nothing\", [] ],\n";
    FILE *f = fmemopen(table, sizeof table - 1, "r");

    assert_int_equal(compare(f), 3);
    fclose(f);
}

static void test_xen_tree(void **state)
{
    const char *tree = getenv("XEN_TREE");
    char path[512];
    FILE *f;

    if (!tree) {
        printf("skip: XEN_TREE names no Xen source tree to compare with\n");
        skip();
    }
    snprintf(path, sizeof path, "%s/tools/libs/light/libxl_save_msgs_gen.pl",
             tree);
    f = fopen(path, "r");
    if (!f)
        fail_msg("%s is not there", path);
    assert_int_equal(compare(f), 10);
    fclose(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_recorded_save),
        cmocka_unit_test(test_recorded_restore),
        cmocka_unit_test(test_recorded_replies),
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_long_strings),
        cmocka_unit_test(test_malformed),
        cmocka_unit_test(test_table_reader),
        cmocka_unit_test(test_xen_tree),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
