/* SPDX-License-Identifier: LGPL-2.1-only */
/* Many hosts that are off come back one at a look, in time for load that is expected,
 * and as many at once as are missing for what is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "tests/lib/load_world.h"

/* Busy guests want 3.9 of the 4 of their host, and hosts are filled to four fifths
 * by what is expected: 78 are needed for 64. */
enum { GUESTS = 64, HOSTS = 100, NEEDED = 78 };
static const double LOOK = 60, HOUR = 3600, DAY = 86400, BOOT = 300;

struct world {
    double demand[GUESTS], now_s;
    uint32_t at[GUESTS];
    uint8_t moving[GUESTS], on[HOSTS], keep[HOSTS];
    double ready_s[HOSTS]; /* it has booted then */
    struct loops *loops;
    uint32_t offs, ons; /* of the last look, and they are carried out */
    uint32_t ahead;     /* of all that were switched on: so many say so */
};

static void begin(struct world *w)
{
    struct loop_host host[HOSTS];
    struct loop_guest guest[GUESTS];
    struct loop_policy p;

    *w = (struct world){ .now_s = 1000 * DAY };
    loop_policy_init(&p);
    p.balance = 0;
    p.look_s = LOOK;
    for (int h = 0; h < HOSTS; h++) {
        host[h] = load_host(4, 16384);
        host[h].boot_s = BOOT;
        w->on[h] = true;
        w->keep[h] = h < GUESTS; /* none is emptied */
    }
    for (uint32_t g = 0; g < GUESTS; g++) {
        guest[g] = (struct loop_guest){ .cpu = 4, .memory_mib = 1024 };
        w->at[g] = g;
    }
    w->loops = loops_new(&p, host, HOSTS, guest, GUESTS);
    assert_non_null(w->loops);
}

static void look(struct world *w, double wanted)
{
    struct loop_look see = { .now_s = w->now_s,
                             .demand = w->demand,
                             .host = w->at,
                             .moving = w->moving,
                             .from = w->at,
                             .on = w->on,
                             .keep = w->keep,
                             .switches = true };
    const struct loop_wish *wish;
    char reason[400];
    uint32_t n;

    for (int g = 0; g < GUESTS; g++)
        w->demand[g] = wanted;
    assert_int_equal(loops_look(w->loops, &see, &wish, &n), 0);
    w->offs = w->ons = 0;
    for (uint32_t i = 0; i < n; i++) {
        if (wish[i].refusal || !wish[i].switches)
            continue;
        w->on[wish[i].from] = wish[i].switches == LOOP_ON;
        if (wish[i].switches == LOOP_OFF) {
            w->offs++;
            continue;
        }
        w->ons++;
        w->ready_s[wish[i].from] = w->now_s + BOOT;
        loop_reason(&wish[i], &(struct loop_names){ .from = "h" }, reason,
                    sizeof reason);
        w->ahead += strstr(reason, "come on one by one, h is") != NULL;
    }
    w->now_s += LOOK;
}

static uint32_t are_ready(const struct world *w)
{
    uint32_t n = 0;

    for (int h = 0; h < HOSTS; h++)
        n += w->on[h] && w->ready_s[h] <= w->now_s;
    return n;
}

/* Days that are busy from eight to six: from the second on all hosts that are needed
 * have booted by eight, none is switched to and fro, and at night they are off. */
static void all_of_them_are_there_in_time(void **state)
{
    uint32_t late = 0, switched = 0;
    double off_h = 0;
    struct world w;

    (void)state;
    begin(&w);
    for (int i = 0; i < 4 * 24 * 60; i++) {
        double hour = fmod(w.now_s, DAY) / HOUR;
        bool busy = hour >= 8 && hour < 18;

        if (w.now_s >= 1001 * DAY) {
            late += busy && are_ready(&w) < NEEDED;
            off_h += (HOSTS - are_ready(&w)) * LOOK / HOUR;
        }
        look(&w, busy ? 3.9 : .5);
        switched += w.offs + w.ons;
    }
    assert_int_equal(late, 0);
    assert_true(off_h > 3 * 12 * (HOSTS - GUESTS)); /* of three days, half */
    assert_true(switched <= HOSTS - GUESTS + 4 * 2 * (NEEDED - GUESTS));
    assert_true(w.ahead >= 3);
    loops_free(w.loops);
}

/* Load that nobody expected: after two looks all that are missing are switched on, and
 * no more. */
static void as_many_as_are_missing(void **state)
{
    struct world w;
    uint32_t on = 0;

    (void)state;
    begin(&w);
    for (int i = 0; i < 2 * 60; i++)
        look(&w, .5);
    for (int h = 0; h < HOSTS; h++)
        on += w.on[h];
    assert_int_equal(on, GUESTS);
    look(&w, 3.9);
    assert_int_equal(w.ons, 0);
    look(&w, 3.9);
    assert_int_equal(w.ons, NEEDED - GUESTS);
    for (int i = 0; i < 10; i++) {
        look(&w, 3.9);
        assert_int_equal(w.ons + w.offs, 0);
    }
    loops_free(w.loops);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_many_as_are_missing),
        cmocka_unit_test(all_of_them_are_there_in_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
