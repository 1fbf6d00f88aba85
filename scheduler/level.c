/* SPDX-License-Identifier: LGPL-2.1-only */
/* Computes what hosts show alike, and what has to be hidden from guests. */
#include "scheduler/level.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "scheduler/scheduler_impl.h"

/* --- sets ---------------------------------------------------------------- */

static void features_join(struct plan_features *a,
                          const struct plan_features *b)
{
    if (a->n < b->n)
        a->n = b->n;
    for (uint32_t i = 0; i < b->n; i++)
        a->word[i] |= b->word[i];
}

void plan_level_of(const struct plan_level_sets *host, uint32_t n,
                   struct plan_level *l)
{
    struct plan_features all, carried;

    *l = (struct plan_level){ .common = { .n = 0 } };
    if (!n)
        return;
    l->common = l->any = host[0].shown;
    carried = host[0].carried;
    for (uint32_t i = 1; i < n; i++) {
        all = l->common;
        plan_features_common(&all, &host[i].shown, &l->common);
        all = carried;
        plan_features_common(&all, &host[i].carried, &carried);
        features_join(&l->any, &host[i].shown);
    }
    all = l->common;
    features_join(&all, &carried);
    plan_features_missing(&l->any, &all, &l->hidden);
}

uint64_t plan_features_xcr0(const struct plan_features *f)
{
    enum { X87_SSE = 3, YMM = 4, BOUNDS = 0x18, ZMM = 0xe0, PKRU = 0x200 };
    static const struct {
        unsigned bit;
        uint64_t registers;
    } rows[] = {
        { 1 * 32 + 28, YMM },    /* avx */
        { 5 * 32 + 14, BOUNDS }, /* mpx */
        { 5 * 32 + 16, ZMM },    /* avx512f */
        { 6 * 32 + 3, PKRU },    /* pku */
    };
    uint64_t xcr0 = X87_SSE;

    if (!plan_features_has(f, 1 * 32 + 26)) /* xsave */
        return 0;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (plan_features_has(f, rows[i].bit))
            xcr0 |= rows[i].registers;
    return xcr0;
}

/* --- what the cluster tells ---------------------------------------------- */

static const struct plan_features *features_of(const struct plan_cluster *c,
                                               uint32_t id)
{
    return id == NONE ? NULL : &c->features[id];
}

const struct plan_features *plan_host_shown(const struct plan_cluster *c,
                                            uint32_t host,
                                            enum plan_level_type type)
{
    const struct host *h = &c->host[host];

    return features_of(c, type == PLAN_LEVEL_PV ? h->dfl_pv : h->dfl_hvm);
}

const struct plan_features *plan_host_carried(const struct plan_cluster *c,
                                              uint32_t host,
                                              enum plan_level_type type)
{
    const struct host_sig *s = &c->host[host].offer;

    return features_of(c, type == PLAN_LEVEL_PV ? s->max_pv : s->max_hvm);
}

const char *plan_host_vendor(const struct plan_cluster *c, uint32_t host)
{
    return intern_get(&c->word, c->host[host].offer.vendor);
}

const struct plan_features *plan_domain_features(const struct plan_cluster *c,
                                                 uint32_t dom)
{
    return features_of(c, c->dom[dom].policy);
}

enum plan_level_type plan_domain_level_type(const struct plan_cluster *c,
                                            uint32_t dom)
{
    return c->dom[dom].type == PLAN_PV ? PLAN_LEVEL_PV : PLAN_LEVEL_HVM;
}

/* --- pools --------------------------------------------------------------- */

static struct plan_level_pool *pool_of(struct plan_level_pool *pool, int *n,
                                       const struct plan_cluster *c,
                                       uint32_t host, uint32_t room)
{
    const char *vendor = plan_host_vendor(c, host);
    struct plan_level_pool *p;

    /* one word of the cluster has one address */
    for (int i = 0; i < *n; i++)
        if (pool[i].vendor == vendor)
            return &pool[i];
    p = &pool[(*n)++];
    p->vendor = vendor;
    p->host = calloc(room, sizeof *p->host);
    p->sets = calloc(room, sizeof *p->sets);
    return p;
}

/* A host that does not tell what it could carry carries what it shows. */
static void pool_add(struct plan_level_pool *p, const struct plan_cluster *c,
                     uint32_t host)
{
    const struct plan_features *shown = plan_host_shown(c, host, p->type);
    const struct plan_features *carried = plan_host_carried(c, host, p->type);
    struct plan_level_sets *s = &p->sets[p->n];

    plan_features_code(shown, &s->shown);
    plan_features_code(carried ? carried : shown, &s->carried);
    p->host[p->n++] = host;
}

static int pool_by_size(const void *pa, const void *pb)
{
    const struct plan_level_pool *a = pa, *b = pb;

    if (a->n != b->n)
        return a->n > b->n ? -1 : 1;
    return a->host[0] < b->host[0] ? -1 : 1;
}

/* Vendors are few, but nobody promises it: a pool for each host is room
 * enough. */
int plan_level_pools(const struct plan_cluster *c, const uint32_t *host,
                     uint32_t n, enum plan_level_type type,
                     struct plan_level_pool **pool_r)
{
    struct plan_level_pool *pool = calloc((size_t)n + 1, sizeof *pool), *p;
    int pools = 0;

    *pool_r = pool;
    for (uint32_t i = 0; pool && i < n; i++) {
        if (!plan_host_shown(c, host[i], type))
            continue;
        p = pool_of(pool, &pools, c, host[i], n);
        p->type = type;
        if (!p->host || !p->sets) {
            plan_level_free(pool, pools);
            pool = NULL;
            break;
        }
        pool_add(p, c, host[i]);
    }
    if (!pool) {
        *pool_r = NULL;
        return -ENOMEM;
    }
    for (int i = 0; i < pools; i++)
        plan_level_of(pool[i].sets, pool[i].n, &pool[i].level);
    if (pools)
        qsort(pool, (size_t)pools, sizeof *pool, pool_by_size);
    return pools;
}

void plan_level_free(struct plan_level_pool *pool, int n)
{
    for (int i = 0; pool && i < n; i++) {
        free(pool[i].host);
        free(pool[i].sets);
    }
    free(pool);
}
