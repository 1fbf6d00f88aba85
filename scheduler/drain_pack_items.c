/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Keeps a packing of units onto hosts, which may have too much (drain_pack.c).
 */
#include "scheduler/drain_pack.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

enum { PAIRS_MAX = 4000000 }; /* units times hosts; more are not packed */

/* --- apart --------------------------------------------------------------- */

/* Do two of their guests exclude each other? */
static bool units_exclude(const struct pack *k, uint32_t u, uint32_t w,
                          bool (*exclude)(const struct plan_cluster *c,
                                          uint32_t x, uint32_t y))
{
    const struct drain *d = k->d;
    const struct unit *a = &d->unit[k->item[u].unit];
    const struct unit *b = &d->unit[k->item[w].unit];

    for (uint32_t i = 0; i < a->n; i++)
        for (uint32_t j = 0; j < b->n; j++)
            if (exclude(d->c, d->unit_dom[a->first + i],
                        d->unit_dom[b->first + j]))
                return true;
    return false;
}

bool pack_excludes(const struct pack *k, uint32_t u, uint32_t w)
{
    return units_exclude(k, u, w, plan_exclude);
}

bool pack_excludes_rack(const struct pack *k, uint32_t u, uint32_t w)
{
    return units_exclude(k, u, w, plan_exclude_rack);
}

static void item_tie(const struct drain *d, struct pack_item *item)
{
    const struct unit *u = &d->unit[item->unit];

    for (uint32_t i = 0; i < u->n; i++) {
        const struct dom *v = &d->c->dom[d->unit_dom[u->first + i]];

        item->racked |= v->apart_racks.n > 0;
        item->tied |=
            v->apart.n || v->apart_racks.n || v->name_clash || v->device.n;
    }
}

/* --- hosts --------------------------------------------------------------- */

/* Do its groups let it be there, with the units that have a place? */
static bool pack_groups_suit(const struct drain *d, const struct unit *u,
                             uint32_t host)
{
    for (uint32_t i = 0; i < u->n; i++)
        if (!rules_group_ok(&d->s, d->unit_dom[u->first + i], host))
            return false;
    return true;
}

/* Whether the unit may be there, whatever other units are. */
static bool pack_host_suits(const struct drain *d, const struct unit *u,
                            uint32_t host)
{
    return drain_suits(d, u, host) && d->free_at_start[host] >= u->mem &&
           drain_vfree_at_start(d, host) >= u->vcpus &&
           pack_groups_suit(d, u, host);
}

void pack_put(struct pack *k, uint32_t u, uint32_t host)
{
    struct pack_item *a = &k->item[u];

    for (int i = 0; i < PACK_SORTS; i++) {
        if (a->at != NONE)
            k->room[a->at][i] += a->need[i];
        k->room[host][i] -= a->need[i];
    }
    if (a->at != NONE) {
        if (a->prev != NONE)
            k->item[a->prev].next = a->next;
        else
            k->head[a->at] = a->next;
        if (a->next != NONE)
            k->item[a->next].prev = a->prev;
    }
    a->at = host;
    a->prev = NONE;
    a->next = k->head[host];
    if (a->next != NONE)
        k->item[a->next].prev = u;
    k->head[host] = u;
}

/* Where it was placed, or where there is most room; false: nowhere. */
static bool pack_put_first(struct pack *k, uint32_t u)
{
    uint32_t best = NONE;

    for (uint32_t h = 0; h < k->hosts; h++) {
        if (!pack_suits(k, u, h))
            continue;
        if (k->d->cand[h] == k->item[u].was) {
            best = h;
            break;
        }
        if (best == NONE ||
            k->room[h][PACK_MEMORY] > k->room[best][PACK_MEMORY])
            best = h;
    }
    if (best != NONE)
        pack_put(k, u, best);
    return best != NONE;
}

/* --- all of it ----------------------------------------------------------- */

static int pack_alloc(struct pack *k)
{
    k->item = calloc(k->n + 1, sizeof *k->item);
    k->suits = calloc((size_t)k->n * k->hosts + 1, sizeof *k->suits);
    k->head = calloc(k->hosts + 1, sizeof *k->head);
    k->room = calloc(k->hosts + 1, sizeof *k->room);
    k->weight = calloc(k->hosts + 1, sizeof *k->weight);
    return k->item && k->suits && k->head && k->room && k->weight ? 0
                                                                  : -ENOMEM;
}

/* What a vCPU and a busy thread count for: as much as the memory that units
 * have for each of theirs. */
static void pack_scales(const struct drain *d, double *scale)
{
    double all[PACK_SORTS] = { 0 };

    for (uint32_t i = 0; i < d->nunit; i++) {
        all[PACK_MEMORY] += (double)d->unit[i].mem / 1024;
        all[PACK_VCPUS] += d->unit[i].vcpus;
        all[PACK_THREADS] += d->unit[i].cpu;
    }
    for (int i = 0; i < PACK_SORTS; i++)
        scale[i] = all[i] > 0 ? all[PACK_MEMORY] / all[i] : 0;
}

/* The hosts as they are without the units. */
static void pack_fill_hosts(struct pack *k, const double *scale)
{
    struct drain *d = k->d;

    for (uint32_t h = 0; h < k->hosts; h++) {
        uint32_t at = d->cand[h];
        double *room = k->room[h];

        k->head[h] = NONE;
        k->weight[h] = 1;
        room[PACK_MEMORY] = fmax(0, (double)d->free_at_start[at]) / 1024;
        room[PACK_VCPUS] = drain_vfree_at_start(d, at) * scale[PACK_VCPUS];
        room[PACK_THREADS] = d->cpu_most ? (d->cpu_most[at] - d->c->cpu[at]) *
                                               scale[PACK_THREADS]
                                         : INFINITY;
    }
}

static void pack_fill_items(struct pack *k, const double *scale)
{
    struct drain *d = k->d;

    k->clash = 0;
    for (uint32_t i = 0; i < k->n; i++) {
        const struct unit *u = &d->unit[k->item[i].unit];

        k->item[i].need[PACK_MEMORY] = (double)u->mem / 1024;
        k->item[i].need[PACK_VCPUS] = u->vcpus * scale[PACK_VCPUS];
        k->item[i].need[PACK_THREADS] = u->cpu * scale[PACK_THREADS];
        item_tie(d, &k->item[i]);
        k->item[i].at = NONE;
        k->clash += (double)u->mem / 1024 / k->n;
        for (uint32_t h = 0; h < k->hosts; h++)
            k->suits[(size_t)i * k->hosts + h] =
                pack_host_suits(d, u, d->cand[h]);
    }
}

/* Takes the units off their hosts. */
static void pack_take(struct pack *k)
{
    struct drain *d = k->d;
    uint32_t u = 0;

    d->undo_cap = 0; /* all of it is kept, or nothing */
    for (uint32_t i = 0; i < d->nunit; i++) {
        if (d->unit[i].fixed)
            continue;
        k->item[u].unit = i;
        k->item[u++].was = d->unit[i].to;
        if (d->unit[i].to != NONE)
            drain_put(d, i, NONE);
    }
}

int pack_init(struct pack *k, struct drain *d)
{
    double scale[PACK_SORTS];

    *k = (struct pack){ .d = d, .hosts = d->ncand };
    for (uint32_t i = 0; i < d->nunit; i++)
        k->n += !d->unit[i].fixed;
    if (!k->n || (uint64_t)k->n * k->hosts > PAIRS_MAX) {
        k->n = 0;
        return 0;
    }
    if (pack_alloc(k))
        return -ENOMEM;
    pack_take(k);
    pack_scales(d, scale);
    pack_fill_hosts(k, scale);
    pack_fill_items(k, scale);
    k->possible = true;
    for (uint32_t u = 0; u < k->n && k->possible; u++)
        k->possible = pack_put_first(k, u);
    return 0;
}

/* Places the units as they are packed. False: one meets another of its groups
 * on the way there. */
static bool pack_place(struct pack *k)
{
    struct drain *d = k->d;

    for (uint32_t u = 0; u < k->n; u++) {
        uint32_t unit = k->item[u].unit, host = d->cand[k->item[u].at];

        if (k->item[u].tied && !pack_groups_suit(d, &d->unit[unit], host))
            return false;
        drain_put(d, unit, host);
    }
    return true;
}

void pack_keep(struct pack *k, bool found)
{
    if (found && pack_place(k))
        return;
    for (uint32_t u = 0; u < k->n; u++)
        if (k->d->unit[k->item[u].unit].to != NONE)
            drain_put(k->d, k->item[u].unit, NONE);
    for (uint32_t u = 0; u < k->n; u++)
        if (k->item[u].was != NONE)
            drain_put(k->d, k->item[u].unit, k->item[u].was);
}

void pack_dispose(struct pack *k)
{
    free(k->item);
    free(k->suits);
    free(k->head);
    free(k->room);
    free(k->weight);
}
