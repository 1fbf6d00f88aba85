/* SPDX-License-Identifier: LGPL-2.1-only */
/* A guest that nothing can watch is no secret: fork and open that fail. */
#include "tools/move/guest_watch.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static bool fork_fails;
static unsigned complaints;

/* The C library's, for this program. */
pid_t fork(void)
{
    if (fork_fails) {
        errno = EAGAIN;
        return -1;
    }
    return _Fork();
}

static int lowest_descriptor(void)
{
    int fd = dup(STDIN_FILENO);

    close(fd);
    return fd;
}

static void no_process(void **state)
{
    int before = lowest_descriptor();
    struct msg err = MSG_NONE;

    fork_fails = true;
    assert_int_equal(guest_watch_start(7, &err), -EAGAIN);
    fork_fails = false;
    assert_non_null(strstr(err.text, "domain 7 runs, but no process"));
    assert_non_null(strstr(err.text, strerror(EAGAIN)));
    assert_int_equal(lowest_descriptor(), before);
}

static void no_descriptor(void **state)
{
    struct rlimit was, now;
    struct msg err = MSG_NONE;
    int rc, stay;

    assert_int_equal(getrlimit(RLIMIT_NOFILE, &was), 0);
    now = was;
    now.rlim_cur = (rlim_t)lowest_descriptor();
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &now), 0);
    rc = guest_watch_start(7, &err);
    stay = guest_watch_stay(8, &err);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &was), 0);
    assert_int_equal(rc, -EMFILE);
    assert_int_equal(stay, 1);
    assert_non_null(strstr(err.text, "domain 8 runs, but no process"));
}

static void on_failed(const char *text)
{
    complaints++;
}

/* One that fails does not keep the others from being watched. */
static void all_of_them(void **state)
{
    static const uint32_t domid[] = { 1, 2, 3 };
    unsigned ended = 0;

    fork_fails = true;
    assert_int_equal(guest_watch_start_all(domid, 3, on_failed), 3);
    assert_int_equal(complaints, 3);
    fork_fails = false;
    assert_int_equal(guest_watch_start_all(domid, 3, on_failed), 0);
    assert_int_equal(complaints, 3);
    /* without Xen each of them ends by itself */
    while (wait(NULL) > 0)
        ended++;
    assert_int_equal(ended, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_process),
        cmocka_unit_test(no_descriptor),
        cmocka_unit_test(all_of_them),
    };

    return cmocka_run_group_tests_name("guest_watch", tests, NULL, NULL);
}
