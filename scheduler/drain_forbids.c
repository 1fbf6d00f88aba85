/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Tells which rules keep a guest off a host whatever moves, for proofs.
 *
 * A path that is missing keeps it off only if there is no way by other hosts
 * either: two moves may do what one can't.
 */
#include "scheduler/drain_impl.h"

#include <stdlib.h>

/* Adds the classes that have a host which is up and can be reached from this
 * one in a move. */
static uint32_t reach_from(struct plan_cluster *c, uint32_t cls, uint8_t *seen,
                           uint32_t *queue, uint32_t tail)
{
    const uint16_t *row = route_row(c, cls);

    for (uint32_t k = 0; row && k < c->ncls; k++)
        if (!seen[k] && row[k] && (double)route_lane(c, cls, k).rate > 0) {
            seen[k] = 1;
            queue[tail++] = k;
        }
    return tail;
}

/* Is there a way over hosts, each of which might take the guest for a while?
 * When memory is short: yes, because that proves nothing. */
static bool reach_by_steps(struct plan_cluster *c, uint32_t from, uint32_t to)
{
    uint32_t head = 0, tail = 0, *queue = calloc(c->ncls + 1, sizeof *queue);
    uint8_t *seen = calloc(c->ncls + 1, 1);
    bool found = !queue || !seen;

    if (queue && seen && from != NONE && to != NONE) {
        tail = reach_from(c, from, seen, queue, tail);
        while (head < tail && !seen[to])
            tail = reach_from(c, queue[head++], seen, queue, tail);
        found = seen[to];
    }
    free(queue);
    free(seen);
    return found;
}

uint32_t drain_forbids(struct plan_cluster *c, uint32_t dom, uint32_t host)
{
    uint32_t bad = rules_static(c, dom, host);

    if (bad == 1u << PLAN_PATH &&
        reach_by_steps(c, c->host[c->dom[dom].host].cls, c->host[host].cls))
        return 0;
    return bad;
}
