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

/* Of 9000 ms and 1900 ms that were planned, moves took less. */
static struct run_move moves[] = {
    { .state = MOVE_DONE,
      .seconds = 20,
      .took_s = 15,
      .downtime_ms = 2200,
      .stopped_ms = 500,
      .last_copy_ms = -1 },
    { .state = MOVE_DONE,
      .seconds = 20,
      .took_s = 13,
      .downtime_ms = 2200,
      .stopped_ms = 400,
      .last_copy_ms = -1 },
    { .state = MOVE_DONE,
      .seconds = 90,
      .took_s = 130,
      .downtime_ms = 2200,
      .stopped_ms = 200,
      .last_copy_ms = -1 }, /* so long that its setup can't be told */
    /* these say nothing */
    { .state = MOVE_FAILED,
      .seconds = 20,
      .took_s = 50,
      .downtime_ms = 2200,
      .stopped_ms = 9000,
      .last_copy_ms = -1 },
    { .state = MOVE_DONE,
      .seconds = 20,
      .took_s = -1,
      .downtime_ms = 2200,
      .stopped_ms = -1,
      .last_copy_ms = -1 },
};

static struct run run_made_of(enum run_state state, uint32_t n)
{
    return (struct run){ .state = state, .move = moves, .move_n = n };
}

static void test_learns(void **state)
{
    const struct run open = run_made_of(RUN_OPEN, 5),
                     made = run_made_of(RUN_ENDED, 5),
                     more = run_made_of(RUN_ENDED, 1);
    struct plan_settings set, planned;
    struct store *s;

    plan_settings_init(&set);
    set.setup_ms = 9000;
    set.overhead_ms = 1900;
    planned = set;
    assert_int_equal(store_open_mem(&s), 0);
    times_use(s, &set);
    assert_int_equal(set.setup_ms, 9000);
    /* its moves come once more, when it has ended */
    assert_int_equal(times_keep(s, &open, &planned), 0);
    times_use(s, &set);
    assert_int_equal(set.overhead_ms, 1900);
    assert_int_equal(times_keep(s, &made, &planned), 0);
    times_use(s, &set);
    assert_int_equal(set.setup_ms, 9000); /* two are too few */
    assert_int_equal(set.overhead_ms, 100);
    assert_int_equal(times_keep(s, &more, &planned), 0);
    times_use(s, &set);
    assert_int_equal(set.setup_ms, 5700);
    assert_int_equal(set.overhead_ms, 150);
    store_close(s);
}

/* What is planned with, after three moves like this one. */
static struct plan_settings after_three(const struct run_move *like,
                                        unsigned setup_ms)
{
    struct run_move m[3] = { *like, *like, *like };
    const struct run made = { .state = RUN_ENDED, .move = m, .move_n = 3 };
    struct plan_settings set;
    struct store *s;

    plan_settings_init(&set);
    set.setup_ms = setup_ms;
    set.overhead_ms = 40;
    assert_int_equal(store_open_mem(&s), 0);
    assert_int_equal(times_keep(s, &made, &set), 0);
    times_use(s, &set);
    store_close(s);
    return set;
}

/* Planned when nothing was known of a codec, for which reason half as much was
 * sent as planned: that is no part of setup. What was suspended to send memory is
 * no part of overhead, however wrong the plan was. */
static void test_parts(void **state)
{
    const struct run_move m = { .state = MOVE_DONE,
                                .wire_gib = 2,
                                .bytes = 1 << 30,
                                .seconds = 21.3,
                                .took_s = 18,
                                .downtime_ms = 300,
                                .stopped_ms = 250,
                                .last_copy_ms = 30 };
    struct plan_settings set = after_three(&m, 1000);

    assert_int_equal(set.setup_ms, 7750);
    assert_int_equal(set.overhead_ms, 220);
}

/* The last copy took longer than the plan had for its pages: that is overhead, as it
 * will be the next time, but a quarter of a second at most. */
static void test_last_copy(void **state)
{
    static const struct {
        double planned, stopped, last_copy;
        unsigned overhead;
    } table[] = {
        { 55, 200, 90, 185 },  /* 15 ms of pages */
        { 40, 200, 90, 200 },  /* none */
        { 400, 200, 90, 110 }, /* more than it took */
        { 55, 1400, 1300, 350 },
    };

    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        const struct run_move m = { .state = MOVE_DONE,
                                    .seconds = 10,
                                    .took_s = 10,
                                    .downtime_ms = table[i].planned,
                                    .stopped_ms = table[i].stopped,
                                    .last_copy_ms = table[i].last_copy };

        assert_int_equal(after_three(&m, 1000).overhead_ms, table[i].overhead);
    }
}

/* A plan that was made with what was learned, and was right, changes nothing. */
static void test_stays(void **state)
{
    struct run_move m[3];
    const struct run made = { .state = RUN_ENDED, .move = m, .move_n = 3 };
    struct plan_settings set;
    struct store *s;

    plan_settings_init(&set);
    set.setup_ms = 3000;
    set.overhead_ms = 250;
    for (int i = 0; i < 3; i++)
        m[i] = (struct run_move){ .state = MOVE_DONE,
                                  .seconds = 10 + i,
                                  .took_s = 10 + i,
                                  .downtime_ms = 400,
                                  .stopped_ms = 400,
                                  .last_copy_ms = -1 };
    assert_int_equal(store_open_mem(&s), 0);
    assert_int_equal(times_keep(s, &made, &set), 0);
    times_use(s, &set);
    assert_int_equal(set.setup_ms, 3000);
    assert_int_equal(set.overhead_ms, 250);
    store_close(s);
}

/* What is in its place and is none is written anew. */
static void test_spoilt(void **state)
{
    const struct run made = run_made_of(RUN_ENDED, 5);
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
        cmocka_unit_test(test_median), cmocka_unit_test(test_texts),
        cmocka_unit_test(test_learns), cmocka_unit_test(test_stays),
        cmocka_unit_test(test_parts),  cmocka_unit_test(test_last_copy),
        cmocka_unit_test(test_spoilt),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
