/* SPDX-License-Identifier: LGPL-2.1-only */
/* The program for guests: its line, and its words with xenstore. */
#define main rackhop_guest_main
int rackhop_guest_main(int argc, char **argv);
#include "tools/guest/rackhop-guest.c"
#undef main

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "tests/lib/fake_host.h"
#include "tests/lib/tmpdir.h"
#include "tools/daemon/hint.h"

static char *dir;
static struct fake_host host;

static int set_up(void **state)
{
    dir = tmpdir_make("guest");
    fake_host_init(&host, dir);
    return 0;
}

static int tear_down(void **state)
{
    tmpdir_remove(dir);
    return 0;
}

/* The agent understands what the program says; what is not there is not said. */
static void test_line(void **state)
{
    char line[LINE];
    struct hint h;

    line_of(dir, line);
    assert_string_equal(line, "1");
    fake_file(&host, "proc/vmstat", "pgfault 7\npgmajfault 42\nx 1\n");
    line_of(dir, line);
    assert_string_equal(line, "1 faults=42");
    fake_file(&host, "proc/pressure/memory",
              "some avg10=0.00 avg60=0.00 avg300=0.00 total=1234\n"
              "full avg10=0.00 avg60=0.00 avg300=0.00 total=99\n");
    fake_file(&host, "proc/meminfo",
              "MemTotal: 9 kB\nSwapTotal:    2048 kB\nSwapFree:  2000 kB\n");
    line_of(dir, line);
    assert_string_equal(line, "1 faults=42 stall_us=1234 swap_kib=48");
    assert_int_equal(hint_parse(&h, line), 0);
    assert_true(h.faults == 42 && h.stall_us == 1234 && h.swap_kib == 48);
    fake_file(&host, "proc/pressure/memory", "nothing\n");
    fake_file(&host, "proc/meminfo", "SwapTotal: 1 kB\nSwapFree: 2 kB\n");
    line_of(dir, line);
    assert_string_equal(line, "1 faults=42");
}

/* What xenstore answers, and what comes of it. */
static void test_write(void **state)
{
    static const struct {
        struct xs_head head;
        const char *text;
        int rc;
    } row[] = {
        { { XS_WRITE, 0, 0, 3 }, "OK", 0 },
        { { 16, 0, 0, 7 }, "EACCES", -1 },
        { { XS_WRITE, 0, 0, 1u << 31 }, "OK", -1 },
        { { XS_WRITE, 0, 0, 30 }, "OK", -1 },
    };

    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        size_t len = strlen("data/rackhop") + 1 + 4;
        struct xs_head h;
        char text[64];
        int fd[2];

        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
        assert_int_equal(write(fd[1], &row[i].head, sizeof h), sizeof h);
        assert_true(write(fd[1], row[i].text, strlen(row[i].text) + 1) > 0);
        shutdown(fd[1], SHUT_WR);
        assert_int_equal(xs_write(fd[0], "data/rackhop", "1 ab"), row[i].rc);
        assert_int_equal(read(fd[1], &h, sizeof h), sizeof h);
        assert_int_equal(h.type, XS_WRITE);
        assert_int_equal(h.len, len);
        assert_int_equal(read(fd[1], text, sizeof text), len);
        assert_memory_equal(text,
                            "data/rackhop\0"
                            "1 ab",
                            len);
        close(fd[0]);
        close(fd[1]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_line, set_up, tear_down),
        cmocka_unit_test(test_write),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
