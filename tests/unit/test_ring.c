/* SPDX-License-Identifier: LGPL-2.1-only */
/* Files of samples: kept over a new start, torn and flipped everywhere, of a
 * clock that jumps, on a full disk, of another version. */
#include "tools/series/ring.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/lib/tmpdir.h"
#include "tools/base/file.h"

static char *dir;
static char path[256];
static struct shape shape;

enum { T0 = 1800000000 };

static int set_up(void **state)
{
    dir = tmpdir_make("ring");
    snprintf(path, sizeof path, "%s/a.ring", dir);
    shape_init(&shape, METRIC_GUEST);
    return 0;
}

static int tear_down(void **state)
{
    tmpdir_remove(dir);
    return 0;
}

static struct ring *open_write(uint64_t now)
{
    struct msg err = MSG_NONE;
    struct ring *r = NULL;

    if (ring_open_write(&r, path, &shape, now, &err))
        fail_msg("%s", err.text);
    return r;
}

/* Every slot has codes of its own. */
static void codes_of(unsigned level, uint32_t slot, uint8_t *codes)
{
    for (unsigned c = 0; c < shape.level[level].n; c++)
        codes[c] = (uint8_t)(20 + c + (c % 8 ? 0 : slot % 4));
}

static void put(struct ring *r, unsigned level, uint32_t from, uint32_t to)
{
    for (uint32_t t = from; t < to; t++) {
        uint8_t codes[SHAPE_CHANNELS];

        codes_of(level, t, codes);
        assert_int_equal(ring_put(r, level, t, codes), 0);
    }
}

/* How many of the slots are there; none may be another than was put. */
static uint32_t count(struct ring *r, unsigned level, uint32_t from,
                      uint32_t to)
{
    unsigned n = shape.level[level].n;
    uint8_t *codes = calloc(to - from, n), zero[SHAPE_CHANNELS] = { 0 };
    uint32_t found = 0;

    assert_int_equal(ring_read(r, level, from, to - from, codes), 0);
    for (uint32_t t = from; t < to; t++) {
        uint8_t want[SHAPE_CHANNELS];

        if (!memcmp(codes + (t - from) * n, zero, n))
            continue;
        codes_of(level, t, want);
        assert_memory_equal(codes + (t - from) * n, want, n);
        found++;
    }
    free(codes);
    return found;
}

static uint32_t count_file(unsigned level, uint32_t from, uint32_t to)
{
    struct msg err = MSG_NONE;
    struct ring *r = NULL;
    uint32_t n;

    if (ring_open(&r, path, &shape, &err))
        fail_msg("%s", err.text);
    n = count(r, level, from, to);
    ring_close(r);
    return n;
}

/* Each level keeps what it has to, and no file grows. */
static void test_keeps(void **state)
{
    static const uint32_t keeps[] = { 600, 8640, 17280 };
    struct ring *r = open_write(T0);
    struct stat st;

    assert_int_equal(ring_set_name(r, "web1\033[m"), 0);
    for (unsigned i = 0; i < SHAPE_LEVELS; i++) {
        uint32_t last = 0x10000 * 100 + 17, first = last - 2 * keeps[i];

        put(r, i, first, last);
        assert_int_equal(ring_newest(r, i), last - 1);
        assert_int_equal(count(r, i, last - keeps[i], last), keeps[i]);
        /* a new start loses nothing, and neither does somebody who reads */
        ring_close(r);
        assert_int_equal(count_file(i, last - keeps[i], last), keeps[i]);
        r = open_write(UINT32_MAX);
        assert_int_equal(ring_newest(r, i), last - 1);
        put(r, i, last - 3, last + 5);
        assert_int_equal(count(r, i, last - keeps[i] + 5, last + 5), keeps[i]);
    }
    assert_string_equal(ring_name(r), "web1?[m");
    ring_close(r);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_size, shape.size);
    assert_int_equal(st.st_mode & 0777, 0600);
}

static void write_file(const char *text, size_t len)
{
    FILE *f = fopen(path, "we");

    assert_non_null(f);
    assert_int_equal(fwrite(text, 1, len, f), len);
    fclose(f);
}

static void write_byte(size_t at, char byte)
{
    FILE *f = fopen(path, "r+e");

    assert_non_null(f);
    assert_int_equal(fseek(f, (long)at, SEEK_SET), 0);
    assert_int_equal(fwrite(&byte, 1, 1, f), 1);
    fclose(f);
}

enum { FIRST = 1000003, LAST = FIRST + 300 };

static char *written(size_t *len)
{
    struct ring *r = open_write(T0);
    char *text;

    put(r, 0, FIRST, LAST);
    put(r, 1, FIRST, LAST);
    ring_close(r);
    text = file_read(path, 1 << 20, len);
    assert_non_null(text);
    return text;
}

/* A byte that is flipped costs a block at most, wherever it is; and what is
 * read is never something else. */
static void test_flips(void **state)
{
    size_t len, step = 11;
    char *text = written(&len);

    for (size_t i = 0; i < len; i += step) {
        uint32_t n;

        /* where nothing is, fewer looks are enough */
        step = i < shape.level[1].ring + 2000 ? 11 : 997;
        write_byte(i, (char)~text[i]);
        n = count_file(0, FIRST, LAST);
        if (n < LAST - FIRST - shape.level[0].slots)
            fail_msg("byte %zu cost %u slots", i, LAST - FIRST - n);
        n = count_file(1, FIRST, LAST);
        if (n < LAST - FIRST - shape.level[1].slots)
            fail_msg("byte %zu cost %u slots", i, LAST - FIRST - n);
        write_byte(i, text[i]);
    }
    free(text);
}

/* A file that was cut off at any length, or whose end is zeros or of another
 * time, is read, written and complete again for what comes. */
static void test_torn(void **state)
{
    size_t len;
    char *text = written(&len);

    for (size_t i = 0; i < len; i += i < 12000 ? 397 : 3001) {
        struct ring *r;

        if (i % 2) {
            write_file(text, i);
        } else {
            char *torn = calloc(1, len);

            memcpy(torn, text, i);
            write_file(torn, len);
            free(torn);
        }
        count_file(0, FIRST, LAST);
        r = open_write(T0);
        count(r, 1, FIRST, LAST);
        put(r, 0, LAST + 1000, LAST + 1200);
        assert_int_equal(count(r, 0, LAST + 1000, LAST + 1200), 200);
        ring_close(r);
    }
    free(text);
}

/* The block before the open one did not reach the disk: its records that are
 * left are packed. */
static void test_block_lost(void **state)
{
    const struct level *l = &shape.level[0];
    uint32_t first = l->slots * 1000;
    struct ring *r = open_write(T0);
    size_t len;
    char *text;

    put(r, 0, first, first + l->slots + 10);
    ring_close(r);
    text = file_read(path, 1 << 20, &len);
    memset(text + l->ring, 0, l->blocks * l->bytes);
    write_file(text, len);
    free(text);
    r = open_write(T0);
    put(r, 0, first + l->slots + 10, first + 2 * l->slots);
    assert_int_equal(count(r, 0, first, first + 2 * l->slots),
                     2 * l->slots - 10);
    ring_close(r);
}

/* Bytes of anywhere: an open that fails, or nothing in it. */
static void test_hostile(void **state)
{
    uint64_t seed = 42;
    char *text = malloc(shape.size + 500000);

    for (int turn = 0; turn < 16; turn++) {
        size_t len = turn < 10 ? (size_t)turn * 103 : shape.size + 500000;
        struct ring *r;

        for (size_t i = 0; i < len; i++) {
            seed = seed * 6364136223846793005u + 1442695040888963407u;
            text[i] = (char)(turn % 3 ? seed >> 40 : 0xff);
        }
        write_file(text, len);
        assert_int_equal(count_file(2, 1, 5000), 0);
        r = open_write(T0);
        assert_int_equal(ring_newest(r, 0), 0);
        assert_string_equal(ring_name(r), "");
        ring_close(r);
    }
    free(text);
}

/* Samples of the future are forgotten, those of the past stay. */
static void test_clock(void **state)
{
    uint32_t now = T0 - T0 % 60;
    struct ring *r = open_write(now);

    put(r, 0, now - 300, now + 100);
    ring_close(r);
    r = open_write(now);
    assert_int_equal(ring_newest(r, 0), now);
    assert_int_equal(count(r, 0, now - 300, now + 100), 301);
    put(r, 0, now + 1, now + 5);
    /* set back while it runs */
    assert_int_equal(ring_forget_after(r, now - 150), 0);
    assert_int_equal(count(r, 0, now - 300, now + 100), 151);
    put(r, 0, now - 149, now);
    assert_int_equal(count(r, 0, now - 300, now), 300);
    ring_close(r);
}

static void test_version(void **state)
{
    struct msg err = MSG_NONE;
    struct shape other;
    struct ring *r = open_write(T0);
    char old[300];

    put(r, 0, FIRST, LAST);
    ring_close(r);
    shape_init(&other, METRIC_HOST);
    assert_int_equal(ring_open(&r, path, &other, &err), -EPROTONOSUPPORT);
    assert_non_null(strstr(err.text, "another version"));
    assert_int_equal(ring_open_write(&r, path, &other, T0, &err), 0);
    assert_int_equal(ring_newest(r, 0), 0);
    ring_close(r);
    snprintf(old, sizeof old, "%s.old", path);
    assert_int_equal(access(old, F_OK), 0);
    snprintf(old, sizeof old, "%s/none", dir);
    assert_int_equal(ring_open(&r, old, &shape, &err), -ENOENT);
}

/* A disk that is full is an error at the start, and none later. */
static void test_full(void **state)
{
    struct rlimit was, small = { 20000, 20000 };
    struct msg err = MSG_NONE;
    struct ring *r = NULL;

    assert_int_equal(getrlimit(RLIMIT_FSIZE, &was), 0);
    small.rlim_max = was.rlim_max;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    assert_int_equal(ring_open_write(&r, path, &shape, T0, &err), -EFBIG);
    assert_non_null(strstr(err.text, "can't be kept"));
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &was), 0);
}

int main(void)
{
#define RING_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        RING_TEST(test_keeps),   RING_TEST(test_flips),
        RING_TEST(test_torn),    RING_TEST(test_block_lost),
        RING_TEST(test_hostile), RING_TEST(test_clock),
        RING_TEST(test_version), RING_TEST(test_full),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
