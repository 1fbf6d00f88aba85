/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The loop health, look by look: which figures of a host are a sign, when a host
 * is emptied for it, and when not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/load_world.h"

enum { HOSTS = 8, GUESTS = 16 };
static const double LOOK = 60;

struct world {
    struct loop_policy p;
    double demand[GUESTS];
    uint32_t at[GUESTS];
    uint8_t moving[GUESTS], on[HOSTS], out[HOSTS];
    struct loop_signs signs[HOSTS];
    struct loops *loops;
    const struct loop_wish *wish;
    uint32_t wishes;
    double now_s;
};

/* Two guests on each host, and nothing is wrong; `set` is a setting, or NULL. */
static void begin_with(struct world *w, const char *set, double value)
{
    struct loop_host host[HOSTS];
    struct loop_guest guest[GUESTS];

    *w = (struct world){ .wishes = 0 };
    loop_policy_init(&w->p);
    if (set)
        assert_int_equal(loop_policy_set(&w->p, set, value), 0);
    w->p.power = 0;
    w->p.look_s = LOOK;
    for (int h = 0; h < HOSTS; h++) {
        host[h] = load_host(4, 16384);
        w->on[h] = true;
        for (int s = 0; s < LOOP_SIGNS; s++) {
            w->signs[h].now[s] = 0;
            w->signs[h].past[s] = -1;
        }
        w->signs[h].now[SIGN_HEAT] = 45;
    }
    for (uint32_t g = 0; g < GUESTS; g++) {
        guest[g] = (struct loop_guest){ .cpu = 2, .memory_mib = 1024 };
        w->demand[g] = .2;
        w->at[g] = g % HOSTS;
    }
    w->loops = loops_new(&w->p, host, HOSTS, guest, GUESTS);
    assert_non_null(w->loops);
}

static void begin(struct world *w)
{
    begin_with(w, NULL, 0);
}

static void look(struct world *w)
{
    const struct loop_look see = { .now_s = w->now_s,
                                   .demand = w->demand,
                                   .host = w->at,
                                   .moving = w->moving,
                                   .from = w->at,
                                   .on = w->on,
                                   .out = w->out,
                                   .signs = w->signs };

    assert_int_equal(loops_look(w->loops, &see, &w->wish, &w->wishes), 0);
    w->now_s += LOOK;
}

static void looks(struct world *w, int n)
{
    while (n-- > 0)
        look(w);
}

static uint32_t count(const struct world *w, enum loop_refusal refusal)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < w->wishes; i++)
        n += w->wish[i].kind == LOOP_HEALTH && w->wish[i].refusal == refusal;
    return n;
}

static void end(struct world *w)
{
    loops_free(w->loops);
}

/* Figures before and after; whether that is a sign. */
static void what_is_a_sign(void **state)
{
    static const struct {
        enum loop_sign sign;
        double before, after;
        bool is;
    } rows[] = {
        { SIGN_ECC_FATAL, 0, 6, true },
        { SIGN_ECC_FATAL, 0, .5, false },
        { SIGN_MCE, 0, 6, true },
        { SIGN_MCE, 5, 6, false },
        { SIGN_DISK_FAILING, 0, 1, true },
        { SIGN_DISK_FAILING, 1, 1, false },
        { SIGN_HEAT, 45, 90, true },
        { SIGN_HEAT, 45, 79, false },
        { SIGN_HEAT, 82, 90, false },
        { SIGN_DISK_BAD, 0, 9, true },
        { SIGN_DISK_BAD, 500, 505, false },
        { SIGN_DISK_BAD, 500, 510, true },
        { SIGN_ECC, 0, 100, true },
        { SIGN_ECC, 0, 59, false },
        { SIGN_ECC, 50, 100, false },
        { SIGN_LINK_CHANGES, 0, 30, true },
        { SIGN_LINK_CHANGES, 0, 12, false }, /* a cable was changed */
        { SIGN_LINK_ERRORS, 0, 1000, true },
        { SIGN_LINK_ERRORS, 200, 1000, false },
        { SIGN_ECC, 0, -1, false },    /* not known */
        { SIGN_ECC, -1, 1000, false }, /* the first that is known is usual */
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct world w;

        begin(&w);
        w.signs[3].now[rows[i].sign] = rows[i].before;
        looks(&w, 2);
        w.signs[3].now[rows[i].sign] = rows[i].after;
        look(&w);
        if (count(&w, LOOP_ONE_LOOK) != rows[i].is || count(&w, LOOP_GRANTED))
            fail_msg("row %zu: %u", i, w.wishes);
        look(&w);
        if (count(&w, LOOP_GRANTED) != rows[i].is)
            fail_msg("row %zu: not granted", i);
        if (rows[i].is) {
            assert_true(w.wish[0].drains && w.wish[0].from == 3);
            assert_int_equal(w.wish[0].guest, LOOP_NONE);
            assert_int_equal(w.wish[0].sign, rows[i].sign);
            assert_int_equal(w.wish[0].guests, 2);
        }
        end(&w);
    }
}

/* What was usual in the samples of the day counts at the first look. */
static void the_day_before_the_first_look(void **state)
{
    struct world w;

    (void)state;
    begin(&w);
    w.signs[2].now[SIGN_ECC] = 500;
    w.signs[2].past[SIGN_ECC] = 1;
    look(&w);
    assert_int_equal(count(&w, LOOP_ONE_LOOK), 1);
    look(&w);
    assert_int_equal(count(&w, LOOP_GRANTED), 1);
    end(&w);
}

/* One spike between two looks, and one that comes back each other look. */
static void what_is_gone_was_nothing(void **state)
{
    struct world w;

    (void)state;
    begin(&w);
    for (int i = 0; i < 40; i++) {
        w.signs[1].now[SIGN_MCE] = i % 2 ? 60 : 0;
        look(&w);
        assert_int_equal(count(&w, LOOP_GRANTED), 0);
    }
    end(&w);
}

/* A hot room, or a switch that fails: no host is to blame. */
static void what_all_show_is_not_theirs(void **state)
{
    struct world w;

    (void)state;
    begin(&w);
    look(&w);
    for (int h = 0; h < HOSTS; h++)
        w.signs[h].now[SIGN_HEAT] = 95;
    for (int i = 0; i < 10; i++) {
        look(&w);
        assert_int_equal(count(&w, LOOP_MANY), HOSTS);
        assert_int_equal(count(&w, LOOP_GRANTED), 0);
    }
    /* one of them has something of its own as well */
    w.signs[5].now[SIGN_ECC] = 200;
    looks(&w, 2);
    assert_int_equal(count(&w, LOOP_GRANTED), 1);
    assert_int_equal(w.wish[5].from, 5);
    assert_int_equal(w.wish[5].sign, SIGN_ECC);
    end(&w);
}

static void so_many_hosts_an_hour(void **state)
{
    struct world w;

    (void)state;
    begin(&w);
    look(&w);
    w.signs[0].now[SIGN_ECC] = w.signs[1].now[SIGN_ECC] = 300;
    looks(&w, 2);
    assert_int_equal(count(&w, LOOP_GRANTED), 1);
    assert_int_equal(count(&w, LOOP_BUDGET), 1);
    w.out[0] = true; /* it is emptied */
    for (double s = 0; s < 3600 - LOOK; s += LOOK) {
        look(&w);
        assert_int_equal(count(&w, LOOP_GRANTED), 0);
        assert_int_equal(count(&w, LOOP_BUDGET), 1);
    }
    looks(&w, 2);
    assert_int_equal(w.wish[0].from, 1);
    end(&w);
}

/* It could not be emptied: it is tried again, and not at each look. */
static void tried_again_after_a_while(void **state)
{
    struct world w;
    int granted = 0;

    (void)state;
    begin(&w);
    look(&w);
    w.signs[0].now[SIGN_ECC] = 300;
    for (int i = 0; i < 60; i++) {
        look(&w);
        granted += count(&w, LOOP_GRANTED) > 0;
    }
    assert_in_range(granted, 2, 60 * LOOK / w.p.settle_s + 1);
    end(&w);
}

/* What was not carried out costs nothing. */
static void not_drained(void **state)
{
    struct world w;

    (void)state;
    begin(&w);
    look(&w);
    w.signs[0].now[SIGN_ECC] = 300;
    look(&w);
    for (int i = 0; i < 30; i++) {
        look(&w);
        assert_int_equal(count(&w, LOOP_GRANTED), 1);
        loops_not_drained(w.loops, 0);
    }
    end(&w);
}

/* While somebody works on a host, what it shows is what is usual for it. */
static void maintenance_begins_anew(void **state)
{
    struct world w;

    (void)state;
    begin(&w);
    look(&w);
    w.signs[4].now[SIGN_DISK_FAILING] = 1;
    looks(&w, 2);
    assert_int_equal(count(&w, LOOP_GRANTED), 1);
    w.out[4] = true;
    looks(&w, 3);
    assert_int_equal(w.wishes, 0);
    w.out[4] = false; /* it was taken back as it is */
    for (int i = 0; i < 100; i++) {
        look(&w);
        assert_int_equal(w.wishes, 0);
    }
    end(&w);
}

static void it_has_to_pay(void **state)
{
    struct world w;

    (void)state;
    begin_with(&w, "gib_wh", 1e5);
    look(&w);
    w.signs[0].now[SIGN_ECC] = 300;
    looks(&w, 3);
    assert_int_equal(count(&w, LOOP_NO_GAIN), 1);
    end(&w);
}

/* Neither the budget of moves nor a cooldown keeps it. The guests of a host that
 * is emptied are nobody else's, and nobody goes there. */
static void health_comes_first(void **state)
{
    struct world w;

    (void)state;
    begin_with(&w, "moves_per_hour", 1);
    look(&w);
    for (uint32_t g = 0; g < GUESTS; g++)
        w.at[g] = g % HOSTS < 2 ? 0 : g % HOSTS;
    for (uint32_t g = 0; g < GUESTS; g++)
        w.demand[g] = w.at[g] == 0 ? 2 : .2;
    w.signs[0].now[SIGN_ECC_FATAL] = 6;
    w.signs[1].now[SIGN_ECC] = 200; /* nobody goes there either */
    looks(&w, 2);
    assert_int_equal(count(&w, LOOP_GRANTED), 1);
    for (uint32_t i = 0; i < w.wishes; i++) {
        assert_true(w.wish[i].refusal || w.wish[i].kind == LOOP_HEALTH);
        assert_int_not_equal(w.wish[i].to, 1);
    }
    end(&w);
}

static void words(void **state)
{
    struct world w;
    char text[300];

    (void)state;
    begin(&w);
    look(&w);
    w.signs[0].now[SIGN_ECC] = 300;
    looks(&w, 2);
    loop_reason(&w.wish[0], &(struct loop_names){ "", "r1h1", "", NULL }, text,
                sizeof text);
    assert_non_null(strstr(text,
                           "r1h1 shows memory errors that were corrected: "
                           "300 an hour, 0 are usual; its guests (2) leave "
                           "it: worth "));
    end(&w);
}

/* --- hostile series ------------------------------------------------------- */

static uint64_t next_random(uint64_t *x)
{
    *x ^= *x << 13;
    *x ^= *x >> 7;
    return *x ^= *x << 17;
}

/* Square waves of every period, spikes, drift, noise, all at once, silence. */
static double hostile(int kind, int h, int i, uint64_t *x)
{
    switch (kind) {
    case 0: return (i / (1 + h * 3)) % 2 ? 500 : 0;
    case 1: return next_random(x) % 97 ? 0 : 1e6;
    case 2: return i * (1 + h);
    case 3: return (double)(next_random(x) % 1000);
    case 4: return i % 50 < 10 ? 500 : 0;
    case 5: return next_random(x) % 3 ? -1 : 300;
    }
    return 100;
}

static void laws_hold_under_hostile_series(void **state)
{
    uint32_t granted = 0;

    (void)state;
    for (uint64_t seed = 1; seed <= 120; seed++) {
        double drained[HOSTS], shown[HOSTS];
        uint64_t x = seed;
        struct world w;

        begin(&w);
        for (int h = 0; h < HOSTS; h++)
            drained[h] = shown[h] = -INFINITY;
        for (int i = 0; i < 300; i++) {
            enum loop_sign s = (enum loop_sign)(seed % LOOP_SIGNS);
            double at = w.now_s;

            for (int h = 0; h < HOSTS; h++)
                w.signs[h].now[s] = hostile((int)(seed % 7), h, i, &x);
            look(&w);
            for (uint32_t k = 0; k < w.wishes; k++) {
                uint32_t h = w.wish[k].from;
                int others = 0;

                if (w.wish[k].kind != LOOP_HEALTH)
                    continue;
                if (w.wish[k].refusal) {
                    shown[h] = at;
                    continue;
                }
                for (uint32_t o = 0; o < HOSTS; o++)
                    others += o != h && at - drained[o] < 3600;
                assert_true(others < w.p.health_hosts);
                assert_true(at - drained[h] >= w.p.settle_s);
                assert_true(at - shown[h] <=
                            LOOK); /* seen at the look before */
                drained[h] = at;
                granted++;
            }
            if (seed % 7 == 6) /* steady: no wish at all */
                assert_int_equal(w.wishes, 0);
        }
        end(&w);
    }
    assert_true(granted > 100);
}

/* The guests of a host that was emptied have moved: they rest where they are, and
 * do not return at once when the host is back. */
static void who_was_drained_rests(void **state)
{
    double began;
    struct world w;

    (void)state;
    begin(&w);
    looks(&w, 3);
    w.signs[3].now[SIGN_MCE] = 6;
    looks(&w, 2);
    assert_int_equal(count(&w, LOOP_GRANTED), 1);
    for (uint32_t g = 0; g < GUESTS; g++) {
        w.moving[g] = w.at[g] != 3; /* no other guest may go */
        if (w.at[g] == 3)
            w.at[g] = 4;
        w.demand[g] = w.at[g] == 4 ? 2 : w.at[g] == 3 ? 0 : 1.9;
    }
    w.out[3] = true;
    began = w.now_s;
    while (w.now_s < began + w.p.cooldown_s) {
        look(&w);
        for (uint32_t i = 0; i < w.wishes; i++)
            assert_true(w.wish[i].refusal);
    }
    w.out[3] = false; /* undrained: there is room on it alone */
    while (w.now_s < began + w.p.return_s) {
        look(&w);
        for (uint32_t i = 0; i < w.wishes; i++)
            assert_true(w.wish[i].refusal);
    }
    look(&w);
    assert_int_equal(w.wish[0].kind, LOOP_BALANCE);
    assert_int_equal(w.wish[0].refusal, LOOP_GRANTED);
    assert_int_equal(w.wish[0].to, 3);
    end(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_a_sign),
        cmocka_unit_test(the_day_before_the_first_look),
        cmocka_unit_test(what_is_gone_was_nothing),
        cmocka_unit_test(what_all_show_is_not_theirs),
        cmocka_unit_test(so_many_hosts_an_hour),
        cmocka_unit_test(tried_again_after_a_while),
        cmocka_unit_test(not_drained),
        cmocka_unit_test(maintenance_begins_anew),
        cmocka_unit_test(it_has_to_pay),
        cmocka_unit_test(health_comes_first),
        cmocka_unit_test(words),
        cmocka_unit_test(laws_hold_under_hostile_series),
        cmocka_unit_test(who_was_drained_rests),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
