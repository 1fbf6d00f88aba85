/* SPDX-License-Identifier: LGPL-2.1-only */
/* Lines, records, words and environment of hooks: as they are, and as a host
 * that lies would have them. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tools/run/hook.h"

#define LINE(rest) "{\"event\":\"hook\",\"id\":\"r1.1.h1.hook\"," rest "}"

/* --- lines ------------------------------------------------------------------- */

static const struct line_row {
    const char *text;
    int rc;
    enum hook_state state;
    int code, signal;
    const char *output;
} lines[] = {
    { LINE("\"state\":\"running\""), 0, HOOK_RUNNING, -1, 0, "" },
    { LINE("\"state\":\"running\",\"code\":null,\"signal\":0"), 0,
      HOOK_RUNNING, -1, 0, "" },
    { LINE("\"state\":\"ended\",\"code\":3,\"output\":\"a\\n\\tb\\u001b[2J\""),
      0, HOOK_ENDED, 3, 0, "a\n\tb?[2J" },
    { LINE("\"state\":\"ended\",\"signal\":15,\"timed_out\":true"), 0,
      HOOK_ENDED, -1, 15, "" },
    { LINE("\"state\":\"lost\",\"lost\":\"boot\""), 0, HOOK_LOST, -1, 0, "" },
    { LINE("\"state\":\"lost\",\"lost\":\"process\",\"later\":[1]"), 0,
      HOOK_LOST, -1, 0, "" },
    /* what cannot be */
    { LINE("\"state\":\"lost\""), -EINVAL, 0, 0, 0, NULL },
    { LINE("\"state\":\"running\",\"lost\":\"boot\""), -EINVAL, 0, 0, 0,
      NULL },
    { LINE("\"state\":\"running\",\"code\":0"), -EINVAL, 0, 0, 0, NULL },
    { LINE("\"state\":\"running\",\"timed_out\":true"), -EINVAL, 0, 0, 0,
      NULL },
    { LINE("\"state\":\"ended\""), -EINVAL, 0, 0, 0, NULL },
    { LINE("\"state\":\"ended\",\"code\":0,\"signal\":9"), -EINVAL, 0, 0, 0,
      NULL },
    { LINE("\"state\":\"ended\",\"code\":256"), -EINVAL, 0, 0, 0, NULL },
    { LINE("\"state\":\"ended\",\"code\":-1"), -EINVAL, 0, 0, 0, NULL },
    { LINE("\"state\":\"ended\",\"code\":0.5"), -EINVAL, 0, 0, 0, NULL },
    { LINE("\"state\":\"ended\",\"code\":1e99"), -EINVAL, 0, 0, 0, NULL },
    { LINE("\"state\":\"ended\",\"signal\":65"), -EINVAL, 0, 0, 0, NULL },
    { LINE("\"state\":\"gone\""), -EINVAL, 0, 0, 0, NULL },
    { LINE("\"state\":7"), -EINVAL, 0, 0, 0, NULL },
    { LINE("\"state\":\"running\",\"boot\":\"\\u001b[2J\""), -EINVAL, 0, 0, 0,
      NULL },
    { LINE("\"state\":\"running\",\"boot\":\"../../x\""), -EINVAL, 0, 0, 0,
      NULL },
    { LINE("\"state\":\"running\",\"output\":[]"), -EINVAL, 0, 0, 0, NULL },
    { "{\"event\":\"hook\",\"id\":\"a/b\",\"state\":\"running\"}", -EINVAL, 0,
      0, 0, NULL },
    { "{\"event\":\"hook\",\"state\":\"running\"}", -EINVAL, 0, 0, 0, NULL },
    { "{\"event\":\"end\",\"id\":\"a\",\"state\":\"running\"}", -EINVAL, 0, 0,
      0, NULL },
    { "[]", -EINVAL, 0, 0, 0, NULL },
    { "", -EINVAL, 0, 0, 0, NULL },
    { "{", -EINVAL, 0, 0, 0, NULL },
};

static void test_lines(void **state)
{
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        const struct line_row *w = &lines[i];
        struct hook_event e;

        assert_int_equal(hook_event_parse(&e, w->text, strlen(w->text)),
                         w->rc);
        if (w->rc)
            continue;
        assert_string_equal(e.job.id, "r1.1.h1.hook");
        assert_int_equal(e.job.state, w->state);
        assert_int_equal(e.job.code, w->code);
        assert_int_equal(e.job.signal, w->signal);
        assert_string_equal(e.output, w->output);
    }
}

static struct hook_record some_record(void)
{
    struct hook_record r = { .id = "r1.12.h-1.rack.check",
                             .boot = "8c5d4b0e-0000-4000-8000-0123456789ab",
                             .pid = 4711,
                             .start = 123456789,
                             .state = HOOK_ENDED,
                             .code = 0,
                             .runs = 2,
                             .deadline_s = 60,
                             .began = 1700000000,
                             .ended = 1700000001 };

    memset(r.sha256, 'a', 64);
    return r;
}

/* The longest output there can be makes a line that is still read. */
static void test_line_again(void **state)
{
    struct hook_record r = some_record();
    struct json_out *o = json_text_new(false);
    char output[HOOK_TAIL + 1], *text;
    struct hook_event e;
    size_t len;

    memset(output, '"', HOOK_TAIL);
    output[HOOK_TAIL] = '\0';
    hook_event_write(o, &r, output);
    text = json_text_free(o, &len);
    assert_non_null(text);
    assert_true(len < HOOK_LINE);
    assert_int_equal(hook_event_parse(&e, text, len), 0);
    assert_string_equal(e.output, output);
    assert_string_equal(e.job.id, r.id);
    assert_string_equal(e.job.boot, r.boot);
    assert_int_equal(e.job.runs, 2);
    assert_int_equal(e.job.deadline_s, 60);
    assert_int_equal(e.job.ended, 1700000001);
    free(text);
}

static void test_record_again(void **state)
{
    struct hook_record r = some_record(), same;
    char *text = hook_record_format(&r), *again;
    struct msg err;

    assert_non_null(text);
    assert_int_equal(hook_record_parse(&same, "it", text, &err), 0);
    assert_string_equal(same.id, r.id);
    assert_string_equal(same.sha256, r.sha256);
    assert_true(same.pid == 4711 && same.start == 123456789);
    again = hook_record_format(&same);
    assert_string_equal(again, text);
    free(again);
    free(text);
    assert_int_equal(hook_record_parse(&same, "it", "{}", &err), -EINVAL);
    assert_int_equal(
        hook_record_parse(&same, "it",
                          "{\"format\":\"rackhop-hook/1\",\"id\":\"a\","
                          "\"state\":\"running\",\"boot\":\"b\"}",
                          &err),
        -EINVAL);
}

static void test_ids(void **state)
{
    static const char *const bad[] = { "",    ".a",  "-a",  "a/b",
                                       "a b", "a\n", "a\"", "\xc3\xa4" };
    char longest[HOOK_ID + 2];

    memset(longest, 'x', sizeof longest);
    longest[HOOK_ID + 1] = '\0';
    assert_false(hook_id_ok(longest));
    longest[HOOK_ID] = '\0';
    assert_true(hook_id_ok(longest));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(hook_id_ok(bad[i]));
}

/* --- output ------------------------------------------------------------------ */

static void test_filter(void **state)
{
    static const struct {
        const char *raw, *shown;
        size_t most;
    } rows[] = {
        { "", "", 10 },
        { "one\ntwo", "one\ntwo", 10 },
        { "one\ntwo\n", "wo\n", 3 },
        { "a\r\nb\r\n", "a\nb\n", 10 },
        { "a\rb", "a?b", 10 },
        { "\ta\t\tb\t", "\ta\t\tb\t", 10 },
        { "\x1b]0;x\x07y", "?]0;x?y", 10 },
        { "\xff", "\xef\xbf\xbd", 10 },
        { "\xff", "", 2 },                     /* no half of a character */
        { "\xc3\xa4\xc3\xb6", "\xc3\xb6", 3 }, /* whole ones only */
        { "\n\n\n", "\n\n\n", 10 },
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *s =
            hook_output_filter(rows[i].raw, strlen(rows[i].raw), rows[i].most);

        assert_string_equal(s, rows[i].shown);
        free(s);
    }
}

/* --- environment ------------------------------------------------------------- */

static void test_env(void **state)
{
    static const char *const good[] = { "RACKHOP_HOST=r1h1",
                                        "RACKHOP_XEN=", "RACKHOP_RUN=a b" };
    static const char *const bad[] = { "PATH=/tmp",
                                       "RACKHOP_HOST",
                                       "RACKHOP_HOST2=",
                                       "RACKHOP_STATE_FILE=/var/lib/a",
                                       "LD_PRELOAD=x",
                                       "RACKHOP_HOS=x",
                                       "=x",
                                       "",
                                       "RACKHOP_HOST=a\nb",
                                       "RACKHOP_RUN=\x1b[2J" };
    char value[1200] = "RACKHOP_HOST=";
    struct msg err = MSG_NONE;

    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_int_equal(hook_env_check(good[i], &err), 0);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        err.text[0] = '\0';
        assert_int_equal(hook_env_check(bad[i], &err), -EINVAL);
        assert_true(*err.text);
        assert_null(strchr(err.text, '\x1b'));
    }
    memset(value + 13, 'x', 1024);
    assert_int_equal(hook_env_check(value, &err), 0);
    value[13 + 1024] = 'x';
    assert_int_equal(hook_env_check(value, &err), -EINVAL);
}

/* --- the driver's side --------------------------------------------------------- */

static void test_words(void **state)
{
    struct hook_ask a = { .id = "r.1.h1.hook",
                          .command = "apt-get -y upgrade",
                          .deadline_s = 90,
                          .runs = 2,
                          .if_empty = true,
                          .if_boot = "b-1",
                          .env = { "RACKHOP_HOST=h1", "RACKHOP_WAVE=1" } };
    static const char *const want[] = { "hook",
                                        "run",
                                        "--id",
                                        "r.1.h1.hook",
                                        "--deadline",
                                        "90",
                                        "--runs",
                                        "2",
                                        "--if-empty",
                                        "--if-boot",
                                        "b-1",
                                        "--env",
                                        "RACKHOP_HOST=h1",
                                        "--env",
                                        "RACKHOP_WAVE=1",
                                        "--",
                                        "apt-get -y upgrade",
                                        NULL };
    struct hook_words w;

    hook_words(&a, &w);
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        if (want[i])
            assert_string_equal(w.args[i], want[i]);
        else
            assert_null(w.args[i]);
    }
    for (size_t i = 0; i < HOOK_ENV_MAX; i++)
        a.env[i] = "RACKHOP_HOST=x";
    hook_words(&a, &w);
    assert_string_equal(w.args[11 + 2 * HOOK_ENV_MAX], "--");
    assert_null(w.args[13 + 2 * HOOK_ENV_MAX]);
}

static const struct verdict_row {
    struct hook_record r;
    bool reboots;
    enum hook_verdict verdict;
    const char *why;
} verdicts[] = {
    { { .state = HOOK_RUNNING, .code = -1 }, true, HOOK_GOES_ON, "" },
    { { .state = HOOK_ENDED, .code = 0 }, false, HOOK_DONE, "" },
    { { .state = HOOK_ENDED, .code = 0 }, true, HOOK_DONE, "" },
    { { .state = HOOK_ENDED, .code = 0, .timed_out = true },
      false,
      HOOK_FAILED,
      "it ended with exit code 0 after its deadline; its last words: no" },
    { { .state = HOOK_ENDED, .code = 2 },
      true,
      HOOK_FAILED,
      "it ended with exit code 2; its last words: no" },
    { { .state = HOOK_ENDED, .code = -1, .signal = 15 },
      true,
      HOOK_BOOTED,
      "" },
    { { .state = HOOK_ENDED, .code = -1, .signal = 15 },
      false,
      HOOK_FAILED,
      "it was ended by signal 15; its last words: no" },
    { { .state = HOOK_ENDED, .code = -1, .signal = 9, .timed_out = true },
      true,
      HOOK_FAILED,
      "it was ended by signal 9 at its deadline; its last words: no" },
    { { .state = HOOK_LOST, .lost = HOOK_LOST_BOOT, .code = -1 },
      true,
      HOOK_BOOTED,
      "" },
    { { .state = HOOK_LOST, .lost = HOOK_LOST_BOOT, .code = -1 },
      false,
      HOOK_FAILED,
      "it is lost: the host was booted while it ran; its last words: no" },
    { { .state = HOOK_LOST, .lost = HOOK_LOST_PROCESS, .code = -1 },
      true,
      HOOK_FAILED,
      "it is lost: its process has gone without a result; its last words: "
      "no" },
};

static void test_verdicts(void **state)
{
    for (size_t i = 0; i < sizeof verdicts / sizeof *verdicts; i++) {
        struct hook_event e = { .job = verdicts[i].r,
                                .output = "well\nno\n\n" };
        struct msg why = MSG_NONE;

        assert_int_equal(hook_verdict(&e, verdicts[i].reboots, &why),
                         verdicts[i].verdict);
        assert_string_equal(why.text, verdicts[i].why);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),        cmocka_unit_test(test_line_again),
        cmocka_unit_test(test_record_again), cmocka_unit_test(test_ids),
        cmocka_unit_test(test_filter),       cmocka_unit_test(test_env),
        cmocka_unit_test(test_words),        cmocka_unit_test(test_verdicts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
