/* SPDX-License-Identifier: LGPL-2.1-only */
/* Steal time of looks and of processor time. */
#include "libxl-ext/steal_count.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void test_steal(void **state)
{
    static const struct {
        const char *what;
        struct xlx_steal_count count; /* times, looks, wants, waits */
        double cpu, steal;
    } row[] = {
        { "never looked at", { 0, 0, 0, 0 }, 0.5, -1 },
        { "no vCPU is online", { 10, 0, 0, 0 }, 0.5, -1 },
        { "alone on its processor, which the look takes",
          { 100, 100, 60, 60 },
          0.6,
          0 },
        { "it gets half of one processor, and wants all of it",
          { 100, 100, 100, 100 },
          0.5,
          0.5 },
        { "of many processors the look takes none of its own",
          { 100, 400, 300, 40 },
          2.4,
          0.1 },
        { "looks by chance say less than the processor time",
          { 100, 100, 50, 50 },
          0.52,
          0 },
        { "it is blocked", { 100, 100, 0, 0 }, 0, 0 },
        { "nobody knows what it used", { 100, 200, 150, 50 }, -1, 0.25 },
    };

    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        double is = xlx_steal_of(&row[i].count, row[i].cpu);

        if (fabs(is - row[i].steal) > 1e-9)
            fail_msg("%s: %g, not %g", row[i].what, is, row[i].steal);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_steal) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
