/* SPDX-License-Identifier: LGPL-2.1-only */
/* The pre-copy model: closed forms where there are any, and the orders that
 * must hold whatever the numbers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#include "libxl-ext/policy.h"
#include "scheduler/scheduler.h"

static const struct plan_precopy base = {
    .mib = 8192,
    .dirty_mib_s = 100,
    .writable_mib = 1024,
    .mbps = 10000,
    .downtime_ms = 300,
    .overhead_ms = 40,
    .max_rounds = 30,
};

static double mib_s(double mbps)
{
    return mbps * 1e6 / 8 / 1048576;
}

static void assert_near(double a, double b)
{
    if (fabs(a - b) > 1e-6 * fmax(1, fabs(b)))
        fail_msg("%.9g is not %.9g", a, b);
}

static void test_quiet(void **state)
{
    struct plan_precopy p = base;
    struct plan_precopy_result r;

    p.dirty_mib_s = 0;
    r = plan_precopy(&p);
    assert_near(r.mib, 8192);
    assert_near(r.seconds, 8192 / mib_s(10000) + 0.04);
    assert_near(r.downtime_ms, 40);
    assert_true(r.reached);
    p.setup_ms = 1500; /* of the move, not of its pause */
    assert_near(plan_precopy(&p).seconds, r.seconds + 1.5);
    assert_near(plan_precopy(&p).downtime_ms, 40);
    p = base;
    p.writable_mib = 0;
    assert_near(plan_precopy(&p).mib, 8192);
}

/* One round dirties W(1 - exp(-rate t / W)); here that already fits. */
static void test_one_round(void **state)
{
    struct plan_precopy p = base;
    struct plan_precopy_result r;
    double t = 8192 / mib_s(10000), left;

    p.dirty_mib_s = 5;
    p.writable_mib = 50;
    left = 50 * (1 - exp(-5 * t / 50));
    r = plan_precopy(&p);
    assert_int_equal(r.rounds, 2);
    assert_near(r.mib, 8192 + left);
    assert_near(r.downtime_ms, 40 + 1e3 * left / mib_s(10000));
}

/* The whole set is dirtied faster than it is sent: no round gains, and after
 * some patience the guest is stopped. */
static void test_hopeless(void **state)
{
    struct plan_precopy p = base;
    struct plan_precopy_result r;

    p.dirty_mib_s = 1e6;
    r = plan_precopy(&p);
    assert_false(r.reached);
    /* 1024 MiB take 0.86 s; rounds 3, 4, 5, 6 gain nothing: over 3 s */
    assert_int_equal(r.rounds, 7);
    assert_near(r.mib, 8192 + 6 * 1024);
    p.mbps = 0;
    assert_true(isinf(plan_precopy(&p).seconds));
}

static void test_limits(void **state)
{
    struct plan_precopy p = base;
    struct plan_precopy_result r;

    p.dirty_mib_s = 1000;
    p.writable_mib = 8192;
    p.downtime_ms = 1;
    p.max_rounds = 3;
    r = plan_precopy(&p);
    assert_int_equal(r.rounds, 4);
    assert_false(r.reached);
    /* a set larger than the memory is the memory */
    p.writable_mib = 1e9;
    p.dirty_mib_s = 1e9;
    assert_true(plan_precopy(&p).mib <= 4 * 8192 + 1e-6);
}

/* Slower, longer; and the target is kept whenever it is said to be. */
static void test_orders(void **state)
{
    for (double dirty = 0; dirty < 2000; dirty += 37)
        for (double w = 1; w < 8192; w *= 2) {
            struct plan_precopy p = base;
            double before = INFINITY;

            p.dirty_mib_s = dirty;
            p.writable_mib = w;
            for (p.mbps = 100; p.mbps <= 100000; p.mbps *= 1.3) {
                struct plan_precopy_result r = plan_precopy(&p);

                assert_true(r.mib >= p.mib);
                assert_true(r.mib <= p.mib + 30 * w + 1e-6);
                assert_true(r.seconds >= r.mib / mib_s(p.mbps) - 1e-9);
                assert_int_equal(r.reached,
                                 r.downtime_ms <=
                                     p.downtime_ms + p.overhead_ms + 1e-9);
                assert_true(r.seconds < before * 1.3 + 6);
                before = r.seconds;
            }
        }
}

/* --- beside the policy that will decide ------------------------------------------- */

struct outcome {
    unsigned rounds; /* live */
    double pages, pause_ms;
};

/* A perfect link and a steady guest, seen by xlx_policy_decide(). */
static struct outcome decide(const struct plan_precopy *p)
{
    double rate = mib_s(p->mbps) * 256, now = 1, send, left;
    double set = fmin(p->writable_mib, p->mib) * 256;
    struct outcome o = { .rounds = 0 };
    struct xlx_policy policy;
    struct xlx_history h;
    struct xlx_outlook out;

    xlx_policy_init(&policy);
    policy.downtime_ms = p->downtime_ms;
    policy.max_rounds = p->max_rounds;
    policy.budget_pct = 0; /* a plan's moves name their target */
    xlx_history_init(&h, (uint64_t)(p->mib * 256));
    send = p->mib * 256;
    for (;;) {
        struct xlx_round r = { .iteration = o.rounds,
                               .dirty = (int64_t)send,
                               .now_us = (uint64_t)(now * 1e6) };

        xlx_policy_decide(&policy, &h, &r, &out);
        now += send / rate;
        o.pages += send;
        left = xlx_dirty_after(p->dirty_mib_s * 256, set, send / rate);
        r = (struct xlx_round){ .iteration = ++o.rounds,
                                .dirty = (int64_t)left,
                                .after = true,
                                .now_us = (uint64_t)(now * 1e6) };
        if (xlx_policy_decide(&policy, &h, &r, &out) != XLX_CONTINUE)
            break;
        send = left;
    }
    o.pages += left;
    o.pause_ms = left / rate * 1e3;
    return o;
}

/*
 * The same rounds, bytes and pauses as the policy's decisions lead to. At the
 * edges of its rules a page more or less decides otherwise: those few may be
 * one round apart.
 */
static void test_policy(void **state)
{
    unsigned all = 0, apart = 0;

    for (double mib = 256; mib <= 65536; mib *= 4)
        for (double dirty = 0; dirty < 3000; dirty = dirty * 1.7 + 3)
            for (double w = 0.01; w < 0.9; w *= 2.3)
                for (double mbps = 900; mbps < 50000; mbps *= 2.1) {
                    struct plan_precopy p = base;
                    struct plan_precopy_result r;
                    struct outcome o;

                    p.mib = mib;
                    p.dirty_mib_s = dirty;
                    p.writable_mib = w * mib;
                    p.mbps = mbps;
                    r = plan_precopy(&p);
                    o = decide(&p);
                    all++;
                    if (r.rounds == o.rounds + 1) {
                        assert_true(fabs(r.mib * 256 - o.pages) <
                                    1e-3 * o.pages + 64);
                        assert_true(fabs(r.downtime_ms - p.overhead_ms -
                                         o.pause_ms) < 2);
                        continue;
                    }
                    apart++;
                    if (fabs(r.mib * 256 - o.pages) > 0.05 * o.pages + 1024)
                        fail_msg("%g MiB, %g MiB/s of %g, %g Mbit/s: %u "
                                 "rounds and %g MiB here, %u and %g there",
                                 mib, dirty, w * mib, mbps, r.rounds, r.mib,
                                 o.rounds + 1, o.pages / 256);
                }
    if (apart * 50 > all)
        fail_msg("%u of %u guests end in another round", apart, all);
}

/* --- with a codec ------------------------------------------------------------------ */

/* What a guest's moves have shown of the wire: a first round of a quarter, and
 * changes of a tenth, as a link that is four and ten times as fast. */
static void test_wire(void **state)
{
    struct plan_precopy p = base;
    struct plan_precopy_result raw, r;
    double t = 8192 * 0.25 / mib_s(1000), left;

    p.mbps = 1000;
    raw = plan_precopy(&p);
    assert_true(raw.wire_mib == raw.mib && !raw.wire_known);
    p.wire_first = p.wire_again = 1;
    r = plan_precopy(&p);
    assert_true(r.wire_mib == raw.wire_mib && r.seconds == raw.seconds &&
                r.downtime_ms == raw.downtime_ms && r.wire_known);
    p.wire_first = 0.25;
    p.wire_again = 0.1;
    p.dirty_mib_s = 5;
    p.writable_mib = 5;
    left = 5 * (1 - exp(-5 * t / 5));
    r = plan_precopy(&p);
    assert_int_equal(r.rounds, 2);
    assert_near(r.mib, 8192 + left);
    assert_near(r.wire_mib, 8192 * 0.25 + left * 0.1);
    /* a tenth over that link is more than a codec can take in */
    assert_near(r.downtime_ms, 40 + 1e3 * left / 1024);
    assert_near(r.seconds, t + r.downtime_ms / 1e3);
    /* only the first pass was seen: what comes again may be of any kind */
    p.wire_again = 0;
    r = plan_precopy(&p);
    assert_near(r.wire_mib, 8192 * 0.25 + left);
}

/* However little becomes of its memory, the codec has to look at all of it: a
 * faster link, or a better ratio, does not make the move shorter for ever. */
static void test_wire_pace(void **state)
{
    struct plan_precopy p = base;

    p.dirty_mib_s = 0;
    p.wire_first = p.wire_again = 0.05;
    p.mbps = 5000;
    assert_near(plan_precopy(&p).seconds, 8192.0 / 1024 + 0.04);
    for (p.mbps = 10000; p.mbps <= 1e6; p.mbps *= 10) /* it goes as it is */
        assert_near(plan_precopy(&p).seconds, 8192 / mib_s(p.mbps) + 0.04);
    p.mbps = 100; /* the link is the slower of the two */
    assert_near(plan_precopy(&p).seconds, 8192 * 0.05 / mib_s(100) + 0.04);
    /* a guest that dirties faster than that does not converge */
    p.mbps = 5000;
    p.dirty_mib_s = 5000;
    p.writable_mib = 8192;
    assert_false(plan_precopy(&p).reached);
}

/* A guest that its link could not follow: with a codec it can. */
static void test_wire_converges(void **state)
{
    struct plan_precopy p = base;

    p.mbps = 1000;
    p.dirty_mib_s = 2 * mib_s(1000);
    assert_false(plan_precopy(&p).reached);
    p.wire_first = 0.4;
    p.wire_again = 0.1;
    assert_true(plan_precopy(&p).reached);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_quiet),
        cmocka_unit_test(test_one_round),
        cmocka_unit_test(test_hopeless),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_orders),
        cmocka_unit_test(test_policy),
        cmocka_unit_test(test_wire),
        cmocka_unit_test(test_wire_converges),
        cmocka_unit_test(test_wire_pace),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
