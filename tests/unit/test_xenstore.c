/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Opens Xen where xenstored accepts nothing: it is refused in a sentence, and
 * nobody waits for ever, nor for one that hangs later. The clock runs fast, so
 * that its seconds are short.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <xenstore.h>

#define FAST_CLOCK 50
#include "tests/lib/fast_clock.h"

#include "libxl-ext/xlx_impl.h"
#include "tests/lib/fake_server.h"
#include "tools/base/msg.h"
#include "tools/deadline.h"
#include "tools/exit.h"

static void test_hangs(void **state)
{
    struct msg err = MSG_NONE;
    struct fake_server f;
    struct xlx *x;

    fake_server_listen(&f, "xenstored", 5);
    setenv("XENSTORED_PATH", f.at.sun_path, 1);
    assert_int_equal(xlx_open(&x, NULL, &err), -ETIMEDOUT);
    assert_null(x);
    assert_non_null(strstr(err.text, "xenstored does not answer"));
    fake_server_end(&f);
}

/* A host without xenstored says so at once, as before. */
static void test_none(void **state)
{
    setenv("XENSTORED_PATH", "/nonexistent/socket", 1);
    assert_true(xlx_store_answers());
}

/* --- one that hangs later ------------------------------------------------- */

/* The header of a request and of its answer, as xs_wire.h has it. */
struct wire {
    uint32_t type, request, transaction, len;
};

/* Answers the first request, and no other. */
static void answer_once(int listening)
{
    static const char list[] = "local";
    struct wire h;
    char rest[256];
    int fd = accept(listening, NULL, NULL);

    if (recv(fd, &h, sizeof h, MSG_WAITALL) != sizeof h ||
        recv(fd, rest, h.len, MSG_WAITALL) != (ssize_t)h.len)
        _exit(1);
    h.len = sizeof list;
    send(fd, &h, sizeof h, MSG_NOSIGNAL);
    send(fd, list, sizeof list, MSG_NOSIGNAL);
    while (recv(fd, rest, sizeof rest, 0) > 0)
        ;
    _exit(0);
}

/* Reads twice, the second time for ever. */
static void read_twice(int out)
{
    struct xs_handle *h = xs_open(0);
    unsigned n;

    dup2(out, STDERR_FILENO);
    if (!h || !xs_directory(h, XBT_NULL, "/", &n) || n != 1)
        _exit(99);
    deadline_begin(1, RC_DOUBT, "a test read");
    xs_directory(h, XBT_NULL, "/", &n);
    _exit(98);
}

static void test_hangs_later(void **state)
{
    struct fake_server f;
    pid_t server, reader;
    int out[2], status;
    char said[256] = "";

    fake_server_listen(&f, "xenstored", 5);
    setenv("XENSTORED_PATH", f.at.sun_path, 1);
    server = fork();
    if (!server)
        answer_once(f.fd);
    assert_int_equal(pipe(out), 0);
    reader = fork();
    if (!reader)
        read_twice(out[1]);
    assert_int_equal(waitpid(reader, &status, 0), reader);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), RC_DOUBT);
    assert_true(read(out[0], said, sizeof said - 1) > 0);
    assert_non_null(strstr(said, "rackhop: xenstored or Xen stopped answering "
                                 "while a test read; "));
    assert_int_equal(waitpid(server, &status, 0), server);
    assert_int_equal(status, 0);
    close(out[0]);
    close(out[1]);
    fake_server_end(&f);
}

/* A command that was in time goes on. */
static void test_deadline_ends(void **state)
{
    deadline_begin(100, RC_FAILED, "a test read");
    deadline_end();
    assert_int_equal(alarm(0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hangs),
        cmocka_unit_test(test_none),
        cmocka_unit_test(test_hangs_later),
        cmocka_unit_test(test_deadline_ends),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
