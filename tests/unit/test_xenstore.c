/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Opens Xen where xenstored accepts nothing: it is refused in a sentence, and
 * nobody waits for ever. The clock runs fast, so that its seconds are short.
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
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "libxl-ext/xlx_impl.h"
#include "tools/base/clock.h"
#include "tools/base/msg.h"

enum { FASTER = 50 };

/* In the place of tools/base/clock.c. */
uint64_t clock_ns(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return ((uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec) * FASTER;
}

uint64_t clock_us(void)
{
    return clock_ns() / 1000;
}

int64_t clock_ms(void)
{
    return (int64_t)(clock_ns() / 1000000);
}

static void test_hangs(void **state)
{
    struct sockaddr_un at = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    struct msg err = MSG_NONE;
    struct xlx *x;

    snprintf(at.sun_path, sizeof at.sun_path, "/tmp/rackhop-xs.%d",
             (int)getpid());
    unlink(at.sun_path);
    assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(listen(fd, 5), 0);
    setenv("XENSTORED_PATH", at.sun_path, 1);
    assert_int_equal(xlx_open(&x, NULL, &err), -ETIMEDOUT);
    assert_null(x);
    assert_non_null(strstr(err.text, "xenstored does not answer"));
    close(fd);
    unlink(at.sun_path);
}

/* A host without xenstored says so at once, as before. */
static void test_none(void **state)
{
    setenv("XENSTORED_PATH", "/nonexistent/socket", 1);
    assert_true(xlx_store_answers());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hangs),
        cmocka_unit_test(test_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
