/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What lanes are made of: heads of chunks, a stream on its way out, a stream on
 * its way in, the limit of bytes a second.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "libxl-ext/wire/lanes.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))

/* --- heads -------------------------------------------------------------------------- */

static void test_head(void **state)
{
    const struct chunk c = { CHUNK_ACK, 2, 5, 0x123456789abcdef, 1ull << 62 };
    const uint8_t bytes[CHUNK_HEAD] = { 5,    0,    0,    0,    4,    2,
                                        0,    0,    0xef, 0xcd, 0xab, 0x89,
                                        0x67, 0x45, 0x23, 0x01, 0,    0,
                                        0,    0,    0,    0,    0,    0x40 };
    uint8_t head[CHUNK_HEAD];
    struct chunk got;

    chunk_put(&c, head);
    assert_memory_equal(head, bytes, sizeof bytes);
    assert_int_equal(chunk_get(&got, head), 0);
    assert_int_equal(got.type, c.type);
    assert_int_equal(got.stream, c.stream);
    assert_int_equal(got.length, c.length);
    assert_true(got.offset == c.offset && got.limit == c.limit);
    head[6] = 1;
    assert_int_equal(chunk_get(&got, head), -EPROTO);
}

static void test_head_refused(void **state)
{
    enum { MOST = CHUNK_DATA_MAX, SKIP = CHUNK_SKIP_MAX };
    const uint64_t far = CHUNK_OFFSET_MAX;
    const struct {
        struct chunk c;
        bool ok;
    } rows[] = {
        { { CHUNK_DATA, 0, 1, 0, 0 }, true },
        { { CHUNK_DATA, 2, MOST, far, 0 }, true },
        { { CHUNK_DATA, 0, 0, 0, 0 }, false },
        { { CHUNK_DATA, 0, MOST + 1, 0, 0 }, false },
        { { CHUNK_DATA, 3, 1, 0, 0 }, false },
        { { CHUNK_DATA, 0, 1, far + 1, 0 }, false },
        { { CHUNK_DATA, 0, 1, 0, 1 }, false },
        { { CHUNK_HELLO, 7, 0, 1, 0 }, true },
        { { CHUNK_HELLO, 7, SKIP, 9, 0 }, true },
        { { CHUNK_HELLO, 8, 0, 1, 0 }, false },
        { { CHUNK_HELLO, 0, 0, 0, 0 }, false },
        { { CHUNK_HELLO, 0, SKIP + 1, 1, 0 }, false },
        { { CHUNK_ACK, 1, 0, 5, 6 }, true },
        { { CHUNK_ACK, 1, 0, 5, far + 1 }, false },
        { { CHUNK_END, 1, 0, 5, 0 }, true },
        { { CHUNK_END, 1, 0, 5, 1 }, false },
        { { CHUNK_END, 1, SKIP + 1, 5, 0 }, false },
        { { CHUNK_PING, 0, 0, 0, 0 }, true },
        { { CHUNK_BYE, 0, 0, 0, 0 }, true },
        { { (enum chunk_type)0, 0, 0, 0, 0 }, false },
        { { (enum chunk_type)7, 0, 0, 0, 0 }, false },
        { { (enum chunk_type)255, 0, 1, 0, 0 }, false },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        uint8_t head[CHUNK_HEAD];
        struct chunk c;

        chunk_put(&rows[i].c, head);
        if (chunk_get(&c, head) != (rows[i].ok ? 0 : -EPROTO))
            fail_msg("row %zu", i);
    }
}

/* --- on its way in -------------------------------------------------------------------- */

enum { RING = 64 };

/* Brings n bytes at an offset, each of which is `mark`. */
static int in_bring(struct stream_in *s, uint64_t offset, size_t n, int mark)
{
    int rc = stream_in_begin(s, offset, n);

    while (!rc && n) {
        size_t part;
        uint8_t *to = stream_in_place(s, offset, n, &part);

        if (to)
            memset(to, mark, part);
        rc = stream_in_came(s, offset, part);
        offset += part;
        n -= part;
    }
    return rc;
}

static void test_in(void **state)
{
    /* what comes, and what is whole then; take: so many are taken first */
    static const struct {
        unsigned take, offset, n;
        int rc;
        unsigned whole;
    } rows[] = {
        { 0, 0, 4, 0, 4 },           { 0, 8, 4, 0, 4 }, /* a gap */
        { 0, 16, 4, 0, 4 },                             /* two */
        { 0, 12, 4, 0, 4 },        /* the second is closed */
        { 0, 8, 12, 0, 4 },        /* all of it once more */
        { 0, 2, 4, 0, 6 },         /* old and new */
        { 0, 6, 20, 0, 26 },       /* over what is there */
        { 0, 60, 4, 0, 26 },       /* the last that fits */
        { 0, 61, 4, -EPROTO, 26 }, /* one too many */
        { 26, 26, 34, 0, 64 },     /* up to the one from before */
        { 0, 0, 64, 0, 64 },       /* long taken */
        { 38, 64, 64, 0, 128 },    /* the whole ring */
        { 0, 128, 1, -EPROTO, 128 }, { 0, 1u << 31, 1, -EPROTO, 128 },
    };
    struct stream_in s;

    assert_int_equal(stream_in_init(&s, RING), 0);
    for (size_t i = 0; i < COUNT(rows); i++) {
        stream_in_take(&s, rows[i].take);
        if (in_bring(&s, rows[i].offset, rows[i].n, 1) != rows[i].rc ||
            s.whole != rows[i].whole)
            fail_msg("row %zu: whole %u", i, (unsigned)s.whole);
    }
    assert_int_equal(s.again, 12 + 2 + 12 + 64);
    stream_in_dispose(&s);
}

/* The first bytes stay, whatever comes later under their offset. */
static void test_in_again(void **state)
{
    struct stream_in s;
    const uint8_t *p;
    size_t n;

    assert_int_equal(stream_in_init(&s, RING), 0);
    assert_int_equal(in_bring(&s, 8, 8, 'b'), 0);
    assert_int_equal(in_bring(&s, 0, 24, 'a'), 0);
    assert_int_equal(in_bring(&s, 0, 24, 'c'), 0);
    p = stream_in_peek(&s, &n);
    assert_int_equal(n, 24);
    assert_memory_equal(p, "aaaaaaaabbbbbbbbaaaaaaaa", 24);
    stream_in_take(&s, 24);
    assert_int_equal(in_bring(&s, 24, 64, 'd'), 0);
    /* its place is that of other bytes now */
    assert_int_equal(in_bring(&s, 8, 8, 'e'), 0);
    p = stream_in_peek(&s, &n);
    assert_int_equal(n, 40);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(p[i], 'd');
    stream_in_take(&s, n);
    stream_in_peek(&s, &n);
    assert_int_equal(n, 24);
    stream_in_dispose(&s);
}

static void test_in_end(void **state)
{
    struct stream_in s;

    assert_int_equal(stream_in_init(&s, RING), 0);
    assert_int_equal(in_bring(&s, 4, 4, 1), 0);
    assert_int_equal(stream_in_end(&s, 7), -EPROTO);
    assert_int_equal(stream_in_end(&s, 8), 0);
    assert_int_equal(stream_in_end(&s, 8), 0);
    assert_int_equal(stream_in_end(&s, 9), -EPROTO);
    assert_int_equal(in_bring(&s, 8, 1, 1), -EPROTO);
    assert_int_equal(stream_in_came(&s, 8, 1), -EPROTO); /* it had begun */
    assert_int_equal(stream_in_ack(&s), 0);
    assert_int_equal(in_bring(&s, 0, 4, 1), 0);
    assert_int_equal(stream_in_ack(&s), 9);
    assert_false(stream_in_over(&s));
    stream_in_take(&s, 8);
    assert_true(stream_in_over(&s));
    stream_in_dispose(&s);
}

/* A peer that leaves gaps on purpose is refused at the bound. */
static void test_in_gaps(void **state)
{
    struct stream_in s;
    unsigned n = 0;

    assert_int_equal(stream_in_init(&s, 1 << 16), 0);
    while (!in_bring(&s, 2 * n + 1, 1, 1))
        n++;
    assert_int_equal(n, CHUNK_FLIGHT);
    assert_int_equal(in_bring(&s, 0, 2 * n, 1), 0);
    assert_int_equal(s.whole, 2 * n);
    stream_in_dispose(&s);
}

/* --- on its way out ----------------------------------------------------------------------- */

static void out_write(struct stream_out *o, size_t n)
{
    for (size_t part; n; n -= part) {
        uint8_t *to = stream_out_room(o, &part);

        assert_true(part > 0);
        if (part > n)
            part = n;
        memset(to, 'x', part);
        stream_out_put(o, part);
    }
}

/* "offset+length" of the next chunk, or -1 */
static void assert_next(struct stream_out *o, unsigned lane, size_t fresh,
                        int64_t offset, unsigned length)
{
    const struct out_room most = { fresh, SIZE_MAX };
    const uint8_t *bytes;
    struct chunk c;

    if (!stream_out_next(o, lane, most, &c, &bytes)) {
        assert_int_equal(offset, -1);
        return;
    }
    assert_int_equal(c.offset, offset);
    assert_int_equal(c.length, length);
    assert_int_equal(c.type, length ? CHUNK_DATA : CHUNK_END);
}

static void test_out(void **state)
{
    struct stream_out o;
    size_t n;

    assert_int_equal(stream_out_init(&o, RING), 0);
    out_write(&o, 40);
    assert_next(&o, 0, 16, -1, 0); /* the other end has said no room */
    assert_int_equal(stream_out_acked(&o, 0, 48), 0);
    assert_next(&o, 0, 16, 0, 16);
    assert_next(&o, 1, 16, 16, 16);
    assert_next(&o, 2, 0, -1, 0);
    assert_next(&o, 2, 16, 32, 8);
    assert_int_equal(o.held[1], 16);
    stream_out_lost(&o, 1);
    stream_out_lost(&o, 0);
    assert_int_equal(stream_out_acked(&o, 4, 48), 0);
    assert_next(&o, 2, 1, 4, 12); /* what is lost comes first, whole */
    out_write(&o, 24);
    assert_next(&o, 2, 16, 16, 16);
    assert_next(&o, 2, 16, 40, 8); /* as far as there is room */
    assert_next(&o, 2, 16, -1, 0);
    assert_int_equal(o.resent, 28);
    assert_int_equal(stream_out_acked(&o, 49, 100), -EPROTO);
    assert_int_equal(stream_out_acked(&o, 48, 100), 0);
    assert_int_equal(stream_out_acked(&o, 20, 30), 0); /* late news */
    assert_int_equal(o.held[2], 0);
    assert_next(&o, 0, 99, 48, 16); /* not over the ring's end */
    stream_out_end(&o);
    stream_out_room(&o, &n);
    assert_int_equal(n, 0);
    assert_next(&o, 0, 16, 64, 0);
    assert_next(&o, 0, 16, -1, 0);
    stream_out_lost(&o, 0);
    assert_next(&o, 3, 16, 48, 16);
    assert_next(&o, 3, 16, 64, 0); /* the end, again */
    assert_false(stream_out_over(&o));
    assert_int_equal(stream_out_acked(&o, 65, 128), 0);
    assert_true(stream_out_over(&o));
    stream_out_dispose(&o);
}

/* The other end keeps so many gaps, and no more. */
static void test_out_flight(void **state)
{
    const struct out_room one = { 1, SIZE_MAX };
    struct stream_out o;
    const uint8_t *bytes;
    struct chunk c;
    unsigned n = 0;

    assert_int_equal(stream_out_init(&o, 4096), 0);
    out_write(&o, 4096);
    assert_int_equal(stream_out_acked(&o, 0, 4096), 0);
    while (stream_out_next(&o, n % 8, one, &c, &bytes))
        n++;
    assert_int_equal(n, CHUNK_FLIGHT);
    stream_out_lost(&o, 3);
    assert_int_equal(stream_out_acked(&o, 10, 4096), 0);
    for (n = 0; stream_out_next(&o, 0, one, &c, &bytes); n++)
        if (n == 0)
            assert_int_equal(c.offset, 11);
    assert_int_equal(n, CHUNK_FLIGHT / 8 - 1 + 10);
    stream_out_dispose(&o);
}

/* --- the limit of bytes a second -------------------------------------------------------------- */

static void test_rate(void **state)
{
    struct rate r;

    rate_set(&r, 0, 5);
    assert_true(rate_may(&r, 5) == SIZE_MAX);
    rate_took(&r, 1 << 20);
    assert_true(rate_may(&r, 5) == SIZE_MAX);
    rate_set(&r, 1000000, 1000);
    assert_int_equal(rate_may(&r, 1000), 0);
    assert_int_equal(rate_next(&r), 6001);
    assert_int_equal(rate_may(&r, 5999), 0);
    assert_int_equal(rate_may(&r, 6000), 5000);
    assert_int_equal(rate_may(&r, 1000000), 20000); /* no more is saved */
    rate_took(&r, 30000);
    assert_int_equal(rate_may(&r, 1000000), 0);
    assert_int_equal(rate_next(&r), 1015001);
    assert_int_equal(rate_may(&r, 1015000), 5000);
    rate_set(&r, UINT64_MAX, 0);
    assert_true(rate_may(&r, UINT64_MAX) > 1u << 30);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_head),   cmocka_unit_test(test_head_refused),
        cmocka_unit_test(test_in),     cmocka_unit_test(test_in_again),
        cmocka_unit_test(test_in_end), cmocka_unit_test(test_in_gaps),
        cmocka_unit_test(test_out),    cmocka_unit_test(test_out_flight),
        cmocka_unit_test(test_rate),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
