/* SPDX-License-Identifier: LGPL-2.1-only */
/* Plans the rest of a run again, from fresh facts. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/run/exec_impl.h"

/* The goal again, for the facts of now. *plan NULL: nothing is left. */
static int replan_make(struct exec *e, struct plan **plan)
{
    struct exec_private *p = e->p;

    *plan = NULL;
    return p->goal->replan(e->run, p->snap.cluster, plan, &p->unseen);
}

static int replan_to_doc(struct exec *e, const struct plan *plan,
                         struct plan_doc *doc)
{
    struct exec_private *p = e->p;
    int rc = plan_doc_of(doc, p->snap.cluster, plan, p->snap.sha256);

    if (rc)
        msg_set(&p->err, "out of memory");
    return rc;
}

static int replan_resize(struct exec *e, uint32_t before)
{
    size_t n = (size_t)e->run->move_n + 1;
    struct exec_progress *bigger =
        reallocarray(e->progress, n, sizeof *bigger);

    if (!bigger)
        return -1;
    e->progress = bigger;
    memset(bigger + before, 0, (n - before) * sizeof *bigger);
    return 0;
}

/* Takes doc's moves into the run, instead of those that wait. */
static int replan_adopt(struct exec *e, const struct plan_doc *doc)
{
    struct exec_private *p = e->p;
    uint32_t before = e->run->move_n;
    int rc;

    run_replace_waiting(e->run);
    rc = run_add_plan(e->run, doc);
    if (!rc)
        rc = journal_save(e->store, e->run, &p->err);
    if (!rc)
        rc = replan_resize(e, before);
    if (rc)
        p->broken = true;
    else
        exec_say(e, EXEC_PLAN, PLAN_NONE, "%u", doc->move_n);
    return rc ? -1 : 0;
}

/* Could a move start now if the run had doc's moves instead of those that
 * wait? The run is unchanged afterwards. */
static bool replan_would_start(struct exec *e, const struct plan_doc *doc)
{
    struct exec_private *p = e->p;
    struct run *r = e->run;
    uint32_t n = r->move_n;
    bool *waits = calloc((size_t)n + 1, sizeof *waits), would = false;
    double rate;

    if (!waits)
        return false;
    for (uint32_t i = 0; i < n; i++)
        waits[i] = run_waits(&r->move[i]);
    run_replace_waiting(r);
    if (!run_add_plan(r, doc)) {
        would =
            !exec_dispatch(e) && dispatch_next(&p->d, &rate) != DISPATCH_NONE;
        exec_dispatch_dispose(e);
        run_drop_plan(r, n);
    }
    for (uint32_t i = 0; i < n; i++)
        if (waits[i])
            r->move[i].replaced = false;
    free(waits);
    return would;
}

/* The facts have a guest that is under way on its target host. Does doc move
 * another guest to the source host, where that one still is? The two may be
 * ones that must not meet. */
static bool replan_meets_one(const struct run *r, const struct plan_doc *doc)
{
    for (uint32_t i = 0; i < r->move_n; i++)
        for (uint32_t k = 0; k < doc->move_n; k++)
            if (r->move[i].state == MOVE_STARTED &&
                !strcmp(doc->move[k].to, r->move[i].from))
                return true;
    return false;
}

int exec_replan_around(struct exec *e)
{
    struct plan_doc doc = { .move = NULL };
    struct plan *plan = NULL;
    /* the other half is for moves that fail */
    int rc = e->run->plans >= EXEC_PLANS_MAX / 2 ? 1 : replan_make(e, &plan);

    if (!rc && (!plan || plan->infeasible || plan->stranded_n))
        rc = 1;
    if (!rc)
        rc = replan_to_doc(e, plan, &doc);
    plan_free(plan);
    if (!rc && replan_meets_one(e->run, &doc))
        rc = 1;
    if (!rc)
        rc = replan_would_start(e, &doc) ? replan_adopt(e, &doc) : 1;
    plan_doc_dispose(&doc);
    return rc;
}

/* A host to drain is not empty while a guest is on its way to it. */
static void replan_tell_arrivals(struct exec *e)
{
    const struct snapshot *s = &e->p->snap;

    for (size_t i = 0; i < s->arrival_n; i++) {
        const char *host = plan_host_name(s->cluster, s->arrival[i].host);
        uint32_t dom = plan_find_domain(s->cluster, s->arrival[i].uuid);

        if (!run_has_host(e->run, host))
            continue;
        e->p->unseen = true;
        exec_say(e, EXEC_NOTE, PLAN_NONE,
                 "%s is not empty: %s is just arriving on it; drain it again "
                 "when that move has ended",
                 host,
                 dom == PLAN_NONE ? s->arrival[i].uuid
                                  : plan_domain_name(s->cluster, dom));
    }
}

int exec_replan(struct exec *e)
{
    struct exec_private *p = e->p;
    struct plan_doc doc = { .move = NULL };
    struct plan *plan = NULL;
    int rc;

    if (e->run->plans >= EXEC_PLANS_MAX) {
        exec_say(e, EXEC_NOTE, PLAN_NONE,
                 "the rest was planned %d times and is not planned again",
                 EXEC_PLANS_MAX);
        p->unseen = true;
        return 1;
    }
    rc = replan_make(e, &plan);
    if (rc == -ENOMEM)
        msg_set(&p->err, "out of memory");
    else if (rc)
        msg_set(&p->err, "no safe order of the remaining moves was found");
    if (!rc && plan)
        rc = replan_to_doc(e, plan, &doc);
    if (rc) {
        exec_say_error(e);
        p->unseen = true; /* what would be left is not known */
        plan_free(plan);
        return rc == -ENOMEM ? -1 : 1;
    }
    if (plan && plan->infeasible && plan->text)
        exec_say(e, EXEC_NOTE, PLAN_NONE, "%s", plan->text);
    e->run->stranded = plan && (plan->infeasible || plan->stranded_n);
    /* the goal is met without the moves that wait */
    if (plan && !doc.move_n && !e->run->stranded && !p->unseen)
        run_replace_waiting(e->run);
    plan_free(plan);
    if (!doc.move_n && p->goal->marks_hosts)
        replan_tell_arrivals(e);
    rc = doc.move_n ? replan_adopt(e, &doc) : 1;
    plan_doc_dispose(&doc);
    return rc;
}
