/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * A guest's memory from save helper to save helper over two rackhop-wires: the
 * shipped programs, each started as it will be, but for Xen.
 */
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/lib/guest_image.h"
#include "tests/lib/helper_pair.h"
#include "tests/lib/wire_end.h"

enum { PAGES = 2048, LANES = 3, STILL_MS = 60000 };

struct move {
    struct helper_pair p;
    struct wire_end wire[2]; /* by enum helper_side */
};

static void move_start_wires(struct move *m)
{
    struct lane_start s = { .address = "127.0.0.1",
                            .lanes = LANES,
                            .patience_s = 60 };

    wire_end_key(&s, 9);
    wire_end_start(&m->wire[HELPER_RESTORES], &s);
    wire_end_await_port(&m->wire[HELPER_RESTORES]);
    s.source = true;
    s.first = s.last = (uint16_t)m->wire[HELPER_RESTORES].port;
    wire_end_start(&m->wire[HELPER_SAVES], &s);
}

/* Each helper has one end of its wire's stream 0, as if it were ssh's. */
static void move_start_helper(struct move *m, enum helper_side side)
{
    int fd = m->wire[side].stream[0];

    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
    m->p.end[side] = (struct helper_end){ .side = side,
                                          .x = m->p.x[side],
                                          .x_fd = m->p.fd[side],
                                          .program = "fake_helper",
                                          .codec = "auto" };
    helper_end_start(&m->p.end[side], fd);
}

static bool move_is_over(const struct move *m)
{
    return helper_end_over(&m->p.end[0]) && helper_end_over(&m->p.end[1]) &&
           m->wire[0].over && m->wire[1].over;
}

static void move_step(struct move *m)
{
    struct pollfd f[6];

    for (int i = 0; i < 2; i++) {
        const struct wire_end *w = &m->wire[i];

        f[3 * i] = (struct pollfd){ m->p.end[i].from, POLLIN, 0 };
        f[3 * i + 1] = (struct pollfd){ m->p.end[i].ctl, POLLIN, 0 };
        f[3 * i + 2] = (struct pollfd){ w->over ? -1 : w->control, POLLIN, 0 };
    }
    if (poll(f, 6, STILL_MS) <= 0)
        fail_msg("nothing moves: %s / %s", m->wire[0].why, m->wire[1].why);
    for (int i = 0; i < 2; i++) {
        helper_end_hear(&m->p.end[i]);
        wire_end_hear(&m->wire[i]);
    }
    /* what the wire of libxl would still get comes from nobody here */
    if (helper_end_over(&m->p.end[HELPER_SAVES]))
        wire_end_close(&m->wire[HELPER_SAVES], 0);
}

static void test_moves(void **state)
{
    static struct move m;
    uint64_t pfn = 0;

    helper_pair_init(&m.p, PAGES);
    for (uint64_t i = 0; i < PAGES; i++)
        guest_image_page(fakexen_page(m.p.x[0], i), i, 1);
    m.p.x[0]->guest = (struct fakexen_guest){
        .burst = 300, .hot = 700, .first = 100, .seed = 5
    };
    move_start_wires(&m);
    move_start_helper(&m, HELPER_SAVES);
    move_start_helper(&m, HELPER_RESTORES);
    /* nothing comes back but the end */
    wire_end_close(&m.wire[HELPER_RESTORES], 1);
    wire_end_close(&m.wire[HELPER_RESTORES], 2);
    while (!move_is_over(&m))
        move_step(&m);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(m.p.end[i].result, 0);
        helper_end_wait(&m.p.end[i]);
        assert_int_equal(wire_end_finish(&m.wire[i], NULL), 0);
        assert_true(m.wire[i].done);
    }
    assert_int_equal(fakexen_differ(m.p.x[0], m.p.x[1], &pfn), 0);
    assert_int_equal(m.p.x[1]->populated, PAGES);
    assert_true(m.wire[HELPER_SAVES].acked > 100000);
    helper_pair_dispose(&m.p);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_moves) };

    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
