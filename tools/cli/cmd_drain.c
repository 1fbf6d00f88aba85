/* SPDX-License-Identifier: LGPL-2.1-only */
/* rackhop drain, rebalance: plan, show, ask, apply. */
#include "tools/cli/cmdtable.h"

#include <stdio.h>
#include <stdlib.h>

#include "tools/cli/cmd.h"
#include "tools/cli/goals.h"
#include "tools/cli/running.h"
#include "tools/doc/plan.h"

/* By way of its document, as if it had been written and read again. */
static void to_doc(struct planning *p, const struct plan *plan,
                   struct plan_doc *doc)
{
    char *text = NULL, err[512];
    size_t len;
    FILE *f = open_memstream(&text, &len);
    struct json_out *o = f ? json_out_new(f, false) : NULL;

    if (!o)
        die_oom();
    plan_write(o, p->snap.cluster, plan, p->snap.sha256, false);
    json_out_free(o);
    if (fclose(f))
        die_oom();
    if (plan_doc_parse(doc, "the plan", text, len, err, sizeof err)) {
        complain("%s", err);
        exit(RC_FAILED);
    }
    free(text);
}

static int carry_out(struct planning *p, struct running *r,
                     const struct plan *plan, const char *command)
{
    struct plan_doc doc;
    int rc =
        running_confirm(p->app, command, p->yes, p->json, "Carry this out?");

    if (rc)
        return rc < 0 ? RC_FAILED : rc;
    to_doc(p, plan, &doc);
    r->set = p->set;
    r->json = p->json;
    r->stranded = plan->stranded_n;
    rc = running_apply(r, &doc);
    plan_doc_dispose(&doc);
    return rc;
}

/* A drain of an empty host has nothing to move, but a mark to set. */
static bool is_worth_running(const struct plan *plan)
{
    return plan->move_n || (plan->goal == PLAN_GOAL_DRAIN &&
                            !plan->stranded_n && !plan->infeasible);
}

static int plan_and_run(struct planning *p, struct running *r,
                        const char *goal)
{
    struct plan *plan = NULL;
    int rc = running_check_lock(r);

    if (!rc)
        rc = planning_load(p);
    if (!rc)
        rc = goal_plan(p, goal, p->operand, p->operands, &plan);
    if (rc)
        return rc;
    if (p->json && !p->dry_run && is_worth_running(plan))
        rc = RC_OK; /* what moves is told as it moves */
    else
        rc = planning_show(p, plan);
    if ((rc == RC_OK || rc == RC_PARTLY) && !p->dry_run &&
        is_worth_running(plan))
        rc = carry_out(p, r, plan, goal);
    plan_free(plan);
    return rc;
}

static int run_goal(struct app *app, const char *goal, const char *lock,
                    int argc, char **argv)
{
    struct running r = { .app = app, .lock = lock, .fd = -1 };
    struct planning p;
    const char *takes;
    bool known;
    int rc = planning_args(&p, app, goal, argc, argv);

    takes = goal_usage(goal, p.operands, &known);
    if (!rc && takes)
        rc = usage_error(goal, "%s takes %s", goal, takes);
    if (!rc && !p.yes && !p.dry_run && (p.json || !app->tty))
        rc = running_confirm(app, goal, false, p.json, "");
    if (!rc)
        rc = running_open(&r);
    if (!rc)
        rc = plan_and_run(&p, &r, goal);
    running_close(&r);
    planning_dispose(&p);
    return rc < 0 ? RC_OK : rc;
}

int cmd_drain(struct app *app, int argc, char **argv)
{
    return run_goal(app, "drain", NULL, argc, argv);
}

int cmd_rebalance(struct app *app, int argc, char **argv)
{
    return run_goal(app, "rebalance", "rebalance", argc, argv);
}
