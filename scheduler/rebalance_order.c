/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Keeps the hosts in the order of their pressure, and the emptiest of them.
 */
#include "scheduler/rebalance_impl.h"

#include <stdlib.h>
#include <string.h>

static int host_by_pressure(const void *pa, const void *pb, void *arg)
{
    const struct rebalance *r = arg;
    uint32_t a = *(const uint32_t *)pa, b = *(const uint32_t *)pb;

    if (r->press[a] != r->press[b])
        return r->press[a] > r->press[b] ? -1 : 1;
    return a < b ? -1 : a > b;
}

void rebalance_refresh(struct rebalance *r)
{
    uint32_t n = r->c->ncls;

    rebalance_measure(r);
    for (uint32_t i = 0; i < r->n; i++) {
        rebalance_press(r, r->host[i]);
        r->order[i] = r->host[i];
    }
    qsort_r(r->order, r->n, sizeof *r->order, host_by_pressure, r);
    memset(r->cls_at, 0, (n + 2) * sizeof *r->cls_at);
    for (uint32_t i = 0; i < r->n; i++)
        if (r->c->host[r->order[i]].cls != NONE)
            r->cls_at[r->c->host[r->order[i]].cls + 2]++;
    for (uint32_t k = 0; k < n; k++)
        r->cls_at[k + 2] += r->cls_at[k + 1];
    for (uint32_t i = 0; i < r->n; i++) {
        uint32_t cls = r->c->host[r->order[i]].cls;

        if (cls != NONE)
            r->by_cls[r->cls_at[cls + 1]++] = r->order[i];
    }
}

void rebalance_refill_low(struct rebalance *r)
{
    for (uint32_t i = 0; i < r->nlow; i++)
        if (r->next_low > 0 &&
            r->press[r->low[i]] > r->press[r->order[r->next_low - 1]])
            r->low[i] = r->order[--r->next_low];
}

void rebalance_fill_low(struct rebalance *r)
{
    r->nlow = r->n < REBALANCE_LEVELS ? r->n : REBALANCE_LEVELS;
    r->next_low = r->n - r->nlow;
    for (uint32_t i = 0; i < r->nlow; i++)
        r->low[i] = r->order[r->n - 1 - i];
}

/* Keeps a list sorted after the pressure of one host changed. */
static void hosts_resort(const struct rebalance *r, uint32_t *list, uint32_t n,
                         uint32_t h)
{
    uint32_t i = 0;

    while (i < n && list[i] != h)
        i++;
    for (;
         i + 1 < n && host_by_pressure(&list[i], &list[i + 1], (void *)r) > 0;
         i++) {
        list[i] = list[i + 1];
        list[i + 1] = h;
    }
    for (;
         i && i < n && host_by_pressure(&list[i - 1], &list[i], (void *)r) > 0;
         i--) {
        list[i] = list[i - 1];
        list[i - 1] = h;
    }
}

void rebalance_resort_host(struct rebalance *r, uint32_t h)
{
    uint32_t cls = r->c->host[h].cls;

    if (r->n <= REBALANCE_FEW)
        hosts_resort(r, r->order, r->n, h);
    if (cls != NONE)
        hosts_resort(r, r->by_cls + r->cls_at[cls],
                     r->cls_at[cls + 1] - r->cls_at[cls], h);
}
