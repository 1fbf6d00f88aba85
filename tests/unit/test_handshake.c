/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * xl's wire: greeting, banner, header, configuration, fixed messages. The far
 * end is this test, which has said everything before it is listened to, or
 * a process that says it in pieces.
 */
#include "libxl-ext/handshake.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "tools/base/clock.h"

#include "libxl-ext/migrate.h"

#define BANNER "xl migration receiver ready, send binary domain data.\n"

static uint64_t soon(void)
{
    return clock_us() + 60000000;
}

static uint64_t at_once(void)
{
    return clock_us() + 20000;
}

/* A pipe in which that stands; open: it may go on. */
static int says(const void *data, size_t len, int *open)
{
    int p[2];

    assert_int_equal(pipe2(p, O_CLOEXEC), 0);
    fcntl(p[1], F_SETPIPE_SZ, 1 << 20);
    assert_int_equal(write(p[1], data, len), (ssize_t)len);
    if (open)
        *open = p[1];
    else
        close(p[1]);
    return p[0];
}

/* --- the greeting --------------------------------------------------------------- */

static void greeting(const char *text, size_t len, int rc, const char *want)
{
    struct loop l;
    char *got;
    int fd = says(text, len, NULL);

    loop_init(&l);
    assert_int_equal(xlx_hs_greeting(&l, fd, &got, soon()), rc);
    if (want)
        assert_string_equal(got, want);
    free(got);
    close(fd);
    loop_dispose(&l);
}

#define GREETING(text_, rc_, want_)                                           \
    greeting(text_, sizeof(text_) - 1, rc_, want_)

static void test_greeting(void **state)
{
    GREETING(BANNER, 0, "");
    GREETING("{\"format\":1}\n" BANNER, 0, "{\"format\":1}\n");
    GREETING("motd\n\n@xl\n" BANNER, 0, "motd\n\n@xl\n");
    /* half of it in what stands before it */
    GREETING("xl migration receiver ready, xl " BANNER, 0,
             "xl migration receiver ready, xl ");
    /* what was said instead comes along with the error */
    GREETING("Permission denied\n", -EPIPE, "Permission denied\n");
    GREETING("xl migration receiver ready, send binary domain data.", -EPIPE,
             "xl migration receiver ready, send binary domain data.");
    GREETING("", -EPIPE, NULL);
    /* nobody may talk before he is spoken to */
    GREETING(BANNER "more", -EPROTO, "");
}

static void test_greeting_late(void **state)
{
    struct loop l;
    char *got;
    int open, fd = says("half", 4, &open);

    loop_init(&l);
    assert_int_equal(xlx_hs_greeting(&l, fd, &got, at_once()), -ETIMEDOUT);
    assert_string_equal(got, "half");
    free(got);
    close(fd);
    close(open);
    loop_dispose(&l);
}

static void test_greeting_too_long(void **state)
{
    struct loop l;
    char *got;
    int p[2];
    pid_t pid;

    assert_int_equal(pipe2(p, O_CLOEXEC), 0);
    fflush(NULL);
    pid = fork();
    if (!pid) {
        static char block[65536];

        close(p[0]);
        signal(SIGPIPE, SIG_DFL);
        memset(block, 'x', sizeof block);
        while (write(p[1], block, sizeof block) > 0)
            ;
        _exit(0);
    }
    close(p[1]);
    loop_init(&l);
    assert_int_equal(xlx_hs_greeting(&l, p[0], &got, soon()), -E2BIG);
    free(got);
    close(p[0]);
    waitpid(pid, NULL, 0);
    loop_dispose(&l);
}

/* Byte by byte, as a slow wire may bring it. */
_Noreturn static void drip(int fd, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (write(fd, text + i, 1) != 1)
            _exit(1);
    _exit(0);
}

static void test_greeting_in_pieces(void **state)
{
    static const char text[] = "{\"a\":\"xl migration rec\"}\n" BANNER;
    struct loop l;
    char *got;
    int p[2];
    pid_t pid;

    assert_int_equal(pipe2(p, O_CLOEXEC), 0);
    fflush(NULL);
    pid = fork();
    if (!pid)
        drip(p[1], text, sizeof text - 1);
    close(p[1]);
    loop_init(&l);
    assert_int_equal(xlx_hs_greeting(&l, p[0], &got, soon()), 0);
    assert_string_equal(got, "{\"a\":\"xl migration rec\"}\n");
    free(got);
    close(p[0]);
    waitpid(pid, NULL, 0);
    loop_dispose(&l);
}

/* xlx_greeting: the last line on stderr is the cause. */
static void test_said(void **state)
{
    static const char err[] =
        "Warning: one\nssh: \033[1mno \xc2\x9broute\r\n\n";
    char *got, said[64];
    int in = says("", 0, NULL), e = says(err, sizeof err - 1, NULL);

    assert_int_equal(
        xlx_greeting(in, e, 60, NULL, NULL, &got, said, sizeof said), -EPIPE);
    assert_string_equal(said, "ssh: ?[1mno ?route");
    free(got);
    close(in);
    close(e);
    in = says("{}\n" BANNER, 3 + sizeof BANNER - 1, NULL);
    e = says("", 0, NULL);
    assert_int_equal(
        xlx_greeting(in, e, 60, NULL, NULL, &got, said, sizeof said), 0);
    assert_string_equal(got, "{}\n");
    assert_string_equal(said, "");
    free(got);
    close(in);
    close(e);
}

/* --- fixed messages ------------------------------------------------------------- */

static void test_messages(void **state)
{
    for (int m = XLX_HS_BANNER; m <= XLX_HS_REPORT; m++) {
        struct loop l;
        size_t len;
        const char *text = xlx_hs_text((enum xlx_hs_msg)m, &len);
        char wrong[64];
        int p[2], fd;

        loop_init(&l);
        assert_int_equal(pipe2(p, O_CLOEXEC), 0);
        assert_int_equal(xlx_hs_say(&l, p[1], (enum xlx_hs_msg)m, soon()), 0);
        assert_int_equal(xlx_hs_expect(&l, p[0], (enum xlx_hs_msg)m, soon()),
                         0);
        close(p[1]);
        assert_int_equal(xlx_hs_expect(&l, p[0], (enum xlx_hs_msg)m, soon()),
                         -EPIPE);
        close(p[0]);
        /* each byte counts, the NUL behind as well */
        for (size_t i = 0; i < len; i++) {
            memcpy(wrong, text, len);
            wrong[i] ^= 1;
            fd = says(wrong, len, NULL);
            assert_int_equal(xlx_hs_expect(&l, fd, (enum xlx_hs_msg)m, soon()),
                             -EPROTO);
            close(fd);
        }
        fd = says(text, len - 1, NULL);
        assert_int_equal(xlx_hs_expect(&l, fd, (enum xlx_hs_msg)m, soon()),
                         -EPIPE);
        close(fd);
        loop_dispose(&l);
    }
}

/* As the source of xl has them (xl_migrate.c): banner without its NUL. */
static void test_texts(void **state)
{
    size_t len;

    assert_string_equal(xlx_hs_text(XLX_HS_BANNER, &len), BANNER);
    assert_int_equal(len, strlen(BANNER));
    xlx_hs_text(XLX_HS_READY, &len);
    assert_int_equal(len, sizeof "domain received, ready to unpause");
    xlx_hs_text(XLX_HS_GO, &len);
    assert_int_equal(len,
                     sizeof "domain is yours, you are cleared to unpause");
    xlx_hs_text(XLX_HS_REPORT, &len);
    assert_int_equal(len, sizeof "my copy unpause results are as follows");
}

static void test_deadlines(void **state)
{
    struct loop l;
    char buf[65536];
    int open, fd = says("abc", 3, &open);
    volatile sig_atomic_t cancel = 0;

    loop_init(&l);
    assert_int_equal(xlx_hs_read(&l, fd, buf, 4, at_once()), -ETIMEDOUT);
    /* nobody reads: the pipe fills up */
    memset(buf, 0, sizeof buf);
    for (int i = 0; i < 16; i++)
        if (xlx_hs_write(&l, open, buf, sizeof buf, at_once()))
            break;
    assert_int_equal(xlx_hs_write(&l, open, buf, sizeof buf, at_once()),
                     -ETIMEDOUT);
    l.cancel = &cancel;
    cancel = 1;
    assert_int_equal(xlx_hs_write(&l, open, buf, sizeof buf, soon()), -EINTR);
    close(fd);
    assert_int_equal(xlx_hs_write(&l, open, buf, 1, soon()), -EPIPE);
    close(open);
    assert_int_equal(xlx_hs_read(&l, fd, buf, 1, soon()), -EBADF);
    loop_dispose(&l);
}

/* --- header and configuration ---------------------------------------------------- */

struct header {
    char magic[32];
    uint32_t order, mandatory, optional, len, config_len;
    char config[12];
};

static struct header good(void)
{
    return (struct header){ .magic = "Xen saved domain, xl format\n \0 \r",
                            .order = 0x01020304,
                            .mandatory = 3,
                            .len = 4 + 12,
                            .config_len = 12,
                            .config = "{\"domid\":7}" };
}

static void config(const struct header *h, size_t len, int rc,
                   const char *text)
{
    const char *why = "";
    struct loop l;
    char *json;
    int fd = says(h, len, NULL);

    loop_init(&l);
    assert_int_equal(xlx_hs_read_config(&l, fd, &json, &why, soon()), rc);
    if (!rc)
        assert_string_equal(json, text);
    else if (!strstr(why, text))
        fail_msg("\"%s\" is not \"%s\"", why, text);
    free(json);
    close(fd);
    loop_dispose(&l);
}

static void test_config(void **state)
{
    struct header h = good();

    config(&h, sizeof h, 0, "{\"domid\":7}");
    /* xl may add more optional data behind it */
    h.config_len = 5;
    memcpy(h.config, "{1,2\0more..", 11);
    config(&h, sizeof h, 0, "{1,2");
    /* flags that may be ignored are */
    h = good();
    h.optional = UINT32_MAX;
    config(&h, sizeof h, 0, "{\"domid\":7}");
    /* cut at every byte */
    h = good();
    for (size_t n = 0; n < sizeof h; n++)
        config(&h, n, -EPIPE, "closed the connection");
}

static void test_config_refused(void **state)
{
    struct header h;

#define REFUSED(change_, text_)                                               \
    h = good();                                                               \
    change_;                                                                  \
    config(&h, sizeof h, -EPROTO, text_)

    REFUSED(h.magic[0] = 'x', "not a domain from xl or rackhop");
    REFUSED(h.magic[31] = 'x', "not a domain from xl or rackhop");
    REFUSED(h.order = 0x04030201, "another byte order");
    REFUSED(h.mandatory = 7, "mandatory flags that this host does not know");
    REFUSED(h.mandatory = 1u << 31 | 3,
            "mandatory flags that this host does not know");
    REFUSED(h.mandatory = 1, "older than Xen 4.6");
    REFUSED(h.mandatory = 2, "older than Xen 4.6");
    REFUSED(h.mandatory = 0, "older than Xen 4.6");
    REFUSED(h.len = 3, "missing or larger than 16 MiB");
    REFUSED(h.len = XLX_HS_CONFIG_MAX + 1, "missing or larger than 16 MiB");
    REFUSED(h.len = UINT32_MAX, "missing or larger than 16 MiB");
    REFUSED(h.config_len = 13, "cut short");
    REFUSED(h.config_len = 0, "cut short");
    REFUSED(h.config_len = UINT32_MAX, "cut short");
    REFUSED(h.config[11] = 'x', "no text");
    REFUSED(h.config[5] = '\0', "no text");
#undef REFUSED
}

static void test_send_config(void **state)
{
    static const char json[] = "{\"domid\":7}";
    const struct header want = good();
    struct header got;
    struct loop l;
    char *big;
    int p[2];

    loop_init(&l);
    assert_int_equal(pipe2(p, O_CLOEXEC), 0);
    assert_int_equal(xlx_hs_send_config(&l, p[1], json, soon()), 0);
    assert_int_equal(xlx_hs_config_size(json), sizeof want);
    assert_int_equal(read(p[0], &got, sizeof got), sizeof got);
    assert_memory_equal(&got, &want, sizeof got);
    big = malloc(XLX_HS_CONFIG_MAX + 1);
    memset(big, ' ', XLX_HS_CONFIG_MAX);
    big[XLX_HS_CONFIG_MAX] = '\0';
    assert_int_equal(xlx_hs_send_config(&l, p[1], big, soon()), -E2BIG);
    free(big);
    close(p[0]);
    close(p[1]);
    loop_dispose(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_greeting),
        cmocka_unit_test(test_greeting_late),
        cmocka_unit_test(test_greeting_too_long),
        cmocka_unit_test(test_greeting_in_pieces),
        cmocka_unit_test(test_said),
        cmocka_unit_test(test_messages),
        cmocka_unit_test(test_texts),
        cmocka_unit_test(test_deadlines),
        cmocka_unit_test(test_config),
        cmocka_unit_test(test_config_refused),
        cmocka_unit_test(test_send_config),
    };

    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
