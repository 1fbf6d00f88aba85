/* SPDX-License-Identifier: LGPL-2.1-only */
/* Who may start: the law of `after`, memory, links, streams; and thousands of
 * made-up plans whose moves end in any order and with any result. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "tools/run/dispatch.h"

enum { HOSTS = 4, ARCS = 6, MOST = 24 };

struct plan {
    struct dispatch d;
    struct dispatch_move move[MOST];
    uint32_t after[MOST][MOST];
    struct dispatch_share share[MOST][ARCS];
    int64_t free_mib[HOSTS];
    double arc[ARCS];
};

static struct plan *plan_of(uint32_t n)
{
    struct plan *p = calloc(1, sizeof *p);

    assert_non_null(p);
    p->d = (struct dispatch){ .move = p->move,
                              .move_n = n,
                              .free_mib = p->free_mib,
                              .host_n = HOSTS,
                              .arc_mbps = p->arc,
                              .arc_n = ARCS };
    for (uint32_t i = 0; i < MOST; i++) {
        p->move[i].after = p->after[i];
        p->move[i].share = p->share[i];
        p->move[i].to = 1;
        p->move[i].mib = 10;
        p->move[i].rate_mbps = 100;
    }
    for (int i = 0; i < HOSTS; i++)
        p->free_mib[i] = 1000;
    for (int i = 0; i < ARCS; i++)
        p->arc[i] = 100;
    return p;
}

static void begin(struct plan *p)
{
    assert_int_equal(dispatch_init(&p->d), 0);
}

static void end(struct plan *p)
{
    dispatch_dispose(&p->d);
    free(p);
}

static uint32_t start_next(struct plan *p)
{
    double rate;
    uint32_t m = dispatch_next(&p->d, &rate);

    if (m != DISPATCH_NONE)
        dispatch_start(&p->d, m, rate);
    return m;
}

static void test_after(void **state)
{
    struct plan *p = plan_of(3);

    p->after[1][0] = 0;
    p->move[1].after_n = 1;
    p->after[2][0] = 1;
    p->move[2].after_n = 1;
    begin(p);
    assert_int_equal(start_next(p), 0);
    assert_int_equal(start_next(p), DISPATCH_NONE);
    dispatch_end(&p->d, 0, DISPATCH_DONE);
    assert_int_equal(start_next(p), 1);
    assert_int_equal(start_next(p), DISPATCH_NONE);
    dispatch_end(&p->d, 1, DISPATCH_FAILED);
    assert_int_equal(start_next(p), DISPATCH_NONE);
    end(p);
}

static void test_memory(void **state)
{
    struct plan *p = plan_of(2);

    p->free_mib[1] = 15;
    begin(p);
    assert_int_equal(start_next(p), 0);
    assert_int_equal(p->free_mib[1], 5);
    assert_int_equal(start_next(p), DISPATCH_NONE);
    dispatch_end(&p->d, 0, DISPATCH_FAILED);
    assert_int_equal(p->free_mib[1], 15);
    assert_int_equal(start_next(p), 1);
    dispatch_end(&p->d, 1, DISPATCH_DOUBT);
    assert_int_equal(p->free_mib[1], 5); /* it may be there */
    assert_int_equal(p->free_mib[0], 1000);
    end(p);
}

static void test_links(void **state)
{
    static const struct {
        double planned, part, room; /* room of the link; < 0: unknown */
        double first, second;       /* rates; 0: waits */
    } row[] = {
        { 100, 1, 100, 100, 0 },     { 50, 1, 100, 50, 50 },
        { 100, 0.5, 100, 100, 100 }, { 100, 1, -1, 100, 100 },
        { 100, 1, 40, 40, 0 },       { 60, 1, 100, 60, 0 },
        { 80, 1, 100, 80, 0 },
    };

    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        struct plan *p = plan_of(2);
        double rate = -1;

        p->arc[3] = row[i].room;
        for (int k = 0; k < 2; k++) {
            p->move[k].rate_mbps = row[i].planned;
            p->share[k][0] = (struct dispatch_share){ 3, row[i].part };
            p->move[k].share_n = 1;
        }
        begin(p);
        assert_int_equal(dispatch_next(&p->d, &rate), 0);
        assert_true(rate > row[i].first - 1e-3 && rate < row[i].first + 1e-3);
        dispatch_start(&p->d, 0, rate);
        rate = 0;
        dispatch_next(&p->d, &rate);
        assert_true(rate > row[i].second - 1e-3 &&
                    rate < row[i].second + 1e-3);
        end(p);
    }
}

static void test_streams(void **state)
{
    struct plan *p = plan_of(4);

    p->d.host_streams = 2;
    p->move[3].from = 2;
    p->move[3].to = 3;
    begin(p);
    assert_int_equal(start_next(p), 0);
    assert_int_equal(start_next(p), 1);
    assert_int_equal(start_next(p), 3); /* other hosts */
    assert_int_equal(start_next(p), DISPATCH_NONE);
    dispatch_end(&p->d, 0, DISPATCH_DONE);
    assert_int_equal(start_next(p), 2);
    end(p);
    p = plan_of(2);
    p->d.streams = 1;
    begin(p);
    assert_int_equal(start_next(p), 0);
    assert_int_equal(start_next(p), DISPATCH_NONE);
    end(p);
}

/* The links are for the next as soon as the last byte is sent, and not once
 * more when the move ends; its memory stays booked until then. */
static void test_sent(void **state)
{
    struct plan *p = plan_of(4);

    for (int k = 0; k < 4; k++) {
        p->share[k][0] = (struct dispatch_share){ 0, 1 };
        p->move[k].share_n = 1;
    }
    p->after[3][0] = 0;
    p->move[3].after_n = 1;
    p->free_mib[1] = 35;
    p->d.streams = p->d.link_streams = p->d.host_streams = 1;
    begin(p);
    assert_int_equal(start_next(p), 0);
    assert_int_equal(start_next(p), DISPATCH_NONE);
    dispatch_sent(&p->d, 1); /* it does not run */
    assert_int_equal(start_next(p), DISPATCH_NONE);
    dispatch_sent(&p->d, 0);
    dispatch_sent(&p->d, 0); /* and is told once more */
    assert_int_equal(start_next(p), 1);
    assert_int_equal(start_next(p), DISPATCH_NONE);
    assert_int_equal(p->free_mib[1], 15);
    dispatch_end(&p->d, 0, DISPATCH_FAILED);
    assert_int_equal(p->free_mib[1], 25);
    assert_int_equal(start_next(p), DISPATCH_NONE); /* 1 sends */
    dispatch_sent(&p->d, 1);
    assert_int_equal(start_next(p), 2);
    dispatch_end(&p->d, 1, DISPATCH_DONE);
    dispatch_end(&p->d, 2, DISPATCH_DONE);
    assert_int_equal(start_next(p), DISPATCH_NONE); /* 3 waits for 0 */
    end(p);
}

/* One is prepared for each source and each target host, when it lacks nothing
 * but links: it has its memory then, and starts as any other. */
static void test_ahead(void **state)
{
    struct plan *p = plan_of(5);
    double rate;

    for (int k = 0; k < 5; k++) {
        p->share[k][0] = (struct dispatch_share){ 0, 1 };
        p->move[k].share_n = 1;
    }
    p->after[1][0] = 0;
    p->move[1].after_n = 1;
    p->move[3].to = 2; /* of the same source host */
    p->move[4].from = 3;
    p->move[4].to = 2;
    p->free_mib[1] = 25;
    begin(p);
    assert_int_equal(dispatch_ahead(&p->d), 0); /* it may even start */
    assert_int_equal(start_next(p), 0);
    assert_int_equal(dispatch_ahead(&p->d), 2); /* 1 waits for 0 */
    dispatch_prepare(&p->d, 2);
    assert_int_equal(p->free_mib[1], 5);
    assert_int_equal(dispatch_ahead(&p->d), 4); /* not 3: host 0 has one */
    dispatch_prepare(&p->d, 4);
    assert_int_equal(dispatch_ahead(&p->d), DISPATCH_NONE);
    assert_int_equal(dispatch_next(&p->d, &rate), DISPATCH_NONE);
    p->move[2].held = true;
    dispatch_sent(&p->d, 0);
    assert_int_equal(dispatch_next(&p->d, &rate), 3);
    p->move[2].held = false;
    assert_int_equal(start_next(p), 2);
    assert_int_equal(p->free_mib[1], 5);
    assert_int_equal(dispatch_ahead(&p->d), DISPATCH_NONE); /* 3: host 2 */
    dispatch_unprepare(&p->d, 4);
    dispatch_unprepare(&p->d, 4); /* told once more */
    assert_int_equal(p->free_mib[2], 1000);
    assert_int_equal(dispatch_ahead(&p->d), 3); /* and 4 not again */
    dispatch_prepare(&p->d, 3);
    dispatch_end(&p->d, 3, DISPATCH_OUT);
    assert_int_equal(p->free_mib[2], 1000);
    assert_int_equal(dispatch_ahead(&p->d), DISPATCH_NONE);
    dispatch_end(&p->d, 2, DISPATCH_FAILED);
    assert_int_equal(p->free_mib[1], 15);
    assert_int_equal(start_next(p), 4); /* in the ordinary way */
    end(p);
}

/* --- any plan --------------------------------------------------------------------- */

static uint32_t seed;

static uint32_t any(uint32_t n)
{
    seed = seed * 1664525 + 1013904223;
    return (seed >> 8) % n;
}

static void make_up(struct plan *p)
{
    for (uint32_t i = 0; i < p->d.move_n; i++) {
        struct dispatch_move *m = &p->move[i];

        m->from = any(HOSTS);
        m->to = (m->from + 1 + any(HOSTS - 1)) % HOSTS;
        m->mib = 1 + any(300);
        m->rate_mbps = any(4) ? 1 + any(150) : 0;
        for (uint32_t k = 0; k < i; k++)
            if (!any(5))
                p->after[i][m->after_n++] = k;
        m->share_n = any(4);
        for (uint32_t k = 0; k < m->share_n; k++)
            p->share[i][k] = (struct dispatch_share){ k, (1 + any(4)) / 4.0 };
    }
    for (int i = 0; i < ARCS; i++)
        p->arc[i] = any(5) ? 100 : -1;
    p->d.streams = any(6);
    p->d.host_streams = any(4);
    p->d.link_streams = any(4);
}

static void check(const struct plan *p)
{
    int64_t arriving = 0;
    double used[ARCS] = { 0 };
    uint32_t running = 0;

    for (uint32_t i = 0; i < p->d.move_n; i++) {
        const struct dispatch_move *m = &p->move[i];

        if (m->state != DISPATCH_RUNS && m->state != DISPATCH_READY)
            continue;
        arriving += m->mib;
        for (uint32_t k = 0; k < m->after_n; k++)
            assert_int_equal(p->move[m->after[k]].state, DISPATCH_DONE);
        if (m->sent || m->state == DISPATCH_READY)
            continue;
        running++;
        for (uint32_t k = 0; k < m->share_n; k++)
            used[m->share[k].arc] += m->granted * m->share[k].part;
    }
    if (p->d.streams)
        assert_true(running <= p->d.streams);
    for (int h = 0; h < HOSTS; h++)
        assert_true(p->free_mib[h] >= 0);
    for (int i = 0; i < ARCS; i++)
        assert_true(p->arc[i] < 0 || used[i] <= p->arc[i] * (1 + 1e-6));
    assert_true(arriving >= 0);
}

/* Does a move that it waits for, directly or not, stay undone? `after` names
 * earlier moves only. */
static bool is_blocked(const struct plan *p, uint32_t move)
{
    const struct dispatch_move *m = &p->move[move];

    for (uint32_t k = 0; k < m->after_n; k++)
        if (p->move[m->after[k]].state > DISPATCH_DONE ||
            (p->move[m->after[k]].state == DISPATCH_WAITS &&
             is_blocked(p, m->after[k])))
            return true;
    return false;
}

static void test_any_plan(void **state)
{
    uint32_t done = 0, stuck = 0;

    for (uint32_t round = 0; round < 3000; round++) {
        struct plan *p = plan_of(1 + round % MOST);
        uint32_t running[MOST], n = 0, m;

        seed = round;
        make_up(p);
        begin(p);
        for (;;) {
            while ((m = start_next(p)) != DISPATCH_NONE) {
                running[n++] = m;
                check(p);
            }
            if (!n)
                break;
            while ((m = dispatch_ahead(&p->d)) != DISPATCH_NONE && any(4)) {
                dispatch_prepare(&p->d, m);
                check(p);
                if (!any(4))
                    dispatch_unprepare(&p->d, m);
            }
            m = any(n);
            if (any(2)) {
                dispatch_sent(&p->d, running[m]);
                continue;
            }
            dispatch_end(&p->d, running[m],
                         any(10)  ? DISPATCH_DONE
                         : any(2) ? DISPATCH_FAILED
                                  : DISPATCH_DOUBT);
            running[m] = running[--n];
            check(p);
        }
        for (uint32_t i = 0; i < p->d.move_n; i++) {
            done += p->move[i].state == DISPATCH_DONE;
            stuck += p->move[i].state == DISPATCH_WAITS && !is_blocked(p, i);
        }
        end(p);
    }
    /* most of it can be done; without the guards nothing would be stuck */
    assert_true(done > 10 * stuck);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_after),    cmocka_unit_test(test_memory),
        cmocka_unit_test(test_links),    cmocka_unit_test(test_streams),
        cmocka_unit_test(test_sent),     cmocka_unit_test(test_ahead),
        cmocka_unit_test(test_any_plan),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
