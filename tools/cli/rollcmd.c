/* SPDX-License-Identifier: LGPL-2.1-only */
/* Begins and resumes rolls for a person, for a log or for a program. */
#include "tools/cli/rollcmd.h"

#include <signal.h>
#include <stdio.h>

#include "tools/move/run_lock.h"
#include "tools/paths.h"
#include "tools/signals.h"
#include "tools/view/rollrunview.h"

static volatile sig_atomic_t interrupts, hangups;
static sigset_t wait_mask;

struct rollcmd {
    struct rollrunview view;
    struct roll_events ev;
    struct roll_request q;
};

/* --- what is told ---------------------------------------------------------- */

static void rollcmd_begun(void *arg, const struct roll *r, bool resumed)
{
    const struct rollrunview *v = arg;

    if (v->moves.style == RUNVIEW_JSON)
        return;
    printf("roll %s%s: `rackhop status` shows it, `rackhop cancel` ends it\n",
           r->name, resumed ? " goes on" : "");
    fflush(stdout);
}

/* Of a run within it: that it begins is told by the roll. */
static void rollcmd_run_begun(void *arg, const struct run *r, bool resumed)
{
}

/* --- carried out ----------------------------------------------------------- */

static void rollcmd_init(struct rollcmd *c, struct app *app, bool json)
{
    *c = (struct rollcmd){
        .q = { .conf = &app->conf,
               .conf_path = app->conf_path,
               .interrupts = &interrupts,
               .hangup = &hangups,
               .wait_mask = &wait_mask },
    };
    c->view.moves.style = json       ? RUNVIEW_JSON
                          : app->tty ? RUNVIEW_TERMINAL
                                     : RUNVIEW_LINES;
    planning_settings(&c->q.set, &app->conf);
    rollrunview_events(&c->view, &c->ev);
    c->ev.begin = rollcmd_begun;
    c->view.run.begin = rollcmd_run_begun;
    /* A shutdown of this host sends SIGTERM, and the roll goes on after it. */
    signals_term_hangs_up();
    signals_count(&interrupts, &hangups, &wait_mask);
}

int rollcmd_begin(const struct planning *p, struct roll *r)
{
    struct rollcmd c;

    rollcmd_init(&c, p->app, p->json);
    c.q.set = p->set;
    return roll_begin(&c.q, &c.ev, r);
}

int rollcmd_resume(const struct planning *p, const char *name)
{
    struct rollcmd c;

    rollcmd_init(&c, p->app, p->json);
    c.q.set = p->set;
    c.q.name = name;
    return roll_resume(&c.q, &c.ev);
}

/* Its executor is gone: it is ended from here. */
static int rollcmd_end(struct app *app, const char *name, bool now, bool json)
{
    struct rollcmd c;

    rollcmd_init(&c, app, json);
    c.q.name = name;
    c.q.wish = now ? CANCEL_NOW : CANCEL_STOP;
    return roll_resume(&c.q, &c.ev);
}

/* --- cancelled ------------------------------------------------------------- */

static int rollcmd_wish(struct app *app, struct store *s, const char *name,
                        bool now, bool json)
{
    struct msg err;
    struct roll r;
    bool ended;

    if (roll_load_steps(s, name, &r, &err)) {
        complain("%s", err.text);
        return RC_FAILED;
    }
    ended = r.ended;
    roll_record_dispose(&r);
    if (ended) {
        if (!json)
            printf("roll %s has ended already\n", name);
        return RC_OK;
    }
    if (roll_cancel(s, name, now ? CANCEL_NOW : CANCEL_STOP)) {
        complain("roll %s cannot be cancelled: %s", name, store_error(s));
        return RC_FAILED;
    }
    if (!run_alive(name))
        return rollcmd_end(app, name, now, json);
    if (!json)
        printf("roll %s: %s\n", name,
               roll_cancelled(s, name) == CANCEL_NOW
                   ? "it ends; hosts that are worked on stay in maintenance"
                   : "hosts whose hook has begun are done first, others are "
                     "given back (--now waits for nothing)");
    return RC_OK;
}

int rollcmd_cancel(struct app *app, const char *name, bool now, bool json)
{
    struct store *s = NULL;
    struct msg err;
    int rc;

    if (store_open(&s, path_state(), &err)) {
        complain("%s", err.text);
        return RC_FAILED;
    }
    rc = rollcmd_wish(app, s, name, now, json);
    store_close(s);
    return rc;
}
