/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Asks switches by SNMP that cannot be asked, or that say nothing. Each gets
 * its own reason once, and the walk of all comes to its end. (tests/fabric asks
 * real agents.)
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "topology/source.h"

enum { TIMEOUT_MS = 50 };

/* Without a switch, the library is not even started. */
static void test_none(void **state)
{
    assert_null(getenv("MIBS"));
    assert_int_equal(topo_snmp_walk(NULL, 0, TIMEOUT_MS, 1), 0);
    assert_null(getenv("MIBS"));
}

/* A port that is bound, at which nobody answers. */
static int silent_bind(char *address, size_t size)
{
    struct sockaddr_in to = { .sin_family = AF_INET,
                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof to;
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    assert_int_equal(bind(fd, (struct sockaddr *)&to, sizeof to), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&to, &len), 0);
    snprintf(address, size, "127.0.0.1:%u", ntohs(to.sin_port));
    return fd;
}

/* Nothing can be sent to port 0. Its walk must end once, or that of the other
 * switch would not be waited for. */
static void test_cannot_be_sent(void **state)
{
    char silent[32];
    struct topo_view v[2];
    struct topo_snmp_target t[] = {
        { .address = "127.0.0.1:0", .community = "public", .view = &v[0] },
        { .address = silent, .community = "public", .view = &v[1] },
    };
    int fd = silent_bind(silent, sizeof silent);

    topo_view_init(&v[0]);
    topo_view_init(&v[1]);
    assert_int_equal(topo_snmp_walk(t, 2, TIMEOUT_MS, 1), 0);
    assert_int_equal(t[0].rc, -EIO);
    assert_non_null(strstr(t[0].err.text, "127.0.0.1:0: "));
    assert_int_equal(t[1].rc, -ETIMEDOUT);
    assert_non_null(strstr(t[1].err.text, "does not answer SNMP"));
    topo_view_dispose(&v[0]);
    topo_view_dispose(&v[1]);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_none),
        cmocka_unit_test(test_cannot_be_sent),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
