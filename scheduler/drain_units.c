/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Makes the units of a drain (guests that move together), and places them.
 *
 * Guests of a `together` group on one host are one unit, every other guest is
 * a unit of its own. All that decides where units go (drain_assign.c,
 * drain_search.c, ..) asks here whether a unit fits, and places it through
 * here, so that the sums and the undo notes are always right.
 */
#include "scheduler/drain_impl.h"

#include <errno.h>
#include <stdlib.h>

/* --- guests to units ----------------------------------------------------- */

static bool unit_share_group(const struct plan_cluster *c, const struct dom *a,
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

    if (array_grow(&d->unit_dom, &d->unit_dom_room, d->nunit_dom + 1u,
                   sizeof *d->unit_dom))
        return -ENOMEM;
    d->unit_dom[d->nunit_dom++] = dom;
    u->n++;
    d->unit_of[dom] = unit;
    u->mem += v->mem;
    u->held += v->held;
    u->vcpus += v->vcpus;
    u->cpu += v->cpu > 0 ? v->cpu : 0;
    u->fixed |= dom_fixed(v) || d->c->host[v->host].state == PLAN_OFFLINE;
    return 0;
}

static int unit_make(struct drain *d, uint32_t dom)
{
    if (array_grow(&d->unit, &d->unit_room, d->nunit + 1u, sizeof *d->unit))
        return -ENOMEM;
    d->unit[d->nunit++] = (struct unit){ .first = d->nunit_dom,
                                         .from = d->c->dom[dom].host,
                                         .to = NONE,
                                         .now = DRAIN_UNPLACED };
    d->unplaced++;
    return unit_add(d, d->nunit - 1, dom);
}

/* Adds the guests that share a group with a member, then those that share one
 * with them, until there are no more: overlapping groups are one unit. */
static int unit_gather(struct drain *d, uint32_t unit, uint32_t host)
{
    struct plan_cluster *c = d->c;
    struct unit *u = &d->unit[unit];

    for (uint32_t i = 0; i < u->n && c->dom[d->unit_dom[u->first]].bound;
         i++) {
        const struct dom *a = &c->dom[d->unit_dom[u->first + i]];

        for (uint32_t k = c->first[host]; a->bound && k < c->first[host + 1];
             k++) {
            uint32_t b = c->on_host[k];

            if (d->unit_of[b] == NONE && c->dom[b].bound &&
                unit_share_group(c, a, &c->dom[b]) && unit_add(d, unit, b))
                return -ENOMEM;
        }
    }
    return 0;
}

int drain_make_unit(struct drain *d, uint32_t dom)
{
    const struct unit *u;

    if (unit_make(d, dom) || unit_gather(d, d->nunit - 1, d->c->dom[dom].host))
        return -ENOMEM;
    u = &d->unit[d->nunit - 1];
    for (uint32_t i = 0; i < u->n; i++)
        d->late[d->unit_dom[u->first + i]] = 1;
    return drain_price_unit(d, &d->unit[d->nunit - 1]);
}

int drain_make_units(struct drain *d, const uint32_t *hosts, uint32_t n)
{
    const struct plan_cluster *c = d->c;

    for (uint32_t i = 0; i < n; i++)
        for (uint32_t k = c->first[hosts[i]]; k < c->first[hosts[i] + 1]; k++)
            if (d->unit_of[c->on_host[k]] == NONE &&
                !c->dom[c->on_host[k]].odd &&
                (!c->urgent || c->urgent[c->on_host[k]] >= 0) &&
                drain_make_unit(d, c->on_host[k]))
                return -ENOMEM;
    return 0;
}

int drain_add_displaceable(struct drain *d, uint32_t dom)
{
    struct unit *u;

    if (unit_make(d, dom) || unit_gather(d, d->nunit - 1, d->c->dom[dom].host))
        return -ENOMEM;
    u = &d->unit[d->nunit - 1];
    u->displaceable = true;
    u->to = u->from;
    u->now = 0;
    d->unplaced--;
    return drain_price_unit(d, u);
}

/* --- placing ------------------------------------------------------------- */

bool drain_suits(const struct drain *d, const struct unit *u, uint32_t host)
{
    const struct plan_cluster *c = d->c;

    if (host == u->from)
        return u->displaceable;
    if (u->fixed)
        return false;
    if (d->only != NONE && host != d->only && !u->displaceable)
        return false;
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
        if (!rules_group_ok(&d->s, d->unit_dom[u->first + i], host))
            return false;
    if (!d->cpu_most || u->cpu <= 0 ||
        d->s.cpu[host] + u->cpu <= d->cpu_most[host] + 1e-9)
        return true;
    d->cpu_refused = true;
    return false;
}

void drain_put(struct drain *d, uint32_t unit, uint32_t host)
{
    struct unit *u = &d->unit[unit];

    if (d->nundo < d->undo_cap)
        d->undo[d->nundo++] = (struct placing){ unit, u->to };
    if (u->to == NONE) {
        d->unplaced--;
        d->unplaced_displaceable -= u->displaceable;
    } else {
        d->total -= u->now;
    }
    /* a unit without a place that has to leave is still where it was; one
     * that is only displaced is nowhere for the moment */
    for (uint32_t i = 0; i < u->n; i++)
        state_move(&d->s, d->unit_dom[u->first + i],
                   host == NONE && !u->displaceable ? u->from : host);
    u->to = host;
    u->now = host == NONE ? unit_unplaced(u) : drain_cost(d, u, host);
    if (host == NONE) {
        d->unplaced++;
        d->unplaced_displaceable += u->displaceable;
    } else {
        d->total += u->now;
    }
}

void drain_undo(struct drain *d, uint32_t since)
{
    while (d->nundo > since) {
        uint32_t at = --d->nundo;
        const struct placing s = d->undo[at];

        drain_put(d, s.unit, s.from);
        d->nundo = at;
    }
}
