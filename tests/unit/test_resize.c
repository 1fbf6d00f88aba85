/* SPDX-License-Identifier: LGPL-2.1-only */
/* What memory a guest may get or give, and what is kept of what it had. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tools/move/resize.h"

static void checks(void **state)
{
    static const struct {
        struct resize_case c; /* target, most, free, floor, before, wanted */
        int rc;
        const char *says;
    } rows[] = {
        { { 1024, 2048, 4096, 0, 0, 1280 }, 0, "" },
        { { 1024, 2048, 4096, 0, 0, 2048 }, 0, "" },
        { { 1024, 2048, 4096, 0, 0, 2049 }, -ERANGE, "2048 MiB at most" },
        { { 1024, 0, 4096, 0, 0, 1280 }, -EPERM, "nobody knows" },
        { { 1024, 2048, 319, 0, 0, 1280 }, -EAGAIN, "319 MiB free" },
        { { 1024, 2048, 320, 0, 0, 1280 }, 0, "" },
        { { 1024, 2048, 0, 0, 0, 1024 }, 0, "" },
        { { 1024, 2048, 0, 0, 0, 1000 }, -EPERM, "memory_floor is not set" },
        { { 1024, 2048, 0, 40, 0, 820 }, 0, "" },
        { { 1024, 2048, 0, 40, 0, 818 }, -ERANGE, "keeps 819 MiB" },
        /* back to what it had, whatever the floor is */
        { { 1280, 2048, 0, 0, 1024, 1024 }, 0, "" },
        { { 1280, 2048, 0, 0, 1024, 1023 }, -EPERM, "memory_floor" },
        { { 800, 2048, 10, 40, 1024, 1024 }, -EAGAIN, "224 are needed" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct msg err = MSG_NONE;

        if (resize_check(&rows[i].c, &err) != rows[i].rc ||
            !strstr(err.text, rows[i].says))
            fail_msg("row %zu: %s", i, err.text);
    }
}

/* Whatever is asked: no more than the most, nothing below the floor, and the
 * host keeps some. */
static void laws(void **state)
{
    uint64_t x = 88172645463325252ull;

    (void)state;
    for (int i = 0; i < 200000; i++) {
        struct resize_case c;
        struct msg err;

        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        c = (struct resize_case){ .most_mib = (int64_t)(x % 5000),
                                  .target_mib = (int64_t)(x / 7 % 5000),
                                  .free_mib = (int64_t)(x / 11 % 3000),
                                  .floor = (double)(x / 13 % 101),
                                  .before_mib =
                                      (int64_t)(x / 17 % 3 ? 0 : 900),
                                  .wanted_mib = (int64_t)(x / 19 % 6000) };
        if (resize_check(&c, &err))
            continue;
        assert_true(c.wanted_mib <= c.most_mib);
        if (c.wanted_mib > c.target_mib)
            assert_true(c.free_mib - (c.wanted_mib - c.target_mib) >=
                        RESIZE_LEFT_MIB);
        if (c.wanted_mib < c.target_mib &&
            !(c.before_mib && c.wanted_mib >= c.before_mib))
            assert_true(c.floor > 0 && (double)c.wanted_mib + 1 >=
                                           c.floor / 100 * (double)c.most_mib);
    }
}

static void records(void **state)
{
    struct resized r = { .uuid = "00000000-0000-4000-8000-000000000001",
                         .name = "web1",
                         .by = "rackhopd",
                         .from_mib = 1024,
                         .to_mib = 1280,
                         .at_s = 5 },
                   got, *list;
    static const char *const bad[] = {
        "",
        "{}",
        "{\"format\":\"rackhop-resized/1\"}",
        "{\"format\":\"rackhop-resized/1\",\"from_mib\":-5,\"to_mib\":5}",
    };
    char *text = resized_format(&r);
    struct store *s;
    struct msg err;
    unsigned n;

    (void)state;
    assert_int_equal(resized_parse(&got, text, strlen(text)), 0);
    assert_string_equal(got.name, "web1");
    assert_int_equal(got.from_mib, 1024);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_not_equal(resized_parse(&got, bad[i], strlen(bad[i])), 0);
    assert_int_equal(store_open_mem(&s), 0);
    assert_int_equal(store_cas(s, "resized/a", 0, text, NULL), 0);
    assert_int_equal(store_cas(s, "resized/b", 0, "nonsense", NULL), 0);
    assert_int_equal(resize_list(s, &list, &n, &err), 0);
    assert_int_equal(n, 1);
    assert_int_equal(list[0].to_mib, 1280);
    free(list);
    free(text);
    store_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(checks),
        cmocka_unit_test(laws),
        cmocka_unit_test(records),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
