/* SPDX-License-Identifier: LGPL-2.1-only */
/* Networks and ranges of ports, as an administrator writes them. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tools/base/ipnet.h"

static bool has(const char *network, const char *address)
{
    struct sockaddr_in v4 = { .sin_family = AF_INET };
    struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };
    struct ipnet n;

    if (ipnet_parse(&n, network))
        fail_msg("not taken: %s", network);
    if (inet_pton(AF_INET, address, &v4.sin_addr) == 1)
        return ipnet_has(&n, (struct sockaddr *)&v4);
    assert_int_equal(inet_pton(AF_INET6, address, &v6.sin6_addr), 1);
    return ipnet_has(&n, (struct sockaddr *)&v6);
}

static void test_has(void **state)
{
    static const struct {
        const char *network, *address;
        bool has;
    } rows[] = {
        { "10.1.0.0/16", "10.1.255.255", true },
        { "10.1.0.0/16", "10.2.0.0", false },
        { "10.1.2.3/16", "10.1.9.9", true },
        { "10.1.2.128/25", "10.1.2.127", false },
        { "10.1.2.128/25", "10.1.2.129", true },
        { "10.1.2.3/32", "10.1.2.3", true },
        { "10.1.2.3/32", "10.1.2.2", false },
        { "0.0.0.0/0", "192.0.2.1", true },
        { "0.0.0.0/0", "::1", false },
        { "fd00:1::/33", "fd00:1:7fff::1", true },
        { "fd00:1::/33", "fd00:1:8000::1", false },
        { "::/0", "fe80::1", true },
        { "::1/128", "::1", true },
        { "::/0", "10.0.0.1", false },
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (has(rows[i].network, rows[i].address) != rows[i].has)
            fail_msg("%s in %s", rows[i].address, rows[i].network);
}

static void test_refuses(void **state)
{
    static const char *const bad[] = {
        "",
        "10.1.0.0",
        "10.1.0.0/",
        "10.1.0.0/33",
        "10.1.0/16",
        "10.1.0.0/16x",
        "/16",
        "10.1.0.0/-1",
        "10.1.0.0/ 8",
        "fd00::/129",
        "h2/16",
        "10.1.0.0/000016",
        "::ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/16",
    };
    static const char *const ports[] = {
        "",       "0",     "-",           "1-",      "-1",    "41000 - 41063",
        "0-5",    "65536", "41063-41000", "1-65536", "1-2-3", "Any",
        "000001",
    };
    struct ipnet n;
    struct ports p;

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (ipnet_parse(&n, bad[i]) != -EINVAL)
            fail_msg("taken: %s", bad[i]);
    for (size_t i = 0; i < sizeof ports / sizeof *ports; i++)
        if (ports_parse(&p, ports[i]) != -EINVAL)
            fail_msg("taken: %s", ports[i]);
    assert_int_equal(ports_parse(&p, "41000-41063"), 0);
    assert_true(p.first == 41000 && p.last == 41063);
    assert_int_equal(ports_parse(&p, "65535"), 0);
    assert_true(p.first == 65535 && p.last == 65535);
    assert_int_equal(ports_parse(&p, "any"), 0);
    assert_true(!p.first && !p.last);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_has),
        cmocka_unit_test(test_refuses),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
