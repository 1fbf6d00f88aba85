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

static int drain_init(struct drain *d, struct plan_cluster *c,
                      const uint32_t *hosts, uint32_t n, struct plan *p)
{
    int rc;

    *d = (struct drain){ .c = c, .p = p, .rng = c->set.seed };
    d->drained = calloc(c->nhost + 1, 1);
    d->cand = calloc(c->nhost + 1, sizeof *d->cand);
    d->free_at_start = calloc(c->nhost + 1, sizeof *d->free_at_start);
    if (!d->drained || !d->cand || !d->free_at_start)
        return -ENOMEM;
    rc = state_init(&d->s, c);
    if (rc)
        return rc;
    for (uint32_t i = 0; i < n; i++)
        d->drained[hosts[i]] = 1;
    memcpy(d->free_at_start, d->s.free, c->nhost * sizeof *d->free_at_start);
    for (uint32_t i = 0; i < c->nhost; i++) {
        uint32_t h = c->by_free[i];

        if (!d->drained[h] && c->host[h].state == PLAN_UP)
            d->cand[d->ncand++] = h;
    }
    rc = drain_make_units(d, hosts, n);
    for (uint32_t i = 0; i < d->nunit && !rc; i++)
        rc = drain_price_unit(d, &d->unit[i]);
    return rc;
}

static void drain_dispose(struct drain *d)
{
    state_dispose(&d->s);
    free(d->drained);
    free(d->cand);
    for (uint32_t k = 0; k < d->nsrc; k++) {
        free(d->src[k].host);
        free(d->src[k].of);
    }
    free(d->src);
    free(d->ring);
    free(d->unit);
    free(d->unit_dom);
    free(d->unit_of);
    free(d->cost);
    free(d->order);
    free(d->free_at_start);
    free(d->price);
    free(d->vprice);
    free(d->undo);
    free(d->most_free);
    free(d->order_by_size);
}

/* --- the plan ------------------------------------------------------------ */

/* The displaced guests first; then any order is safe, because all fit. */
static int drain_write_moves(struct drain *d)
{
    int rc = drain_order_displaced(d, d->p);

    for (uint32_t i = 0; i < d->nunit && !rc; i++) {
        const struct unit *u = &d->unit[i];

        for (uint32_t k = 0;
             k < u->n && u->to != NONE && !u->displaceable && !rc; k++)
            rc = plan_add_move(d->c, d->p, d->unit_dom[u->first + k], u->from,
                               u->to, false);
    }
    return rc;
}

static int drain_write_stranded(struct drain *d)
{
    int rc = 0;

    for (uint32_t i = 0; i < d->nunit && !rc; i++) {
        const struct unit *u = &d->unit[i];

        for (uint32_t k = 0; k < u->n && u->to == NONE && !rc; k++)
            rc = plan_add_stranded(d->c, d->p, &d->s,
                                   d->unit_dom[u->first + k], d->drained);
    }
    return rc;
}

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
    return drain_assign(d);
}

static int drain_solve(struct drain *d)
{
    int rc = drain_infeasible(d);

    if (rc || drain_gives_up(d))
        return rc;
    rc = drain_solve_direct(d);
    if (rc || drain_gives_up(d))
        return rc;
    if (d->unplaced)
        rc = drain_displace(d);
    if (rc)
        return rc;
    if (d->unplaced && !d->c->set.best_effort)
        return drain_not_found(d);
    d->p->bound = d->unplaced ? drain_placed_least(d) : d->bound;
    rc = drain_write_moves(d);
    if (!rc)
        rc = drain_write_stranded(d);
    return rc;
}

int plan_drain(struct plan_cluster *c, const uint32_t *hosts, uint32_t n,
               struct plan **plan_r)
{
    struct plan *p = plan_new(c, PLAN_GOAL_DRAIN);
    struct drain d = { .c = c };
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
        rc = drain_init(&d, c, hosts, n, p);
    if (!rc)
        rc = drain_solve(&d);
    if (!rc)
        rc = plan_finish(c, p);
    if (rc)
        goto out;
    *plan_r = p;
    p = NULL;
out:
    drain_behind_open(c);
    drain_dispose(&d);
    plan_free(p);
    return rc;
}
