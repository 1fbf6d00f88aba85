/* SPDX-License-Identifier: LGPL-2.1-only */
/* What moves took beside the copying of memory: learned, kept, planned with. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tools/doc/times.h"
#include "tools/run/times.h"

static void test_median(void **state)
{
    struct times_list l = { .n = 0 };

    assert_true(times_median(&l, 7) == 7);
    times_add(&l, 10);
    times_add(&l, 30);
    assert_true(times_median(&l, 7) == 7);
    times_add(&l, 20);
    assert_true(times_median(&l, 7) == 20);
    times_add(&l, 40);
    assert_true(times_median(&l, 7) == 25);
    /* no times */
    times_add(&l, -1);
    times_add(&l, 1e9);
    times_add(&l, NAN);
    assert_int_equal(l.n, 4);
    /* the oldest go */
    for (int i = 0; i < TIMES_KEPT; i++)
        times_add(&l, 1000 + i);
    assert_int_equal(l.n, TIMES_KEPT);
    assert_true(l.ms[0] == 1000 && l.ms[TIMES_KEPT - 1] == 1030);
}

static void test_texts(void **state)
{
    static const struct {
        const char *text;
        int rc;
        size_t setup, overhead;
    } texts[] = {
        { "{\"format\":\"rackhop-times/1\",\"setup_ms\":[1,2],"
          "\"overhead_ms\":[3]}",
          0, 2, 1 },
        { "{\"format\":\"rackhop-times/1\"}", 0, 0, 0 },
        { "{\"format\":\"rackhop-times/1\",\"setup_ms\":[-1,\"a\",1e99,5,{}]}",
          0, 1, 0 },
        { "{\"format\":\"rackhop-times/1\",\"setup_ms\":5}", 0, 0, 0 },
        { "{\"format\":\"rackhop-home/1\"}", -EINVAL, 0, 0 },
        { "", -EINVAL, 0, 0 },
    };

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct times t = { .setup.n = 0 };
        struct msg err;

        assert_int_equal(
            times_parse(&t, texts[i].text, strlen(texts[i].text), &err),
            texts[i].rc);
        assert_int_equal(t.setup.n, texts[i].setup);
        assert_int_equal(t.overhead.n, texts[i].overhead);
    }
}

/* 10 Mbit/s carry 12.5 MB in 10 s. */
static struct run_move moves[] = {
    { .state = MOVE_DONE,
      .rate_mbps = 10,
      .bytes = 12.5e6,
      .took_s = 14.5,
      .stopped_ms = 500,
      .downtime_ms = 2200 },
    { .state = MOVE_DONE,
      .rate_mbps = 10,
      .bytes = 12.5e6,
      .took_s = 13.5,
      .stopped_ms = 400,
      .downtime_ms = 2200 },
    { .state = MOVE_DONE,
      .rate_mbps = 0,
      .bytes = 12.5e6,
      .took_s = 10.9,
      .stopped_ms = 600,
      .downtime_ms = 2200 },
    /* these say nothing */
    { .state = MOVE_FAILED,
      .rate_mbps = 10,
      .bytes = 1e6,
      .took_s = 90,
      .stopped_ms = 9000,
      .downtime_ms = 2200 },
    { .state = MOVE_DONE,
      .rate_mbps = 10,
      .bytes = -1,
      .took_s = -1,
      .stopped_ms = -1,
      .downtime_ms = 2200 },
};

static const struct run made = { .name = "r",
                                 .move = moves,
                                 .move_n = sizeof moves / sizeof moves[0] };

static void test_learns(void **state)
{
    struct plan_settings set, planned;
    struct store *s;

    plan_settings_init(&set);
    set.setup_ms = 9000;
    set.overhead_ms = 1900;
    planned = set;
    assert_int_equal(store_open_mem(&s), 0);
    times_use(s, &set);
    assert_int_equal(set.setup_ms, 9000);
    assert_int_equal(times_keep(s, &made, &planned), 0);
    times_use(s, &set);
    assert_int_equal(set.setup_ms, 9000); /* two are too few */
    assert_int_equal(set.overhead_ms, 200);
    /* of a run that another process began, only what needs no plan */
    assert_int_equal(times_keep(s, &made, NULL), 0);
    times_use(s, &set);
    assert_int_equal(set.setup_ms, (4000 + 3100) / 2);
    assert_int_equal(set.overhead_ms, 200);
    store_close(s);
}

/* What is in its place and is none is written anew. */
static void test_spoilt(void **state)
{
    struct plan_settings set;
    struct store *s;
    char *text = NULL;

    plan_settings_init(&set);
    assert_int_equal(store_open_mem(&s), 0);
    assert_int_equal(store_cas(s, "times", 0, "[1,2", NULL), 0);
    times_use(s, &set);
    assert_int_equal(set.overhead_ms, 40);
    assert_int_equal(times_keep(s, &made, &set), 0);
    assert_int_equal(store_get(s, "times", &text, NULL), 0);
    assert_non_null(strstr(text, "rackhop-times/1"));
    free(text);
    store_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_median),
        cmocka_unit_test(test_texts),
        cmocka_unit_test(test_learns),
        cmocka_unit_test(test_spoilt),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
