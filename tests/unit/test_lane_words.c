/* SPDX-License-Identifier: LGPL-2.1-only */
/* The lines on rackhop-wire's control socket: said and read, or refused. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "libxl-ext/wire/lane_words.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))
#define ID       "000102030405060708090a0b0c0d0e0f"
#define KEY      ID "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff"

static void test_start(void **state)
{
    static const struct {
        const char *line;
        bool ok;
    } rows[] = {
        { "source 1 10.0.0.1 41000 41000 4 12500000 300 " ID " " KEY, true },
        { "target 1 fe80::1 0 0 1 0 0 " ID " " KEY, true },
        { "target 1 ::1 41000 41063 8 0 604800 " ID " " KEY, true },
        { "target 2 ::1 41000 41063 8 0 1 " ID " " KEY, false },
        { "target 0 ::1 41000 41063 8 0 1 " ID " " KEY, false },
        { "source 1 10.0.0.1 41000 41001 4 0 300 " ID " " KEY, false },
        { "source 1 10.0.0.1 0 0 4 0 300 " ID " " KEY, false },
        { "target 1 ::1 41063 41000 8 0 1 " ID " " KEY, false },
        { "target 1 ::1 0 65536 8 0 1 " ID " " KEY, false },
        { "target 1 ::1 0 0 0 0 1 " ID " " KEY, false },
        { "target 1 ::1 0 0 9 0 1 " ID " " KEY, false },
        { "target 1 ::1 0 0 -1 0 1 " ID " " KEY, false },
        { "target 1 a.host 0 0 1 0 1 " ID " " KEY, false },
        { "target 1  0 0 1 0 1 " ID " " KEY, false },
        { "target 1 ::1 0 0 1 0 604801 " ID " " KEY, false },
        { "target 1 ::1 0 0 1 0 1 " ID " " ID, false },
        { "target 1 ::1 0 0 1 0 1 " ID " " KEY "00", false },
        { "target 1 ::1 0 0 1 0 1 " ID " " KEY " 1", false },
        { "target 1 ::1 0 0 1 0 1 " KEY " " ID, false },
        { "target 1 ::1 0 0 1 0 99999999999999999999 " ID " " KEY, false },
        { "listen 1 ::1 0 0 1 0 1 " ID " " KEY, false },
        { "target 1 ::1 0 0 1 0 1 " ID " " KEY " pki 1 2 0 3 262144", true },
        { "target 1 ::1 0 0 1 0 1 " ID " " KEY " pki 1 2 0 3 262145", false },
        { "target 1 ::1 0 0 1 0 1 " ID " " KEY " pki 0 2 0 3 4", false },
        { "target 1 ::1 0 0 1 0 1 " ID " " KEY " pki 1 2 0 3 0", false },
        { "target 1 ::1 0 0 1 0 1 " ID " " KEY " pki 1 2 0 3", false },
        { "target 1 ::1 0 0 1 0 1 " ID " " KEY " pki 1 2 0 3 4 5", false },
        { "target 1 ::1 0 0 1 0 1 " ID " " KEY " pki", false },
        { "target 1 ::1 0 0 1 0 1 " ID " " KEY " x509", false },
        { "target", false },
        { "", false },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        char line[LANE_WORDS_MAX];
        struct lane_start s;

        if (lane_start_get(&s, rows[i].line) != (rows[i].ok ? 0 : -EPROTO))
            fail_msg("row %zu", i);
        if (!rows[i].ok)
            continue;
        assert_int_equal(lane_start_put(&s, line), strlen(rows[i].line));
        assert_string_equal(line, rows[i].line);
    }
}

static void test_order(void **state)
{
    struct lane_order o;

    assert_int_equal(lane_order_get(&o, "rate 1000"), 0);
    assert_true(o.type == LANE_ORDER_RATE && o.value == 1000);
    assert_int_equal(lane_order_get(&o, "patience 5"), 0);
    assert_true(o.type == LANE_ORDER_PATIENCE && o.value == 5);
    assert_int_equal(lane_order_get(&o, "rate 1099511627777"), -EPROTO);
    assert_int_equal(lane_order_get(&o, "patience 604801"), -EPROTO);
    assert_int_equal(lane_order_get(&o, "rate"), -EPROTO);
    assert_int_equal(lane_order_get(&o, "rate 1 2"), -EPROTO);
    assert_int_equal(lane_order_get(&o, "rates 1"), -EPROTO);
}

static void test_report(void **state)
{
    static const struct {
        const char *line;
        bool ok;
    } rows[] = {
        { "listening 41000", true },
        { "reached 7", true },
        { "dials 0", true },
        { "dials", false },
        { "reached 8", false },
        { "reached 0 1", false },
        { "up 7 TLS_AES_128_GCM_SHA256", true },
        { "down 0 Connection reset by peer", true },
        { "bytes 1 2 9223372036854775807", true },
        { "done", true },
        { "failed no connection for 300 s", true },
        { "certificates 1796036400 1796036401 r1h1.example.com", true },
        { "certificates 1796036400 1796036401", false },
        { "certificates 1796036400 x r1h1", false },
        { "certificates 1 9223372036854775808 r1h1", false },
        { "listening 0", false },
        { "listening 65536", false },
        { "up 8 x", false },
        { "up 1", false },
        { "down 1 ", false },
        { "down 1 \x1b[2J", false },
        { "bytes 1 2", false },
        { "bytes 1 2 3 4", false },
        { "bytes 1 2 9223372036854775808", false },
        { "done 1", false },
        { "failed", false },
        { "", false },
        { "other", false },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        char line[LANE_WORDS_MAX];
        struct lane_report r;

        if (lane_report_get(&r, rows[i].line) != (rows[i].ok ? 0 : -EPROTO))
            fail_msg("row %zu", i);
        if (!rows[i].ok)
            continue;
        lane_report_put(&r, line);
        assert_string_equal(line, rows[i].line);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_start),
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_report),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
