/* SPDX-License-Identifier: LGPL-2.1-only */
/* The line of a move, as systemd's journal gets it, and as syslog does. */
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
#include <syslog.h>
#include <unistd.h>

#include "tools/movelog.h"

static char dir[] = "/tmp/movelog-XXXXXX", path[64];
static char logged[2048];
static int priority;

/* In the place of libc's, under both names that a call may have. */
void __wrap_syslog(int p, const char *fmt, ...);
void __wrap___syslog_chk(int p, int flag, const char *fmt, ...);

__attribute__((format(printf, 2, 0))) static void take(int p, const char *fmt,
                                                       va_list ap)
{
    priority = p;
    vsnprintf(logged, sizeof logged, fmt, ap);
}

__attribute__((format(printf, 2, 3))) void __wrap_syslog(int p,
                                                         const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    take(p, fmt, ap);
    va_end(ap);
}

__attribute__((format(printf, 3, 4))) void __wrap___syslog_chk(int p, int flag,
                                                               const char *fmt,
                                                               ...)
{
    va_list ap;

    va_start(ap, fmt);
    take(p, fmt, ap);
    va_end(ap);
}

static const struct movelog moved = { .end = MOVELOG_DONE,
                                      .guest = "web1",
                                      .uuid = "u1",
                                      .from = "h1",
                                      .to = "h2",
                                      .id = "r.1.1",
                                      .run = "r",
                                      .seconds = 12.34,
                                      .downtime_ms = 71.6,
                                      .bytes = 1073741824.0 };
/* What is not known has no field; a name can neither begin one nor obey a
 * terminal. */
static const struct movelog doubt = { .end = MOVELOG_DOUBT,
                                      .guest = "web1\nPRIORITY=0\033[2J",
                                      .uuid = "u1",
                                      .from = "h1",
                                      .to = "h2",
                                      .why = "h2 is gone",
                                      .seconds = -1,
                                      .downtime_ms = -1,
                                      .bytes = -1 };

static int listen_at(void)
{
    struct sockaddr_un at = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    assert_true(fd >= 0);
    strcpy(at.sun_path, path);
    assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
    return fd;
}

static void journal(void **state)
{
    static const struct {
        const struct movelog *m;
        const char *text;
    } rows[] = {
        { &moved,
          "MESSAGE=web1 was moved from h1 to h2 in 12.3 s, suspended for 72 "
          "ms\n"
          "PRIORITY=6\n"
          "SYSLOG_IDENTIFIER=rackhop\n"
          "MESSAGE_ID=5d1f6bb1f1c94d6c9b1d0f6b7a3c2e48\n"
          "RACKHOP_RESULT=done\n"
          "RACKHOP_GUEST=web1\n"
          "RACKHOP_UUID=u1\n"
          "RACKHOP_FROM=h1\n"
          "RACKHOP_TO=h2\n"
          "RACKHOP_RUN=r\n"
          "RACKHOP_MOVE=r.1.1\n"
          "RACKHOP_SECONDS=12.340\n"
          "RACKHOP_DOWNTIME_MS=72\n"
          "RACKHOP_BYTES=1073741824\n" },
        { &doubt,
          "MESSAGE=web1?PRIORITY=0?[2J is in doubt after its move from h1 to "
          "h2: h2 is gone\n"
          "PRIORITY=3\n"
          "SYSLOG_IDENTIFIER=rackhop\n"
          "MESSAGE_ID=5d1f6bb1f1c94d6c9b1d0f6b7a3c2e48\n"
          "RACKHOP_RESULT=doubt\n"
          "RACKHOP_GUEST=web1?PRIORITY=0?[2J\n"
          "RACKHOP_UUID=u1\n"
          "RACKHOP_FROM=h1\n"
          "RACKHOP_TO=h2\n"
          "RACKHOP_REASON=h2 is gone\n" },
    };
    int fd = listen_at();

    *logged = '\0';
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char got[16384];
        ssize_t n;

        movelog_tell(rows[i].m);
        n = recv(fd, got, sizeof got - 1, 0);
        assert_true(n > 0);
        got[n] = '\0';
        assert_string_equal(got, rows[i].text);
    }
    assert_string_equal(logged, "");
    close(fd);
    unlink(path);
}

/* However long the strings are, the datagram has whole fields. */
static void bounded(void **state)
{
    char name[20000], got[32768];
    struct movelog m = moved;
    int fd = listen_at();
    ssize_t n;

    memset(name, '\001', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    m.guest = m.uuid = m.from = m.to = m.id = m.run = m.why = name;
    movelog_tell(&m);
    n = recv(fd, got, sizeof got - 1, 0);
    assert_true(n > 0 && n <= 8192);
    assert_int_equal(got[n - 1], '\n');
    close(fd);
    unlink(path);
}

/* Nobody listens, or nobody reads: the line is in syslog. */
static void syslogged(void **state)
{
    int fd;

    movelog_tell(&moved);
    assert_int_equal(priority, LOG_INFO);
    assert_string_equal(logged, "web1 was moved from h1 to h2 in 12.3 s, "
                                "suspended for 72 ms");
    fd = listen_at();
    *logged = '\0';
    for (int i = 0; i < 10000 && !*logged; i++)
        movelog_tell(&doubt);
    assert_int_equal(priority, LOG_ERR);
    assert_non_null(strstr(logged, "web1?PRIORITY=0?[2J is in doubt"));
    close(fd);
    unlink(path);
}

static int begin(void **state)
{
    if (!mkdtemp(dir))
        return -1;
    snprintf(path, sizeof path, "%s/journal", dir);
    return setenv("RACKHOP_JOURNAL", path, 1);
}

static int over(void **state)
{
    return rmdir(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(journal),
        cmocka_unit_test(bounded),
        cmocka_unit_test(syslogged),
    };

    return cmocka_run_group_tests(tests, begin, over);
}
