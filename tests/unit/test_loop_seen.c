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

enum { HOSTS = 3, GUESTS = 3, TEXT = 300 };

static const char *const host_name[] = { "h1", "h2", "h3" };
static const char *const guest_name[] = { "a", "b", "c" };

struct world {
    struct loop_policy p;
    double demand[GUESTS], steal[GUESTS], starving[GUESTS];
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
    double reads[GUESTS];
    struct loop_look look = { .demand = w->demand,
                              .host = w->at,
                              .moving = w->moving,
                              .from = w->at,
                              .on = w->on,
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
        guest[g] = (struct loop_guest){ .cpu = 4, .memory_mib = 1024 };
        reads[g] = w->starving[g] / 2;
    }
    l = loops_new(&w->p, host, HOSTS, guest, GUESTS);
    assert_non_null(l);
    assert_int_equal(loops_look(l, &look, &wish, &n), 0);
    look.starving = w->starving;
    look.now_s = 1;
    assert_int_equal(loops_look(l, &look, &wish, &n), 0);
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
        cmocka_unit_test(who_talks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
