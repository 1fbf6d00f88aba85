/* SPDX-License-Identifier: LGPL-2.1-only */
/* Starts the processes of a move, and waits for them. */
#include "tests/lib/wire_move.h"

#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "libxl-ext/carrier.h"
#include "tests/lib/link.h"
#include "tools/base/clock.h"

enum { STILL_MS = 60000, POLLS = 6 + RELAY_POLLS };

__attribute__((format(printf, 2, 3))) static int move_fails(
    struct wire_move *m, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    if (!*m->why)
        vsnprintf(m->why, sizeof m->why, fmt, ap);
    va_end(ap);
    return -1;
}

/* --- start ------------------------------------------------------------------------ */

static void move_start_wires(struct wire_move *m)
{
    struct lane_start s = { .address = "127.0.0.1",
                            .lanes = m->lanes,
                            .patience_s = STILL_MS / 1000 };
    unsigned port;

    wire_end_key(&s, 9);
    wire_end_start(&m->wire[HELPER_RESTORES], &s);
    wire_end_await_port(&m->wire[HELPER_RESTORES]);
    port = m->wire[HELPER_RESTORES].port;
    if (m->relay) {
        relay_open(m->relay, port);
        port = m->relay->port;
    }
    s.source = true;
    s.rate = m->rate;
    s.first = s.last = (uint16_t)port;
    wire_end_start(&m->wire[HELPER_SAVES], &s);
    /* nothing comes back but the end */
    wire_end_close(&m->wire[HELPER_RESTORES], 1);
    wire_end_close(&m->wire[HELPER_RESTORES], 2);
}

/* The helper's pipe and its wire's, and the pump between them. */
static void move_start_end(struct wire_move *m, enum helper_side side)
{
    int pipe[2], saves = side == HELPER_SAVES;
    int *wire = &m->wire[side].stream[0];

    if (pipe2(pipe, O_CLOEXEC))
        abort();
    fcntl(pipe[0], F_SETPIPE_SZ, saves ? XLX_PIPE_SAVE : XLX_PIPE_IN);
    m->pump[side] =
        saves ? link_start(pipe[0], *wire, 0) : link_start(*wire, pipe[1], 0);
    *wire = -1;
    m->end[side] = (struct helper_end){ .side = side,
                                        .x = m->x[side],
                                        .x_fd = m->fd[side],
                                        .program = "fake_helper",
                                        /* a target takes all of them */
                                        .codec = saves ? m->codec : "auto",
                                        .policy = m->policy,
                                        .arm = m->arm && !saves };
    helper_end_start(&m->end[side], pipe[saves]);
    close(pipe[saves]);
}

/* Timed domains: what is measured begins when both have their memory. */
static int move_begin(struct wire_move *m)
{
    if (m->x[0]->timed)
        for (int i = 0; i < 2; i++)
            if (fakexen_await(m->x[i]))
                return move_fails(m, "a helper does not begin");
    m->wall_us = clock_us();
    for (int i = 0; i < 2; i++)
        sem_post(&m->x[i]->begin);
    return 0;
}

/* --- until it is over ---------------------------------------------------------------- */

static bool move_is_over(const struct wire_move *m)
{
    return helper_end_over(&m->end[0]) && helper_end_over(&m->end[1]) &&
           m->wire[0].over && m->wire[1].over;
}

static int move_step(struct wire_move *m)
{
    struct pollfd f[POLLS];
    int ms = m->relay ? relay_wait_ms(m->relay, STILL_MS) : STILL_MS;
    nfds_t n = 0;

    for (int i = 0; i < 2; i++) {
        const struct wire_end *w = &m->wire[i];

        f[n++] = (struct pollfd){ m->end[i].from, POLLIN, 0 };
        f[n++] = (struct pollfd){ m->end[i].ctl, POLLIN, 0 };
        f[n++] = (struct pollfd){ w->over ? -1 : w->control, POLLIN, 0 };
    }
    if (m->relay)
        n += relay_polls(m->relay, f + n);
    if (poll(f, n, ms) <= 0 && ms == STILL_MS)
        return move_fails(m, "nothing moves");
    for (int i = 0; i < 2; i++) {
        helper_end_hear(&m->end[i]);
        wire_end_hear(&m->wire[i]);
    }
    if (m->relay) {
        relay_serve(m->relay);
        m->spoil(m->arg, m);
    }
    return 0;
}

static int move_finish(struct wire_move *m)
{
    for (int i = 0; i < 2; i++) {
        helper_end_wait(&m->end[i]);
        if (m->end[i].result)
            move_fails(m, "a helper failed: %s", m->end[i].error);
        if (link_finish(m->pump[i], &m->pump_us[i]))
            move_fails(m, "a pump failed");
        if (wire_end_finish(&m->wire[i], &m->wire_us[i]) || !m->wire[i].done)
            move_fails(m, "a wire failed: %s", m->wire[i].why);
    }
    if (m->arm && !m->end[HELPER_RESTORES].placed)
        move_fails(m, "the placer failed: %s", m->end[HELPER_RESTORES].error);
    if (m->relay)
        relay_close(m->relay);
    return *m->why ? -1 : 0;
}

int wire_move_run(struct wire_move *m)
{
    int rc;

    *m->why = '\0';
    m->pump_us[0] = m->pump_us[1] = 0;
    move_start_wires(m);
    move_start_end(m, HELPER_SAVES);
    move_start_end(m, HELPER_RESTORES);
    rc = move_begin(m);
    while (!rc && !move_is_over(m))
        rc = move_step(m);
    m->wall_us = clock_us() - m->wall_us;
    return rc ? rc : move_finish(m);
}
