/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Searches for a cheaper drain: steps until none helps, then ruin and rebuild.
 *
 * Between the first descent and the last, some units are taken out again and
 * again and put back in another order. Everything counts how often it looks at
 * a host and stops at a number of looks, so the result depends on no clock.
 */
#include "scheduler/drain_impl.h"

#include <errno.h>
#include <stdlib.h>

enum {
    PATIENCE = 30,      /* attempts in a row that gain nothing, */
    PATIENCE_EACH = 60, /* and more of them for each unit */
    LOOKS_EACH = 2000,  /* most looks for each unit at each host */
};

/* --- taking out and putting back ----------------------------------------- */

uint32_t drain_draw(struct drain *d, uint32_t n)
{
    /* splitmix64 */
    uint64_t z = d->rng += 0x9e3779b97f4a7c15u;

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return (uint32_t)((z ^ z >> 31) % n);
}

enum { RUIN_MAX = 24 };

/* Chooses the units to take out: half of the draws take any unit, half only
 * one that could gain. */
static uint32_t search_choose_ruin(struct drain *d, uint32_t *out)
{
    uint32_t n = 0, want = 4 + drain_draw(d, RUIN_MAX - 4);

    for (uint32_t tries = 0; tries < 4 * want && n < want; tries++) {
        uint32_t i = drain_draw(d, d->nunit);
        bool skip = d->unit[i].fixed;

        for (uint32_t k = 0; k < n; k++)
            skip |= out[k] == i;
        if (skip || (tries % 2 && d->unit[i].now <= d->unit[i].least))
            continue;
        out[n++] = i;
    }
    return n;
}

static void unit_swap(uint32_t *list, uint32_t i)
{
    uint32_t unit = list[i];

    list[i] = list[i - 1];
    list[i - 1] = unit;
}

/* The largest first, with some neighbours exchanged at random. Where it is
 * proven that some stay behind, the smallest as often: most of all leave
 * then. */
static void search_order_ruin(struct drain *d, uint32_t *out, uint32_t n)
{
    bool smallest = d->p->infeasible && drain_draw(d, 2);

    for (uint32_t i = 1; i < n; i++)
        for (uint32_t k = i;
             k && (smallest ? d->unit[out[k]].mem < d->unit[out[k - 1]].mem
                            : d->unit[out[k]].mem > d->unit[out[k - 1]].mem);
             k--)
            unit_swap(out, k);
    for (uint32_t i = 1; i < n; i++)
        if (!drain_draw(d, 3))
            unit_swap(out, i);
}

/* Takes some units out and puts them back in another order; undone if that is
 * worse. */
static void search_ruin(struct drain *d)
{
    uint32_t out[RUIN_MAX], n = search_choose_ruin(d, out);
    double before = drain_value(d);
    bool by_price = d->price && drain_draw(d, 2);

    d->nundo = 0;
    for (uint32_t i = 0; i < n; i++)
        if (d->unit[out[i]].to != NONE)
            drain_put(d, out[i], NONE);
    search_order_ruin(d, out, n);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t h = by_price ? drain_find_priced(d, out[i])
                              : drain_find(d, out[i], NONE, DRAIN_UNPLACED);

        if (h != NONE)
            drain_put(d, out[i], h);
    }
    for (uint32_t i = 0; i < n; i++)
        if (d->unit[out[i]].to == NONE)
            drain_eject_any(d, out[i]);
    if (drain_value(d) > before + 1e-9)
        drain_undo(d, 0);
}

/* --- the search ---------------------------------------------------------- */

static int unit_largest_first(const void *pa, const void *pb, void *arg)
{
    const struct drain *d = arg;
    uint32_t a = *(const uint32_t *)pa, b = *(const uint32_t *)pb;
    const struct unit *x = &d->unit[a], *y = &d->unit[b];

    if (x->mem != y->mem)
        return x->mem > y->mem ? -1 : 1;
    if (x->suitable != y->suitable)
        return x->suitable < y->suitable ? -1 : 1;
    return a < b ? -1 : a > b;
}

int drain_search_prepare(struct drain *d)
{
    free(d->order_by_size);
    free(d->undo);
    free(d->most_free);
    d->most_free = calloc(d->nring + 1, sizeof *d->most_free);
    d->most_free_src = NONE;
    d->order_by_size = calloc(d->nunit + 1, sizeof *d->order_by_size);
    d->undo = calloc(8 * (size_t)d->nunit + 256, sizeof *d->undo);
    if (!d->order_by_size || !d->undo || !d->most_free)
        return -ENOMEM;
    d->undo_cap = 8 * d->nunit + 256;
    d->nundo = 0;
    for (uint32_t i = 0; i < d->nunit; i++)
        d->order_by_size[i] = i;
    qsort_r(d->order_by_size, d->nunit, sizeof *d->order_by_size,
            unit_largest_first, d);
    return 0;
}

int drain_search(struct drain *d, uint64_t looks)
{
    uint32_t idle = 0;
    uint64_t enough = LOOKS_EACH * (uint64_t)d->nunit * (d->ncand + 1);
    int rc = drain_search_prepare(d);

    if (rc)
        return rc;
    looks = looks < enough ? looks : enough;
    d->work = 0;
    d->work_max = looks / 4;
    drain_descend(d);
    d->work_max = looks;
    while (!drain_good_enough(d) && !drain_looks_spent(d) && d->nunit > 1 &&
           idle++ < PATIENCE + PATIENCE_EACH * d->nunit) {
        double before = drain_value(d);

        search_ruin(d);
        d->work += d->nunit; /* so that it ends even if nothing is looked at */
        if (drain_value(d) < before - 1e-9)
            idle = 0;
    }
    d->work_max += looks / 4;
    drain_descend(d);
    return 0;
}
