/* SPDX-License-Identifier: LGPL-2.1-only */
/* Sets up the state in which a roll is planned, and takes it down. */
#include "scheduler/roll_impl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int rack_host_order(const void *pa, const void *pb, void *arg)
{
    const struct plan_cluster *c = arg;
    uint32_t a = *(const uint32_t *)pa, b = *(const uint32_t *)pb;

    if (c->host[a].rack != c->host[b].rack)
        return c->host[a].rack < c->host[b].rack ? -1 : 1;
    return a < b ? -1 : a > b;
}

/* A host without a rack is alone in its own. */
static void roll_index_racks(struct roll *r)
{
    struct plan_cluster *c = r->c;
    uint32_t end;

    for (uint32_t h = 0; h < c->nhost; h++)
        r->rack_host[h] = h;
    if (c->nhost)
        qsort_r(r->rack_host, c->nhost, sizeof *r->rack_host, rack_host_order,
                c);
    for (uint32_t i = 0; i < c->nhost; i = end) {
        uint32_t rack = c->host[r->rack_host[i]].rack;

        for (end = i + 1; rack != NONE && end < c->nhost &&
                          c->host[r->rack_host[end]].rack == rack;)
            end++;
        for (uint32_t k = i; k < end; k++) {
            r->rack_at[r->rack_host[k]] = i;
            r->rack_end[r->rack_host[k]] = end;
        }
    }
}

static int roll_alloc(struct roll *r)
{
    uint32_t n = r->c->nhost + 1, m = r->c->ndom + 1, w = r->c->word.n + 1;

    r->p = calloc(1, sizeof *r->p);
    r->host = calloc(n, sizeof *r->host);
    r->weight = calloc(n, sizeof *r->weight);
    r->rack_host = calloc(n, sizeof *r->rack_host);
    r->rack_at = calloc(n, sizeof *r->rack_at);
    r->rack_end = calloc(n, sizeof *r->rack_end);
    r->wait = calloc(n, sizeof *r->wait);
    r->down = calloc(n, sizeof *r->down);
    r->item_of = malloc(m * sizeof *r->item_of);
    r->shifted = calloc(m, sizeof *r->shifted);
    r->apart_down = calloc(w, sizeof *r->apart_down);
    r->rack_wave = calloc(w, sizeof *r->rack_wave);
    if (!r->p || !r->host || !r->weight || !r->rack_host || !r->rack_at ||
        !r->rack_end || !r->wait || !r->down || !r->item_of || !r->shifted ||
        !r->apart_down || !r->rack_wave)
        return -ENOMEM;
    memset(r->item_of, 0xff, m * sizeof *r->item_of);
    return 0;
}

/* A host in maintenance takes guests when it is done, so what is free on it
 * counts for bounds. */
static void roll_weigh(struct roll *r)
{
    r->room = roll_free(r);
    for (uint32_t h = 0; h < r->c->nhost; h++) {
        struct roll_weight *w = &r->weight[h];
        int64_t free = r->s.free[h] > 0 ? r->s.free[h] : 0;
        int64_t vfree = r->s.vfree[h] > 0 ? r->s.vfree[h] : 0;

        *w = roll_weight(r, h);
        if (r->host[h].phase != ROLL_WAITS || roll_takes(r, h))
            continue;
        w->mib += free;
        w->vcpus += vfree;
        r->room.mib += free;
        r->room.vcpus += vfree;
    }
}

/* Of a guest of which no features are known, none are missed. */
static int roll_find_misses(struct roll *r)
{
    const struct plan_cluster *c = r->c;
    struct plan_features both;

    if (!r->without)
        return 0;
    r->misses = calloc(c->ndom + 1u, sizeof *r->misses);
    if (!r->misses)
        return -ENOMEM;
    for (uint32_t v = 0; v < c->ndom; v++) {
        if (c->dom[v].policy == NONE)
            continue;
        plan_features_common(&c->features[c->dom[v].policy], r->without,
                             &both);
        r->misses[v] = plan_features_count(&both) > 0;
    }
    return 0;
}

int roll_init(struct roll *r)
{
    int rc = roll_alloc(r);

    if (!rc)
        rc = roll_find_misses(r);
    if (!rc)
        rc = state_init(&r->s, r->c);
    if (rc)
        return rc;
    for (uint32_t h = 0; h < r->c->nhost; h++)
        r->host[h] = (struct roll_host){ .xen = r->c->host[h].offer.xen,
                                         .stuck = NONE };
    for (uint32_t i = 0; i < r->rolled_n; i++)
        r->host[r->rolled[i]].phase = ROLL_WAITS;
    roll_index_racks(r);
    rc = gaps_init(r);
    if (rc)
        return rc;
    roll_weigh(r);
    r->late = r->late_dom = NONE;
    return 0;
}

static void moves_free(struct plan_move *m, uint32_t n)
{
    for (uint32_t i = 0; m && i < n; i++)
        free(m[i].after);
    free(m);
}

void plan_roll_free(struct plan_roll *p)
{
    if (!p)
        return;
    for (uint32_t i = 0; i < p->wave_n; i++) {
        struct plan_roll_wave *w = &p->wave[i];

        moves_free(w->away, w->away_n);
        moves_free(w->home, w->home_n);
        free(w->host);
    }
    for (uint32_t i = 0; i < p->left_n; i++)
        free(p->left[i].text);
    free(p->wave);
    free(p->left);
    free(p->why);
    free(p);
}

void roll_dispose(struct roll *r)
{
    for (uint32_t i = 0; r->p && i < r->p->wave_n; i++)
        plan_free(r->away[i]);
    plan_roll_free(r->p);
    state_dispose(&r->s);
    free(r->host);
    free(r->weight);
    free(r->gap);
    free(r->rack_host);
    free(r->rack_at);
    free(r->rack_end);
    free(r->wait);
    free(r->down);
    free(r->item_of);
    free(r->shifted);
    free(r->misses);
    free(r->apart_down);
    free(r->rack_wave);
    free(r->item);
    free(r->shift);
    free(r->away);
}
