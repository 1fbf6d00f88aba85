/* SPDX-License-Identifier: LGPL-2.1-only */
/* The line that starts a move which is held: as it is written, and as others
 * may write it. */
#include "tools/move/startline.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <math.h>
#include <string.h>

static void test_written(void **state)
{
    static const struct {
        double rate;
        const char *line;
    } rows[] = {
        { 0, "start\n" },
        { -1, "start\n" },
        { 12, "start 12.000\n" },
        { 0.0001, "start 0.001\n" },
        { 1e9, "start 1000000.000\n" },
    };
    char buf[STARTLINE_MAX];

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(startline_format(rows[i].rate, buf),
                         strlen(rows[i].line));
        assert_string_equal(buf, rows[i].line);
    }
}

static void test_read(void **state)
{
    static const struct {
        const char *line;
        int rc;
        double rate;
    } rows[] = {
        { "start", 0, 0 },
        { "start 12.5", 0, 12.5 },
        { "start 0.001", 0, 0.001 },
        { "start 1000000.000", 0, 1e6 },
        { "", -EINVAL, 0 },
        { "star", -EINVAL, 0 },
        { "START", -EINVAL, 0 },
        { "start ", -EINVAL, 0 },
        { "start  1", -EINVAL, 0 },
        { "start1", -EINVAL, 0 },
        { "start 0", -EINVAL, 0 },
        { "start 1e3", -EINVAL, 0 },
        { "start 0x10", -EINVAL, 0 },
        { "start nan", -EINVAL, 0 },
        { "start inf", -EINVAL, 0 },
        { "start -1", -EINVAL, 0 },
        { "start 1000001", -EINVAL, 0 },
        { "start 1.2.3", -EINVAL, 0 },
        { "start .", -EINVAL, 0 },
        { "start 1 2", -EINVAL, 0 },
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        double rate = -1;

        assert_int_equal(startline_parse(rows[i].line, &rate), rows[i].rc);
        assert_true(fabs(rate - rows[i].rate) < 1e-9);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_written),
        cmocka_unit_test(test_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
