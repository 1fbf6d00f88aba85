/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The words between two rackhops (docs/wire). The bytes of version 0, which
 * the first rackhop spoke, stand here as they were: they must stay valid.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "libxl-ext/wire/words.h"

#define UUID "7c0e1d2a-1111-2222-3333-444455556666"

static char line[WORD_LINE];

/* Also that every format function ends its line and counts it. */
static void says(size_t len, const char *want)
{
    assert_int_equal(len, strlen(line));
    assert_string_equal(line, want);
}

/* --- the greeting ----------------------------------------------------------- */

static void test_marks(void **state)
{
    static const struct {
        const char *line;
        enum word_mark mark;
        const char *rest;
    } rows[] = {
        { "@wire 1", WORD_WIRE, "1" },
        { "@none", WORD_NONE, "" },
        { "@xl", WORD_XL, "" },
        { "@info host : r1h2", WORD_INFO, "host : r1h2" },
        { "@vm x", WORD_VM, "x" },
        { "@net xenbr0", WORD_NET, "xenbr0" },
        { "@vendor AuthenticAMD", WORD_VENDOR, "AuthenticAMD" },
        { "@cpuid PV Max 1", WORD_CPUID, "PV Max 1" },
        { "@missing /vm/a b", WORD_MISSING, "/vm/a b" },
        { "@pool Pool-0 4", WORD_POOL, "Pool-0 4" },
        { "@codec 1", WORD_CODEC, "1" },
        { "@missing ", WORD_MISSING, "" },
        { "@missing", WORD_OTHER, "@missing" },
        { "@xl 1", WORD_OTHER, "@xl 1" },
        { "@none ", WORD_OTHER, "@none " },
        { "@vmx x", WORD_OTHER, "@vmx x" },
        { " @xl", WORD_OTHER, " @xl" },
        { "@future word", WORD_OTHER, "@future word" },
        { "Last login: today", WORD_OTHER, "Last login: today" },
        { "", WORD_OTHER, "" },
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *rest;

        assert_int_equal(word_mark_parse(rows[i].line, &rest), rows[i].mark);
        assert_string_equal(rest, rows[i].rest);
    }
    assert_true(word_mark_in("motd\n@none\n", WORD_NONE));
    assert_true(word_mark_in("@none", WORD_NONE));
    assert_false(word_mark_in("not @none\n@nonesuch\n", WORD_NONE));
    assert_false(word_mark_in("", WORD_NONE));
}

static void slice(const struct word_slice *s, const char *want)
{
    assert_int_equal(s->len, strlen(want));
    assert_memory_equal(s->at, want, s->len);
}

static void test_xl_lines(void **state)
{
    struct word_slice a, b;
    char text[WORD_FEATURES], many[1000];
    enum word_cpuid set;

    assert_int_equal(word_info_parse("xen_major              : 4", &a, &b), 0);
    slice(&a, "xen_major");
    slice(&b, "4");
    assert_int_equal(word_info_parse("xen_major", &a, &b), -EINVAL);
    assert_int_equal(word_info_parse(":", &a, &b), 0);
    slice(&a, "");
    slice(&b, "");

    assert_int_equal(word_vm_parse(UUID "  12    web one \r", &a, &b), 0);
    slice(&a, UUID);
    slice(&b, "web one");
    assert_int_equal(word_vm_parse(UUID, &a, &b), 0);
    slice(&b, "");
    assert_int_equal(word_vm_parse("UUID    ID    name", &a, &b), -EINVAL);

    assert_int_equal(
        word_pool_parse("Pool-0    4    credit2       y     3", &a, &b), 0);
    slice(&a, "Pool-0");
    slice(&b, "credit2");
    assert_int_equal(
        word_pool_parse("Name    CPUs   Sched     Active", &a, &b), -EINVAL);
    assert_int_equal(word_pool_parse("Pool-0", &a, &b), -EINVAL);
    assert_int_equal(word_pool_parse("Pool-0 4 ", &a, &b), -EINVAL);
    assert_int_equal(
        word_cpuid_parse("HVM Max     178bfbfd:c2f82203", &set, text), 0);
    assert_int_equal(set, WORD_HVM_MAX);
    assert_string_equal(text, "178bfbfd,c2f82203");
    assert_int_equal(word_cpuid_parse("PV Max  1", &set, text), 0);
    assert_int_equal(set, WORD_PV_MAX);
    assert_int_equal(word_cpuid_parse("PV Default 1", &set, text), -EINVAL);
    memset(many, 'a', sizeof many - 1);
    memcpy(many, "PV Max ", 7);
    many[sizeof many - 1] = '\0';
    assert_int_equal(word_cpuid_parse(many, &set, text), 0);
    assert_int_equal(strlen(text), WORD_FEATURES - 1);
}

static void test_version(void **state)
{
    static const char *const bad[] = {
        "@wire",    "@wire ",   "@wire 0",
        "@wire -1", "@wire 1x", "@wire 99999999999999999999",
        "@wires 1", "wire 1"
    };
    static const char *const none[] = { "@codec 1", "@codec 1 ratios",
                                        "@codec 1 my_ratio", "@codec ratio",
                                        "@wire 1 ratio" };
    struct word_codec c = { .version = 1, .ratio = true };
    unsigned v = 7;

    says(word_wire_format(1, line), "@wire 1\n");
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (word_wire_parse(bad[i], &v) != -EINVAL || v != 7)
            fail_msg("taken: %s", bad[i]);
    assert_int_equal(word_wire_parse("@wire 2", &v), 0);
    assert_int_equal(v, 2);
    /* a newer one may say more on that line */
    assert_int_equal(word_wire_parse("@wire 3 lanes", &v), 0);
    assert_int_equal(v, 3);
    assert_int_equal(word_codec_format(&c, line), strlen("@codec 1 ratio\n"));
    says(strlen(line), "@codec 1 ratio\n");
    c.tail = true;
    says(word_codec_format(&c, line), "@codec 1 ratio tail\n");
    assert_int_equal(word_codec_parse("@codec 1 ratio", &c), 0);
    assert_true(c.version == 1 && c.ratio && !c.tail);
    assert_int_equal(word_codec_parse("@codec 2 lanes ratio x tail", &c), 0);
    assert_true(c.version == 2 && c.ratio && c.tail);
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
        c = (struct word_codec){ 0 };
        word_codec_parse(none[i], &c);
        assert_false(c.ratio || c.tail);
    }
    assert_int_equal(word_wire_agree(0), 0);
    assert_int_equal(word_wire_agree(WORD_VERSION), WORD_VERSION);
    assert_int_equal(word_wire_agree(WORD_VERSION + 5), WORD_VERSION);
}

static void test_arm(void **state)
{
    static const char *const bad[] = {
        "@arm 1",
        "@arm 2 2329 1=feffc",
        "@arm 1 2329 1",
        "@arm 1 2329 1=",
        "@arm 1 2329  1=2",
        "@arm 1 2329 =2",
        "@arm 1 2329 1=2 ",
        "@arm 1 1ffffffff 1=2",
        "@arm 1 2329 1ffffffff=2",
        "@arm 1 2329 1=1ffffffffffffffff",
        "@arm 1 2329 1=F",
    };
    struct word_arm a = { .context = 0x2329,
                          .n = 2,
                          .param = { { 1, 0xfeffc }, { 17, UINT64_MAX } } };
    unsigned v = 0;

    says(word_arms_format(1, line), "@arm 1\n");
    assert_int_equal(word_arms_parse("@arm 3 more", &v), 0);
    assert_int_equal(v, 3);
    says(word_arm_format(&a, line),
         "@arm 1 2329 1=feffc 11=ffffffffffffffff\n");
    assert_int_equal(word_arm_parse("@arm 1 20 1=feffc c=0", &a), 0);
    assert_int_equal(a.context, 0x20);
    assert_int_equal(a.n, 2);
    assert_int_equal(a.param[1].index, 12);
    assert_int_equal(word_arm_parse("@codec 1", &a), -ENOENT);
    assert_int_equal(word_arm_parse("@arm", &a), -ENOENT);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (word_arm_parse(bad[i], &a) != -EINVAL)
            fail_msg("taken: %s", bad[i]);
    a.n = WORD_PARAMS;
    for (unsigned i = 0; i < WORD_PARAMS; i++)
        a.param[i] = (struct word_param){ UINT32_MAX, UINT64_MAX };
    assert_int_equal(word_arm_format(&a, line), 0); /* too long to say */
}

#define ID  "000102030405060708090a0b0c0d0e0f"
#define KEY "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff" ID

static void test_lanes(void **state)
{
    static const char *const bad[] = {
        "@lanes",
        "@lanes 0 41000 " ID " " KEY " 10.0.0.2",
        "@lanes 1 0 " ID " " KEY " 10.0.0.2",
        "@lanes 1 65536 " ID " " KEY " 10.0.0.2",
        "@lanes 1 41000 " ID " " KEY,
        "@lanes 1 41000 " ID " " KEY " ",
        "@lanes 1 41000 " ID " " KEY " h2",
        "@lanes 1 41000 " ID " " KEY " 10.0.0",
        "@lanes 1 41000 " ID " " KEY " fe80::1%eth0",
        "@lanes 1 41000 " ID " " ID " 10.0.0.2",
        "@lanes 1 41000 " KEY " " KEY " 10.0.0.2",
        "@lanes 1 41000 0" ID " " KEY " 10.0.0.2",
        "@lanes 1 41000 " ID " F0f1f2f3f4f5f6f7f8f9fafbfcfdfeff" ID " ::1",
        "@lanes 1 41000 " ID " " KEY
        " 1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa",
        "@lanes 1 300",
    };
    struct word_lanes l = { .version = 1, .port = 41000, .address = "::1" },
                      got;
    unsigned seconds = 0;

    for (unsigned i = 0; i < WORD_LANES_KEY; i++)
        l.key[i] = (uint8_t)(i < 16 ? 0xf0 + i : i - 16);
    memcpy(l.id, l.key + 16, sizeof l.id);
    says(word_lanes_format(&l, line), "@lanes 1 41000 " ID " " KEY " ::1\n");
    line[strlen(line) - 1] = '\0';
    assert_int_equal(word_lanes_parse(line, &got), 0);
    assert_memory_equal(&got, &l, sizeof l);
    assert_int_equal(
        word_lanes_parse("@lanes 2 9 " ID " " KEY " 10.0.0.2 10.0.0.3", &got),
        0);
    assert_int_equal(got.version, 2);
    assert_string_equal(got.address, "10.0.0.2");
    assert_false(got.pki || got.only);
    /* by certificates */
    l.pki = l.only = true;
    says(word_lanes_format(&l, line),
         "@pki 1 41000 " ID " " KEY " ::1 only\n");
    line[strlen(line) - 1] = '\0';
    assert_int_equal(word_lanes_parse(line, &got), 0);
    assert_memory_equal(&got, &l, sizeof l);
    strcpy(line + strlen(line), "s");
    assert_int_equal(word_lanes_parse(line, &got), 0);
    assert_true(got.pki && !got.only);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (word_lanes_parse(bad[i], &got) != -EINVAL)
            fail_msg("taken: %s", bad[i]);
    says(word_no_lanes_format("no port\nis free", line),
         "@nolanes no port?is free\n");
    /* the source host's */
    says(word_lanes_take_format(300, line), "@lanes 1 300\n");
    assert_int_equal(word_lanes_take_parse("@lanes 1 7 more", &seconds), 0);
    assert_int_equal(seconds, 7);
    assert_int_equal(word_lanes_take_parse("@lane 1 7", &seconds), -ENOENT);
    assert_int_equal(word_lanes_take_parse("@lanes 2 7", &seconds), -EINVAL);
    assert_int_equal(word_lanes_take_parse("@lanes 1 -7", &seconds), -EINVAL);
    assert_int_equal(word_lanes_take_parse("@lanes 1 604801", &seconds),
                     -EINVAL);
}

static void test_pin(void **state)
{
    static const char *const bad[] = { "@pin",           "@pin 0 1 all",
                                       "@pin 1-0 1 all", "@pin 0-1 1",
                                       "@pin 0-1  all",  "@pin 0-1 1 any",
                                       "@pin 0-1 ,1 -",  "@pin 0-70000 1 -",
                                       "@pin 0-1 1 -x",  "@pins 0-1 1 all" };
    struct word_pin p = { 2, 5, "0-3,8", "all" };

    says(word_pin_format(&p, line), "@pin 2-5 0-3,8 all\n");
    assert_int_equal(word_pin_parse("@pin 2-5 0-3,8 -", &p), 0);
    assert_int_equal(p.first, 2);
    assert_int_equal(p.last, 5);
    assert_string_equal(p.hard, "0-3,8");
    assert_string_equal(p.soft, "-");
    assert_int_equal(word_pin_parse("@pin 0-0 all all more", &p), 0);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (word_pin_parse(bad[i], &p) != -EINVAL)
            fail_msg("taken: %s", bad[i]);
    /* the longest fits into what an older target host reads of a line */
    p = (struct word_pin){ .first = 65535, .last = 65535 };
    memset(p.hard, '1', WORD_CPUS);
    memset(p.soft, '1', WORD_CPUS);
    assert_in_range(word_pin_format(&p, line), WORD_CPUS * 2, 255);
}

/* --- @move --------------------------------------------------------------------- */

static void test_move(void **state)
{
    static const char *const bad[] = {
        "",
        "@move",
        "@move ",
        "@move " UUID " 0 id host",
        "@move " UUID " -1 id host",
        "@move " UUID " 1 id",
        "@move " UUID " 1 id host more",
        "@move " UUID " 1 id host\n",
        "@move " UUID " 1 i/d host",
        "@move " UUID " 1 id ho\033st",
        "@move " UUID "x 1 id host",
        "@move  " UUID " 1 id host",
        "@move ../../../../../../etc/passwd-aaaaaaaa 1 id host",
        "@move 7c0e1d2a_1111-2222-3333-444455556666 1 id host",
        "@move " UUID " 1000000000000000 id host",
        "@move " UUID " 99999999999999999999 id host",
        "@move " UUID " 012 id host",
        "@move " UUID " 1 "
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa h",
        "@move " UUID " 1 id "
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    };
    struct word_move m = { UUID, 12, "run.1.2", "r1h1" }, got = { .epoch = 0 };

    says(word_move_format(&m, line), "@move " UUID " 12 run.1.2 r1h1\n");
    assert_true(word_is_move(line));
    assert_false(word_is_move("@moved on"));
    line[strlen(line) - 1] = '\0';
    assert_int_equal(word_move_parse(line, &got), 0);
    assert_memory_equal(&got.epoch, &m.epoch, sizeof m.epoch);
    assert_string_equal(got.uuid, UUID);
    assert_string_equal(got.id, "run.1.2");
    assert_string_equal(got.host, "r1h1");
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (word_move_parse(bad[i], &got) != -EINVAL)
            fail_msg("taken: %s", bad[i]);
    assert_int_equal(got.epoch, 12); /* a failure touches nothing */
    /* a rackhop of 0.1.0 may have given such an id */
    assert_int_equal(word_move_parse("@move " UUID " 5 .x h1", &got), 0);
    assert_int_equal(word_move_parse("@move " UUID " 6 -x h1", &got), 0);
    *m.host = '\0';
    says(word_move_format(&m, line), "@move " UUID " 12 run.1.2 -\n");
}

static void test_id(void **state)
{
    static const char *const good[] = { "a", "run-1.2", "x_y:z", "0" };
    static const char *const bad[] = { "",   " ",   "a b",     "-a",
                                       ".a", "a/b", "\303\244" };

    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        assert_true(word_id_ok(good[i]));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(word_id_ok(bad[i]));
}

/* --- @rackhop ------------------------------------------------------------------- */

static void test_report(void **state)
{
    static const struct {
        const char *line;
        enum word_report_type type;
        uint64_t acked;
    } rows[] = {
        { "@rackhop alive", WORD_ALIVE, 0 },
        { "@rackhop ack 4096", WORD_ACK, 4096 },
        { "@rackhop ack 4096 more", WORD_ACK, 4096 },
        { "@rackhop times 1 2 3 4 5 6", WORD_TIMES, 0 },
        { "@rackhop times 1 2 3 4 5 6 7", WORD_TIMES, 0 },
        { "@rackhop error no memory", WORD_ERROR, 0 },
        { "@rackhop error ", WORD_ERROR, 0 },
        /* a newer rackhop's, or nonsense: no more than a sign of life */
        { "@rackhop lanes 4", WORD_REPORT_UNKNOWN, 0 },
        { "@rackhop aliven't", WORD_REPORT_UNKNOWN, 0 },
        { "@rackhop ack", WORD_REPORT_UNKNOWN, 0 },
        { "@rackhop ack -1", WORD_REPORT_UNKNOWN, 0 },
        { "@rackhop ack 1x", WORD_REPORT_UNKNOWN, 0 },
        { "@rackhop ack 99999999999999999999", WORD_REPORT_UNKNOWN, 0 },
        { "@rackhop times 1 2 3 4 5", WORD_REPORT_UNKNOWN, 0 },
        { "@rackhop times 1 2 3 4 5 -6", WORD_REPORT_UNKNOWN, 0 },
        { "@rackhop ", WORD_REPORT_UNKNOWN, 0 },
        { "@rackhop", WORD_NO_REPORT, 0 },
        { " @rackhop alive", WORD_NO_REPORT, 0 },
        { "libxl: error", WORD_NO_REPORT, 0 },
        { "", WORD_NO_REPORT, 0 },
    };
    struct word_report r;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        word_report_parse(rows[i].line, &r);
        if (r.type != rows[i].type)
            fail_msg("%s: %d", rows[i].line, r.type);
        if (r.type == WORD_ACK)
            assert_int_equal(r.acked, rows[i].acked);
    }
    word_report_parse("@rackhop times 1 2 3 4 5 6", &r);
    assert_true(r.times.last == 1 && r.times.restored == 3 &&
                r.times.done == 6);
    word_report_parse("@rackhop error no memory", &r);
    assert_string_equal(r.text, "no memory");
}

static void test_report_format(void **state)
{
    static char longer[2000];
    struct word_report r = { .type = WORD_ALIVE, .acked = 7 };

    says(word_report_format(&r, line), "@rackhop alive\n");
    r.type = WORD_ACK;
    says(word_report_format(&r, line), "@rackhop ack 7\n");
    r.type = WORD_TIMES;
    r.times = (struct word_times){ 1, 2, 3, 4, 5, 6 };
    says(word_report_format(&r, line), "@rackhop times 1 2 3 4 5 6\n");
    r.type = WORD_ERROR;
    r.text = "one\ntwo\033";
    says(word_report_format(&r, line), "@rackhop error one?two?\n");
    /* a reader of version 0 keeps 511 bytes of a line */
    memset(longer, 'x', sizeof longer - 1);
    r.text = longer;
    assert_int_equal(word_report_format(&r, line), WORD_LINE - 1);
    assert_int_equal(line[WORD_LINE - 2], '\n');
    r.type = WORD_REPORT_UNKNOWN;
    says(word_report_format(&r, line), "");
}

/* --- learned, settled ----------------------------------------------------------- */

static void test_learned(void **state)
{
    static const char *const bad[] = {
        "",
        "dirty_mib_s=1.5",
        "writable_mib=20 dirty_mib_s=1.5",
        "dirty_mib_s=-1 writable_mib=20",
        "dirty_mib_s=nan writable_mib=20",
        "dirty_mib_s=1 writable_mib=inf",
        "dirty_mib_s=1e9 writable_mib=1",
        "dirty_mib_s=1 writable_mib=2 x",
        "dirty_mib_s=1 writable_mib=2 wire_first=1",
        "dirty_mib_s=1 writable_mib=2 wire_first=-1 wire_again=0",
        "dirty_mib_s=1 writable_mib=2 wire_first=65 wire_again=0",
        "dirty_mib_s=1 writable_mib=2 wire_first=1 wire_again=nan",
        "dirty_mib_s=1 writable_mib=2 wire_first=1 wire_again=1 x",
    };
    struct word_learned l = { .dirty_mib_s = 1.5, .writable_mib = 20 };

    says(word_learned_format(&l, line),
         "dirty_mib_s=1.500 writable_mib=20.0\n");
    assert_int_equal(word_learned_parse(line, &l), 0);
    assert_true(l.dirty_mib_s == 1.5 && l.writable_mib == 20);
    assert_true(l.wire_first == 0 && l.wire_again == 0);
    l.wire_first = 0.25;
    l.wire_again = 0.0625;
    says(word_learned_format(&l, line),
         "dirty_mib_s=1.500 writable_mib=20.0 wire_first=0.2500 "
         "wire_again=0.0625\n");
    assert_int_equal(word_learned_parse(line, &l), 0);
    assert_true(l.wire_first == 0.25 && l.wire_again == 0.0625);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        if (word_learned_parse(bad[i], &l) != -EINVAL)
            fail_msg("taken: %s", bad[i]);
        assert_true(l.dirty_mib_s < 0);
    }
}

static void test_settled(void **state)
{
    static const enum ho_input in[] = { HO_ANS_RUNS,    HO_ANS_REFUSED,
                                        HO_ANS_LOST,    HO_ANS_OPEN,
                                        HO_ANS_UNKNOWN, HO_ANS_NONE };

    says(word_settled_format(UUID, 7, HO_ANS_REFUSED, line),
         "@settled " UUID " 7 refused\n");
    for (size_t i = 0; i < sizeof in / sizeof in[0]; i++) {
        word_settled_format(UUID, 7, in[i], line);
        assert_int_equal(word_settled_parse(line, UUID, 7), in[i]);
        /* an answer to another question is none */
        assert_int_equal(word_settled_parse(line, UUID, 8), HO_ANS_NONE);
    }
    assert_int_equal(word_settled_parse("@settled " UUID " 7 runs", UUID, 7),
                     HO_ANS_NONE);
    assert_int_equal(
        word_settled_parse("welcome\n@settled " UUID " 7 runs\n", UUID, 7),
        HO_ANS_RUNS);
    assert_int_equal(
        word_settled_parse("not @settled " UUID " 7 runs\n", UUID, 7),
        HO_ANS_NONE);
}

static void test_guest(void **state)
{
    static const struct {
        const char *text;
        int wanted;
    } rows[] = {
        { "@guest " UUID " here\n", 1 },
        { "@guest " UUID " away\n", 0 },
        { "welcome\n@guest " UUID " here\n", 1 },
        { "@guest " UUID " here", -ENOENT },
        { "not @guest " UUID " here\n", -ENOENT },
        { "@guest " UUID " here too\n", -ENOENT },
        { "@guest 7c0e1d2a here\n", -ENOENT },
        { "", -ENOENT },
    };

    says(word_guest_format(UUID, true, line), "@guest " UUID " here\n");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (word_guest_parse(rows[i].text, UUID) != rows[i].wanted)
            fail_msg("%s", rows[i].text);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_marks),   cmocka_unit_test(test_xl_lines),
        cmocka_unit_test(test_version), cmocka_unit_test(test_arm),
        cmocka_unit_test(test_lanes),   cmocka_unit_test(test_pin),
        cmocka_unit_test(test_move),    cmocka_unit_test(test_id),
        cmocka_unit_test(test_report),  cmocka_unit_test(test_report_format),
        cmocka_unit_test(test_learned), cmocka_unit_test(test_settled),
        cmocka_unit_test(test_guest),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
