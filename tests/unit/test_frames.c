/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The frames between two save helpers: what libxc wrote is what libxc reads,
 * byte for byte, whatever the pages; what costs nothing takes nothing; and no
 * frame that was changed on its way reaches libxc.
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
#include "libxl-ext/wire/pfn_list.h"
#include "tests/lib/frame_pipe.h"
#include "tests/lib/pages.h"

static uint8_t *page_of(struct frame_pipe *p, uint64_t pfn)
{
    return p->source + pfn * FRAME_PAGE;
}

/* What the decoder gave is what libxc wrote, and so is the target's memory. */
static void assert_arrived(struct frame_pipe *p, const uint64_t *pfns,
                           size_t n)
{
    assert_int_equal(frame_pipe_drain(p), 0);
    assert_int_equal(p->read_len, p->wrote_len);
    assert_memory_equal(p->read, p->wrote, p->wrote_len);
    assert_int_equal(p->mapped, 0);
    for (size_t i = 0; i < n; i++)
        assert_memory_equal(page_of(p, pfns[i]),
                            p->target + pfns[i] * FRAME_PAGE, FRAME_PAGE);
}

/* --- there and back -------------------------------------------------------------------- */

static void test_zero_pages(void **state)
{
    static uint64_t list[FRAME_RECORD];
    struct frame_pipe p;
    size_t before;

    frame_pipe_init(&p, PIPE_PAGES, PACK_LZ4);
    assert_int_equal(frame_pipe_heads(&p, false), 0);
    before = p.len;
    for (size_t i = 0; i < FRAME_RECORD; i++)
        list[i] = i;
    assert_int_equal(frame_pipe_pages(&p, list, FRAME_RECORD), 0);
    /* 4 MiB */
    assert_true(p.len - before <= 64);
    assert_int_equal(record_enc_stats(p.enc)->zero, FRAME_RECORD);
    /* they are written there, for what was there is not zero */
    assert_arrived(&p, list, FRAME_RECORD);
    frame_pipe_dispose(&p);
}

/* Some pages of each kind, in one record after another. */
static void mix(struct frame_pipe *p, uint64_t *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        /* each once, as in libxc's batches */
        uint64_t pfn = i ? list[i - 1] + 1 + pages_any() % 2 : pages_any() % 3;
        uint8_t *page = page_of(p, pfn);

        list[i] = pfn;
        switch (pages_any() % 6) {
        case 0: memset(page, 0, FRAME_PAGE); break;
        case 1: pages_fill(page); break;
        case 2: memset(page, (int)(pages_any() & 0xff), FRAME_PAGE); break;
        case 3: page[pages_any() % FRAME_PAGE] ^= 1; break;
        case 4: memset(page + pages_any() % 4000, 7, pages_any() % 96); break;
        default: break; /* as it was */
        }
    }
}

static void test_there_and_back(void **state)
{
    static const size_t caches[] = { 0, 1, 100, PIPE_PAGES };
    static uint64_t list[FRAME_RECORD];

    for (size_t c = 0; c < sizeof caches / sizeof caches[0]; c++)
        for (int how = PACK_NONE; how <= PACK_LAST; how++) {
            struct frame_pipe p;

            frame_pipe_init(&p, caches[c], (enum pack_how)how);
            assert_int_equal(frame_pipe_heads(&p, false), 0);
            assert_int_equal(frame_pipe_record(&p, 9, "policy", 6), 0);
            for (int round = 0; round < 6; round++) {
                size_t n = 1 + pages_any() % (FRAME_RECORD - 2);

                mix(&p, list, n);
                assert_int_equal(frame_pipe_pages(&p, list, n), 0);
                assert_arrived(&p, list, n);
                record_enc_first_pass_over(p.enc);
            }
            assert_int_equal(frame_pipe_record(&p, 0, NULL, 0), 0);
            assert_arrived(&p, list, 0);
            if (!caches[c] || caches[c] == PIPE_PAGES)
                assert_true(!caches[c] == !record_enc_stats(p.enc)->delta);
            frame_pipe_dispose(&p);
        }
}

/* A record of libxc's largest size takes several frames of bytes. */
static void test_large_record(void **state)
{
    size_t len = 3 * FRAME_RAW + 5;
    uint8_t *data = malloc(len);
    struct frame_pipe p;

    for (size_t i = 0; i < len; i++)
        data[i] = (uint8_t)(i >> 10);
    frame_pipe_init(&p, 0, PACK_ZSTD);
    assert_int_equal(frame_pipe_heads(&p, false), 0);
    assert_int_equal(frame_pipe_record(&p, 7, data, len), 0);
    assert_int_equal(record_enc_stats(p.enc)->frames, 2 + 4);
    assert_true(p.len < len / 100);
    assert_arrived(&p, NULL, 0);
    frame_pipe_dispose(&p);
    free(data);
}

/* Holes have no data, page tables no deltas, and of both what was sent before
 * does not count any more. */
static void test_types(void **state)
{
    uint64_t list[] = { 1, 2 | 0xfull << 60, 3 | 0x1ull << 60, 4,
                        5 | 0xcull << 60 };
    uint64_t plain[] = { 1, 2, 3, 4, 5 }, data[] = { 1, 3, 4, 5 };
    struct frame_pipe p;

    frame_pipe_init(&p, PIPE_PAGES, PACK_NONE);
    frame_pipe_heads(&p, false);
    for (uint64_t i = 1; i < 6; i++)
        pages_fill(page_of(&p, i));
    assert_int_equal(frame_pipe_pages(&p, list, 5), 0);
    assert_arrived(&p, data, 4);
    assert_int_equal(record_enc_stats(p.enc)->raw, 4);
    assert_int_equal(frame_pipe_pages(&p, list, 5), 0);
    assert_arrived(&p, data, 4);
    assert_int_equal(record_enc_stats(p.enc)->same, 2); /* 1 and 4 */
    assert_int_equal(record_enc_stats(p.enc)->raw, 6);
    assert_int_equal(frame_pipe_pages(&p, plain, 5), 0);
    assert_arrived(&p, plain, 5);
    assert_int_equal(record_enc_stats(p.enc)->raw, 9); /* 2, 3 and 5 */
    assert_int_equal(frame_pipe_pages(&p, list, 5), 0);
    assert_int_equal(frame_pipe_pages(&p, plain, 5), 0);
    assert_arrived(&p, plain, 5);
    assert_int_equal(record_enc_stats(p.enc)->raw, 14);
    frame_pipe_dispose(&p);
}

/* What is in a PV guest's page is not always where its number says. */
static void test_pv_has_no_deltas(void **state)
{
    uint64_t list[] = { 1 };
    struct frame_pipe p;

    frame_pipe_init(&p, PIPE_PAGES, PACK_NONE);
    frame_pipe_heads(&p, true);
    pages_fill(page_of(&p, 1));
    for (int i = 0; i < 3; i++)
        assert_int_equal(frame_pipe_pages(&p, list, 1), 0);
    assert_int_equal(record_enc_stats(p.enc)->raw, 3);
    assert_arrived(&p, list, 1);
    frame_pipe_dispose(&p);
}

/* A cache that can't hold the guest has what came first, until another page of
 * the same place comes again. */
static void test_small_cache(void **state)
{
    uint64_t list[] = { 1, 101, 201 };
    struct frame_pipe p;

    frame_pipe_init(&p, 100, PACK_NONE);
    frame_pipe_heads(&p, false);
    for (int i = 0; i < 3; i++)
        pages_fill(page_of(&p, list[i]));
    frame_pipe_pages(&p, list, 3);
    record_enc_first_pass_over(p.enc);
    frame_pipe_pages(&p, list, 1);
    assert_int_equal(record_enc_stats(p.enc)->raw, 3);
    assert_int_equal(record_enc_stats(p.enc)->same, 1);
    frame_pipe_pages(&p, list + 1, 1); /* of the same place */
    assert_int_equal(record_enc_stats(p.enc)->raw, 4);
    frame_pipe_pages(&p, list + 1, 1);
    assert_int_equal(record_enc_stats(p.enc)->same, 2);
    frame_pipe_pages(&p, list, 1);
    assert_int_equal(record_enc_stats(p.enc)->raw, 5);
    assert_arrived(&p, list, 3);
    frame_pipe_dispose(&p);
}

/* Its memory can be given back at any time: what came is right, without deltas. */
static void test_forgotten(void **state)
{
    uint64_t list[] = { 1, 2, 3 };
    struct frame_pipe p;

    frame_pipe_init(&p, PIPE_PAGES, PACK_NONE);
    frame_pipe_heads(&p, false);
    for (int i = 0; i < 3; i++)
        pages_fill(page_of(&p, list[i]));
    frame_pipe_pages(&p, list, 3);
    record_enc_forget(p.enc);
    record_enc_first_pass_over(p.enc);
    for (int i = 0; i < 2; i++)
        frame_pipe_pages(&p, list, 3);
    assert_int_equal(record_enc_stats(p.enc)->raw, 9);
    assert_arrived(&p, list, 3);
    frame_pipe_dispose(&p);
}

/* --- pages that are dirty again ------------------------------------------------------ */

/* The pages of which the test says so; a look is one record. */
struct again {
    uint64_t from, to;
    unsigned looks, left;
};

static void again_look(void *arg)
{
    ((struct again *)arg)->looks++;
}

static bool again_may(void *arg, uint64_t pfn)
{
    const struct again *a = arg;

    return pfn >= a->from && pfn < a->to;
}

static void again_left(void *arg, uint64_t pfn)
{
    assert_true(again_may(arg, pfn));
    ((struct again *)arg)->left++;
}

enum { ELEMENT = 8 + FRAME_PAGE };

/* The target's libxc reads all but so many bytes of what libxc wrote. */
static void drain_without(struct frame_pipe *p, size_t bytes)
{
    p->wrote_len -= bytes;
    assert_int_equal(frame_pipe_drain(p), 0);
    assert_int_equal(p->read_len, p->wrote_len);
}

/*
 * They are left out if they would go whole, and are not in the record then: not
 * zero pages, small changes, holes and page tables, which cost little or must
 * go. What is left out now goes later, as a change of what was sent before it.
 */
static void test_left_out(void **state)
{
    enum { HOLE = 7, TABLE = 8, ZERO = 9, SMALL = 10, LARGE = 11, N = 20 };
    struct again a = { 5, 15, 0, 0 };
    const struct record_enc_again calls = { again_look, again_may, again_left,
                                            &a };
    uint64_t list[N], none[] = { 5, 6, 12 };
    struct frame_pipe p;
    size_t before;

    frame_pipe_init(&p, PIPE_PAGES, PACK_NONE);
    frame_pipe_heads(&p, false);
    for (uint64_t i = 0; i < N; i++) {
        list[i] = i;
        pages_fill(page_of(&p, i));
    }
    memset(page_of(&p, ZERO), 0, FRAME_PAGE);
    frame_pipe_pages(&p, list, N);
    assert_arrived(&p, list, N);
    record_enc_first_pass_over(p.enc);
    record_enc_leave_out(p.enc, &calls);
    list[HOLE] |= 0xfull << 60;
    list[TABLE] |= 0x1ull << 60;
    page_of(&p, SMALL)[100] ^= 1;
    for (uint64_t i = LARGE; i < N; i++)
        pages_fill(page_of(&p, i));
    frame_pipe_pages(&p, list, N);
    /* 11 to 14; of 5 and 6 nothing has changed */
    assert_int_equal(a.left, 4);
    assert_int_equal(a.looks, 1);
    assert_int_equal(record_enc_stats(p.enc)->left, 4);
    assert_int_equal(record_enc_stats(p.enc)->same, 7);
    assert_int_equal(record_enc_stats(p.enc)->delta, 1);
    drain_without(&p, 4 * ELEMENT);
    for (uint64_t i = 0; i < N; i++)
        assert_int_equal(
            i >= LARGE && i < 15,
            !!memcmp(page_of(&p, i), p.target + i * FRAME_PAGE, FRAME_PAGE));
    for (uint64_t i = 12; i < 15; i++) /* a little more of it is the same */
        page_of(&p, i)[7] ^= 1;
    a = (struct again){ 0, 0, 0, 0 };
    list[HOLE] = HOLE;
    list[TABLE] = TABLE;
    frame_pipe_pages(&p, list, N);
    assert_int_equal(frame_pipe_drain(&p), 0);
    assert_memory_equal(p.source, p.target, N * FRAME_PAGE);
    /* a record of which nothing is left is none */
    a = (struct again){ 0, N, 0, 0 };
    for (int i = 0; i < 3; i++)
        pages_fill(page_of(&p, none[i]));
    before = p.len;
    frame_pipe_pages(&p, none, 3);
    assert_int_equal(a.left, 3);
    assert_int_equal(p.len, before);
    drain_without(&p, 16 + 3 * ELEMENT);
    frame_pipe_dispose(&p);
}

/* Without memory for deltas each page goes whole, and so may be left out. */
static void test_left_out_without_deltas(void **state)
{
    struct again a = { 0, 2, 0, 0 };
    const struct record_enc_again calls = { again_look, again_may, again_left,
                                            &a };
    uint64_t list[] = { 0, 1, 2 };
    struct frame_pipe p;

    frame_pipe_init(&p, 0, PACK_LZ4);
    frame_pipe_heads(&p, false);
    for (int i = 0; i < 3; i++)
        pages_fill(page_of(&p, list[i]));
    record_enc_leave_out(p.enc, &calls);
    frame_pipe_pages(&p, list, 3);
    assert_int_equal(a.left, 2);
    assert_int_equal(record_enc_stats(p.enc)->raw, 1);
    drain_without(&p, 2 * ELEMENT);
    a.to = 0;
    frame_pipe_pages(&p, list, 3);
    assert_int_equal(frame_pipe_drain(&p), 0);
    assert_memory_equal(p.source, p.target, 3 * FRAME_PAGE);
    frame_pipe_dispose(&p);
}

/* What libxc is not known to write is an error, and nothing is sent of it. */
static void test_writes_refused(void **state)
{
    struct frame_pipe p;
    uint8_t junk[64] = { 1 };
    uint64_t bad = 1ull << PFN_BITS;
    size_t before;

    frame_pipe_init(&p, 0, PACK_NONE);
    assert_int_equal(record_enc_write(p.enc, &(struct iovec){ junk, 64 }, 1),
                     -EPROTO);
    frame_pipe_dispose(&p);
    frame_pipe_init(&p, 0, PACK_NONE);
    frame_pipe_heads(&p, false);
    before = p.len;
    junk[4] = 64 - 8; /* a record with pages, of no page */
    assert_int_equal(record_enc_write(p.enc, &(struct iovec){ junk, 64 }, 1),
                     -EPROTO);
    junk[4] = 64; /* longer than what was written */
    assert_int_equal(record_enc_write(p.enc, &(struct iovec){ junk, 64 }, 1),
                     -EPROTO);
    assert_int_equal(record_enc_write(p.enc, &(struct iovec){ junk, 7 }, 1),
                     -EPROTO);
    assert_int_equal(frame_pipe_pages(&p, &bad, 1), -EPROTO);
    assert_int_equal(p.len, before);
    p.emit_rc = -EBADF;
    assert_int_equal(frame_pipe_record(&p, 0, NULL, 0), -EBADF);
    frame_pipe_dispose(&p);
}

/* --- hostile ---------------------------------------------------------------------------- */

/* A stream with everything in it, over which the cases below go. */
static void sample(struct frame_pipe *p, enum pack_how how)
{
    static uint64_t list[200];

    frame_pipe_init(p, PIPE_PAGES, how);
    frame_pipe_heads(p, false);
    for (int i = 0; i < 3; i++) {
        mix(p, list, 200);
        assert_int_equal(frame_pipe_pages(p, list, 200), 0);
    }
    frame_pipe_record(p, 5, "0123456789", 10);
    frame_pipe_record(p, 0, NULL, 0);
}

/* How many; RACKHOP_FRAME_CHANGES has slow builds do with fewer. */
static int changes(void)
{
    const char *s = getenv("RACKHOP_FRAME_CHANGES");

    return s ? atoi(s) : 400;
}

/* The stream ends anywhere: an end of file, and no record that was not whole. */
static void test_cut(void **state)
{
    struct frame_pipe p;
    size_t whole, step = 400000 / (size_t)changes();

    sample(&p, PACK_LZ4);
    whole = p.len;
    for (size_t cut = 0; cut < whole; cut += 1 + pages_any() % step) {
        struct frame_pipe q = p;

        q.len = cut;
        frame_pipe_again(&q);
        assert_int_equal(frame_pipe_drain(&q), -EPIPE);
        assert_memory_equal(q.read, p.wrote, q.read_len);
        frame_pipe_again_end(&q);
    }
    frame_pipe_dispose(&p);
}

/* Any byte changed: never a wrong byte for libxc, never a crash. What is packed
 * may stand for the same in spite of it. */
static void test_changed(void **state)
{
    for (int how = PACK_NONE; how <= PACK_LAST; how++) {
        struct frame_pipe p;

        sample(&p, (enum pack_how)how);
        for (int i = changes(); i > 0; i--) {
            struct frame_pipe q = p;
            size_t at =
                FRAME_MAGIC_LEN + pages_any() % (p.len - FRAME_MAGIC_LEN);
            uint8_t was = p.wire[at];
            int rc;

            p.wire[at] ^= (uint8_t)(1 + pages_any() % 255);
            frame_pipe_again(&q);
            rc = frame_pipe_drain(&q);
            if (rc != -EPROTO && rc != -EBADMSG && rc != -EPIPE &&
                (rc || how == PACK_NONE || q.read_len != p.wrote_len))
                fail_msg("byte %zu changed: %d", at, rc);
            assert_memory_equal(q.read, p.wrote, q.read_len);
            assert_int_equal(q.mapped, 0);
            frame_pipe_again_end(&q);
            p.wire[at] = was;
        }
        frame_pipe_dispose(&p);
    }
}

/* A frame left out, or twice. */
static void test_order(void **state)
{
    struct frame_pipe p;
    struct frame f;
    size_t at = FRAME_MAGIC_LEN, len;

    sample(&p, PACK_LZ4);
    assert_int_equal(frame_get(&f, p.wire + at), 0);
    len = FRAME_HEAD + f.length;
    memmove(p.wire + at + len, p.wire + at, p.len - at);
    p.len += len;
    assert_int_equal(frame_pipe_drain(&p), -EPROTO);
    frame_pipe_dispose(&p);
    sample(&p, PACK_LZ4);
    memmove(p.wire + at, p.wire + at + len, p.len - at - len);
    p.len -= len;
    assert_int_equal(frame_pipe_drain(&p), -EPROTO);
    frame_pipe_dispose(&p);
}

/* The guest can't be mapped, or has changed there. */
static void test_old_pages(void **state)
{
    uint64_t list[] = { 7 };
    struct frame_pipe p;

    for (int changed = 0; changed < 2; changed++) {
        frame_pipe_init(&p, PIPE_PAGES, PACK_NONE);
        frame_pipe_heads(&p, false);
        pages_fill(page_of(&p, 7));
        frame_pipe_pages(&p, list, 1);
        assert_arrived(&p, list, 1);
        page_of(&p, 7)[99] ^= 1;
        frame_pipe_pages(&p, list, 1);
        p.target[7 * FRAME_PAGE + 3000] ^= (uint8_t)changed;
        p.map_rc = changed ? 0 : -EFAULT;
        assert_int_equal(frame_pipe_drain(&p), changed ? -EBADMSG : -EFAULT);
        assert_int_equal(p.mapped, 0);
        frame_pipe_dispose(&p);
    }
}

/* An older rackhop's stream, or one that the codec did not see. */
static void test_plain(void **state)
{
    uint64_t list[] = { 1, 2 };
    struct frame_pipe p;

    frame_pipe_init(&p, 0, PACK_NONE);
    pages_fill(page_of(&p, 1));
    frame_pipe_heads(&p, false);
    frame_pipe_pages(&p, list, 2);
    frame_pipe_record(&p, 0, NULL, 0);
    memcpy(p.wire, p.wrote, p.wrote_len);
    p.len = p.wrote_len;
    assert_arrived(&p, list, 2);
    frame_pipe_dispose(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_zero_pages),
        cmocka_unit_test(test_there_and_back),
        cmocka_unit_test(test_large_record),
        cmocka_unit_test(test_types),
        cmocka_unit_test(test_pv_has_no_deltas),
        cmocka_unit_test(test_small_cache),
        cmocka_unit_test(test_forgotten),
        cmocka_unit_test(test_left_out),
        cmocka_unit_test(test_left_out_without_deltas),
        cmocka_unit_test(test_writes_refused),
        cmocka_unit_test(test_cut),
        cmocka_unit_test(test_changed),
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_old_pages),
        cmocka_unit_test(test_plain),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
