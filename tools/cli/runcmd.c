/* SPDX-License-Identifier: LGPL-2.1-only */
/* Starts runs for a person at a terminal, for a log or for a program. */
#include "tools/cli/runcmd.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/cli/planning.h"
#include "tools/cluster/take.h"
#include "tools/signals.h"

static volatile sig_atomic_t interrupts, hangups;
static sigset_t wait_mask;

void runcmd_init(struct runcmd *c, struct app *app, const struct cmd *self)
{
    *c = (struct runcmd){
        .app = app,
        .name = self ? self->name : "migrate",
        .req = { .conf = &app->conf, .conf_path = app->conf_path },
    };
    take_settings(&c->req.set, &app->conf);
}

enum exit_code runcmd_check(const struct runcmd *c)
{
    return cmd_may_ask(c->app, c->name, c->yes || c->req.plan_only, c->json);
}

static enum exit_code runcmd_ask(void *arg)
{
    const struct runview *v = arg;
    const struct runcmd *c =
        (const void *)((const char *)v - offsetof(struct runcmd, view));
    enum exit_code code = runcmd_check(c);

    if (code == RC_OK && !c->yes)
        code = cmd_ask(v->question);
    if (code == RC_OK) /* a hook may come before the run begins */
        signals_count(&interrupts, &hangups, &wait_mask);
    return code;
}

static void runcmd_begin(void *arg, const struct run *r, bool resumed)
{
    const struct runview *v = arg;

    signals_count(&interrupts, &hangups, &wait_mask);
    if (v->style == RUNVIEW_JSON || resumed)
        return;
    printf("run %s: `rackhop status` shows it, `rackhop cancel` ends it\n",
           r->name);
    fflush(stdout);
}

int runcmd_start(struct runcmd *c)
{
    struct run_events ev;

    c->view.style = c->json       ? RUNVIEW_JSON
                    : c->app->tty ? RUNVIEW_TERMINAL
                                  : RUNVIEW_LINES;
    c->view.plan_only = c->req.plan_only;
    c->view.wide = c->app->wide;
    c->view.colour = c->app->colour;
    c->req.interrupts = &interrupts;
    c->req.hangup = &hangups;
    c->req.wait_mask = &wait_mask;
    runview_events(&c->view, &ev);
    ev.ask = runcmd_ask;
    ev.begin = runcmd_begin;
    return run_start(&c->req, &ev);
}

int runcmd_goal(struct runcmd *c, const struct planning *p,
                const struct goal *goal)
{
    enum exit_code code;

    if (p->operands < goal->min || p->operands > goal->max)
        return usage_error(c->name, "%s takes %s", c->name, goal->takes);
    c->yes = p->yes;
    c->json = p->json;
    c->view.out = p->out;
    c->view.explain = p->explain;
    c->req.set = p->set;
    c->req.goal = goal;
    c->req.operand = p->operand;
    c->req.operand_n = p->operands;
    c->req.plan_only = p->dry_run;
    code = p->json || !c->app->tty ? runcmd_check(c) : RC_OK;
    return code == RC_OK ? runcmd_start(c) : (int)code;
}

int migrate_elsewhere(struct app *app, const char *domain, const char *host,
                      bool yes, bool json, bool dry_run)
{
    char *operand[2] = { strdup(domain), host ? strdup(host) : NULL };
    struct runcmd c;
    int rc;

    if (!operand[0] || (host && !operand[1]))
        die_oom();
    runcmd_init(&c, app, NULL);
    c.yes = yes;
    c.json = json;
    c.req.plan_only = dry_run;
    c.req.goal = &goal_migrate;
    c.req.operand = operand;
    c.req.operand_n = host ? 2 : 1;
    rc = runcmd_start(&c);
    free(operand[0]);
    free(operand[1]);
    return rc;
}
