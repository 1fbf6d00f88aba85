/* SPDX-License-Identifier: LGPL-2.1-only */
/* Why a command on another host failed, as ssh, shells and rackhop say it. */
#include "tools/remote/reason.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define CHANGED                                                               \
    "@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@\n"                             \
    "@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\n"           \
    "@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@\n"                             \
    "IT IS POSSIBLE THAT SOMEONE IS DOING SOMETHING NASTY!\n"                 \
    "Host key verification failed.\r\n"

static const struct {
    const char *what, *text;
    int code;
    const char *want; /* what it begins with, all of it if it ends in "$" */
} cases[] = {
    { "nothing", "", 1, "$" },
    { "the command's first line", "one\ntwo\n", 1, "one$" },
    { "ssh's last line", "banner\nssh: connect to host h1: refused\r\n", 255,
      "ssh: connect to host h1: refused$" },
    { "no line feed", "one", 1, "one$" },
    { "warnings hide no error",
      "Warning: Identity file k not accessible: No such file.\n"
      "root@h1: Permission denied (publickey).\r\n",
      255,
      "root@h1: Permission denied (publickey); it has no key of this user" },
    { "nor those of the shell on the other host",
      "bash: warning: setlocale: LC_ALL: cannot change locale\n"
      "rackhop: this needs root\n",
      1, "rackhop: this needs root$" },
    { "but are told if there is no error", "Warning: odd\n", 255,
      "Warning: odd$" },
    { "and not before the end", "Warning: odd\n", -1, "$" },
    { "what was said before the end", "waits for the lock\n", -1,
      "waits for the lock$" },
    { "an unknown key", "Host key verification failed.\r\n", 255,
      "Host key verification failed; its key is not known here: log in once" },
    { "a changed key", CHANGED, 255,
      "Host key verification failed; it has another key than before" },
    { "a key that a command speaks of", "Host key verification failed.\n", 1,
      "Host key verification failed.$" },
    { "a file is no login", "cat: x: Permission denied\n", 255,
      "cat: x: Permission denied$" },
    { "no rackhop, dash", "sh: 1: exec: rackhop: not found\n", 127,
      "rackhop is not installed there" },
    { "no rackhop, bash", "bash: line 1: rackhop: command not found\n", 127,
      "rackhop is not installed there" },
    { "no other program", "sh: 1: lldpcli: not found\n", 127,
      "sh: 1: lldpcli: not found$" },
};

static void test_cases(void **state)
{
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t n = strlen(cases[i].want), all = strlen(cases[i].text);
        char said[REASON_LINE];

        /* in one piece, and byte by byte */
        for (int bytes = 0; bytes < 2; bytes++) {
            struct reason r = { .at = 0 };
            bool whole = n && cases[i].want[n - 1] == '$';

            for (size_t at = 0; bytes && at < all; at++)
                reason_add(&r, cases[i].text + at, 1);
            if (!bytes)
                reason_add(&r, cases[i].text, all);
            reason_tell(&r, cases[i].code, said);
            if (strncmp(said, cases[i].want, n - whole) ||
                (whole && strlen(said) != n - 1))
                fail_msg("%s: '%s'", cases[i].what, said);
        }
    }
}

static void test_long(void **state)
{
    struct reason r = { .at = 0 };
    char said[REASON_LINE];

    for (int i = 0; i < 5000; i++)
        reason_add(&r, "\0x", 2);
    reason_tell(&r, 1, said);
    assert_int_equal(strlen(said), 150);
    assert_int_equal(strspn(said, "x"), 150);
}

static void test_address(void **state)
{
    static const char text[] = "Host key verification failed.\n";
    char longest[REASON_LINE];
    struct reason r = { .at = 0 };
    char said[REASON_LINE], before[REASON_LINE];

    reason_add(&r, text, sizeof text - 1);
    reason_tell(&r, REASON_SSH, said);
    strcpy(before, said);
    reason_address(said, NULL);
    assert_string_equal(said, before);
    /* what does not fit leaves it as it was */
    memset(longest, 'x', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    reason_address(said, longest);
    assert_string_equal(said, before);
    reason_address(said, "root@10.0.0.1");
    assert_non_null(strstr(said, "`ssh root@10.0.0.1`"));
    strcpy(said, "no remedy");
    reason_address(said, "h1");
    assert_string_equal(said, "no remedy");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases),
        cmocka_unit_test(test_long),
        cmocka_unit_test(test_address),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
