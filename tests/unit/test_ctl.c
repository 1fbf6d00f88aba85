/* SPDX-License-Identifier: LGPL-2.1-only */
/* Control messages between a move and its helper, to text and back. */
#include "libxl-ext/ctl.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void same(const struct xlx_ctl *a, const struct xlx_ctl *b)
{
    assert_int_equal(a->type, b->type);
    assert_int_equal(a->now_us, b->now_us);
    assert_int_equal(a->value, b->value);
    assert_int_equal(a->iteration, b->iteration);
    assert_int_equal(a->sent, b->sent);
    assert_int_equal(a->dirty, b->dirty);
    assert_int_equal(a->after, b->after);
    assert_int_equal(a->verdict, b->verdict);
    assert_int_equal(a->why, b->why);
    assert_int_equal(a->rate, b->rate);
    assert_int_equal(a->dirty_rate, b->dirty_rate);
    assert_int_equal(a->dirty_set, b->dirty_set);
    assert_int_equal(a->pause_ms, b->pause_ms);
    assert_int_equal(a->next_ms, b->next_ms);
    assert_int_equal(a->eta_ms, b->eta_ms);
    assert_int_equal(a->wire, b->wire);
    assert_int_equal(a->throttle, b->throttle);
    assert_int_equal(a->left, b->left);
}

static void test_round_trip(void **state)
{
    static const struct xlx_ctl rows[] = {
        { .type = XLX_CTL_ROUND,
          .now_us = INT64_MAX,
          .iteration = 1 << 30,
          .sent = INT64_MAX,
          .dirty = INT64_MAX,
          .after = true,
          .verdict = XLX_WAIT,
          .why = XLX_WHY_DRAIN,
          .rate = INT64_MAX,
          .dirty_rate = INT64_MAX,
          .dirty_set = INT64_MAX,
          .pause_ms = INT64_MAX,
          .next_ms = INT64_MAX,
          .eta_ms = INT64_MAX,
          .wire = INT64_MAX,
          .throttle = 100,
          .left = INT64_MAX },
        { .type = XLX_CTL_ROUND,
          .dirty = -1,
          .pause_ms = -1,
          .next_ms = -1,
          .eta_ms = -1 },
        { .type = XLX_CTL_PHASE,
          .now_us = 5,
          .value = XLX_PHASE_STARTED,
          .dirty = -1 },
        { .type = XLX_CTL_PHASE,
          .now_us = 5,
          .value = XLX_PHASE_FAILED,
          .dirty = -1 },
        { .type = XLX_CTL_INFLIGHT, .value = INT64_MAX, .dirty = -1 },
        { .type = XLX_CTL_RATE, .value = 0, .dirty = -1 },
        { .type = XLX_CTL_LINK, .value = 0, .dirty = -1 },
        { .type = XLX_CTL_LINK, .now_us = 5, .value = 1, .dirty = -1 },
        { .type = XLX_CTL_CUTOVER, .dirty = -1 },
        { .type = XLX_CTL_HOLD, .dirty = -1 },
        { .type = XLX_CTL_RELEASE, .dirty = -1 },
        { .type = XLX_CTL_ABORT, .dirty = -1 },
        { .type = XLX_CTL_TAIL, .dirty = -1 },
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char buf[XLX_CTL_MAX];
        struct xlx_ctl c;
        size_t len = xlx_ctl_format(&rows[i], buf);

        assert_in_range(len, 1, XLX_CTL_MAX - 1);
        assert_int_equal(xlx_ctl_parse(&c, buf, len), 0);
        same(&c, &rows[i]);
        /* no part of it is a message of the same kind: nothing is guessed */
        for (size_t n = 0; n < len; n++)
            if (!xlx_ctl_parse(&c, buf, n)) {
                char again[XLX_CTL_MAX];

                assert_int_equal(xlx_ctl_format(&c, again), n);
                assert_memory_equal(again, buf, n);
            }
    }
}

static void test_refusals(void **state)
{
    static const char *const rows[] = {
        "",
        " ",
        "cutover ",
        "cutover x",
        "cutovers",
        "CUTOVER",
        " cutover",
        "hold v=1",
        "abort\n",
        "rate",
        "rate ",
        "rate v=",
        "rate v=-1",
        "rate v=-5",
        "rate v=1 ",
        "rate v=1x",
        "rate v=9223372036854775808",
        "rate v=99999999999999999999999",
        "rate  v=1",
        "rate w=1",
        "inflight v=+1",
        "link",
        "link v=1",
        "link t=5",
        "link t=-1 v=1",
        "link t=5 v=2",
        "link t=5 v=-1",
        "phase t=1 v=0",
        "phase t=1 v=7",
        "phase t=-1 v=1",
        "phase v=1 t=1",
        "phase t=1",
        "round",
        "round t=1",
        "round t=1 i=1 sent=1 dirty=-2 after=1 verdict=0 why=0 rate=0 "
        "drate=0 dset=0 pause=0 next=0 eta=0 wire=0 throttle=9 left=1",
        "round t=1 i=1 sent=1 dirty=1 after=2 verdict=0 why=0 rate=0 drate=0 "
        "dset=0 pause=0 next=0 eta=0 wire=0 throttle=9 left=1",
        "round t=1 i=1 sent=1 dirty=1 after=1 verdict=4 why=0 rate=0 drate=0 "
        "dset=0 pause=0 next=0 eta=0 wire=0 throttle=9 left=1",
        "round t=1 i=1 sent=1 dirty=1 after=1 verdict=0 why=14 rate=0 "
        "drate=0 dset=0 pause=0 next=0 eta=0 wire=0 throttle=9 left=1",
        "round t=1 i=1 sent=-1 dirty=1 after=1 verdict=0 why=0 rate=0 "
        "drate=0 dset=0 pause=0 next=0 eta=0 wire=0 throttle=9 left=1",
        "round t=1 i=1 sent=1 dirty=1 after=1 verdict=0 why=0 rate=0 drate=0 "
        "dset=0 pause=0 next=0 eta=0 wire=0 throttle=9 left=1 more=1",
        "round t=1 i=1 sent=1 dirty=1 after=1 verdict=0 why=0 rate=0 drate=0 "
        "dset=0 pause=0 next=0 eta=0",
        "round t=1 i=1 sent=1 dirty=1 after=1 verdict=0 why=0 rate=0 drate=0 "
        "dset=0 pause=0 next=0 eta=0 wire=0 throttle=9",
        "round t=1 i=1 sent=1 dirty=1 after=1 verdict=0 why=0 rate=0 drate=0 "
        "dset=0 pause=0 next=0 eta=0 wire=0 throttle=9 left=-1",
    };
    char nul[] = "abort\0";
    char big[XLX_CTL_MAX + 1];
    struct xlx_ctl c;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (xlx_ctl_parse(&c, rows[i], strlen(rows[i])) != -EINVAL)
            fail_msg("\"%s\" is accepted", rows[i]);
    assert_int_equal(xlx_ctl_parse(&c, nul, sizeof nul - 1), -EINVAL);
    memset(big, '1', sizeof big);
    memcpy(big, "rate v=", 7);
    assert_int_equal(xlx_ctl_parse(&c, big, sizeof big), -EINVAL);
    assert_int_equal(xlx_ctl_parse(&c, big, XLX_CTL_MAX), -EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_refusals),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
