/* SPDX-License-Identifier: LGPL-2.1-only */
/* When a pause fits into the time for which a link is up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "libxl-ext/link_window.h"

enum { S = 1000000 };

static struct link_window told(const unsigned *at_s, size_t n)
{
    struct link_window w = { 0 };

    for (size_t i = 0; i < n; i++)
        link_window_tell(&w, i % 2 == 0, at_s[i] * (uint64_t)S);
    return w;
}

static void test_fits(void **state)
{
    static const struct {
        unsigned at_s[5]; /* up, down, up .. */
        size_t n;
        double now_s, pause_ms;
        bool fits;
    } table[] = {
        /* never cut: nothing is expected */
        { { 10 }, 1, 5000, 9000, true },
        /* up for 20 s, and then again since 100 */
        { { 10, 30, 100 }, 3, 101, 500, true },
        { { 10, 30, 100 }, 3, 118, 1000, true },
        { { 10, 30, 100 }, 3, 118.1, 1000, false },
        { { 10, 30, 100 }, 3, 119.9, 0, false },
        { { 10, 30, 100 }, 3, 101, 18500, false },
        /* it fits into none of them: there is nothing to wait for */
        { { 10, 30, 100 }, 3, 101, 19500, true },
        /* longer than ever */
        { { 10, 30, 100 }, 3, 120, 1000, false }, /* it may be cut already */
        { { 10, 30, 100 }, 3, 130.9, 1000, false },
        { { 10, 30, 100 }, 3, 131, 1000, true },
        { { 10, 30, 100 }, 3, 9999, 60000, true },
        /* nobody knows how long it takes */
        { { 10, 30, 100 }, 3, 118, -1, true },
        { { 10, 30, 100 }, 3, 118.1, -1, false },
        /* the longest counts, not the last */
        { { 10, 30, 100, 104, 200 }, 5, 210, 1000, true },
        { { 10, 14, 100, 120, 200 }, 5, 218.5, 1000, false },
        /* up for 2 s at a time: half a second of it is not trusted */
        { { 10, 12, 20 }, 3, 20.5, 1000, true },
        { { 10, 12, 20 }, 3, 20.6, 1000, false },
        /* it is down: that is waited for elsewhere */
        { { 10, 30 }, 2, 31, 1000, true },
    };

    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct link_window w = told(table[i].at_s, table[i].n);

        if (link_window_fits(&w, (uint64_t)(table[i].now_s * S),
                             table[i].pause_ms) != table[i].fits)
            fail_msg("row %zu", i);
    }
}

/* Who says the same twice says it once. */
static void test_again(void **state)
{
    struct link_window w = { 0 };

    link_window_tell(&w, false, 5 * S);
    assert_true(link_window_fits(&w, 5 * S, 1000));
    link_window_tell(&w, true, 10 * S);
    link_window_tell(&w, true, 15 * S);
    link_window_tell(&w, false, 20 * S);
    link_window_tell(&w, false, 25 * S);
    assert_int_equal(w.longest_us, 10 * S);
    link_window_tell(&w, true, 30 * S);
    assert_int_equal(w.up_us, 30 * S);
    /* lost before it was known to be up */
    link_window_tell(&w, false, 29 * S);
    assert_int_equal(w.longest_us, 10 * S);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fits),
        cmocka_unit_test(test_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
