/* SPDX-License-Identifier: LGPL-2.1-only */
/* Metrics as Prometheus reads them: names from outside, numbers, histograms. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/base/metric.h"

static char *text;
static size_t len;

static FILE *begin(void)
{
    free(text);
    text = NULL;
    return open_memstream(&text, &len);
}

static void labels(void **state)
{
    static const struct {
        const char *value, *shown;
    } rows[] = {
        { "web1", "n{a=\"web1\",b=\"\"} 1\n" },
        { "a \"b\" \\", "n{a=\"a \\\"b\\\" \\\\\",b=\"\"} 1\n" },
        { "two\nlines", "n{a=\"two\\nlines\",b=\"\"} 1\n" },
        { "größe", "n{a=\"größe\",b=\"\"} 1\n" },
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        FILE *f = begin();
        struct metric m = metric_begin(f, "n");

        metric_label(&m, "a", rows[i].value);
        metric_label(&m, "b", NULL);
        metric_end(&m, 1);
        fclose(f);
        assert_string_equal(text, rows[i].shown);
    }
}

static void numbers(void **state)
{
    static const struct {
        double value;
        const char *shown;
    } rows[] = {
        { 0, "n 0\n" },
        { 102273908736.0, "n 102273908736\n" },
        { 4503599627370496.0, "n 4503599627370496\n" },
        { 0.461, "n 0.461\n" },
        { -1.5, "n -1.5\n" },
        { 1e300, "n 1e+300\n" },
        { NAN, "n NaN\n" },
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        FILE *f = begin();
        struct metric m = metric_begin(f, "n");

        metric_end(&m, rows[i].value);
        fclose(f);
        assert_string_equal(text, rows[i].shown);
    }
}

/* A limit belongs to its own bucket, each bucket has those below it, and what
 * was not measured is in none. */
static void histograms(void **state)
{
    static const double limit[] = { 0.5, 1, 1.25 };
    static const double measured[] = { 0, 0.5, 0.75, 1, 3, -1, NAN };
    struct metric_histogram h = { .limit = limit, .limits = 3 };
    FILE *f = begin();

    for (size_t i = 0; i < sizeof measured / sizeof *measured; i++)
        metric_count(&h, measured[i]);
    metric_histogram(f, "n", &h, NULL, NULL);
    metric_histogram(f, "n", &h, "of", "x");
    fclose(f);
    assert_string_equal(text, "n_bucket{le=\"0.5\"} 2\n"
                              "n_bucket{le=\"1.0\"} 4\n"
                              "n_bucket{le=\"1.25\"} 4\n"
                              "n_bucket{le=\"+Inf\"} 5\n"
                              "n_sum 5.25\n"
                              "n_count 5\n"
                              "n_bucket{of=\"x\",le=\"0.5\"} 2\n"
                              "n_bucket{of=\"x\",le=\"1.0\"} 4\n"
                              "n_bucket{of=\"x\",le=\"1.25\"} 4\n"
                              "n_bucket{of=\"x\",le=\"+Inf\"} 5\n"
                              "n_sum{of=\"x\"} 5.25\n"
                              "n_count{of=\"x\"} 5\n");
}

static int over(void **state)
{
    free(text);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(labels),
        cmocka_unit_test(numbers),
        cmocka_unit_test(histograms),
    };

    return cmocka_run_group_tests(tests, NULL, over);
}
