/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The moves that run: their connections, what they say, how they end.
 *
 * A connection that is lost says nothing about the move. It is asked for
 * again, by the same id, until its host answers; when that takes too long the
 * guest is in doubt. A host that lost its power, or a wall in between, ends no
 * connection: one that is silent for too long counts as lost.
 */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tools/config.h"
#include "tools/doc/json.h"
#include "tools/run/exec_impl.h"
#include "tools/move/job.h"
#include "tools/text.h"

enum {
    TICK_MS = 250,
    CANCEL_AGAIN_MS = 3000,
    SILENT_MS_LEAST = 3 * JOB_BEAT_MS,
    PAGE = 4096,
};
static const double mib = 1048576;

int64_t exec_now_ms(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static double wall(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_REALTIME, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static int save(struct exec *e, uint32_t move)
{
    int rc = journal_save_move(e->store, e->run, move, &e->p->err);

    if (!rc)
        return 0;
    if (!e->p->broken)
        exec_say(e, EXEC_NOTE, PLAN_NONE, "%s", e->p->err.text);
    e->p->broken = true;
    return -1;
}

/* --- starting ---------------------------------------------------------------- */

/* Connects: `rackhop move run` on the source starts the move or joins it. */
static int connect_child(struct exec *e, struct exec_child *c)
{
    const struct run_move *m = &e->run->move[c->move];
    const char *to = remote_address(e->remote.conf, m->to);
    char id[80], rate[32], downtime[16], *rune;
    const char *args[16] = { "move", "run", "--id", id };
    int n = 4, rc = -ENOENT;

    run_move_id(e->run, c->move, id, sizeof id);
    if (m->rate_mbps > 0) {
        snprintf(rate, sizeof rate, "%.3f", fmax(m->rate_mbps, 0.001));
        args[n++] = "--rate";
        args[n++] = rate;
    }
    if (e->run->downtime_ms) {
        snprintf(downtime, sizeof downtime, "%u", e->run->downtime_ms);
        args[n++] = "--downtime";
        args[n++] = downtime;
    }
    if (e->ending)
        args[n++] = "--known";
    args[n++] = m->uuid;
    args[n++] = to;
    c->asked++;
    c->ask_at_ms = 0;
    c->since_ms = c->heard_ms = exec_now_ms();
    moveline_buffer_dispose(&c->out); /* half a line, perhaps */
    c->said_n = 0;
    c->said[0] = '\0';
    c->error[0] = '\0';
    c->proc = (struct ssh_proc){ -1, -1, -1, -1, -1 };
    rune = to ? remote_command(&e->remote, m->from, args) : NULL;
    if (rune)
        rc = ssh_start(&c->proc, rune);
    free(rune);
    if (rc) {
        snprintf(c->said, sizeof c->said, "%s",
                 to ? strerror(-rc) : "the configuration has no such host");
        return rc;
    }
    close(c->proc.to);
    c->proc.to = -1;
    fcntl(c->proc.from, F_SETFL, O_NONBLOCK);
    fcntl(c->proc.err, F_SETFL, O_NONBLOCK);
    return 0;
}

static struct exec_child *new_child(struct exec *e, uint32_t move)
{
    struct exec_private *p = e->p;
    struct exec_child *bigger;
    uint32_t want = p->child_room ? 2 * p->child_room : 16;

    if (p->child_n == p->child_room) {
        bigger = reallocarray(p->child, want, sizeof *bigger);
        if (!bigger)
            return NULL;
        p->child = bigger;
        p->child_room = want;
    }
    p->child[p->child_n] = (struct exec_child){
        .move = move,
        .proc = { -1, -1, -1, -1, -1 },
        .cancel = { -1, -1, -1, -1, -1 },
    };
    return &p->child[p->child_n++];
}

static int begin(struct exec *e, uint32_t move, enum exec_event ev)
{
    struct exec_child *c = new_child(e, move);

    if (!c)
        return -1;
    c->began_ms = exec_now_ms();
    e->live[move] = (struct exec_live){ .running = true,
                                        .joined = ev == EXEC_JOIN,
                                        .round = -1,
                                        .bytes = -1,
                                        .rate = -1,
                                        .dirty_mib = -1,
                                        .pause_ms = -1,
                                        .eta_s = -1 };
    exec_say(e, ev, move, "%s", "");
    if (connect_child(e, c))
        c->ask_at_ms = exec_now_ms() + 1000;
    return 0;
}

static unsigned attempts(const struct run *r, const char *uuid)
{
    unsigned n = 0;

    for (uint32_t i = 0; i < r->move_n; i++)
        n += r->move[i].state == MOVE_FAILED && !strcmp(r->move[i].uuid, uuid);
    return n;
}

int exec_start(struct exec *e, uint32_t move, double rate)
{
    struct run_move *m = &e->run->move[move];

    m->state = MOVE_STARTED;
    m->attempt = attempts(e->run, m->uuid) + 1;
    m->began = wall();
    m->rate_mbps = rate;
    if (save(e, move)) {
        m->state = MOVE_PLANNED;
        return -1;
    }
    return begin(e, move, EXEC_START);
}

int exec_ask(struct exec *e, uint32_t move)
{
    e->run->move[move].state = MOVE_STARTED;
    return begin(e, move, EXEC_JOIN);
}

/* --- what they say --------------------------------------------------------------- */

struct reading {
    struct exec *e;
    struct exec_child *c;
};

static void measure(struct exec_child *c, struct exec_live *l, double bytes)
{
    int64_t now = exec_now_ms();
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

static void end_line(struct exec *e, struct exec_child *c,
                     const struct moveline *ml)
{
    struct run_move *m = &e->run->move[c->move];

    m->bytes = (double)ml->bytes;
    m->took_s = ml->seconds;
    m->stopped_ms = ml->downtime_ms;
    snprintf(c->error, sizeof c->error, "%s", ml->text);
}

static void one_line(void *arg, const char *text, size_t len)
{
    struct reading *r = arg;
    struct exec_live *l = &r->e->live[r->c->move];
    struct moveline ml;

    if (moveline_parse(&ml, text, len))
        return;
    l->silent = false;
    if (ml.bytes >= 0)
        measure(r->c, l, (double)ml.bytes);
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
    case MOVELINE_END: end_line(r->e, r->c, &ml); break;
    case MOVELINE_TEXT:
    case MOVELINE_PROGRESS:
    case MOVELINE_OTHER: break;
    }
}

/* false: the end */
static bool read_out(struct exec *e, struct exec_child *c)
{
    struct reading r = { e, c };
    size_t room;
    char *to = moveline_room(&c->out, &room);
    ssize_t n = to ? read(c->proc.from, to, room) : 0;

    if (n > 0)
        c->heard_ms = exec_now_ms();
    /* a connection that held is none of those that are counted */
    if (c->heard_ms - c->since_ms > SILENT_MS_LEAST)
        c->asked = 1;
    if (n > 0)
        moveline_feed(&c->out, (size_t)n, one_line, &r);
    return n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR));
}

/* Keeps the last line. */
static bool read_err(struct exec_child *c)
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

static void shut(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static void remove_child(struct exec *e, uint32_t i)
{
    struct exec_child *c = &e->p->child[i];

    e->live[c->move].running = false;
    ssh_end(&c->cancel, 0);
    moveline_buffer_dispose(&c->out);
    e->p->child[i] = e->p->child[--e->p->child_n];
}

/* "rackhop: " and what a terminal would obey are taken off. */
static void reason(const struct exec_child *c, int code, char *buf, size_t len)
{
    const char *s = *c->error ? c->error : c->said;
    static const char own[] = "rackhop: ";

    if (!strncmp(s, own, sizeof own - 1))
        s += sizeof own - 1;
    if (*s)
        text_printable(buf, len, s, strlen(s));
    else if (code == 127)
        snprintf(buf, len, "rackhop is not installed there");
    else
        snprintf(buf, len, "exit code %d", code);
}

static void conclude(struct exec *e, struct exec_child *c,
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
    m->ended = wall();
    snprintf(m->why, sizeof m->why, "%s", why);
    save(e, c->move);
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

/* Asks again in a while. true: that was enough, the child is to be forgotten. */
static bool lost(struct exec *e, struct exec_child *c, const char *why)
{
    if (c->asked >= ASKS_MAX) {
        conclude(e, c, MOVE_DOUBT, why);
        return true;
    }
    e->live[c->move].silent = true;
    exec_say(e, EXEC_LOST, c->move, "%s", why);
    c->ask_at_ms = exec_now_ms() + (500 << c->asked);
    return false;
}

/* Whoever runs `move run` says something every JOB_BEAT_MS. A login has as long
 * as that of whoever is asked for facts. */
static bool is_silent(const struct exec *e, const struct exec_child *c)
{
    int64_t allowed = (int64_t)e->remote.conf->ssh_timeout_s * 1000;

    if (c->heard_ms != c->since_ms)
        allowed *= 3;
    if (allowed < SILENT_MS_LEAST)
        allowed = SILENT_MS_LEAST;
    return exec_now_ms() - c->heard_ms > allowed;
}

/* Its connection has ended. true: the child is to be forgotten. */
static bool ended(struct exec *e, struct exec_child *c)
{
    char why[256];
    int code;

    ssh_end(&c->proc, 2000);
    code = WIFEXITED(c->proc.status) ? WEXITSTATUS(c->proc.status) : 255;
    reason(c, code, why, sizeof why);
    switch (code) {
    case 0: conclude(e, c, MOVE_DONE, ""); return true;
    case 1:
    case 2:
    case 3:
    case 4:
    case 126:
    case 127: conclude(e, c, MOVE_FAILED, why); return true;
    case 5: conclude(e, c, MOVE_DOUBT, why); return true;
    }
    return lost(e, c, why);
}

/* --- the loop's one wait -------------------------------------------------------------- */

static void tell_cancel(struct exec *e, struct exec_child *c)
{
    const struct run_move *m = &e->run->move[c->move];
    char id[80];
    const char *args[] = { "move", "cancel", id, NULL };
    int64_t ago = exec_now_ms() - c->cancel_at_ms;
    char *rune;

    /* a login may take its time */
    if (c->cancel_at_ms && ssh_running(&c->cancel) &&
        ago < (int64_t)e->remote.conf->ssh_timeout_s * 1000)
        return;
    if (c->cancel_at_ms && ago < CANCEL_AGAIN_MS)
        return;
    run_move_id(e->run, c->move, id, sizeof id);
    ssh_end(&c->cancel, 0);
    rune = remote_command(&e->remote, m->from, args);
    if (rune && !ssh_start(&c->cancel, rune)) {
        shut(&c->cancel.to);
        shut(&c->cancel.from);
        shut(&c->cancel.err);
    }
    free(rune);
    c->cancel_at_ms = exec_now_ms();
}

static void attend(struct exec *e, const struct pollfd *fd)
{
    struct exec_private *p = e->p;

    /* from the end: a child that goes is replaced by the last */
    for (uint32_t i = p->child_n; i-- > 0;) {
        struct exec_child *c = &p->child[i];

        if (e->wish == CANCEL_NOW)
            tell_cancel(e, c);
        if (c->ask_at_ms) {
            if (exec_now_ms() >= c->ask_at_ms && connect_child(e, c))
                c->ask_at_ms = exec_now_ms() + (500 << c->asked);
            if (c->ask_at_ms && c->asked >= ASKS_MAX) {
                conclude(e, c, MOVE_DOUBT, c->said);
                remove_child(e, i);
            }
            continue;
        }
        if (fd[2 * i].revents && !read_out(e, c))
            shut(&c->proc.from);
        if (fd[2 * i + 1].revents && !read_err(c))
            shut(&c->proc.err);
        if (c->proc.from < 0 && c->proc.err < 0) {
            if (ended(e, c))
                remove_child(e, i);
        } else if (is_silent(e, c)) {
            ssh_end(&c->proc, 0);
            if (lost(e, c, "it is silent"))
                remove_child(e, i);
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
    attend(e, fd);
    free(fd);
}

void exec_drop_children(struct exec *e)
{
    while (e->p->child_n) {
        struct exec_child *c = &e->p->child[e->p->child_n - 1];

        ssh_end(&c->proc, 0);
        remove_child(e, e->p->child_n - 1);
    }
}
