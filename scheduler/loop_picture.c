/* SPDX-License-Identifier: LGPL-2.1-only */
/* The picture of one look: hosts as they are, and as planned moves leave them. */
#include "scheduler/loop_impl.h"

#include <math.h>
#include <stdlib.h>

double loop_power_w(const struct loop_host *h, double share)
{
    double at = fmin(fmax(share, 0), 1) * (LOOP_WATTS - 1);
    int i = (int)fmin(at, LOOP_WATTS - 2);

    return h->power_w[i] + (h->power_w[i + 1] - h->power_w[i]) * (at - i);
}

double picture_demand(const struct loops *l, uint32_t g, uint32_t h)
{
    double core = l->host[h].core > 0 ? l->host[h].core : l->host[h].cpu;

    return fmin(l->look->demand[g], core);
}

static void picture_count(struct loops *l, uint32_t g, uint32_t h, int sign)
{
    struct loop_sums *s = &l->sum[h];
    double slope = l->slope[g];

    s->now += sign * picture_demand(l, g, h);
    s->mean += sign * l->past[g].mean;
    s->factor += sign * slope;
    day_count(l, &s->usual, g, sign);
    s->own_var += sign * (l->past[g].var - slope * slope * l->all.var);
    s->free_mib -= sign * l->guest[g].memory_mib;
    s->guests += (uint32_t)sign;
}

void picture_take(struct loops *l, const struct loop_look *look)
{
    l->look = look;
    l->ons = 0;
    for (uint32_t h = 0; h < l->hosts; h++) {
        l->sum[h] =
            (struct loop_sums){ .free_mib = l->host[h].memory_mib,
                                .on = look->on[h],
                                .closed = look->closed && look->closed[h] };
        l->head[h] = LOOP_NONE;
        if (look->on[h])
            l->on[l->ons++] = h;
    }
    for (uint32_t g = l->guests; g-- > 0;) {
        l->at[g] = look->host[g];
        l->next[g] = l->head[l->at[g]];
        l->head[l->at[g]] = g;
    }
    for (uint32_t g = 0; g < l->guests; g++) {
        picture_count(l, g, l->at[g], 1);
        if (look->moving[g]) /* both hosts have its memory */
            l->sum[look->from[g]].free_mib -= l->guest[g].memory_mib;
    }
}

/* One more host that it leaves, and it could return too early to the first of
 * them, for no more are remembered. */
static bool picture_left_many(const struct loops *l, uint32_t g)
{
    for (int i = 0; i < LOOP_LEFT; i++)
        if (!(l->look->now_s - l->left_s[g][i] < l->p.return_s))
            return false;
    return true;
}

bool picture_movable(const struct loops *l, uint32_t g)
{
    return !l->look->moving[g] && l->at[g] == l->look->host[g] &&
           !l->sum[l->at[g]].leaving &&
           l->look->now_s - l->moved_s[g] >= l->p.cooldown_s &&
           !picture_left_many(l, g);
}

static bool picture_back(const struct loops *l, uint32_t g, uint32_t h)
{
    for (int i = 0; i < LOOP_LEFT; i++)
        if (l->left[g][i] == h &&
            l->look->now_s - l->left_s[g][i] < l->p.return_s)
            return true;
    return false;
}

bool picture_fits(const struct loops *l, uint32_t g, uint32_t h)
{
    const struct loop_sums *s = &l->sum[h];

    if (h == l->at[g] || s->closed || s->loses)
        return false;
    if (l->p.memory > 0 && s->free_mib < l->guest[g].memory_mib)
        return false;
    if (s->now + picture_demand(l, g, h) > l->host[h].cpu * l->p.fill)
        return false;
    if (picture_back(l, g, h))
        return false;
    return !l->look->may || l->look->may(l->look->arg, g, h);
}

void picture_move(struct loops *l, uint32_t g, uint32_t to)
{
    picture_count(l, g, l->at[g], -1);
    picture_count(l, g, to, 1);
    l->at[g] = to;
}

double picture_watts(const struct loops *l, uint32_t h)
{
    return loop_power_w(&l->host[h], l->sum[h].now / l->host[h].cpu);
}

static int picture_by_key(const void *pa, const void *pb, void *arg)
{
    const double *key = arg;
    uint32_t a = *(const uint32_t *)pa, b = *(const uint32_t *)pb;

    if (key[a] < key[b] || key[a] > key[b])
        return key[a] < key[b] ? -1 : 1;
    return a < b ? -1 : a > b;
}

void picture_sort(struct loops *l, uint32_t n)
{
    qsort_r(l->order, n, sizeof *l->order, picture_by_key, l->key);
}
