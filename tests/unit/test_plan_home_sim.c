/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Many small random clusters whose guests go home. A search of all orders, with
 * rules of its own, knows how many can go; each plan is replayed with moves that
 * start as early as `after` lets them, and end in any order.
 *
 * RACKHOP_SIM_CLUSTERS sets how many (20000); fewer are told aloud.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "scheduler/scheduler.h"
#include "tests/lib/draw.h"
#include "tests/lib/home_world.h"

enum { CLUSTERS = 20000 };

static uint64_t rng;

static int draw(int n)
{
    return (int)(draw_next(&rng) % (uint64_t)n);
}

/* Where everybody is, as the number of a host. */
struct places {
    int at[HOME_GUESTS];
};

static int index_of(const char *host)
{
    return *host - 'a';
}

static bool same(const char *a, const char *b)
{
    return a && b && !strcmp(a, b);
}

/* The model's rules: may it go there, with the others as they are? */
static bool world_allows(const struct home_world *w, const struct places *p,
                         int g, int host)
{
    int mib = w->guest[g].mib, vcpus = w->guest[g].vcpus;

    if (w->state[host] != PLAN_UP || w->guest[g].pinned)
        return false;
    for (int i = 0; i < w->guests; i++) {
        if (i == g)
            continue;
        if (same(w->guest[i].racks, w->guest[g].racks) &&
            w->rack[p->at[i]] == w->rack[host])
            return false;
        if (p->at[i] != host)
            continue;
        mib += w->guest[i].mib;
        vcpus += w->guest[i].vcpus;
        if (same(w->guest[i].apart, w->guest[g].apart))
            return false;
    }
    return mib <= w->mib[host] && vcpus <= 16;
}

/* The pair of a guest moves in one step. */
static bool world_go(const struct home_world *w, struct places *p, int g)
{
    int home = index_of(w->guest[g].home);

    for (int i = 0; i < w->guests; i++) {
        if (i != g && !same(w->guest[i].pair, w->guest[g].pair))
            continue;
        if (!w->guest[i].home || index_of(w->guest[i].home) != home ||
            !world_allows(w, p, i, home))
            return false;
        p->at[i] = home;
    }
    return true;
}

static bool is_away(const struct home_world *w, const struct places *p, int g)
{
    return w->guest[g].home && p->at[g] != index_of(w->guest[g].home);
}

/* The most guests that can be at home, of those that were away. */
static int world_most(const struct home_world *w, const struct places *start)
{
    static uint8_t seen[1 << HOME_GUESTS];
    static struct {
        int set;
        struct places p;
    } queue[1 << HOME_GUESTS];
    int head = 0, tail = 0, most = 0;

    memset(seen, 0, sizeof seen);
    queue[tail].set = 0;
    queue[tail++].p = *start;
    seen[0] = 1;
    for (; head < tail; head++) {
        int n = __builtin_popcount((unsigned)queue[head].set);

        most = n > most ? n : most;
        for (int g = 0; g < w->guests; g++) {
            struct places p = queue[head].p;
            int set = 0;

            if (!is_away(w, &p, g) || !world_go(w, &p, g))
                continue;
            for (int i = 0; i < w->guests; i++)
                set |= (is_away(w, start, i) && !is_away(w, &p, i)) << i;
            if (seen[set])
                continue;
            seen[set] = 1;
            queue[tail].set = set;
            queue[tail++].p = p;
        }
    }
    return most;
}

static void world_make(struct home_world *w)
{
    static const char *const groups[] = { "g", "k" };
    static const char *const pairs[] = { "p", "o" };
    struct places p;

    memset(w, 0, sizeof *w);
    w->rack = draw(2) ? "rrsst" : "rstuv";
    for (int i = 0; i < HOME_HOSTS; i++) {
        w->mib[i] = 2048 + 1024 * draw(4);
        w->state[i] = draw(12) ? PLAN_UP : PLAN_MAINTENANCE;
    }
    for (int tries = 0; tries < 16 && w->guests < HOME_GUESTS; tries++) {
        struct home_guest *g = &w->guest[w->guests];
        int host = draw(HOME_HOSTS);
        enum plan_host_state was = w->state[host];

        *g =
            (struct home_guest){ .at = home_hosts[host],
                                 .home = draw(5) ? home_hosts[draw(HOME_HOSTS)]
                                                 : NULL,
                                 .mib = 256 * (1 + draw(8)),
                                 .vcpus = 1 + draw(5),
                                 .apart = draw(4) ? NULL : groups[draw(2)],
                                 .racks = draw(8) ? NULL : groups[draw(2)] };
        p.at[w->guests++] = host;
        w->state[host] = PLAN_UP;
        if (!world_allows(w, &p, w->guests - 1, host))
            w->guests--;
        else if (!draw(20))
            g->pinned = "x";
        w->state[host] = was;
    }
    for (int i = 1; i < w->guests && i < 6; i++)
        if (w->guest[i].at == w->guest[i - 1].at && !w->guest[i - 1].pair &&
            !draw(3))
            w->guest[i].pair = w->guest[i - 1].pair = pairs[i > 3];
    w->guest[w->guests].at = NULL;
}

/* Two of a pair may be drawn on one host, and another pair of that name on
 * another: a group that is on two hosts binds nobody, and the model would. */
static bool world_is_plain(const struct home_world *w)
{
    for (int i = 0; i < w->guests; i++)
        for (int k = 0; k < i; k++)
            if (same(w->guest[i].pair, w->guest[k].pair) &&
                w->guest[i].at != w->guest[k].at)
                return false;
    return true;
}

/* Moves that have begun, and those that have ended. */
struct replay {
    const struct home_world *w;
    const struct plan *p;
    struct places at;
    uint8_t began[HOME_GUESTS], ended[HOME_GUESTS];
};

/* Begins all that wait for none that has not ended. */
static void replay_begin(struct replay *r)
{
    for (uint32_t i = 0; i < r->p->move_n; i++) {
        const struct plan_move *m = &r->p->move[i];
        bool ready = true;

        for (uint32_t k = 0; k < m->after_n; k++)
            ready &= r->ended[m->after[k]];
        r->began[i] |= ready;
    }
}

/* Is the guest on that host, or on its way there? */
static bool replay_is_on(const struct replay *r, int guest, int host)
{
    bool here = r->at.at[guest] == host;

    for (uint32_t i = 0; i < r->p->move_n; i++)
        here |= r->p->move[i].domain == (uint32_t)guest && r->began[i] &&
                r->p->move[i].to == (uint32_t)host;
    return here;
}

/* All that move have room on both their hosts. */
static void replay_check(const struct replay *r, uint64_t seed)
{
    for (int h = 0; h < HOME_HOSTS; h++) {
        int mib = 0, vcpus = 0;

        for (int g = 0; g < r->w->guests; g++) {
            if (!replay_is_on(r, g, h))
                continue;
            mib += r->w->guest[g].mib;
            vcpus += r->w->guest[g].vcpus;
        }
        if (mib > r->w->mib[h] || vcpus > 16)
            fail_msg("seed %llu: %s has too much", (unsigned long long)seed,
                     home_hosts[h]);
    }
}

/* Ends one of those that run. */
static bool replay_end(struct replay *r)
{
    uint32_t n = r->p->move_n, from = n ? (uint32_t)draw((int)n) : 0;

    for (uint32_t k = 0; k < n; k++) {
        uint32_t i = (from + k) % n;

        if (!r->began[i] || r->ended[i])
            continue;
        r->ended[i] = 1;
        r->at.at[r->p->move[i].domain] = (int)r->p->move[i].to;
        return true;
    }
    return false;
}

static void world_replay(const struct home_world *w,
                         const struct places *start, const struct plan *p,
                         uint64_t seed)
{
    struct replay r = { .w = w, .p = p, .at = *start };
    uint32_t ended = 0;

    do {
        replay_begin(&r);
        replay_check(&r, seed);
    } while (replay_end(&r) && ++ended);
    assert_int_equal(ended, p->move_n);
}

static void world_check(struct home_world *w, uint64_t seed)
{
    struct topo *map = home_world_map(w);
    struct plan_cluster *c = home_world_cluster(map, w);
    struct plan *p = home_world_plan(c);
    struct places start, at;
    int home = 0, most, away = 0;

    for (int i = 0; i < w->guests; i++)
        start.at[i] = index_of(w->guest[i].at);
    for (int i = 0; i < w->guests; i++)
        away += is_away(w, &start, i);
    most = world_most(w, &start);
    at = start;
    for (uint32_t i = 0; i < p->move_n; i++) {
        int g = (int)p->move[i].domain;

        if (!is_away(w, &at, g) ||
            (int)p->move[i].to != index_of(w->guest[g].home) ||
            !world_allows(w, &at, g, (int)p->move[i].to))
            fail_msg("seed %llu: %s may not go", (unsigned long long)seed,
                     home_guests[g]);
        at.at[g] = (int)p->move[i].to;
        home++;
    }
    if (home != most || away != home + (int)p->stranded_n)
        fail_msg("seed %llu: %d go home and %u stay, of %d; %d can go",
                 (unsigned long long)seed, home, p->stranded_n, away, most);
    world_replay(w, &start, p, seed);
    plan_free(p);
    plan_cluster_free(c);
    topo_free(map);
}

static void test_most(void **state)
{
    const char *set = getenv("RACKHOP_SIM_CLUSTERS");
    long n = set ? strtol(set, NULL, 10) : CLUSTERS, done = 0;

    if (n < CLUSTERS)
        print_message("only %ld clusters of %d\n", n, CLUSTERS);
    for (uint64_t seed = 1; done < n; seed++) {
        struct home_world w;

        rng = seed;
        world_make(&w);
        if (!world_is_plain(&w))
            continue;
        world_check(&w, seed);
        done++;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_most),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
