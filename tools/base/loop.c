/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Runs the poll() loop of a process: descriptors, timers, children, guests.
 *
 * What is removed while callbacks run stays in its list, marked, until the
 * outermost turn is over, so that a walk of the list does not lose its place.
 */
#include "tools/base/loop.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tools/base/clock.h"

enum {
    GUEST_ROOM = 16, /* descriptors, until it asks for more */
    LOOK_US = 10000, /* between two looks at a child that can't be polled */
};

void loop_init(struct loop *l)
{
    *l = (struct loop){ .fds = NULL };
}

/* --- what is watched ---------------------------------------------------------- */

struct loop_fd *loop_add(struct loop *l, int fd, short events,
                         void (*ready)(void *, short), void *arg)
{
    struct loop_fd *f = calloc(1, sizeof *f), **at = &l->fds;

    if (!f)
        return NULL;
    *f = (struct loop_fd){
        .fd = fd, .events = events, .ready = ready, .arg = arg, .loop = l
    };
    while (*at)
        at = &(*at)->next;
    *at = f;
    return f;
}

struct loop_timer *loop_timer_add(struct loop *l, uint64_t at_us,
                                  void (*due)(void *), void *arg)
{
    struct loop_timer *t = calloc(1, sizeof *t), **at = &l->timers;

    if (!t)
        return NULL;
    *t = (struct loop_timer){
        .at_us = at_us, .due = due, .arg = arg, .loop = l
    };
    while (*at)
        at = &(*at)->next;
    *at = t;
    return t;
}

void loop_guest_add(struct loop *l, struct loop_guest *g)
{
    g->next = l->guests;
    l->guests = g;
}

static void loop_sweep(struct loop *l)
{
    if (l->depth)
        return;
    for (struct loop_fd **at = &l->fds, *f; (f = *at);) {
        if (f->removed) {
            *at = f->next;
            free(f);
        } else {
            at = &f->next;
        }
    }
    for (struct loop_timer **at = &l->timers, *t; (t = *at);) {
        if (t->removed) {
            *at = t->next;
            free(t);
        } else {
            at = &t->next;
        }
    }
}

void loop_remove(struct loop_fd *f)
{
    if (!f)
        return;
    f->removed = true;
    f->revents = 0;
    loop_sweep(f->loop);
}

void loop_timer_remove(struct loop_timer *t)
{
    if (!t)
        return;
    t->removed = true;
    loop_sweep(t->loop);
}

/* --- children ------------------------------------------------------------------ */

/* Reaps it if it has ended, and tells. */
static void loop_child_reap(struct loop_child *c)
{
    void (*ended)(void *, int) = c->ended;
    void *arg = c->arg;
    int status = 0;
    pid_t r;

    do
        r = waitpid(c->pid, &status, WNOHANG);
    while (r < 0 && errno == EINTR);
    if (!r)
        return;
    if (r < 0) /* somebody else has reaped it: how it ended is lost */
        status = 0xff00;
    loop_child_remove(c);
    ended(arg, status);
}

static void loop_child_ready(void *arg, short revents)
{
    loop_child_reap(arg);
}

static void loop_child_look(void *arg)
{
    struct loop_child *c = arg;

    c->look->at_us = clock_us() + LOOK_US;
    loop_child_reap(c);
}

struct loop_child *loop_child_add(struct loop *l, pid_t pid,
                                  void (*ended)(void *, int), void *arg)
{
    struct loop_child *c = calloc(1, sizeof *c);

    if (!c)
        return NULL;
    *c = (struct loop_child){ .pid = pid, .ended = ended, .arg = arg };
    c->fd = (int)syscall(SYS_pidfd_open, pid, 0);
    if (c->fd >= 0)
        c->watch = loop_add(l, c->fd, POLLIN, loop_child_ready, c);
    else if (errno == ENOSYS) /* a kernel before 5.3, or valgrind */
        c->look = loop_timer_add(l, clock_us(), loop_child_look, c);
    if (c->watch || c->look)
        return c;
    loop_child_remove(c);
    return NULL;
}

void loop_child_remove(struct loop_child *c)
{
    if (!c)
        return;
    loop_remove(c->watch);
    loop_timer_remove(c->look);
    if (c->fd >= 0)
        close(c->fd);
    free(c);
}

/* --- one turn ------------------------------------------------------------------- */

static int loop_wait_ms(uint64_t until_us, uint64_t now)
{
    if (until_us == UINT64_MAX)
        return -1;
    if (until_us <= now)
        return 0;
    if ((until_us - now) / 1000 >= INT_MAX)
        return INT_MAX;
    return (int)((until_us - now + 999) / 1000);
}

static int loop_room(struct loop *l, size_t n)
{
    struct pollfd *bigger;

    if (n <= l->room)
        return 0;
    n += n / 2;
    bigger = realloc(l->polls, n * sizeof *bigger);
    if (!bigger)
        return -ENOMEM;
    l->polls = bigger;
    l->room = n;
    return 0;
}

/* The loop's own descriptors into the front of polls. */
static int loop_gather(struct loop *l, size_t *n_r)
{
    size_t n = 0;

    for (struct loop_fd *f = l->fds; f; f = f->next) {
        int rc = loop_room(l, n + 1);

        if (rc)
            return rc;
        f->revents = 0;
        f->polled = !f->removed && f->events && f->fd >= 0;
        if (f->polled)
            l->polls[n++] = (struct pollfd){ f->fd, f->events, 0 };
    }
    *n_r = n;
    return 0;
}

/* The guest's descriptors behind the *n_r that are there. */
static int loop_ask_guest(struct loop *l, struct loop_guest *g, size_t *n_r,
                          int *timeout)
{
    int want = GUEST_ROOM, rc;

    do {
        rc = loop_room(l, *n_r + (size_t)want);
        if (rc)
            return rc;
        g->n = want;
        rc = g->before(g->arg, l->polls + *n_r, &g->n, timeout);
        /* it got the room that it asked for, and still wants more */
        if (rc == -ENOBUFS && g->n <= want)
            rc = -EMFILE;
        want = g->n;
    } while (rc == -ENOBUFS);
    if (!rc)
        *n_r += (size_t)g->n;
    return rc;
}

/* Notes what poll() said, before any callback can change the lists. */
static void loop_note(struct loop *l)
{
    size_t k = 0;

    for (struct loop_fd *f = l->fds; f; f = f->next)
        if (f->polled)
            f->revents = l->polls[k++].revents;
}

static void loop_serve(struct loop *l)
{
    for (struct loop_fd *f = l->fds; f; f = f->next) {
        short revents = f->revents;

        f->revents = 0;
        if (revents && !f->removed && f->events)
            f->ready(f->arg, revents);
    }
}

/* The earliest that is due and was not served in this turn. */
static struct loop_timer *loop_next_due(struct loop *l, uint64_t now,
                                        uint64_t turn)
{
    struct loop_timer *first = NULL;

    for (struct loop_timer *t = l->timers; t; t = t->next)
        if (!t->removed && t->at_us <= now && t->turn != turn &&
            (!first || t->at_us < first->at_us))
            first = t;
    return first;
}

static void loop_serve_timers(struct loop *l)
{
    uint64_t now = clock_us(), turn = ++l->turns;
    struct loop_timer *t;

    while ((t = loop_next_due(l, now, turn))) {
        t->turn = turn;
        t->at_us = UINT64_MAX;
        t->due(t->arg);
    }
}

static uint64_t loop_next_timer(const struct loop *l)
{
    uint64_t at = UINT64_MAX;

    for (struct loop_timer *t = l->timers; t; t = t->next)
        if (!t->removed && t->at_us < at)
            at = t->at_us;
    return at;
}

static int loop_poll(struct loop *l, size_t n, int timeout)
{
    struct timespec ts = { timeout / 1000, timeout % 1000 * 1000000L };
    int r = ppoll(l->polls, n, timeout < 0 ? NULL : &ts, l->wait_mask);

    if (r < 0 && errno != EINTR)
        return -errno;
    for (size_t i = 0; r < 0 && i < n; i++)
        l->polls[i].revents = 0;
    return 0;
}

/* Waits for anything until `until`, then serves it. */
static int loop_turn(struct loop *l, uint64_t until)
{
    uint64_t timer = loop_next_timer(l);
    int timeout = loop_wait_ms(timer < until ? timer : until, clock_us());
    size_t n, own = 0;
    int rc = loop_gather(l, &own);

    n = own;
    for (struct loop_guest *g = l->guests; !rc && g; g = g->next)
        rc = loop_ask_guest(l, g, &n, &timeout);
    if (!rc)
        rc = loop_poll(l, n, timeout);
    if (rc)
        return rc;
    l->depth++;
    loop_note(l);
    for (struct loop_guest *g = l->guests; g; g = g->next) {
        g->after(g->arg, l->polls + own, g->n);
        own += (size_t)g->n;
    }
    loop_serve(l);
    loop_serve_timers(l);
    l->depth--;
    loop_sweep(l);
    return 0;
}

/* --- running ---------------------------------------------------------------------- */

void loop_stop(struct loop *l)
{
    l->stopped = true;
}

static bool loop_over(struct loop *l, bool (*done)(void *), void *arg)
{
    if (!l->stopped)
        return done && done(arg);
    l->stopped = false;
    return true;
}

int loop_run(struct loop *l, bool (*done)(void *), void *arg,
             uint64_t deadline_us)
{
    for (;;) {
        uint64_t now = clock_us(), until = deadline_us, need;
        int rc;

        if (loop_over(l, done, arg))
            return 0;
        if (l->cancel && *l->cancel != l->cancel_seen) {
            l->cancel_seen = *l->cancel;
            return -EINTR;
        }
        if (now >= deadline_us)
            return -ETIMEDOUT;
        if (l->tick) {
            need = l->tick(l->tick_arg, now);
            if (need < until)
                until = need;
            if (loop_over(l, done, arg))
                return 0;
        }
        rc = loop_turn(l, until);
        if (rc)
            return rc;
    }
}

void loop_dispose(struct loop *l)
{
    for (struct loop_fd *f = l->fds; f; f = f->next)
        f->removed = true;
    for (struct loop_timer *t = l->timers; t; t = t->next)
        t->removed = true;
    loop_sweep(l);
    free(l->polls);
    loop_init(l);
}
