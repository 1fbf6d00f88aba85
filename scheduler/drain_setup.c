/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Sets a drain up, takes it down, and writes what it found into the plan.
 */
#include "scheduler/drain_impl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* --- up and down --------------------------------------------------------- */

static int setup_tables(struct drain *d)
{
    const struct plan_cluster *c = d->c;

    d->drained = calloc(c->nhost + 1, 1);
    d->late = calloc(c->ndom + 1, 1);
    d->cand = calloc(c->nhost + 1, sizeof *d->cand);
    d->free_at_start = calloc(c->nhost + 1, sizeof *d->free_at_start);
    d->unit_of = malloc((c->ndom + 1) * sizeof *d->unit_of);
    if (!d->drained || !d->late || !d->cand || !d->free_at_start ||
        !d->unit_of)
        return -ENOMEM;
    memset(d->unit_of, 0xff, (c->ndom + 1) * sizeof *d->unit_of);
    return 0;
}

int drain_init(struct drain *d, struct plan_cluster *c, struct plan *p,
               const uint32_t *drained, uint32_t n, enum drain_within within)
{
    const uint32_t *order = within == WITHIN_LIMITS ? c->by_room : c->by_free;
    int rc;

    *d = (struct drain){
        .c = c, .p = p, .rng = c->set.seed, .only = NONE, .within = within
    };
    rc = setup_tables(d);
    if (!rc)
        rc = state_init(&d->s, c);
    if (!rc)
        rc = drain_keep_within(d);
    if (rc)
        return rc;
    d->s.late = d->late;
    for (uint32_t i = 0; i < n; i++)
        d->drained[drained[i]] = 1;
    memcpy(d->free_at_start, d->s.free, c->nhost * sizeof *d->free_at_start);
    for (uint32_t i = 0; i < c->nhost; i++) {
        uint32_t h = order[i];

        if (!d->drained[h] && c->host[h].state == PLAN_UP)
            d->cand[d->ncand++] = h;
    }
    return 0;
}

void drain_dispose(struct drain *d)
{
    state_dispose(&d->s);
    free(d->drained);
    free(d->late);
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
    free(d->cpu_most);
    free(d->price);
    free(d->vprice);
    free(d->undo);
    free(d->most_free);
    free(d->order_by_size);
}

/* --- the plan ------------------------------------------------------------ */

/* The displaced guests first; then any order is safe, because all fit. */
int drain_write_moves(struct drain *d)
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

/* Odd guests are no units: they hold up nobody, and still are there. */
static int drain_write_odd(struct drain *d, uint32_t host)
{
    const struct plan_cluster *c = d->c;
    int rc = 0;

    for (uint32_t k = c->first[host]; k < c->first[host + 1] && !rc; k++)
        if (c->dom[c->on_host[k]].odd)
            rc = plan_add_stranded(d->c, d->p, &d->s, c->on_host[k],
                                   d->drained);
    return rc;
}

int drain_write_stranded(struct drain *d)
{
    int rc = 0;

    for (uint32_t i = 0; i < d->nunit && !rc; i++) {
        const struct unit *u = &d->unit[i];

        for (uint32_t k = 0; k < u->n && u->to == NONE && !rc; k++)
            rc = plan_add_stranded(d->c, d->p, &d->s,
                                   d->unit_dom[u->first + k], d->drained);
    }
    for (uint32_t i = 0; i < d->p->goal_host_n && !rc; i++)
        rc = drain_write_odd(d, d->p->goal_host[i]);
    return rc;
}
