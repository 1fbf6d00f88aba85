/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Hosts that are switched off and on: when the loop power wants it, and what is
 * next for a host on record, whatever was killed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "tests/lib/load_world.h"
#include "tools/cluster/off.h"
#include "tools/daemon/switch.h"

enum { HOSTS = 6, GUESTS = 4 };
static const double LOOK = 300, HOUR = 3600, DAY = 86400;

struct world {
    struct loop_policy p;
    double demand[GUESTS];
    uint32_t at[GUESTS];
    uint8_t moving[GUESTS], on[HOSTS], keep[HOSTS], coming[HOSTS];
    double booted[HOSTS];
    struct loops *loops;
    double now_s;
    uint32_t offs, ons; /* of the last look, and they are carried out */
    double on_since[HOSTS];
};

/* Hosts of 4 units of CPU; the guests, of 4 each, are on the first four. */
static void begin(struct world *w, double spare)
{
    struct loop_host host[HOSTS];
    struct loop_guest guest[GUESTS];

    *w = (struct world){ .now_s = 1000 * DAY };
    loop_policy_init(&w->p);
    w->p.balance = 0;
    w->p.look_s = LOOK;
    w->p.spare_hosts = spare;
    for (int h = 0; h < HOSTS; h++) {
        host[h] = load_host(4, 16384);
        host[h].boot_s = 300;
        w->on[h] = true;
        w->on_since[h] = -INFINITY;
        w->booted[h] = -1;
        w->keep[h] = h < GUESTS; /* none is emptied */
    }
    for (uint32_t g = 0; g < GUESTS; g++) {
        guest[g] = (struct loop_guest){ .cpu = 4, .memory_mib = 1024 };
        w->demand[g] = .5;
        w->at[g] = g;
    }
    w->loops = loops_new(&w->p, host, HOSTS, guest, GUESTS);
    assert_non_null(w->loops);
}

static void look(struct world *w)
{
    const struct loop_look see = { .now_s = w->now_s,
                                   .demand = w->demand,
                                   .host = w->at,
                                   .moving = w->moving,
                                   .from = w->at,
                                   .on = w->on,
                                   .keep = w->keep,
                                   .switches = true,
                                   .coming = w->coming,
                                   .booted = w->booted };
    const struct loop_wish *wish;
    uint32_t n;

    assert_int_equal(loops_look(w->loops, &see, &wish, &n), 0);
    w->offs = w->ons = 0;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t h = wish[i].from;

        if (wish[i].refusal || !wish[i].switches)
            continue;
        assert_int_equal(wish[i].guest, LOOP_NONE);
        assert_true(wish[i].benefit_wh > wish[i].price_wh);
        if (wish[i].switches == LOOP_OFF) {
            assert_true(w->on[h] && !w->keep[h]);
            assert_true(w->now_s - w->on_since[h] >= w->p.hold_s);
            w->on[h] = false;
            w->offs++;
        } else {
            assert_false(w->on[h]);
            w->on[h] = true;
            w->on_since[h] = w->now_s;
            w->ons++;
        }
    }
    w->now_s += LOOK;
}

static uint32_t are_on(const struct world *w)
{
    uint32_t n = 0;

    for (int h = 0; h < HOSTS; h++)
        n += w->on[h];
    return n;
}

static void all_want(struct world *w, double cpu)
{
    for (int g = 0; g < GUESTS; g++)
        w->demand[g] = cpu;
}

static void empty_hosts_go_off_one_by_one(void **state)
{
    struct world w;

    (void)state;
    begin(&w, 0);
    look(&w);
    assert_int_equal(w.offs, 0); /* seen once */
    look(&w);
    assert_int_equal(w.offs, 1);
    look(&w);
    assert_int_equal(w.offs, 1);
    for (int i = 0; i < 20; i++) {
        look(&w);
        assert_int_equal(w.offs + w.ons, 0);
    }
    assert_int_equal(are_on(&w), GUESTS);
    loops_free(w.loops);
}

static void hosts_that_may_fail_keep_some_on(void **state)
{
    (void)state;
    for (int spare = 0; spare < 3; spare++) {
        struct world w;

        begin(&w, spare);
        all_want(&w, 2); /* 8 of 16: two may be lost */
        for (int i = 0; i < 20; i++)
            look(&w);
        assert_int_equal(are_on(&w), GUESTS);
        all_want(&w, 3.1); /* 12.4: there is no room for one that is lost */
        for (int i = 0; i < 200; i++)
            look(&w);
        assert_int_equal(are_on(&w), GUESTS + spare);
        loops_free(w.loops);
    }
}

static void load_brings_them_back(void **state)
{
    struct world w;

    (void)state;
    begin(&w, 0);
    for (int i = 0; i < 5; i++)
        look(&w);
    assert_int_equal(are_on(&w), GUESTS);
    all_want(&w, 3.9);
    look(&w);
    assert_int_equal(w.ons, 0); /* one look */
    look(&w);
    assert_int_equal(w.ons, 1);
    look(&w);
    look(&w);
    assert_int_equal(are_on(&w), GUESTS + 1); /* 20 * .8 is enough for 15.6 */
    loops_free(w.loops);
}

/* A week of days that are busy from eight to six: from the second day on the
 * hosts are on before anybody wants them, and off at night. */
static void hosts_are_on_before_the_day(void **state)
{
    struct world w;
    int late = 0, nights = 0;
    double off_h = 0;

    (void)state;
    begin(&w, 0);
    for (int i = 0; i < 7 * 24 * 12; i++) {
        double hour = fmod(w.now_s, DAY) / HOUR;
        bool busy = hour >= 8 && hour < 18;

        all_want(&w, busy ? 3.9 : .5);
        if (w.now_s >= 1001 * DAY) {
            late += busy && are_on(&w) < GUESTS + 1;
            off_h += (HOSTS - are_on(&w)) * LOOK / HOUR;
            nights += hour < 6 && are_on(&w) == GUESTS;
        }
        look(&w);
    }
    assert_int_equal(late, 0);
    assert_true(nights > 6 * 5 * 12); /* five hours of six nights at least */
    assert_true(off_h > 6 * 24);
    loops_free(w.loops);
}

/* The hour at which a host comes on, of a second day that is busy from eight, where
 * boots of all hosts have been seen that took so long; 0: none was. */
static double comes_on(double boot_s)
{
    struct world w;
    double hour = 0;

    begin(&w, 0);
    for (int h = 0; h < HOSTS && boot_s > 0; h++)
        w.booted[h] = boot_s;
    for (int i = 0; i < 2 * 24 * 12; i++) {
        double now = fmod(w.now_s, DAY) / HOUR;

        all_want(&w, now >= 8 && now < 18 ? 3.9 : .5);
        look(&w);
        if (w.ons && w.now_s > 1001 * DAY && hour <= 0)
            hour = now;
        for (int h = 0; h < HOSTS; h++)
            w.booted[h] = -1;
    }
    loops_free(w.loops);
    assert_true(hour > 0 && hour < 8);
    return hour;
}

/* As much earlier as a boot and two looks take until eight. */
static void who_boots_longer_comes_on_earlier(void **state)
{
    (void)state;
    assert_true(comes_on(0) > 7.7); /* by the setting, 300 s */
    assert_true(comes_on(100) > 7.7);
    assert_true(comes_on(1400) < 7.7);
    assert_true(comes_on(9000) > 7.7); /* that was no boot */
}

static void the_longest_of_the_last_boots(void **state)
{
    static const double took[] = { 500, 100, 110, 120, 130, 90 };
    struct loop_kept_guest kg[GUESTS];
    struct loop_kept_host kh[HOSTS];
    struct loop_kept k = {
        .guest = kg, .host = kh, .guests = GUESTS, .hosts = HOSTS
    };
    struct world w;

    (void)state;
    begin(&w, 0);
    for (size_t i = 0; i < sizeof took / sizeof *took; i++) {
        w.booted[1] = took[i];
        look(&w);
        w.booted[1] += LOOK; /* it is not open yet: the same boot */
        look(&w);
    }
    loops_keep(w.loops, &k);
    loops_free(w.loops);
    assert_true(fabs(kh[1].boots.took_s[0] - 90 - LOOK) < 1e-6);
    assert_true(fabs(kh[1].boots.took_s[3] - 110 - LOOK) < 1e-6);
    assert_true(kh[2].boots.took_s[0] < 0);
}

/* Square waves of every period, noise, spikes: no host goes on and off faster
 * than it has to stay on, and steady load moves nothing. */
static void never_to_and_fro(void **state)
{
    (void)state;
    for (int kind = 0; kind < 40; kind++) {
        unsigned seed = (unsigned)kind * 7919 + 1;
        uint32_t switched = 0;
        struct world w;

        begin(&w, kind % 3);
        for (int i = 0; i < 2000; i++) {
            seed = seed * 1103515245 + 12345;
            all_want(&w, kind == 0           ? 1
                         : kind < 30         ? (i / kind % 2 ? 3.9 : .3)
                         : kind < 35         ? (seed >> 16) % 400 / 100.0
                         : (seed >> 16) % 50 ? .3
                                             : 4);
            look(&w);
            switched += w.offs + w.ons;
            assert_true(w.offs <= 1 && w.ons <= 1);
            if (kind == 0 && i > 5)
                assert_int_equal(w.offs + w.ons, 0);
        }
        /* each host once an hour, which is how long it stays on */
        assert_true(switched <= HOSTS * 2 * (2000 * LOOK / HOUR) / 1);
        loops_free(w.loops);
    }
}

/* --- a host on record -------------------------------------------------------- */

static void what_is_next(void **state)
{
    static const struct {
        struct switch_sight see;
        enum switch_step step;
    } rows[] = {
        /* nothing was switched: undone */
        { { POWER_EMPTYING, false, 5, true, true, true, true, false },
          SWITCH_OPEN },
        { { POWER_EMPTYING, false, 5, false, false, false, false, false },
          SWITCH_NONE },
        /* cut off around the hook */
        { { POWER_OFF, false, 5, false, false, false, false, false },
          SWITCH_DONE },
        { { POWER_OFF, false, 5, true, true, true, true, false }, SWITCH_OFF },
        { { POWER_OFF, false, 5, true, true, true, false, false },
          SWITCH_OPEN },
        { { POWER_OFF, false, 5, true, true, false, true, false },
          SWITCH_OPEN },
        /* a roll may be about to boot it, or a run may have drained it */
        { { POWER_OFF, false, 5, true, true, true, true, true }, SWITCH_NONE },
        { { POWER_EMPTYING, false, 5, true, true, true, true, true },
          SWITCH_NONE },
        { { POWER_STARTING, true, 5, true, false, true, true, true },
          SWITCH_OPEN },
        /* it goes down; it did not */
        { { POWER_OFF, true, 5, true, true, true, true, false }, SWITCH_NONE },
        { { POWER_OFF, true, 700, true, true, true, true, false },
          SWITCH_OFF },
        { { POWER_OFF, true, 700, true, true, false, true, false },
          SWITCH_FORGET },
        { { POWER_OFF, true, 9999, false, false, false, false, false },
          SWITCH_NONE },
        /* somebody has pressed the button */
        { { POWER_OFF, true, 5, true, false, true, true, false },
          SWITCH_FORGET },
        { { POWER_STARTING, true, 5, false, false, false, false, false },
          SWITCH_NONE },
        { { POWER_STARTING, false, 5, false, false, false, false, false },
          SWITCH_ON },
        { { POWER_STARTING, true, OFF_BACK_S, false, false, false, false,
            false },
          SWITCH_ON },
        { { POWER_STARTING, true, 5, true, false, true, true, false },
          SWITCH_OPEN },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (switch_next(&rows[i].see) != rows[i].step)
            fail_msg("row %zu: %d", i, switch_next(&rows[i].see));
}

/* S1, over all that can be seen. */
static void no_host_with_guests_is_switched_off(void **state)
{
    (void)state;
    for (int i = 0; i < POWER_STATES * 64; i++) {
        const double for_s[] = { 0, SWITCH_DOWN_S, OFF_BACK_S };

        for (int k = 0; k < 3; k++) {
            const struct switch_sight s = {
                .state = (enum power_state)(i / 64),
                .done = i & 1,
                .for_s = for_s[k],
                .answers = i & 2,
                .same_boot = i & 4,
                .maintenance = i & 8,
                .empty = i & 16,
                .others = i & 32,
            };

            if (switch_next(&s) == SWITCH_OFF)
                assert_true(s.state == POWER_OFF && s.answers && s.empty &&
                            s.maintenance && s.same_boot && !s.others);
            if (switch_next(&s) == SWITCH_FORGET)
                assert_true(s.answers);
        }
    }
}

/* The last look before the hook. */
static void who_may_go(void **state)
{
#define FACTS(state_, domains_)                                               \
    "{\"format\":\"rackhop-facts/1\",\"node\":\"h1\",\"role\":\"host\","      \
    "\"host\":{\"name\":\"h1\",\"state\":\"" state_                           \
    "\"},\"domains\":[" domains_ "]}"
#define GUEST(name_)                                                          \
    "{\"uuid\":\"00000000-0000-4000-8000-000000000001\",\"name\":\"" name_    \
    "\"}"
    static const struct {
        const char *facts, *says; /* NULL: it may */
    } rows[] = {
        { FACTS("maintenance", ""), NULL },
        { FACTS("up", ""), "undrained" },
        { FACTS("maintenance", GUEST("web1")), "is on it" },
        { FACTS("maintenance", GUEST("web1--incoming")), "is on it" },
        { FACTS("maintenance", "{\"name\":\"web1\"}"), "no UUID" },
        { "", "facts" },
        { "{\"format\":\"rackhop-facts/1\"}", "undrained" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct msg why = MSG_NONE;
        bool may = switch_may_go(rows[i].facts, strlen(rows[i].facts), &why);

        if (may != !rows[i].says ||
            (rows[i].says && !strstr(why.text, rows[i].says)))
            fail_msg("row %zu: %s", i, why.text);
    }
}

static void records(void **state)
{
    static const char snapshot[] =
        "{\"format\":\"rackhop-snapshot/1\",\"topology\":{\"nodes\":[],"
        "\"links\":[]},\"hosts\":[{\"name\":\"h1\",\"state\":\"up\",\"boot\":"
        "\"b1\",\"memory_mib\":4096,\"samples\":{\"age_s\":1},\"networks\":"
        "[\"x\"]},{\"name\":\"h2\",\"state\":\"up\"}],\"domains\":[]}";
    struct off_list l;
    struct off_host h = { .rev = 0 };
    struct store *s;
    struct msg err;

    (void)state;
    assert_int_equal(store_open_mem(&s), 0);
    strcpy(h.p.host, "h1");
    strcpy(h.p.reason, "so");
    h.p.since_s = 5;
    h.p.state = POWER_OFF;
    h.p.facts = power_facts(snapshot, sizeof snapshot - 1, "h1", h.p.boot);
    assert_string_equal(h.p.boot, "b1");
    assert_string_equal(
        h.p.facts,
        "{\"format\":\"rackhop-facts/1\",\"node\":\"h1\",\"role\":\"host\","
        "\"host\":{\"state\":\"offline\",\"name\":\"h1\",\"boot\":\"b1\","
        "\"memory_mib\":4096,\"networks\":[\"x\"]},\"domains\":[]}\n");
    assert_null(power_facts(snapshot, sizeof snapshot - 1, "h3", h.p.boot));
    strcpy(h.p.boot, "b1");
    assert_int_equal(off_save(s, &h, &err), 0);
    assert_int_equal(store_cas(s, "power/h9", 0, "{\"nonsense\":1}", NULL), 0);
    assert_int_equal(off_read(s, &l, NULL, NULL, &err), 0);
    assert_int_equal(l.n, 1);
    assert_string_equal(off_find(&l, "h1")->p.boot, "b1");
    assert_string_equal(l.host[0].p.facts, h.p.facts);
    assert_false(off_rests(&l.host[0])); /* its hook may not have run */
    assert_true(off_is_expected(&l.host[0], 1e6));
    l.host[0].p.done = true;
    assert_int_equal(off_save(s, &l.host[0], &err), 0);
    assert_true(off_rests(&l.host[0]));
    assert_int_not_equal(off_save(s, &h, &err), 0); /* by its revision */
    assert_int_equal(off_drop(s, &l.host[0], &err), 0);
    off_dispose(&l);
    assert_int_equal(off_read(s, &l, NULL, NULL, &err), 0);
    assert_int_equal(l.n, 0);
    off_dispose(&l);
    power_dispose(&h.p);
    store_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(empty_hosts_go_off_one_by_one),
        cmocka_unit_test(hosts_that_may_fail_keep_some_on),
        cmocka_unit_test(load_brings_them_back),
        cmocka_unit_test(hosts_are_on_before_the_day),
        cmocka_unit_test(who_boots_longer_comes_on_earlier),
        cmocka_unit_test(the_longest_of_the_last_boots),
        cmocka_unit_test(never_to_and_fro),
        cmocka_unit_test(what_is_next),
        cmocka_unit_test(no_host_with_guests_is_switched_off),
        cmocka_unit_test(who_may_go),
        cmocka_unit_test(records),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
