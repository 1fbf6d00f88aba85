/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The rack map as planners need it: hosts in classes, and between two classes
 * the hops and the rate of a lone move. Hosts of a class have the same
 * attachments, equally busy: ten thousand hosts are a few hundred classes.
 */
#include "scheduler/scheduler_impl.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What a link carries is known roughly: what is left of a busy one is rounded
 * down to this part of it, which also keeps the classes few. */
#define LOAD_STEPS 128

static double available(const struct topo_bundle *b)
{
    double cap = (double)b->mbps;

    if (b->mbps == TOPO_UNKNOWN)
        return -1;
    if (b->load_mbps <= 0)
        return cap;
    if (b->load_mbps >= cap)
        return 0;
    return floor((cap - b->load_mbps) / cap * LOAD_STEPS) / LOAD_STEPS * cap;
}

/* --- classes ------------------------------------------------------------------ */

struct busy { /* a link of a host with load on it */
    uint32_t host, other;
    double avail;
};

static int by_host(const void *pa, const void *pb)
{
    const struct busy *a = pa, *b = pb;

    if (a->host != b->host)
        return a->host < b->host ? -1 : 1;
    return a->other < b->other ? -1 : a->other > b->other;
}

static int find_busy(struct plan_cluster *c, struct busy **busy_r,
                     uint32_t *n_r)
{
    struct busy *busy = NULL;
    uint32_t n = 0, cap = 0;

    for (uint32_t i = 0; i < topo_bundles(c->dist); i++) {
        const struct topo_bundle *b = topo_bundle(c->dist, i);
        uint32_t end[2] = { b->a, b->b };

        for (int k = 0; b->load_mbps > 0 && k < 2; k++) {
            if (c->node_host[end[k]] == NONE)
                continue;
            if (grow(&busy, n, &cap, sizeof *busy)) {
                free(busy);
                return -ENOMEM;
            }
            busy[n++] = (struct busy){ .host = c->node_host[end[k]],
                                       .other = end[1 - k],
                                       .avail = c->avail[i] };
        }
    }
    if (n)
        qsort(busy, n, sizeof *busy, by_host);
    *busy_r = busy;
    *n_r = n;
    return 0;
}

/* The key of a class: attachment set; the host itself if it has a cable of its
 * own to another; what is left of each busy link. */
static uint32_t class_id(struct plan_cluster *c, uint32_t host,
                         const struct busy *busy, uint32_t n, double *key)
{
    uint32_t len = 0;

    key[len++] = topo_set_of(c->dist, c->host[host].node);
    key[len++] = topo_is_direct(c->dist, c->host[host].node) ? host : -1.0;
    for (uint32_t i = 0; busy && i < n; i++) {
        key[len++] = busy[i].other;
        key[len++] = busy[i].avail;
    }
    return intern(&c->cls_key, key, len * sizeof *key);
}

static int build_classes(struct plan_cluster *c)
{
    struct busy *busy = NULL;
    uint32_t n = 0, at = 0, end;
    int rc = find_busy(c, &busy, &n);
    double *key = calloc(2 + 2 * (size_t)n, sizeof *key);

    if (!key)
        rc = -ENOMEM;
    for (uint32_t i = 0; i < c->nhost && !rc; i++, at = end) {
        struct host *h = &c->host[i];

        for (end = at; end < n && busy[end].host == i;)
            end++;
        if (h->node == NONE)
            continue;
        h->cls = class_id(c, i, end > at ? &busy[at] : NULL, end - at, key);
        if (h->cls == NONE) {
            rc = -ENOMEM;
        } else if (h->cls == c->ncls) {
            c->rep[h->cls][0] = c->rep[h->cls][1] = i;
            c->ncls++;
        } else if (c->rep[h->cls][1] == c->rep[h->cls][0]) {
            c->rep[h->cls][1] = i;
        }
    }
    free(key);
    free(busy);
    return rc;
}

int route_index(struct plan_cluster *c)
{
    size_t nodes = c->map ? topo_nodes(c->map) : 0;
    int rc;

    c->row = calloc(c->nhost + 1, sizeof *c->row);
    c->lane = calloc(c->nhost + 1, sizeof *c->lane);
    c->rep = calloc(c->nhost + 1, sizeof *c->rep);
    c->node_host = malloc((nodes + 1) * sizeof *c->node_host);
    if (!c->row || !c->lane || !c->rep || !c->node_host)
        return -ENOMEM;
    memset(c->node_host, 0xff, (nodes + 1) * sizeof *c->node_host);
    c->metric = true;
    c->min_hops = 2;
    if (!c->map)
        return 0;
    c->dist = topo_dist_new(c->map);
    if (!c->dist)
        return -ENOMEM;
    c->avail = calloc(topo_bundles(c->dist) + 1, sizeof *c->avail);
    if (!c->avail)
        return -ENOMEM;
    for (uint32_t i = 0; i < topo_bundles(c->dist); i++)
        c->avail[i] = available(topo_bundle(c->dist, i));
    for (uint32_t i = 0; i < c->nhost; i++) {
        int node = topo_find(c->map, plan_host_name(c, i));

        if (node < 0 || topo_set_of(c->dist, (uint32_t)node) < 0)
            continue;
        c->host[i].node = (uint32_t)node;
        c->node_host[node] = i;
        if (topo_is_direct(c->dist, (uint32_t)node)) {
            c->metric = false;
            c->min_hops = 1;
        }
    }
    rc = build_classes(c);
    /* a few hundred are cheap now and dear in the middle of a plan */
    for (uint32_t i = 0; !rc && i < c->ncls && c->ncls <= 2048; i++)
        if (!route_row(c, i))
            rc = -ENOMEM;
    return rc;
}

void route_dispose(struct plan_cluster *c)
{
    for (uint32_t i = 0; i < c->ncls; i++) {
        free(c->row[i]);
        free(c->lane[i]);
    }
    free(c->row);
    free(c->lane);
    free(c->rep);
    free(c->node_host);
    free(c->avail);
    topo_dist_free(c->dist);
}

/* --- distances and rates ---------------------------------------------------------- */

/* Two different hosts of these classes; false: there are none. */
static bool representatives(const struct plan_cluster *c, uint32_t a,
                            uint32_t b, uint32_t *x, uint32_t *y)
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

        if (!representatives(c, cls, i, &x, &y))
            continue;
        hops = topo_hops(c->dist, c->host[x].node, c->host[y].node);
        row[i] = (uint16_t)(hops > 0 && hops < UINT16_MAX ? hops : 0);
    }
    return c->row[cls] = row;
}

static struct lane alone(struct plan_cluster *c, uint32_t x, uint32_t y)
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
        lane[b] = representatives(c, a, b, &x, &y) ? alone(c, x, y)
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
