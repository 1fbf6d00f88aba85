/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The store's calls, each backend against the same rows: what is written is
 * read, who holds an old revision is refused, revisions never come again, and
 * whoever watches is told. What kills, full disks and power cuts do to the
 * one on disk is in test_store_faults.c.
 */
#include "tests/lib/tmpdir.h"
#include "tools/store/store.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "tools/base/msg.h"

struct fixture {
    struct store *s;
    char *dir; /* NULL: in memory */
};

static struct store *opened(const char *dir)
{
    struct store *s;
    struct msg err = MSG_NONE;

    if (store_open(&s, dir, &err))
        fail_msg("%s", err.text);
    return s;
}

static int setup_mem(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);

    assert_non_null(f);
    assert_int_equal(store_open_mem(&f->s), 0);
    *state = f;
    return 0;
}

static int setup_sqlite(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);

    assert_non_null(f);
    f->dir = tmpdir_make("test_store");
    f->s = opened(f->dir);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;

    store_close(f->s);
    tmpdir_remove(f->dir);
    free(f);
    return 0;
}

static uint64_t put(struct store *s, const char *key, uint64_t rev,
                    const char *value)
{
    uint64_t new = 0;
    int rc = store_cas(s, key, rev, value, &new);

    if (rc)
        fail_msg("%s: %s", key, store_error(s));
    return new;
}

static void holds(struct store *s, const char *key, const char *value,
                  uint64_t rev)
{
    uint64_t have;
    char *v;
    int rc = store_get(s, key, &v, &have);

    if (!value) {
        assert_int_equal(rc, -ENOENT);
        assert_null(v);
        assert_int_equal(have, 0);
        assert_non_null(strstr(store_error(s), key));
        return;
    }
    if (rc)
        fail_msg("%s", store_error(s));
    assert_string_equal(v, value);
    assert_int_equal(have, rev);
    free(v);
}

static void test_revisions(void **state)
{
    struct store *s = ((struct fixture *)*state)->s;
    uint64_t a, b, c;
    char *v;

    holds(s, "handover/1", NULL, 0);
    a = put(s, "handover/1", 0, "prepared");
    assert_true(a > 0);
    holds(s, "handover/1", "prepared", a);
    b = put(s, "handover/1", a, "");
    assert_true(b > a);
    holds(s, "handover/1", "", b);
    /* an old revision, and none, are refused, and leave all as it was */
    assert_int_equal(store_cas(s, "handover/1", a, "late", NULL), -ESTALE);
    assert_non_null(strstr(store_error(s), "handover/1"));
    assert_int_equal(store_cas(s, "handover/1", 0, "new", NULL), -ESTALE);
    assert_int_equal(store_cas(s, "handover/1", a, NULL, NULL), -ESTALE);
    assert_int_equal(store_cas(s, "handover/1", 0, NULL, NULL), -ESTALE);
    assert_int_equal(store_cas(s, "other", b, "x", NULL), -ESTALE);
    holds(s, "handover/1", "", b);
    holds(s, "other", NULL, 0);
    /* deleted: absent, and no revision comes again */
    assert_int_equal(put(s, "handover/1", b, NULL), 0);
    holds(s, "handover/1", NULL, 0);
    assert_int_equal(store_cas(s, "handover/1", b, "zombie", NULL), -ESTALE);
    assert_int_equal(put(s, "handover/1", 0, NULL), 0);
    assert_int_equal(put(s, "handover/1", b, NULL), 0);
    c = put(s, "handover/1", 0, "again");
    assert_true(c > b + 1);
    assert_int_equal(store_cas(s, "handover/1", b, "zombie", NULL), -ESTALE);
    assert_int_equal(store_get(s, "handover/1", &v, NULL), 0);
    free(v);
}

static void test_bounds(void **state)
{
    static const char *const bad[] = { "",     "/",    "/a",   "a/",
                                       "a//b", "a\nb", "\x7f", "\xc3\xa9" };
    struct store *s = ((struct fixture *)*state)->s;
    char *big = malloc(STORE_VALUE_MAX + 2), *v;
    char key[STORE_KEY_MAX + 2];
    struct store_entry *list;
    uint64_t rev;
    unsigned n;

    for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(store_get(s, bad[i], &v, &rev), -EINVAL);
        assert_int_equal(store_cas(s, bad[i], 0, "x", &rev), -EINVAL);
    }
    memset(key, 'k', sizeof key);
    key[STORE_KEY_MAX + 1] = 0;
    assert_int_equal(store_cas(s, key, 0, "x", NULL), -EINVAL);
    assert_int_equal(store_list(s, key, &list, &n), -EINVAL);
    assert_int_equal(store_list(s, "\xff", &list, &n), -EINVAL);
    assert_int_equal(store_watch(s, "\n", &rev, 0), -EINVAL);
    key[STORE_KEY_MAX] = 0;
    rev = put(s, key, 0, "the longest key");
    holds(s, key, "the longest key", rev);
    assert_int_equal(store_list(s, key, &list, &n), 0);
    assert_int_equal(n, 1);
    store_list_free(list, n);

    assert_non_null(big);
    memset(big, 'v', STORE_VALUE_MAX + 1);
    big[STORE_VALUE_MAX + 1] = 0;
    assert_int_equal(store_cas(s, "big", 0, big, NULL), -EFBIG);
    holds(s, "big", NULL, 0);
    big[STORE_VALUE_MAX] = 0;
    rev = put(s, "big", 0, big);
    holds(s, "big", big, rev);
    /* any bytes but NUL */
    for (int i = 0; i < 255; i++)
        big[i] = (char)(i + 1);
    big[255] = 0;
    rev = put(s, "big", rev, big);
    holds(s, "big", big, rev);
    free(big);
}

static void test_list(void **state)
{
    static const char *const keys[] = { "b",   "a/2", "a/10", "a",
                                        "a~z", "ab",  "a/1",  "a/1/x" };
    static const struct {
        const char *prefix, *keys, *flat;
    } rows[] = {
        { "", "a a/1 a/1/x a/10 a/2 ab a~z b ", "a ab a~z b " },
        { "a/", "a/1 a/1/x a/10 a/2 ", "a/1 a/10 a/2 " },
        { "a/1", "a/1 a/1/x a/10 ", "a/1 a/10 " },
        { "a~", "a~z ", "a~z " },
        { "~", "", "" },
        { "a/1/", "a/1/x ", "a/1/x " },
    };
    struct store *s = ((struct fixture *)*state)->s;

    for (unsigned i = 0; i < sizeof keys / sizeof *keys; i++)
        put(s, keys[i], 0, keys[i]);
    put(s, "gone", 0, "x");
    put(s, "gone", sizeof keys / sizeof *keys + 2, NULL);
    for (unsigned i = 0; i < 2 * (sizeof rows / sizeof *rows); i++) {
        const char *prefix = rows[i / 2].prefix;
        struct store_entry *list;
        char got[256] = "";
        unsigned n;

        assert_int_equal(i % 2 ? store_list_flat(s, prefix, &list, &n)
                               : store_list(s, prefix, &list, &n),
                         0);
        for (unsigned j = 0; j < n; j++) {
            assert_string_equal(list[j].key, list[j].value);
            holds(s, list[j].key, list[j].value, list[j].rev);
            strcat(strcat(got, list[j].key), " ");
        }
        assert_string_equal(got, i % 2 ? rows[i / 2].flat : rows[i / 2].keys);
        store_list_free(list, n);
    }
}

static void test_watch(void **state)
{
    struct store *s = ((struct fixture *)*state)->s;
    uint64_t since = 0, a, before;

    a = put(s, "move/1", 0, "x");
    /* begins now: what was there is no news */
    assert_int_equal(store_watch(s, "", &since, 0), -ETIMEDOUT);
    assert_true(since >= a);
    before = since;
    assert_int_equal(store_watch(s, "", &since, 0), -ETIMEDOUT);
    put(s, "other/1", 0, "x");
    assert_int_equal(store_watch(s, "move/", &since, 0), -ETIMEDOUT);
    a = put(s, "move/1", a, "y");
    assert_int_equal(store_watch(s, "move/", &since, -1), 0);
    assert_int_equal(store_watch(s, "move/", &since, 0), -ETIMEDOUT);
    /* two writes, one answer; a delete is news as well */
    a = put(s, "move/1", a, "z");
    put(s, "move/2", 0, "z");
    assert_int_equal(store_watch(s, "move/", &since, -1), 0);
    assert_int_equal(store_watch(s, "move/", &since, 0), -ETIMEDOUT);
    put(s, "move/1", a, NULL);
    assert_int_equal(store_watch(s, "move/", &since, -1), 0);
    assert_int_equal(store_watch(s, "move/", &since, 0), -ETIMEDOUT);
    /* from further back it is all news */
    assert_int_equal(store_watch(s, "move/1", &before, -1), 0);
    /* an empty store can be watched from its very beginning */
    since = 0;
    assert_int_equal(store_watch(s, "none/", &since, 60), -ETIMEDOUT);
    assert_true(since > 0);
}

/* More deletes than are remembered: whoever slept that long is woken. */
static void test_watch_forgotten(void **state)
{
    struct store *s = ((struct fixture *)*state)->s;
    uint64_t since = 0, rev;

    rev = put(s, "old", 0, "x");
    store_watch(s, "old", &since, 0);
    put(s, "old", rev, NULL);
    for (int i = 0; i < 1100; i++) {
        rev = put(s, "new", 0, "x");
        put(s, "new", rev, NULL);
    }
    assert_int_equal(store_watch(s, "old", &since, -1), 0);
    assert_int_equal(store_watch(s, "old", &since, 0), -ETIMEDOUT);
}

static void on_alarm(int sig)
{
}

/* A signal ends the wait. */
static void test_watch_signal(void **state)
{
    struct store *s = ((struct fixture *)*state)->s;
    struct sigaction sa = { .sa_handler = on_alarm }, old;
    struct itimerval soon = { .it_value.tv_usec = 120 * 1000 };
    uint64_t since = 0;
    sigset_t set, mask;

    sigaction(SIGALRM, &sa, &old);
    setitimer(ITIMER_REAL, &soon, NULL);
    assert_int_equal(store_watch(s, "", &since, -1), -EINTR);
    /* only of a signal that the caller lets in */
    sigemptyset(&set);
    sigaddset(&set, SIGALRM);
    pthread_sigmask(SIG_BLOCK, &set, &mask);
    raise(SIGALRM);
    assert_int_equal(store_watch(s, "", &since, 1), -ETIMEDOUT);
    pthread_sigmask(SIG_SETMASK, &mask, NULL);
    sigaction(SIGALRM, &old, NULL);
    /* the mask is as it was */
    pthread_sigmask(SIG_BLOCK, NULL, &set);
    assert_int_equal(sigismember(&set, SIGUSR1), 0);
}

#define BOTH(t)                                                               \
    cmocka_unit_test_setup_teardown(t, setup_mem, teardown),                  \
    {                                                                         \
#t "/sqlite", t, setup_sqlite, teardown, NULL                         \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        BOTH(test_revisions),    BOTH(test_bounds),
        BOTH(test_list),         BOTH(test_watch),
        BOTH(test_watch_signal), BOTH(test_watch_forgotten),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
