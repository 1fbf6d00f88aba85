/* SPDX-License-Identifier: LGPL-2.1-only */
/* What is read of the files of certificates, and whose names are asked for. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/lib/tmpdir.h"
#include "tools/move/pki.h"

static char *dir;
static char any[] = "*.example.com", one[] = "10.0.0.1",
            *list[] = { any, one };
static struct strlist hosts = { .s = list, .n = 2 };

static char *path_of(const char *name)
{
    static char path[4096];

    snprintf(path, sizeof path, "%s/%s", dir, name);
    return path;
}

static void put(const char *name, const char *text, unsigned mode)
{
    FILE *f = fopen(path_of(name), "w");

    assert_non_null(f);
    fputs(text, f);
    assert_int_equal(fclose(f), 0);
    assert_int_equal(chmod(path_of(name), mode), 0);
}

static int make(void **state)
{
    dir = tmpdir_make("test_pki");
    put("cacert.pem", "CA", 0644);
    put("servercert.pem", "the server's", 0644);
    put("clientcert.pem", "the client's", 0644);
    put("serverkey.pem", "key of the server", 0640);
    put("clientkey.pem", "key of the client", 0600);
    return 0;
}

static int drop(void **state)
{
    tmpdir_remove(dir);
    return 0;
}

static void has(const struct lane_start *s, const char *all)
{
    assert_int_equal(lane_start_pki_size(s), strlen(all));
    assert_memory_equal(s->pki, all, strlen(all));
}

static void test_parts(void **state)
{
    struct pki_wish p = { .wanted = true,
                          .dir = dir,
                          .hosts = &hosts,
                          .host = "h2",
                          .address = "root@10.0.0.2" };
    struct lane_start s = { .source = true };
    struct msg why = MSG_NONE;

    assert_int_equal(pki_load(&p, &s, &why), 0);
    assert_true(s.by_pki && !s.part[LANE_PKI_CRL]);
    has(&s, "h2\n10.0.0.2\n\n*.example.com\n10.0.0.1\n"
            "CAthe client'skey of the client");
    assert_int_equal(s.part[LANE_PKI_KEY], 17);
    pki_forget(&s);
    pki_forget(&s);
    assert_true(!s.by_pki && !s.pki);
    put("cacrl.pem", "CRL", 0644);
    s.source = false;
    assert_int_equal(pki_load(&p, &s, &why), 0);
    has(&s, "*.example.com\n10.0.0.1\nCACRLthe server'skey of the server");
    pki_forget(&s);
    unlink(path_of("cacrl.pem"));
}

/* A pattern of the command line is no name of a host: then nothing is. */
static void test_reached(void **state)
{
    static const struct {
        const char *host, *address, *names;
    } rows[] = {
        { "h2", NULL, "h2\n\n" },
        { "h2", "h2.example.com", "h2\nh2.example.com\n\n" },
        { "root@h2", "root@h2", "h2\n\n" },
        { "a@b@h2", "a@b@fd00::2", "fd00::2\n\n" },
        { "*", "root@*.example.com", "\n" },
        { "h2\nh3", "root@", "\n" },
        { "h 2", "", "\n" },
        { NULL, NULL, "\n" },
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct pki_wish p = { .wanted = true,
                              .dir = dir,
                              .hosts = &hosts,
                              .host = rows[i].host,
                              .address = rows[i].address };
        struct lane_start s = { .source = true };
        struct msg why = MSG_NONE;

        assert_int_equal(pki_load(&p, &s, &why), 0);
        if (strncmp(s.pki, rows[i].names, strlen(rows[i].names)) ||
            strncmp(s.pki + strlen(rows[i].names), any, strlen(any)))
            fail_msg("row %zu: %.60s", i, s.pki);
        pki_forget(&s);
    }
}

static void refused(bool source, const char *what)
{
    struct pki_wish p = { .wanted = true, .dir = dir, .hosts = &hosts };
    struct lane_start s = { .source = source };
    struct msg why = MSG_NONE;

    if (!pki_load(&p, &s, &why))
        fail_msg("taken, and not \"%s\"", what);
    if (!strstr(why.text, what))
        fail_msg("\"%s\" does not say \"%s\"", why.text, what);
    assert_true(!strncmp(why.text, source ? "this host " : "it ", 3));
    assert_true(!s.by_pki && !s.pki);
}

static void test_refused(void **state)
{
    static char large[LANE_PKI_MAX + 2];

    unlink(path_of("serverkey.pem"));
    refused(false, "serverkey.pem: No such file");
    put("serverkey.pem", "key", 0644);
    refused(false, "does not use ");
    refused(false, "serverkey.pem, which others may read");
    put("serverkey.pem", "key", 0620);
    refused(false, "serverkey.pem, which others may write");
    put("serverkey.pem", "key of the server", 0640);
    put("clientcert.pem", "", 0644);
    refused(true, "can't read");
    memset(large, 'a', sizeof large - 1);
    put("clientcert.pem", large, 0644);
    refused(true, "clientcert.pem: File too large");
    put("clientcert.pem", "the client's", 0644);
    /* one that is there has to be of use */
    assert_int_equal(mkdir(path_of("cacrl.pem"), 0755), 0);
    refused(true, "cacrl.pem: Invalid argument");
    rmdir(path_of("cacrl.pem"));
    assert_int_equal(mkfifo(path_of("cacrl.pem"), 0644), 0);
    refused(false, "cacrl.pem: Invalid argument");
    unlink(path_of("cacrl.pem"));
}

/* Who may write one of them says who is a host of the site. */
static void test_written(void **state)
{
    enum { USER = 12345 };
    static const char *const file[] = { "cacert.pem", "cacrl.pem",
                                        "clientcert.pem", "clientkey.pem" };

    put("cacrl.pem", "CRL", 0644);
    for (size_t i = 0; i < sizeof file / sizeof *file; i++) {
        const char *path = path_of(file[i]);
        unsigned mode = i == 3 ? 0600 : 0644;
        char what[100];

        snprintf(what, sizeof what, "%s, which others may write", file[i]);
        assert_int_equal(chmod(path, mode | 0020), 0);
        refused(true, what);
        assert_int_equal(chmod(path, mode | 0002), 0);
        refused(true, what);
        assert_int_equal(chmod(path, mode), 0);
        if (chown(path, USER, (gid_t)-1)) /* not by root */
            continue;
        snprintf(what, sizeof what, "%s, which is neither root's", file[i]);
        refused(true, what);
        assert_int_equal(chown(path, 0, (gid_t)-1), 0);
    }
    unlink(path_of("cacrl.pem"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parts),
        cmocka_unit_test(test_reached),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_written),
    };

    return cmocka_run_group_tests(tests, make, drop);
}
