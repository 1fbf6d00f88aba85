/* SPDX-License-Identifier: LGPL-2.1-only */
/* The loops where agents tell what guests want over a day: what balance and power do
 * by that, and what a moment does not change. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "tests/lib/load_world.h"

enum { HOSTS = 3, GUESTS = 6, MOST = 32, FULL = LOOP_DAY_S };

struct world {
    struct loop_policy p;
    struct loop_host host[HOSTS];
    struct loop_guest guest[GUESTS];
    double demand[GUESTS];
    struct loop_day day[GUESTS];
    uint32_t at[GUESTS];
    uint8_t moving[GUESTS], on[HOSTS], closed[HOSTS];
    double swing; /* of guest 0, from look to look */
    struct loops *loops;
    struct loop_wish wish[MOST];
    uint32_t wishes;
};

static struct loop_day day_of(double mean, double p95, double known_s)
{
    return (struct loop_day){ mean, mean, p95, p95, known_s };
}

/* Hosts a and b of 4 units of CPU with three guests of 2 each, which are idle; c is
 * off and stays so. */
static void begin(struct world *w, struct loop_day a, struct loop_day b)
{
    *w = (struct world){ .wishes = 0 };
    loop_policy_init(&w->p);
    for (int h = 0; h < HOSTS; h++)
        w->host[h] = load_host(4, 16384);
    w->on[0] = w->on[1] = w->closed[2] = 1;
    for (uint32_t g = 0; g < GUESTS; g++) {
        w->guest[g] = (struct loop_guest){ .cpu = 2, .memory_mib = 1024 };
        w->at[g] = g / 3;
        w->demand[g] = 0.1;
        w->day[g] = g < 3 ? a : b;
    }
}

/* So many looks, the first of that number; true: one was granted a move. The last
 * that grants one, or that is the last, is kept. */
static bool looks_on(struct world *w, int from, int n)
{
    struct loop_look look = { .demand = w->demand,
                              .host = w->at,
                              .moving = w->moving,
                              .from = w->at,
                              .on = w->on,
                              .day = w->day,
                              .closed = w->closed };

    for (int i = from; i < from + n; i++) {
        const struct loop_wish *wish;

        look.now_s = i * w->p.look_s;
        w->demand[0] += i % 2 ? w->swing : -w->swing;
        assert_int_equal(loops_look(w->loops, &look, &wish, &w->wishes), 0);
        assert_true(w->wishes <= MOST);
        if (w->wishes)
            memcpy(w->wish, wish, w->wishes * sizeof *wish);
        for (uint32_t k = 0; k < w->wishes; k++)
            if (!wish[k].refusal)
                return true;
    }
    return false;
}

static bool looks(struct world *w, int n)
{
    w->loops = loops_new(&w->p, w->host, HOSTS, w->guest, GUESTS);
    assert_non_null(w->loops);
    return looks_on(w, 0, n);
}

static void end(struct world *w)
{
    loops_free(w->loops);
}

static void a_peak_moves_nobody(void **state)
{
    struct world w;

    begin(&w, day_of(0.5, 0.8, FULL), day_of(0.5, 0.8, FULL));
    w.demand[0] = w.demand[1] = 2;
    w.demand[2] = 1;
    assert_false(looks(&w, 40));
    assert_int_equal(w.wishes, 0);
    end(&w);
    /* by the moment it does */
    w.p.percentile = 0;
    assert_true(looks(&w, 2));
    assert_int_equal(w.wish[0].kind, LOOP_BALANCE);
    assert_true(w.wish[0].was > 4.99 && w.wish[0].was < 5.01);
    end(&w);
    w.p.percentile = 95;
    for (int g = 0; g < GUESTS; g++)
        w.day[g].mean = -1; /* nobody knows a day */
    assert_true(looks(&w, 2));
    end(&w);
}

static void a_busy_day_moves_at_a_calm_moment(void **state)
{
    struct world w;
    char text[300];

    begin(&w, day_of(1.3, 1.9, FULL), day_of(0.2, 0.3, FULL));
    w.p.power = 0;
    assert_true(looks(&w, 2));
    assert_int_equal(w.wishes, 1);
    assert_int_equal(w.wish[0].kind, LOOP_BALANCE);
    assert_int_equal(w.wish[0].from, 0);
    assert_int_equal(w.wish[0].to, 1);
    loop_reason(&w.wish[0], &(struct loop_names){ "web", "h1", "h2", NULL },
                text, sizeof text);
    /* 3 * 1.3, and sqrt(3) * 0.6 */
    assert_non_null(strstr(text, "h1 has demand for 4.94 of its CPU, 4.00, at "
                                 "percentile 95 of a day; web goes to h2"));
    end(&w);
}

/* A guest that uses nearly all of its CPUs, on a host that has as many. */
static void nobody_wants_more_than_it_has(void **state)
{
    struct world w;

    begin(&w, day_of(1.9, 2, 600), day_of(0.1, 0.1, 600));
    w.host[0] = load_host(2, 16384);
    w.host[1] = load_host(20, 16384);
    w.at[1] = w.at[2] = 1;
    w.p.power = 0;
    w.demand[0] = 2;
    w.swing = 0.1;
    assert_false(looks(&w, 40));
    assert_int_equal(w.wishes, 0);
    end(&w);
}

static void a_calm_moment_makes_no_room(void **state)
{
    struct world w;

    /* b would have 3.6 + 1.3 at least */
    begin(&w, day_of(1.3, 1.9, FULL), day_of(1.2, 1.3, FULL));
    assert_false(looks(&w, 40));
    assert_int_equal(w.wish[0].kind, LOOP_BALANCE);
    assert_int_equal(w.wish[0].refusal, LOOP_NO_ROOM);
    end(&w);
    /* nor are hosts packed that have been calm for hours */
    begin(&w, day_of(0.8, 1.2, FULL), day_of(0.8, 1.2, FULL));
    assert_false(looks(&w, 400));
    end(&w);
    /* which they are if their days are calm as well */
    begin(&w, day_of(0.2, 0.3, FULL), day_of(0.2, 0.3, FULL));
    assert_true(looks(&w, 400));
    assert_int_equal(w.wish[0].kind, LOOP_POWER);
    end(&w);
}

/* What the host of three guests has, as a wish says it. */
static double busy(double mean, double p95, double percentile)
{
    struct world w;
    double was;

    begin(&w, day_of(mean, p95, FULL), day_of(0.2, 0.3, FULL));
    w.p.percentile = percentile;
    w.p.power = 0;
    looks(&w, 2);
    assert_true(w.wishes >= 1);
    was = w.wish[0].was;
    end(&w);
    return was;
}

static void percentiles_do_not_add(void **state)
{
    struct world w;

    assert_true(fabs(busy(1.3, 1.9, 95) - (3.9 + sqrt(3) * 0.6)) < 1e-3);
    assert_true(fabs(busy(1.5, 1.5, 95) - 4.5) < 1e-9);
    /* half of the deviations that the 95th stands for */
    assert_true(fabs(busy(1.5, 1.9, 79.45) - (4.5 + sqrt(3) * 0.2)) < 1e-2);
    /* of one guest it is its own */
    begin(&w, day_of(0.3, 1.9, FULL), day_of(0.3, 0.4, FULL));
    w.at[1] = w.at[2] = 1;
    w.host[0].cpu = 1.8;
    w.p.power = 0;
    looks(&w, 2);
    assert_true(w.wishes >= 1);
    assert_true(fabs(w.wish[0].was - 1.9) < 1e-6);
    end(&w);
}

/* Guests that are seen to be busy together need more than those that are not. */
static double together(bool so)
{
    struct world w;
    double was;

    begin(&w, day_of(1.3, 1.9, FULL), day_of(1.3, 1.4, FULL));
    w.loops = loops_new(&w.p, w.host, HOSTS, w.guest, GUESTS);
    for (int i = 0; i < 400; i++) {
        const struct loop_wish *wish;
        struct loop_look look = { .now_s = i * w.p.look_s,
                                  .demand = w.demand,
                                  .host = w.at,
                                  .moving = w.moving,
                                  .from = w.at,
                                  .on = w.on,
                                  .day = w.day,
                                  .closed = w.closed };

        for (int g = 0; g < GUESTS; g++)
            w.demand[g] = (so ? i : i / (1 << g)) % 2 ? 0.4 : 0.1;
        assert_int_equal(loops_look(w.loops, &look, &wish, &w.wishes), 0);
        assert_true(w.wishes >= 1);
        was = wish[0].was;
    }
    end(&w);
    return was;
}

static void guests_that_are_busy_together_add(void **state)
{
    assert_true(fabs(together(true) - 3 * 1.9) < 0.05);
    assert_true(together(false) < 3 * 1.9 - 0.3);
}

static void a_guest_that_is_younger_than_a_day(void **state)
{
    struct world w;
    char text[300];

    begin(&w, day_of(1.5, 1.9, 6 * 3600), day_of(0.2, 0.3, FULL));
    w.day[2].known_s = FULL;
    w.p.power = 0;
    assert_true(looks(&w, 2));
    loop_reason(&w.wish[0], &(struct loop_names){ "web", "h1", "h2", NULL },
                text, sizeof text);
    assert_non_null(strstr(text, "at percentile 95 of a day (of 2 of its "
                                 "guests less is known, 6.0 hours); web"));
    end(&w);
    /* five minutes are little, beside what the looks have seen for hours */
    begin(&w, day_of(1.9, 1.9, 300), day_of(0.2, 0.3, FULL));
    w.p.power = 0;
    w.p.balance = 0;
    looks(&w, 400);
    assert_true(loops_risk(w.loops, 0) < 0.01);
    end(&w);
}

/* Guests that came to a at night: its agent knows five minutes of them. */
static void a_move_takes_no_day(void **state)
{
    struct world w;
    int day;

    begin(&w, day_of(0.9, 1.5, FULL), day_of(0.2, 0.3, FULL));
    day = (int)(24 * 3600 / w.p.look_s);
    assert_false(looks(&w, 1));
    for (int g = 0; g < 3; g++)
        w.day[g] = day_of(0.1, 0.1, 300);
    w.day[0].mean = -1; /* or nothing yet */
    /* b is not packed with them, nor they with b, as long as that is so */
    assert_false(looks_on(&w, 1, day - 2));
    /* a day later nobody knows what theirs is like */
    assert_true(looks_on(&w, day - 1, 400));
    assert_int_equal(w.wish[0].kind, LOOP_POWER);
    end(&w);
}

/* What is known of the new day counts by its time, and nobody is young. */
static void a_day_is_filled(void **state)
{
    struct world w;
    char text[300];

    begin(&w, day_of(1.5, 1.5, FULL), day_of(0.2, 0.3, FULL));
    w.p.power = 0;
    assert_false(looks(&w, 1));
    for (int g = 0; g < 3; g++)
        w.day[g] = day_of(1.3, 1.3, FULL / 2);
    w.day[2].mean = -1;
    assert_true(looks_on(&w, 1, 1));
    assert_true(fabs(w.wish[0].was - (1.4 + 1.4 + 1.5)) < 1e-9);
    assert_int_equal(w.wish[0].young, 0);
    loop_reason(&w.wish[0], &(struct loop_names){ "web", "h1", "h2", NULL },
                text, sizeof text);
    assert_non_null(strstr(text, "at percentile 95 of a day; web"));
    end(&w);
}

/* One that has just begun to look knows the day of the guests. */
static void risk_knows_the_day_at_the_first_look(void **state)
{
    struct world w;

    begin(&w, day_of(1, 1.8, FULL), day_of(0.2, 0.3, FULL));
    w.p.balance = w.p.power = 0;
    looks(&w, 1);
    assert_true(loops_risk(w.loops, 0) > 0.1);
    assert_true(loops_risk(w.loops, 1) < 1e-6);
    end(&w);
    /* the 99th percentile tells of bursts that the 95th does not */
    begin(&w, day_of(0.7, 0.7, FULL), day_of(0.2, 0.3, FULL));
    for (int g = 0; g < 3; g++)
        w.day[g].p99 = 2;
    w.p.balance = w.p.power = 0;
    looks(&w, 1);
    assert_true(loops_risk(w.loops, 0) > 0.01);
    end(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_peak_moves_nobody),
        cmocka_unit_test(a_busy_day_moves_at_a_calm_moment),
        cmocka_unit_test(nobody_wants_more_than_it_has),
        cmocka_unit_test(a_calm_moment_makes_no_room),
        cmocka_unit_test(percentiles_do_not_add),
        cmocka_unit_test(guests_that_are_busy_together_add),
        cmocka_unit_test(a_guest_that_is_younger_than_a_day),
        cmocka_unit_test(a_move_takes_no_day),
        cmocka_unit_test(a_day_is_filled),
        cmocka_unit_test(risk_knows_the_day_at_the_first_look),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
