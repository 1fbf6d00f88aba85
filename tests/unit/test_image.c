/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What a guest's memory is foretold to take on the wire, against what all of it
 * takes. The guest is a row of pages that is mapped without Xen.
 */
#include "libxl-ext/image.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>
#include <xenforeignmemory.h>

#include "libxl-ext/wire/pack.h"
#include "tests/lib/guest_image.h"

enum { PAGE = 4096, PAGES = 16384, BATCH = 64 };

/* --- Xen ------------------------------------------------------------------------- */

static struct guest {
    uint64_t holes; /* each so manieth frame is none; 0: all are */
    void (*fill)(uint8_t *page, uint64_t pfn);
    bool gone;                /* nothing of it can be mapped */
    unsigned mapped, touched; /* now; frames that were asked for */
    uint64_t above;           /* of them above 4 GiB */
} guest;

xenforeignmemory_handle *xenforeignmemory_open(struct xentoollog_logger *lg,
                                               unsigned flags)
{
    return (xenforeignmemory_handle *)&guest;
}

int xenforeignmemory_close(xenforeignmemory_handle *h)
{
    return 0;
}

void *xenforeignmemory_map(xenforeignmemory_handle *h, uint32_t dom, int prot,
                           size_t n, const xen_pfn_t *frames, int *errs)
{
    uint8_t *at = mmap(NULL, n * PAGE, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    assert_int_equal(prot, PROT_READ);
    if (guest.gone) {
        munmap(at, n * PAGE);
        errno = ESRCH;
        return NULL;
    }
    for (size_t i = 0; i < n; i++) {
        errs[i] = guest.holes && frames[i] % guest.holes == 0 ? -EINVAL : 0;
        if (errs[i]) /* who touches it dies of it */
            mprotect(at + i * PAGE, PAGE, PROT_NONE);
        else
            guest.fill(at + i * PAGE, frames[i]);
        guest.touched++;
        guest.above += frames[i] >= 0x100000;
    }
    guest.mapped++;
    return at;
}

int xenforeignmemory_unmap(xenforeignmemory_handle *h, void *at, size_t n)
{
    guest.mapped--;
    return munmap(at, n * PAGE);
}

/* --- guests ---------------------------------------------------------------------- */

static void usual(uint8_t *page, uint64_t pfn)
{
    guest_image_page(page, pfn, 3);
}

static void nothing(uint8_t *page, uint64_t pfn)
{
}

static void noise(uint8_t *page, uint64_t pfn)
{
    uint64_t x = pfn * 0x9e3779b97f4a7c15 + 1;

    for (size_t i = 0; i < PAGE; i += 8) {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        memcpy(page + i, &x, 8);
    }
}

static int ratio_of(const struct guest *g, uint64_t kib, enum xlx_type type,
                    double *ratio)
{
    const struct xlx_domain d = { .domid = 5,
                                  .type = type,
                                  .memory_kib = kib };
    int rc;

    guest = *g;
    rc = xlx_image_ratio(&d, ratio);
    assert_int_equal(guest.mapped, 0);
    assert_true(guest.touched <= 1024);
    return rc;
}

/* All of it by lz4, in batches, zero pages left out. */
static double whole_ratio(void)
{
    struct pack *p = pack_new();
    uint8_t *raw = malloc(BATCH * PAGE), *to = malloc(BATCH * PAGE);
    static const uint8_t zero[PAGE];
    size_t sum = 0, n = 0;

    for (uint64_t i = 0; i < PAGES; i++) {
        usual(raw + n, i);
        n += memcmp(raw + n, zero, PAGE) ? PAGE : 0;
        if (n == BATCH * PAGE || i == PAGES - 1) {
            size_t k = pack_shrink(p, PACK_LZ4, raw, n, to);

            sum += k ? k : n;
            n = 0;
        }
    }
    pack_free(p);
    free(raw);
    free(to);
    return (double)sum / ((double)PAGES * PAGE);
}

/* --- tests ----------------------------------------------------------------------- */

static void test_sample(void **state)
{
    const struct guest g = { .fill = usual };
    double all = whole_ratio(), got;

    assert_int_equal(ratio_of(&g, PAGES * 4, XLX_PVH, &got), 0);
    assert_true(got > 0.8 * all && got < 1.25 * all);
}

static void test_extremes(void **state)
{
    const struct guest empty = { .fill = nothing }, full = { .fill = noise };
    double got;

    assert_int_equal(ratio_of(&empty, PAGES * 4, XLX_HVM, &got), 0);
    assert_true(got > 0 && got < 0.01);
    assert_int_equal(ratio_of(&full, PAGES * 4, XLX_HVM, &got), 0);
    assert_true(got >= 1 && got < 1.02);
}

/* Frames that it has not are no memory, and are not touched. */
static void test_holes(void **state)
{
    const struct guest g = { .fill = noise, .holes = 3 };
    const struct guest none = { .fill = noise, .holes = 1 };
    const struct guest gone = { .fill = noise, .gone = true };
    double got;

    assert_int_equal(ratio_of(&g, PAGES * 4, XLX_PVH, &got), 0);
    assert_true(got >= 1 && got < 1.02);
    assert_int_equal(ratio_of(&none, PAGES * 4, XLX_PVH, &got), -ENODATA);
    assert_int_equal(ratio_of(&gone, PAGES * 4, XLX_PVH, &got), -ESRCH);
    assert_int_equal(ratio_of(&g, PAGES * 4, XLX_PV, &got), -EOPNOTSUPP);
    assert_int_equal(ratio_of(&g, 0, XLX_PVH, &got), 0);
}

/* Much memory is below and above the hole for devices. */
static void test_large(void **state)
{
    const struct guest g = { .fill = noise };
    double got;

    assert_int_equal(ratio_of(&g, 16u << 20, XLX_HVM, &got), 0);
    assert_true(guest.above > 0 && guest.above < guest.touched);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sample),
        cmocka_unit_test(test_extremes),
        cmocka_unit_test(test_holes),
        cmocka_unit_test(test_large),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
