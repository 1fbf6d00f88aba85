/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Room for hosts that fail: what is free on hosts that stay on is at least as
 * much as the largest of them have, CPU by the mean of its demand, and memory.
 *
 * That is what sums can tell. That each guest of a lost host fits somewhere is
 * not proved by it.
 */
#include "scheduler/loop_impl.h"

#include <math.h>

/* Takes the largest out of the room that order and key have. */
static double spare_largest(struct loops *l, uint32_t n, uint32_t k)
{
    double sum = 0;

    picture_sort(l, n); /* keys are negative: the largest come first */
    for (uint32_t i = 0; i < n && i < k; i++)
        sum -= l->key[l->order[i]];
    return sum;
}

static bool spare_stays(const struct loops *l, uint32_t h)
{
    return l->sum[h].on && l->sum[h].guests && !l->sum[h].closed;
}

static bool spare_cpu(struct loops *l, uint32_t k)
{
    double room = 0;
    uint32_t n = 0;

    for (uint32_t i = 0; i < l->ons; i++) {
        uint32_t h = l->on[i];
        double most = l->host[h].cpu * l->p.fill;

        if (!spare_stays(l, h))
            continue;
        room += most - l->sum[h].mean;
        l->key[h] = -most;
        l->order[n++] = h;
    }
    return room >= spare_largest(l, n, k);
}

static bool spare_memory(struct loops *l, uint32_t k)
{
    double room = 0;
    uint32_t n = 0;

    for (uint32_t i = 0; i < l->ons; i++) {
        uint32_t h = l->on[i];

        if (!spare_stays(l, h))
            continue;
        room += (double)l->sum[h].free_mib;
        l->key[h] = -(double)l->host[h].memory_mib;
        l->order[n++] = h;
    }
    return room >= spare_largest(l, n, k);
}

bool spare_left(struct loops *l)
{
    uint32_t k = (uint32_t)l->p.spare_hosts;

    return !k ||
           (spare_cpu(l, k) && (!(l->p.memory > 0) || spare_memory(l, k)));
}
