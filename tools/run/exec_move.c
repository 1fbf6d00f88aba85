/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Reads what running moves say, and how they end.
 *
 * A connection that is lost says nothing about the move. The executor asks for
 * it again, by the same id, until its source host answers; when that takes too
 * long the guest is in doubt. A host that loses its power does not close its
 * connections, so one that is silent for too long counts as lost.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tools/config.h"
#include "tools/move/job.h"
#include "tools/run/exec_impl.h"
#include "tools/base/text.h"

enum {
    TICK_MS = 250,
    SILENT_MS_LEAST = 3 * JOB_BEAT_MS,
    PAGE = 4096,
};
static const double mib = 1048576;

/* --- what they say --------------------------------------------------------------- */

struct reading {
    struct exec *e;
    struct exec_child *c;
};

static void child_measure(struct exec_child *c, struct exec_progress *l,
                          double bytes)
{
    int64_t now = clock_ms();
    double s = (double)(now - c->last_ms) / 1000, rate;

    if (!c->last_ms || bytes < c->last_bytes) {
        c->last_ms = now;
        c->last_bytes = bytes;
    } else if (s > 0.4) {
        rate = (bytes - c->last_bytes) / s;
        l->rate = l->rate >= 0 ? 0.6 * l->rate + 0.4 * rate : rate;
        c->last_ms = now;
        c->last_bytes = bytes;
    }
    l->bytes = bytes;
}

static void child_end_line(struct exec *e, struct exec_child *c,
                           const struct moveline *ml)
{
    struct run_move *m = &e->run->move[c->move];

    m->bytes = (double)ml->bytes;
    m->took_s = ml->seconds;
    m->stopped_ms = ml->downtime_ms;
    snprintf(c->error, sizeof c->error, "%s", ml->text);
}

static void child_line(void *arg, const char *text, size_t len)
{
    struct reading *r = arg;
    struct exec_progress *l = &r->e->progress[r->c->move];
    struct moveline ml;

    if (moveline_parse(&ml, text, len))
        return;
    l->silent = false;
    if (ml.bytes >= 0)
        child_measure(r->c, l, (double)ml.bytes);
    switch (ml.event) {
    case MOVELINE_ROUND:
        if (ml.round >= 0)
            l->round = ml.round;
        if (!ml.round_ended)
            break;
        l->dirty_mib =
            ml.dirty_pages < 0 ? -1 : (double)ml.dirty_pages * PAGE / mib;
        l->pause_ms = (double)ml.pause_ms;
        l->eta_s = ml.eta_ms < 0 ? -1 : (double)ml.eta_ms / 1000;
        exec_say(r->e, EXEC_ROUND, r->c->move, "%s", "");
        break;
    case MOVELINE_SUSPEND:
    case MOVELINE_GO: l->suspended = true; break;
    case MOVELINE_END: child_end_line(r->e, r->c, &ml); break;
    case MOVELINE_NOTE:
        exec_say(r->e, EXEC_NOTE, r->c->move, "%s", ml.text);
        break;
    case MOVELINE_TEXT:
    case MOVELINE_PROGRESS:
    case MOVELINE_OTHER: break;
    }
}

/* false: the end */
static bool child_read_out(struct exec *e, struct exec_child *c)
{
    struct reading r = { e, c };
    size_t room;
    char *to = moveline_room(&c->out, &room);
    ssize_t n = to ? read(c->proc.from, to, room) : 0;

    if (n > 0)
        c->heard_ms = clock_ms();
    /* a connection that has held is not counted among those that failed */
    if (c->heard_ms - c->since_ms > SILENT_MS_LEAST)
        c->asked = 1;
    if (n > 0)
        moveline_feed(&c->out, (size_t)n, child_line, &r);
    return n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR));
}

/* Keeps the last line. false: the end */
static bool child_read_err(struct exec_child *c)
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
    return n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR));
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

/* Asks again in a while. true: it was asked often enough, give this connection
 * up. */
static bool child_lost(struct exec *e, struct exec_child *c, const char *why)
{
    if (c->asked >= EXEC_ASKS_MAX) {
        child_conclude(e, c, MOVE_DOUBT, why);
        return true;
    }
    e->progress[c->move].silent = true;
    exec_say(e, EXEC_LOST, c->move, "%s", why);
    c->ask_at_ms = clock_ms() + (500 << c->asked);
    return false;
}

/* `move run` prints a line every JOB_BEAT_MS at least. Its login may take as
 * long as any other, ssh_timeout_s. */
static bool child_is_silent(const struct exec *e, const struct exec_child *c)
{
    int64_t allowed = (int64_t)e->remote.conf->ssh_timeout_s * 1000;

    if (c->heard_ms != c->since_ms)
        allowed *= 3;
    if (allowed < SILENT_MS_LEAST)
        allowed = SILENT_MS_LEAST;
    return clock_ms() - c->heard_ms > allowed;
}

/* Handles the end of a connection. true: give this connection up. */
static bool child_ended(struct exec *e, struct exec_child *c)
{
    char why[256];
    int code;

    child_end(&c->proc, 2000);
    code = WIFEXITED(c->proc.status) ? WEXITSTATUS(c->proc.status) : 255;
    child_reason(c, code, why, sizeof why);
    switch (code) {
    case RC_OK: child_conclude(e, c, MOVE_DONE, ""); return true;
    case RC_FAILED:
    case RC_USAGE:
    case RC_NOPLAN:
    case RC_PARTLY:
    case RC_NOT_RUN:
    case RC_NOT_FOUND: child_conclude(e, c, MOVE_FAILED, why); return true;
    case RC_DOUBT: child_conclude(e, c, MOVE_DOUBT, why); return true;
    }
    return child_lost(e, c, why);
}

/* --- the loop's one wait -------------------------------------------------------------- */

static void exec_attend(struct exec *e, const struct pollfd *fd)
{
    struct exec_private *p = e->p;

    /* from the end: a child that goes is replaced by the last */
    for (uint32_t i = p->child_n; i-- > 0;) {
        struct exec_child *c = &p->child[i];

        if (e->wish == CANCEL_NOW)
            exec_cancel_child(e, c);
        if (c->ask_at_ms) {
            if (clock_ms() >= c->ask_at_ms && exec_connect(e, c))
                c->ask_at_ms = clock_ms() + (500 << c->asked);
            if (c->ask_at_ms && c->asked >= EXEC_ASKS_MAX) {
                child_conclude(e, c, MOVE_DOUBT, c->said);
                exec_remove_child(e, i);
            }
            continue;
        }
        if (fd[2 * i].revents && !child_read_out(e, c))
            exec_shut(&c->proc.from);
        if (fd[2 * i + 1].revents && !child_read_err(c))
            exec_shut(&c->proc.err);
        if (c->proc.from < 0 && c->proc.err < 0) {
            if (child_ended(e, c))
                exec_remove_child(e, i);
        } else if (child_is_silent(e, c)) {
            child_end(&c->proc, 0);
            if (child_lost(e, c, "it is silent"))
                exec_remove_child(e, i);
        }
    }
}

void exec_wait(struct exec *e)
{
    struct exec_private *p = e->p;
    struct timespec ts = { 0, TICK_MS * 1000000 };
    struct pollfd *fd = calloc(2 * (size_t)p->child_n + 1, sizeof *fd);
    nfds_t n = 2 * (nfds_t)p->child_n;

    if (!fd) {
        poll(NULL, 0, TICK_MS);
        return;
    }
    for (uint32_t i = 0; i < p->child_n; i++) {
        const struct exec_child *c = &p->child[i];

        fd[2 * i] = (struct pollfd){ c->proc.from, POLLIN, 0 };
        fd[2 * i + 1] = (struct pollfd){ c->proc.err, POLLIN, 0 };
    }
    if (ppoll(fd, n, &ts, e->wait_mask) < 0)
        for (nfds_t i = 0; i < n; i++)
            fd[i].revents = 0;
    exec_attend(e, fd);
    free(fd);
}
