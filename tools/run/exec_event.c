/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Tells what an executor does: events to its view, records to the journal, to
 * other processes the file RUN.live, which `rackhop status` reads.
 */
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tools/run/exec_impl.h"
#include "tools/run/home.h"
#include "tools/run/live.h"
#include "tools/doc/prediction.h"
#include "tools/doc/run_status.h"
#include "tools/base/text.h"

enum { TELL_MS = 500 };

double exec_wall_s(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_REALTIME, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

void exec_say(struct exec *e, enum exec_event ev, uint32_t move,
              const char *fmt, ...)
{
    char text[1024], clean[1024];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    e->view->event(e->view->arg, e, ev, move,
                   text_printable(clean, sizeof clean, text, strlen(text)));
}

void exec_say_error(struct exec *e)
{
    exec_say(e, EXEC_NOTE, PLAN_NONE, "%s", e->p->err.text);
}

/* Where a guest belongs is on record before its move is. What cannot be kept
 * of one guest does not hold up its move. */
static int exec_keep_home(struct exec *e, uint32_t move)
{
    const struct run_move *m = &e->run->move[move];
    bool keeps = e->p->goal->keeps_homes;
    int rc = 0;

    if (m->state == MOVE_STARTED && keeps)
        rc = home_remember(e->store, e->run, m, &e->p->err);
    else if (m->state == MOVE_DONE)
        rc = home_arrived(e->store, m, keeps, &e->p->err);
    if (rc != -EINVAL && rc != -EBADMSG)
        return rc;
    exec_say_error(e);
    return 0;
}

int exec_save_move(struct exec *e, uint32_t move)
{
    int rc = exec_keep_home(e, move);

    if (!rc)
        rc = journal_save_move(e->store, e->run, move, &e->p->err);
    if (!rc)
        return 0;
    if (!e->p->broken)
        exec_say_error(e);
    e->p->broken = true;
    return -1;
}

/* --- how far the run is ------------------------------------------------------ */

/* The part of the planned bytes that is sent, and the time that follows. */
static void exec_estimate(struct exec *e)
{
    double all = 0, done = 0;

    for (uint32_t i = 0; i < e->run->move_n; i++) {
        const struct run_move *m = &e->run->move[i];
        double bytes = prediction_bytes(m);

        if (m->replaced || m->state == MOVE_SKIPPED ||
            m->state == MOVE_FAILED || m->state == MOVE_DOUBT)
            continue;
        all += bytes;
        if (m->state == MOVE_DONE)
            done += bytes;
        else if (e->progress[i].running && e->progress[i].bytes > 0)
            done += fmin(e->progress[i].bytes, 0.97 * bytes);
    }
    e->elapsed_s = (double)(clock_ms() - e->p->began_ms) / 1000;
    e->part = all > 0 ? done / all : 1;
    if (e->p->part0 < 0)
        e->p->part0 = e->part; /* an executor before this one sent that */
    e->eta_s = -1;
    if (e->part - e->p->part0 > 0.05)
        e->eta_s = e->elapsed_s * (1 - e->part) / (e->part - e->p->part0);
    else if (e->run->makespan_s > 0)
        e->eta_s =
            fmax(0, e->run->makespan_s * (1 - e->p->part0) - e->elapsed_s);
}

static void live_write(struct json_out *o, const struct exec *e)
{
    struct run_live live = { e->elapsed_s, e->part, e->eta_s };

    run_live_begin(o, e->run, &live);
    for (uint32_t i = 0; i < e->p->child_n; i++) {
        uint32_t move = e->p->child[i]->move;

        if (e->progress[move].running)
            run_live_write_move(o, move, &e->progress[move]);
    }
    run_live_end(o);
}

static void live_save(const struct exec *e)
{
    struct json_out *o = json_text_new(false);
    char *text;
    size_t len;

    if (!o)
        return;
    live_write(o, e);
    text = json_text_free(o, &len);
    if (text)
        live_replace(e->run->name, text, len);
    free(text);
}

void exec_tick(struct exec *e)
{
    int64_t now = clock_ms();

    if (now - e->p->told_ms < TELL_MS)
        return;
    e->p->told_ms = now;
    exec_estimate(e);
    e->view->tick(e->view->arg, e);
    live_save(e);
}
