/* SPDX-License-Identifier: LGPL-2.1-only */
/* What each loop sees at a look, in one sentence with its figures. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "tests/lib/load_world.h"

enum { HOSTS = 3, GUESTS = 3, TEXT = 300, LOOK_S = 300 };

static const char *const host_name[] = { "h1", "h2", "h3" };
static const char *const guest_name[] = { "a", "b", "c" };

struct world {
    struct loop_policy p;
    double demand[GUESTS], steal[GUESTS], starving[GUESTS];
    double used[GUESTS], cap[GUESTS], booted[HOSTS];
    struct loop_day day[GUESTS];
    bool sampled; /* day is known */
    uint32_t granted;
    double later_s; /* the second look */
    double first;   /* demand of the first look, to that of the second */
    struct loop_signs signs[HOSTS];
    struct loop_talk talk[2];
    uint32_t at[GUESTS];
    uint8_t moving[GUESTS], on[HOSTS];
    int hops;
};

static int world_hops(void *arg, uint32_t a, uint32_t b)
{
    return ((const struct world *)arg)->hops;
}

static void begin(struct world *w)
{
    *w = (struct world){ .demand = { 3, 1, 1 },
                         .steal = { -1, -1, -1 },
                         .starving = { -1, -1, -1 },
                         .used = { 3, 1, 1 },
                         .later_s = 1,
                         .first = 1,
                         .at = { 0, 1, 1 },
                         .on = { 1, 1, 0 },
                         .hops = 2 };
    loop_policy_init(&w->p);
    for (int h = 0; h < HOSTS; h++)
        for (int s = 0; s < LOOP_SIGNS; s++)
            w->signs[h].now[s] = w->signs[h].past[s] = -1;
}

/* What that loop sees at the second of two looks, of which the first saw half of
 * what guests read. */
static const char *sees(struct world *w, enum loop_kind kind, uint32_t talks)
{
    static char text[TEXT];
    struct loop_host host[HOSTS];
    struct loop_guest guest[GUESTS];
    double reads[GUESTS], before[GUESTS];
    struct loop_look look = { .demand = before,
                              .host = w->at,
                              .moving = w->moving,
                              .from = w->at,
                              .on = w->on,
                              .used = w->used,
                              .day = w->sampled ? w->day : NULL,
                              .booted = w->booted,
                              .steal = w->steal,
                              .starving = reads,
                              .signs = w->signs,
                              .talk = w->talk,
                              .talks = talks,
                              .hops = world_hops,
                              .arg = w };
    const struct loop_wish *wish;
    struct loop_seen s;
    struct loops *l;
    uint32_t n;

    for (int h = 0; h < HOSTS; h++)
        host[h] = load_host(4, 16384);
    for (int g = 0; g < GUESTS; g++) {
        guest[g] = (struct loop_guest){ .cpu = 4,
                                        .memory_mib = 1024,
                                        .cap = w->cap[g] };
        reads[g] = w->starving[g] / 2;
        before[g] = w->demand[g] * w->first;
    }
    l = loops_new(&w->p, host, HOSTS, guest, GUESTS);
    assert_non_null(l);
    assert_int_equal(loops_look(l, &look, &wish, &n), 0);
    look.starving = w->starving;
    look.now_s = w->later_s;
    look.demand = w->demand;
    assert_int_equal(loops_look(l, &look, &wish, &n), 0);
    w->granted = 0;
    for (uint32_t i = 0; i < n; i++)
        w->granted +=
            wish[i].guest != LOOP_NONE && wish[i].refusal == LOOP_GRANTED;
    s = loops_seen(l, kind);
    loop_seen_text(kind, &s,
                   &(struct loop_names){ guest_name[s.any ? s.guest : 0],
                                         host_name[s.any ? s.host : 0], NULL,
                                         guest_name[s.any ? s.peer : 0] },
                   text, sizeof text);
    loops_free(l);
    return text;
}

static void the_nearest_to_a_sign(void **state)
{
    struct world w;
    const char *text;

    (void)state;
    begin(&w);
    assert_string_equal(sees(&w, LOOP_HEALTH, 0), "");
    w.signs[0].now[SIGN_HEAT] = w.signs[0].past[SIGN_HEAT] = 40;
    w.signs[1].now[SIGN_ECC] = 54;
    w.signs[1].past[SIGN_ECC] = 0;
    text = sees(&w, LOOP_HEALTH, 0);
    assert_non_null(strstr(text, "h2 is the nearest to a sign, by memory "
                                 "errors that were corrected: 54 an hour, "));
    assert_non_null(strstr(text, " are usual and 60 a sign"));
    w.signs[0].now[SIGN_HEAT] = 78; /* of 80 */
    text = sees(&w, LOOP_HEALTH, 0);
    assert_non_null(strstr(text, "h1 is the nearest to a sign, by heat: 78 "
                                 "degrees, "));
    assert_non_null(strstr(text, " are usual and 80 a sign"));
    w.on[0] = 0; /* somebody has looked after it */
    assert_non_null(strstr(sees(&w, LOOP_HEALTH, 0), "h2 is"));
}

static void who_reads_and_who_waits(void **state)
{
    struct world w;

    (void)state;
    begin(&w);
    assert_string_equal(sees(&w, LOOP_MEMORY, 0), "");
    assert_string_equal(sees(&w, LOOP_NOISE, 0), "");
    w.starving[0] = 10;
    w.starving[1] = 50;
    w.steal[2] = 0.25;
    w.steal[0] = 0;
    assert_string_equal(sees(&w, LOOP_MEMORY, 0),
                        "b of h2 reads the most from swap, 50 pages a second; "
                        "25 are usual");
    assert_string_equal(sees(&w, LOOP_NOISE, 0),
                        "c of h2 waits the most for processors, 0.25 of its "
                        "time");
}

static void the_fullest_and_what_is_expected(void **state)
{
    struct world w;
    const char *text;
    double takes, expected;
    unsigned on;

    (void)state;
    begin(&w);
    assert_string_equal(sees(&w, LOOP_BALANCE, 0),
                        "h1 is the fullest, with demand for 3.00 of its CPU, "
                        "4.00");
    text = sees(&w, LOOP_POWER, 0);
    assert_int_equal(sscanf(text,
                            "%u hosts are on and take %lf of CPU, %lf are "
                            "expected",
                            &on, &takes, &expected),
                     3);
    assert_int_equal(on, 2);
    assert_true(takes > 4 && takes < 8 && expected > 4.99 && expected < 5.01);
    assert_non_null(strstr(text, "the risk that a host has too little is "));
}

static struct loop_day day_of(double mean, double high)
{
    return (struct loop_day){
        .mean = mean, .p50 = mean, .p95 = high, .p99 = high, .known_s = 86400
    };
}

/* At the moment h1 wants the most, but on a day h2 does; what balance is granted
 * for it is not in what the look found. */
static void the_fullest_of_a_day(void **state)
{
    struct world w;

    (void)state;
    begin(&w);
    w.sampled = true;
    w.later_s = LOOK_S; /* balance moves what lasted */
    w.demand[0] = 2.2;
    w.p.percentile = 95;
    w.day[0] = day_of(0.5, 0.5);
    w.day[1] = w.day[2] = day_of(2.5, 2.5);
    assert_string_equal(sees(&w, LOOP_BALANCE, 0),
                        "h2 is the fullest, with demand for 5.00 of its CPU, "
                        "4.00, at percentile 95 of a day");
    assert_true(w.granted > 0);
}

/* It waits the most, but for its own cap. */
static void who_is_capped_does_not_wait(void **state)
{
    struct world w;

    (void)state;
    begin(&w);
    w.steal[0] = 0.6;
    w.cap[0] = 3;
    w.steal[1] = 0.1;
    assert_string_equal(sees(&w, LOOP_NOISE, 0),
                        "b of h2 waits the most for processors, 0.10 of its "
                        "time");
    w.used[0] = 1;
    assert_non_null(
        strstr(sees(&w, LOOP_NOISE, 0), "a of h1 waits the most "));
}

/* What was wanted at an hour of the day before is expected of a host that takes until
 * then to boot, as was seen of it. */
static void what_is_expected_by_boots(void **state)
{
    struct world w;

    (void)state;
    begin(&w);
    w.first = 1.2; /* at midnight, */
    w.later_s = 22.5 * 3600;
    assert_non_null(strstr(sees(&w, LOOP_POWER, 0), " 5.00 are expected"));
    w.booted[1] = 5400;
    assert_non_null(strstr(sees(&w, LOOP_POWER, 0), " 6.00 are expected"));
}

static void who_talks(void **state)
{
    struct world w;

    (void)state;
    begin(&w);
    w.talk[0] = (struct loop_talk){ 0, 1, 300 };
    w.talk[1] = (struct loop_talk){ 2, 0, 700 };
    assert_string_equal(sees(&w, LOOP_AFFINITY, 0), "");
    assert_string_equal(sees(&w, LOOP_AFFINITY, 1),
                        "a and b talk the most, 300.0 Mbit/s over 2 hops");
    w.hops = -1;
    assert_string_equal(sees(&w, LOOP_AFFINITY, 2),
                        "c and a talk the most, 700.0 Mbit/s over hops that "
                        "are not known");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_nearest_to_a_sign),
        cmocka_unit_test(who_reads_and_who_waits),
        cmocka_unit_test(the_fullest_and_what_is_expected),
        cmocka_unit_test(the_fullest_of_a_day),
        cmocka_unit_test(who_is_capped_does_not_wait),
        cmocka_unit_test(what_is_expected_by_boots),
        cmocka_unit_test(who_talks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
