/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The loops, look by look: what is wished for, what is granted, and why not. One
 * law of the arbiter a test. It is long, as all of them share one small world;
 * what needs another has a file of its own (test_loop_*.c).
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

#include "tests/lib/load_world.h"

enum { HOSTS = 4, GUESTS = 6, MOST = 32 };

struct world {
    struct loop_policy p;
    struct loop_host host[HOSTS];
    struct loop_guest guest[GUESTS];
    double demand[GUESTS], used[GUESTS];
    uint32_t at[GUESTS];
    uint8_t moving[GUESTS], on[HOSTS], closed[HOSTS], keep[HOSTS];
    double steal[GUESTS], starving[GUESTS];
    uint8_t hinted[GUESTS];
    bool watched; /* steal and starving are known */
    bool knows_used;
    struct loop_move takes; /* each move; seconds 0: nobody knows */
    double now_s;
    struct loops *loops;
    struct loop_wish wish[MOST];
    uint32_t wishes;
};

/* Hosts of 4 units of CPU and 16 GiB; guest i has 2 units and 1 GiB, is on host
 * at[i] and uses demand[i]. */
static void begin(struct world *w, const char *at, const double *demand)
{
    *w = (struct world){ .wishes = 0 };
    loop_policy_init(&w->p);
    for (int h = 0; h < HOSTS; h++)
        w->host[h] = load_host(4, 16384);
    for (int g = 0; g < GUESTS; g++) {
        w->guest[g] = (struct loop_guest){ .cpu = 2, .memory_mib = 1024 };
        w->at[g] = (uint32_t)(at[g] - 'a');
        w->demand[g] = demand[g];
        w->on[w->at[g]] = true;
    }
}

static bool world_takes(void *arg, uint32_t guest, uint32_t host,
                        struct loop_move *m)
{
    const struct world *w = arg;

    *m = w->takes;
    return m->seconds > 0;
}

static void look_at(struct world *w, double now_s)
{
    struct loop_look look = { .now_s = now_s,
                              .demand = w->demand,
                              .host = w->at,
                              .moving = w->moving,
                              .from = w->at,
                              .on = w->on,
                              .used = w->knows_used ? w->used : NULL,
                              .steal = w->watched ? w->steal : NULL,
                              .starving = w->watched ? w->starving : NULL,
                              .hinted = w->hinted,
                              .keep = w->keep,
                              .closed = w->closed,
                              .takes = world_takes,
                              .arg = w };
    const struct loop_wish *wish;
    uint32_t n;

    if (!w->loops)
        w->loops = loops_new(&w->p, w->host, HOSTS, w->guest, GUESTS);
    assert_non_null(w->loops);
    assert_int_equal(loops_look(w->loops, &look, &wish, &n), 0);
    assert_true(n <= MOST);
    if (n)
        memcpy(w->wish, wish, n * sizeof *wish);
    w->wishes = n;
    for (uint32_t i = 0; i < n; i++) {
        if (wish[i].refusal)
            continue;
        w->at[wish[i].guest] = wish[i].to; /* at once */
        w->on[wish[i].to] = true;
    }
}

static uint32_t count(const struct world *w, enum loop_kind kind,
                      enum loop_refusal refusal)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < w->wishes; i++)
        n += w->wish[i].kind == kind && w->wish[i].refusal == refusal;
    return n;
}

static void end(struct world *w)
{
    loops_free(w->loops);
}

static const double busy[GUESTS] = { 2, 1.5, 1, .5, .5, .5 };
static const double idle[GUESTS] = { .2, .2, .2, .2, .2, .2 };

static void one_look_grants_nothing(void **state)
{
    struct world w;

    (void)state;
    begin(&w, "aaabbb", busy);
    look_at(&w, 0);
    assert_int_equal(count(&w, LOOP_BALANCE, LOOP_ONE_LOOK), 1);
    assert_int_equal(count(&w, LOOP_BALANCE, LOOP_GRANTED), 0);
    look_at(&w, w.p.look_s / 2);
    assert_int_equal(count(&w, LOOP_BALANCE, LOOP_GRANTED), 0);
    look_at(&w, w.p.look_s);
    assert_int_equal(count(&w, LOOP_BALANCE, LOOP_GRANTED), 1);
    assert_int_equal(w.wish[0].from, 0);
    assert_int_equal(w.wish[0].to, 1);
    assert_true(w.wish[0].benefit_wh > w.wish[0].price_wh);
    end(&w);
}

/* A move is priced by what is known of it: bytes, time, pause, and pages. Of guest
 * 0, which has a GiB and uses 2 of 4 CPUs, where the host needs 25 W for each. */
static void what_a_move_costs(void **state)
{
    static const struct {
        double gib, seconds, pause_s;
        bool small;
        double nic, dirty; /* of the target host; where nothing is predicted */
        double price;
    } row[] = {
        { 0, 0, 0, false, 1000, 0, 2.2 },
        { 0, 0, 0, false, 25000, 0, 2.2 },
        { 0, 0, 0, false, 100, 0, 20.2 }, /* ten times as long */
        { 0, 0, 0, false, 1000, 20, 2.87108864 },
        { 0, 0, 0, false, 1000, 1000, 4.2 }, /* once */
        { 1.5, 9, .04, false, 1000, 1000, 3.2 },
        { .5, 4, .04, false, 1000, 0, 1.2 },          /* it is packed well */
        { 1, 171.798691, .04, false, 1000, 0, 20.2 }, /* a slow link */
        { 1, 9, 1, false, 1000, 0, 2.2 },             /* a usual pause */
        { 1, 9, 12, false, 1000, 0, 4 },              /* 12 s of 600 Wh */
        { 1, 9, 0, true, 1000, 0, 7 },                /* 2.5 W for 2 hours */
        { 1, 9, 12, true, 1000, 0, 9 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        struct world w;

        begin(&w, "aaabbb", busy);
        for (int k = 0; k < LOOP_WATTS; k++)
            w.host[1].power_w[k] = 100 + 10 * k;
        w.host[0].nic_mbps = 40000;
        w.host[1].nic_mbps = row[i].nic;
        w.guest[0].dirty_mib_s = row[i].dirty;
        w.guest[1].memory_mib = w.guest[2].memory_mib = 1 << 13; /* dearer */
        w.takes = (struct loop_move){ row[i].gib, row[i].seconds,
                                      row[i].pause_s, row[i].small };
        look_at(&w, 0);
        look_at(&w, w.p.look_s);
        assert_int_equal(count(&w, LOOP_BALANCE, LOOP_GRANTED), 1);
        assert_int_equal(w.wish[0].guest, 0);
        if (fabs(w.wish[0].price_wh - row[i].price) > 1e-6)
            fail_msg("row %zu: %.9f Wh", i, w.wish[0].price_wh);
        end(&w);
    }
}

/* Too much demand that is gone at the next look was noise. */
static void noise_grants_nothing(void **state)
{
    struct world w;

    (void)state;
    begin(&w, "aaabbb", busy);
    for (int i = 0; i < 20; i++) {
        w.demand[0] = i % 2 ? 1 : 2;
        look_at(&w, i * w.p.look_s);
        assert_int_equal(count(&w, LOOP_BALANCE, LOOP_GRANTED), 0);
    }
    end(&w);
}

static void a_wish_has_to_pay(void **state)
{
    struct world w;

    (void)state;
    begin(&w, "aaabbb", busy);
    w.p.gib_wh = 1e5;
    look_at(&w, 0);
    look_at(&w, w.p.look_s);
    assert_int_equal(count(&w, LOOP_BALANCE, LOOP_NO_GAIN), 1);
    assert_int_equal(count(&w, LOOP_BALANCE, LOOP_GRANTED), 0);
    end(&w);
}

static void the_budget_is_kept(void **state)
{
    struct world w;

    (void)state;
    begin(&w, "aaabbb", busy);
    w.p.power = 0;
    w.p.gib_per_hour = 0.5;
    look_at(&w, 0);
    look_at(&w, w.p.look_s);
    assert_int_equal(count(&w, LOOP_BALANCE, LOOP_BUDGET), 1);
    assert_int_equal(count(&w, LOOP_BALANCE, LOOP_GRANTED), 0);
    end(&w);
}

/* Packing leaves something of an hour for a host that then has too much demand;
 * unless that is nobody's business. */
static void packing_leaves_some_of_the_budget(void **state)
{
    for (int i = 0; i < 3; i++) {
        uint32_t packed = 0, mended = 0;
        struct world w;

        (void)state;
        begin(&w, "abcdaa", idle);
        w.p.moves_per_hour = 3;
        w.p.kept_back = i == 0 ? 0 : 0.03;
        w.p.balance = i != 2;
        for (int s = 0; s < 40; s++) {
            look_at(&w, s * w.p.look_s);
            packed += count(&w, LOOP_POWER, LOOP_GRANTED);
            mended += count(&w, LOOP_BALANCE, LOOP_GRANTED);
            if (s == 20)
                w.demand[0] = w.demand[4] = 2;
        }
        assert_int_equal(packed, i == 1 ? 2 : 3);
        assert_int_equal(mended, i == 1);
        end(&w);
    }
}

/* A host with as many guests as an hour may have moves, or as much memory, is
 * emptied in an hour that has nothing else. */
static void a_bundle_may_take_a_whole_hour(void **state)
{
    static const struct {
        const char *at;
        double moves, gib;
        uint32_t packed;
    } cases[] = {
        { "aaabbb", 3, 0, 3 },   { "aaabbb", 2, 0, 0 },
        { "aaabbb", 0, 3, 3 },   { "aaabbb", 0, 2.9, 0 },
        { "aaabbb", 3, 3, 3 },   { "aaabbb", 3, 2.9, 0 },
        { "abcdaa", 1, 0, 1 },   { "abcdaa", 0, 1, 1 },
        { "abcdaa", 0, 0.9, 0 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint32_t packed = 0;
        struct world w;

        begin(&w, cases[i].at, idle);
        w.p.moves_per_hour = cases[i].moves;
        w.p.gib_per_hour = cases[i].gib;
        assert_true(w.p.kept_back > 0 && w.p.balance > 0);
        for (double s = 0; s < 3600; s += w.p.look_s) {
            look_at(&w, s);
            packed += count(&w, LOOP_POWER, LOOP_GRANTED);
        }
        if (packed != cases[i].packed)
            fail_msg("case %zu: %u moves", i, packed);
        end(&w);
    }
}

static void a_guest_rests_after_a_move(void **state)
{
    struct world w;
    uint32_t moved;

    (void)state;
    begin(&w, "aaabbb", busy);
    w.p.power = 0;
    w.p.cooldown_s = 1800;
    look_at(&w, 0);
    look_at(&w, w.p.look_s);
    assert_int_equal(count(&w, LOOP_BALANCE, LOOP_GRANTED), 1);
    moved = w.wish[0].guest;
    /* now the other host has too much, and all of its guests but that one are
     * under way elsewhere */
    for (uint32_t g = 0; g < GUESTS; g++) {
        w.demand[g] = w.at[g] == 1 ? 2 : 0.1;
        w.moving[g] = g != moved;
    }
    for (double s = 60; s < 1800; s += 60) {
        look_at(&w, w.p.look_s + s);
        assert_int_equal(count(&w, LOOP_BALANCE, LOOP_GRANTED), 0);
        assert_int_equal(count(&w, LOOP_BALANCE, LOOP_NO_ROOM), 1);
    }
    end(&w);
}

static void nobody_returns_for_an_hour(void **state)
{
    struct world w;

    (void)state;
    begin(&w, "aaabbb", busy);
    w.p.power = 0;
    w.p.cooldown_s = 0;
    w.closed[2] = w.closed[3] = true;
    look_at(&w, 0);
    look_at(&w, w.p.look_s);
    assert_int_equal(count(&w, LOOP_BALANCE, LOOP_GRANTED), 1);
    for (uint32_t g = 0; g < GUESTS; g++) {
        w.demand[g] = g == w.wish[0].guest ? 2 : w.at[g] == 1 ? 0.9 : 0.1;
        w.moving[g] = g != w.wish[0].guest;
    }
    for (double s = 60; s < w.p.return_s; s += 60) {
        look_at(&w, w.p.look_s + s);
        assert_int_equal(count(&w, LOOP_BALANCE, LOOP_GRANTED), 0);
    }
    look_at(&w, w.p.look_s + w.p.return_s);
    assert_int_equal(count(&w, LOOP_BALANCE, LOOP_GRANTED), 1);
    assert_int_equal(w.wish[0].to, 0);
    end(&w);
}

/* What somebody else has moved, a loop does not move back a moment later, nor on. */
static void moves_by_hand_count(void **state)
{
    struct world w;

    (void)state;
    begin(&w, "aaabbb", idle);
    w.p.power = 0;
    w.closed[2] = w.closed[3] = true;
    look_at(&w, 0);
    for (uint32_t g = 0; g < GUESTS; g++) /* by hand, to a host that is full */
        w.moving[g] = g != 0;
    w.at[0] = 1;
    w.demand[0] = 2;
    w.demand[3] = w.demand[4] = 1.5;
    for (double s = 60; s < 60 + w.p.return_s; s += 60) {
        look_at(&w, s);
        assert_int_equal(count(&w, LOOP_BALANCE, LOOP_GRANTED), 0);
    }
    look_at(&w, 60 + w.p.return_s);
    assert_int_equal(count(&w, LOOP_BALANCE, LOOP_GRANTED), 1);
    assert_int_equal(w.wish[0].guest, 0);
    end(&w);

    begin(&w, "aaabbb", idle); /* to another host than it came from */
    w.p.power = 0;
    w.p.cooldown_s = 600;
    w.closed[3] = true;
    look_at(&w, 0);
    w.at[0] = 1;
    w.on[2] = true;
    w.demand[0] = 2;
    w.demand[3] = w.demand[4] = 1.5;
    for (uint32_t g = 0; g < GUESTS; g++)
        w.moving[g] = g != 0;
    for (double s = 60; s < 60 + w.p.cooldown_s; s += 60) {
        look_at(&w, s);
        assert_int_equal(count(&w, LOOP_BALANCE, LOOP_GRANTED), 0);
    }
    look_at(&w, 60 + w.p.cooldown_s);
    assert_int_equal(count(&w, LOOP_BALANCE, LOOP_GRANTED), 1);
    assert_int_equal(w.wish[0].to, 2);
    end(&w);
}

/* What is granted and not begun leaves of a guest what was known of it before: that it
 * has small pages, so that they cost nothing more, and which hosts it has left. */
static void what_is_not_begun_changes_nothing(void **state)
{
    static const uint32_t on[] = { 0, 2, 3, 1, 0, 2, 3, 1, 0 };
    struct loop_kept_guest guest[GUESTS], then;
    struct loop_kept_host host[HOSTS];
    struct loop_kept k = { guest, host, GUESTS, HOSTS, .looked = false };
    struct world w;
    double s = 0;

    (void)state;
    begin(&w, "aaabbb", idle);
    w.p.power = 0;
    w.closed[2] = w.closed[3] = true;
    w.takes = (struct loop_move){ 1, 9, 0, true };
    for (size_t i = 0; i < sizeof on / sizeof *on;
         i++, s += 60) { /* by hand */
        w.on[on[i]] = true;
        w.at[0] = on[i];
        look_at(&w, s);
    }
    loops_keep(w.loops, &k);
    then = guest[0];
    assert_true(then.moved_s > 479 && then.left_s[LOOP_LEFT - 1] > 0);
    memcpy(w.demand, busy, sizeof busy);
    loops_set_memory(w.loops, 1, 1 << 13); /* dearer */
    loops_set_memory(w.loops, 2, 1 << 13);
    for (int i = 0; i < LOOP_LEFT; i++)
        assert_int_not_equal(then.left[i], LOOP_NONE);
    s += fmax(w.p.return_s, w.p.cooldown_s);
    look_at(&w, s);
    for (int i = 0; i < 3; i++) {
        s += w.p.look_s;
        look_at(&w, s);
        assert_int_equal(count(&w, LOOP_BALANCE, LOOP_GRANTED), 1);
        assert_int_equal(w.wish[0].guest, 0);
        assert_true(fabs(w.wish[0].price_wh - 2.2) < 1e-6);
        w.at[0] = 0;
        loops_not_moved(w.loops, 0);
        loops_keep(w.loops, &k);
        assert_true(fabs(guest[0].moved_s - then.moved_s) < 1e-9);
        assert_memory_equal(guest[0].left, then.left, sizeof then.left);
        assert_memory_equal(guest[0].left_s, then.left_s, sizeof then.left_s);
    }
    end(&w);
}

static void quiet_hosts_are_emptied_when_settled(void **state)
{
    struct world w;

    (void)state;
    begin(&w, "aabbcd", idle);
    look_at(&w, 0);
    assert_true(count(&w, LOOP_POWER, LOOP_ONE_LOOK) > 0);
    assert_int_equal(count(&w, LOOP_POWER, LOOP_GRANTED), 0);
    look_at(&w, w.p.settle_s / 2);
    assert_int_equal(w.wishes, 0);
    look_at(&w, w.p.settle_s);
    assert_true(count(&w, LOOP_POWER, LOOP_GRANTED) >= 2);
    for (uint32_t i = 0; i < w.wishes; i++)
        assert_true(w.wish[i].refusal || w.wish[i].was > 90); /* watts */
    end(&w);
}

/* A host that need not stay on for any time may be emptied like others. */
static void no_time_on_is_a_time(void **state)
{
    struct world w;

    (void)state;
    begin(&w, "aabbcd", idle);
    w.p.hold_s = 0;
    look_at(&w, 0);
    look_at(&w, w.p.settle_s);
    assert_true(count(&w, LOOP_POWER, LOOP_GRANTED) >= 2);
    end(&w);
}

static void memory_is_heeded_unless_left_out(void **state)
{
    for (int memory = 0; memory < 2; memory++) {
        struct world w;

        (void)state;
        begin(&w, "aabbcd", idle);
        w.p.memory = memory;
        for (int g = 0; g < GUESTS; g++)
            w.guest[g].memory_mib = 9000;
        look_at(&w, 0);
        look_at(&w, w.p.settle_s);
        assert_int_equal(count(&w, LOOP_POWER, LOOP_GRANTED) > 0, !memory);
        end(&w);
    }
}

/* Where memory fills the hosts, guests go to those that need less when idle. */
static void a_kind_that_needs_less_takes_over(void **state)
{
    struct world w;

    (void)state;
    begin(&w, "aaabbb", idle);
    w.p.kept_back = 0;
    for (int g = 0; g < GUESTS; g++)
        w.guest[g].memory_mib = 5000;
    for (int i = 0; i < LOOP_WATTS; i++)
        w.host[2].power_w[i] = w.host[3].power_w[i] = 60 + 12 * i;
    look_at(&w, 0);
    assert_int_equal(count(&w, LOOP_POWER, LOOP_GRANTED), 0);
    look_at(&w, w.p.settle_s);
    assert_int_equal(count(&w, LOOP_POWER, LOOP_GRANTED), GUESTS);
    for (int g = 0; g < GUESTS; g++)
        assert_true(w.at[g] >= 2 && w.at[g] == w.at[g / 3 * 3]);
    end(&w);
}

/* Hosts that are the last of something stay. */
static void hosts_to_keep_are_not_emptied(void **state)
{
    struct world w;

    (void)state;
    begin(&w, "aabbcd", idle);
    memset(w.keep, true, sizeof w.keep);
    for (int i = 0; i < 5; i++) {
        look_at(&w, i * w.p.settle_s);
        assert_int_equal(w.wishes, 0);
    }
    end(&w);
}

/* Hosts are emptied down to those that stand the loss of so many. */
static void hosts_that_may_fail_leave_room(void **state)
{
    static const struct {
        double spare;
        int64_t mib; /* of a guest */
        uint32_t on;
    } cases[] = { { 0, 512, 1 }, { 1, 512, 2 },  { 2, 512, 3 },
                  { 3, 512, 4 }, { 1, 4096, 3 }, { 0, 4096, 2 } };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint32_t on = 0;
        struct world w;

        begin(&w, "aabbcd", idle);
        w.p.spare_hosts = cases[i].spare;
        for (int g = 0; g < GUESTS; g++)
            w.guest[g].memory_mib = cases[i].mib;
        for (int s = 0; s < 20; s++) {
            look_at(&w, s * w.p.settle_s);
            memset(w.on, 0, sizeof w.on);
            for (int g = 0; g < GUESTS; g++)
                w.on[w.at[g]] = true;
        }
        for (int h = 0; h < HOSTS; h++)
            on += w.on[h];
        if (on != cases[i].on)
            fail_msg("case %zu: %u hosts are on", i, on);
        end(&w);
    }
}

static void closed_hosts_take_no_guests(void **state)
{
    struct world w;

    (void)state;
    begin(&w, "aaabbb", busy);
    w.closed[1] = w.closed[2] = w.closed[3] = true;
    look_at(&w, 0);
    look_at(&w, w.p.look_s);
    assert_int_equal(count(&w, LOOP_BALANCE, LOOP_NO_ROOM), 1);
    assert_int_equal(w.wish[0].guest, LOOP_NONE);
    end(&w);
}

/* What can be taken off a host is, though it is still over its CPU then, if that
 * pays. */
static void a_part_is_better_than_nothing(void **state)
{
    static const double much[GUESTS] = { 2, 2, .3, .5, 1.8, 1.8 };

    (void)state;
    for (int dear = 0; dear < 2; dear++) {
        uint32_t granted = 0;
        struct world w;

        begin(&w, "aaaabb", much);
        w.p.power = 0;
        w.p.gib_wh = dear ? 100 : w.p.gib_wh;
        w.closed[2] = w.closed[3] = true;
        /* it pays once too much demand has lasted, and is not undone */
        for (int i = 0; i < 25; i++) {
            look_at(&w, i * w.p.look_s);
            granted += count(&w, LOOP_BALANCE, LOOP_GRANTED);
            assert_int_equal(count(&w, LOOP_BALANCE, LOOP_NO_ROOM), 1);
            assert_int_equal(w.wishes - count(&w, LOOP_BALANCE, LOOP_GRANTED),
                             1);
        }
        assert_int_equal(granted, !dear);
        assert_int_equal(w.at[2], !dear);
        end(&w);
    }
}

/* Where no host that is on has room, one comes on, once that pays; however short it
 * has to stay on. */
static void a_host_comes_on_for_those_without_room(void **state)
{
    static const double full[GUESTS] = { 2, 1.5, 1, 1.5, 1.5, 1.4 };

    (void)state;
    for (int holds = 0; holds < 2; holds++) {
        struct world w;
        bool woken = false;
        double s = 0;

        begin(&w, "aaabbb", full);
        if (!holds)
            w.p.hold_s = 0;
        for (; s < 3600 && !woken; s += w.p.look_s) {
            look_at(&w, s);
            for (uint32_t i = 0; i < w.wishes; i++)
                woken |= !w.wish[i].refusal && w.wish[i].wakes;
        }
        assert_true(woken);
        /* not for the first that is seen */
        assert_true(s > (holds ? 2 : 1) * w.p.look_s);
        end(&w);
    }
}

/* --- noise ------------------------------------------------------------------ */

/* Guest 0 burns a whole host beside two that wait. */
static void begin_noise(struct world *w)
{
    static const double burns[GUESTS] = { 2, .5, .5, .5, .5, .5 };

    begin(w, "aaabbb", burns);
    w->p.power = 0;
    w->watched = true;
    w->steal[1] = w->steal[2] = 0.3;
}

static void a_noisy_neighbour_is_moved(void **state)
{
    struct world w;

    (void)state;
    begin_noise(&w);
    look_at(&w, 0);
    assert_int_equal(count(&w, LOOP_NOISE, LOOP_ONE_LOOK), 1);
    assert_int_equal(count(&w, LOOP_NOISE, LOOP_GRANTED), 0);
    look_at(&w, w.p.look_s);
    assert_int_equal(count(&w, LOOP_NOISE, LOOP_GRANTED), 1);
    assert_int_equal(w.wish[0].guest, 0);
    assert_int_equal(w.wish[0].to, 1);
    assert_true(fabs(w.wish[0].was - 0.6) < 1e-9);
    end(&w);
}

static void victims_leave_if_that_costs_less(void **state)
{
    struct world w;

    (void)state;
    begin_noise(&w);
    w.guest[0].memory_mib = 12288;
    look_at(&w, 0);
    look_at(&w, w.p.look_s);
    assert_int_equal(count(&w, LOOP_NOISE, LOOP_GRANTED), 2);
    assert_int_equal(w.at[0], 0);
    assert_int_equal(w.at[1], 1);
    assert_int_equal(w.at[2], 1);
    end(&w);
}

static void who_is_no_victim(void **state)
{
    for (int i = 0; i < 5; i++) {
        struct world w;

        (void)state;
        begin_noise(&w);
        switch (i) {
        case 0: w.steal[1] = w.steal[2] = 0.05; break; /* hardly waits */
        case 1: w.guest[1].cap = w.guest[2].cap = 0.5; break;
        case 2: w.guest[0].weight = 10000; break; /* that is its right */
        case 3: w.demand[0] = 0.6; break; /* uses too little to disturb */
        case 4: w.steal[1] = w.steal[2] = -1; break; /* nobody knows */
        }
        look_at(&w, 0);
        look_at(&w, w.p.look_s);
        if (count(&w, LOOP_NOISE, LOOP_GRANTED))
            fail_msg("case %d: a move was granted", i);
        end(&w);
    }
}

/* Who starves wants as much as who burns; what they get tells them apart. On a
 * host with one CPU, guest 0 waits for guest 1, which has four vCPUs. */
static void who_gets_too_much(void **state)
{
    static const struct {
        double victim, burner; /* use so much */
        double weight;         /* of the burner; 0: of both the same */
        double cap;            /* of the victim */
        bool culprit;          /* the burner is one */
    } row[] = {
        { .17, .68, 0, 0, true },
        { .11, .85, 2048, 0, false }, /* eight times as much is its right */
        { .03, .97, 2048, 0, true },  /* but not thirty times */
        { .17, .68, 0, .5, true },    /* the cap is not what it waits for */
        { .17, .68, 0, .18, false },
    };

    (void)state;
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        static const double wants[GUESTS] = { 1, 4, .1, .1, .1, .1 };
        uint32_t granted;
        struct world w;

        begin(&w, "aabbbb", wants);
        w.p.power = w.p.balance = 0;
        w.watched = w.knows_used = true;
        w.host[0].cpu = w.host[0].core = 1;
        w.guest[1].cpu = 4;
        w.guest[1].weight = row[i].weight;
        w.guest[0].cap = row[i].cap;
        w.on[2] = true;
        w.used[0] = row[i].victim;
        w.used[1] = row[i].burner;
        w.steal[0] = 1 - row[i].victim;
        w.steal[1] = 1 - row[i].burner / 4;
        look_at(&w, 0);
        look_at(&w, w.p.look_s);
        granted = count(&w, LOOP_NOISE, LOOP_GRANTED);
        if (granted != row[i].culprit ||
            (granted &&
             (w.wish[0].guest != 1 || w.wish[0].limit != row[i].burner)))
            fail_msg("row %zu: %u moves, of guest %u", i, granted,
                     granted ? w.wish[0].guest : 0);
        end(&w);
    }
}

/* Who waits as before when the culprit is gone waits for something else; unless it
 * is not gone, or waits less for a while. */
static void who_is_not_helped_is_no_victim(void **state)
{
    static const struct {
        double then; /* the steal at the look after the move, then 0.3 again */
        bool moved, told; /* .. that it was not */
        bool again;
    } rows[] = { { 0.3, true, false, false }, { 0.27, true, false, false },
                 { 0.2, true, false, true },  { 0, true, false, true },
                 { 0.3, false, true, true },  { 0.3, false, false, true } };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint32_t again = 0;
        struct world w;

        (void)state;
        begin_noise(&w);
        w.p.balance = 0;
        w.demand[0] = 2.9;
        w.demand[1] = 2.2; /* the next one to blame */
        w.steal[1] = 0;
        w.on[2] = w.on[3] = true;
        look_at(&w, 0);
        look_at(&w, 30);
        assert_int_equal(count(&w, LOOP_NOISE, LOOP_GRANTED), 1);
        assert_int_equal(w.wish[0].guest, 0);
        if (!rows[i].moved) {
            if (rows[i].told)
                loops_not_moved(w.loops, 0);
            w.at[0] = 0;
        }
        w.steal[2] = rows[i].then;
        look_at(&w, 60);
        again += count(&w, LOOP_NOISE, LOOP_GRANTED);
        w.steal[2] = 0.3;
        for (double s = 90; s < 3600; s += 30) {
            look_at(&w, s);
            again += count(&w, LOOP_NOISE, LOOP_GRANTED);
        }
        if ((again > 0) != rows[i].again)
            fail_msg("row %zu: %u more moves", i, again);
        end(&w);
    }
}

/* --- memory ----------------------------------------------------------------- */

static void begin_starving(struct world *w)
{
    begin(w, "aaabbb", idle);
    w->p.power = 0;
    w->watched = true;
    for (int g = 0; g < GUESTS; g++)
        w->guest[g].max_mib = 4096;
}

static void look_starving(struct world *w)
{
    look_at(w, 0); /* what is usual */
    w->starving[0] = 500;
    look_at(w, 300);
    assert_int_equal(count(w, LOOP_MEMORY, LOOP_GRANTED), 0);
    look_at(w, 300 + w->p.look_s);
}

static void a_guest_gets_more_where_it_is(void **state)
{
    struct world w;

    (void)state;
    begin_starving(&w);
    look_starving(&w);
    assert_int_equal(count(&w, LOOP_MEMORY, LOOP_GRANTED), 1);
    assert_int_equal(w.wish[0].guest, 0);
    assert_int_equal(w.wish[0].from, w.wish[0].to);
    assert_int_equal(w.wish[0].mib, 256);
    end(&w);
}

static void idle_guests_give_down_to_their_floor(void **state)
{
    struct world w;

    (void)state;
    begin_starving(&w);
    w.host[0].memory_mib = 3 * 1024; /* full */
    w.demand[1] = w.demand[2] = 0.01;
    w.guest[1].min_mib = 960;
    w.guest[2].min_mib = 512;
    look_starving(&w);
    assert_int_equal(count(&w, LOOP_MEMORY, LOOP_GRANTED), 3);
    assert_true(w.wish[0].guest == 1 && w.wish[0].mib == -64);
    assert_true(w.wish[1].guest == 2 && w.wish[1].mib == -192);
    assert_true(w.wish[2].guest == 0 && w.wish[2].mib == 256);
    end(&w);
}

/* It may lie: from what is free it gets more, but nobody has to give. */
static void for_a_guests_own_word_nobody_gives(void **state)
{
    for (int room = 0; room < 2; room++) {
        struct world w;

        (void)state;
        begin_starving(&w);
        w.hinted[0] = w.closed[1] = 1;
        w.host[0].memory_mib = (room ? 4 : 3) * 1024;
        w.demand[1] = w.demand[2] = 0.01;
        w.guest[1].min_mib = w.guest[2].min_mib = 512;
        look_starving(&w);
        for (uint32_t i = 0; i < w.wishes; i++)
            assert_true(w.wish[i].refusal ||
                        (w.wish[i].guest == 0 && w.wish[i].mib >= 0));
        assert_int_equal(count(&w, LOOP_MEMORY, LOOP_GRANTED) > 0, room);
        end(&w);
    }
}

static void without_memory_here_it_moves_to_the_richest(void **state)
{
    struct world w;

    (void)state;
    begin_starving(&w);
    w.host[0].memory_mib = 3 * 1024;
    w.on[2] = true; /* and empty */
    look_starving(&w);
    assert_int_equal(count(&w, LOOP_MEMORY, LOOP_GRANTED), 2);
    assert_true(w.wish[0].guest == 0 && w.wish[0].to == 2);
    assert_true(w.wish[1].guest == 0 && w.wish[1].mib == 256);
    end(&w);
}

/* What does not help is undone, and not tried again for a while; what helps
 * stays, and there may be more of it. */
static void more_that_does_not_help_is_undone(void **state)
{
    for (int helps = 0; helps < 2; helps++) {
        uint32_t given = 0, undone = 0;
        struct world w;

        (void)state;
        begin_starving(&w);
        look_starving(&w);
        assert_int_equal(count(&w, LOOP_MEMORY, LOOP_GRANTED), 1);
        if (helps)
            w.starving[0] = 300;
        for (double s = 330 + w.p.look_s; s < 330 + w.p.return_s;
             s += w.p.look_s) {
            look_at(&w, s);
            for (uint32_t i = 0; i < w.wishes; i++) {
                if (w.wish[i].refusal)
                    continue;
                undone += w.wish[i].undoes;
                given += !w.wish[i].undoes;
                assert_int_equal(w.wish[i].mib < 0, w.wish[i].undoes);
            }
        }
        /* a quarter of 1280 then, which did not help any more */
        assert_int_equal(given, helps);
        assert_int_equal(undone, 1);
        end(&w);
    }
}

/* What a guest got it gives back when it has rested; what it gave it gets back when
 * it is busy and there is room. */
static void who_had_more_or_less(void **state)
{
    static const struct {
        int64_t had_mib, host_mib; /* it has 1024 */
        double demand, reads;
        int64_t mib; /* that it then gets */
        double after_s;
    } rows[] = {
        { 768, 16384, 0.01, 0, -256, 3600 },
        { 768, 16384, 0.01, -1, 0, 0 }, /* not known */
        { 768, 16384, 0.01, 5, 0, 0 },  /* now and then */
        { 768, 16384, 1, 0, 0, 0 },
        { 1020, 16384, 0.01, 0, 0, 0 }, /* as good as the same */
        { 1280, 16384, 1, 0, 256, 30 },
        { 1280, 16384, 0.01, 5, 256, 30 },
        { 1280, 16384, 0.01, 0, 0, 0 }, /* it rests */
        { 1280, 3 * 1024 + 255, 1, 0, 0, 0 },
        { 1280, 3 * 1024 + 256, 1, 0, 256, 30 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        double s = 0, at_s = -1;
        struct world w;

        begin_starving(&w);
        w.p.balance = 0;
        w.guest[0].had_mib = rows[i].had_mib;
        w.host[0].memory_mib = rows[i].host_mib;
        w.demand[0] = rows[i].demand;
        w.starving[0] = rows[i].reads;
        for (; s <= 4000 && at_s < 0; s += w.p.look_s) {
            look_at(&w, s);
            if (count(&w, LOOP_MEMORY, LOOP_GRANTED))
                at_s = s;
        }
        if ((at_s >= 0) != (rows[i].mib != 0) ||
            (at_s >= 0 && (w.wish[0].mib != rows[i].mib || w.wish[0].guest ||
                           !w.wish[0].undoes || at_s != rows[i].after_s)))
            fail_msg("row %zu: at %.0f", i, at_s);
        end(&w);
    }
}

/* It may have it again as soon as it lacks it. */
static void who_gave_back_too_much(void **state)
{
    struct world w;

    (void)state;
    begin_starving(&w);
    w.guest[0].had_mib = 768;
    w.demand[0] = 0.01;
    for (double s = 0; s <= 3600; s += w.p.look_s)
        look_at(&w, s);
    assert_int_equal(w.wish[0].mib, -256);
    loops_set_memory(w.loops, 0, 768);
    w.starving[0] = 500;
    look_at(&w, 3600 + w.p.look_s);
    look_at(&w, 3600 + 2 * w.p.look_s);
    assert_int_equal(count(&w, LOOP_MEMORY, LOOP_GRANTED), 1);
    assert_int_equal(w.wish[0].mib, 192);
    end(&w);
}

/* Whatever a guest says of itself: it never has more than it may, donors keep
 * their floor, and no more is given than noise_s and return_s allow. */
static void hostile_guests_get_no_more_than_that(void **state)
{
    uint64_t x = 1;

    (void)state;
    for (int seed = 0; seed < 60; seed++) {
        int64_t mib[GUESTS];
        uint32_t given = 0;
        struct world w;

        begin_starving(&w);
        w.host[0].memory_mib = 3 * 1024 + 100 * (seed % 5);
        for (int g = 0; g < GUESTS; g++) {
            mib[g] = 1024;
            w.guest[g].min_mib = 512;
            w.demand[g] = g % 2 ? 0.01 : 0.2;
        }
        w.p.balance = 0;
        for (int i = 0; i < 400; i++) {
            x = x * 6364136223846793005u + 1442695040888963407u;
            for (int g = 0; g < GUESTS; g++)
                w.starving[g] = seed % 3 == 0 ? (i / (seed + 1) % 2 ? 900 : 0)
                                : seed % 3 == 1
                                    ? (double)(x >> (20 + g) & 1023)
                                    : 1e6 * (i > 3);
            look_at(&w, i * w.p.look_s);
            for (uint32_t k = 0; k < w.wishes; k++) {
                const struct loop_wish *q = &w.wish[k];

                if (q->refusal || q->kind != LOOP_MEMORY || !q->mib)
                    continue;
                mib[q->guest] += q->mib;
                given += q->mib > 0;
                assert_true(mib[q->guest] <= w.guest[q->guest].max_mib);
                assert_true(mib[q->guest] >= w.guest[q->guest].min_mib);
            }
        }
        assert_true(given <= GUESTS * (400 * w.p.look_s / w.p.noise_s + 2));
        end(&w);
    }
}

/* What is granted and not given is granted at each look, not at each second. */
static void what_is_not_given_is_lacked_still(void **state)
{
    struct world w;

    (void)state;
    begin_starving(&w);
    look_starving(&w);
    for (int i = 2; i < 8; i++) {
        assert_int_equal(count(&w, LOOP_MEMORY, LOOP_GRANTED), 1);
        loops_not_moved(w.loops, 0);
        look_at(&w, 300 + i * w.p.look_s);
    }
    end(&w);
}

static void who_does_not_starve(void **state)
{
    for (int i = 0; i < 4; i++) {
        struct world w;

        (void)state;
        begin_starving(&w);
        switch (i) {
        case 0: w.starving[0] = 400; break;       /* as ever */
        case 1: w.guest[0].max_mib = 1024; break; /* has all it may have */
        case 2: w.guest[0].max_mib = 0; break;    /* not known */
        case 3: w.p.starve = 0; break;            /* the loop is off */
        }
        look_starving(&w);
        if (count(&w, LOOP_MEMORY, LOOP_GRANTED))
            fail_msg("case %d: memory was granted", i);
        end(&w);
    }
}

/* Who leaves anyway, for memory, takes the noise along, or waits no more: nobody is
 * moved for that. */
static void whom_memory_moves_noise_does_not(void **state)
{
    for (uint32_t who = 0; who < 2; who++) {
        uint32_t moved = 0;
        struct world w;

        (void)state;
        begin_noise(&w);
        for (int g = 0; g < GUESTS; g++)
            w.guest[g].max_mib = 4096;
        w.steal[1] = w.steal[2] = 0;
        w.host[0].memory_mib = 3 * 1024; /* full */
        w.on[2] = true;
        look_at(&w, 0);
        w.starving[who] = 500;
        w.steal[1] = 0.3;
        look_at(&w, 300);
        assert_int_equal(count(&w, LOOP_MEMORY, LOOP_ONE_LOOK), 1);
        assert_int_equal(count(&w, LOOP_NOISE, LOOP_ONE_LOOK), 1);
        look_at(&w, 300 + w.p.look_s);
        assert_int_equal(count(&w, LOOP_NOISE, LOOP_GRANTED), 0);
        for (uint32_t i = 0; i < w.wishes; i++) {
            moved += w.wish[i].from != w.wish[i].to;
            assert_int_equal(w.wish[i].guest, who);
        }
        assert_int_equal(moved, 1);
        end(&w);
    }
}

/* --- risk and words ----------------------------------------------------------- */

/* Guests that are busy together fill a host less than those that are not. */
static double risk_of(bool together)
{
    struct world w;
    double over = 0;

    begin(&w, "abcdaa", idle);
    w.p.balance = w.p.power = 0;
    for (int i = 0; i < 100; i++) {
        for (int g = 0; g < GUESTS; g++)
            w.demand[g] = (together ? i % 2 : (i + g) % 2) ? 1.2 : 0.2;
        look_at(&w, i * 300);
    }
    w.p.power = 1;
    for (int g = 0; g < GUESTS; g++)
        over += loops_deviation(w.loops, (uint32_t)g);
    assert_true(fabs(over / GUESTS - 0.5) < 0.1);
    over = loops_risk(w.loops, 0);
    end(&w);
    return over;
}

static void correlated_guests_are_a_greater_risk(void **state)
{
    (void)state;
    assert_true(risk_of(true) > 0.05);
    assert_true(risk_of(false) < risk_of(true) / 5);
}

static void reasons_are_sentences_with_numbers(void **state)
{
    struct world w;
    char text[300];

    (void)state;
    begin(&w, "aaabbb", busy);
    look_at(&w, 0);
    look_at(&w, w.p.look_s);
    loop_reason(&w.wish[0],
                &(struct loop_names){ "web1", "r1h1", "r1h2", NULL }, text,
                sizeof text);
    assert_non_null(strstr(text, "r1h1 has demand for 4.50 of its CPU, 4.00"));
    assert_non_null(strstr(text, "web1 goes to r1h2: worth "));
    end(&w);
}

static void settings_have_ranges(void **state)
{
    struct loop_policy p;

    (void)state;
    loop_policy_init(&p);
    assert_int_equal(loop_policy_set(&p, "cooldown_s", 60), 0);
    assert_true(p.cooldown_s == 60);
    assert_int_equal(loop_policy_set(&p, "cooldown_s", -1), -ERANGE);
    assert_int_equal(loop_policy_set(&p, "cooldown_s", NAN), -ERANGE);
    assert_int_equal(loop_policy_set(&p, "cooldown", 1), -ENOENT);
    for (const struct loop_policy_row *r = loop_policy_rows; r->name; r++)
        assert_true(r->dflt >= r->min && r->dflt <= r->max && *r->text);
}

/* Two full hosts, then a quiet cluster: what is wished for has a worth and a
 * price that are numbers. */
static void look_long(struct world *w, const char *name, double value)
{
    static const double full[GUESTS] = { 2, 1.5, 1, 1.5, 1.5, 1.4 };

    begin(w, "aaabbb", full);
    w->watched = true;
    assert_int_equal(loop_policy_set(&w->p, name, value), 0);
    for (int i = 0; i < 60; i++) {
        if (i == 20)
            for (int g = 0; g < GUESTS; g++)
                w->demand[g] = idle[g];
        w->steal[1] = i < 20 ? 0.3 : 0;
        look_at(w, i * w->p.look_s);
        for (uint32_t k = 0; k < w->wishes; k++)
            if (w->wish[k].guest != LOOP_NONE &&
                !isfinite(w->wish[k].benefit_wh + w->wish[k].price_wh))
                fail_msg("%s = %g: %g for %g", name, value,
                         w->wish[k].benefit_wh, w->wish[k].price_wh);
    }
    end(w);
}

static void settings_at_their_ends(void **state)
{
    for (const struct loop_policy_row *r = loop_policy_rows; r->name; r++) {
        struct world w;

        (void)state;
        look_long(&w, r->name, r->min);
        look_long(&w, r->name, r->max);
    }
}

/* Guests are packed already; hosts without any are on, and may be for long. To fill
 * those instead would empty others, and save nothing. */
static void empty_hosts_are_not_filled(void **state)
{
    struct world w;

    begin(&w, "aaabbb", busy);
    w.demand[0] = w.demand[1] = 1; /* all do not fit one host */
    w.on[2] = w.on[3] = true;
    for (int i = 0; i < 40; i++) {
        look_at(&w, i * w.p.settle_s);
        for (uint32_t k = 0; k < w.wishes; k++)
            if (w.wish[k].kind == LOOP_POWER && w.wish[k].to >= 2)
                fail_msg(
                    "a guest of host %u is to go to host %u, which is empty",
                    w.wish[k].from, w.wish[k].to);
    }
    end(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(empty_hosts_are_not_filled),
        cmocka_unit_test(one_look_grants_nothing),
        cmocka_unit_test(what_a_move_costs),
        cmocka_unit_test(noise_grants_nothing),
        cmocka_unit_test(a_wish_has_to_pay),
        cmocka_unit_test(the_budget_is_kept),
        cmocka_unit_test(packing_leaves_some_of_the_budget),
        cmocka_unit_test(a_bundle_may_take_a_whole_hour),
        cmocka_unit_test(a_guest_rests_after_a_move),
        cmocka_unit_test(nobody_returns_for_an_hour),
        cmocka_unit_test(moves_by_hand_count),
        cmocka_unit_test(what_is_not_begun_changes_nothing),
        cmocka_unit_test(quiet_hosts_are_emptied_when_settled),
        cmocka_unit_test(no_time_on_is_a_time),
        cmocka_unit_test(memory_is_heeded_unless_left_out),
        cmocka_unit_test(a_kind_that_needs_less_takes_over),
        cmocka_unit_test(hosts_to_keep_are_not_emptied),
        cmocka_unit_test(hosts_that_may_fail_leave_room),
        cmocka_unit_test(closed_hosts_take_no_guests),
        cmocka_unit_test(a_part_is_better_than_nothing),
        cmocka_unit_test(a_host_comes_on_for_those_without_room),
        cmocka_unit_test(a_noisy_neighbour_is_moved),
        cmocka_unit_test(victims_leave_if_that_costs_less),
        cmocka_unit_test(who_is_no_victim),
        cmocka_unit_test(who_gets_too_much),
        cmocka_unit_test(who_is_not_helped_is_no_victim),
        cmocka_unit_test(a_guest_gets_more_where_it_is),
        cmocka_unit_test(idle_guests_give_down_to_their_floor),
        cmocka_unit_test(for_a_guests_own_word_nobody_gives),
        cmocka_unit_test(without_memory_here_it_moves_to_the_richest),
        cmocka_unit_test(more_that_does_not_help_is_undone),
        cmocka_unit_test(who_had_more_or_less),
        cmocka_unit_test(who_gave_back_too_much),
        cmocka_unit_test(hostile_guests_get_no_more_than_that),
        cmocka_unit_test(what_is_not_given_is_lacked_still),
        cmocka_unit_test(who_does_not_starve),
        cmocka_unit_test(whom_memory_moves_noise_does_not),
        cmocka_unit_test(correlated_guests_are_a_greater_risk),
        cmocka_unit_test(reasons_are_sentences_with_numbers),
        cmocka_unit_test(settings_have_ranges),
        cmocka_unit_test(settings_at_their_ends),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
