/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * A guest's memory from save helper to restore helper over two rackhop-wires:
 * the shipped programs, each started as it will be, but for Xen. Lanes are cut
 * at random moments meanwhile; what arrives is compared page by page.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "libxl-ext/wire/lanes.h"
#include "tests/lib/guest_image.h"
#include "tests/lib/wire_cuts.h"

enum { PAGES = 2048, LANES = 3, CUT_MEAN = 1 << 20 };

static struct wire_move m;

static void run_move(bool arm)
{
    uint64_t pfn = 0;

    m = (struct wire_move){ .lanes = LANES, .codec = "auto", .arm = arm };
    for (int i = 0; i < 2; i++)
        m.x[i] = fakexen_new(PAGES, i == HELPER_SAVES, &m.fd[i]);
    for (uint64_t i = 0; i < PAGES; i++)
        guest_image_page(fakexen_page(m.x[0], i), i, 1);
    m.x[0]->guest = (struct fakexen_guest){
        .burst = 300, .hot = 700, .first = 100, .seed = 5
    };
    if (wire_move_run(&m))
        fail_msg("%s", m.why);
    assert_int_equal(fakexen_differ(m.x[0], m.x[1], &pfn), 0);
    assert_int_equal(m.x[1]->populated, PAGES);
    assert_int_equal(m.end[HELPER_RESTORES].placed, arm);
    assert_true(m.wire[HELPER_SAVES].acked > 100000);
    assert_int_equal(m.wire[HELPER_SAVES].resent, 0);
    for (int i = 0; i < 2; i++) {
        fakexen_free(m.x[i]);
        close(m.fd[i]);
    }
}

static void test_moves(void **state)
{
    run_move(false);
    run_move(true);
}

/* Some dozens, with one lane, with some, and with as many as there can be. */
static void test_cuts(void **state)
{
    static struct wire_cuts c = { .seed = 17, .mean = CUT_MEAN };
    /* one lane that is cut is waited for */
    static const struct {
        unsigned lanes, pages;
    } row[] = { { 1, 768 }, { 2, 2048 }, { 4, 3072 }, { CHUNK_LANES, 4096 } };

    for (unsigned i = 0; i < sizeof row / sizeof *row; i++) {
        if (wire_cuts_move(&c, &m, row[i].pages, row[i].lanes))
            fail_msg("%u lanes: %s", row[i].lanes, m.why);
        print_message("%u lanes: %u cuts, %llu bytes again\n", row[i].lanes,
                      wire_cuts_all(&c), (unsigned long long)c.resent);
    }
    assert_int_equal(c.wrong, 0);
    assert_true(wire_cuts_all(&c) > 10);
    assert_true(c.worst <= LANES_BIG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_moves),
        cmocka_unit_test(test_cuts),
    };

    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
