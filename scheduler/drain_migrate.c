/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Plans the move of one guest where others have to make room for it, or have
 * to go with it.
 *
 * It is a drain of one unit: the guest and those that it has to stay with.
 */
#include "scheduler/drain_impl.h"

/* Others make room before the unit moves, so what it will leave behind on its
 * host is no room for them. */
static void migrate_hold_room(struct drain *d)
{
    const struct unit *u = &d->unit[0];

    d->s.free[u->from] -= u->held;
    d->s.vfree[u->from] -= u->vcpus;
}

/* Places the unit, moving others out of its way where it needs that. */
static int migrate_solve(struct drain *d)
{
    int rc;

    migrate_hold_room(d);
    drain_least(d);
    rc = drain_place(d);
    if (!rc && d->unplaced)
        rc = drain_displace(d);
    return rc;
}

int drain_migrate(struct plan_cluster *c, struct plan *p, uint32_t dom,
                  uint32_t host)
{
    struct drain d;
    int rc = drain_init(&d, c, p, NULL, 0, WITHIN_RULES);

    d.only = host;
    if (!rc)
        rc = drain_make_unit(&d, dom);
    if (!rc && !d.unit[0].fixed)
        rc = migrate_solve(&d);
    if (!rc && !d.unplaced)
        rc = drain_relieve(&d);
    if (!rc && !d.unplaced) {
        rc = drain_write_moves(&d);
        p->bound = d.unit[0].least;
    }
    drain_dispose(&d);
    return rc;
}

/* Do its own needs forbid it, or guests that can't leave the host? */
static bool migrate_forbids(struct plan_cluster *c, uint32_t dom,
                            uint32_t host)
{
    const struct dom *v = &c->dom[dom];
    int32_t vroom = c->host[host].vcap;

    if (drain_forbids(c, dom, host) ||
        drain_room_were_it_empty(c, host) < v->mem)
        return true;
    if (vroom < c->vused[host])
        vroom = c->vused[host];
    for (uint32_t k = c->first[host]; k < c->first[host + 1]; k++) {
        uint32_t other = c->on_host[k];

        if (!dom_fixed(&c->dom[other]))
            continue;
        vroom -= c->dom[other].vcpus;
        if (plan_exclude(c, dom, other))
            return true;
    }
    return vroom < v->vcpus;
}

bool drain_never_migrates(struct plan_cluster *c, uint32_t dom, uint32_t host)
{
    return c->host[c->dom[dom].host].state == PLAN_OFFLINE ||
           migrate_forbids(c, dom, host);
}
