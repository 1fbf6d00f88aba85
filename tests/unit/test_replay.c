/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The replay: its figures by hand on small clusters, and what holds under every
 * load, however hostile: the budget, no going to and fro, the same result twice,
 * peace where nothing changes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "scheduler/sim.h"
#include "tests/lib/load_world.h"

static struct replay_result run(const struct replay_trace *t,
                                const struct loop_policy *p)
{
    struct replay_result r;
    uint32_t bad;

    assert_int_equal(replay_run(t, p, NULL, &r, &bad), 0);
    if (!(r.over_hours > 0)) /* all demand was served */
        assert_true(r.kwh > r.bound_kwh - 1e-9);
    return r;
}

/* --- by hand --------------------------------------------------------------- */

static double half_load(uint32_t guest, uint32_t step, uint64_t seed)
{
    (void)guest, (void)step, (void)seed;
    return 50;
}

static void energy_is_that_of_hosts_with_guests(void **state)
{
    struct loop_policy p;
    struct replay_trace t;
    struct replay_result r;

    (void)state;
    loop_policy_init(&p);
    p.power = p.balance = 0;
    load_trace(&t, 3, 2, 12, 4, 2, false);
    t.start[0] = 0;
    t.start[1] = 2;
    load_fill(&t, half_load, 0);
    r = run(&t, &p);
    /* two hosts at a quarter of their CPU for an hour; the third is off */
    assert_true(fabs(r.kwh - 2 * 0.125) < 1e-9);
    assert_true(fabs(r.host_hours - 2) < 1e-9);
    assert_int_equal(r.moves, 0);
    assert_true(r.slatah == 0 && r.pdm == 0 && r.slav == 0);
    /* one host that is on, and 25 W for each of 2 units of demand */
    assert_true(fabs(r.bound_kwh - 0.15) < 1e-9);
    p.memory = 0;
    /* 2 units of demand at 200 W / 4 */
    assert_true(fabs(run(&t, &p).bound_kwh - 0.1) < 1e-9);
    replay_trace_dispose(&t);
}

static double idle(uint32_t guest, uint32_t step, uint64_t seed)
{
    (void)guest, (void)step, (void)seed;
    return 0;
}

/* Gaps that no guest fits count: the sum of all memory is less than it looks. */
static void memory_needs_hosts(void **state)
{
    static const struct {
        uint32_t guests;
        int64_t mib;
        double hosts; /* of 4096 MiB */
    } cases[] = {
        { 28, 870, 7 }, /* their sum would fit 6 */
        { 8, 2049, 8 }, /* one each */
        { 8, 2048, 4 }, { 16, 1365, 6 }, { 1, 1, 1 }, { 16, 4096, 16 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct loop_policy p;
        struct replay_trace t;
        struct replay_result r;

        loop_policy_init(&p);
        load_trace(&t, 16, cases[i].guests, 12, 4, 0.1, false);
        for (uint32_t h = 0; h < t.hosts; h++)
            t.host[h].memory_mib = 4096;
        for (uint32_t g = 0; g < t.guests; g++)
            t.guest[g].memory_mib = cases[i].mib;
        load_fill(&t, idle, 0);
        r = run(&t, &p);
        if (fabs(r.bound_kwh * 1000 - cases[i].hosts * t.host[0].power_w[0]) >
            1e-6)
            fail_msg("case %zu: %g kWh", i, r.bound_kwh);
        p.memory = 0;
        r = run(&t, &p);
        assert_true(r.bound_kwh < 1e-9);
        replay_trace_dispose(&t);
    }
}

static double full(uint32_t guest, uint32_t step, uint64_t seed)
{
    (void)guest, (void)step, (void)seed;
    return 100;
}

/* Demand that no host can serve, and memory that hosts begin without, are no part
 * of what a placement can't do without. */
static void what_is_not_had_is_not_needed(void **state)
{
    struct loop_policy p;
    struct replay_trace t;
    struct replay_result r;

    (void)state;
    loop_policy_init(&p);
    p.power = p.balance = 0;
    load_trace(&t, 1, 1, 12, 4, 8, true);
    load_fill(&t, full, 0);
    p.memory = 0;
    r = run(&t, &p);
    assert_true(r.bound_kwh > 0.1 && r.bound_kwh < r.kwh + 1e-9);
    replay_trace_dispose(&t);

    p.memory = 1;
    load_trace(&t, 2, 8, 12, 4, 0.1, false);
    for (uint32_t g = 0; g < t.guests; g++)
        t.start[g] = 0;
    t.host[0].memory_mib = t.host[1].memory_mib = 4096;
    load_fill(&t, idle, 0);
    assert_true(run(&t, &p).bound_kwh < 1e-9);
    replay_trace_dispose(&t);
}

static double spike(uint32_t guest, uint32_t step, uint64_t seed)
{
    (void)guest, (void)seed;
    return step == 1 ? 100 : 25;
}

static void too_much_demand_counts_as_time(void **state)
{
    struct loop_policy p;
    struct replay_trace t;
    struct replay_result r;

    (void)state;
    loop_policy_init(&p);
    p.power = p.balance = 0;
    load_trace(&t, 2, 3, 4, 4, 2, false);
    t.start[0] = t.start[1] = t.start[2] = 0;
    load_fill(&t, spike, 0);
    r = run(&t, &p);
    assert_true(fabs(r.slatah - 0.25) < 1e-9); /* a step of four */
    assert_true(fabs(r.over_hours - 300. / 3600) < 1e-9);
    assert_true(fabs(r.slatah_all - r.over_hours / r.host_hours) < 1e-9);
    replay_trace_dispose(&t);
}

/* Guest 0 is on a host that is over its CPU; one move mends that. */
static double uneven(uint32_t guest, uint32_t step, uint64_t seed)
{
    (void)step, (void)seed;
    return guest < 3 ? 100 : 50;
}

static void a_move_costs_a_tenth_for_its_time(void **state)
{
    struct loop_policy p;
    struct replay_trace t;
    struct replay_result r;
    double seconds = 1024. * 1048576 * 8 / 512e6; /* half of 1024 Mbit/s */

    (void)state;
    loop_policy_init(&p);
    p.power = 0;
    p.cooldown_s = 86400;
    load_trace(&t, 2, 4, 12, 5, 2, false);
    t.start[0] = t.start[1] = t.start[2] = 0;
    t.start[3] = 1;
    load_fill(&t, uneven, 0);
    r = run(&t, &p);
    assert_int_equal(r.moves, 1);
    assert_true(fabs(r.gib - 1) < 1e-9);
    assert_true(fabs(r.pdm - 0.1 * seconds / 3600 / 4) < 1e-9);
    /* over from the first look to the end of the move, on one of two hosts */
    assert_true(fabs(r.over_hours * 3600 - p.look_s - seconds) < 1e-6);
    assert_true(fabs(r.slatah - (p.look_s + seconds) / 3600 / 2) < 1e-9);
    assert_true(fabs(r.slav - r.slatah * r.pdm) < 1e-15);
    /* three guests ask for all of a vCPU, and one for half */
    assert_true(fabs(r.pdm_all - 0.1 * seconds / 3600 / 3.5) < 1e-9);
    replay_trace_dispose(&t);
}

static void a_guest_without_room_is_named(void **state)
{
    struct loop_policy p;
    struct replay_trace t;
    struct replay_result r;
    uint32_t bad = LOOP_NONE;

    (void)state;
    loop_policy_init(&p);
    load_trace(&t, 2, 3, 2, 4, 2, false);
    load_fill(&t, half_load, 0);
    t.guest[1].memory_mib = 70000;
    assert_int_equal(replay_run(&t, &p, NULL, &r, &bad), -ENOSPC);
    assert_int_equal(bad, 1);
    replay_trace_dispose(&t);
}

static double quiet(uint32_t guest, uint32_t step, uint64_t seed)
{
    (void)step, (void)seed;
    return 5 + guest % 7;
}

static void quiet_hosts_are_emptied_once(void **state)
{
    struct loop_policy p;
    struct replay_trace t;
    struct replay_result off, on;

    (void)state;
    loop_policy_init(&p);
    load_trace(&t, 8, 16, 48, 8, 2, true);
    load_fill(&t, quiet, 0);
    on = run(&t, &p);
    p.power = 0;
    off = run(&t, &p);
    assert_true(on.kwh < 0.3 * off.kwh);
    assert_true(on.moves <= 14); /* each guest of seven hosts, once */
    assert_int_equal(off.moves, 0);
    replay_trace_dispose(&t);
}

/* --- under every load ------------------------------------------------------ */

static uint64_t draw(uint64_t seed, uint32_t a, uint32_t b)
{
    uint64_t state = seed * 0x9e3779b97f4a7c15u + a * 0x100000001b3u + b;

    plan_sim_draw(&state, 2);
    return plan_sim_draw(&state, 1u << 30);
}

/* The seed is the period, in steps. */
static double square(uint32_t guest, uint32_t step, uint64_t seed)
{
    return (step / seed + guest) % 2 ? 95 : 5;
}

static double together(uint32_t guest, uint32_t step, uint64_t seed)
{
    (void)guest;
    return step / seed % 2 ? 95 : 5;
}

static double noise(uint32_t guest, uint32_t step, uint64_t seed)
{
    return (double)(draw(seed, guest, step) % 101);
}

static double rare(uint32_t guest, uint32_t step, uint64_t seed)
{
    return draw(seed, guest, step) % 20 ? 10 : 100;
}

static double one_spike(uint32_t guest, uint32_t step, uint64_t seed)
{
    return guest == seed % 7 && step == seed ? 100 : 20;
}

static double drift(uint32_t guest, uint32_t step, uint64_t seed)
{
    double at = sin((step + 11. * guest) * (double)seed / 300);

    return 50 + 45 * at;
}

/* Each guest at a pace of its own. */
static double saw(uint32_t guest, uint32_t step, uint64_t seed)
{
    return (double)((step * (1 + guest % seed)) % 101);
}

static const struct {
    const char *name;
    load_of *load;
} loads[] = { { "square", square },   { "together", together },
              { "noise", noise },     { "rare", rare },
              { "spike", one_spike }, { "drift", drift },
              { "saw", saw } };

static void check_laws(const struct replay_trace *t,
                       const struct loop_policy *p, const char *name,
                       uint64_t seed)
{
    struct replay_result a = run(t, p), b = run(t, p);
    double most = p->moves_per_hour > 0 ? p->moves_per_hour : t->guests;

    if (memcmp(&a, &b, sizeof a))
        fail_msg("%s %u: two replays differ", name, (unsigned)seed);
    if (a.most_moves_hour > most)
        fail_msg("%s %u: %u moves in an hour, %g are allowed", name,
                 (unsigned)seed, a.most_moves_hour, most);
    if (a.there_and_back || a.memory_broken)
        fail_msg("%s %u: %u there and back, %u without memory", name,
                 (unsigned)seed, (unsigned)a.there_and_back,
                 (unsigned)a.memory_broken);
    if (a.moves > t->guests * (t->steps * t->step_s / p->cooldown_s + 1))
        fail_msg("%s %u: guests move more than once in a cooldown", name,
                 (unsigned)seed);
}

static void laws_hold_under_hostile_loads(void **state)
{
    struct loop_policy p;

    (void)state;
    loop_policy_init(&p);
    for (size_t i = 0; i < sizeof loads / sizeof *loads; i++) {
        for (uint64_t seed = 1; seed <= 24; seed++) {
            struct replay_trace t;

            load_trace(&t, 6, 21, 96, 6, 2, seed % 2);
            load_fill(&t, loads[i].load, seed);
            p.moves_per_hour = seed % 3 ? (double)(seed % 9 + 1) : 0;
            p.memory = seed % 4 > 0;
            check_laws(&t, &p, loads[i].name, seed);
            replay_trace_dispose(&t);
        }
    }
}

enum { LAW_HOSTS = 8, LAW_GUESTS = 32 };

struct lefts {
    double at_s[LAW_GUESTS][LAW_HOSTS];
    uint32_t early;
};

static void note_left(void *arg, double now_s, const struct loop_wish *w)
{
    struct lefts *l = arg;

    if (w->refusal)
        return;
    l->early += now_s - l->at_s[w->guest][w->to] < 86400;
    l->at_s[w->guest][w->from] = now_s;
}

/* However long it is, and however many hosts a guest leaves in that time. */
static void nobody_returns_within_a_day(void **state)
{
    struct loop_policy p;

    (void)state;
    loop_policy_init(&p);
    p.return_s = 86400;
    for (uint64_t seed = 5; seed <= 12; seed++) {
        struct lefts left = { .early = 0 };
        struct replay_watch watch = { note_left, &left };
        struct replay_result r;
        struct replay_trace t;
        uint32_t bad;

        for (int i = 0; i < LAW_GUESTS * LAW_HOSTS; i++)
            left.at_s[i / LAW_HOSTS][i % LAW_HOSTS] = -INFINITY;
        load_trace(&t, LAW_HOSTS, LAW_GUESTS, 288, 6, 2, true);
        load_fill(&t, saw, seed);
        assert_int_equal(replay_run(&t, &p, &watch, &r, &bad), 0);
        assert_true(r.moves > 0);
        assert_int_equal(left.early, 0);
        replay_trace_dispose(&t);
    }
}

/* The count that the laws are held against does count: without the laws, guests
 * do go to and fro. */
static void going_to_and_fro_is_counted(void **state)
{
    uint64_t back = 0, most = 0;
    struct loop_policy p;

    (void)state;
    loop_policy_init(&p);
    p.cooldown_s = p.return_s = 0;
    p.gib_wh = p.move_wh = 0;
    for (uint64_t seed = 1; seed <= 12; seed++) {
        struct replay_trace t;
        struct replay_result r;

        load_trace(&t, 6, 21, 96, 6, 2, true);
        load_fill(&t, noise, seed);
        r = run(&t, &p);
        back += r.there_and_back;
        most = r.most_moves_hour > most ? r.most_moves_hour : most;
        replay_trace_dispose(&t);
    }
    assert_true(back > 0);
    assert_true(most > 10);
}

static void gib_of_an_hour_are_bounded(void **state)
{
    struct loop_policy p;
    struct replay_trace t;
    struct replay_result r;

    (void)state;
    loop_policy_init(&p);
    p.gib_per_hour = 2;
    load_trace(&t, 6, 21, 96, 6, 2, true);
    load_fill(&t, noise, 3);
    r = run(&t, &p);
    assert_true(r.moves > 0);
    assert_true(r.most_moves_hour <= 2);
    assert_true(r.refused[LOOP_BUDGET] > 0);
    replay_trace_dispose(&t);
}

struct late {
    double after_s;
    unsigned wishes;
};

static void count_late(void *arg, double now_s, const struct loop_wish *w)
{
    struct late *l = arg;

    (void)w;
    if (now_s >= l->after_s)
        l->wishes++;
}

/* Nothing is wished for where nothing changes and nothing is left to gain. */
static void steady_load_is_left_in_peace(void **state)
{
    struct late late = { 3600, 0 };
    struct replay_watch watch = { count_late, &late };
    struct loop_policy p;
    struct replay_trace t;
    struct replay_result r;
    uint32_t bad;

    (void)state;
    loop_policy_init(&p);
    load_trace(&t, 8, 40, 48, 8, 2, true);
    load_fill(&t, quiet, 0);
    assert_int_equal(replay_run(&t, &p, &watch, &r, &bad), 0);
    assert_int_equal(late.wishes, 0);
    replay_trace_dispose(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(energy_is_that_of_hosts_with_guests),
        cmocka_unit_test(memory_needs_hosts),
        cmocka_unit_test(what_is_not_had_is_not_needed),
        cmocka_unit_test(too_much_demand_counts_as_time),
        cmocka_unit_test(a_move_costs_a_tenth_for_its_time),
        cmocka_unit_test(a_guest_without_room_is_named),
        cmocka_unit_test(quiet_hosts_are_emptied_once),
        cmocka_unit_test(laws_hold_under_hostile_loads),
        cmocka_unit_test(nobody_returns_within_a_day),
        cmocka_unit_test(going_to_and_fro_is_counted),
        cmocka_unit_test(gib_of_an_hour_are_bounded),
        cmocka_unit_test(steady_load_is_left_in_peace),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
