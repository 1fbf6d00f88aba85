/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Groups hosts into route classes, so that distances are kept by class.
 *
 * Hosts of a class have the same attachments, equally busy: ten thousand hosts
 * are a few hundred classes.
 */
#include "scheduler/scheduler_impl.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The load of a link is known only roughly, so what is left of a busy link is
 * rounded down to this part of it; that also keeps the classes few. */
#define LOAD_STEPS 128

static double bundle_available(const struct topo_bundle *b)
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

/* --- classes ------------------------------------------------------------- */

struct busy { /* a link of a host with load on it */
    uint32_t host, other;
    double avail;
};

static int busy_by_host(const void *pa, const void *pb)
{
    const struct busy *a = pa, *b = pb;

    if (a->host != b->host)
        return a->host < b->host ? -1 : 1;
    return a->other < b->other ? -1 : a->other > b->other;
}

static int busy_find(struct plan_cluster *c, struct busy **busy_r,
                     uint32_t *n_r)
{
    struct busy *busy = NULL;
    uint32_t n = 0;
    size_t room = 0;

    for (uint32_t i = 0; i < topo_bundles(c->dist); i++) {
        const struct topo_bundle *b = topo_bundle(c->dist, i);
        uint32_t end[2] = { b->a, b->b };

        for (int k = 0; b->load_mbps > 0 && k < 2; k++) {
            if (c->node_host[end[k]] == NONE)
                continue;
            if (array_grow(&busy, &room, n + 1u, sizeof *busy)) {
                free(busy);
                return -ENOMEM;
            }
            busy[n++] = (struct busy){ .host = c->node_host[end[k]],
                                       .other = end[1 - k],
                                       .avail = c->avail[i] };
        }
    }
    if (n)
        qsort(busy, n, sizeof *busy, busy_by_host);
    *busy_r = busy;
    *n_r = n;
    return 0;
}

/* The key of a class: the set of attachments; the host itself if it is cabled
 * to another host directly; what is left of each busy link. */
static uint32_t route_class_id(struct plan_cluster *c, uint32_t host,
                               const struct busy *busy, uint32_t n,
                               double *key)
{
    uint32_t len = 0;

    key[len++] = topo_set_of(c->dist, c->host[host].node);
    key[len++] = topo_is_direct(c->dist, c->host[host].node) ? host : -1.0;
    for (uint32_t i = 0; busy && i < n; i++) {
        key[len++] = busy[i].other;
        key[len++] = busy[i].avail;
    }
    return intern_key(&c->cls_key, key, len * sizeof *key);
}

static int route_build_classes(struct plan_cluster *c)
{
    struct busy *busy = NULL;
    uint32_t n = 0, at = 0, end;
    int rc = busy_find(c, &busy, &n);
    double *key = calloc(2 + 2 * (size_t)n, sizeof *key);

    if (!key)
        rc = -ENOMEM;
    for (uint32_t i = 0; i < c->nhost && !rc; i++, at = end) {
        struct host *h = &c->host[i];

        for (end = at; end < n && busy[end].host == i;)
            end++;
        if (h->node == NONE)
            continue;
        h->cls =
            route_class_id(c, i, end > at ? &busy[at] : NULL, end - at, key);
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

/* --- the index ----------------------------------------------------------- */

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
        c->avail[i] = bundle_available(topo_bundle(c->dist, i));
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
    rc = route_build_classes(c);
    /* a few hundred rows are cheap now, and dear in the middle of a plan */
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
