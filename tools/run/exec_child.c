/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Connects to running moves: one connection each, begun, made again, ended.
 *
 * `rackhop move run` on the source host starts a move or joins it, by its id.
 * The move does not need the connection: it only shows how far the move is.
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/config.h"
#include "tools/run/exec_impl.h"

enum { CANCEL_AGAIN_MS = 3000 };

/* --- starting ---------------------------------------------------------------- */

/* What the source host is to run: room for its arguments, and their text. */
struct move_command {
    char id[80], rate[32], downtime[16], hold[16], lanes[16];
    const char *args[16];
};

/* Whether the source host, which has no map, is told how many lanes are of use:
 * one is what it takes without a word. */
static bool child_tells_lanes(const struct exec_child *c)
{
    const struct run_move *m = &c->e->run->move[c->move];

    return m->lanes > 1 && !strlist_has(&c->e->p->unlaned, m->from);
}

static void move_command_fill(struct move_command *cmd,
                              const struct exec_child *c, const char *to)
{
    const struct exec *e = c->e;
    const struct run_move *m = &e->run->move[c->move];
    int n = 0;

    *cmd = (struct move_command){ .args = { "move", "run", "--id" } };
    n = 3;
    run_move_id(e->run, c->move, cmd->id, sizeof cmd->id);
    cmd->args[n++] = cmd->id;
    if (c->ahead) { /* it hears its rate when it is started */
        snprintf(cmd->hold, sizeof cmd->hold, "%d", EXEC_HOLD_S);
        cmd->args[n++] = "--hold";
        cmd->args[n++] = cmd->hold;
    } else if (m->rate_mbps > 0) {
        snprintf(cmd->rate, sizeof cmd->rate, "%.3f",
                 fmax(m->rate_mbps, 0.001));
        cmd->args[n++] = "--rate";
        cmd->args[n++] = cmd->rate;
    }
    if (c->by_lanes) {
        snprintf(cmd->lanes, sizeof cmd->lanes, "%u", m->lanes);
        cmd->args[n++] = "--lanes";
        cmd->args[n++] = cmd->lanes;
    }
    if (e->run->downtime_ms) {
        snprintf(cmd->downtime, sizeof cmd->downtime, "%u",
                 e->run->downtime_ms);
        cmd->args[n++] = "--downtime";
        cmd->args[n++] = cmd->downtime;
    }
    if (e->ending)
        cmd->args[n++] = "--known";
    cmd->args[n++] = m->uuid;
    cmd->args[n++] = to;
}

/* Begins `move run` at the other end. 0, or a negative errno and why in said. */
static int child_connect(struct exec_child *c)
{
    struct exec *e = c->e;
    const struct run_move *m = &e->run->move[c->move];
    const char *to = remote_address(e->remote.conf, m->to);
    struct move_command cmd;
    char *command = NULL;
    int rc = -ENOENT;

    if (to) {
        move_command_fill(&cmd, c, to);
        command = remote_command(&e->remote, m->from, cmd.args);
    }
    if (command)
        rc = ssh_start(&c->proc, command);
    free(command);
    if (!rc)
        rc = exec_watch(c);
    if (rc)
        snprintf(c->said, sizeof c->said, "%s",
                 to ? strerror(-rc) : "the configuration has no such host");
    return rc;
}

void exec_connect(struct exec_child *c)
{
    c->asked++;
    c->ask_at_ms = 0;
    c->by_hold = c->ahead;
    c->by_lanes = child_tells_lanes(c);
    c->since_ms = c->heard_ms = clock_ms();
    moveline_buffer_dispose(&c->out); /* half a line, perhaps */
    c->said_n = 0;
    c->said[0] = '\0';
    c->error[0] = '\0';
    if (!child_connect(c)) {
        c->timer->at_us = clock_us();
        return;
    }
    exec_disconnect(c);
    exec_ask_again(c, 500 << c->asked);
}

void exec_disconnect(struct exec_child *c)
{
    loop_remove(c->out_watch);
    loop_remove(c->err_watch);
    loop_child_remove(c->end_watch);
    c->out_watch = c->err_watch = NULL;
    c->end_watch = NULL;
    child_end(&c->proc, 0);
}

void exec_ask_again(struct exec_child *c, int64_t in_ms)
{
    c->ask_at_ms = clock_ms() + in_ms;
    c->timer->at_us = clock_us() + (uint64_t)in_ms * 1000;
}

static int child_room(struct exec_private *p)
{
    uint32_t want = p->child_room ? 2 * p->child_room : 16;
    struct exec_child **bigger;

    if (p->child_n < p->child_room)
        return 0;
    bigger = reallocarray(p->child, want, sizeof *bigger);
    if (!bigger)
        return -ENOMEM;
    p->child = bigger;
    p->child_room = want;
    return 0;
}

struct exec_child *exec_child_new(struct exec *e, uint32_t move)
{
    struct exec_private *p = e->p;
    struct exec_child *c = child_room(p) ? NULL : calloc(1, sizeof *c);

    if (!c)
        return NULL;
    *c = (struct exec_child){
        .e = e,
        .move = move,
        .proc = CHILD_NONE,
        .cancel = CHILD_NONE,
        .timer = loop_timer_add(&p->loop, UINT64_MAX, exec_child_due, c),
    };
    if (!c->timer) {
        free(c);
        return NULL;
    }
    p->child[p->child_n++] = c;
    return c;
}

/* What is known of a move that begins now. */
void exec_child_show(struct exec_child *c, enum exec_event ev)
{
    struct exec *e = c->e;
    uint32_t move = c->move;
    double seconds = e->run->move[move].seconds;

    c->began_ms = clock_ms();
    if (seconds > 0 && seconds < 1e6)
        c->sends_until_ms = c->began_ms + (int64_t)(seconds * 1000);
    e->progress[move] = (struct exec_progress){ .running = true,
                                                .joined = ev == EXEC_JOIN,
                                                .round = -1,
                                                .bytes = -1,
                                                .rate = -1,
                                                .dirty_mib = -1,
                                                .pause_ms = -1,
                                                .eta_s = -1 };
    exec_say(e, ev, move, "%s", "");
}

int exec_child_begin(struct exec *e, uint32_t move, enum exec_event ev)
{
    struct exec_child *c = exec_child_new(e, move);

    if (!c)
        return -1;
    exec_child_show(c, ev);
    exec_connect(c);
    return 0;
}

int exec_ask(struct exec *e, uint32_t move)
{
    e->run->move[move].state = MOVE_STARTED;
    return exec_child_begin(e, move, EXEC_JOIN);
}

/* --- ending ------------------------------------------------------------------- */

void exec_cancel_child(struct exec *e, struct exec_child *c)
{
    const struct run_move *m = &e->run->move[c->move];
    char id[80];
    const char *args[] = { "move", "cancel", id, NULL };
    int64_t ago = clock_ms() - c->cancel_at_ms;
    char *command;

    /* a login may take its time */
    if (c->cancel_at_ms && child_running(&c->cancel) &&
        ago < (int64_t)e->remote.conf->ssh_timeout_s * 1000)
        return;
    if (c->cancel_at_ms && ago < CANCEL_AGAIN_MS)
        return;
    run_move_id(e->run, c->move, id, sizeof id);
    child_end(&c->cancel, 0);
    command = remote_command(&e->remote, m->from, args);
    if (command && !ssh_start(&c->cancel, command)) {
        close(c->cancel.to);
        close(c->cancel.from);
        close(c->cancel.err);
        c->cancel.to = c->cancel.from = c->cancel.err = -1;
    }
    free(command);
    c->cancel_at_ms = clock_ms();
}

void exec_remove_child(struct exec_child *c)
{
    struct exec_private *p = c->e->p;
    uint32_t i = 0;

    while (p->child[i] != c)
        i++;
    p->child[i] = p->child[--p->child_n];
    c->e->progress[c->move].running = false;
    p->woken = true;
    exec_disconnect(c);
    loop_timer_remove(c->timer);
    child_end(&c->cancel, 0);
    moveline_buffer_dispose(&c->out);
    free(c);
}

void exec_unheld(struct exec *e, const char *host)
{
    if (!strlist_has(&e->p->unheld, host))
        (void)strlist_add(&e->p->unheld, host); /* else it is asked again */
}

void exec_unlaned(struct exec *e, const char *host)
{
    if (!strlist_has(&e->p->unlaned, host))
        (void)strlist_add(&e->p->unlaned, host);
}

void exec_ahead_end(struct exec_child *c)
{
    struct exec_private *p = c->e->p;

    if (p->has_dispatch && p->place[c->move] != DISPATCH_NONE)
        dispatch_unprepare(&p->d, p->place[c->move]);
    exec_remove_child(c);
}

void exec_drop_children(struct exec *e)
{
    while (e->p->child_n)
        exec_remove_child(e->p->child[e->p->child_n - 1]);
}
