/* SPDX-License-Identifier: LGPL-2.1-only */
/* Carries a run out: settle, look, claim, move, plan again, end. */
#include "tools/run/executor.h"

#include <stdlib.h>
#include <string.h>

#include "tools/cluster/link_load.h"
#include "tools/config.h"
#include "tools/run/exec_impl.h"

enum { LOOK_AT_STORE_MS = 500 };

/* --- wishes from outside -------------------------------------------------------- */

static void exec_read_wishes(struct exec *e)
{
    enum cancel_wish w = e->wish;
    int64_t now = clock_ms();

    if (now - e->p->looked_ms >= LOOK_AT_STORE_MS) {
        enum cancel_wish stored = journal_cancelled(e->store, e->run->name);

        e->p->looked_ms = now;
        if (stored > w)
            w = stored;
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

/* --- moves that start --------------------------------------------------------- */

/* Holds back the moves from a host that does not answer: they would end in
 * doubt as well. */
static void exec_hold_back(struct exec *e)
{
    struct exec_private *p = e->p;
    const struct run *r = e->run;

    for (uint32_t i = 0; i < p->d.move_n; i++)
        p->d.move[i].held = false;
    for (uint32_t i = 0; i < r->move_n; i++) {
        if (!e->progress[i].silent)
            continue;
        for (uint32_t k = 0; k < p->d.move_n; k++)
            if (!strcmp(r->move[p->index[k]].from, r->move[i].from))
                p->d.move[k].held = true;
    }
}

static void exec_start_some(struct exec *e)
{
    struct exec_private *p = e->p;
    double rate = 0;
    uint32_t m;

    exec_hold_back(e);
    while (exec_may_go_on(e) &&
           (m = dispatch_next(&p->d, &rate)) != DISPATCH_NONE) {
        dispatch_start(&p->d, m, rate);
        if (exec_start(e, p->index[m], rate))
            dispatch_end(&p->d, m, DISPATCH_OUT);
    }
}

/* --- moves that are late --------------------------------------------------------- */

/* Has a move just become late, while others wait? A move is late when it takes
 * more than twice its planned time, and again each time that doubles. */
static bool exec_is_late(struct exec *e)
{
    double allowance = (double)e->remote.conf->late_s;
    bool any = false;

    if (!e->p->has_dispatch || !exec_may_go_on(e) || !run_any_waits(e->run))
        return false;
    for (uint32_t i = 0; i < e->p->child_n; i++) {
        struct exec_child *c = e->p->child[i];
        double s = (double)(clock_ms() - c->began_ms) / 1000;

        if (c->ahead || s <= 2 * c->late_s ||
            s <= 2 * e->run->move[c->move].seconds + allowance)
            continue;
        if (c->late_s <= 0)
            exec_say(e, EXEC_NOTE, c->move, "it is late");
        c->late_s = s;
        any = true;
    }
    return any;
}

static int exec_dispatch_anew(struct exec *e)
{
    int rc;

    exec_dispatch_dispose(e);
    rc = exec_dispatch(e);
    if (rc) {
        exec_say(e, EXEC_NOTE, PLAN_NONE,
                 "the moves that wait cannot be looked at now");
        exec_dispatch_dispose(e);
    }
    return rc;
}

/*
 * Plans the moves that wait anew, around those that run, unless fresh facts
 * alone let one start. Without such a plan they go on waiting. Without a
 * dispatch nothing more starts until all moves that run have ended.
 */
static void exec_plan_around(struct exec *e)
{
    double rate;
    int rc;

    exec_ahead_drop(e); /* another plan may need their guests */
    if (exec_look(e)) {
        exec_say_error(e);
        return;
    }
    if (exec_dispatch_anew(e) ||
        dispatch_next(&e->p->d, &rate) != DISPATCH_NONE)
        return;
    exec_dispatch_dispose(e);
    rc = exec_replan_around(e);
    if (rc < 0)
        return;
    if (!rc && (exec_claim(e) || exec_mark(e) || exec_reserve(e)))
        exec_say_error(e);
    else
        exec_dispatch_anew(e);
}

/* --- the loop ------------------------------------------------------------------- */

static bool exec_any_runs(const struct exec *e)
{
    for (uint32_t i = 0; i < e->p->child_n; i++)
        if (!e->p->child[i]->ahead)
            return true;
    return false;
}

/* Until no move runs, and (with a dispatch) none can start. */
static void exec_run_moves(struct exec *e)
{
    exec_read_wishes(e);
    while (!*e->hangup) {
        if (e->p->has_dispatch)
            exec_start_some(e);
        if (!exec_any_runs(e))
            break;
        if (exec_may_go_on(e))
            exec_ahead_some(e);
        else
            exec_ahead_let_go(e);
        if (exec_is_late(e))
            exec_plan_around(e);
        exec_wait(e);
        exec_renew(e);
        exec_read_wishes(e);
        exec_tick(e);
    }
    if (!*e->hangup) /* else all connections are dropped at once */
        exec_ahead_drop(e);
    e->view->tick(e->view->arg, e);
}

/*
 * Asks for the moves that the journal calls started, all at once: to ask may
 * be to start, when an executor wrote "started" and came no further, and they
 * may run together. Moves in doubt are asked for one by one.
 */
static void exec_settle(struct exec *e)
{
    struct run *r = e->run;

    for (uint32_t i = 0; i < r->move_n; i++)
        if (r->move[i].state == MOVE_STARTED)
            exec_ask(e, i);
    exec_run_moves(e);
    for (uint32_t i = 0; i < r->move_n && !*e->hangup; i++) {
        /* one that was asked for above may be in doubt by now: it answered */
        if (r->move[i].state != MOVE_DOUBT || e->progress[i].joined)
            continue;
        exec_ask(e, i);
        exec_run_moves(e);
    }
}

/* Plans a rest again that does not fit any more, unless it is the whole of a
 * plan that was handed in: that is refused. 0: the moves that wait can start,
 * 1: the run ends. */
static int exec_look_and_plan(struct exec *e, bool first)
{
    int rc;

    if (exec_look(e)) {
        exec_say_error(e);
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
            exec_say_error(e);
    }
    e->p->unseen |= rc != 0;
    return rc || !run_any_waits(e->run);
}

/* No move is left: a goal that marks hosts wants to see that they are empty,
 * for guests may have come meanwhile. true: look and plan once more. */
static bool exec_wants_last_look(struct exec *e, bool *looked)
{
    if (!e->p->goal->marks_hosts || *looked)
        return false;
    *looked = true;
    e->p->unseen = exec_mark(e);
    if (e->p->unseen) {
        exec_say_error(e);
        return false;
    }
    e->p->wants_plan = !exec_last_look(e);
    return e->p->wants_plan;
}

/* Marks and reserves, in this order: then no other run can reserve on a host to
 * be emptied, and of two runs that empty each other's target hosts one is told
 * so. Results are as of exec_prepare(). */
static int exec_take(struct exec *e, unsigned *races)
{
    int rc = exec_mark(e) ? -1 : exec_reserve(e);

    return rc > 0 && ++*races >= EXEC_RACES_MAX ? -1 : rc;
}

/*
 * Claims, marks and reserves. 0; 1: another run reserved since the last look,
 * so look again; or -1.
 *
 * The first moves are prepared meanwhile, which takes longer than both. That
 * needs no more than the claims, without which their hosts refuse it: until the
 * journal calls a move started, nothing is done that would have to be undone.
 */
static int exec_prepare(struct exec *e, unsigned *races)
{
    int rc = exec_claim(e);

    if (!rc)
        rc = exec_dispatch(e);
    if (!rc)
        rc = exec_ahead_first(e);
    if (!rc)
        rc = exec_take(e, races);
    if (rc) /* before they are claimed again, or given back */
        exec_ahead_drop(e);
    return rc;
}

/* Makes the moves that wait. A rest that settling left is planned as any. */
static void exec_make_moves(struct exec *e)
{
    bool first = true, looked = false;
    unsigned races = 0;
    int rc;

    /* A guest that could not go may have been in doubt only. A goal that marks
     * hosts looks again in any case. */
    e->p->wants_plan |=
        e->resumed && e->run->stranded && !e->p->goal->marks_hosts;
    while (exec_may_go_on(e)) {
        if (!run_any_waits(e->run) && !e->p->wants_plan &&
            !exec_wants_last_look(e, &looked))
            break;
        /* a plan of this process is made again when another run was faster */
        if (exec_look_and_plan(e, first && !(races && e->planned)))
            break;
        rc = exec_prepare(e, &races);
        if (rc > 0)
            continue;
        if (rc) {
            exec_say_error(e);
            break;
        }
        first = false;
        exec_run_moves(e);
        /* nothing runs and nothing may start: a new plan is needed */
        e->p->wants_plan |= run_any_waits(e->run);
    }
}

/* --- the whole ------------------------------------------------------------------- */

static enum exit_code exec_end(struct exec *e)
{
    struct run *r = e->run;

    r->code = run_code(r);
    if (!r->code && e->p->unseen) /* it is not known to be empty */
        r->code = run_made(r) ? RC_PARTLY : RC_FAILED;
    /* a guest in doubt keeps the run open: `--resume` asks again, until
     * the run is cancelled */
    r->state = r->code == RC_DOUBT && !e->ending ? RUN_OPEN : RUN_ENDED;
    if (!e->p->given_back) {
        exec_release(e);
        exec_give_back(e);
    }
    if (run_made(r))
        link_load_forget();
    if (journal_save(e->store, r, &e->p->err)) {
        exec_say_error(e);
        return r->code ? r->code : RC_PARTLY;
    }
    if (r->state == RUN_ENDED)
        journal_unlock(e->store, r->lock, r->name);
    return r->code;
}

/* A hangup, or a journal that can't be written, leaves the run open: what is
 * done so far is partly done at best. */
static enum exit_code exec_leave_open(struct exec *e)
{
    enum exit_code rc = run_code(e->run);

    if (!*e->hangup)
        exec_say(e, EXEC_NOTE, PLAN_NONE,
                 "when the journal can be written again: `rackhop apply "
                 "--resume %s`",
                 e->run->name);
    if (rc == RC_DOUBT)
        return rc;
    return *e->hangup || rc == RC_OK ? RC_PARTLY : rc;
}

static enum exit_code exec_run_through(struct exec *e)
{
    exec_settle(e);
    if (!e->ending)
        exec_make_moves(e);
    return *e->hangup || e->p->broken ? exec_leave_open(e) : exec_end(e);
}

enum exit_code exec_run(struct exec *e)
{
    enum exit_code rc = RC_FAILED;

    e->p = calloc(1, sizeof *e->p);
    e->progress = calloc((size_t)e->run->move_n + 1, sizeof *e->progress);
    if (e->p && e->progress) {
        e->p->goal = goal_of_run(e->run);
        e->p->began_ms = clock_ms();
        e->p->part0 = -1;
        loop_init(&e->p->loop);
        e->p->loop.cancel = e->interrupts;
        e->p->loop.cancel_seen = *e->interrupts;
        e->p->loop.wait_mask = e->wait_mask;
        rc = exec_run_through(e);
        exec_drop_children(e);
        loop_dispose(&e->p->loop);
        exec_dispatch_dispose(e);
        if (e->p->has_snap)
            snapshot_dispose(&e->p->snap);
        free(e->p->child);
        strlist_dispose(&e->p->noted);
        strlist_dispose(&e->p->unheld);
        strlist_dispose(&e->p->unlaned);
        strlist_dispose(&e->p->reserved);
    }
    free(e->progress);
    free(e->p);
    e->progress = NULL;
    e->p = NULL;
    return rc;
}
