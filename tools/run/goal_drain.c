/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The goal drain: hosts are emptied and stay in maintenance. It is met when
 * nothing is left on them, whichever moves that took.
 */
#include "tools/run/goal.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>

#include "tools/run/run.h"

static int drain_plan(struct plan_cluster *c, char *const *operand, int n,
                      struct plan **plan_r, struct msg *err)
{
    uint32_t *host = NULL;
    int hosts = goal_hosts(c, operand, n, &host, err), rc;

    if (hosts < 0)
        return hosts;
    rc = plan_drain(c, host, (uint32_t)hosts, plan_r);
    free(host);
    return rc;
}

int run_find_hosts(const struct run *r, const struct plan_cluster *c,
                   uint32_t **host_r, uint32_t *n_r, bool *unseen_r)
{
    uint32_t *host = calloc((size_t)r->hosts.n + 1, sizeof *host), n = 0;

    if (!host)
        return -ENOMEM;
    *unseen_r = false;
    for (uint32_t i = 0; i < r->hosts.n; i++) {
        host[n] = plan_find_host(c, r->hosts.s[i]);
        if (host[n] == PLAN_NONE)
            *unseen_r = true;
        else
            n++;
    }
    *host_r = host;
    *n_r = n;
    return 0;
}

static int drain_replan(const struct run *r, struct plan_cluster *c,
                        struct plan **plan_r, bool *unseen_r)
{
    uint32_t *host = NULL, n;
    int rc = run_find_hosts(r, c, &host, &n, unseen_r);

    if (!rc)
        rc = plan_drain(c, host, n, plan_r);
    free(host);
    return rc;
}

/* A later plan may do without a move that only made room on another host, and
 * a host may be empty without one that failed. */
bool goal_drain_is_met(const struct run *r, const struct run_move *m)
{
    return (m->replaced || m->state == MOVE_FAILED) &&
           !run_has_host(r, m->from);
}

const struct goal goal_drain = {
    .name = "drain",
    .min = 1,
    .max = INT_MAX,
    .takes = "HOST... or rack:NAME...",
    .marks_hosts = true,
    .keeps_homes = true,
    .plan = drain_plan,
    .replan = drain_replan,
    .is_met = goal_drain_is_met,
};
