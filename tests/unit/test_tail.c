/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The tail of a stream in frames: what comes back is what was sent, and nothing
 * else is taken for one, whatever the bytes.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "libxl-ext/wire/frame.h"
#include "libxl-ext/wire/tail.h"
#include "tests/lib/pages.h"

enum { SAVED = 3 * FRAME_RAW / 2 };

struct source {
    const uint8_t *at;
    size_t left;
};

static int read_source(void *arg, void *buf, size_t n)
{
    struct source *s = arg;

    if (n > s->left)
        return -EPIPE;
    memcpy(buf, s->at, n);
    s->at += n;
    s->left -= n;
    return 0;
}

static int decode(const uint8_t *wire, size_t n, uint8_t **bytes_r,
                  size_t *n_r, size_t *left_r)
{
    struct source s = { wire, n };
    int rc = tail_decode(read_source, &s, bytes_r, n_r);

    *left_r = s.left;
    return rc;
}

/* As a device model saves its devices: mostly zeros. */
static uint8_t *saved(size_t n)
{
    uint8_t *bytes = calloc(1, n);

    for (size_t i = 0; i < n; i += 50)
        bytes[i] = (uint8_t)pages_any();
    return bytes;
}

static void test_comes_back(void **state)
{
    static const size_t sizes[] = {
        1, 8, 300, FRAME_RAW, FRAME_RAW + 1, SAVED
    };

    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        for (enum pack_how how = PACK_NONE; how <= PACK_LAST; how++) {
            size_t n = sizes[i], len, got_n, left;
            uint8_t *bytes = saved(n), *wire, *got;

            assert_int_equal(tail_encode(bytes, n, how, &wire, &len), 0);
            if (how != PACK_NONE && n >= 300)
                assert_true(len < n / 4);
            else
                assert_true(len <= n + TAIL_HEAD + 2 * FRAME_HEAD);
            assert_int_equal(decode(wire, len, &got, &got_n, &left), 0);
            assert_int_equal(left, 0);
            assert_int_equal(got_n, n);
            assert_memory_equal(got, bytes, n);
            free(got);
            free(wire);
            free(bytes);
        }
}

/* What can't be made smaller goes as it is. */
static void test_noise(void **state)
{
    static uint8_t bytes[FRAME_PAGE];
    uint8_t *wire, *got;
    size_t len, n, left;

    pages_fill(bytes);
    assert_int_equal(tail_encode(bytes, sizeof bytes, PACK_ZSTD, &wire, &len),
                     0);
    assert_int_equal(len, TAIL_HEAD + FRAME_HEAD + sizeof bytes);
    assert_int_equal(decode(wire, len, &got, &n, &left), 0);
    assert_memory_equal(got, bytes, sizeof bytes);
    free(got);
    free(wire);
}

static void test_bounds(void **state)
{
    uint8_t head[TAIL_HEAD + FRAME_HEAD] = { 0 }, *wire, *got;
    size_t len, n, left;

    assert_int_equal(tail_encode(head, 0, PACK_LZ4, &wire, &len), -EMSGSIZE);
    assert_int_equal(tail_encode(head, TAIL_MAX + 1u, PACK_LZ4, &wire, &len),
                     -EMSGSIZE);
    /* sums that none has: of 0 bytes, of one too many, of all */
    memset(head, 0, sizeof head);
    assert_int_equal(decode(head, sizeof head, &got, &n, &left), -EPROTO);
    assert_int_equal(left, FRAME_HEAD);
    head[3] = TAIL_MAX >> 24;
    head[0] = 1;
    assert_int_equal(decode(head, sizeof head, &got, &n, &left), -EPROTO);
    assert_int_equal(left, FRAME_HEAD);
    memset(head, 0xff, sizeof head);
    assert_int_equal(decode(head, sizeof head, &got, &n, &left), -EPROTO);
    assert_int_equal(left, FRAME_HEAD);
}

/* Frames in another order, of another type, more than the sum. */
static void test_frames_refused(void **state)
{
    static const struct {
        size_t at; /* in the first frame's head */
        uint8_t value;
    } rows[] = {
        { 10, FRAME_OF_PFNS },
        { 10, FRAME_OF_PAGES },
        { 10, 9 },
        { 11, PACK_LAST + 1 },
        { 12, 1 },
        { 8, 1 },
    };
    uint8_t *bytes = saved(300), *wire, *got = NULL;
    size_t len, n, left;

    assert_int_equal(tail_encode(bytes, 300, PACK_LZ4, &wire, &len), 0);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint8_t *at = wire + TAIL_HEAD + rows[i].at, before = *at;

        *at = rows[i].value;
        if (decode(wire, len, &got, &n, &left) != -EPROTO)
            fail_msg("row %zu", i);
        *at = before;
    }
    wire[0]--; /* the sum is one less than the frame has */
    assert_int_equal(decode(wire, len, &got, &n, &left), -EPROTO);
    wire[0] += 2; /* and one more: another frame is read */
    assert_int_equal(decode(wire, len, &got, &n, &left), -EPIPE);
    assert_null(got);
    free(wire);
    free(bytes);
}

/* Any bit that another way turns round, and any end. */
static void test_damaged(void **state)
{
    enum { N = 300 };
    uint8_t *bytes = saved(N), *wire, *got = NULL;
    size_t len, n, left;

    assert_int_equal(tail_encode(bytes, N, PACK_ZSTD, &wire, &len), 0);
    for (size_t i = 0; i < 8 * len; i++) {
        wire[i / 8] ^= (uint8_t)(1 << i % 8);
        if (!decode(wire, len, &got, &n, &left)) { /* the same by luck */
            assert_int_equal(n, N);
            assert_memory_equal(got, bytes, N);
            free(got);
            got = NULL;
        }
        wire[i / 8] ^= (uint8_t)(1 << i % 8);
    }
    for (size_t i = 0; i < len; i++)
        assert_int_equal(decode(wire, i, &got, &n, &left), -EPIPE);
    assert_null(got);
    free(wire);
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_comes_back),
        cmocka_unit_test(test_noise),
        cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_frames_refused),
        cmocka_unit_test(test_damaged),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
