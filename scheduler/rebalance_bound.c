/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Proves how cheap a rebalance can be at best, to get as level as a plan does.
 */
#include "scheduler/rebalance_impl.h"

#include <math.h>
#include <stdlib.h>

/*
 * At least so many MiB have to leave the fullest hosts before the deviation is
 * s, however they are moved. For any set of hosts, with their capacities as
 * weights: what they hold now, less the most that they can hold at a deviation
 * of s, must have left. That most is their share of all memory, and what the
 * deviation allows along the direction of this set (Cauchy-Schwarz). The sets
 * that are tried are the hosts above each level of use.
 */
static double rebalance_mib_bound(const struct rebalance *r, double s)
{
    double all = 0, total = 0, cc = 0, best = 0;
    double cap = 0, held = 0, own2 = 0, n = r->n;

    for (uint32_t i = 0; i < r->n; i++) {
        double k = (double)r->c->host[r->host[i]].cap;

        all += k;
        cc += k * k;
        total += (double)r->c->used[r->host[i]];
    }
    for (uint32_t i = 0; i < r->n; i++) {
        uint32_t h = r->order[i];
        double k = (double)r->c->host[h].cap, f, norm2, sum;

        cap += k;
        held += (double)r->c->used[h];
        own2 += k * k;
        /* direction: k on the set, less f times k everywhere */
        f = all > 0 ? cap / all : 0;
        sum = cap - f * all;
        norm2 = own2 * (1 - 2 * f) + f * f * cc - sum * sum / n;
        best = fmax(best, held - f * total - sqrt(fmax(0, norm2) * n) * s);
    }
    return best;
}

static int host_by_use(const void *pa, const void *pb, void *arg)
{
    const struct plan_cluster *c = arg;
    uint32_t a = *(const uint32_t *)pa, b = *(const uint32_t *)pb;
    double x = (double)c->used[a] / fmax(1, (double)c->host[a].cap);
    double y = (double)c->used[b] / fmax(1, (double)c->host[b].cap);

    if (x != y)
        return x > y ? -1 : 1;
    return a < b ? -1 : a > b;
}

double rebalance_cost_bound(struct rebalance *r, double s)
{
    double mib, largest = 1;

    qsort_r(r->order, r->n, sizeof *r->order, host_by_use, r->c);
    mib = rebalance_mib_bound(r, s);
    for (uint32_t i = 0; i < r->c->ndom; i++)
        largest = fmax(largest, (double)r->c->dom[i].mem);
    return r->c->set.alpha * mib / 1024 +
           r->c->set.beta * r->c->min_hops * ceil(mib / largest - 1e-9);
}
