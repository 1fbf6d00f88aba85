/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Tests the small nouns under all folders: lists of strings, whole files, text
 * that is safe for a terminal.
 */
#include "tools/base/file.h"
#include "tools/base/grow.h"
#include "tools/base/names.h"
#include "tools/base/strlist.h"
#include "tools/base/text.h"
#include "tools/complain.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static void test_grow(void **state)
{
    size_t room = 0, before;
    unsigned grown = 0;
    int *a = NULL;

    for (int i = 0; i < 1000; i++) {
        before = room;
        assert_int_equal(array_grow(&a, &room, (size_t)i + 1, sizeof *a), 0);
        grown += room != before;
        a[i] = i;
    }
    assert_true(room >= 1000 && room < 2048);
    assert_true(grown <= 9); /* it doubles: 4, 8, .. 1024 */
    for (int i = 0; i < 1000; i++)
        assert_int_equal(a[i], i);
    /* too much is refused, and nothing is lost */
    assert_int_equal(array_grow(&a, &room, SIZE_MAX / 2, sizeof *a), -ENOMEM);
    assert_int_equal(a[999], 999);
    free(a);
}

static void test_strlist(void **state)
{
    struct strlist l = { .s = NULL };

    assert_false(strlist_has(&l, "a"));
    assert_int_equal(strlist_split(&l, ",a,,bc,d,", ','), 0);
    assert_int_equal(l.n, 3);
    assert_string_equal(l.s[1], "bc");
    assert_int_equal(strlist_add(&l, ""), 0);
    assert_int_equal(strlist_addn(&l, "xyz", 2), 0);
    assert_int_equal(l.n, 5);
    assert_true(strlist_has(&l, "xy"));
    assert_false(strlist_has(&l, "xyz"));
    strlist_remove(&l, "bc");
    strlist_remove(&l, "nix");
    assert_int_equal(l.n, 4);
    assert_string_equal(l.s[0], "a");
    assert_string_equal(l.s[1], "d");
    assert_false(strlist_has(&l, "bc"));
    strlist_dispose(&l);
    assert_int_equal(l.n, 0);
    strlist_dispose(&l);
}

static void test_file(void **state)
{
    char path[] = "/tmp/test_base.XXXXXX", *text, *big = calloc(1, 200000);
    char link[sizeof path + 1];
    struct stat st;
    size_t len = 1;

    close(mkstemp(path));
    snprintf(link, sizeof link, "%s.l", path);
    text = file_read(path, 10, &len);
    assert_non_null(text);
    assert_int_equal(len, 0);
    free(text);
    memset(big, 'x', 200000);
    assert_int_equal(file_replace(path, big, 200000), 0);
    text = file_read(path, 200000, &len);
    assert_int_equal(len, 200000);
    assert_int_equal(text[len], '\0');
    assert_memory_equal(text, big, len);
    free(text);
    /* a link stays one, and a device what it is */
    assert_int_equal(symlink(path, link), 0);
    assert_int_equal(file_replace(link, "new", 3), 0);
    assert_int_equal(lstat(link, &st), 0);
    assert_true(S_ISLNK(st.st_mode));
    text = file_read(path, 10, &len);
    assert_string_equal(text, "new");
    free(text);
    unlink(link);
    assert_int_equal(file_replace("/dev/full", "x", 1), -ENOSPC);
    assert_int_equal(stat("/dev/full", &st), 0);
    assert_true(S_ISCHR(st.st_mode));
    assert_int_equal(file_replace(path, big, 200000), 0);
    assert_null(file_read(path, 199999, &len));
    assert_int_equal(errno, EFBIG);
    unlink(path);
    assert_null(file_read(path, 10, &len));
    assert_int_equal(errno, ENOENT);
    assert_null(file_read("/", 10, &len));
    assert_int_equal(errno, EISDIR);
    assert_int_equal(file_replace("/nowhere/x", "", 0), -ENOENT);
    free(big);
}

/* Nor is a link followed that lies where the fresh text is written. */
static void test_file_planted(void **state)
{
    char path[] = "/tmp/test_base.XXXXXX", *text;
    char other[sizeof path + 2], fresh[sizeof other + 4];
    struct stat st;
    size_t len;

    close(mkstemp(path));
    snprintf(other, sizeof other, "%s.o", path);
    snprintf(fresh, sizeof fresh, "%s.new", other);
    assert_int_equal(file_replace(path, "mine", 4), 0);
    assert_int_equal(symlink(path, fresh), 0);
    assert_int_equal(file_replace(other, "theirs", 6), 0);
    text = file_read(path, 10, &len);
    assert_string_equal(text, "mine");
    free(text);
    text = file_read(other, 10, &len);
    assert_string_equal(text, "theirs");
    free(text);
    assert_int_equal(lstat(other, &st), 0);
    assert_true(S_ISREG(st.st_mode));
    assert_int_equal(lstat(fresh, &st), -1);
    /* what was left of an earlier try is no hindrance */
    assert_int_equal(file_replace(fresh, "half", 4), 0);
    assert_int_equal(file_replace(other, "new", 3), 0);
    assert_int_equal(lstat(fresh, &st), -1);
    unlink(other);
    unlink(path);
}

static void test_names(void **state)
{
    static const char *const in[] = { "h2", "h10", "", "h2", "h1", "h10" };
    struct names t;

    assert_int_equal(names_init(&t, 6), 0);
    for (unsigned i = 0; i < 6; i++)
        names_add(&t, in[i]);
    names_close(&t);
    assert_int_equal(t.n, 4);
    for (unsigned i = 0; i < 6; i++)
        assert_string_equal(t.s[names_find(&t, in[i])], in[i]);
    assert_int_equal(names_find(&t, "h3"), UINT32_MAX);
    names_dispose(&t);
    assert_int_equal(names_init(&t, 0), 0);
    names_close(&t);
    assert_int_equal(names_find(&t, ""), UINT32_MAX);
    names_dispose(&t);
}

static const struct {
    const char *in, *out;
} clean[] = {
    { "plain", "plain" },
    { "tab\there", "tab?here" },
    { "\x1b[2J", "?[2J" },
    { "a\xc3\xa9", "a\xc3\xa9" },
    { "\xc2\x9b", "?" }, /* CSI of C1 */
    { "a\xe2\x80\xae"
      "b",
      "a?b" },                            /* from right to left */
    { "\xe2\x81\xa6\xd8\x9c", "??" },     /* an isolate, an Arabic mark */
    { "\xef\xbb\xbf\xe2\x80\x8b", "??" }, /* seen by nobody */
    { "\xe2\x82\xac", "\xe2\x82\xac" },
    { "\x9b"
      "2J",
      "\xef\xbf\xbd"
      "2J" },                   /* CSI as a raw byte */
    { "\xc3", "\xef\xbf\xbd" }, /* cut off */
    { "\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" }, /* surrogate */
    { "\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd" },                 /* overlong */
    { "\xf4\x90\x80\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
};

static void test_text(void **state)
{
    char buf[64], four[4];

    for (size_t i = 0; i < sizeof clean / sizeof clean[0]; i++)
        assert_string_equal(
            text_printable(buf, sizeof buf, clean[i].in, strlen(clean[i].in)),
            clean[i].out);
    /* never in the middle of a character */
    assert_string_equal(text_printable(four, sizeof four, "ab\xc3\xa9", 4),
                        "ab");
}

/* What is complained of may have come from anywhere. */
static void test_complain(void **state)
{
    char said[200] = "";
    int err = dup(STDERR_FILENO);
    FILE *f = tmpfile();

    fflush(stderr);
    dup2(fileno(f), STDERR_FILENO);
    complain("%s: %s", "web\x1b]0;own\x07",
             "\xc2\x9b"
             "31m\nit is well");
    fflush(stderr);
    dup2(err, STDERR_FILENO);
    close(err);
    rewind(f);
    assert_non_null(fgets(said, sizeof said, f));
    assert_string_equal(said, "rackhop: web?]0;own?: ?31m?it is well\n");
    fclose(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text),  cmocka_unit_test(test_complain),
        cmocka_unit_test(test_grow),  cmocka_unit_test(test_strlist),
        cmocka_unit_test(test_file),  cmocka_unit_test(test_file_planted),
        cmocka_unit_test(test_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
