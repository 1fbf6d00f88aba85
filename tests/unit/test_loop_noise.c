/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The loop noise under every load, however hostile: moves stay within the budget,
 * guests rest and do not return, and where the load stays the same nobody goes
 * there and back.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>

#include "scheduler/sim.h"
#include "tests/lib/load_world.h"

enum { HOSTS = 4, GUESTS = 12, LOOKS = 1500, HOUR = 60 /* looks */ };
static const double LOOK = 60, CPU = 4;

struct world {
    struct loop_policy p;
    double demand[GUESTS], steal[GUESTS];
    uint32_t at[GUESTS];
    uint8_t moving[GUESTS], on[HOSTS];
    struct loops *loops;
    double moved_s[GUESTS], left_s[GUESTS][HOSTS];
    uint32_t moves[LOOKS]; /* at each look */
    uint32_t all;
    bool left[GUESTS][HOSTS]; /* since the load is the same */
};

static void begin(struct world *w, double moves_per_hour, bool balance)
{
    struct loop_host host[HOSTS];
    struct loop_guest guest[GUESTS];

    *w = (struct world){ .all = 0 };
    loop_policy_init(&w->p);
    w->p.look_s = LOOK;
    w->p.power = 0;
    w->p.balance = balance;
    w->p.moves_per_hour = moves_per_hour;
    for (int h = 0; h < HOSTS; h++) {
        host[h] = load_host(CPU, 16384);
        w->on[h] = true;
    }
    for (uint32_t g = 0; g < GUESTS; g++) {
        guest[g] = (struct loop_guest){ .cpu = CPU,
                                        .memory_mib = 512 + 256 * (g % 5) };
        w->at[g] = g * HOSTS / GUESTS;
        w->moved_s[g] = -INFINITY;
        for (int h = 0; h < HOSTS; h++)
            w->left_s[g][h] = -INFINITY;
    }
    w->loops = loops_new(&w->p, host, HOSTS, guest, GUESTS);
    assert_non_null(w->loops);
}

static void moved(struct world *w, const struct loop_wish *q, int i,
                  bool steady)
{
    double now = i * LOOK;
    uint32_t g = q->guest;

    assert_true(now - w->moved_s[g] >= w->p.cooldown_s);
    assert_true(now - w->left_s[g][q->to] >= w->p.return_s);
    assert_true(q->benefit_wh > w->p.gain * q->price_wh);
    if (steady && w->left[g][q->to])
        fail_msg("look %d: guest %u is back on host %u", i, g, q->to);
    w->left[g][q->from] = steady;
    w->moved_s[g] = w->left_s[g][q->from] = now;
    w->at[g] = q->to;
    w->moves[i]++;
    w->all++;
}

static void look(struct world *w, int i, bool steady)
{
    const struct loop_look see = { .now_s = i * LOOK,
                                   .demand = w->demand,
                                   .host = w->at,
                                   .moving = w->moving,
                                   .from = w->at,
                                   .on = w->on,
                                   .steal = w->steal };
    const struct loop_wish *wish;
    uint32_t n, hour = 0;

    assert_int_equal(loops_look(w->loops, &see, &wish, &n), 0);
    for (uint32_t k = 0; k < n; k++)
        if (!wish[k].refusal)
            moved(w, &wish[k], i, steady);
    for (int j = i; j >= 0 && j > i - HOUR; j--)
        hour += w->moves[j];
    assert_true(hour <=
                (w->p.moves_per_hour > 0 ? w->p.moves_per_hour : GUESTS));
}

/* --- loads ---------------------------------------------------------------- */

/* What a guest uses, 0..1 of a host. */
typedef double noise_of(uint32_t guest, int i, unsigned seed);

static double draw(unsigned seed, uint32_t a, int b)
{
    uint64_t state =
        seed * 0x9e3779b97f4a7c15u + a * 0x100000001b3u + (uint64_t)b;

    plan_sim_draw(&state, 2);
    return (double)plan_sim_draw(&state, 1000) / 1000;
}

/* The seed is the period, in looks. */
static double square(uint32_t g, int i, unsigned seed)
{
    return g % 3 == 0 && i / (int)seed % 2 ? 0.9 : 0.1;
}

/* By turns. */
static double turns(uint32_t g, int i, unsigned seed)
{
    return ((uint32_t)i / seed + g) % 3 == 0 ? 0.8 : 0.15;
}

static double together(uint32_t g, int i, unsigned seed)
{
    (void)g;
    return i / (int)seed % 2 ? 0.9 : 0.1;
}

static double random_noise(uint32_t g, int i, unsigned seed)
{
    return draw(seed, g, i);
}

static double spike(uint32_t g, int i, unsigned seed)
{
    return g == seed % GUESTS && i == 50 + (int)seed ? 1 : 0.15;
}

static double drift(uint32_t g, int i, unsigned seed)
{
    return 0.3 + 0.3 * sin((i + 97. * g) * seed / 900);
}

static const struct {
    const char *name;
    noise_of *load;
} loads[] = { { "square", square },     { "turns", turns },
              { "together", together }, { "noise", random_noise },
              { "one spike", spike },   { "drift", drift } };

/* Who waits: as the host has too little CPU for all; or whatever is said of a guest,
 * wherever it is, as of one that is held to a processor that others use. */
static void wait_for_cpu(struct world *w, bool said, int i, unsigned seed)
{
    double sum[HOSTS] = { 0 };

    for (int g = 0; g < GUESTS; g++)
        sum[w->at[g]] += w->demand[g];
    for (uint32_t g = 0; g < GUESTS; g++)
        w->steal[g] = said ? (draw(seed + 1, g, i) < 0.3 ? 0.4 : 0)
                           : fmax(0, 1 - CPU / fmax(sum[w->at[g]], 1e-9));
}

static void load_at(struct world *w, noise_of *load, int i, unsigned seed,
                    bool said)
{
    for (uint32_t g = 0; g < GUESTS; g++)
        w->demand[g] = CPU * load(g, i, seed);
    wait_for_cpu(w, said, i, seed);
}

/* --- laws ------------------------------------------------------------------ */

static void laws_hold_under_hostile_loads(void **state)
{
    uint32_t all = 0, spikes = 0;

    (void)state;
    for (size_t l = 0; l < sizeof loads / sizeof *loads; l++)
        for (unsigned seed = 1; seed <= 32; seed++) {
            bool said = seed % 4 == 3;
            struct world w;

            begin(&w, seed % 3 ? seed % 7 + 1 : 0, seed % 2);
            for (int i = 0; i < LOOKS; i++) {
                load_at(&w, loads[l].load, i, seed, said);
                look(&w, i, false);
            }
            all += w.all;
            spikes += loads[l].load == spike && !said ? w.all : 0;
            loops_free(w.loops);
        }
    assert_true(all > 1000); /* it does move some */
    assert_int_equal(spikes, 0);
}

/* A load that is any at first, and then stays: after that nobody comes back, and
 * soon nobody moves. */
static void nobody_comes_back_without_a_cause(void **state)
{
    enum { ANY = 300, LAST = 1000 };

    (void)state;
    for (size_t l = 0; l < sizeof loads / sizeof *loads; l++)
        for (unsigned seed = 1; seed <= 60; seed++) {
            bool said = seed % 4 == 3;
            uint32_t late = 0;
            struct world w;

            begin(&w, 0, seed % 2);
            for (int i = 0; i < LOOKS; i++) {
                int at = i < ANY ? i : ANY + (int)seed;

                load_at(&w, loads[l].load, at, seed, said);
                look(&w, i, i >= ANY);
                late += i >= LAST ? w.moves[i] : 0;
            }
            if (late)
                fail_msg("%s %u: %u late moves", loads[l].name, seed, late);
            loops_free(w.loops);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(laws_hold_under_hostile_loads),
        cmocka_unit_test(nobody_comes_back_without_a_cause),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
