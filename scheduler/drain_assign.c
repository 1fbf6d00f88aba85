/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Decides which unit of a drain goes where.
 *
 * At first each goes to the cheapest host with room; if the sum is near the
 * bound, that is the answer. Otherwise they are placed by prices
 * (drain_bound.c), the largest first, and then by local search
 * (drain_search.c).
 */
#include "scheduler/drain_impl.h"

#include <errno.h>
#include <stdlib.h>

enum {
    LOOKS = 12000000,         /* most looks of the local search, */
    LOOKS_HOSTS = 1500000000, /* and most times the number of hosts */
    LEVELLED_MAX = 128,       /* units; more take too long to compare */
};

/* Counts the hosts that suit each unit, by signature. */
static int units_count_suitable(struct drain *d)
{
    const struct plan_cluster *c = d->c;
    uint32_t *hosts = calloc(c->hsig.n + 1, sizeof *hosts);

    if (!hosts)
        return -ENOMEM;
    for (uint32_t i = 0; i < d->ncand; i++)
        hosts[c->host[d->cand[i]].sig]++;
    for (uint32_t i = 0; i < d->nunit; i++) {
        struct unit *u = &d->unit[i];

        for (uint32_t k = 0; k < c->hsig.n; k++)
            if (!rules_sig(c, c->dom[d->unit_dom[u->first]].sig, k))
                u->suitable += hosts[k];
    }
    free(hosts);
    return 0;
}

static int unit_fewest_hosts_first(const void *pa, const void *pb, void *arg)
{
    const struct drain *d = arg;
    uint32_t a = *(const uint32_t *)pa, b = *(const uint32_t *)pb;
    const struct unit *x = &d->unit[a], *y = &d->unit[b];

    if (x->suitable != y->suitable)
        return x->suitable < y->suitable ? -1 : 1;
    if (x->mem != y->mem)
        return x->mem > y->mem ? -1 : 1;
    return a < b ? -1 : a > b;
}

static void units_clear(struct drain *d)
{
    for (uint32_t i = 0; i < d->nunit; i++)
        if (d->unit[i].to != NONE)
            drain_put(d, i, NONE);
}

static void units_place_all(struct drain *d, bool priced)
{
    for (uint32_t i = 0; i < d->nunit; i++) {
        uint32_t unit = d->order_by_size[i], h;

        if (d->unit[unit].to != NONE)
            continue;
        h = priced ? drain_find_priced(d, unit)
                   : drain_find_balanced(d, &d->unit[unit]);
        if (h != NONE)
            drain_put(d, unit, h);
    }
}

int drain_place(struct drain *d)
{
    int rc = units_count_suitable(d);

    if (!rc)
        rc = drain_search_prepare(d);
    if (!rc)
        units_place_all(d, false);
    return rc;
}

int drain_assign(struct drain *d)
{
    uint64_t looks = LOOKS_HOSTS / (d->ncand + 1);
    int rc;

    units_clear(d);
    units_place_all(d, true);
    if (d->unplaced) {
        units_clear(d);
        qsort_r(d->order_by_size, d->nunit, sizeof *d->order_by_size,
                unit_fewest_hosts_first, d);
        units_place_all(d, true);
    }
    looks = drain_effort(d, looks < LOOKS ? looks : LOOKS);
    rc = drain_search(d, looks);
    if (rc || !d->unplaced || d->p->infeasible)
        return rc;
    rc = drain_pack(d);
    return rc || d->unplaced ? rc : drain_search(d, looks);
}

void drain_level(struct drain *d)
{
    d->undo_cap = 0; /* this is not to be undone */
    for (uint32_t i = 0; i < d->nunit && d->nunit <= LEVELLED_MAX; i++) {
        uint32_t unit = d->order_by_size[i], was = d->unit[unit].to, h;

        if (was == NONE)
            continue;
        drain_put(d, unit, NONE);
        h = drain_find_balanced(d, &d->unit[unit]);
        drain_put(d, unit, h == NONE ? was : h);
    }
}
