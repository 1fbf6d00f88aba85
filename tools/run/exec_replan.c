/* SPDX-License-Identifier: LGPL-2.1-only */
/* The rest of a run, planned again from fresh facts. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/run/exec_impl.h"

static int plan_hosts_of(struct exec *e, struct plan **plan)
{
    struct plan_cluster *c = e->p->snap.cluster;
    uint32_t *h = calloc((size_t)e->run->hosts.n + 1, sizeof *h), n = 0;
    int rc = h ? 0 : -ENOMEM;

    e->p->unseen = false;
    for (uint32_t i = 0; i < e->run->hosts.n && !rc; i++) {
        h[n] = plan_find_host(c, e->run->hosts.s[i]);
        e->p->unseen |= h[n] == PLAN_NONE;
        n += h[n] != PLAN_NONE;
    }
    if (!rc)
        rc = plan_drain(c, h, n, plan);
    free(h);
    return rc;
}

/* A plan of one move: the same again, or where there is room when no host
 * was named. */
static int plan_one(struct exec *e, struct plan **plan)
{
    struct plan_cluster *c = e->p->snap.cluster;
    const struct run *r = e->run;

    for (uint32_t i = 0; i < r->move_n; i++) {
        const struct run_move *m = &r->move[i];
        uint32_t dom = plan_find_domain(c, m->uuid);
        uint32_t to =
            r->hosts.n ? plan_find_host(c, r->hosts.s[0]) : PLAN_NONE;

        if (dom == PLAN_NONE || !exec_is_last(r, i) ||
            (m->state != MOVE_FAILED && !exec_waits(m)) ||
            (r->hosts.n && to == PLAN_NONE))
            continue;
        return plan_migrate(c, dom, to, plan);
    }
    return 0;
}

/* The goal again, for what the facts say now. *plan NULL: nothing is left. */
static int make_plan(struct exec *e, struct plan **plan)
{
    const struct run *r = e->run;

    *plan = NULL;
    if (!strcmp(r->goal, "drain"))
        return plan_hosts_of(e, plan);
    if (strcmp(r->goal, "rebalance"))
        return plan_one(e, plan);
    if (r->max_moves && exec_made(r) >= r->max_moves)
        return 0;
    return plan_rebalance(e->p->snap.cluster, plan);
}

/* By way of its document: what is carried out is what can be written down. */
static int to_doc(struct exec *e, const struct plan *plan,
                  struct plan_doc *doc)
{
    struct exec_private *p = e->p;
    char *text = NULL;
    size_t len;
    FILE *f = open_memstream(&text, &len);
    struct json_out *o = f ? json_out_new(f, false) : NULL;
    int rc;

    if (!o) {
        if (f)
            fclose(f);
        free(text);
        return -ENOMEM;
    }
    plan_write(o, p->snap.cluster, plan, p->snap.sha256, false);
    rc = json_out_free(o);
    fclose(f);
    if (!rc)
        rc = plan_doc_parse(doc, "the new plan", text, len, &p->err);
    free(text);
    return rc;
}

/* What waited for the old plan does not any more. */
static void replace(struct run *r)
{
    for (uint32_t i = 0; i < r->move_n; i++)
        if (exec_waits(&r->move[i]))
            r->move[i].replaced = true;
}

static int resize_live(struct exec *e, uint32_t before)
{
    size_t n = (size_t)e->run->move_n + 1;
    struct exec_live *bigger = reallocarray(e->live, n, sizeof *bigger);

    if (!bigger)
        return -1;
    e->live = bigger;
    memset(bigger + before, 0, (n - before) * sizeof *bigger);
    return 0;
}

/* The moves of doc instead of those that wait. */
static int adopt(struct exec *e, const struct plan_doc *doc)
{
    struct exec_private *p = e->p;
    uint32_t before = e->run->move_n;
    int rc;

    replace(e->run);
    rc = run_add_plan(e->run, doc);
    if (!rc)
        rc = journal_save(e->store, e->run, &p->err);
    if (!rc)
        rc = resize_live(e, before);
    if (rc)
        p->broken = true;
    else
        exec_say(e, EXEC_PLAN, PLAN_NONE, "%u", doc->move_n);
    return rc ? -1 : 0;
}

/* Could something start now, were doc's moves there instead of those that
 * wait? The run is as it was afterwards. */
static bool would_start(struct exec *e, const struct plan_doc *doc)
{
    struct exec_private *p = e->p;
    struct run *r = e->run;
    uint32_t n = r->move_n;
    bool *waits = calloc((size_t)n + 1, sizeof *waits), would = false;
    double rate;

    if (!waits)
        return false;
    for (uint32_t i = 0; i < n; i++)
        waits[i] = exec_waits(&r->move[i]);
    replace(r);
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

/* Facts have who is under way at its destination: on the host that it has not
 * left yet one may come who must not meet it. */
static bool waits_for_one(const struct run *r, const struct plan_doc *doc)
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
    int rc = e->run->plans >= PLANS_MAX / 2 ? 1 : make_plan(e, &plan);

    if (!rc && (!plan || plan->infeasible || plan->stranded_n))
        rc = 1;
    if (!rc)
        rc = to_doc(e, plan, &doc);
    plan_free(plan);
    if (!rc && waits_for_one(e->run, &doc))
        rc = 1;
    if (!rc)
        rc = would_start(e, &doc) ? adopt(e, &doc) : 1;
    plan_doc_dispose(&doc);
    return rc;
}

int exec_replan(struct exec *e)
{
    struct exec_private *p = e->p;
    struct plan_doc doc = { .move = NULL };
    struct plan *plan = NULL;
    int rc;

    if (e->run->plans >= PLANS_MAX) {
        exec_say(e, EXEC_NOTE, PLAN_NONE,
                 "the rest was planned %d times; that is enough", PLANS_MAX);
        p->unseen = true;
        return 1;
    }
    rc = make_plan(e, &plan);
    if (rc == -ENOMEM)
        msg_set(&p->err, "out of memory");
    else if (rc)
        msg_set(&p->err, "no safe order of the rest was found");
    if (!rc && plan)
        rc = to_doc(e, plan, &doc);
    if (rc) {
        exec_say(e, EXEC_NOTE, PLAN_NONE, "%s", p->err.text);
        p->unseen = true; /* nobody knows what would be left */
        plan_free(plan);
        return rc == -ENOMEM ? -1 : 1;
    }
    if (plan && plan->infeasible && plan->text)
        exec_say(e, EXEC_NOTE, PLAN_NONE, "%s", plan->text);
    e->run->stranded = plan && (plan->infeasible || plan->stranded_n);
    plan_free(plan);
    rc = doc.move_n ? adopt(e, &doc) : 1;
    plan_doc_dispose(&doc);
    return rc;
}
