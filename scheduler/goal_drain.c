/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Plans a drain: which guest of the drained hosts goes where, or why none can.
 *
 * In this order: proofs that no plan exists (drain_infeasible.c); a place for
 * every unit (drain_assign.c), as near to a lower bound (drain_bound.c) as a
 * search gets; and room by moving other guests (drain_displace.c).
 */
#include "scheduler/drain_behind.h"
#include "scheduler/drain_impl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The bound where some stay behind: the least of moving the others. */
static double drain_placed_least(const struct drain *d)
{
    double sum = 0;

    for (uint32_t i = 0; i < d->nunit; i++)
        if (d->unit[i].to != NONE && !d->unit[i].displaceable)
            sum += d->unit[i].least;
    return sum;
}

/* --- the solver ---------------------------------------------------------- */

/* There is no plan, and it was not asked to move what can move. */
static bool drain_gives_up(const struct drain *d)
{
    return d->p->infeasible && !d->c->set.best_effort;
}

/* Not all have a place, and it was a soft limit that kept them off hosts. */
static bool drain_tries_again(const struct drain *d)
{
    return d->unplaced && d->within < WITHIN_RULES &&
           (d->within == WITHIN_LIMITS || d->cpu_refused);
}

/* Places every unit without moving other guests. The deeper proof, prices and
 * search come only if the first places are not good enough. */
static int drain_solve_direct(struct drain *d)
{
    int rc;

    drain_least(d);
    rc = drain_place(d);
    if (rc || drain_good_enough(d))
        return rc;
    if (d->unplaced) {
        rc = drain_infeasible_deep(d);
        if (rc || drain_gives_up(d))
            return rc;
    }
    rc = drain_bound(d);
    if (rc || drain_good_enough(d))
        return rc;
    rc = drain_assign(d);
    if (!rc && !d->unplaced)
        drain_level(d);
    return rc;
}

static int drain_solve(struct drain *d)
{
    int rc = drain_infeasible(d);

    if (rc || drain_gives_up(d))
        return rc;
    rc = drain_solve_direct(d);
    if (rc || drain_gives_up(d))
        return rc;
    d->again = drain_tries_again(d);
    if (d->again)
        return 0;
    if (d->unplaced) {
        /* where none refused a unit, a search without limits is the same */
        drain_drop_limits(d);
        rc = drain_displace(d);
    }
    if (!rc)
        rc = drain_relieve(d);
    if (rc)
        return rc;
    if (d->unplaced && !d->c->set.best_effort)
        return drain_not_found(d);
    rc = drain_bound_of_all(d);
    if (rc)
        return rc;
    d->p->bound = d->unplaced ? drain_placed_least(d) : d->bound;
    rc = drain_write_moves(d);
    if (!rc)
        rc = drain_write_stranded(d);
    return rc;
}

/* Within the soft limits, if it can; then with one limit less, and so on. */
static int drain_hosts(struct plan_cluster *c, struct plan *p,
                       const uint32_t *hosts, uint32_t n)
{
    enum drain_within within = drain_first_within(c, hosts, n);
    bool again = true;
    int rc = 0;

    for (; again && !rc; within++) {
        struct drain d;

        rc = drain_init(&d, c, p, hosts, n, within);
        if (!rc)
            rc = drain_make_units(&d, hosts, n);
        if (!rc)
            rc = drain_solve(&d);
        again = d.again;
        drain_dispose(&d);
    }
    return rc;
}

int drain_plan(struct plan_cluster *c, const uint32_t *hosts, uint32_t n,
               struct plan **plan_r)
{
    struct plan *p = plan_new(c, PLAN_GOAL_DRAIN);
    int rc = -ENOMEM;

    *plan_r = NULL;
    if (!p)
        return -ENOMEM;
    p->goal_host = calloc(n + 1, sizeof *p->goal_host);
    if (!p->goal_host)
        goto out;
    memcpy(p->goal_host, hosts, n * sizeof *hosts);
    p->goal_host_n = n;
    rc = drain_behind_close(c, hosts, n);
    if (!rc)
        rc = drain_hosts(c, p, hosts, n);
    if (!rc)
        rc = plan_finish(c, p);
    if (rc)
        goto out;
    *plan_r = p;
    p = NULL;
out:
    drain_behind_open(c);
    plan_free(p);
    return rc;
}
