/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What a move tells its save helper while that does not listen: a round may
 * take an hour, and in all of it nothing is read.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "libxl-ext/send_impl.h"

/* What is said once is heard, whatever was said again and again before it. */
static void test_long_round(void **state)
{
    struct sender m = { .stream = { -1, -1 } };
    char buf[XLX_CTL_MAX];
    struct xlx_ctl c = { .type = XLX_CTL_PHASE };
    int pair[2];
    ssize_t n;

    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
    m.ctl = pair[0];
    for (int i = 0; i < 5000; i++)
        xlx_send_helper_inflight(&m);
    for (uint64_t up = 0; up < 2; up++)
        assert_true(xlx_send_helper_tell(
            &m, &(struct xlx_ctl){ .type = XLX_CTL_LINK, .value = up }));
    while ((n = recv(pair[1], buf, sizeof buf, MSG_DONTWAIT)) > 0)
        assert_int_equal(xlx_ctl_parse(&c, buf, (size_t)n), 0);
    assert_int_equal(c.type, XLX_CTL_LINK);
    assert_int_equal(c.value, 1);
    xlx_send_helper_inflight(&m);
    assert_true(recv(pair[1], buf, sizeof buf, MSG_DONTWAIT) > 0);
    close(pair[0]);
    close(pair[1]);
}

/* A socket that is full, and none: it is to be said again. */
static void test_untold(void **state)
{
    const struct xlx_ctl link = { .type = XLX_CTL_LINK };
    struct sender m = { .ctl = -1 };
    int pair[2], said = 0;

    assert_false(xlx_send_helper_tell(&m, &link));
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
    m.ctl = pair[0];
    while (said < 5000 && xlx_send_helper_tell(&m, &link))
        said++;
    assert_true(said > 100 && said < 5000);
    close(pair[0]);
    close(pair[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_long_round),
        cmocka_unit_test(test_untold),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
