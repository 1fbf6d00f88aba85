/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Answers how many hops are between two hosts, and at which rate a move goes.
 */
#include "scheduler/scheduler_impl.h"

#include <math.h>
#include <stdlib.h>

/* Two different hosts, one of each class; false: there are none. */
static bool class_hosts(const struct plan_cluster *c, uint32_t a, uint32_t b,
                        uint32_t *x, uint32_t *y)
{
    *x = c->rep[a][0];
    *y = a == b ? c->rep[b][1] : c->rep[b][0];
    return *x != *y;
}

const uint16_t *route_row(struct plan_cluster *c, uint32_t cls)
{
    uint16_t *row = c->row[cls];

    if (row)
        return row;
    row = calloc(c->ncls + 1, sizeof *row);
    if (!row)
        return NULL;
    for (uint32_t i = 0; i < c->ncls; i++) {
        uint32_t x, y;
        int hops;

        if (!class_hosts(c, cls, i, &x, &y))
            continue;
        hops = topo_hops(c->dist, c->host[x].node, c->host[y].node);
        row[i] = (uint16_t)(hops > 0 && hops < UINT16_MAX ? hops : 0);
    }
    return c->row[cls] = row;
}

static struct lane lane_alone(struct plan_cluster *c, uint32_t x, uint32_t y)
{
    struct topo_share *s;
    struct topo_pair pair;
    struct lane l = { .rate = 0 };
    double rate = INFINITY;
    int n = topo_shares(c->dist, c->host[x].node, c->host[y].node, &s);

    if (n <= 0)
        return l;
    for (int i = 0; i < n; i++) {
        const struct topo_bundle *b = topo_bundle(c->dist, s[i].arc / 2);

        if (c->avail[s[i].arc / 2] < 0)
            continue;
        rate = fmin(rate, c->avail[s[i].arc / 2] / s[i].part);
        l.busy = fmaxf(l.busy, (float)(b->load_mbps / (double)b->mbps));
    }
    free(s);
    pair = topo_pair_quick(c->dist, c->host[x].node, c->host[y].node);
    if (pair.flow_mbps != TOPO_UNKNOWN)
        rate = fmin(rate, (double)pair.flow_mbps);
    if (isinf(rate))
        rate = c->set.default_mbps;
    if (c->set.stream_mbps > 0)
        rate = fmin(rate, c->set.stream_mbps);
    l.rate = (float)rate;
    return l;
}

struct lane route_lane(struct plan_cluster *c, uint32_t a, uint32_t b)
{
    struct lane *lane = c->lane[a];
    uint32_t x, y;

    if (!lane) {
        lane = malloc((c->ncls + 1) * sizeof *lane);
        if (!lane)
            return (struct lane){ 0, 0 };
        for (uint32_t i = 0; i < c->ncls; i++)
            lane[i] = (struct lane){ -1, 0 };
        c->lane[a] = lane;
    }
    if (lane[b].rate < 0)
        lane[b] = class_hosts(c, a, b, &x, &y) ? lane_alone(c, x, y)
                                               : (struct lane){ 0, 0 };
    return lane[b];
}

int plan_hops(struct plan_cluster *c, uint32_t a, uint32_t b)
{
    const struct host *x = &c->host[a], *y = &c->host[b];
    const uint16_t *row;

    if (a == b)
        return 0;
    if (x->cls == NONE || y->cls == NONE)
        return -1;
    row = route_row(c, x->cls);
    return row && row[y->cls] ? row[y->cls] : -1;
}

double plan_rate(struct plan_cluster *c, uint32_t a, uint32_t b)
{
    if (plan_hops(c, a, b) <= 0)
        return 0;
    return (double)route_lane(c, c->host[a].cls, c->host[b].cls).rate;
}
