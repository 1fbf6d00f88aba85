/* SPDX-License-Identifier: LGPL-2.1-only */
/* Numbers as a person would say them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#include "tools/base/figure.h"

static const struct {
    const char *(*figure)(char buf[FIGURE], double v);
    double v;
    const char *text;
} rows[] = {
    { figure_time, 0, "0.0 s" },
    { figure_time, 34.582, "34.6 s" },
    { figure_time, 59.94, "59.9 s" },
    { figure_time, 59.96, "1 min" },
    { figure_time, 120, "2 min" },
    { figure_time, 575.4, "9 min 35 s" },
    { figure_time, 3027.1, "50 min 27 s" },
    { figure_time, 3599.7, "1 h" },
    { figure_time, 7500, "2 h 5 min" },
    { figure_time, 86390, "1 d" },
    { figure_time, 273600, "3 d 4 h" },
    { figure_time, -1, "-" },
    { figure_time, NAN, "-" },
    { figure_time, INFINITY, "-" },
    { figure_about, 3.2, "4 s" },
    { figure_about, 42, "40 s" },
    { figure_about, 575.4, "10 min" },
    { figure_about, 86, "1 min" },
    { figure_about, 6000, "2 h" },
    { figure_about, 200000, "2 d" },
    { figure_pause, 210, "210 ms" },
    { figure_pause, 1670, "1670 ms" },
    { figure_pause, 34582, "34.6 s" },
    { figure_mib, 0, "0 MiB" },
    { figure_mib, 0.44, "0.4 MiB" },
    { figure_mib, 640, "640 MiB" },
    { figure_mib, 1023.6, "1.0 GiB" },
    { figure_mib, 8700800, "8.3 TiB" },
    { figure_mib, 13641538, "13.0 TiB" },
    { figure_mib, 1048575, "1.0 TiB" },
    { figure_mib, -1, "-" },
    { figure_gib, 187.45, "187.4 GiB" },
    { figure_gib, 0.03, "31 MiB" },
    { figure_mib_s, 12.4, "12 MiB/s" },
    { figure_mib_s, 1300, "1.3 GiB/s" },
    { figure_rate, 940, "940 Mbit/s" },
    { figure_rate, 25000, "25 Gbit/s" },
    { figure_rate, 1000, "1 Gbit/s" },
};

static void test_figures(void **state)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char buf[FIGURE];

        assert_string_equal(rows[i].figure(buf, rows[i].v), rows[i].text);
    }
}

/* Two amounts that are compared never read as one. */
static void pairs(void **state)
{
    char a[FIGURE], b[FIGURE];

    figure_mib_pair(a, b, 168, 1024);
    assert_string_equal(a, "168 MiB");
    assert_string_equal(b, "1.0 GiB");
    figure_mib_pair(a, b, 1025, 1026);
    assert_string_equal(a, "1025 MiB");
    assert_string_equal(b, "1026 MiB");
    figure_mib_pair(a, b, 2048, 2048);
    assert_string_equal(a, "2.0 GiB");
    assert_string_equal(b, "2.0 GiB");
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_figures),
                                        cmocka_unit_test(pairs) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
