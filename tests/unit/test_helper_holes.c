/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * A guest whose memory map is mostly a hole, from save helper to save helper:
 * what arrives, and how many pages Xen was asked for.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/lib/guest_image.h"
#include "tests/lib/helper_pair.h"

/* The daemons' pages are the last ones, far behind the others. */
enum { PAGES = 12 * 1024, LOW = 1500, LAST = 4, BATCH = 1024, STRAY = 5000 };

enum {
    /* two batches with memory and one of the hole; the page that libxc has gone
     * on to already, and the batch with the last ones */
    ASKED = 4 * BATCH + 1,
    ASKED_STRAY = (STRAY / BATCH + 3) * BATCH + 1,
    BESIDE = PAGES, /* as all ends before there are many with pages */
};

struct map_case {
    const char *what;
    uint64_t stray; /* a page in the midst of the hole */
    uint64_t off_map, ballooned, on_demand;
    bool debug;
    uint64_t asked;
    uint64_t beside, beside_after; /* as those of a fakexen */
};

static const struct map_case maps[] = {
    { .what = "a hole", .asked = ASKED, .beside = BESIDE },
    { .what = "a page in the hole",
      .stray = STRAY,
      .asked = ASKED_STRAY,
      .beside = BESIDE },
    /* Linux has its shared pages where it had others, which stay its own */
    { .what = "pages that are not in the map",
      .off_map = 9,
      .asked = ASKED,
      .beside = BESIDE },
    { .what = "a page more meanwhile",
      .ballooned = 1,
      .asked = PAGES,
      .beside = BESIDE },
    { .what = "pages on demand", .on_demand = 1, .asked = PAGES },
    { .what = "a thread that comes too late",
      .asked = PAGES,
      .beside_after = PAGES },
    /* all once more, in the order that libxc likes */
    { .what = "verified",
      .debug = true,
      .asked = ASKED + PAGES,
      .beside = BESIDE },
};

static void map_fill(struct helper_pair *p, const struct map_case *m)
{
    struct fakexen *x = p->x[0];

    for (uint64_t i = 0; i < PAGES; i++) {
        bool there =
            i < LOW || i >= PAGES - LAST || (m->stray && i == m->stray);

        *fakexen_type(x, i) = there ? 0 : FAKEXEN_HOLE;
        if (there)
            guest_image_page(fakexen_page(x, i), i, 1);
    }
    x->off_map = m->off_map;
    x->ballooned = m->ballooned;
    x->on_demand = m->on_demand;
    x->after_beside = m->beside;
    x->beside_after = m->beside_after;
    x->guest = (struct fakexen_guest){ .burst = 200, .hot = LOW, .seed = 5 };
}

static void map_moves(const struct map_case *m, const char *codec)
{
    const struct pair_plan plan = { .helper = "fake_helper",
                                    .codec = { codec, "auto" },
                                    .debug = m->debug,
                                    .cut = PAIR_WHOLE,
                                    .change = PAIR_WHOLE,
                                    .term = PAIR_WHOLE };
    static struct helper_pair p;
    uint64_t asked, first;

    helper_pair_init(&p, PAGES);
    map_fill(&p, m);
    helper_pair_run(&p, &plan);
    for (int i = 0; i < 2; i++)
        if (p.end[i].result)
            fail_msg("%s: %s", m->what, p.end[i].error);
    assert_int_equal(fakexen_differ(p.x[0], p.x[1], &first), 0);
    assert_int_equal(p.x[1]->populated, LOW + LAST + !!m->stray);
    /* in later rounds it asks for what is dirty */
    asked = p.x[0]->asked - p.x[0]->dirtied;
    if (asked != m->asked)
        fail_msg("%s: %llu pages asked for, not %llu", m->what,
                 (unsigned long long)asked, (unsigned long long)m->asked);
    helper_pair_dispose(&p);
}

static void test_maps(void **state)
{
    for (size_t i = 0; i < sizeof maps / sizeof maps[0]; i++)
        for (int codec = 0; codec < 2; codec++)
            map_moves(&maps[i], codec ? "lz4" : NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_maps) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
