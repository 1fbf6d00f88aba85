/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Prepares moves ahead: while one sends its guest, the next connects, checks
 * both hosts and waits for the links, on its source host (`move run --hold`).
 * The first do so while memory is reserved for them.
 *
 * Such a move is still a planned one. The journal does not know of it, and
 * nothing was done for it that would have to be undone: it ends with its
 * connection, or by itself after a while. Once the journal calls it started, a
 * line over the connection starts it. Whatever goes wrong before that costs
 * the time that was to be saved; whatever goes wrong after is answered as for
 * every move, by asking for it by its id.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/config.h"
#include "tools/move/startline.h"
#include "tools/run/exec_impl.h"

enum {
    SETUP_MS = 20000,  /* as long as none was measured */
    HEAD_BYTES = 8192, /* of a stream, before the first page */
};

/* --- preparing -------------------------------------------------------------- */

/* Will one that runs have sent its last byte by the time that another could be
 * ready? Who is ready too early has to be ready once more. */
static bool ahead_is_due(const struct exec *e)
{
    const struct exec_private *p = e->p;
    int64_t setup = p->setup_ms ? p->setup_ms : SETUP_MS;
    int64_t until = clock_ms() + setup + setup / 2;

    for (uint32_t i = 0; i < p->child_n; i++) {
        const struct exec_child *c = p->child[i];

        if (!c->ahead && (c->sent || c->sends_until_ms <= until))
            return true;
    }
    return false;
}

/* A move was just started, and no page of it is under way: the links wait for
 * its hosts, which are not given more to do. */
static bool ahead_would_disturb(const struct exec *e, uint32_t move)
{
    const struct run_move *m = &e->run->move[move];
    const struct exec_private *p = e->p;
    int64_t since = clock_ms() - SETUP_MS;

    for (uint32_t i = 0; i < p->child_n; i++) {
        const struct exec_child *c = p->child[i];
        const struct run_move *r = &e->run->move[c->move];

        if (!c->ahead && !c->sent && c->began_ms > since &&
            e->progress[c->move].bytes < HEAD_BYTES &&
            (!strcmp(r->from, m->from) || !strcmp(r->to, m->to)))
            return true;
    }
    return false;
}

/* Devices are taken from a guest when its move has been started, and not before:
 * its source host would check everything, and then refuse. */
static bool ahead_can(const struct exec *e, const struct run_move *m)
{
    const struct plan_cluster *c = e->p->snap.cluster;
    uint32_t dom = plan_find_domain(c, m->uuid);

    return !strlist_has(&e->p->unheld, m->from) && dom != PLAN_NONE &&
           !plan_domain_changes_devices(c, dom);
}

/* false: it can't be prepared, or its source host could not be asked. */
static bool ahead_begin(struct exec *e, uint32_t move)
{
    struct run_move *m = &e->run->move[move];
    struct exec_child *c;

    if (!ahead_can(e, m))
        return false;
    c = exec_child_new(e, move);
    if (!c)
        return false;
    m->attempt = run_failures(e->run, m->uuid) + 1; /* for its id */
    c->ahead = true;
    exec_connect(c);
    if (!c->ask_at_ms)
        return true;
    exec_remove_child(c);
    return false;
}

void exec_ahead_some(struct exec *e)
{
    struct exec_private *p = e->p;
    uint32_t m;

    while (p->has_dispatch && exec_may_go_on(e) && ahead_is_due(e) &&
           (m = dispatch_ahead(&p->d)) != DISPATCH_NONE &&
           !ahead_would_disturb(e, p->index[m])) {
        dispatch_prepare(&p->d, m);
        if (!ahead_begin(e, p->index[m]))
            dispatch_unprepare(&p->d, m);
    }
}

/* The moves that dispatch.c would start now, all of them; none are started.
 * Their number, or -1: no memory. To be freed. */
static int ahead_first(struct exec *e, uint32_t **first_r)
{
    struct exec_private *p = e->p;
    uint32_t *first = calloc((size_t)p->d.move_n + 1, sizeof *first), m;
    double rate;
    int n = 0;

    *first_r = first;
    if (!first)
        return -1;
    while ((m = dispatch_next(&p->d, &rate)) != DISPATCH_NONE) {
        dispatch_start(&p->d, m, rate);
        first[n++] = p->index[m];
    }
    exec_dispatch_dispose(e);
    return exec_dispatch(e) ? -1 : n;
}

int exec_ahead_first(struct exec *e)
{
    struct exec_private *p = e->p;
    uint32_t *first;
    int n = ahead_first(e, &first);

    for (int i = 0; i < n && exec_may_go_on(e); i++) {
        uint32_t m = p->place[first[i]];

        dispatch_prepare(&p->d, m);
        if (!ahead_begin(e, first[i]))
            dispatch_unprepare(&p->d, m);
    }
    free(first);
    return n < 0 ? -1 : 0;
}

/* --- starting, or not --------------------------------------------------------- */

static struct exec_child *ahead_of(const struct exec *e, uint32_t move)
{
    for (uint32_t i = 0; i < e->p->child_n; i++)
        if (e->p->child[i]->move == move && e->p->child[i]->ahead)
            return e->p->child[i];
    return NULL;
}

static void ahead_close_stdin(struct exec_child *c)
{
    if (c->proc.to >= 0)
        close(c->proc.to);
    c->proc.to = -1;
}

static void ahead_start(struct exec_child *c, double rate)
{
    char line[STARTLINE_MAX];
    size_t n = startline_format(rate, line);
    bool said = c->proc.to >= 0 && write(c->proc.to, line, n) == (ssize_t)n;

    ahead_close_stdin(c);
    c->ahead = false;
    if (said)
        return;
    exec_disconnect(c);
    exec_connect(c);
}

int exec_start(struct exec *e, uint32_t move, double rate)
{
    struct run_move *m = &e->run->move[move];
    struct exec_child *c = ahead_of(e, move);

    m->state = MOVE_STARTED;
    m->attempt = run_failures(e->run, m->uuid) + 1;
    m->began = exec_wall_s();
    m->rate_mbps = rate;
    if (exec_save_move(e, move)) {
        m->state = MOVE_PLANNED;
        return -1;
    }
    if (!c)
        return exec_child_begin(e, move, EXEC_START);
    exec_child_show(c, EXEC_START);
    ahead_start(c, rate);
    return 0;
}

void exec_ahead_let_go(struct exec *e)
{
    for (uint32_t i = 0; i < e->p->child_n; i++)
        if (e->p->child[i]->ahead)
            ahead_close_stdin(e->p->child[i]);
}

static struct exec_child *ahead_any(const struct exec *e)
{
    for (uint32_t i = 0; i < e->p->child_n; i++)
        if (e->p->child[i]->ahead)
            return e->p->child[i];
    return NULL;
}

static bool ahead_none(void *arg)
{
    return !ahead_any(arg);
}

void exec_ahead_drop(struct exec *e)
{
    uint64_t wait_us = (uint64_t)e->remote.conf->ssh_timeout_s * 1000000;
    uint64_t deadline = clock_us() + wait_us;
    struct exec_child *c;

    exec_ahead_let_go(e);
    while (loop_run(&e->p->loop, ahead_none, e, deadline) == -EINTR)
        ;
    while ((c = ahead_any(e)))
        exec_ahead_end(c);
}
