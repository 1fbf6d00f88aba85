/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Finds an order in which the guests that make room can move one by one.
 */
#include "scheduler/drain_impl.h"

#include <errno.h>

/* Moves all guests of a unit, or none. */
static bool order_move(struct state *s, const struct drain *d,
                       const struct unit *u)
{
    uint32_t i = 0;

    while (i < u->n && !rules_state(s, d->unit_dom[u->first + i], u->to))
        state_move(s, d->unit_dom[u->first + i++], u->to);
    if (i == u->n)
        return true;
    while (i-- > 0)
        state_move(s, d->unit_dom[u->first + i], u->from);
    return false;
}

static int order_add(struct drain *d, struct plan *p, const struct unit *u)
{
    int rc = 0;

    for (uint32_t i = 0; i < u->n && p && !rc; i++)
        rc = plan_add_move(d->c, p, d->unit_dom[u->first + i], u->from, u->to,
                           true);
    return rc;
}

/* Each moves when there is room for it, and before any drained guest arrives:
 * after all of them the drained ones fit, in any order. */
int drain_order_displaced(struct drain *d, struct plan *p)
{
    struct state s;
    uint32_t left = 0, before;
    int rc = state_init(&s, d->c);

    if (rc)
        return rc;
    for (uint32_t i = 0; i < d->nunit; i++)
        left += d->unit[i].displaceable && d->unit[i].to != d->unit[i].from;
    do {
        before = left;
        for (uint32_t i = 0; i < d->nunit && !rc && left; i++) {
            const struct unit *u = &d->unit[i];

            if (!u->displaceable || u->to == NONE || u->to == u->from ||
                s.at[d->unit_dom[u->first]] == u->to || !order_move(&s, d, u))
                continue;
            rc = order_add(d, p, u);
            left--;
        }
    } while (left < before && left && !rc);
    state_dispose(&s);
    return rc ? rc : left ? -EDEADLK : 0;
}
