/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Three streams over lanes that are cut, freeze and come back, in a network
 * that is simulated byte for byte: what arrives is what was sent, once and in
 * order, and what is sent again was under way when a lane was cut.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "libxl-ext/wire/lanes.h"

enum { SOURCE, TARGET, PIPE = 40000, CONNS = 64, BIG = 1 << 18 };

/* --- the network -------------------------------------------------------------- */

struct pipe_bytes { /* one way of a connection */
    uint8_t b[PIPE];
    size_t n;
};

struct conn {
    bool used, frozen;
    bool open[2];            /* by end */
    struct pipe_bytes to[2]; /* that end */
    unsigned lane;
    bool up[2]; /* it is that end's connection of the lane */
    uint8_t head[CHUNK_HEAD];
    size_t have; /* of the head, at the target */
};

struct net {
    struct lanes *end[2];
    struct conn conn[CONNS];
    uint64_t put[CHUNK_STREAMS], got[CHUNK_STREAMS], total[CHUNK_STREAMS];
    uint64_t now, seed, in_flight;
    unsigned cuts, freezes;
};

static uint64_t net_any(struct net *w, uint64_t below)
{
    w->seed ^= w->seed << 13;
    w->seed ^= w->seed >> 7;
    w->seed ^= w->seed << 17;
    return w->seed % below;
}

static uint8_t net_byte(unsigned stream, uint64_t at)
{
    return (uint8_t)((at * 0x9e3779b97f4a7c15u >> 29) + 17 * stream);
}

static uint64_t net_held(const struct lanes *l, unsigned lane)
{
    uint64_t n = 0;

    for (unsigned s = 0; s < CHUNK_STREAMS; s++)
        n += l->out[s].held[lane];
    return n;
}

/* One end has had enough of it; the other may still read what is in it. */
static void net_close(struct net *w, struct conn *c, int end)
{
    c->open[end] = false;
    if (c->up[end]) {
        w->in_flight += net_held(w->end[end], c->lane);
        lanes_down(w->end[end], c->lane);
    }
    c->up[end] = false;
    if (!c->open[0] && !c->open[1])
        c->used = false;
}

static void net_dial(struct net *w, unsigned lane)
{
    for (unsigned i = 0; i < CONNS; i++) {
        struct conn *c = &w->conn[i];

        if (c->used)
            continue;
        memset(c, 0, sizeof *c);
        c->used = c->open[0] = c->open[1] = c->up[SOURCE] = true;
        c->lane = lane;
        lanes_up(w->end[SOURCE], lane, NULL, w->now);
        return;
    }
}

static struct conn *net_conn(struct net *w, int end, unsigned lane)
{
    for (unsigned i = 0; i < CONNS; i++)
        if (w->conn[i].used && w->conn[i].up[end] && w->conn[i].lane == lane)
            return &w->conn[i];
    return NULL;
}

/* The target host reads with what lane a connection begins. */
static void net_accept(struct net *w, struct conn *c)
{
    struct pipe_bytes *p = &c->to[TARGET];
    struct chunk hello;
    struct conn *old;

    if (p->n < CHUNK_HEAD)
        return;
    assert_int_equal(lanes_hello(w->end[TARGET], p->b, &hello), c->lane);
    p->n -= CHUNK_HEAD;
    memmove(p->b, p->b + CHUNK_HEAD, p->n);
    old = net_conn(w, TARGET, c->lane);
    if (old)
        net_close(w, old, TARGET);
    c->up[TARGET] = true;
    lanes_up(w->end[TARGET], c->lane, &hello, w->now);
}

static void net_read(struct net *w, struct conn *c, int end)
{
    struct pipe_bytes *p = &c->to[end];
    size_t n;
    uint8_t *to;

    if (!c->open[end] || c->frozen)
        return;
    if (!p->n) {
        if (!c->open[!end])
            net_close(w, c, end);
        return;
    }
    if (!c->up[end]) {
        net_accept(w, c);
        return;
    }
    to = lanes_place(w->end[end], c->lane, &n);
    assert_true(n > 0);
    if (n > p->n)
        n = p->n;
    n = 1 + net_any(w, n);
    if (n > p->n)
        n = p->n;
    memcpy(to, p->b, n);
    p->n -= n;
    memmove(p->b, p->b + n, p->n);
    assert_int_equal(lanes_came(w->end[end], c->lane, n, w->now), 0);
}

static void net_write(struct net *w, int end)
{
    unsigned mask = 1 + (unsigned)net_any(w, 255);
    int lane = lanes_pick(w->end[end], mask);
    struct conn *c = lane < 0 ? NULL : net_conn(w, end, (unsigned)lane);
    const uint8_t *from;
    struct pipe_bytes *p;
    size_t n;

    if (!c)
        return;
    p = &c->to[!end];
    from = lanes_pending(w->end[end], c->lane, w->now, &n);
    if (!c->open[!end] && n) {
        net_close(w, c, end);
        return;
    }
    if (n > PIPE - p->n)
        n = PIPE - p->n;
    if (n && net_any(w, 4) == 0)
        n = 1 + net_any(w, n);
    memcpy(p->b + p->n, from, n);
    p->n += n;
    lanes_went(w->end[end], c->lane, n, w->now);
}

/* --- the programs at its ends ----------------------------------------------------- */

static void net_put(struct net *w, unsigned s)
{
    struct stream_out *o = lanes_out(w->end[s ? TARGET : SOURCE], s);
    uint8_t *to;
    size_t n;

    if (w->put[s] == w->total[s]) {
        stream_out_end(o);
        return;
    }
    to = stream_out_room(o, &n);
    if (n > w->total[s] - w->put[s])
        n = w->total[s] - w->put[s];
    if (n)
        n = 1 + net_any(w, n);
    for (size_t i = 0; i < n; i++)
        to[i] = net_byte(s, w->put[s] + i);
    stream_out_put(o, n);
    w->put[s] += n;
}

static void net_take(struct net *w, unsigned s)
{
    struct stream_in *in = lanes_in(w->end[s ? SOURCE : TARGET], s);
    size_t n;
    const uint8_t *from = stream_in_peek(in, &n);

    if (n)
        n = 1 + net_any(w, n);
    for (size_t i = 0; i < n; i++)
        if (from[i] != net_byte(s, w->got[s] + i))
            fail_msg("stream %u: byte %llu is wrong", s,
                     (unsigned long long)(w->got[s] + i));
    stream_in_take(in, n);
    w->got[s] += n;
}

/* --- what goes wrong ---------------------------------------------------------------- */

static void net_harm(struct net *w)
{
    struct conn *c = &w->conn[net_any(w, CONNS)];

    if (!c->used)
        return;
    if (net_any(w, 20) == 0) {
        c->frozen = true;
        w->freezes++;
        return;
    }
    w->cuts++;
    net_close(w, c, (int)net_any(w, 2));
}

static void net_watch(struct net *w)
{
    for (int e = 0; e < 2; e++)
        for (unsigned i = 0; i < w->end[e]->n; i++) {
            struct conn *c = net_conn(w, e, i);

            if (c && lanes_dead(w->end[e], i, w->now))
                net_close(w, c, e);
            else if (!c && e == SOURCE && net_any(w, 8) == 0)
                net_dial(w, i);
        }
}

static void net_step(struct net *w)
{
    w->now += 1000;
    net_watch(w);
    for (unsigned s = 0; s < CHUNK_STREAMS; s++) {
        net_put(w, s);
        net_take(w, s);
    }
    for (int i = 0; i < 4; i++) {
        net_write(w, SOURCE);
        net_write(w, TARGET);
    }
    for (unsigned i = 0; i < CONNS; i++)
        for (int e = 0; w->conn[i].used && e < 2; e++)
            if (net_any(w, 3))
                net_read(w, &w->conn[i], e);
}

static void net_init(struct net *w, unsigned lanes, uint64_t seed,
                     uint64_t bytes)
{
    memset(w, 0, sizeof *w);
    w->seed = seed * 0x9e3779b97f4a7c15u + 1;
    w->total[0] = bytes;
    w->total[1] = bytes / 8 + 1;
    w->total[2] = seed % 3;
    for (int e = 0; e < 2; e++) {
        struct lanes_setup setup = { e == SOURCE, lanes, BIG, 0 };

        w->end[e] = malloc(sizeof(struct lanes));
        assert_int_equal(lanes_init(w->end[e], &setup, 0), 0);
    }
}

static void net_dispose(struct net *w)
{
    for (int e = 0; e < 2; e++) {
        lanes_dispose(w->end[e]);
        free(w->end[e]);
    }
}

static bool net_over(const struct net *w)
{
    return lanes_over(w->end[0]) && lanes_over(w->end[1]);
}

/* --- tests ------------------------------------------------------------------------------ */

static struct net net;

/* `cuts` in all; each run has so many that it takes as long again. */
static unsigned run_cut(unsigned lanes, uint64_t seed)
{
    struct net *w = &net;

    net_init(w, lanes, seed, 2 << 20);
    for (unsigned i = 0; !net_over(w); i++) {
        if (i > 4000000)
            fail_msg("seed %llu: it hangs", (unsigned long long)seed);
        net_step(w);
        if (net_any(w, 4) == 0)
            net_harm(w);
    }
    for (unsigned s = 0; s < CHUNK_STREAMS; s++)
        assert_int_equal(w->got[s], w->total[s]);
    assert_true(lanes_resent(w->end[0]) + lanes_resent(w->end[1]) <=
                w->in_flight);
    assert_true(w->in_flight <= (uint64_t)(w->cuts + w->freezes) * 2 *
                                    (BIG + 2 * LANES_SMALL));
    net_dispose(w);
    return w->cuts;
}

static void test_cuts(void **state)
{
    unsigned cuts = 0, runs = 0;

    for (; cuts < 1000 || runs < 16; runs++)
        cuts += run_cut(1 + runs % CHUNK_LANES, runs + 1);
    print_message("%u cuts in %u runs\n", cuts, runs);
}

/* Both know that it is over, and neither waits for the other. */
static void test_end(void **state)
{
    struct net *w = &net;

    net_init(w, 3, 5, 100000);
    for (unsigned i = 0; !lanes_ended(w->end[0]) || !lanes_ended(w->end[1]);
         i++) {
        assert_true(i < 100000);
        net_step(w);
    }
    assert_int_equal(lanes_resent(w->end[0]), 0);
    net_dispose(w);
}

/* No stream, and no lane that is idle, keeps a lane from being heard. */
static void test_idle(void **state)
{
    struct net *w = &net;

    net_init(w, 2, 9, 1000);
    w->total[0] = UINT64_MAX; /* it never ends */
    while (w->now < 60000000) {
        uint64_t put = w->put[0];

        w->put[0] = w->total[0] - 1; /* and nothing is put in */
        w->now += 100000;
        net_watch(w);
        for (int i = 0; i < 8; i++) {
            net_write(w, SOURCE);
            net_write(w, TARGET);
        }
        for (unsigned i = 0; i < CONNS; i++)
            for (int e = 0; w->conn[i].used && e < 2; e++)
                for (int k = 0; k < 8; k++)
                    net_read(w, &w->conn[i], e);
        w->put[0] = put;
    }
    assert_int_equal(w->cuts, 0);
    assert_true(w->end[SOURCE]->lane[0].up && w->end[SOURCE]->lane[1].up);
    net_dispose(w);
}

/* --- the rate --------------------------------------------------------------------------- */

/* Bytes of each millisecond, by lanes that are asked late by up to 8 ms. */
static void assert_rate(unsigned lanes, uint64_t rate)
{
    enum { MS = 5000 };
    static uint64_t sent[MS];
    struct lanes *l = malloc(sizeof *l);
    struct lanes_setup setup = { true, lanes, BIG, rate };
    struct net w = { .seed = 77 };
    uint64_t last = 0, sum = 0;

    memset(sent, 0, sizeof sent);
    assert_int_equal(lanes_init(l, &setup, 0), 0);
    for (unsigned i = 0; i < lanes; i++) {
        struct chunk hello = { CHUNK_HELLO, (uint8_t)i, 0, CHUNK_VERSION, 0 };

        lanes_up(l, i, &hello, 0);
    }
    for (uint64_t us = 0; us < MS * 1000; us += 300 + net_any(&w, 7700)) {
        struct stream_out *o = lanes_out(l, 0);

        for (unsigned mask = (1u << lanes) - 1, turn = 0; turn < 400; turn++) {
            int lane = lanes_pick(l, mask);
            size_t n;

            assert_int_equal(stream_out_acked(o, o->sent, o->sent + BIG), 0);
            while (stream_out_room(o, &n), n)
                stream_out_put(o, n);
            if (lane < 0)
                break;
            lanes_pending(l, (unsigned)lane, us, &n);
            if (!n)
                mask &= ~(1u << lane);
            lanes_went(l, (unsigned)lane, n, us);
        }
        sent[us / 1000] += l->written - last;
        last = l->written;
    }
    for (unsigned ms = 0; ms < MS; ms++) {
        sum += sent[ms];
        if (ms >= 1000)
            sum -= sent[ms - 1000];
        if (ms >= 1100 &&
            (sum > rate + rate * 3 / 100 + 400 || sum < rate - rate * 3 / 100))
            fail_msg("%u lanes at %llu: %llu in a second", lanes,
                     (unsigned long long)rate, (unsigned long long)sum);
    }
    lanes_dispose(l);
    free(l);
}

static void test_rate(void **state)
{
    static const uint64_t rates[] = { 125000, 4000000, 12500000, 125000000 };

    for (size_t i = 0; i < sizeof rates / sizeof rates[0]; i++) {
        assert_rate(1, rates[i]);
        assert_rate(3, rates[i]);
        assert_rate(8, rates[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cuts),
        cmocka_unit_test(test_end),
        cmocka_unit_test(test_idle),
        cmocka_unit_test(test_rate),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
