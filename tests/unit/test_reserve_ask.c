/* SPDX-License-Identifier: LGPL-2.1-only */
/* The words by which an executor asks a target host to reserve. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tools/move/reserve_ask.h"

#define A "11111111-2222-3333-4444-55555555555a"
#define B "11111111-2222-3333-4444-55555555555b"

static int ask_of(struct reserve_ask *a, const char *words)
{
    char *text = strdup(words), *word[8], *save;
    size_t n = 0;
    int rc;

    for (char *w = strtok_r(text, " ", &save); w;
         w = strtok_r(NULL, " ", &save))
        word[n++] = w;
    rc = reserve_ask_parse(a, word, n);
    free(text);
    return rc;
}

static void test_ask(void **state)
{
    static const char *const wrong[] = {
        "run-1", /* no host */
        "run-1 admin " A,
        "run-1 admin " A "=x",
        "run-1 admin seen=run-2",
        "run-1 admin dead=@1",
        "run-1 admin seen=run-2@-1",
        "run-1 admin =",
        /* what the record could not keep */
        "run-1 admin\xff " A "=64",
        "run-1 " A A " " A "=64", /* a long name */
        "run-1 admin " A "=64@h\xff:100",
        "run-1 admin " A "=9999999999999",
    };
    struct reserve_ask a;

    assert_int_equal(ask_of(&a, "run-1 admin " A "=64@h1:100 seen=run-2@7 "
                                "dead=run-3@8 " B "=-32"),
                     0);
    assert_string_equal(a.r.run, "run-1");
    assert_string_equal(a.r.executor, "admin");
    assert_int_equal(a.r.rows, 2);
    assert_string_equal(a.r.row[0].from, "h1");
    assert_int_equal(a.r.row[1].mib, -32);
    assert_int_equal(a.seen_n, 2);
    assert_int_equal(a.seen[0].stamp, 7);
    assert_false(a.seen[0].dead);
    assert_string_equal(a.seen[1].run, "run-3");
    assert_true(a.seen[1].dead);
    reserve_ask_dispose(&a);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_int_equal(ask_of(&a, wrong[i]), -EINVAL);
        reserve_ask_dispose(&a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_ask) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
