/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The save helper's codec, without a guest: what it remembers of pages goes back
 * to dom0 when that runs short, before the next second; and what it holds back
 * goes in time. The linker puts texts in the place of /proc/meminfo, and a clock
 * that stands still.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "libxl-ext/helper_codec.h"
#include "libxl-ext/wire/frame.h"
#include "libxl-ext/wire/libxc.h"
#include "tests/lib/pages.h"

enum { BATCH = 1024, GUEST_PAGES = 1 << 18 };

static const char plenty[] = "MemTotal: 1048576 kB\nMemFree: 1 kB\n"
                             "MemAvailable: 524288 kB\n";
static const char scarce[] = "MemTotal: 1048576 kB\nMemFree: 1 kB\n"
                             "MemAvailable: 65535 kB\n";

static const char *meminfo;
static uint64_t now_ns, sent;
static struct exact *exact;
static struct save_codec *codec;

FILE *__wrap_fopen(const char *path, const char *mode);
uint64_t __wrap_clock_ns(void);

FILE *__wrap_fopen(const char *path, const char *mode)
{
    assert_string_equal(path, "/proc/meminfo");
    return fmemopen((void *)meminfo, strlen(meminfo), "r");
}

uint64_t __wrap_clock_ns(void)
{
    return now_ns;
}

void xlx_exact_use(struct exact *x)
{
    exact = x;
}

int xlx_exact_write(int fd, const struct iovec *v, int n)
{
    for (int i = 0; i < n; i++)
        sent += v[i].iov_len;
    return 0;
}

/* --- what libxc writes ------------------------------------------------------- */

static void put(const void *p, size_t n)
{
    struct iovec v = { (void *)p, n };

    assert_int_equal(exact->write(exact->arg, &v, 1), 0);
}

static void begin(void)
{
    uint8_t image[LIBXC_IMAGE_HEAD] = { 0 };
    uint32_t domain[LIBXC_DOMAIN_HEAD / 4] = { LIBXC_GUEST_HVM };

    memset(image, 0xff, 8);
    codec = xlx_save_codec_open(-1, CODEC_NONE, GUEST_PAGES, true);
    assert_non_null(codec);
    put(image, sizeof image);
    put(domain, sizeof domain);
    sent = 0;
}

/* A batch of pages from that one on, all as this one. */
static void put_pages(uint64_t first, const uint8_t *page)
{
    static uint64_t element[BATCH];
    static struct iovec v[2 + BATCH];
    uint32_t head[4] = { LIBXC_PAGE_DATA,
                         8 + sizeof element + BATCH * FRAME_PAGE, BATCH, 0 };

    v[0] = (struct iovec){ head, sizeof head };
    v[1] = (struct iovec){ element, sizeof element };
    for (size_t i = 0; i < BATCH; i++) {
        element[i] = first + i;
        v[2 + i] = (struct iovec){ (void *)page, FRAME_PAGE };
    }
    assert_int_equal(exact->write(exact->arg, v, 2 + BATCH), 0);
}

/* --- cases ------------------------------------------------------------------- */

/* In one second: 32 MiB, of which the first batch comes again. What it takes
 * then tells whether it was remembered. */
static uint64_t again_takes(const char *then)
{
    uint8_t page[FRAME_PAGE];

    meminfo = plenty;
    begin();
    pages_fill(page);
    put_pages(0, page);
    meminfo = then;
    for (uint64_t i = 1; i < 8; i++)
        put_pages(i * BATCH, page);
    xlx_save_codec_round(codec, 1);
    page[5] ^= 1;
    sent = 0;
    put_pages(0, page);
    xlx_save_codec_flush(codec);
    xlx_save_codec_close(codec);
    return sent;
}

static void memory_given_back(void **state)
{
    assert_in_range(again_takes(plenty), 1, BATCH * FRAME_PAGE / 8);
    assert_in_range(again_takes(scarce), BATCH * FRAME_PAGE, UINT64_MAX);
}

/* Frames without pages wait for others, but not for what comes after a round,
 * nor longer than that. */
static void held_back(void **state)
{
    static const uint8_t zero[FRAME_PAGE];
    static const uint32_t end[2] = { LIBXC_END, 0 };

    meminfo = plenty;
    begin();
    put_pages(0, zero);
    assert_int_equal(sent, 0);
    xlx_save_codec_flush(codec);
    assert_in_range(sent, 1, 200);
    sent = 0;
    put_pages(BATCH, zero);
    assert_int_equal(sent, 0);
    now_ns += 60000000;
    put_pages(2 * BATCH, zero);
    assert_int_not_equal(sent, 0);
    put_pages(3 * BATCH, zero);
    sent = 0;
    put(end, sizeof end);
    assert_int_not_equal(sent, 0);
    xlx_save_codec_close(codec);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_given_back),
        cmocka_unit_test(held_back),
    };

    return cmocka_run_group_tests_name("helper_codec", tests, NULL, NULL);
}
