/* SPDX-License-Identifier: LGPL-2.1-only */
/* Which names and addresses of hosts a pattern stands for. */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tools/base/hostpat.h"

static bool has_name(const char *pattern, const char *name)
{
    return hostpat_has_name(pattern, strlen(pattern), name, strlen(name));
}

static void test_names(void **state)
{
    static const struct {
        const char *pattern, *name;
        bool has;
    } rows[] = {
        { "r1h1", "r1h1", true },
        { "r1h1.example.com", "R1H1.Example.COM", true },
        { "r1h1", "r1h10", false },
        { "r1h10", "r1h1", false },
        { "r1h1", "r1h1.example.com", false },
        { "*.example.com", "r1h1.example.com", true },
        { "*.example.com", "example.com", false },
        { "*.example.com", "a.b.example.com", false },
        { "*.example.com", "a.example.com.evil.org", false },
        { "*.example.com", "evil.org/a.example.com", false },
        { "r*h*.example.com", "r12h7.example.com", true },
        { "r*h*.example.com", "r12.h7.example.com", false },
        { "r*h*h", "r1hh2h", true },
        { "r*h*h", "r1h", false },
        { "*a*b.c", "xabab.c", true },
        { "*.*.b", "x.a.b", true },
        { "*.*.b", "x.b", false },
        { "*", "r1h1", true },
        { "*", "r1h1.example.com", false },
        { "**", "r1h1", true },
        { "*", "", false },
        { "", "", false },
        /* a wildcard in a certificate is no name */
        { "*.example.com", "*.example.com", false },
        { "a.example.com", "*.example.com", false },
        { "r1h1", "r1h1 ", false },
        { "r1[h]1", "r1h1", false },
        /* an address is no name, whatever a certificate says */
        { "10.1.0.7", "10.1.0.7", false },
        { "10.1.0.*", "10.1.0.7", false },
        { "10*", "101", true }, /* hosts that are called by numbers */
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (has_name(rows[i].pattern, rows[i].name) != rows[i].has)
            fail_msg("\"%s\", \"%s\"", rows[i].pattern, rows[i].name);
    assert_false(hostpat_has_name("r1h1", 4, "r1h1\0.evil.org", 14));
}

static void test_addresses(void **state)
{
    static const struct {
        const char *pattern, *address;
        bool has;
    } rows[] = {
        { "10.1.0.7", "10.1.0.7", true },
        { "10.1.0.7", "10.1.0.8", false },
        { "10.1.0.*", "10.1.0.7", false },
        { "*", "10.1.0.7", false },
        { "fd00::7", "fd00:0:0::7", true },
        { "FD00::7", "fd00::7", true },
        { "fd00::7", "fd00::8", false },
        { "::ffff:10.1.0.7", "10.1.0.7", false },
        { "r1h1", "10.1.0.7", false },
        { "", "10.1.0.7", false },
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        bool v6 = strchr(rows[i].address, ':');
        uint8_t a[16];

        assert_int_equal(
            inet_pton(v6 ? AF_INET6 : AF_INET, rows[i].address, a), 1);
        if (hostpat_has_address(rows[i].pattern, strlen(rows[i].pattern), a,
                                v6 ? 16 : 4) != rows[i].has)
            fail_msg("\"%s\", \"%s\"", rows[i].pattern, rows[i].address);
    }
    assert_false(hostpat_has_address("10.1.0.7", 8, "", 0));
}

static void test_patterns(void **state)
{
    char long_one[HOSTPAT_MOST + 2];

    memset(long_one, 'a', sizeof long_one);
    assert_true(hostpat_ok(long_one, HOSTPAT_MOST));
    assert_false(hostpat_ok(long_one, HOSTPAT_MOST + 1));
    assert_true(hostpat_ok("*.a-b_c.9", 9) && hostpat_ok("fe80::1", 7));
    assert_false(hostpat_ok("", 0) || hostpat_ok("a b", 3) ||
                 hostpat_ok("a\nb", 3) || hostpat_ok("a\0b", 3) ||
                 hostpat_ok("a?", 2) || hostpat_ok("CN=a", 4));
    /* an address has no star, and a name no colon */
    assert_false(hostpat_ok("10.1.0.*", 8) || hostpat_ok("10.*", 4) ||
                 hostpat_ok("*.1", 3) || hostpat_ok("fd00::*", 7) ||
                 hostpat_ok("*:7", 3) || hostpat_ok("r*:7", 4));
    assert_true(hostpat_ok("10.1.0.7", 8) && hostpat_ok("10*", 3) &&
                hostpat_ok("*", 1) && hostpat_ok("*.*", 3) &&
                hostpat_ok("10.*.a", 6));
    assert_true(hostpat_is_one("r1h1", 4));
    assert_false(hostpat_is_one("r1h*", 4));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_addresses),
        cmocka_unit_test(test_patterns),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
