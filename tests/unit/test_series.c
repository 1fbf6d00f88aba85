/* SPDX-License-Identifier: LGPL-2.1-only */
/* Samples as codes, packed blocks, folding and statistics. */
#include "tools/series/fold.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tools/series/pack.h"
#include "tools/series/stats.h"

static uint64_t seed = 1;

static unsigned chance(unsigned n)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(seed >> 33) % n;
}

static void test_codes(void **state)
{
    for (int kind = 0; kind < METRIC_KINDS; kind++) {
        unsigned n;
        const struct metric *m = metric_table((enum metric_kind)kind, &n);

        assert_in_range(n, 1, METRICS_MOST);
        for (unsigned i = 0; i < n; i++, m++) {
            assert_int_equal(metric_find((enum metric_kind)kind, m->name), i);
            assert_int_equal(metric_code(m, -1), 0);
            assert_int_equal(metric_code(m, NAN), 0);
            assert_int_equal(metric_code(m, 0), 1);
            assert_int_equal(metric_code(m, 1e300), 255);
            assert_int_equal(metric_code(m, INFINITY), 255);
            /* each code is its own */
            for (unsigned c = 0; c < 256; c++)
                assert_int_equal(metric_code(m, metric_value(m, (uint8_t)c)),
                                 c);
        }
    }
    assert_int_equal(metric_find(METRIC_GUEST, "none"), -1);
}

/* Half of a step is the largest error, and powers of two have none. */
static void test_precision(void **state)
{
    unsigned n;
    const struct metric *cpu = metric_table(METRIC_GUEST, &n);

    for (double v = 0.002; v < 1000; v *= 1.0037) {
        double kept = metric_value(cpu, metric_code(cpu, v));

        if (fabs(kept / v - 1) > 0.0295)
            fail_msg("%g is kept as %g", v, kept);
    }
    for (double v = 1.0 / 1024; v <= 1024; v *= 2)
        assert_true(metric_value(cpu, metric_code(cpu, v)) == v);
}

static void test_sizes(void **state)
{
    struct shape g, h;

    shape_init(&g, METRIC_GUEST);
    shape_init(&h, METRIC_HOST);
    assert_in_range(100 * g.size + h.size, 1, 8 << 20);
    assert_int_not_equal(g.id, h.id);
    for (unsigned i = 0; i < SHAPE_LEVELS; i++) {
        static const unsigned keeps[] = { 600, 86400, 60 * 86400 };
        const struct level *l = &g.level[i];

        assert_in_range(l->n, 1, SHAPE_CHANNELS);
        assert_in_range(h.level[i].n, 1, SHAPE_CHANNELS);
        assert_in_range(l->bytes, 1, SHAPE_BLOCK);
        assert_in_range(l->slots, 1, SHAPE_SLOTS);
        assert_in_range(l->step_s * l->slots * (l->blocks - 1), keeps[i],
                        keeps[i] + l->step_s * l->slots);
        assert_int_equal(shape_level(&g, keeps[i]), i);
    }
    assert_int_equal(shape_level(&g, UINT64_MAX), 2);
    assert_int_equal(shape_channel(&g.level[0], GUEST_CPU, CHANNEL_MAX), -1);
    assert_true(shape_channel(&g.level[2], GUEST_STEAL, CHANNEL_P95) > 0);
}

enum { QUIET, BUSY, WILD, GONE, KINDS };

static uint8_t next_code(int kind, unsigned channel, uint8_t before)
{
    switch (kind) {
    case QUIET: return channel % 3 ? 1 : (uint8_t)(90 + channel);
    case BUSY: return (uint8_t)(100 + channel + chance(9));
    case WILD: return (uint8_t)chance(256);
    default: return chance(3) ? before : (uint8_t)(chance(2) * 200);
    }
}

/* All blocks fit; quiet ones and those with room are exact; what is lost of
 * the rest is precision, and least of what matters most. */
static void test_pack(void **state)
{
    struct shape s;

    shape_init(&s, METRIC_GUEST);
    for (unsigned i = 0; i < SHAPE_LEVELS * KINDS; i++) {
        const struct level *l = &s.level[i / KINDS];
        uint8_t in[SHAPE_SLOTS * SHAPE_CHANNELS],
            out[SHAPE_SLOTS * SHAPE_CHANNELS], bytes[SHAPE_BLOCK];
        size_t room = l->bytes - SHAPE_BLOCK_HEAD, len = l->slots * l->n;
        int pass;

        for (size_t k = 0; k < len; k++)
            in[k] = next_code(i % KINDS, (unsigned)k % l->n,
                              k < l->n ? 0 : in[k - l->n]);
        pass = codes_pack(l, in, bytes, room);
        if (pass < 0)
            fail_msg("level %u, kind %u does not fit", i / KINDS, i % KINDS);
        codes_unpack(l, (unsigned)pass, bytes, room, out);
        if (i % KINDS == QUIET)
            assert_int_equal(pass, 0);
        if (!pass)
            assert_memory_equal(in, out, len);
        for (size_t k = 0; k < len && i % KINDS == BUSY; k++) {
            int shift = pass - l->channel[k % l->n].keep;

            shift = shift < 0 ? 0 : shift > 6 ? 6 : shift;
            if (abs(in[k] - out[k]) > 1 << shift >> 1)
                fail_msg("level %u: %u became %u in pass %d", i / KINDS, in[k],
                         out[k], pass);
        }
    }
}

static void pack_constant(const struct level *l, unsigned channel, uint8_t own,
                          uint8_t others)
{
    uint8_t in[SHAPE_SLOTS * SHAPE_CHANNELS],
        out[SHAPE_SLOTS * SHAPE_CHANNELS], bytes[SHAPE_BLOCK];
    size_t room = l->bytes - SHAPE_BLOCK_HEAD, len = l->slots * l->n;

    memset(in, others, len);
    for (size_t k = channel; k < len; k += l->n)
        in[k] = own;
    assert_int_equal(codes_pack(l, in, bytes, room), 0);
    codes_unpack(l, 0, bytes, room, out);
    if (memcmp(in, out, len) != 0)
        fail_msg("step %u: channel %u, always %u, is not that", l->step_s,
                 channel, own);
}

/* A channel that says one thing all the time: its block may begin with bytes
 * of 0xff, which wait for a carry before anything else is written. */
static void test_pack_constant(void **state)
{
    struct shape s;

    shape_init(&s, METRIC_GUEST);
    for (unsigned i = 0; i < SHAPE_LEVELS; i++) {
        for (unsigned code = 0; code < 256; code++) {
            pack_constant(&s.level[i], 0, (uint8_t)code, 0);
            pack_constant(&s.level[i], 0, (uint8_t)code, 255);
        }
        for (unsigned c = 1; c < s.level[i].n; c++) {
            for (unsigned code = 0; code < 256; code += 15) {
                pack_constant(&s.level[i], c, (uint8_t)code, 0);
                pack_constant(&s.level[i], c, (uint8_t)code, 255);
            }
        }
    }
}

/* Any bytes give codes, and no more than there are. */
static void test_unpack_any(void **state)
{
    struct shape s;

    shape_init(&s, METRIC_HOST);
    for (unsigned i = 0; i < 300; i++) {
        const struct level *l = &s.level[i % SHAPE_LEVELS];
        uint8_t out[SHAPE_SLOTS * SHAPE_CHANNELS + 1], bytes[64];

        for (size_t k = 0; k < sizeof bytes; k++)
            bytes[k] = i < 3 ? 0xff : (uint8_t)chance(256);
        out[l->slots * l->n] = 77;
        codes_unpack(l, i % 30, bytes, i % sizeof bytes, out);
        assert_int_equal(out[l->slots * l->n], 77);
    }
}

struct folded {
    const struct shape *shape;
    unsigned n[SHAPE_LEVELS];
    uint32_t slot[SHAPE_LEVELS];
    uint8_t codes[SHAPE_LEVELS][SHAPE_CHANNELS];
    int fails;
};

static int folded(void *arg, unsigned level, uint32_t slot,
                  const uint8_t *codes)
{
    struct folded *f = arg;

    f->n[level]++;
    f->slot[level] = slot;
    memcpy(f->codes[level], codes, f->shape->level[level].n);
    return f->fails ? -ENOSPC : 0;
}

static double folded_value(const struct shape *s, const struct folded *f,
                           unsigned level, unsigned metric,
                           enum channel_what what)
{
    unsigned n;
    int c = shape_channel(&s->level[level], metric, what);

    assert_true(c >= 0);
    return metric_value(metric_table(s->kind, &n) + metric,
                        f->codes[level][c]);
}

static void test_fold(void **state)
{
    struct shape s;
    struct folded f = { .shape = &s };
    struct fold fold = { .n_tens = { 0 } };
    double value[METRICS_MOST];

    shape_init(&s, METRIC_GUEST);
    for (unsigned i = 0; i < METRICS_MOST; i++)
        value[i] = -1;
    /* 5 min: 4 processors in the first 10 s, one in the first of the rest */
    for (unsigned t = 0; t <= 300; t++) {
        value[GUEST_CPU] = t < 10 ? 4 : t % 10 ? 0 : 1;
        value[GUEST_STEAL] = t % 2 ? -1 : 0.5;
        assert_int_equal(fold_add(&fold, &s, 300000 + t, value, folded, &f),
                         0);
    }
    assert_int_equal(f.n[0], 301);
    assert_int_equal(f.n[1], 30);
    assert_int_equal(f.n[2], 1);
    assert_int_equal(f.slot[1], 30029);
    assert_int_equal(f.slot[2], 1000);
#define NEAR(a, b) assert_true(fabs((a) / (b)-1) < 0.03)
    NEAR(folded_value(&s, &f, 1, GUEST_CPU, CHANNEL_MEAN), 0.1);
    NEAR(folded_value(&s, &f, 1, GUEST_CPU, CHANNEL_MAX), 1);
    NEAR(folded_value(&s, &f, 2, GUEST_CPU, CHANNEL_MEAN), (40 + 29) / 300.0);
    NEAR(folded_value(&s, &f, 2, GUEST_CPU, CHANNEL_MAX), 4);
    NEAR(folded_value(&s, &f, 2, GUEST_CPU, CHANNEL_P95), 0.1);
    /* unknown seconds do not count, and nothing known is not 0 */
    NEAR(folded_value(&s, &f, 2, GUEST_STEAL, CHANNEL_MEAN), 0.5);
    assert_true(folded_value(&s, &f, 2, GUEST_RX, CHANNEL_MEAN) < 0);
    /* what is begun is ended at a stop; an error is told, and hinders nothing */
    f.fails = 1;
    assert_int_equal(fold_flush(&fold, &s, folded, &f), -ENOSPC);
    assert_int_equal(f.n[1], 31);
    assert_int_equal(f.n[2], 2);
    NEAR(folded_value(&s, &f, 2, GUEST_CPU, CHANNEL_MEAN), 1);
#undef NEAR
}

static void test_stats(void **state)
{
    struct metric m = { "x", 1, METRIC_LINEAR, 0, "" };
    uint8_t codes[200 * 2] = { 0 };
    struct stats s;

    stats_of(&s, &m, codes, 200, 2);
    assert_int_equal(s.n, 0);
    assert_true(s.mean == -1 && s.p95 == -1 && s.slope == 0);
    /* 0 .. 99, and nothing known between them */
    for (unsigned i = 0; i < 100; i++)
        codes[i * 4] = (uint8_t)(i + 1);
    stats_of(&s, &m, codes, 200, 2);
    assert_int_equal(s.n, 100);
    assert_true(s.mean == 49.5 && s.newest == 99 && s.most == 99);
    assert_true(s.p50 == 49 && s.p95 == 94 && s.p99 == 98);
    assert_true(fabs(s.slope - 0.5) < 1e-9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_codes),
        cmocka_unit_test(test_precision),
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_pack),
        cmocka_unit_test(test_pack_constant),
        cmocka_unit_test(test_unpack_any),
        cmocka_unit_test(test_fold),
        cmocka_unit_test(test_stats),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
