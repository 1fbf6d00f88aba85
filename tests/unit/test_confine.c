/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What a confined process can still do, and what it dies of. Each case is a
 * process of its own, which confines itself and then does one thing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tools/base/confine.h"

enum { MORE = 8 << 20, DONE = 7 };

static int out[2]; /* a pipe that stood before */

static bool do_write(void)
{
    return write(out[1], "x", 1) == 1;
}

static bool do_compute(void)
{
    char *p = malloc(MORE / 4);

    if (!p)
        return false;
    memset(p, 1, MORE / 4);
    free(p);
    return time(NULL) > 0;
}

static void *memory_map(size_t size, int protection)
{
    return mmap(NULL, size, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static bool do_take_too_much(void)
{
    return memory_map((size_t)8 * MORE, PROT_READ | PROT_WRITE) == MAP_FAILED;
}

static bool do_open(void)
{
    return open("/dev/null", O_RDONLY) >= 0;
}

static bool do_connect(void)
{
    return socket(AF_UNIX, SOCK_STREAM, 0) >= 0;
}

static bool do_connect_ip(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    return fd >= 0 && !close(fd) && socket(AF_INET6, SOCK_STREAM, 0) >= 0;
}

static bool do_fork(void)
{
    return fork() >= 0;
}

static pid_t confined_parent; /* getppid() is not allowed either */

static bool do_kill(void)
{
    return !kill(confined_parent, 0);
}

static bool do_map_code(void)
{
    return memory_map(4096, PROT_READ | PROT_EXEC) != MAP_FAILED;
}

static bool do_make_code(void)
{
    void *p = memory_map(4096, PROT_READ | PROT_WRITE);

    return p != MAP_FAILED && !mprotect(p, 4096, PROT_READ | PROT_EXEC);
}

static const struct {
    const char *name;
    bool (*act)(void);
    bool alone, network; /* allowed to such a process */
} acts[] = {
    { "write", do_write, true, true },
    { "compute", do_compute, true, true },
    { "take too much memory", do_take_too_much, true, true },
    { "open", do_open, false, false },
    { "connect", do_connect, false, false },
    { "connect by IP", do_connect_ip, false, true },
    { "fork", do_fork, false, false },
    { "kill", do_kill, false, false },
    { "map code", do_map_code, false, false },
    { "make code", do_make_code, false, false },
};

static int act_confined(bool (*act)(void), int (*confine)(size_t))
{
    pid_t pid;
    int status;

    confined_parent = getpid();
    pid = fork();
    assert_true(pid >= 0);
    if (!pid)
        _exit(confine(MORE) ? 1 : act() ? DONE : 2);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

static void assert_act(size_t i, bool network)
{
    bool allowed = network ? acts[i].network : acts[i].alone;
    int status =
        act_confined(acts[i].act, network ? confine_to_network : confine_self);

    if (allowed ? !WIFEXITED(status) || WEXITSTATUS(status) != DONE
                : !WIFSIGNALED(status) || WTERMSIG(status) != SIGSYS)
        fail_msg("%s: status %#x", acts[i].name, (unsigned)status);
}

static void test_acts(void **state)
{
    assert_int_equal(pipe2(out, O_CLOEXEC), 0);
    for (size_t i = 0; i < sizeof acts / sizeof *acts; i++) {
        assert_act(i, false);
        assert_act(i, true);
    }
    close(out[0]);
    close(out[1]);
}

/* The kernel gives the files of a process that may leave no core to root. */
static bool is_closed(pid_t pid)
{
    char path[64];
    struct stat st;

    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    assert_int_equal(stat(path, &st), 0);
    return st.st_uid == 0;
}

/* Where it may not become another user, which closes a process by itself: a core
 * that goes to a pipe heeds no limit. */
static void test_core(void **state)
{
    enum { USER = 12345 };
    int (*const confine[])(size_t) = { confine_self, confine_to_network };

    for (size_t i = 0; i < 2; i++) {
        int ready[2], end[2], status;
        char byte = 'x';
        pid_t pid;

        assert_false(pipe2(ready, O_CLOEXEC) || pipe2(end, O_CLOEXEC));
        pid = fork();
        assert_true(pid >= 0);
        if (!pid) {
            if ((!getuid() && setresuid(USER, USER, USER)) ||
                prctl(PR_SET_DUMPABLE, 1) || write(ready[1], "o", 1) != 1 ||
                read(end[0], &byte, 1) != 1 || confine[i](MORE) ||
                write(ready[1], "c", 1) != 1)
                _exit(1);
            _exit(read(end[0], &byte, 1) == 1 ? DONE : 2);
        }
        close(ready[1]);
        assert_int_equal(read(ready[0], &byte, 1), 1);
        assert_false(is_closed(pid));
        assert_int_equal(write(end[1], "g", 1), 1);
        assert_int_equal(read(ready[0], &byte, 1), 1);
        assert_int_equal(byte, 'c');
        assert_true(is_closed(pid));
        assert_int_equal(write(end[1], "g", 1), 1);
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == DONE);
        close(ready[0]);
        close(end[0]);
        close(end[1]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_acts),
        cmocka_unit_test(test_core),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
