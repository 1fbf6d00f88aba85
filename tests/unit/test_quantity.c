/* SPDX-License-Identifier: LGPL-2.1-only */
/* Quantities as people write them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "tools/base/quantity.h"

static const struct {
    enum quantity kind;
    const char *text;
    double v; /* NAN: none */
} rows[] = {
    { QUANTITY_S, "30", 30 },
    { QUANTITY_S, "0", 0 },
    { QUANTITY_S, "30s", 30 },
    { QUANTITY_S, "5m", 300 },
    { QUANTITY_S, "5 min", 300 },
    { QUANTITY_S, "1.5h", 5400 },
    { QUANTITY_S, "2D", 172800 },
    { QUANTITY_S, "500ms", 0.5 },
    { QUANTITY_MS, "300", 300 },
    { QUANTITY_MS, "300ms", 300 },
    { QUANTITY_MS, "2s", 2000 },
    { QUANTITY_MS, ".5s", 500 },
    { QUANTITY_MS, "1e3", 1000 },
    { QUANTITY_MS, "1m", 60000 },
    { QUANTITY_MBIT, "100", 100 },
    { QUANTITY_MBIT, "100Mbit", 100 },
    { QUANTITY_MBIT, "100mbit/s", 100 },
    { QUANTITY_MBIT, "2.5Gbit", 2500 },
    { QUANTITY_MBIT, "500kbit", 0.5 },
    { QUANTITY_MBIT, "1MiB/s", 8.388608 },
    { QUANTITY_GIB, "12.5", 12.5 },
    { QUANTITY_GIB, "512MiB", 0.5 },
    { QUANTITY_GIB, "512M", 0.5 },
    { QUANTITY_GIB, "512mib", 0.5 },
    { QUANTITY_GIB, "+200", 200 },
    { QUANTITY_GIB, " 200", 200 },
    { QUANTITY_MS, "\t +300 ms", 300 },
    { QUANTITY_GIB, "1.5TiB", 1536 },
    { QUANTITY_GIB, "2T", 2048 },
    { QUANTITY_S, "", NAN },
    { QUANTITY_S, "s", NAN },
    { QUANTITY_S, ".", NAN },
    { QUANTITY_S, " 5", 5 },
    { QUANTITY_S, "5 ", 5 },
    { QUANTITY_S, "-5", NAN },
    { QUANTITY_S, "+5", 5 },
    { QUANTITY_S, "++5", NAN },
    { QUANTITY_S, "+-5", NAN },
    { QUANTITY_S, "+ 5", NAN },
    { QUANTITY_S, "+0x10", NAN },
    { QUANTITY_S, "+inf", NAN },
    { QUANTITY_S, " ", NAN },
    { QUANTITY_S, "5x", NAN },
    { QUANTITY_S, "5m5s", NAN },
    { QUANTITY_S, "0x10", NAN },
    { QUANTITY_S, "nan", NAN },
    { QUANTITY_S, "inf", NAN },
    { QUANTITY_S, "1e999", NAN },
    { QUANTITY_S, "1e308d", NAN },
    { QUANTITY_S, "100Mbit", NAN },
    { QUANTITY_MBIT, "100MB", NAN },
    { QUANTITY_GIB, "5 s", NAN },
    { QUANTITY_GIB, "512m", NAN },
    { QUANTITY_GIB, "512 m", NAN },
};

static void test_quantities(void **state)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        double v = -1;

        if (quantity_parse(rows[i].kind, rows[i].text, &v) ==
            !isnan(rows[i].v)) {
            if (!isnan(rows[i].v) && fabs(v - rows[i].v) > 1e-9)
                fail_msg("%s: %g", rows[i].text, v);
            continue;
        }
        fail_msg("%s: %s", rows[i].text, isnan(rows[i].v) ? "taken" : "not");
    }
}

static void test_hints(void **state)
{
    assert_non_null(strstr(quantity_hint(QUANTITY_GIB, "5m"), "MiB"));
    assert_string_equal(quantity_hint(QUANTITY_GIB, "5 s"), "");
    assert_string_equal(quantity_hint(QUANTITY_GIB, ""), "");
    assert_string_equal(quantity_hint(QUANTITY_S, "5m"), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_quantities),
                                        cmocka_unit_test(test_hints) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
