/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The goal migrate: one guest goes to a host that was named, or to the best
 * one. The moves of a plan that was written by hand count as this goal too.
 */
#include "tools/run/goal.h"

#include <errno.h>

#include "tools/cluster/find.h"
#include "tools/run/run.h"

static int migrate_plan(struct plan_cluster *c, char *const *operand, int n,
                        struct plan **plan_r, struct msg *err)
{
    uint32_t dom, host = PLAN_NONE;

    if (find_guest(c, operand[0], &dom, err))
        return -EINVAL;
    if (n == 2) {
        host = plan_find_host(c, operand[1]);
        if (host == PLAN_NONE) {
            goal_no_host(c, operand[1], err);
            return -EINVAL;
        }
    }
    return plan_migrate(c, dom, host, plan_r);
}

/* The move for which this one, and perhaps others, make room: the last of
 * those that wait for its end. */
static uint32_t migrate_for_whom(const struct run *r, uint32_t move)
{
    for (uint32_t k = move + 1; k < r->move_n; k++)
        for (uint32_t i = 0; run_waits(&r->move[k]) && i < r->move[k].after_n;
             i++)
            if (r->move[k].after[i] == move) {
                move = k;
                break;
            }
    return move;
}

/* The first guest whose last move failed or waits, or rather the one that it
 * makes room for: to the same host again, or to the best one when no host was
 * named. */
static int migrate_replan(const struct run *r, struct plan_cluster *c,
                          struct plan **plan_r, bool *unseen_r)
{
    uint32_t to = r->hosts.n ? plan_find_host(c, r->hosts.s[0]) : PLAN_NONE;

    if (r->hosts.n && to == PLAN_NONE)
        return 0;
    for (uint32_t i = 0; i < r->move_n; i++) {
        const struct run_move *m = &r->move[i];
        uint32_t dom;

        if (!run_is_last(r, i) || (m->state != MOVE_FAILED && !run_waits(m)))
            continue;
        dom = plan_find_domain(c, r->move[migrate_for_whom(r, i)].uuid);
        if (dom != PLAN_NONE)
            return plan_migrate(c, dom, to, plan_r);
    }
    return 0;
}

static bool migrate_is_met(const struct run *r, const struct run_move *m)
{
    return m->replaced;
}

const struct goal goal_migrate = {
    .name = "migrate",
    .min = 1,
    .max = 2,
    .takes = "DOMAIN [HOST]",
    .plan = migrate_plan,
    .replan = migrate_replan,
    .is_met = migrate_is_met,
};
