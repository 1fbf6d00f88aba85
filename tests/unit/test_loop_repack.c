/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Guests go over to hosts that need less power, as rackhopd does it: the target
 * host is off, takes its time to boot, and the moves are wished for again when it
 * is there.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "tests/lib/load_world.h"

enum { HOSTS = 4, GUESTS = 8, MOST = 32 };
static const double LOOK = 60, HOUR = 3600;

/* May all guests of a host be on another? */
enum together { MAY, MAY_NOT, MAY_NOT_ONCE_ON };

struct world {
    struct loop_policy p;
    struct loop_host host[HOSTS];
    struct loop_guest guest[GUESTS];
    uint32_t hosts, guests;
    double demand[GUESTS];
    uint32_t at[GUESTS];
    uint8_t moving[GUESTS], on[HOSTS], closed[HOSTS], coming[HOSTS];
    double back_s[HOSTS]; /* of one that is coming */
    struct loops *loops;
    double now_s;
    uint32_t ons, offs, moves; /* so far */
    bool refuses;              /* whoever carries it out: all bundles */
    bool later;                /* nor does he switch a host on yet */
    enum together together;
};

/* Hosts of 4 units of CPU that need so much when idle, 100 W more under load;
 * all are on. Guest i is on host at[i]. */
static void begin(struct world *w, const double *idle_w, uint32_t hosts,
                  const char *at)
{
    *w = (struct world){ .now_s = 1000 * 24 * HOUR,
                         .hosts = hosts,
                         .guests = (uint32_t)strlen(at) };
    loop_policy_init(&w->p);
    w->p.look_s = LOOK;
    for (uint32_t h = 0; h < hosts; h++) {
        w->host[h] = load_host(4, 16384);
        w->host[h].boot_s = 150;
        w->on[h] = true;
        for (int i = 0; i < LOOP_WATTS; i++)
            w->host[h].power_w[i] += idle_w[h] - 100;
    }
    for (uint32_t g = 0; g < w->guests; g++) {
        w->guest[g] = (struct loop_guest){ .cpu = 2, .memory_mib = 1024 };
        w->demand[g] = 0.3;
        w->at[g] = (uint32_t)(at[g] - 'a');
    }
}

static void wake(struct world *w, uint32_t h)
{
    if (w->on[h] || w->coming[h] || w->later)
        return;
    w->coming[h] = true;
    w->back_s[h] = w->now_s + w->host[h].boot_s;
    w->ons++;
}

/* As decide.c: of a bundle that wakes a host no guest moves, and none of one that
 * a rule refuses. */
static void do_bundle(struct world *w, const struct loop_wish *x, uint32_t n)
{
    bool wakes = false;

    for (uint32_t i = 0; i < n; i++)
        wakes |= x[i].wakes;
    for (uint32_t i = 0; i < n; i++) {
        if (x[i].wakes && w->refuses)
            loops_not_woken(w->loops, x[i].to);
        else if (x[i].wakes)
            wake(w, x[i].to);
        if (wakes || w->refuses) {
            loops_not_moved(w->loops, x[i].guest);
            continue;
        }
        assert_true(w->on[x[i].to]);
        w->at[x[i].guest] = x[i].to;
        w->moves++;
    }
}

static void do_switch(struct world *w, const struct loop_wish *x)
{
    if (x->switches == LOOP_ON) {
        wake(w, x->from);
        return;
    }
    for (uint32_t g = 0; g < w->guests; g++)
        assert_int_not_equal(w->at[g], x->from);
    w->on[x->from] = false;
    w->offs++;
}

static bool may_all(void *arg, const uint32_t *guest, uint32_t guests,
                    uint32_t host)
{
    const struct world *w = arg;

    for (uint32_t i = 0; i < guests; i++)
        assert_int_not_equal(w->at[guest[i]], host);
    return w->together == MAY ||
           (w->together == MAY_NOT_ONCE_ON && !w->on[host]);
}

static void look(struct world *w)
{
    struct loop_look see = { .now_s = w->now_s,
                             .demand = w->demand,
                             .host = w->at,
                             .moving = w->moving,
                             .from = w->at,
                             .on = w->on,
                             .closed = w->closed,
                             .switches = true,
                             .coming = w->coming,
                             .may_all = may_all,
                             .arg = w };
    const struct loop_wish *wish;
    uint32_t n;

    for (uint32_t h = 0; h < w->hosts; h++)
        if (w->coming[h] && w->now_s >= w->back_s[h]) {
            w->coming[h] = false;
            w->on[h] = true;
        }
    if (!w->loops)
        w->loops = loops_new(&w->p, w->host, w->hosts, w->guest, w->guests);
    assert_non_null(w->loops);
    assert_int_equal(loops_look(w->loops, &see, &wish, &n), 0);
    for (uint32_t i = 0, end; i < n; i = end) {
        for (end = i + 1; end < n && wish[end].bundle == wish[i].bundle;)
            end++;
        if (wish[i].refusal)
            continue;
        if (wish[i].switches)
            do_switch(w, &wish[i]);
        else
            do_bundle(w, &wish[i], end - i);
    }
    w->now_s += LOOK;
}

static void look_for(struct world *w, double hours)
{
    double end = w->now_s + hours * HOUR;

    while (w->now_s < end)
        look(w);
}

/* The host with the fewest guests is emptied first, though it needs the least;
 * from then on it comes on once, gets all, and the other one is off. */
static void all_go_over_once(void **state)
{
    static const double idle_w[] = { 100, 60 };

    (void)state;
    for (int hold = 0; hold < 2; hold++) {
        struct world w;

        begin(&w, idle_w, 2, "aaab");
        w.p.hold_s = hold ? w.p.hold_s : 0;
        look_for(&w, 6);
        for (uint32_t g = 0; g < w.guests; g++)
            assert_int_equal(w.at[g], 1);
        assert_false(w.on[0]);
        assert_true(w.on[1]);
        assert_true(w.ons <= 1 && w.offs <= 2 && w.moves <= 5);
        look_for(&w, 24);
        assert_true(w.ons <= 1 && w.offs <= 2 && w.moves <= 5);
        loops_free(w.loops);
    }
}

/* Two hosts go over to two: none that comes on is taken for both, none comes on
 * for nothing. */
static void hosts_go_over_side_by_side(void **state)
{
    static const double idle_w[] = { 100, 100, 60, 60 };
    struct world w;

    (void)state;
    begin(&w, idle_w, 4, "aaaabbbb");
    w.on[2] = w.on[3] = false;
    w.p.kept_back = 0;
    for (int g = 0; g < GUESTS; g++)
        w.guest[g].memory_mib = 4000;
    look_for(&w, 6);
    for (int g = 0; g < GUESTS; g++)
        assert_true(w.at[g] >= 2 && w.at[g] == w.at[g / 4 * 4]);
    assert_false(w.on[0] || w.on[1]);
    assert_int_equal(w.ons, 2);
    assert_int_equal(w.moves, GUESTS);
    loops_free(w.loops);
}

/* A host that needs less and is on anyway is taken at once. */
static void a_host_that_is_on_and_empty_will_do(void **state)
{
    static const double idle_w[] = { 100, 60 };
    struct world w;

    (void)state;
    begin(&w, idle_w, 2, "aaa");
    look_for(&w, 1);
    for (uint32_t g = 0; g < w.guests; g++)
        assert_int_equal(w.at[g], 1);
    assert_int_equal(w.ons, 0);
    assert_int_equal(w.moves, 3);
    loops_free(w.loops);
}

/* One that was switched on and does not come is closed then: another one does. */
static void one_that_does_not_come_has_a_substitute(void **state)
{
    static const double idle_w[] = { 100, 60, 60 };
    struct world w;

    (void)state;
    begin(&w, idle_w, 3, "aaa");
    w.on[1] = w.on[2] = false;
    while (!w.coming[1])
        look(&w);
    w.back_s[1] = INFINITY;
    look_for(&w, 0.5);
    assert_int_equal(w.ons, 1);
    w.coming[1] = false;
    w.closed[1] = true;
    look_for(&w, 2);
    for (uint32_t g = 0; g < w.guests; g++)
        assert_int_equal(w.at[g], 2);
    assert_int_equal(w.ons, 2);
    loops_free(w.loops);
}

/* The guests of one host are wished to an empty one, again and again, where a rule
 * refuses them: it is empty all the while, and is switched off. */
static void one_that_no_guest_may_go_to_is_off(void **state)
{
    static const double idle_w[] = { 100, 60 };
    struct world w;

    (void)state;
    begin(&w, idle_w, 2, "aaa");
    w.refuses = true;
    look_for(&w, 3);
    assert_true(w.on[0] && !w.on[1]);
    assert_int_equal(w.ons, 0);
    assert_int_equal(w.offs, 1);
    assert_int_equal(w.moves, 0);
    loops_free(w.loops);
}

/* For guests that may not be on one host together none is switched on; where that
 * shows only once it is on, it is off again, and one day later tried again. */
static void none_is_on_in_vain(void **state)
{
    static const double idle_w[] = { 100, 60 };
    static const struct {
        enum together together;
        double hours;
        uint32_t ons, offs;
    } row[] = {
        { MAY_NOT, 20, 0, 0 },
        { MAY_NOT_ONCE_ON, 1, 1, 0 }, /* for hold_s it is on */
        { MAY_NOT_ONCE_ON, 2, 1, 1 },
        { MAY_NOT_ONCE_ON, 20, 1, 1 },
        { MAY_NOT_ONCE_ON, 40, 2, 2 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        struct world w;

        begin(&w, idle_w, 2, "aaa");
        w.on[1] = false;
        w.together = row[i].together;
        look_for(&w, row[i].hours);
        assert_int_equal(w.ons, row[i].ons);
        assert_int_equal(w.offs, row[i].offs);
        assert_int_equal(w.moves, 0);
        assert_true(w.on[0]);
        loops_free(w.loops);
    }
}

/* Hooks of others took too long for this look: it is switched on later, and the guests
 * go over then. */
static void one_that_was_not_begun_comes_later(void **state)
{
    static const double idle_w[] = { 100, 60 };
    struct world w;

    (void)state;
    begin(&w, idle_w, 2, "aaa");
    w.on[1] = false;
    w.later = true;
    look_for(&w, 3);
    w.later = false;
    look_for(&w, 3);
    assert_int_equal(w.ons, 1);
    assert_int_equal(w.moves, 3);
    loops_free(w.loops);
}

/* One host more is enough for what a host that fails has, and while it boots no other
 * is switched on for that. */
static void one_comes_for_the_spare(void **state)
{
    static const double idle_w[] = { 100, 100, 100, 100 };
    struct world w;

    (void)state;
    begin(&w, idle_w, 4, "a");
    w.on[1] = w.on[2] = w.on[3] = false;
    w.p.spare_hosts = 1;
    look_for(&w, 0.5);
    assert_int_equal(w.ons, 1);
    loops_free(w.loops);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_go_over_once),
        cmocka_unit_test(hosts_go_over_side_by_side),
        cmocka_unit_test(a_host_that_is_on_and_empty_will_do),
        cmocka_unit_test(one_that_does_not_come_has_a_substitute),
        cmocka_unit_test(one_that_no_guest_may_go_to_is_off),
        cmocka_unit_test(none_is_on_in_vain),
        cmocka_unit_test(one_that_was_not_begun_comes_later),
        cmocka_unit_test(one_comes_for_the_spare),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
