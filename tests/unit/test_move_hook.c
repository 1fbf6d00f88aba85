/* SPDX-License-Identifier: LGPL-2.1-only */
/* Tests the programs that are run before and after a single move: what they
 * are told, that one refuses, and what ends one before its time. */
#include "tools/move/move_hook.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/lib/tmpdir.h"

static char *dir;

static void put(const char *name, const char *text, mode_t mode)
{
    char path[512];
    FILE *f;

    snprintf(path, sizeof path, "%s/%s", dir, name);
    f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    assert_int_equal(fclose(f), 0);
    assert_int_equal(chmod(path, mode), 0);
}

/* What a program has written to the file. */
static const char *told(const char *name)
{
    static char text[1024];
    char path[512];
    size_t n;
    FILE *f;

    snprintf(path, sizeof path, "%s/%s", dir, name);
    f = fopen(path, "r");
    if (!f)
        return "";
    n = fread(text, 1, sizeof text - 1, f);
    text[n] = '\0';
    fclose(f);
    unlink(path);
    return text;
}

static struct move_hook hook(int code)
{
    return (struct move_hook){ .dir = dir,
                               .guest = "web 1'; touch evil; '",
                               .uuid = "7c0e1d2a-1111-2222-3333-444455556666",
                               .from = "h1",
                               .to = "h2",
                               .memory_mib = 512,
                               .code = code };
}

#define TELL                                                                  \
    "#!/bin/sh\necho \"$RACKHOP_GUEST|$RACKHOP_UUID|$RACKHOP_FROM|"           \
    "$RACKHOP_TO|$RACKHOP_MEMORY_MIB|${RACKHOP_CODE-none}\" > "               \
    "\"${0%/*}/told\"\n"
#define TOLD                                                                  \
    "web 1'; touch evil; '|7c0e1d2a-1111-2222-3333-444455556666|h1|h2|512|"

static void what_is_told(void **state)
{
    struct move_hook h = hook(4);
    struct msg err;

    put("before-move", TELL, 0755);
    put("after-move", TELL, 0755);
    /* a code that is left over is not told before the move */
    assert_int_equal(move_hook_before(&h, NULL, &err), 0);
    assert_string_equal(told("told"), TOLD "none\n");
    assert_int_equal(move_hook_after(&h, &err), 0);
    assert_string_equal(told("told"), TOLD "4\n");
    assert_string_equal(told("evil"), "");
}

static void none(void **state)
{
    struct move_hook h = hook(0);
    struct msg err;

    assert_int_equal(move_hook_before(&h, NULL, &err), 0);
    assert_int_equal(move_hook_after(&h, &err), 0);
    h.dir = NULL;
    assert_int_equal(move_hook_before(&h, NULL, &err), 0);
    /* a folder that is not there is no leave to move */
    h.dir = "/nonexistent";
    assert_int_equal(move_hook_before(&h, NULL, &err), -ENOENT);
}

static void refusals(void **state)
{
    struct move_hook h = hook(0);
    struct msg err;

    put("before-move", "#!/bin/sh\necho not on Fridays >&2\nexit 1\n", 0755);
    assert_true(move_hook_before(&h, NULL, &err) < 0);
    assert_non_null(strstr(err.text, "stays here: a hook refused its move"));
    assert_non_null(strstr(err.text, "not on Fridays"));
    /* others may write it; nobody may run it */
    put("before-move", TELL, 0757);
    assert_int_equal(move_hook_before(&h, NULL, &err), -EPERM);
    put("before-move", TELL, 0644);
    assert_true(move_hook_before(&h, NULL, &err) < 0);
    assert_string_equal(told("told"), "");
}

static bool is_asked(void *arg)
{
    return *(const bool *)arg;
}

static void stopped(void **state)
{
    bool asked = true;
    const struct program_stop stop = { is_asked, &asked, NULL };
    struct move_hook h = hook(0);
    struct msg err;

    put("before-move", "#!/bin/sh\nsleep 30\n", 0755);
    assert_int_equal(move_hook_before(&h, &stop, &err), -EINTR);
    assert_non_null(strstr(err.text, "was stopped by a signal"));
}

static int begin(void **state)
{
    dir = tmpdir_make("hook");
    return chmod(dir, 0755);
}

static int end(void **state)
{
    tmpdir_remove(dir);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_told, begin, end),
        cmocka_unit_test_setup_teardown(none, begin, end),
        cmocka_unit_test_setup_teardown(refusals, begin, end),
        cmocka_unit_test_setup_teardown(stopped, begin, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
