/* SPDX-License-Identifier: LGPL-2.1-only */
/* Rate and writable set out of a sampled dirtying curve. */
#include "libxl-ext/dirty.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const double times[] = { 0.1, 0.2, 0.5, 1, 2, 3, 5 };

static struct xlx_dirty curve(double rate, double set, double noise)
{
    struct xlx_dirty d = { .n = 7 };

    for (unsigned i = 0; i < d.n; i++) {
        double p = xlx_dirty_after(rate, set, times[i]);

        d.point[i].us = (uint64_t)(times[i] * 1e6);
        d.point[i].pages = (uint64_t)(p * (1 + (i % 2 ? noise : -noise)));
    }
    xlx_dirty_fit(&d);
    return d;
}

static bool near(double a, double b, double part)
{
    return fabs(a / b - 1) <= part;
}

static void test_saturating(void **state)
{
    static const double rates[] = { 100, 5000, 200000 };
    static const double seconds[] = { 0.2, 1, 3 };
    static const double noises[] = { 0, 0.02 };

    for (int r = 0; r < 3; r++)
        for (int s = 0; s < 3; s++)
            for (int n = 0; n < 2; n++) {
                double set = rates[r] * seconds[s];
                struct xlx_dirty d = curve(rates[r], set, noises[n]);

                if (!near(d.rate, rates[r], 0.15) || !near(d.set, set, 0.1))
                    fail_msg("rate %g set %g noise %g: found %g and %g",
                             rates[r], set, noises[n], d.rate, d.set);
            }
}

/* Of a set that was not reached nothing is claimed. */
static void test_linear(void **state)
{
    struct xlx_dirty d = curve(1000, 1e9, 0);

    assert_true(near(d.rate, 1000, 0.1));
    assert_true(d.set == 0);
}

/* All of it is dirty at the first look: the rate is at least that. */
static void test_at_once(void **state)
{
    struct xlx_dirty d = curve(1e8, 5000, 0);

    assert_true(near(d.set, 5000, 0.05));
    assert_true(d.rate >= 50000);
}

static void test_nothing(void **state)
{
    struct xlx_dirty d = curve(0, 1000, 0);

    assert_true(d.rate == 0 && d.set == 0);
    d = (struct xlx_dirty){ .n = 0, .rate = 5, .set = 5 };
    xlx_dirty_fit(&d);
    assert_true(d.rate == 0 && d.set == 0);
    /* a point without a time is no rate */
    d = (struct xlx_dirty){ .n = 1, .point = { { 0, 100 } } };
    xlx_dirty_fit(&d);
    assert_true(d.rate == 0 && d.set == 0);
    d = (struct xlx_dirty){
        .n = 2, .point = { { UINT64_MAX, UINT64_MAX }, { 1, UINT64_MAX } }
    };
    xlx_dirty_fit(&d);
    assert_false(isnan(d.rate) || isnan(d.set));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_saturating),
        cmocka_unit_test(test_linear),
        cmocka_unit_test(test_at_once),
        cmocka_unit_test(test_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
