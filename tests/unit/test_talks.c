/* SPDX-License-Identifier: LGPL-2.1-only */
/* What guests send each other: addresses, nft's answers, rates of counters, the
 * document; and whose interfaces are looked at. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/lib/fake_host.h"
#include "tests/lib/tmpdir.h"
#include "tools/base/file.h"
#include "tools/base/mac.h"
#include "tools/cluster/talks_file.h"
#include "tools/daemon/talk.h"
#include "tools/daemon/talk_vifs.h"

#define SAME(a, b) assert_true(fabs((a) - (b)) < 1e-3)

/* --- addresses ---------------------------------------------------------------- */

static void addresses(void **state)
{
    static const char *const bad[] = { "",
                                       "00:16:3e:00:00:0",
                                       "00:16:3e:00:00:0g",
                                       "00-16-3e-00-00-01",
                                       "0:016:3e:00:00:01",
                                       "00:16:3e:00:00:01 ",
                                       " 0:16:3e:00:00:01",
                                       "00:16:3e:00:00:01:02" };
    char text[MAC_TEXT];
    uint64_t mac = 7;

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (mac_parse(bad[i], &mac) || mac != 7)
            fail_msg("\"%s\" was taken for an address", bad[i]);
    assert_true(mac_parse("00:16:3E:5a:00:fF", &mac));
    assert_true(mac == 0x00163e5a00ffull);
    mac_format(text, mac);
    assert_string_equal(text, "00:16:3e:5a:00:ff");
    assert_false(mac_is_group(mac));
    assert_true(mac_is_group(0));
    assert_true(mac_is_group(0x01005e000001ull));
    assert_true(mac_is_group(0xffffffffffffull));
}

/* --- nft ----------------------------------------------------------------------- */

#define ELEM(from_, to_, bytes_)                                              \
    "{\"elem\":{\"val\":{\"concat\":[\"" from_ "\",\"" to_                    \
    "\"]},\"expires\":9,\"counter\":{\"packets\":1,\"bytes\":" bytes_ "}}}"
#define SET(elems_)                                                           \
    "{\"nftables\":[{\"metainfo\":{\"version\":\"1.0.6\"}},{\"set\":{"        \
    "\"name\":\"pairs\"" elems_ "}}]}"
#define A "00:16:3e:00:00:01"
#define B "00:16:3e:00:00:02"

static int pairs(struct nft_pair *p, size_t most, const char *text)
{
    return nft_pairs(p, most, text, strlen(text));
}

static void answers_of_nft(void **state)
{
    struct nft_pair p[8];

    assert_int_equal(pairs(p, 8, SET("")), 0); /* an empty set has no member */
    assert_int_equal(
        pairs(p, 8,
              SET(",\"elem\":[" ELEM(B, A, "7") "," ELEM(A, B, "5") "]")),
        2);
    assert_true(p[0].from == 0x163e000001 && p[0].to == 0x163e000002);
    assert_true(p[0].bytes == 5 && p[1].bytes == 7);
    /* once each, and not more than there is room for */
    assert_int_equal(
        pairs(p, 8,
              SET(",\"elem\":[" ELEM(A, B, "1") "," ELEM(A, B, "2") "]")),
        1);
    assert_int_equal(
        pairs(p, 1,
              SET(",\"elem\":[" ELEM(A, B, "1") "," ELEM(B, A, "2") "]")),
        1);
    /* what is no pair is left out */
    assert_int_equal(
        pairs(
            p, 8,
            SET(",\"elem\":[7,\"x\",{},{\"elem\":{}},{\"elem\":{\"val\":{"
                "\"concat\":[]}}}," ELEM("x", B, "1") "," ELEM(A, B, "-1") "," ELEM(A, B, "1e3") "," ELEM(
                    A, B,
                    "99999999999999999999") "," ELEM(A, B,
                                                     "null") "," ELEM(A "\","
                                                                        "\"" A,
                                                                      B,
                                                                      "1") "," ELEM(A,
                                                                                    B,
                                                                                    "3") "]")),
        1);
    assert_true(p[0].bytes == 3);
    static const char *const none[] = { "",
                                        "{",
                                        "[]",
                                        "{}",
                                        "{\"nftables\":[]}",
                                        "{\"nftables\":{\"set\":{}}",
                                        "{\"nftables\":[{\"set\":[]}]}" };
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        assert_int_equal(pairs(p, 8, none[i]), -EINVAL);
}

/* --- rates --------------------------------------------------------------------- */

static struct talks_pair room[TALKS_PAIRS];

static const struct talks_pair *top(const struct talk *t, uint64_t from,
                                    uint64_t to, size_t n)
{
    static struct talks found;

    found = (struct talks){ .nft = true, .ovs = true, .pair = room };
    talk_top(t, &found);
    assert_int_equal(found.pairs, n);
    for (size_t i = 1; i < found.pairs; i++)
        assert_true(room[i - 1].mbps >= room[i].mbps);
    for (size_t i = 0; i < found.pairs; i++)
        if (room[i].from == from && room[i].to == to)
            return &room[i];
    return NULL;
}

static void rates_of_counters(void **state)
{
    struct talk t = { .n = 0 };
    struct nft_pair p[2] = { { 1, 2, 0 }, { 2, 1, 0 } };
    const struct talks_pair *r;

    for (int minute = 0; minute < 12; minute++) {
        for (int i = 0; i < 6; i++) {
            p[0].bytes += 12500000; /* 100 Mbit in 10 s */
            p[1].bytes += 1250;
            /* nft forgets what is silent, and its counter begins again */
            if (minute == 5 && i == 3)
                p[0].bytes = 12500000;
            assert_int_equal(talk_read(&t, p, 2), 0);
        }
        talk_minute(&t, 60, 0);
        r = top(&t, 1, 2, 2);
        assert_non_null(r);
        SAME(r->mbps, 10);
        SAME(r->mbps_p25, minute < 9 ? -1 : 10);
        assert_ptr_equal(r, &room[0]);
    }
    SAME(top(&t, 2, 1, 2)->mbps, 0.001);
    /* silent: that is nothing, too, and after an hour they are forgotten */
    for (int minute = 0; minute < 5; minute++) {
        assert_int_equal(talk_read(&t, NULL, 0), 0);
        talk_minute(&t, 60, 0);
    }
    SAME(top(&t, 1, 2, 2)->mbps, 5);
    SAME(top(&t, 1, 2, 2)->mbps_p25, 0);
    for (int minute = 0; minute < 60; minute++)
        talk_minute(&t, 60, 0);
    assert_int_equal(t.n, 0);
    assert_null(top(&t, 1, 2, 0));
    talk_dispose(&t);
}

/* Five minutes that broke off say nothing of the one that did not. */
static void minutes_that_break_off(void **state)
{
    struct talk t = { .n = 0 };
    struct nft_pair p = { 1, 2, 0 }, flow = { 2, 1, 7500000 };

    (void)state;
    for (int minute = 0; minute < 6; minute++) {
        talk_begin(&t);
        p.bytes += 7500000;
        assert_int_equal(talk_read(&t, &p, 1), 0);
        assert_int_equal(talk_add(&t, &flow, 1), 0);
    }
    talk_minute(&t, 60, 0);
    SAME(top(&t, 1, 2, 2)->mbps, 1);
    SAME(top(&t, 2, 1, 2)->mbps, 1);
    talk_dispose(&t);
}

/* Also one that never ends has bounds, within which those that say most stay. */
static void a_minute_that_does_not_end(void **state)
{
    static struct nft_pair p[TALK_READ];
    struct nft_pair old = { 1, 2, 1 << 20 };
    struct talk t = { .n = 0 };

    (void)state;
    for (uint64_t look = 0; look < 30; look++) {
        for (uint64_t i = 0; i < TALK_READ; i++)
            p[i] = (struct nft_pair){ 10 + i, look, 100 };
        assert_int_equal(talk_add(&t, p, TALK_READ), 0);
        assert_int_equal(talk_add(&t, &old, 1), 0);
        assert_true(t.n <= TALK_MOST);
    }
    assert_true(t.row[0].from == 1 && t.row[0].bytes == 30.0 * (1 << 20));
    talk_dispose(&t);
}

/* One of two fails, for half an hour: what it had counted stays as it was, and is
 * not told meanwhile. */
static void one_of_two(void **state)
{
    struct talk t = { .n = 0 };
    struct nft_pair p = { 1, 2, 0 }, flow = { 3, 4, 15000000 };
    struct talks told = { .nft = true, .pair = room };

    (void)state;
    for (int minute = 0; minute < 50; minute++) {
        bool fails = minute >= 10 && minute < 40;

        p.bytes += 7500000;
        assert_int_equal(talk_read(&t, &p, 1), 0);
        assert_int_equal(talk_add(&t, &flow, fails ? 0 : 1), 0);
        talk_minute(&t, 60, fails ? TALK_OVS : 0);
        told.ovs = !fails;
        talk_top(&t, &told);
        assert_int_equal(told.pairs, fails ? 1 : 2);
        SAME(told.pair[0].mbps, fails ? 1 : 2);
        SAME(told.pair[0].mbps_p25, minute < 9 ? -1 : fails ? 1 : 2);
    }
    talk_dispose(&t);
}

/* Bursts are no talk that lasts, however large. */
static void bursts_do_not_last(void **state)
{
    struct talk t = { .n = 0 };
    struct nft_pair p = { 1, 2, 0 };

    for (int minute = 0; minute < 60; minute++) {
        p.bytes += minute % 3 ? 0 : 1 << 30;
        assert_int_equal(talk_read(&t, &p, 1), 0);
        talk_minute(&t, 60, 0);
    }
    assert_true(top(&t, 1, 2, 1)->mbps > 30);
    SAME(top(&t, 1, 2, 1)->mbps_p25, 0);
    talk_dispose(&t);
}

/* One that sends much to many leaves room for others, and has what they don't
 * need. */
static void a_sender_has_a_share(void **state)
{
    static const struct {
        unsigned loud; /* so many, each to 256 addresses */
        unsigned quiet, pairs, of_first, of_quiet;
    } cases[] = {
        { 1, 0, 256, 256, 0 },
        { 1, 40, 256, 216, 40 },
        { 2, 1, 256, 223, 1 }, /* the first is louder than the second */
        { 1, 300, 256, 32, 224 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        static struct nft_pair p[1024];
        struct talk t = { .n = 0 };
        size_t n = 0, first = 0, quiet = 0;

        for (unsigned k = 0; k < cases[i].loud; k++)
            for (unsigned to = 0; to < 256; to++)
                p[n++] = (struct nft_pair){ 1 + k, 1000 + to,
                                            1000000 * (9 - k) + to };
        for (unsigned k = 0; k < cases[i].quiet; k++)
            p[n++] = (struct nft_pair){ 100 + k, 1, 1000 + k };
        assert_int_equal(talk_read(&t, p, n), 0);
        talk_minute(&t, 60, 0);
        (void)top(&t, 0, 0, cases[i].pairs);
        for (size_t k = 0; k < cases[i].pairs; k++) {
            first += room[k].from == 1;
            quiet += room[k].from >= 100;
        }
        if (first != cases[i].of_first || quiet != cases[i].of_quiet)
            fail_msg("case %zu: %zu of the first, %zu quiet", i, first, quiet);
        talk_dispose(&t);
    }
}

/* One that makes addresses up, each for a moment, and sends more than all others
 * do: what they have said stays known. */
static void a_sender_leaves_rows(void **state)
{
    enum { MADE_UP = 256, QUIET = 40 };
    static struct nft_pair p[MADE_UP], quiet[QUIET];
    struct talk t = { .n = 0 };
    size_t found = 0;

    (void)state;
    for (uint64_t i = 0; i < QUIET; i++)
        quiet[i] = (struct nft_pair){ 100 + i, 1, 1000 };
    for (uint64_t look = 0; look < 72; look++) {
        for (uint64_t i = 0; i < MADE_UP; i++)
            p[i] = (struct nft_pair){ 1, 1000 + look * MADE_UP + i, 1 << 20 };
        assert_int_equal(talk_add(&t, p, MADE_UP), 0);
        assert_int_equal(talk_add(&t, quiet, QUIET), 0);
        if (look % 6 == 5)
            talk_minute(&t, 60, 0);
    }
    assert_true(t.n <= TALK_ROWS);
    for (size_t i = 0; i < t.n; i++)
        found += t.row[i].from >= 100 && t.row[i].minutes == 12;
    assert_int_equal(found, QUIET);
    talk_dispose(&t);
}

/* Whatever comes and goes: rows are in order, and no more than there may be. */
static void rows_are_bounded(void **state)
{
    static struct nft_pair p[TALK_READ];
    struct talk t = { .n = 0 };
    uint64_t x = 5;

    for (int minute = 0; minute < 8; minute++) {
        for (size_t i = 0; i < TALK_READ; i++) {
            x = x * 6364136223846793005u + 1442695040888963407u;
            p[i] =
                (struct nft_pair){ i / 64, 64 * i + (x >> 40) % 64, x >> 36 };
        }
        assert_int_equal(talk_read(&t, p, TALK_READ >> (minute % 4)), 0);
        for (size_t i = 1; i < t.n; i++)
            assert_true(t.row[i - 1].from < t.row[i].from ||
                        (t.row[i - 1].from == t.row[i].from &&
                         t.row[i - 1].to < t.row[i].to));
        talk_minute(&t, 60, 0);
        assert_true(t.n > 0 && t.n <= TALK_ROWS);
        (void)top(&t, 0, 0, TALKS_PAIRS);
    }
    talk_dispose(&t);
}

/* --- the document ---------------------------------------------------------------- */

static void the_document(void **state)
{
    struct talks_mac mac[2] = { { "g-1", 0x163e000001 },
                                { "g-2", 0x163e000003 } };
    struct talks_pair pair[1] = { { 0x163e000001, 0x163e000002, 10, -1 } };
    struct talks t = { 1e9, false, true, mac, 2, pair, 1 }, got;
    struct msg err = MSG_NONE;
    size_t len;
    char *text = talks_format(&t, &len);

    assert_non_null(text);
    if (talks_parse(&got, text, len, &err))
        fail_msg("%s", err.text);
    assert_int_equal(got.macs, 2);
    assert_int_equal(got.pairs, 1);
    assert_true(got.at_s == 1e9 && got.ovs && !got.nft);
    assert_string_equal(got.mac[1].uuid, "g-2");
    assert_true(got.pair[0].to == 0x163e000002 && got.pair[0].mbps_p25 < 0);
    for (size_t cut = 0; cut < len - 2; cut++)
        assert_int_equal(talks_parse(&t, text, cut, &err), -EINVAL);
    free(text);

    struct json_out *o = json_text_new(false);

    json_obj(o);
    talks_facts_write(o, &got, "g-1");
    talks_facts_write(o, &got, "g-9"); /* nothing is known of it */
    json_obj_end(o);
    text = json_text_free(o, NULL);
    assert_string_equal(text, "{\"macs\":[\"" A "\"],\"talks\":[{\"mac\":\"" B
                              "\",\"mbps\":10,\"mbps_p25\":null}]}\n");
    free(text);
    talks_dispose(&got);
}

/* It is written each minute, and on a busy host two later. */
static void a_file_of_now(void **state)
{
    static const struct {
        double ago_s;
        bool is;
    } cases[] = {
        { 0, true }, { 240, true }, { 400, false }, { -400, false }
    };
    char *dir = tmpdir_make("talks"), path[512];

    (void)state;
    snprintf(path, sizeof path, "%s/samples", dir);
    assert_int_equal(mkdir(path, 0700), 0);
    snprintf(path, sizeof path, "%s/" TALKS_FILE, dir);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct talks t = { .at_s = (double)time(NULL) - cases[i].ago_s };
        size_t len;
        char *text = talks_format(&t, &len);

        assert_int_equal(file_replace(path, text, len), 0);
        free(text);
        if (talks_file_read(&t, dir) != cases[i].is)
            fail_msg("case %zu", i);
        talks_dispose(&t);
    }
    tmpdir_remove(dir);
}

/* --- interfaces --------------------------------------------------------------------- */

static void interfaces(void **state)
{
    char *dir = tmpdir_make("talks"), path[512];
    struct talk_vifs v = { .n = 0 };
    struct xlx_looker looker;
    struct fake_host host;

    fake_host_init(&host, dir);
    looker = fake_looker(&host);
    fake_host_mac(&host, "backend/vif/7/0/mac", "00:16:3E:00:00:01");
    fake_host_mac(&host, "backend/vif/9/0/mac", "ff:ff:ff:ff:ff:ff");
    fake_file(&host, "sys/class/net/vif7.0/x", "1");
    fake_file(&host, "sys/class/net/vif7.0-emu/x", "1");
    fake_file(&host, "sys/class/net/vif9.0/x", "1");
    fake_file(&host, "sys/class/net/vif7.0;reboot/x", "1");
    fake_file(&host, "sys/class/net/vif07.0/x", "1");
    fake_file(&host, "sys/class/net/vif8.0/x", "1");
    snprintf(path, sizeof path, "%s/sys/class/net/vif8.0/master", dir);
    assert_int_equal(symlink("../../devices/virtual/net/ovs-system", path), 0);
    assert_int_equal(talk_vifs_look(&v, dir, &looker), 0);
    assert_int_equal(v.n, 4);
    assert_int_equal(v.ovs, 1);
    assert_true(v.vif[2].ovs && !v.vif[0].ovs && !v.vif[3].ovs);
    assert_true(v.changed);
    assert_string_equal(v.vif[0].name, "vif7.0");
    assert_string_equal(v.vif[1].name, "vif7.0-emu");
    assert_true(v.vif[0].known && v.vif[1].known && !v.vif[3].known);
    assert_true(v.vif[1].mac == 0x163e000001 && v.vif[1].domid == 7);
    v.changed = false;
    assert_int_equal(talk_vifs_look(&v, dir, &looker), 0);
    assert_false(v.changed);
    /* another card in its place, after a while; and a guest that is gone */
    fake_host_mac(&host, "backend/vif/7/0/mac", "00:16:3e:00:00:05");
    for (int i = 0; i < 60; i++)
        assert_int_equal(talk_vifs_look(&v, dir, &looker), 0);
    assert_true(v.changed && v.vif[0].mac == 0x163e000005);
    v.changed = false;
    snprintf(path, sizeof path, "%s/sys/class/net/vif7.0-emu/x", dir);
    unlink(path);
    *strrchr(path, '/') = '\0';
    assert_int_equal(rmdir(path), 0);
    assert_int_equal(talk_vifs_look(&v, dir, &looker), 0);
    assert_true(v.changed);
    assert_int_equal(v.n, 3);
    /* without a kernel module its ports have no master */
    fake_file(&host, "run/openvswitch/db.sock", "x");
    v.changed = false;
    assert_int_equal(talk_vifs_look(&v, dir, &looker), 0);
    assert_int_equal(v.ovs, 3);
    assert_true(v.changed);
    talk_vifs_dispose(&v);
    tmpdir_remove(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses),
        cmocka_unit_test(answers_of_nft),
        cmocka_unit_test(rates_of_counters),
        cmocka_unit_test(minutes_that_break_off),
        cmocka_unit_test(a_minute_that_does_not_end),
        cmocka_unit_test(one_of_two),
        cmocka_unit_test(bursts_do_not_last),
        cmocka_unit_test(a_sender_has_a_share),
        cmocka_unit_test(a_sender_leaves_rows),
        cmocka_unit_test(rows_are_bounded),
        cmocka_unit_test(the_document),
        cmocka_unit_test(a_file_of_now),
        cmocka_unit_test(interfaces),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
