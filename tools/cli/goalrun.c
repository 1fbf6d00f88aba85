/* SPDX-License-Identifier: LGPL-2.1-only */
/* Goals carried out: plan, show, ask, apply. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/cli/cmd.h"
#include "tools/cli/goals.h"
#include "tools/cli/running.h"
#include "tools/doc/plan.h"
#include "tools/base/msg.h"

static int carry_out(struct planning *p, struct running *r,
                     const struct plan *plan, const char *command)
{
    struct plan_doc doc;
    int rc =
        running_confirm(p->app, command, p->yes, p->json, "Carry this out?");

    if (rc)
        return rc < 0 ? RC_FAILED : rc;
    if (plan_doc_of(&doc, p->snap.cluster, plan, p->snap.sha256))
        die_oom();
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

/* For programs: why no move follows. */
static void tell_nothing(const struct plan *plan, int code)
{
    struct json_out *o = json_out_new(stdout, false);

    if (!o)
        die_oom();
    json_obj(o);
    json_kv_str(o, "event", "end");
    json_kv_null(o, "run");
    json_kv_int(o, "code", code);
    json_kv_str(o, "text", plan->text ? plan->text : "nothing to move");
    json_obj_end(o);
    json_out_free(o);
}

int goal_run(struct planning *p, struct running *r, const char *goal,
             char **operand, int n)
{
    struct plan *plan = NULL;
    int rc = running_check_lock(r);

    if (!rc)
        rc = goal_load(p, goal);
    if (!rc)
        rc = goal_plan(p, goal, operand, n, &plan);
    if (rc)
        return rc;
    if (p->json && !p->dry_run) {
        rc = planning_save(p, plan) ? RC_FAILED : planning_exit(plan);
        if (!is_worth_running(plan))
            tell_nothing(plan, rc); /* else it is told as it moves */
    } else {
        rc = planning_show(p, plan);
    }
    if ((rc == RC_OK || rc == RC_PARTLY) && !p->dry_run &&
        is_worth_running(plan))
        rc = carry_out(p, r, plan, goal);
    plan_free(plan);
    return rc;
}

int migrate_elsewhere(struct app *app, const char *domain, const char *host,
                      bool yes, bool json, bool dry_run)
{
    struct running r = { .app = app, .fd = -1 };
    struct planning p = {
        .app = app, .json = json, .yes = yes, .dry_run = dry_run
    };
    char *operand[2] = { strdup(domain), host ? strdup(host) : NULL };
    int rc;

    if (!operand[0] || (host && !operand[1]))
        die_oom();
    planning_settings(&p.set, &app->conf);
    rc = running_open(&r);
    if (!rc)
        rc = goal_run(&p, &r, "migrate", operand, host ? 2 : 1);
    running_close(&r);
    planning_dispose(&p);
    free(operand[0]);
    free(operand[1]);
    return rc;
}
