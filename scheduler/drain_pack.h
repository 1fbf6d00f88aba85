/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The packing that drain_pack.c searches for: units, hosts, what is too much.
 */
#ifndef RACKHOP_SCHEDULER_DRAIN_PACK_H
#define RACKHOP_SCHEDULER_DRAIN_PACK_H

#include "scheduler/drain_impl.h"

enum { PACK_MEMORY, PACK_VCPUS, PACK_THREADS, PACK_SORTS };

struct pack_item {           /* a unit */
    uint32_t unit, was;      /* its number in the drain, and its place there */
    double need[PACK_SORTS]; /* in GiB; the others are scaled to these */
    uint32_t at, next, prev; /* its host, and the units that it has there */
    uint64_t rests;          /* it stays until that step */
    bool tied;               /* there are units that it must be apart from, */
    bool racked;             /* by rack */
};

struct pack {
    struct drain *d;
    uint32_t n, hosts; /* hosts are those of d->cand */
    struct pack_item *item;
    uint8_t *suits;             /* [item][host] */
    uint32_t *head;             /* items by host */
    double (*room)[PACK_SORTS]; /* what a host has left; < 0: too much */
    double *weight;             /* by host */
    double clash; /* what two on a host that must be apart count */
    uint64_t step, evaluated;
    bool possible; /* each unit is suited by some host */
};

static inline bool pack_suits(const struct pack *k, uint32_t u, uint32_t h)
{
    return k->suits[(size_t)u * k->hosts + h];
}
/* Takes the units off their hosts and puts each where it was or where there is
 * most room. No items: there are too many. 0 or -ENOMEM, and pack_dispose() after both. */
int pack_init(struct pack *k, struct drain *d);
void pack_dispose(struct pack *k);
void pack_put(struct pack *k, uint32_t u, uint32_t host);
/* Whether two units must not be on one host; in one rack. */
bool pack_excludes(const struct pack *k, uint32_t u, uint32_t w);
bool pack_excludes_rack(const struct pack *k, uint32_t u, uint32_t w);
/* Places the units of the drain as they are packed, or as they were. */
void pack_keep(struct pack *k, bool found);

#endif
