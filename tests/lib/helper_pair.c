/* SPDX-License-Identifier: LGPL-2.1-only */
/* Carries a stream from one save helper to another, or not all of it. */
#include "tests/lib/helper_pair.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/base/clock.h"

enum { CARRY = 1 << 16 };

struct wire {
    struct helper_pair *p;
    const struct pair_plan *plan;
    int out, in; /* from the save, to the restore */
    uint64_t start;
    bool ended; /* no more is carried */
};

static void pair_shut(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static void pair_stop(struct wire *w)
{
    w->ended = true;
    pair_shut(&w->out);
}

static bool pair_within(int64_t at, uint64_t from, ssize_t n)
{
    return at >= (int64_t)from && at < (int64_t)from + n;
}

static void pair_spoil(struct wire *w, uint8_t *buf, ssize_t n)
{
    const struct pair_plan *plan = w->plan;
    uint64_t from = w->p->bytes;

    if (pair_within(plan->change, from, n))
        buf[plan->change - (int64_t)from] ^= 0x10;
    if (pair_within(plan->term, from, n))
        kill(w->p->end[HELPER_SAVES].pid, SIGTERM);
}

static void pair_limit(const struct wire *w)
{
    uint64_t due = w->plan->rate ? w->p->bytes * 1000000 / w->plan->rate : 0;
    uint64_t now = clock_us() - w->start;

    if (due > now)
        usleep((useconds_t)(due - now));
}

static void pair_hear(struct wire *w)
{
    for (int i = 0; i < 2; i++)
        helper_end_hear(&w->p->end[i]);
}

enum { PAIR_POLLS = 4 };

/* What both may say; the caller adds the last one. */
static void pair_polls(const struct wire *w, struct pollfd f[PAIR_POLLS])
{
    for (int i = 0; i < 2; i++) {
        f[2 * i] = (struct pollfd){ w->p->end[i].from, POLLIN, 0 };
        f[2 * i + 1] = (struct pollfd){ w->p->end[i].ctl, POLLIN, 0 };
    }
}

/* The helper that should read them may be waiting for an answer. */
static bool pair_write(struct wire *w, const uint8_t *buf, ssize_t n)
{
    for (ssize_t at = 0; at < n;) {
        ssize_t r = write(w->in, buf + at, (size_t)(n - at));
        struct pollfd f[PAIR_POLLS + 1] = { [PAIR_POLLS] = { w->in, POLLOUT,
                                                             0 } };

        pair_polls(w, f);
        /* this process has the pipe's other end, too */
        if ((r < 0 && errno != EAGAIN) ||
            helper_end_over(&w->p->end[HELPER_RESTORES]))
            return w->plan->open;
        at += r < 0 ? 0 : r;
        if (r < 0 && poll(f, PAIR_POLLS + 1, -1) > 0)
            pair_hear(w);
    }
    return true;
}

/* Some bytes, as many as may pass. */
static void pair_carry(struct wire *w)
{
    uint8_t buf[CARRY];
    int64_t left =
        w->plan->cut < 0 ? CARRY : w->plan->cut - (int64_t)w->p->bytes;
    ssize_t n =
        left <= 0 ? 0 : read(w->out, buf, left < CARRY ? (size_t)left : CARRY);

    if (n > 0) {
        pair_spoil(w, buf, n);
        pair_limit(w);
    }
    if (n <= 0 || !pair_write(w, buf, n)) {
        pair_stop(w);
        return;
    }
    w->p->bytes += (uint64_t)n;
}

/* libxl writes on when the save is complete, and reads what is left. */
static void pair_tail(struct wire *w)
{
    const struct helper_end *saves = &w->p->end[HELPER_SAVES];

    if (w->in < 0 || !w->ended || saves->from >= 0)
        return;
    if (!saves->result) /* the pipe may be full */
        pair_write(w, (const uint8_t *)PAIR_TAIL, sizeof PAIR_TAIL);
    pair_shut(&w->in);
}

static void pair_talk(struct wire *w)
{
    struct helper_end *end = w->p->end;

    while (!helper_end_over(&end[0]) || !helper_end_over(&end[1]) ||
           !w->ended) {
        struct pollfd f[PAIR_POLLS + 1] = { [PAIR_POLLS] = { w->out, POLLIN,
                                                             0 } };

        pair_polls(w, f);
        poll(f, PAIR_POLLS + 1, -1);
        pair_hear(w);
        if (f[PAIR_POLLS].revents)
            pair_carry(w);
        if (helper_end_over(&end[HELPER_RESTORES]) && !w->plan->open)
            pair_stop(w);
        pair_tail(w);
    }
}

static void pair_start(struct wire *w, enum helper_side side, int stream)
{
    struct helper_pair *p = w->p;

    p->end[side] =
        (struct helper_end){ .side = side,
                             .x = p->x[side],
                             .x_fd = p->fd[side],
                             .program = w->plan->helper,
                             .codec = w->plan->codec[side],
                             .policy = w->plan->policy,
                             .debug = w->plan->debug,
                             .tail = w->plan->tail[side],
                             .arm = w->plan->arm && side == HELPER_RESTORES };
    helper_end_start(&p->end[side], stream);
}

void helper_pair_run(struct helper_pair *p, const struct pair_plan *plan)
{
    struct wire w = { .p = p, .plan = plan, .start = clock_us() };
    char rest[sizeof PAIR_TAIL + 1];
    int a[2], b[2];

    p->bytes = 0;
    signal(SIGPIPE, SIG_IGN);
    if (pipe2(a, O_CLOEXEC) || pipe2(b, O_CLOEXEC))
        abort();
    fcntl(a[0], F_SETPIPE_SZ, 1 << 18); /* as a move has them */
    fcntl(b[1], F_SETFL, O_NONBLOCK);
    pair_start(&w, HELPER_SAVES, a[1]);
    pair_start(&w, HELPER_RESTORES, b[0]);
    close(a[1]);
    w.out = a[0];
    w.in = b[1];
    pair_talk(&w);
    p->tail = read(b[0], rest, sizeof rest) == sizeof PAIR_TAIL &&
              !memcmp(rest, PAIR_TAIL, sizeof PAIR_TAIL);
    close(b[0]);
    helper_end_wait(&p->end[HELPER_SAVES]);
    helper_end_wait(&p->end[HELPER_RESTORES]);
}

void helper_pair_init(struct helper_pair *p, uint64_t pages)
{
    for (int i = 0; i < 2; i++)
        p->x[i] = fakexen_new(pages, i == HELPER_SAVES, &p->fd[i]);
}

void helper_pair_dispose(struct helper_pair *p)
{
    for (int i = 0; i < 2; i++) {
        fakexen_free(p->x[i]);
        pair_shut(&p->fd[i]);
    }
}
