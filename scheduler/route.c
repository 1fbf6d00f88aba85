/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Answers how many hops are between two hosts, and at which rate a move goes.
 *
 * A path that the map does not show is no proof that there is none: such hosts
 * count as far apart, and the ports of both limit the rate. With the setting
 * require_path they have no path.
 */
#include "scheduler/scheduler_impl.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

/* On a slower path one connection is enough, and several would only take more
 * from others. */
static const int64_t lanes_mbps = 200;

/* --- which way ----------------------------------------------------------- */

bool plan_path_known(const struct plan_cluster *c, uint32_t a, uint32_t b)
{
    const struct host *x = &c->host[a], *y = &c->host[b];

    return a == b || (x->node != NONE && y->node != NONE &&
                      topo_hops(c->dist, x->node, y->node) > 0);
}

uint32_t plan_arcs(const struct plan_cluster *c)
{
    return 2 * (c->nbundle + c->nhost);
}

double plan_arc_mbps(const struct plan_cluster *c, uint32_t arc)
{
    return c->avail[arc / 2];
}

void plan_arc_ends(const struct plan_cluster *c, uint32_t arc,
                   const char **from_r, const char **to_r)
{
    const char *a, *b = NULL;

    if (arc / 2 >= c->nbundle) {
        a = plan_host_name(c, arc / 2 - c->nbundle);
    } else {
        const struct topo_bundle *cables = topo_bundle(c->dist, arc / 2);

        a = topo_node(c->map, cables->a)->name;
        b = topo_node(c->map, cables->b)->name;
    }
    *from_r = arc % 2 ? b : a;
    *to_r = arc % 2 ? a : b;
}

/* The arcs by which a host sends or receives when no more is known of the way:
 * its cables, evenly, or its ports. Their number. */
static uint32_t host_arcs(const struct plan_cluster *c, uint32_t host,
                          bool sends, struct plan_share *s)
{
    uint32_t node = c->host[host].node, n = 0, cables = 0;

    for (uint32_t i = 0; node != NONE && i < c->nbundle; i++) {
        const struct topo_bundle *b = topo_bundle(c->dist, i);

        if (b->a != node && b->b != node)
            continue;
        if (s)
            s[n] = (struct plan_share){ 2 * i + ((b->a == node) != sends),
                                        b->cables };
        cables += b->cables;
        n++;
    }
    for (uint32_t i = 0; s && i < n; i++)
        s[i].part /= cables;
    if (s && !n)
        *s = (struct plan_share){ 2 * (c->nbundle + host) + !sends, 1 };
    return n ? n : 1;
}

static int shares_assumed(const struct plan_cluster *c, uint32_t a, uint32_t b,
                          struct plan_share **r)
{
    uint32_t n = host_arcs(c, a, true, NULL), m = host_arcs(c, b, false, NULL);

    *r = calloc((size_t)n + m, sizeof **r);
    if (!*r)
        return -ENOMEM;
    host_arcs(c, a, true, *r);
    host_arcs(c, b, false, *r + n);
    return (int)(n + m);
}

int plan_shares(struct plan_cluster *c, uint32_t a, uint32_t b,
                struct plan_share **r)
{
    struct topo_share *s;
    int n;

    *r = NULL;
    if (!plan_path_known(c, a, b))
        return c->far ? shares_assumed(c, a, b, r) : 0;
    if (a == b)
        return 0;
    n = topo_shares(c->dist, c->host[a].node, c->host[b].node, &s);
    if (n < 0)
        return n;
    *r = calloc((size_t)n + 1, sizeof **r);
    for (int i = 0; *r && i < n; i++)
        (*r)[i] = (struct plan_share){ s[i].arc, s[i].part };
    free(s);
    return *r ? n : -ENOMEM;
}

/* --- by classes ---------------------------------------------------------- */

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
        hops = plan_path_known(c, x, y)
                   ? topo_hops(c->dist, c->host[x].node, c->host[y].node)
                   : c->far;
        row[i] = (uint16_t)(hops > 0 && hops < UINT16_MAX ? hops : 0);
    }
    return c->row[cls] = row;
}

/* The rate of one flow; INFINITY: it is not known. */
static double lane_flow(const struct plan_cluster *c, uint32_t x, uint32_t y)
{
    const struct host *a = &c->host[x], *b = &c->host[y];
    int64_t flow;

    if (!plan_path_known(c, x, y))
        return fmin(a->nic > 0 ? a->nic : INFINITY,
                    b->nic > 0 ? b->nic : INFINITY);
    flow = topo_pair_quick(c->dist, a->node, b->node).flow_mbps;
    return flow == TOPO_UNKNOWN ? INFINITY : (double)flow;
}

static struct lane lane_alone(struct plan_cluster *c, uint32_t x, uint32_t y)
{
    struct plan_share *s;
    struct lane l = { .rate = 0 };
    double rate = lane_flow(c, x, y);
    int n = plan_shares(c, x, y, &s);

    if (n <= 0)
        return l;
    for (int i = 0; i < n; i++) {
        uint32_t at = s[i].arc / 2;
        const struct topo_bundle *b;

        if (c->avail[at] < 0)
            continue;
        rate = fmin(rate, c->avail[at] / s[i].part);
        if (at >= c->nbundle)
            continue;
        b = topo_bundle(c->dist, at);
        l.busy = fmaxf(l.busy, (float)(b->load_mbps / (double)b->mbps));
    }
    free(s);
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

unsigned plan_lanes(struct plan_cluster *c, uint32_t a, uint32_t b)
{
    const struct host *x = &c->host[a], *y = &c->host[b];
    int64_t flow;
    int n;

    if (a == b || !plan_path_known(c, a, b))
        return 0;
    flow = topo_pair_quick(c->dist, x->node, y->node).flow_mbps;
    if (flow != TOPO_UNKNOWN && flow < lanes_mbps)
        return 1;
    n = topo_disjoint_paths(c->dist, x->node, y->node);
    return n > 0 ? (unsigned)n : 0;
}

double plan_rate(struct plan_cluster *c, uint32_t a, uint32_t b)
{
    if (plan_hops(c, a, b) <= 0)
        return 0;
    return (double)route_lane(c, c->host[a].cls, c->host[b].cls).rate;
}
