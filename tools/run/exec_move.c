/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Listens to running moves, and learns how they end.
 *
 * A connection that is lost says nothing about the move. The executor asks for
 * it again, by the same id, until its source host answers; when that takes too
 * long the guest is in doubt. A host that loses its power does not close its
 * connections, so one that is silent for too long counts as lost.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tools/config.h"
#include "tools/move/job.h"
#include "tools/movelog.h"
#include "tools/run/exec_impl.h"
#include "tools/base/text.h"

enum {
    TICK_US = 500000, /* until clocks and wishes are looked at */
    SILENT_MS_LEAST = 3 * JOB_BEAT_MS,
};

/* --- listening --------------------------------------------------------------------- */

/* What read() returned; -1 as well when it should be tried later. */
static ssize_t child_read_out(struct exec_child *c)
{
    size_t room;
    char *to = moveline_room(&c->out, &room);
    ssize_t n = to ? read(c->proc.from, to, room) : 0;

    if (n > 0)
        c->heard_ms = clock_ms();
    /* a connection that has held is not counted among those that failed */
    if (c->heard_ms - c->since_ms > SILENT_MS_LEAST)
        c->asked = 1;
    if (n > 0)
        moveline_feed(&c->out, (size_t)n, exec_line, c);
    return n;
}

/* The same; it keeps the last line. */
static ssize_t child_read_err(struct exec_child *c)
{
    char buf[512];
    ssize_t n = read(c->proc.err, buf, sizeof buf);

    for (ssize_t i = 0; i < n; i++) {
        if (c->said_n == sizeof c->said) /* the line has ended */
            c->said_n = 0;
        if (buf[i] == '\n') {
            c->said[c->said_n] = '\0';
            c->said_n = sizeof c->said;
        } else if (c->said_n < sizeof c->said - 1) {
            c->said[c->said_n++] = buf[i] ? buf[i] : '?';
            c->said[c->said_n] = '\0';
        }
    }
    return n;
}

static bool child_over(ssize_t n)
{
    return !n || (n < 0 && errno != EAGAIN && errno != EINTR);
}

/* After the end of a stream there is the end of the process to wait for. */
static void child_out_ready(void *arg, short revents)
{
    struct exec_child *c = arg;

    if (child_over(child_read_out(c)))
        c->out_watch->events = 0;
}

static void child_err_ready(void *arg, short revents)
{
    struct exec_child *c = arg;

    if (child_over(child_read_err(c)))
        c->err_watch->events = 0;
}

/* --- ending ------------------------------------------------------------------------ */

/* The reason, without "rackhop: " and what a terminal would obey. */
static void child_reason(const struct exec_child *c, int code, char *buf,
                         size_t len)
{
    const char *s = *c->error ? c->error : c->said;
    static const char own[] = "rackhop: ";

    if (!strncmp(s, own, sizeof own - 1))
        s += sizeof own - 1;
    if (*s)
        text_printable(buf, len, s, strlen(s));
    else if (code == RC_NOT_FOUND)
        snprintf(buf, len, "rackhop is not installed on the source host");
    else
        snprintf(buf, len, "exit code %d", code);
}

/* The source host has a line of its own; two on one host would be one too
 * many. */
static void child_log(const struct exec *e, const struct exec_child *c)
{
    static const enum movelog_end ends[] = {
        [MOVE_DONE] = MOVELOG_DONE,
        [MOVE_FAILED] = MOVELOG_FAILED,
        [MOVE_DOUBT] = MOVELOG_DOUBT,
    };
    const struct run_move *m = &e->run->move[c->move];
    char id[80];

    if (!e->remote.conf->log_moves || remote_is_self(m->from))
        return;
    run_move_id(e->run, c->move, id, sizeof id);
    movelog_tell(&(struct movelog){ .end = ends[m->state],
                                    .guest = m->name,
                                    .uuid = m->uuid,
                                    .from = m->from,
                                    .to = m->to,
                                    .id = id,
                                    .run = e->run->name,
                                    .why = m->why,
                                    .seconds = m->took_s,
                                    .downtime_ms = m->stopped_ms,
                                    .bytes = m->bytes });
}

static void child_conclude(struct exec *e, struct exec_child *c,
                           enum move_state state, const char *why)
{
    static const enum dispatch_state ends[] = {
        [MOVE_DONE] = DISPATCH_DONE,
        [MOVE_FAILED] = DISPATCH_FAILED,
        [MOVE_DOUBT] = DISPATCH_DOUBT,
    };
    struct run_move *m = &e->run->move[c->move];
    struct exec_private *p = e->p;

    m->state = state;
    m->ended = exec_wall_s();
    snprintf(m->why, sizeof m->why, "%s", why);
    exec_save_move(e, c->move);
    child_log(e, c);
    if (p->has_dispatch && p->place[c->move] != DISPATCH_NONE)
        dispatch_end(&p->d, p->place[c->move], ends[state]);
    if (state != MOVE_DONE)
        p->wants_plan = true;
    exec_say(e,
             state == MOVE_DONE     ? EXEC_DONE
             : state == MOVE_FAILED ? EXEC_FAIL
                                    : EXEC_DOUBT,
             c->move, "%s", why);
}

/* Asks again in a while, unless it was asked often enough. */
static void child_lost(struct exec_child *c, const char *why)
{
    struct exec *e = c->e;

    if (c->asked >= EXEC_ASKS_MAX) {
        child_conclude(e, c, MOVE_DOUBT, why);
        exec_remove_child(c);
        return;
    }
    exec_disconnect(c);
    e->progress[c->move].silent = true;
    exec_say(e, EXEC_LOST, c->move, "%s", why);
    exec_ask_again(c, 500 << c->asked);
}

/* `move run` prints a line every JOB_BEAT_MS at least. Its login may take as
 * long as any other, ssh_timeout_s. Returns how long it may say nothing. */
static int64_t child_silence_ms(const struct exec_child *c)
{
    int64_t allowed = (int64_t)c->e->remote.conf->ssh_timeout_s * 1000;

    if (c->heard_ms != c->since_ms)
        allowed *= 3;
    return allowed < SILENT_MS_LEAST ? SILENT_MS_LEAST : allowed;
}

/* What is left to be read, which may be the result. */
static void child_drain(struct exec_child *c)
{
    while (child_read_out(c) > 0)
        ;
    while (child_read_err(c) > 0)
        ;
}

/*
 * A connection that was made with --lanes or --hold has ended, and not with the
 * result of a move: for its host knows no such option, or it did not hear that
 * it was to start. Which of two it does not know shows when it is asked with one
 * of them.
 */
static bool child_hold_failed(struct exec_child *c, int code)
{
    const char *host = c->e->run->move[c->move].from;
    bool unlaned = c->by_lanes && code == RC_USAGE;

    if (unlaned)
        exec_unlaned(c->e, host);
    else if (c->by_hold && code == RC_USAGE)
        exec_unheld(c->e, host);
    if (unlaned && !c->ahead) {
        exec_disconnect(c);
        exec_connect(c);
        return true;
    }
    if (c->ahead) {
        exec_ahead_end(c);
        return true;
    }
    if (!c->by_hold || (code != RC_USAGE && code != RC_UNSTARTED) ||
        (code == RC_UNSTARTED && c->e->wish == CANCEL_NOW))
        return false;
    exec_disconnect(c);
    exec_connect(c);
    return true;
}

/* The connection has ended. */
static void child_ended(void *arg, int status)
{
    struct exec_child *c = arg;
    int code = WIFEXITED(status) ? WEXITSTATUS(status) : 255;
    enum move_state state = MOVE_FAILED;
    char why[256];

    c->end_watch = NULL; /* the loop has reaped it */
    c->proc.pid = -1;
    child_drain(c);
    if (child_hold_failed(c, code))
        return;
    child_reason(c, code, why, sizeof why);
    switch (code) {
    case RC_OK:
        state = MOVE_DONE;
        *why = '\0';
        break;
    case RC_FAILED:
    case RC_USAGE:
    case RC_NOPLAN:
    case RC_PARTLY:
    case RC_NOT_RUN:
    case RC_UNSTARTED: /* it was cancelled before it began */
    case RC_NOT_FOUND: break;
    case RC_DOUBT: state = MOVE_DOUBT; break;
    default: child_lost(c, why); return;
    }
    child_conclude(c->e, c, state, why);
    exec_remove_child(c);
}

int exec_watch(struct exec_child *c)
{
    struct loop *l = &c->e->p->loop;

    if (!c->by_hold) {
        close(c->proc.to);
        c->proc.to = -1;
    }
    fcntl(c->proc.from, F_SETFL, O_NONBLOCK);
    fcntl(c->proc.err, F_SETFL, O_NONBLOCK);
    c->out_watch = loop_add(l, c->proc.from, POLLIN, child_out_ready, c);
    c->err_watch = loop_add(l, c->proc.err, POLLIN, child_err_ready, c);
    c->end_watch = loop_child_add(l, c->proc.pid, child_ended, c);
    return c->out_watch && c->err_watch && c->end_watch ? 0 : -ENOMEM;
}

/* --- the loop's one wait -------------------------------------------------------------- */

void exec_child_due(void *arg)
{
    struct exec_child *c = arg;
    int64_t silence = child_silence_ms(c), now = clock_ms();

    if (c->ask_at_ms) {
        exec_connect(c);
        if (c->ask_at_ms && c->asked >= EXEC_ASKS_MAX) {
            child_conclude(c->e, c, MOVE_DOUBT, c->said);
            exec_remove_child(c);
        }
    } else if (now - c->heard_ms > silence && c->ahead) {
        exec_ahead_end(c);
    } else if (now - c->heard_ms > silence) {
        child_lost(c, "it is silent");
    } else {
        silence -= now - c->heard_ms;
        c->timer->at_us = clock_us() + (uint64_t)(silence + 1) * 1000;
    }
}

static bool exec_is_woken(void *arg)
{
    const struct exec *e = arg;

    return e->p->woken || *e->hangup;
}

void exec_wait(struct exec *e)
{
    struct exec_private *p = e->p;

    p->woken = false;
    /* what it returns is of no use: whoever waits looks at everything */
    (void)loop_run(&p->loop, exec_is_woken, e, clock_us() + TICK_US);
    for (uint32_t i = 0; e->wish == CANCEL_NOW && i < p->child_n; i++)
        if (!p->child[i]->ahead)
            exec_cancel_child(e, p->child[i]);
}
