/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Emptying hosts: what has to go, where it may go at which cost, and the plan
 * that comes out. assign.c decides, bound.c proves, displace.c makes room.
 */
#include "scheduler/drain_impl.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* --- units ------------------------------------------------------------------------- */

static bool share_group(const struct plan_cluster *c, const struct dom *a,
                        const struct dom *b)
{
    for (uint32_t i = 0; i < a->together.n; i++)
        for (uint32_t k = 0; k < b->together.n; k++)
            if (c->pool[a->together.at + i] == c->pool[b->together.at + k])
                return true;
    return false;
}

static int unit_add(struct drain *d, uint32_t unit, uint32_t dom)
{
    const struct dom *v = &d->c->dom[dom];
    struct unit *u = &d->unit[unit];

    if (grow(&d->unit_dom, d->nunit_dom, &d->unit_dom_cap,
             sizeof *d->unit_dom))
        return -ENOMEM;
    d->unit_dom[d->nunit_dom++] = dom;
    u->n++;
    d->unit_of[dom] = unit;
    u->mem += v->mem;
    u->vcpus += v->vcpus;
    u->stuck |= dom_fixed(v) || d->c->host[v->host].state == PLAN_OFFLINE;
    return 0;
}

static int unit_new(struct drain *d, uint32_t dom)
{
    if (grow(&d->unit, d->nunit, &d->unit_cap, sizeof *d->unit))
        return -ENOMEM;
    d->unit[d->nunit++] = (struct unit){ .first = d->nunit_dom,
                                         .from = d->c->dom[dom].host,
                                         .to = NONE,
                                         .now = UNPLACED };
    d->unplaced++;
    return unit_add(d, d->nunit - 1, dom);
}

/* Groups that overlap are one unit: whoever shares a group with a member
 * joins, until nobody does. */
static int unit_gather(struct drain *d, uint32_t unit, uint32_t host)
{
    struct plan_cluster *c = d->c;
    struct unit *u = &d->unit[unit];

    for (uint32_t i = 0; i < u->n; i++) {
        const struct dom *a = &c->dom[d->unit_dom[u->first + i]];

        for (uint32_t k = c->first[host]; a->bound && k < c->first[host + 1];
             k++) {
            uint32_t b = c->on_host[k];

            if (d->unit_of[b] == NONE && c->dom[b].bound &&
                share_group(c, a, &c->dom[b]) && unit_add(d, unit, b))
                return -ENOMEM;
        }
    }
    return 0;
}

static int make_units(struct drain *d, const uint32_t *hosts, uint32_t n)
{
    struct plan_cluster *c = d->c;

    d->unit_of = malloc((c->ndom + 1) * sizeof *d->unit_of);
    if (!d->unit_of)
        return -ENOMEM;
    memset(d->unit_of, 0xff, (c->ndom + 1) * sizeof *d->unit_of);
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t k = c->first[hosts[i]]; k < c->first[hosts[i] + 1]; k++)
            if (d->unit_of[c->on_host[k]] == NONE &&
                (unit_new(d, c->on_host[k]) ||
                 unit_gather(d, d->nunit - 1, hosts[i])))
                return -ENOMEM;
    return 0;
}

/* --- rings -------------------------------------------------------------------------- */

static uint32_t ring_find(struct drain *d, struct source *src, int hops,
                          double rate)
{
    for (uint32_t r = 0; r < src->ring_n; r++)
        if (d->ring[src->ring + r].hops == hops &&
            d->ring[src->ring + r].rate == rate)
            return r;
    if (grow(&d->ring, d->nring, &d->ring_cap, sizeof *d->ring))
        return NONE - 1;
    d->ring[d->nring++] = (struct ring){ .hops = hops, .rate = rate };
    return src->ring_n++;
}

/* Classes to rings, then hosts to rings: two passes of counting. */
static int make_rings(struct drain *d, struct source *src)
{
    struct plan_cluster *c = d->c;
    const uint16_t *row = src->cls == NONE ? NULL : route_row(c, src->cls);
    uint32_t at = 0;

    src->ring = d->nring;
    src->of = malloc((c->ncls + 1) * sizeof *src->of);
    src->host = calloc(d->ncand + 1, sizeof *src->host);
    if (!src->of || !src->host || (!row && src->cls != NONE))
        return -ENOMEM;
    memset(src->of, 0xff, (c->ncls + 1) * sizeof *src->of);
    for (uint32_t i = 0; row && i < c->ncls; i++) {
        double rate = row[i] ? (double)route_lane(c, src->cls, i).rate : 0;

        if (rate <= 0)
            continue;
        src->of[i] = ring_find(d, src, row[i], rate);
        if (src->of[i] == NONE - 1)
            return -ENOMEM;
    }
    for (uint32_t i = 0; i < d->ncand; i++) {
        uint32_t cls = c->host[d->cand[i]].cls;

        if (cls != NONE && src->of[cls] != NONE)
            d->ring[src->ring + src->of[cls]].n++;
    }
    for (uint32_t r = 0; r < src->ring_n; r++) {
        struct ring *ring = &d->ring[src->ring + r];

        ring->first = at;
        at += ring->n;
        ring->n = 0;
    }
    for (uint32_t i = 0; i < d->ncand; i++) {
        uint32_t cls = c->host[d->cand[i]].cls;

        if (cls != NONE && src->of[cls] != NONE) {
            struct ring *ring = &d->ring[src->ring + src->of[cls]];

            src->host[ring->first + ring->n++] = d->cand[i];
        }
    }
    return 0;
}

/* The source of a unit, made when it is the first of its class. */
static int unit_source(struct drain *d, struct unit *u)
{
    uint32_t cls = d->c->host[u->from].cls, k = 0;

    /* units of a host stand together, and mostly those of a rack */
    if (d->nsrc && d->src[d->nsrc - 1].cls == cls)
        k = d->nsrc - 1;
    while (k < d->nsrc && d->src[k].cls != cls)
        k++;
    u->src = k;
    if (k < d->nsrc)
        return 0;
    if (grow(&d->src, d->nsrc, &d->src_cap, sizeof *d->src))
        return -ENOMEM;
    d->src[d->nsrc++] = (struct source){ .cls = cls };
    return make_rings(d, &d->src[k]);
}

/* --- costs -------------------------------------------------------------------------- */

static double unit_cost(const struct drain *d, const struct unit *u,
                        const struct ring *r)
{
    double sum = 0;

    for (uint32_t i = 0; i < u->n; i++)
        sum +=
            move_cost(d->c, d->unit_dom[u->first + i], r->hops, r->rate, NULL);
    return sum;
}

static void sort_rings(const double *cost, uint32_t *order, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        uint32_t k = i;

        while (k && cost[order[k - 1]] > cost[i]) {
            order[k] = order[k - 1];
            k--;
        }
        order[k] = i;
    }
}

static int unit_costs(struct drain *d, struct unit *u)
{
    uint32_t n = d->src[u->src].ring_n;

    u->cost = u->order = d->ncost;
    for (uint32_t r = 0; r < n; r++) {
        if (grow(&d->cost, d->ncost, &d->cost_cap, sizeof *d->cost) ||
            grow(&d->order, d->ncost, &d->order_cap, sizeof *d->order))
            return -ENOMEM;
        d->cost[d->ncost++] = unit_cost(d, u, drain_ring_at(d, u, r));
    }
    if (n)
        sort_rings(d->cost + u->cost, d->order + u->order, n);
    return 0;
}

static int price_units(struct drain *d)
{
    int rc = 0;

    for (uint32_t i = 0; i < d->nunit && !rc; i++) {
        rc = unit_source(d, &d->unit[i]);
        if (!rc)
            rc = unit_costs(d, &d->unit[i]);
    }
    return rc;
}

int drain_add_resident(struct drain *d, uint32_t dom)
{
    struct unit *u;
    int rc = unit_new(d, dom);

    if (rc)
        return rc;
    u = &d->unit[d->nunit - 1];
    u->resident = true;
    u->to = u->from;
    u->now = 0;
    d->unplaced--;
    rc = unit_source(d, u);
    return rc ? rc : unit_costs(d, u);
}

uint32_t drain_ring(const struct drain *d, const struct unit *u, uint32_t host)
{
    uint32_t cls = d->c->host[host].cls;

    return cls == NONE ? NONE : d->src[u->src].of[cls];
}

double drain_cost(const struct drain *d, const struct unit *u, uint32_t host)
{
    if (host == u->from)
        return 0;
    return d->cost[u->cost + drain_ring(d, u, host)];
}

bool drain_suits(const struct drain *d, const struct unit *u, uint32_t host)
{
    const struct plan_cluster *c = d->c;

    if (u->stuck || host == u->from)
        return u->resident;
    for (uint32_t i = 0; i < u->n; i++)
        if (rules_sig(c, c->dom[d->unit_dom[u->first + i]].sig,
                      c->host[host].sig))
            return false;
    return drain_ring(d, u, host) != NONE;
}

bool drain_fits(struct drain *d, const struct unit *u, uint32_t host)
{
    d->work++;
    if (d->s.free[host] < u->mem || d->s.vfree[host] < u->vcpus ||
        !drain_suits(d, u, host))
        return false;
    for (uint32_t i = 0; i < u->n; i++)
        if (!company_ok(&d->s, d->unit_dom[u->first + i], host))
            return false;
    return true;
}

void drain_put(struct drain *d, uint32_t unit, uint32_t host)
{
    struct unit *u = &d->unit[unit];

    if (d->njournal < d->journal_cap)
        d->journal[d->njournal++] = (struct step){ unit, u->to };
    if (u->to == NONE) {
        d->unplaced--;
        d->homeless -= u->resident;
    } else {
        d->total -= u->now;
    }
    /* without a place: one that has to go is still where it was, one that
     * may stay is nowhere for the moment */
    for (uint32_t i = 0; i < u->n; i++)
        state_move(&d->s, d->unit_dom[u->first + i],
                   host == NONE && !u->resident ? u->from : host);
    u->to = host;
    u->now = host == NONE ? unit_unplaced(u) : drain_cost(d, u, host);
    if (host == NONE) {
        d->unplaced++;
        d->homeless += u->resident;
    } else {
        d->total += u->now;
    }
}

void drain_undo(struct drain *d, uint32_t mark)
{
    while (d->njournal > mark) {
        uint32_t at = --d->njournal;
        const struct step s = d->journal[at];

        drain_put(d, s.unit, s.from);
        d->njournal = at;
    }
}

/* --- the plan ------------------------------------------------------------------------- */

static int drain_init(struct drain *d, struct plan_cluster *c,
                      const uint32_t *hosts, uint32_t n, struct plan *p)
{
    int rc;

    *d = (struct drain){ .c = c, .p = p, .rng = c->set.seed };
    d->drained = calloc(c->nhost + 1, 1);
    d->cand = calloc(c->nhost + 1, sizeof *d->cand);
    d->free0 = calloc(c->nhost + 1, sizeof *d->free0);
    if (!d->drained || !d->cand || !d->free0)
        return -ENOMEM;
    rc = state_init(&d->s, c);
    if (rc)
        return rc;
    for (uint32_t i = 0; i < n; i++)
        d->drained[hosts[i]] = 1;
    memcpy(d->free0, d->s.free, c->nhost * sizeof *d->free0);
    for (uint32_t i = 0; i < c->nhost; i++) {
        uint32_t h = c->by_free[i];

        if (!d->drained[h] && c->host[h].state == PLAN_UP)
            d->cand[d->ncand++] = h;
    }
    rc = make_units(d, hosts, n);
    return rc ? rc : price_units(d);
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
    free(d->free0);
    free(d->price);
    free(d->vprice);
    free(d->journal);
    free(d->ring_room);
    free(d->order_by_size);
}

/* Displaced guests first; then any order is safe, for all fit at once. */
static int write_moves(struct drain *d)
{
    int rc = drain_order(d, d->p);

    for (uint32_t i = 0; i < d->nunit && !rc; i++) {
        const struct unit *u = &d->unit[i];

        for (uint32_t k = 0; k < u->n && u->to != NONE && !u->resident && !rc;
             k++)
            rc = plan_add_move(d->c, d->p, d->unit_dom[u->first + k], u->from,
                               u->to, false);
    }
    return rc;
}

static int write_stranded(struct drain *d)
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

/* With guests left behind the bound is that of moving the others. */
static double placed_least(const struct drain *d)
{
    double sum = 0;

    for (uint32_t i = 0; i < d->nunit; i++)
        if (d->unit[i].to != NONE && !d->unit[i].resident)
            sum += d->unit[i].least;
    return sum;
}

static int solve(struct drain *d)
{
    bool effort = d->c->set.best_effort;
    int rc = drain_infeasible(d);

    if (rc || (d->p->infeasible && !effort))
        return rc;
    rc = drain_assign(d);
    if (rc || (d->p->infeasible && !effort))
        return rc;
    if (d->unplaced)
        rc = drain_displace(d);
    if (rc)
        return rc;
    if (d->unplaced && !effort)
        return drain_not_found(d);
    d->p->bound = d->unplaced ? placed_least(d) : d->bound;
    rc = write_moves(d);
    if (!rc)
        rc = write_stranded(d);
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
    rc = drain_init(&d, c, hosts, n, p);
    if (!rc)
        rc = solve(&d);
    if (!rc)
        rc = plan_finish(c, p);
    if (rc)
        goto out;
    *plan_r = p;
    p = NULL;
out:
    drain_dispose(&d);
    plan_free(p);
    return rc;
}
