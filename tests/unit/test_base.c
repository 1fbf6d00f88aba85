/* SPDX-License-Identifier: LGPL-2.1-only */
/* Tests the small nouns under all folders: lists of strings, whole files. */
#include "tools/base/file.h"
#include "tools/base/grow.h"
#include "tools/base/strlist.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_grow),
        cmocka_unit_test(test_strlist),
        cmocka_unit_test(test_file),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
