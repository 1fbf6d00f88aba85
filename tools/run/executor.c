/* SPDX-License-Identifier: LGPL-2.1-only */
/* The run as a whole: settle, look, claim, move, plan again, end. */
#include "tools/run/executor.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tools/config.h"
#include "tools/run/exec_impl.h"
#include "tools/base/file.h"
#include "tools/paths.h"
#include "tools/run/prediction.h"
#include "tools/text.h"

enum { LOOK_AT_STORE_MS = 500, TELL_MS = 500 };

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

/* --- how it ends ------------------------------------------------------------------ */

/* Of all moves of one guest, the last that says something. */
static const struct run_move *verdict(const struct run *r, uint32_t first)
{
    const struct run_move *v = &r->move[first];

    for (uint32_t i = first; i < r->move_n; i++) {
        const struct run_move *m = &r->move[i];

        if (!strcmp(m->uuid, r->move[first].uuid) &&
            (m->state != MOVE_PLANNED || v->state == MOVE_PLANNED))
            v = m;
    }
    return v;
}

static bool is_goal_host(const struct run *r, const char *host)
{
    for (uint32_t i = 0; i < r->hosts.n; i++)
        if (!strcmp(r->hosts.s[i], host))
            return true;
    return false;
}

static bool is_first(const struct run *r, uint32_t move)
{
    for (uint32_t i = 0; i < move; i++)
        if (!strcmp(r->move[i].uuid, r->move[move].uuid))
            return false;
    return true;
}

uint32_t exec_left(const struct run *r,
                   void (*left)(void *arg, const struct run_move *m,
                                const char *why),
                   void *arg)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < r->move_n; i++) {
        const struct run_move *m;

        if (!is_first(r, i))
            continue;
        m = verdict(r, i);
        if (m->state == MOVE_DONE || m->state == MOVE_SKIPPED)
            continue;
        /* a later plan may do without a move that only made room */
        if (m->replaced &&
            (strcmp(r->goal, "drain") || !is_goal_host(r, m->from)))
            continue;
        /* and a host may be empty without one that failed */
        if (m->state == MOVE_FAILED && !strcmp(r->goal, "drain") &&
            !is_goal_host(r, m->from))
            continue;
        n++;
        if (left)
            left(arg, m,
                 *m->why                    ? m->why
                 : m->state == MOVE_STARTED ? "it was started"
                                            : "it was not started");
    }
    return n;
}

int exec_code(const struct run *r)
{
    bool done = false, doubt = false;

    for (uint32_t i = 0; i < r->move_n; i++) {
        done |= r->move[i].state == MOVE_DONE;
        doubt |= r->move[i].state == MOVE_DOUBT;
    }
    if (doubt)
        return 5;
    if (!exec_left(r, NULL, NULL))
        return r->stranded ? 4 : 0;
    return done ? 4 : 1;
}

/* --- what others may see of it ------------------------------------------------------- */

static void write_live(struct json_out *o, struct exec *e)
{
    json_obj(o);
    json_kv_str(o, "run", e->run->name);
    json_kv_num(o, "elapsed_s", e->elapsed_s);
    json_kv_num(o, "part", e->part);
    if (e->eta_s >= 0)
        json_kv_num(o, "eta_s", e->eta_s);
    json_key(o, "moves");
    json_arr(o);
    for (uint32_t i = 0; i < e->p->child_n; i++) {
        uint32_t m = e->p->child[i].move;
        const struct exec_live *l = &e->live[m];

        json_obj(o);
        json_kv_int(o, "move", m + 1);
        json_kv_int(o, "round", l->round);
        json_kv_num(o, "bytes", l->bytes);
        json_kv_num(o, "rate", l->rate);
        json_kv_num(o, "dirty_mib", l->dirty_mib);
        json_kv_num(o, "pause_ms", l->pause_ms);
        json_kv_num(o, "eta_s", l->eta_s);
        json_kv_bool(o, "suspended", l->suspended);
        json_obj_end(o);
    }
    json_arr_end(o);
    json_obj_end(o);
}

static void tell_others(struct exec *e)
{
    char path[512], *text = NULL;
    size_t len;
    FILE *f = open_memstream(&text, &len);
    struct json_out *o = f ? json_out_new(f, false) : NULL;

    if (o) {
        write_live(o, e);
        json_out_free(o);
    }
    if (f)
        fclose(f);
    snprintf(path, sizeof path, "%s/run/%s.live", path_run(), e->run->name);
    if (o)
        file_replace(path, text, len); /* a look less for `status` */
    free(text);
}

/* The part of the planned bytes that is sent, and from that the time. */
static void estimate(struct exec *e)
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
        else if (e->live[i].running && e->live[i].bytes > 0)
            done += fmin(e->live[i].bytes, 0.97 * bytes);
    }
    e->elapsed_s = (double)(exec_now_ms() - e->p->began_ms) / 1000;
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

static void tick(struct exec *e)
{
    int64_t now = exec_now_ms();

    if (now - e->p->told_ms < TELL_MS)
        return;
    e->p->told_ms = now;
    estimate(e);
    e->view->tick(e->view->arg, e);
    tell_others(e);
}

/* --- the loop --------------------------------------------------------------------------- */

static void look_at_wishes(struct exec *e)
{
    enum cancel_wish w = e->wish;
    int64_t now = exec_now_ms();

    if (now - e->p->looked_ms >= LOOK_AT_STORE_MS) {
        enum cancel_wish said = journal_cancelled(e->store, e->run->name);

        e->p->looked_ms = now;
        if (said > w)
            w = said;
    }
    if (*e->interrupts > 0 && w < CANCEL_STOP)
        w = CANCEL_STOP;
    if (*e->interrupts > 1)
        w = CANCEL_NOW;
    if (w == e->wish)
        return;
    e->wish = w;
    exec_say(e, EXEC_CANCEL, PLAN_NONE, "%s",
             w == CANCEL_NOW ? "now" : "stop");
}

static bool may_go_on(const struct exec *e)
{
    return e->wish == CANCEL_NO && !e->p->broken && !*e->hangup;
}

/* From a host that does not answer nothing is started: it would only be in
 * doubt as well. */
static void hold_back(struct exec *e)
{
    struct exec_private *p = e->p;
    const struct run *r = e->run;

    for (uint32_t i = 0; i < p->d.move_n; i++)
        p->d.move[i].held = false;
    for (uint32_t i = 0; i < r->move_n; i++) {
        if (!e->live[i].silent)
            continue;
        for (uint32_t k = 0; k < p->d.move_n; k++)
            if (!strcmp(r->move[p->index[k]].from, r->move[i].from))
                p->d.move[k].held = true;
    }
}

static void start_some(struct exec *e)
{
    struct exec_private *p = e->p;
    double rate = 0;
    uint32_t m;

    hold_back(e);
    while (may_go_on(e) &&
           (m = dispatch_next(&p->d, &rate)) != DISPATCH_NONE) {
        dispatch_start(&p->d, m, rate);
        if (exec_start(e, p->index[m], rate))
            dispatch_end(&p->d, m, DISPATCH_OUT);
    }
}

static bool any_waits(const struct exec *e)
{
    for (uint32_t i = 0; i < e->run->move_n; i++)
        if (exec_waits(&e->run->move[i]))
            return true;
    return false;
}

/* Is there a late move that others wait for? Asked again each time that it has
 * taken twice as long. */
static bool is_late(struct exec *e)
{
    double allowance = (double)e->remote.conf->late_s;
    bool any = false;

    if (!e->p->has_dispatch || !may_go_on(e) || !any_waits(e))
        return false;
    for (uint32_t i = 0; i < e->p->child_n; i++) {
        struct exec_child *c = &e->p->child[i];
        double s = (double)(exec_now_ms() - c->began_ms) / 1000;

        if (s <= 2 * c->late_s ||
            s <= 2 * e->run->move[c->move].seconds + allowance)
            continue;
        if (c->late_s <= 0)
            exec_say(e, EXEC_NOTE, c->move, "it is late");
        c->late_s = s;
        any = true;
    }
    return any;
}

static int dispatch_anew(struct exec *e)
{
    int rc;

    exec_dispatch_dispose(e);
    rc = exec_dispatch(e);
    if (rc) {
        exec_say(e, EXEC_NOTE, PLAN_NONE, "what waits can't be looked at now");
        exec_dispatch_dispose(e);
    }
    return rc;
}

/*
 * What waits is planned anew, with what runs as it is, unless fresh facts alone
 * let something start. When such a plan is not to be had it goes on waiting.
 * Without a dispatch nothing more starts until all that run have ended.
 */
static void plan_around(struct exec *e)
{
    double rate;
    int rc;

    if (exec_look(e)) {
        exec_say(e, EXEC_NOTE, PLAN_NONE, "%s", e->p->err.text);
        return;
    }
    if (dispatch_anew(e) || dispatch_next(&e->p->d, &rate) != DISPATCH_NONE)
        return;
    exec_dispatch_dispose(e);
    rc = exec_replan_around(e);
    if (rc < 0)
        return;
    if (!rc && (exec_claim(e) || exec_mark(e)))
        exec_say(e, EXEC_NOTE, PLAN_NONE, "%s", e->p->err.text);
    else
        dispatch_anew(e);
}

/* Until no move runs, and (with a dispatch) none can start. */
static void run_moves(struct exec *e)
{
    look_at_wishes(e);
    while (!*e->hangup) {
        if (e->p->has_dispatch)
            start_some(e);
        if (!e->p->child_n)
            break;
        if (is_late(e))
            plan_around(e);
        exec_wait(e);
        look_at_wishes(e);
        tick(e);
    }
    e->view->tick(e->view->arg, e);
}

/* To ask may be to start, when the one who wrote "started" came no further.
 * What was started together may run together; what is in doubt is asked for
 * one by one. */
static void settle(struct exec *e)
{
    struct run *r = e->run;

    for (uint32_t i = 0; i < r->move_n; i++)
        if (r->move[i].state == MOVE_STARTED)
            exec_ask(e, i);
    run_moves(e);
    for (uint32_t i = 0; i < r->move_n && !*e->hangup; i++) {
        /* what was started above may be in doubt by now: it just answered */
        if (r->move[i].state != MOVE_DOUBT || e->live[i].joined)
            continue;
        exec_ask(e, i);
        run_moves(e);
    }
}

/* A rest that does not fit any more is planned again, unless it is the whole
 * of a plan that somebody handed in: that is refused. 0: go on with what
 * waits, 1: end. */
static int look_and_plan(struct exec *e, bool first)
{
    int rc;

    if (exec_look(e)) {
        exec_say(e, EXEC_NOTE, PLAN_NONE, "%s", e->p->err.text);
        e->p->unseen = true;
        return 1;
    }
    rc = exec_check(e);
    if (rc == 1 && first && !e->resumed) {
        exec_say(e, EXEC_NOTE, PLAN_NONE,
                 "the plan does not fit the cluster any more: %s; make a new "
                 "one with `rackhop plan`",
                 e->p->err.text);
        return 1;
    }
    if (rc == 1 || (!rc && e->p->wants_plan)) {
        e->p->wants_plan = false;
        if (exec_replan(e))
            return 1; /* nothing is left, or nothing can be done */
        rc = exec_check(e);
        if (rc > 0)
            exec_say(e, EXEC_NOTE, PLAN_NONE, "%s", e->p->err.text);
    }
    e->p->unseen |= rc != 0;
    return rc || !any_waits(e);
}

static void carry_out(struct exec *e)
{
    bool first = true, looked = false;

    /* a rest that settling left behind is planned like any other */
    while (may_go_on(e)) {
        if (!any_waits(e) && !e->p->wants_plan) {
            if (strcmp(e->run->goal, "drain") || looked)
                break;
            looked = true; /* is it empty? somebody may have come */
            e->p->unseen = exec_mark(e);
            if (e->p->unseen) {
                exec_say(e, EXEC_NOTE, PLAN_NONE, "%s", e->p->err.text);
                break;
            }
            e->p->wants_plan = true;
        }
        if (look_and_plan(e, first))
            break;
        first = false;
        if (exec_claim(e) || exec_mark(e) || exec_dispatch(e)) {
            exec_say(e, EXEC_NOTE, PLAN_NONE, "%s", e->p->err.text);
            break;
        }
        run_moves(e);
        /* nothing runs and nothing may start: what waits needs a new plan */
        e->p->wants_plan |= any_waits(e);
    }
}

static int end_run(struct exec *e)
{
    struct run *r = e->run;

    r->code = exec_code(r);
    if (!r->code && e->p->unseen) /* nobody can say that it is empty */
        r->code = exec_made(r) ? 4 : 1;
    /* a guest in doubt keeps the run open: `--resume` asks again, until
     * somebody cancels the run */
    r->state = r->code == 5 && !e->ending ? RUN_OPEN : RUN_ENDED;
    exec_release(e);
    if (journal_save(e->store, r, &e->p->err)) {
        exec_say(e, EXEC_NOTE, PLAN_NONE, "%s", e->p->err.text);
        return r->code ? r->code : 4;
    }
    if (r->state == RUN_ENDED)
        journal_unlock(e->store, r->lock, r->name);
    return r->code;
}

static int run_through(struct exec *e)
{
    int rc;

    settle(e);
    if (!e->ending)
        carry_out(e);
    if (!*e->hangup && !e->p->broken)
        return end_run(e);
    if (!*e->hangup)
        exec_say(e, EXEC_NOTE, PLAN_NONE,
                 "when the journal can be written again: `rackhop apply "
                 "--resume %s`",
                 e->run->name);
    rc = exec_code(e->run);
    return *e->hangup || !rc ? (rc == 5 ? 5 : 4) : rc; /* it has not ended */
}

int exec_run(struct exec *e)
{
    int rc = 1;

    e->p = calloc(1, sizeof *e->p);
    e->live = calloc((size_t)e->run->move_n + 1, sizeof *e->live);
    if (e->p && e->live) {
        e->p->began_ms = exec_now_ms();
        e->p->part0 = -1;
        rc = run_through(e);
        exec_drop_children(e);
        exec_dispatch_dispose(e);
        if (e->p->has_snap)
            snapshot_dispose(&e->p->snap);
        free(e->p->child);
    }
    free(e->live);
    free(e->p);
    e->live = NULL;
    e->p = NULL;
    return rc;
}
