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

/* Which hosts stay on: those with guests, or all but one. */
struct spare_among {
    bool empty_too;
    uint32_t without;
};

static bool spare_stays(const struct loops *l, uint32_t h,
                        const struct spare_among *a)
{
    return l->sum[h].on && (l->sum[h].guests || a->empty_too) &&
           !l->sum[h].closed && h != a->without;
}

static bool spare_cpu(struct loops *l, uint32_t k, const struct spare_among *a)
{
    double room = 0;
    uint32_t n = 0;

    for (uint32_t i = 0; i < l->ons; i++) {
        uint32_t h = l->on[i];
        double most = l->host[h].cpu * l->p.fill;

        if (!spare_stays(l, h, a))
            continue;
        room += most - l->sum[h].mean;
        l->key[h] = -most;
        l->order[n++] = h;
    }
    return room >= spare_largest(l, n, k);
}

static bool spare_memory(struct loops *l, uint32_t k,
                         const struct spare_among *a)
{
    double room = 0;
    uint32_t n = 0;

    for (uint32_t i = 0; i < l->ons; i++) {
        uint32_t h = l->on[i];

        if (!spare_stays(l, h, a))
            continue;
        room += (double)l->sum[h].free_mib;
        l->key[h] = -(double)l->host[h].memory_mib;
        l->order[n++] = h;
    }
    return room >= spare_largest(l, n, k);
}

static bool spare_enough(struct loops *l, const struct spare_among *a)
{
    uint32_t k = (uint32_t)l->p.spare_hosts;

    return !k || (spare_cpu(l, k, a) &&
                  (!(l->p.memory > 0) || spare_memory(l, k, a)));
}

bool spare_left(struct loops *l)
{
    return spare_enough(l, &(struct spare_among){ false, LOOP_NONE });
}

bool spare_left_without(struct loops *l, uint32_t host)
{
    return spare_enough(l, &(struct spare_among){ true, host });
}
