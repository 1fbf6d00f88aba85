/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Which pages a round may leave out: those that Xen's bitmap has since the round
 * began, none twice in a row, and looked at seldom. Xen is a bitmap, and the
 * clock is the test's.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "libxl-ext/helper_again.h"
#include "tools/base/clock.h"

enum { BITMAP = 1 << 23, MS = 1000000 };

/* Xen */
static uint8_t dirty[BITMAP];
static xen_pfn_t guest_pages;
static unsigned looks, takes_ms;
static unsigned long looked_pages;
static bool refuses, short_of_pages;
static void *buffer;
static uint64_t now_ns;

uint64_t clock_ns(void)
{
    return now_ns;
}

long long xc_logdirty_control(xc_interface *xch, uint32_t domid,
                              unsigned int sop, xc_hypercall_buffer_t *bitmap,
                              unsigned long pages, unsigned int mode,
                              xc_shadow_op_stats_t *stats)
{
    assert_int_equal(sop, XEN_DOMCTL_SHADOW_OP_PEEK);
    assert_int_equal(domid, 5);
    looks++;
    looked_pages = pages;
    now_ns += (uint64_t)takes_ms * MS;
    if (refuses)
        return -1;
    memcpy(bitmap->hbuf, dirty, (pages + 7) / 8);
    return short_of_pages ? (long long)pages - 1 : (long long)pages;
}

int xc_domain_nr_gpfns(xc_interface *xch, uint32_t domid, xen_pfn_t *gpfns)
{
    *gpfns = guest_pages;
    return guest_pages ? 0 : -1;
}

void *xc__hypercall_buffer_alloc_pages(xc_interface *xch,
                                       xc_hypercall_buffer_t *b, int n)
{
    assert_true(n <= 2048);
    b->hbuf = buffer = calloc((size_t)n, 4096);
    return buffer;
}

void xc__hypercall_buffer_free_pages(xc_interface *xch,
                                     xc_hypercall_buffer_t *b, int n)
{
    assert_ptr_equal(b->hbuf, buffer);
    free(b->hbuf);
    buffer = NULL;
}

/* --- a save ------------------------------------------------------------------ */

static struct again *again;
static struct record_enc_again pages;

static int begin(void **state)
{
    memset(dirty, 0, sizeof dirty);
    guest_pages = 1000;
    looks = takes_ms = 0;
    refuses = short_of_pages = false;
    now_ns += 1000 * MS;
    again = xlx_again_new(NULL, 5);
    assert_non_null(again);
    pages = xlx_again_pages(again);
    return 0;
}

static int end(void **state)
{
    xlx_again_free(again);
    assert_null(buffer);
    return 0;
}

static void batch_after(unsigned ms)
{
    now_ns += (uint64_t)ms * MS;
    pages.look(pages.arg);
}

static bool may(uint64_t pfn)
{
    return pages.may(pages.arg, pfn);
}

static void set(uint64_t pfn)
{
    dirty[pfn / 8] |= (uint8_t)(1u << pfn % 8);
}

/* --- laws ---------------------------------------------------------------------- */

/* Nothing is looked at, nor left out, but in a round after the first. */
static void test_only_in_rounds(void **state)
{
    memset(dirty, 0xff, 200);
    for (int i = 0; i < 3; i++) {
        if (i)
            xlx_again_round(again, false);
        batch_after(5000);
        assert_int_equal(looks, 0);
        assert_false(may(7));
    }
    xlx_again_round(again, true);
    batch_after(60);
    assert_true(may(7));
    xlx_again_round(again, false); /* the round is over */
    assert_false(may(7));
    batch_after(5000); /* and the guest suspended */
    assert_false(may(7));
    assert_int_equal(looks, 1);
}

/* What was seen before the bitmap was cleaned does not count after it. */
static void test_forgets(void **state)
{
    set(7);
    xlx_again_round(again, true);
    batch_after(60);
    assert_true(may(7));
    assert_false(may(8));
    xlx_again_round(again, false);
    xlx_again_round(again, true);
    batch_after(0);
    assert_false(may(7));
    batch_after(60);
    assert_true(may(7));
}

static void test_not_twice_in_a_row(void **state)
{
    set(7);
    for (int i = 0; i < 6; i++) {
        xlx_again_round(again, true);
        batch_after(60);
        assert_int_equal(may(7), i % 2 == 0);
        if (i % 2 == 0)
            pages.left(pages.arg, 7);
    }
    /* it may have been left out, but went: that counts for nothing */
    xlx_again_round(again, true);
    batch_after(60);
    assert_true(may(7));
    xlx_again_round(again, true);
    batch_after(60);
    assert_true(may(7));
}

/* Every 50 ms at most, and a hundredth of the time. */
static void test_seldom(void **state)
{
    static const struct {
        unsigned takes, batch, batches, least, most;
    } rows[] = {
        { 0, 1, 1000, 18, 20 },
        { 0, 60, 100, 100, 100 },
        { 1, 10, 1000, 90, 100 },
        { 50, 1000, 100, 19, 20 }, /* a large guest, or a slow Xen */
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        end(NULL);
        begin(NULL);
        takes_ms = rows[i].takes;
        xlx_again_round(again, true);
        for (unsigned n = 0; n < rows[i].batches; n++)
            batch_after(rows[i].batch);
        assert_in_range(looks, rows[i].least, rows[i].most);
    }
    /* nor sooner because rounds are short */
    end(NULL);
    begin(NULL);
    takes_ms = 10;
    for (unsigned n = 0; n < 100; n++) {
        xlx_again_round(again, true);
        batch_after(60);
    }
    assert_in_range(looks, 5, 7);
}

static void test_refused(void **state)
{
    set(7);
    for (int i = 0; i < 2; i++) {
        end(NULL);
        begin(NULL);
        set(7);
        xlx_again_round(again, true);
        batch_after(60);
        assert_true(may(7));
        refuses = !i;
        short_of_pages = i;
        batch_after(60);
        assert_false(may(7));
        refuses = short_of_pages = false;
        batch_after(60);
        xlx_again_round(again, true);
        batch_after(60);
        assert_false(may(7));
        assert_int_equal(looks, 2); /* it is not asked any more */
    }
}

/* Page frames beyond the guest's, or so many that a look would take too long,
 * are never left out. */
static void test_bounds(void **state)
{
    end(NULL);
    begin(NULL);
    memset(dirty, 0xff, sizeof dirty);
    xlx_again_round(again, true);
    batch_after(60);
    assert_true(may(999));
    assert_false(may(1000));
    assert_false(may(UINT64_MAX >> 12));
    end(NULL);
    guest_pages = 1ull << 30; /* 4 TiB */
    again = xlx_again_new(NULL, 5);
    pages = xlx_again_pages(again);
    xlx_again_round(again, true);
    memset(dirty, 0xff, sizeof dirty);
    batch_after(60);
    assert_int_equal(looked_pages, 1 << 26);
    assert_true(may((1 << 26) - 1));
    assert_false(may(1 << 26));
    xlx_again_free(again);
    guest_pages = 0; /* it is gone */
    again = xlx_again_new(NULL, 5);
    assert_null(again);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_only_in_rounds, begin, end),
        cmocka_unit_test_setup_teardown(test_forgets, begin, end),
        cmocka_unit_test_setup_teardown(test_not_twice_in_a_row, begin, end),
        cmocka_unit_test_setup_teardown(test_seldom, begin, end),
        cmocka_unit_test_setup_teardown(test_refused, begin, end),
        cmocka_unit_test_setup_teardown(test_bounds, begin, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
