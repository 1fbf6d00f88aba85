/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The loop affinity: who is brought together, who is not, and that whatever
 * guests send each other, moves are bounded and go nowhere twice.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "tests/lib/load_world.h"

enum { HOSTS = 6, GUESTS = 8, MOST = 64, TALKS = GUESTS * GUESTS };

/* Two racks of three hosts with 4 units of CPU and 16 GiB; guest i has 2 units
 * and 1 GiB, and is on the host that its letter says. */
struct world {
    struct loop_policy p;
    struct loop_host host[HOSTS];
    struct loop_guest guest[GUESTS];
    double demand[GUESTS];
    uint32_t at[GUESTS];
    uint8_t moving[GUESTS], on[HOSTS], closed[HOSTS];
    struct loop_talk talk[TALKS];
    uint32_t talks;
    bool deaf; /* nobody counts */
    int blind; /* no hops are known of this host; -1: of all they are */
    uint32_t refuses, refused_by; /* this guest may not be on that host */
    struct loops *loops;
    struct loop_wish wish[MOST];
    uint32_t wishes;
};

static void begin(struct world *w, const char *at)
{
    *w = (struct world){ .blind = -1, .refuses = LOOP_NONE };
    loop_policy_init(&w->p);
    w->p.power = w->p.balance = 0;
    for (int h = 0; h < HOSTS; h++)
        w->host[h] = load_host(4, 16384);
    for (int g = 0; g < GUESTS; g++) {
        w->guest[g] = (struct loop_guest){ .cpu = 2, .memory_mib = 1024 };
        w->at[g] = (uint32_t)(at[g] - 'a');
        w->demand[g] = 0.2;
        w->on[w->at[g]] = true;
    }
}

static void talk(struct world *w, uint32_t a, uint32_t b, double mbps)
{
    w->talk[w->talks++] = (struct loop_talk){ a, b, mbps };
}

static int hops(void *arg, uint32_t a, uint32_t b)
{
    const struct world *w = arg;

    if ((int)a == w->blind || (int)b == w->blind)
        return -1;
    return a == b ? 0 : a / 3 == b / 3 ? 2 : 4;
}

static bool may(void *arg, uint32_t guest, uint32_t host)
{
    const struct world *w = arg;

    return guest != w->refuses || host != w->refused_by;
}

static void look_at(struct world *w, double now_s)
{
    struct loop_look look = { .now_s = now_s,
                              .demand = w->demand,
                              .host = w->at,
                              .moving = w->moving,
                              .from = w->at,
                              .on = w->on,
                              .closed = w->closed,
                              .talk = w->deaf ? NULL : w->talk,
                              .talks = w->talks,
                              .hops = hops,
                              .may = may,
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
    for (uint32_t i = 0; i < n; i++)
        if (!wish[i].refusal && wish[i].guest != LOOP_NONE)
            w->at[wish[i].guest] = wish[i].to; /* at once */
}

static uint32_t count(const struct world *w, enum loop_refusal refusal)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < w->wishes; i++)
        n += w->wish[i].kind == LOOP_AFFINITY && w->wish[i].refusal == refusal;
    return n;
}

static void end(struct world *w)
{
    loops_free(w->loops);
}

/* Two looks, so far apart that what both see is granted. */
static void look_twice(struct world *w)
{
    look_at(w, 0);
    assert_int_equal(count(w, LOOP_GRANTED), 0);
    look_at(w, w->p.settle_s);
}

static void two_that_talk_come_together(void **state)
{
    struct world w;

    (void)state;
    begin(&w, "abcdefab");
    w.guest[0].memory_mib = 4096; /* so that the other moves */
    talk(&w, 0, 3, 400);
    look_at(&w, 0);
    assert_int_equal(count(&w, LOOP_ONE_LOOK), 1); /* not once for each */
    look_at(&w, w.p.settle_s / 2);
    assert_int_equal(count(&w, LOOP_GRANTED), 0);
    look_at(&w, w.p.settle_s);
    assert_int_equal(count(&w, LOOP_GRANTED), 1);
    assert_int_equal(w.wish[0].guest, 3);
    assert_int_equal(w.wish[0].peer, 0);
    assert_int_equal(w.wish[0].to, 0);
    assert_true(fabs(w.wish[0].was - 4) < 1e-9);
    assert_true(fabs(w.wish[0].limit) < 1e-9);
    assert_true(fabs(w.wish[0].mbps - 400) < 1e-9);
    /* 400 Mbit/s, 4 hops, over two hours, at 0.05 Wh for a GiB and hop */
    assert_true(fabs(w.wish[0].benefit_wh -
                     0.05 * 4 * 400e6 / 8 / 1073741824. * 7200) < 1e-6);
    assert_true(w.wish[0].price_wh < w.wish[0].benefit_wh);
    look_at(&w, 2 * w.p.settle_s);
    assert_int_equal(w.wishes, 0);
    end(&w);
}

static void if_not_the_host_then_the_rack(void **state)
{
    struct world w;

    (void)state;
    begin(&w, "abcdefab");
    talk(&w, 0, 3, 400);
    w.guest[0].memory_mib = 8192;
    w.refuses = 3;
    w.refused_by = 0; /* they are apart, say */
    look_twice(&w);
    assert_int_equal(count(&w, LOOP_GRANTED), 1);
    assert_int_equal(w.wish[0].guest, 3);
    assert_true(w.wish[0].to == 1 || w.wish[0].to == 2);
    assert_true(fabs(w.wish[0].limit - 2) < 1e-9);
    end(&w);
}

static void who_stays(void **state)
{
    for (int i = 0; i < 10; i++) {
        struct world w;

        (void)state;
        begin(&w, i == 4 ? "aaaaaaaa" : "abcdefab");
        talk(&w, 0, 3, i == 0 ? 1 : 400); /* too little to pay */
        switch (i) {
        case 1: w.p.affinity = 0; break;
        case 2: w.p.hop_wh = 0; break;
        case 3: w.deaf = true; break;
        case 5: w.blind = 3; break;
        case 6: w.moving[0] = w.moving[3] = true; break;
        case 7: w.guest[0].memory_mib = w.guest[3].memory_mib = 300000; break;
        case 8: memset(w.closed, true, sizeof w.closed); break;
        case 9: /* both hosts have demand for all that they have */
            w.demand[0] = w.demand[3] = w.demand[1] = w.demand[2] = 2;
            w.demand[4] = w.demand[5] = w.demand[6] = w.demand[7] = 2;
            w.p.fill = 0.5;
            break;
        }
        look_at(&w, 0);
        look_at(&w, w.p.settle_s);
        if (count(&w, LOOP_GRANTED))
            fail_msg("case %d: a move was granted", i);
        if (i < 8 && w.wishes)
            fail_msg("case %d: something was wished for", i);
        if (i >= 8)
            assert_int_equal(count(&w, LOOP_NO_ROOM), 2);
        end(&w);
    }
}

/* What is gone at the next look begins anew. */
static void talk_has_to_last(void **state)
{
    struct world w;

    (void)state;
    begin(&w, "abcdefab");
    for (int i = 0; i < 20; i++) {
        w.talks = 0;
        if (i % 4)
            talk(&w, 0, 3, 400);
        look_at(&w, i * w.p.settle_s / 3);
        assert_int_equal(count(&w, LOOP_GRANTED), 0);
    }
    end(&w);
}

/* At times the guests of host a want all that it has: whether another comes to
 * it is a matter of that risk, not of the calm moment. */
static void the_risk_of_the_host_counts(void **state)
{
    for (int risky = 0; risky < 2; risky++) {
        uint32_t granted = 0;
        struct world w;

        (void)state;
        begin(&w, "abcdefaa");
        talk(&w, 0, 3, 25);
        for (int h = 1; h < HOSTS; h++)
            w.closed[h] = true;
        for (int i = 0; i < 40; i++) {
            bool peak = risky && i < 36 && i % 2;

            w.demand[0] = w.demand[6] = w.demand[7] = peak ? 1.9 : 0.2;
            look_at(&w, i * w.p.settle_s);
            granted += count(&w, LOOP_GRANTED);
        }
        assert_int_equal(granted, !risky);
        assert_int_equal(w.at[3], risky ? 3 : 0);
        end(&w);
    }
}

static void room_for_hosts_that_fail_is_left(void **state)
{
    struct world w;

    (void)state;
    begin(&w, "abcdefab");
    talk(&w, 0, 3, 400);
    w.p.spare_hosts = 5;
    w.p.fill = 0.2; /* there is none to begin with */
    look_at(&w, 0);
    look_at(&w, w.p.settle_s);
    assert_int_equal(count(&w, LOOP_GRANTED), 0);
    assert_true(count(&w, LOOP_NO_ROOM) > 0);
    end(&w);
}

static void the_budget_is_kept(void **state)
{
    struct world w;

    (void)state;
    begin(&w, "abcdefab");
    w.p.gib_per_hour = 0.5;
    talk(&w, 0, 3, 400);
    look_twice(&w);
    assert_int_equal(count(&w, LOOP_BUDGET), 1);
    assert_int_equal(count(&w, LOOP_GRANTED), 0);
    end(&w);
}

/* An hour of one move is theirs, too. */
static void one_move_an_hour(void **state)
{
    for (int gib = 0; gib < 2; gib++) {
        struct world w;

        (void)state;
        begin(&w, "abcdefab");
        w.p.balance = 1;
        if (gib)
            w.p.gib_per_hour = (double)w.guest[0].memory_mib / 1024;
        else
            w.p.moves_per_hour = 1;
        talk(&w, 0, 3, 400);
        look_twice(&w);
        assert_int_equal(count(&w, LOOP_GRANTED), 1);
        end(&w);
    }
}

static void what_is_remembered_goes_on(void **state)
{
    struct loop_kept_guest guest[GUESTS];
    struct loop_kept_host host[HOSTS];
    struct loop_kept k = {
        .guest = guest, .host = host, .guests = GUESTS, .hosts = HOSTS
    };
    (void)state;
    for (int cut = 0; cut < 2; cut++) {
        struct world w;

        begin(&w, "abcdefab");
        talk(&w, 0, 3, 400);
        look_at(&w, 0);
        loops_keep(w.loops, &k);
        loops_free(w.loops);
        if (cut)
            loop_kept_interrupt(&k);
        w.loops = loops_new(&w.p, w.host, HOSTS, w.guest, GUESTS);
        loops_resume(w.loops, &k);
        look_at(&w, w.p.settle_s);
        assert_int_equal(count(&w, LOOP_GRANTED), !cut);
        end(&w);
    }
}

static void the_reason_has_its_numbers(void **state)
{
    struct world w;
    char text[400];

    (void)state;
    begin(&w, "abcdefab");
    talk(&w, 0, 3, 400);
    talk(&w, 2, 3, 1);
    look_twice(&w);
    assert_int_equal(count(&w, LOOP_GRANTED), 1);
    assert_int_equal(w.wish[0].guest, 3);
    loop_reason(&w.wish[0],
                &(struct loop_names){ "web1", "r2h1", "r1h1", "db1" }, text,
                sizeof text);
    assert_non_null(
        strstr(text, "a guest of r2h1 exchanges 401.0 Mbit/s over 4.0 hops, "
                     "most of it with db1, and could over 0.0; web1 goes to "
                     "r1h1: worth "));
    end(&w);
}

/* --- whatever guests do ------------------------------------------------------- */

static uint64_t chance;

static uint32_t any(uint32_t n)
{
    chance = chance * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(chance >> 33) % n;
}

static void any_talks(struct world *w)
{
    w->talks = 0;
    for (uint32_t a = 0; a < GUESTS; a++)
        for (uint32_t b = a + 1; b < GUESTS; b++)
            if (any(3) == 0)
                talk(w, a, b, any(2) ? any(1000) : any(100000));
}

static double cost(struct world *w)
{
    double sum = 0;

    for (uint32_t i = 0; i < w->talks; i++)
        sum += w->talk[i].mbps *
               hops((void *)w, w->at[w->talk[i].a], w->at[w->talk[i].b]);
    return sum;
}

static void any_world(struct world *w)
{
    char at[GUESTS];

    for (int g = 0; g < GUESTS; g++)
        at[g] = (char)('a' + any(HOSTS));
    begin(w, at);
    for (int g = 0; g < GUESTS; g++) {
        w->guest[g].memory_mib = 256 << any(6);
        w->demand[g] = any(20) * 0.1;
    }
    w->p.balance = any(2);
    w->p.power = any(2);
    any_talks(w);
}

/* While nothing changes, each move makes traffic cheaper, and they end. */
static void moves_end_where_nothing_changes(void **state)
{
    (void)state;
    chance = 1;
    for (int seed = 0; seed < 300; seed++) {
        uint32_t moves = 0, late = 0;
        struct world w;

        any_world(&w);
        w.p.balance = w.p.power = 0;
        for (int i = 0; i < 60; i++) {
            uint32_t n;
            double before = cost(&w);

            look_at(&w, i * w.p.settle_s);
            n = count(&w, LOOP_GRANTED);
            moves += n;
            late += i >= 40 ? n : 0;
            if (n)
                assert_true(cost(&w) < before);
        }
        assert_true(moves <= 3 * GUESTS);
        assert_int_equal(late, 0);
        end(&w);
    }
}

/* Talks and loads that change at each look, with the other loops: no guest
 * moves twice in its cooldown, nor back within return_s, nor are there more
 * moves than the budget has; and what is granted pays. */
static void hostile_talks_move_no_more_than_that(void **state)
{
    (void)state;
    chance = 2;
    for (int seed = 0; seed < 200; seed++) {
        double moved[GUESTS], left[GUESTS][HOSTS];
        uint32_t hour[200] = { 0 };
        struct world w;

        any_world(&w);
        w.p.moves_per_hour = 5;
        for (int g = 0; g < GUESTS; g++) {
            moved[g] = -INFINITY;
            for (int h = 0; h < HOSTS; h++)
                left[g][h] = -INFINITY;
        }
        for (int i = 0; i < 200; i++) {
            double now = i * 60;

            if (any(4) == 0)
                any_talks(&w);
            w.demand[any(GUESTS)] = any(20) * 0.1;
            look_at(&w, now);
            for (uint32_t k = 0; k < w.wishes; k++) {
                const struct loop_wish *q = &w.wish[k];

                if (q->refusal || q->guest == LOOP_NONE)
                    continue;
                assert_true(now - moved[q->guest] >= w.p.cooldown_s);
                assert_true(now - left[q->guest][q->to] >= w.p.return_s);
                assert_true(q->benefit_wh > w.p.gain * q->price_wh);
                moved[q->guest] = left[q->guest][q->from] = now;
                hour[i]++;
            }
            uint32_t n = 0;

            for (int j = i; j >= 0 && j > i - 60; j--)
                n += hour[j];
            assert_true(n <= 5);
        }
        end(&w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_that_talk_come_together),
        cmocka_unit_test(if_not_the_host_then_the_rack),
        cmocka_unit_test(who_stays),
        cmocka_unit_test(talk_has_to_last),
        cmocka_unit_test(the_risk_of_the_host_counts),
        cmocka_unit_test(room_for_hosts_that_fail_is_left),
        cmocka_unit_test(the_budget_is_kept),
        cmocka_unit_test(one_move_an_hour),
        cmocka_unit_test(what_is_remembered_goes_on),
        cmocka_unit_test(the_reason_has_its_numbers),
        cmocka_unit_test(moves_end_where_nothing_changes),
        cmocka_unit_test(hostile_talks_move_no_more_than_that),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
