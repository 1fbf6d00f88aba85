/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Runs the poll() loop of a process: descriptors, timers, children, guests.
 *
 * Code that must wait says for what and until when (loop_run), and so reads
 * top to bottom; a daemon runs the loop until loop_stop(). Callbacks are
 * called between two waits, one at a time, and may add and remove anything,
 * also what is just being served. They may run the loop again from within,
 * unless it is a guest that calls them.
 *
 * How others join:
 *   a child process   loop_child_add() for its end, loop_add() for its pipes,
 *                     a timer for its deadline (remote/gather);
 *   a library with a poll() of its own (libxl, net-snmp)   a guest;
 *   a state machine that works in steps   the tick, which says when it needs
 *                     to be called again (the byte pump).
 */
#ifndef RACKHOP_BASE_LOOP_H
#define RACKHOP_BASE_LOOP_H

#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* A descriptor that is watched. */
struct loop_fd {
    int fd;
    short events; /* the caller's to change; 0: not even its end is seen */
    /* private */
    void (*ready)(void *arg, short revents);
    void *arg;
    short revents;
    bool polled, removed;
    struct loop *loop;
    struct loop_fd *next;
};

/* A moment that is waited for. */
struct loop_timer {
    uint64_t at_us; /* the caller's to change; UINT64_MAX: never */
    /* private */
    void (*due)(void *arg);
    void *arg;
    uint64_t turn; /* in which it was due last */
    bool removed;
    struct loop *loop;
    struct loop_timer *next;
};

/* A child process whose end is waited for. */
struct loop_child {
    pid_t pid;
    /* private */
    void (*ended)(void *arg, int status);
    void *arg;
    int fd; /* of the process; -1: it is looked at by a timer */
    struct loop_fd *watch;
    struct loop_timer *look;
};

/*
 * A library that has descriptors and deadlines of its own. `before` puts its
 * descriptors into p and lowers *timeout_ms (-1: none) to its next deadline;
 * *n is the room, then what was used. -ENOBUFS with the need in *n: it is
 * called again with that much room. `after` gets the same descriptors with
 * what poll() said of them.
 */
struct loop_guest {
    int (*before)(void *arg, struct pollfd *p, int *n, int *timeout_ms);
    void (*after)(void *arg, struct pollfd *p, int n);
    void *arg;
    /* private */
    int n;
    struct loop_guest *next;
};

struct loop {
    /* Called before each wait; returns the time of its next need, or
     * UINT64_MAX. NULL: there is none. */
    uint64_t (*tick)(void *arg, uint64_t now_us);
    void *tick_arg;
    /* A signal handler counts it up; loop_run() then ends with -EINTR, once
     * for each change. NULL: nothing interrupts. */
    const volatile sig_atomic_t *cancel;
    sig_atomic_t cancel_seen;
    const sigset_t *wait_mask; /* signals that may arrive while it waits */
    /* private */
    struct loop_fd *fds;
    struct loop_timer *timers;
    struct loop_guest *guests;
    struct pollfd *polls;
    size_t room;
    uint64_t turns;
    unsigned depth; /* turns within callbacks */
    bool stopped;
};

void loop_init(struct loop *l);
/* Frees what was added, and closes none of its descriptors. */
void loop_dispose(struct loop *l);

/*
 * Runs until done(arg) is true or loop_stop() was called: 0. At the deadline
 * (monotonic us, UINT64_MAX: none): -ETIMEDOUT. When cancelled: -EINTR. Else a
 * negative errno. done may be NULL.
 */
int loop_run(struct loop *l, bool (*done)(void *), void *arg,
             uint64_t deadline_us);
/* Ends the innermost loop_run() once the callbacks of this turn are done. */
void loop_stop(struct loop *l);

/* What is added lives until it is removed. NULL: there is no memory. */
struct loop_fd *loop_add(struct loop *l, int fd, short events,
                         void (*ready)(void *arg, short revents), void *arg);
void loop_remove(struct loop_fd *f); /* NULL is fine */

/* It is due once, and again whenever at_us is set anew. Timers are due in the
 * order of their times, each at most once in a turn. */
struct loop_timer *loop_timer_add(struct loop *l, uint64_t at_us,
                                  void (*due)(void *arg), void *arg);
void loop_timer_remove(struct loop_timer *t); /* NULL is fine */

/*
 * Waits for a child of this process and reaps it; `status` is waitpid()'s. The
 * child is removed by then. Removed before, it is the caller's to reap. No
 * signal is used, so libxl may own SIGCHLD. NULL, with errno: it can't be
 * watched.
 */
struct loop_child *loop_child_add(struct loop *l, pid_t pid,
                                  void (*ended)(void *arg, int status),
                                  void *arg);
void loop_child_remove(struct loop_child *c); /* NULL is fine */

/* The guest is the caller's and outlives the loop. */
void loop_guest_add(struct loop *l, struct loop_guest *g);

#endif
