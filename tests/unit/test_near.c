/* SPDX-License-Identifier: LGPL-2.1-only */
/* Which word is meant by one that does not exist. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "tools/base/near.h"

static const struct {
    const char *word;
    const char *among[6];
    const char *best; /* NULL: none */
} rows[] = {
    { "drian", { "drain", "undrain", "dirty" }, "drain" },
    { "rebal", { "rebalance", "recover" }, "rebalance" },
    { "darin", { "drain" }, "drain" },
    { "undrian", { "drain", "undrain" }, "undrain" },
    { "statsu", { "status" }, "status" },
    { "limitt", { "limit", "time" }, "limit" },
    { "expl", { "explain" }, "explain" },
    { "v1", { "v000000", "v000001", "v000010" }, "v000001" },
    { "V000001", { "v000001" }, "v000001" },
    { "h0000", { "h00000", "h00001" }, "h00000" },
    { "web-01", { "web-001", "web-010" }, "web-001" },
    { "Db1", { "db1" }, "db1" },
    { "x", { "y", "z" }, NULL },
    { "ab", { "cd" }, NULL },
    { "frobnicate", { "drain", "plan", "rebalance" }, NULL },
    { "", { "drain" }, NULL },
    { "drain", { "" }, NULL },
    { "0", { "00" }, "00" },
};

static void test_best(void **state)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct near n;

        near_init(&n, rows[i].word);
        for (size_t k = 0; k < 6 && rows[i].among[k]; k++)
            near_try(&n, rows[i].among[k]);
        if ((n.best != NULL) != (rows[i].best != NULL) ||
            (n.best && strcmp(n.best, rows[i].best)))
            fail_msg("%s: %s", rows[i].word, n.best ? n.best : "none");
    }
}

/* Words of any length, and what nobody should see on a terminal. */
static void test_odd(void **state)
{
    char longest[400], hint[NEAR_HINT];
    struct near n;

    memset(longest, 'a', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    for (size_t len = 0; len < sizeof longest; len++) {
        near_init(&n, longest + len);
        near_try(&n, longest);
        near_try(&n, longest + len / 2);
        near_init(&n, longest);
        near_try(&n, longest + len);
    }
    near_init(&n, "web1");
    assert_string_equal(near_hint(&n, "", hint), "");
    near_try(&n, "web\0331");
    near_hint(&n, "rack:", hint);
    assert_non_null(strstr(hint, "; did you mean rack:web"));
    assert_null(strchr(hint, '\033'));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_best),
        cmocka_unit_test(test_odd),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
