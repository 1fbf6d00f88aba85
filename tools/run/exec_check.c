/* SPDX-License-Identifier: LGPL-2.1-only */
/* Checks the moves of a run that wait against fresh facts. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/run/exec_impl.h"

static int check_skip(struct exec *e, uint32_t move, const char *why)
{
    struct run_move *m = &e->run->move[move];

    m->state = MOVE_SKIPPED;
    snprintf(m->why, sizeof m->why, "%s", why);
    if (journal_save_move(e->store, e->run, move, &e->p->err)) {
        e->p->broken = true;
        return -1;
    }
    exec_say(e, EXEC_SKIP, move, "%s", why);
    return 0;
}

/* One move against the facts. 0; 1: it does not fit; -1. *dom_r: its guest, or
 * PLAN_NONE when it was skipped. */
static int check_one(struct exec *e, uint32_t move, uint32_t *dom_r)
{
    struct exec_private *p = e->p;
    struct plan_cluster *c = p->snap.cluster;
    const struct run_move *m = &e->run->move[move];
    uint32_t dom = plan_find_domain(c, m->uuid);
    uint32_t from = plan_find_host(c, m->from);
    uint32_t to = plan_find_host(c, m->to), at;

    *dom_r = PLAN_NONE;
    if (from == PLAN_NONE || to == PLAN_NONE) {
        msg_set(&p->err, "%s: no facts of %s", m->name,
                from == PLAN_NONE ? m->from : m->to);
        return 1;
    }
    if (dom == PLAN_NONE)
        return check_skip(e, move, "it is on no host any more");
    at = plan_domain_host(c, dom);
    if (at == to)
        return check_skip(e, move, "it is on that host already");
    if (at != from) {
        msg_set(&p->err, "%s is on %s, not on %s", m->name,
                plan_host_name(c, at), m->from);
        return 1;
    }
    *dom_r = dom;
    return 0;
}

/* The guest of a move that failed may run on the target host now, for an
 * administrator settled it: that move is done after all. One that is on no host
 * may be rebooting, which is why its move failed: it stays a failed one. */
static int check_failed_one(struct exec *e, uint32_t move)
{
    struct plan_cluster *c = e->p->snap.cluster;
    struct run_move *m = &e->run->move[move];
    uint32_t dom = plan_find_domain(c, m->uuid);

    if (dom == PLAN_NONE ||
        strcmp(plan_host_name(c, plan_domain_host(c, dom)), m->to))
        return 0;
    m->state = MOVE_DONE;
    *m->why = '\0';
    if (exec_save_move(e, move))
        return -1;
    exec_say(e, EXEC_NOTE, move, "it is on %s after all", m->to);
    return 0;
}

static int check_failed(struct exec *e)
{
    int rc = 0;

    for (uint32_t i = 0; i < e->run->move_n && !rc; i++)
        if (e->run->move[i].state == MOVE_FAILED && run_is_last(e->run, i))
            rc = check_failed_one(e, i);
    return rc;
}

int exec_check(struct exec *e)
{
    struct exec_private *p = e->p;
    struct run *r = e->run;
    struct plan_step *step = calloc((size_t)r->move_n + 1, sizeof *step);
    uint32_t n = 0, bad, dom;
    enum plan_rule rule = PLAN_MEMORY;
    char why[320] = "";
    int rc = step ? check_failed(e) : -1;

    for (uint32_t i = 0; i < r->move_n && !rc; i++) {
        if (!run_waits(&r->move[i]))
            continue;
        rc = check_one(e, i, &dom);
        if (!rc && dom != PLAN_NONE)
            step[n++] =
                (struct plan_step){ dom, plan_find_host(p->snap.cluster,
                                                        r->move[i].to) };
    }
    if (!rc && plan_check(p->snap.cluster, NULL, step, n, &bad, &rule, why,
                          sizeof why))
        rc = -1;
    if (!rc && bad < n) {
        msg_set(&p->err, "%s cannot move to %s: %s",
                plan_domain_name(p->snap.cluster, step[bad].domain),
                plan_host_name(p->snap.cluster, step[bad].to), why);
        rc = 1;
    }
    free(step);
    return rc;
}
