/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What frames are made of: their heads, the changes of pages, the lists of page
 * frame numbers; and the choice of their compression.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "libxl-ext/wire/delta.h"
#include "libxl-ext/wire/frame.h"
#include "libxl-ext/wire/pack_choice.h"
#include "libxl-ext/wire/pfn_list.h"
#include "tests/lib/pages.h"

/* --- heads ------------------------------------------------------------------------ */

static void test_head(void **state)
{
    const struct frame f = { .type = FRAME_OF_PAGES,
                             .how = PACK_LZ4,
                             .length = 0x104,
                             .raw = 0x40000,
                             .entries = 2,
                             .seq = 0xfffffffe,
                             .digest = 1ull << 63 };
    struct frame got;
    uint8_t head[FRAME_HEAD];

    frame_put(&f, head);
    assert_int_equal(frame_get(&got, head), 0);
    assert_int_equal(got.type, f.type);
    assert_int_equal(got.how, f.how);
    assert_int_equal(got.length, f.length);
    assert_int_equal(got.raw, f.raw);
    assert_int_equal(got.entries, f.entries);
    assert_int_equal(got.seq, f.seq);
    assert_true(got.digest == f.digest);
}

static void test_head_refused(void **state)
{
    enum { BYTES = FRAME_OF_BYTES, PFNS, PAGES };
    static const struct {
        unsigned type, how, length, raw, entries;
        bool ok;
    } rows[] = {
        { BYTES, PACK_NONE, 1, 1, 0, true },
        { BYTES, PACK_NONE, FRAME_RAW, FRAME_RAW, 0, true },
        { BYTES, PACK_NONE, 0, 0, 0, false },
        { BYTES, PACK_NONE, FRAME_RAW + 1, FRAME_RAW + 1, 0, false },
        { BYTES, PACK_NONE, 1, 2, 0, false },
        { BYTES, PACK_NONE, 1, 1, 1, false },
        { BYTES, PACK_LZ4, 1, 2, 0, true },
        { BYTES, PACK_LZ4, 2, 2, 0, false },
        { BYTES, PACK_LZ4, 0, 2, 0, false },
        { BYTES, PACK_ZSTD + 1, 1, 2, 0, false },
        { PFNS, PACK_NONE, 2, 2, 1, true },
        { PFNS, PACK_NONE, 2, 2, 0, false },
        { PFNS, PACK_NONE, 2, 2, FRAME_RECORD + 1, false },
        { PFNS, PACK_LZ4, 2, 3, 1, false },
        { PFNS, PACK_NONE, FRAME_PFNS + 1, FRAME_PFNS + 1, 1, false },
        { PAGES, PACK_NONE, 2, 0, 1, true },
        { PAGES, PACK_NONE, 1, 0, 1, false },
        { PAGES, PACK_NONE, 3, 0, 1, false },
        { PAGES, PACK_NONE, 0, 0, 0, false },
        { PAGES, PACK_NONE, FRAME_RAW + 3, FRAME_RAW + 1, 1, false },
        { 0, PACK_NONE, 1, 1, 0, false },
        { 4, PACK_NONE, 1, 1, 0, false },
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct frame f = { .type = (enum frame_type)rows[i].type,
                           .how = (uint8_t)rows[i].how,
                           .length = rows[i].length,
                           .raw = rows[i].raw,
                           .entries = (uint16_t)rows[i].entries };
        uint8_t head[FRAME_HEAD];

        frame_put(&f, head);
        if (frame_get(&f, head) != (rows[i].ok ? 0 : -EPROTO))
            fail_msg("row %zu", i);
    }
}

/* --- deltas ----------------------------------------------------------------------- */

static void test_delta(void **state)
{
    static uint8_t old[FRAME_PAGE], page[FRAME_PAGE], got[FRAME_PAGE];
    uint8_t delta[DELTA_MAX];

    pages_fill(old);
    for (unsigned changes = 0; changes < 60; changes++)
        for (unsigned again = 0; again < 50; again++) {
            int n;

            memcpy(page, old, sizeof page);
            for (unsigned i = 0; i < changes; i++)
                page[pages_any() % FRAME_PAGE] ^= (uint8_t)pages_any();
            n = delta_encode(old, page, delta);
            assert_true(n >= 0 && n <= (int)(12 * changes));
            assert_true(changes || !n);
            memcpy(got, old, sizeof got);
            assert_int_equal(delta_apply(got, delta, (size_t)n), 0);
            assert_memory_equal(got, page, sizeof page);
        }
    pages_fill(page);
    assert_int_equal(delta_encode(old, page, delta), -1);
    memcpy(page, old, sizeof page);
    page[0] ^= 1;
    page[FRAME_PAGE - 1] ^= 1;
    assert_int_equal(delta_encode(old, page, delta), 7);
}

static void test_delta_refused(void **state)
{
    static const struct {
        uint8_t d[8];
        size_t n;
        int rc;
    } rows[] = {
        { { 0 }, 0, 0 },
        { { 0, 1, 9 }, 3, 0 },
        { { 0, 1 }, 2, -EPROTO }, /* no byte */
        { { 0, 0 }, 2, -EPROTO }, /* of no length */
        { { 0 }, 1, -EPROTO },    /* half of it */
        { { 0x80 }, 1, -EPROTO }, /* half a number */
        { { 0x80, 0x80, 1, 1, 9 }, 5, -EPROTO },
        { { 0xff, 0x1f, 1, 9 }, 4, 0 },       /* the last byte */
        { { 0x80, 0x20, 1, 9 }, 4, -EPROTO }, /* beyond it */
        { { 0xff, 0x1f, 2, 9, 9 }, 5, -EPROTO },
        { { 0xff, 0x7f, 1, 9 }, 4, -EPROTO },
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        static uint8_t page[FRAME_PAGE];

        if (delta_apply(page, rows[i].d, rows[i].n) != rows[i].rc)
            fail_msg("row %zu", i);
    }
}

/* --- lists of pages ------------------------------------------------------------------ */

static void assert_list(const uint64_t *list, size_t n, size_t most)
{
    static uint8_t buf[FRAME_PFNS];
    static uint64_t got[FRAME_RECORD];
    size_t len = pfn_list_encode(list, n, buf);

    assert_true(len && len <= most);
    assert_int_equal(pfn_list_decode(buf, len, got, n), 0);
    assert_memory_equal(got, list, n * sizeof *list);
    assert_int_equal(pfn_list_decode(buf, len - 1, got, n), -EPROTO);
    if (n > 1)
        assert_int_equal(pfn_list_decode(buf, len, got, n - 1), -EPROTO);
    if (n < FRAME_RECORD)
        assert_int_equal(pfn_list_decode(buf, len, got, n + 1), -EPROTO);
}

static void test_list(void **state)
{
    static uint64_t list[FRAME_RECORD];

    for (size_t i = 0; i < FRAME_RECORD; i++)
        list[i] = 0x100000 + i;
    assert_list(list, FRAME_RECORD, 6);
    for (size_t i = 0; i < FRAME_RECORD; i++)
        list[i] = 5 * i;
    assert_list(list, FRAME_RECORD, 2 * FRAME_RECORD);
    for (size_t i = 0; i < FRAME_RECORD; i++) /* the longest there is */
        list[i] = (i & 1 ? 0 : PFN_MASK) | (uint64_t)(i % 15) << 60;
    assert_list(list, FRAME_RECORD, FRAME_PFNS);
    list[0] = 0;
    assert_list(list, 1, 2);
    list[0] = PFN_MASK;
    list[1] = 0; /* follows it, but for the carry */
    assert_list(list, 2, 20);
    list[0] = 1ull << PFN_BITS;
    assert_int_equal(pfn_list_encode(list, 1, (uint8_t[FRAME_PFNS]){ 0 }), 0);
}

static void test_list_refused(void **state)
{
    static const struct {
        uint8_t b[12];
        size_t len, n;
    } rows[] = {
        { { 0, 0 }, 2, 1 },     /* a run of none */
        { { 3, 16, 0 }, 3, 1 }, /* no type */
        { { 3 }, 1, 1 },
        { { 2, 1 << 1 | 1 }, 2, 1 }, /* below 0 */
        { { 2, 255, 255, 255, 255, 255, 255, 255, 255, 1 }, 10, 1 },
        { { 2, 254, 255, 255, 255, 255, 255, 255, 127 }, 9, 1 },
        { { 4, 0 }, 2, 1 },
        { { 255, 255, 255, 255, 255, 255, 255, 0, 0 }, 9, 1024 },
    };
    static uint64_t got[FRAME_RECORD];

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (pfn_list_decode(rows[i].b, rows[i].len, got, rows[i].n) != -EPROTO)
            fail_msg("row %zu", i);
}

/* --- the choice --------------------------------------------------------------------------- */

/* A guest's memory as each way of packing meets it: ns for a byte, and what is
 * left of it. */
struct costs {
    double work, ratio;
};
static const struct costs usual[] = { { 0.25, 1 },
                                      { 1.1, 0.4 },
                                      { 1.9, 0.3 } };

/* An encoder in front of a link with a buffer, which takes one frame after the
 * other: the ns that `mib` MiB take. */
struct sending {
    struct pack_choice c;
    double link_ns, filled; /* for a byte; bytes in the buffer */
    double buffer;
};
enum { BUFFER = 320 << 10 };

static double send_frame(struct sending *s, const struct costs *w)
{
    enum { RAW = FRAME_RAW };
    double work = w[s->c.how].work * RAW, wire = w[s->c.how].ratio * RAW;
    double wait;

    s->filled = s->filled - work / s->link_ns;
    if (s->filled < 0)
        s->filled = 0;
    wait = (s->filled + wire - s->buffer) * s->link_ns;
    if (wait < 0)
        wait = 0;
    s->filled += wire - wait / s->link_ns;
    pack_choice_note(&s->c,
                     &(struct pack_sent){ (uint64_t)work, (uint64_t)wait, RAW,
                                          (uint64_t)wire });
    return work + wait;
}

static double send_all(enum codec_wish wish, double link_ns, unsigned mib,
                       const struct costs *w)
{
    struct sending s = { .link_ns = link_ns, .buffer = BUFFER };
    double ns = 0;

    pack_choice_init(&s.c, wish);
    for (unsigned i = 0; i < 4 * mib; i++)
        ns += send_frame(&s, w);
    return ns + s.filled * s.link_ns;
}

/* As good as the best of the fixed ones, at each rate of the link. */
static void test_choice(void **state)
{
    static const double gbit[] = { 0.1, 0.3, 1, 2, 3, 5, 10, 25, 100 };
    static const struct costs slow_cpu[] = { { 0.5, 1 },
                                             { 3, 0.5 },
                                             { 9, 0.35 } };
    static const struct costs no_gain[] = { { 0.25, 1 },
                                            { 0.5, 0.98 },
                                            { 2, 0.97 } };
    const struct costs *const memory[] = { usual, slow_cpu, no_gain };

    for (size_t m = 0; m < 3; m++)
        for (size_t i = 0; i < sizeof gbit / sizeof gbit[0]; i++) {
            double link_ns = 8 / gbit[i], best = 0, got;

            for (int w = CODEC_NONE; w <= CODEC_LAST; w++) {
                double ns =
                    send_all((enum codec_wish)w, link_ns, 500, memory[m]);

                best = !best || ns < best ? ns : best;
            }
            got = send_all(CODEC_AUTO, link_ns, 500, memory[m]);
            if (got > 1.1 * best)
                fail_msg("memory %zu, %g Gbit/s: %.3f times the best", m,
                         gbit[i], got / best);
        }
}

/* A link that changes is followed: after some MiB it is as at that rate. */
static void test_choice_follows(void **state)
{
    static const double gbit[] = { 10, 0.1, 3, 100, 1 };
    struct sending s = { .link_ns = 1, .buffer = BUFFER };

    pack_choice_init(&s.c, CODEC_AUTO);
    for (size_t i = 0; i < sizeof gbit / sizeof gbit[0]; i++) {
        double ns = 0, best = 0;

        s.link_ns = 8 / gbit[i];
        for (unsigned k = 0; k < 4 * 200; k++)
            send_frame(&s, usual);
        for (unsigned k = 0; k < 4 * 200; k++)
            ns += send_frame(&s, usual);
        for (int w = CODEC_NONE; w <= CODEC_LAST; w++) {
            double fixed = send_all((enum codec_wish)w, s.link_ns, 200, usual);

            best = !best || fixed < best ? fixed : best;
        }
        if (ns > 1.15 * best)
            fail_msg("%g Gbit/s: %.3f times the best", gbit[i], ns / best);
    }
}

/* A small guest, and a buffer that holds a good part of what is sent: a limit that is
 * told is as good as a link that was waited for. */
static double send_limited(enum codec_wish wish, double gbit, unsigned mib)
{
    struct sending s = { .link_ns = 8 / gbit, .buffer = 6 << 20 };
    double ns = 0;

    pack_choice_init(&s.c, wish);
    pack_choice_limit(&s.c, (uint64_t)(gbit * 1e9 / 8));
    for (unsigned i = 0; i < 4 * mib; i++)
        ns += send_frame(&s, usual);
    return ns + s.filled * s.link_ns;
}

static void test_choice_limit(void **state)
{
    static const double gbit[] = { 0.1, 0.3, 1, 2, 3, 10 };

    for (size_t i = 0; i < sizeof gbit / sizeof gbit[0]; i++) {
        double best = 0, got = send_limited(CODEC_AUTO, gbit[i], 128);

        for (int w = CODEC_NONE; w <= CODEC_LAST; w++) {
            double ns = send_limited((enum codec_wish)w, gbit[i], 128);

            best = !best || ns < best ? ns : best;
        }
        if (got > 1.1 * best)
            fail_msg("%g Gbit/s: %.3f times the best", gbit[i], got / best);
    }
}

/* A limit that is taken away in the middle holds nothing back, and one of a codec that
 * is fixed changes nothing. */
static void test_choice_no_limit(void **state)
{
    struct sending s = { .link_ns = 80, .buffer = BUFFER };
    enum { SLOW = 12500000 };

    pack_choice_init(&s.c, CODEC_LZ4);
    pack_choice_limit(&s.c, SLOW);
    assert_int_equal(s.c.how, PACK_LZ4);
    pack_choice_init(&s.c, CODEC_AUTO);
    pack_choice_limit(&s.c, 0);
    assert_int_equal(s.c.how, PACK_LZ4);
    pack_choice_limit(&s.c, SLOW);
    assert_int_equal(s.c.how, PACK_ZSTD);
    for (int i = 0; i < 200; i++)
        send_frame(&s, usual);
    assert_int_equal(s.c.best, PACK_ZSTD);
    pack_choice_limit(&s.c, 0);
    s.link_ns = 0.08;
    for (int i = 0; i < 400; i++)
        send_frame(&s, usual);
    assert_int_equal(s.c.best, PACK_NONE);
}

static void test_choice_odd(void **state)
{
    struct pack_choice c;

    pack_choice_init(&c, CODEC_AUTO);
    for (int i = 0; i < 100; i++) { /* a clock that stands says nothing */
        pack_choice_note(&c, &(struct pack_sent){ 0, 0, FRAME_RAW, 1000 });
        pack_choice_note(&c, &(struct pack_sent){ 9, 9, 0, 24 });
        pack_choice_note(&c, &(struct pack_sent){ 9, 9, FRAME_RAW, 0 });
    }
    assert_int_equal(c.how, PACK_LZ4);
    for (int w = CODEC_NONE; w <= CODEC_LAST; w++) {
        struct sending s = { .link_ns = 80, .buffer = BUFFER };

        pack_choice_init(&s.c, (enum codec_wish)w);
        for (int i = 0; i < 100; i++) {
            s.link_ns = i < 50 ? 80 : 0.01;
            send_frame(&s, usual);
            assert_int_equal(s.c.how, w - CODEC_NONE);
        }
    }
}

static void test_wishes(void **state)
{
    enum codec_wish w;

    for (int i = CODEC_OFF; i <= CODEC_LAST; i++) {
        assert_int_equal(
            codec_wish_parse(codec_wish_name((enum codec_wish)i), &w), 0);
        assert_int_equal(w, i);
    }
    assert_int_equal(codec_wish_parse("", &w), -EINVAL);
    assert_int_equal(codec_wish_parse("gzip", &w), -EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_head),
        cmocka_unit_test(test_head_refused),
        cmocka_unit_test(test_delta),
        cmocka_unit_test(test_delta_refused),
        cmocka_unit_test(test_list),
        cmocka_unit_test(test_list_refused),
        cmocka_unit_test(test_choice),
        cmocka_unit_test(test_choice_follows),
        cmocka_unit_test(test_wishes),
        cmocka_unit_test(test_choice_limit),
        cmocka_unit_test(test_choice_no_limit),
        cmocka_unit_test(test_choice_odd),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
