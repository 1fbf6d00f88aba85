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

    for (uint32_t i = 0; i < c->nbundle; i++) {
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

/* The key of a class: the set of attachments, or none; the host itself if it
 * is cabled to another host directly; its ports' rate; what is left of each
 * busy link. */
enum { CLASS_KEY = 3 };

static uint32_t route_class_id(struct plan_cluster *c, uint32_t host,
                               const struct busy *busy, uint32_t n,
                               double *key)
{
    const struct host *h = &c->host[host];
    bool on_map = h->node != NONE;
    uint32_t len = 0;

    key[len++] = on_map ? topo_set_of(c->dist, h->node) : -1.0;
    key[len++] = on_map && topo_is_direct(c->dist, h->node) ? host : -1.0;
    key[len++] = h->nic;
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
    double *key = calloc(CLASS_KEY + 2 * (size_t)n, sizeof *key);

    if (!key)
        rc = -ENOMEM;
    for (uint32_t i = 0; i < c->nhost && !rc; i++, at = end) {
        struct host *h = &c->host[i];

        for (end = at; end < n && busy[end].host == i;)
            end++;
        if (h->node == NONE && c->set.require_path)
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

/* --- the rows of hops ---------------------------------------------------- */

enum { ROWS_AT_ONCE = 2048, ROWS_SAMPLED = 64 };

/* The longest path that the map shows between two hosts; *hole_r: there are
 * hosts without one. Of very many classes some are asked. */
static int route_longest(struct plan_cluster *c, int *most_r, bool *hole_r)
{
    uint32_t step = c->ncls > ROWS_AT_ONCE ? c->ncls / ROWS_SAMPLED : 1;

    *most_r = 0;
    *hole_r = false;
    for (uint32_t i = 0; i < c->ncls; i += step) {
        const uint16_t *row = route_row(c, i);

        if (!row)
            return -ENOMEM;
        for (uint32_t k = 0; k < c->ncls; k++) {
            *most_r = row[k] > *most_r ? row[k] : *most_r;
            *hole_r |= !row[k] && (i != k || c->rep[i][0] != c->rep[i][1]);
        }
    }
    return 0;
}

/* Are the hosts that know a path to one another islands? Then a detour over a
 * third host leads to no host that no path leads to. */
static bool route_islands(const struct plan_cluster *c)
{
    for (uint32_t i = 0; i < c->ncls; i++) {
        uint32_t first = i;

        for (uint32_t k = 0; k < i && first == i; k++)
            if (c->row[i][k] && c->row[i][k] != c->far)
                first = k;
        for (uint32_t k = 0; first != i && k < c->ncls; k++)
            if (k != i && k != first &&
                (c->row[i][k] == c->far) != (c->row[first][k] == c->far))
                return false;
    }
    return true;
}

/* Hosts without a known path become far apart. */
static int route_fill_holes(struct plan_cluster *c, int longest)
{
    c->far = (uint16_t)((longest > 2 ? longest : 2) + PLAN_FAR_HOPS);
    for (uint32_t i = 0; i < c->ncls; i++) {
        free(c->row[i]);
        c->row[i] = NULL;
        if (c->ncls <= ROWS_AT_ONCE && !route_row(c, i))
            return -ENOMEM;
    }
    if (!longest)
        c->min_hops = c->far;
    c->metric &= c->ncls <= ROWS_AT_ONCE && route_islands(c);
    return 0;
}

/* A few hundred rows are cheap now, and dear in the middle of a plan. */
static int route_fill_rows(struct plan_cluster *c)
{
    int longest, rc;
    bool hole;

    rc = route_longest(c, &longest, &hole);
    for (uint32_t h = 0; h < c->nhost; h++)
        hole |= c->host[h].cls == NONE;
    c->hole = hole;
    return rc || !hole || c->set.require_path ? rc
                                              : route_fill_holes(c, longest);
}

/* --- the index ----------------------------------------------------------- */

/* What the map says of a host's ports comes before what the host says. */
static void route_find_nics(struct plan_cluster *c)
{
    double *best = c->avail + c->nbundle;

    for (uint32_t i = 0; i < c->nbundle; i++) {
        const struct topo_bundle *b = topo_bundle(c->dist, i);
        uint32_t end[2] = { b->a, b->b };

        for (int k = 0; k < 2; k++) {
            uint32_t h = c->node_host[end[k]];

            if (h != NONE)
                best[h] = fmax(best[h], (double)b->best_mbps);
        }
    }
    for (uint32_t h = 0; h < c->nhost; h++) {
        if (best[h] > 0)
            c->host[h].nic = best[h];
        best[h] = c->host[h].nic > 0 ? c->host[h].nic : -1;
    }
}

static void route_find_nodes(struct plan_cluster *c)
{
    for (uint32_t i = 0; c->map && i < c->nhost; i++) {
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
}

int route_index(struct plan_cluster *c)
{
    size_t nodes = c->map ? topo_nodes(c->map) : 0;
    int rc;

    c->dist = c->map ? topo_dist_new(c->map) : NULL;
    if (c->map && !c->dist)
        return -ENOMEM;
    c->nbundle = c->dist ? (uint32_t)topo_bundles(c->dist) : 0;
    c->row = calloc(c->nhost + 1, sizeof *c->row);
    c->lane = calloc(c->nhost + 1, sizeof *c->lane);
    c->rep = calloc(c->nhost + 1, sizeof *c->rep);
    c->node_host = malloc((nodes + 1) * sizeof *c->node_host);
    c->avail = calloc((size_t)c->nbundle + c->nhost + 1, sizeof *c->avail);
    if (!c->row || !c->lane || !c->rep || !c->node_host || !c->avail)
        return -ENOMEM;
    memset(c->node_host, 0xff, (nodes + 1) * sizeof *c->node_host);
    c->metric = true;
    c->min_hops = 2;
    for (uint32_t i = 0; i < c->nbundle; i++)
        c->avail[i] = bundle_available(topo_bundle(c->dist, i));
    route_find_nodes(c);
    route_find_nics(c);
    rc = route_build_classes(c);
    return rc ? rc : route_fill_rows(c);
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
