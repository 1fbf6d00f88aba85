/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Scores every host as a target for one guest: `rackhop score`.
 */
#include "scheduler/scheduler_impl.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

static int candidate_by_total(const void *pa, const void *pb)
{
    const struct plan_candidate *a = pa, *b = pb;

    if (!a->refused != !b->refused)
        return a->refused ? 1 : -1;
    if (a->over != b->over)
        return a->over < b->over ? -1 : 1;
    if (a->total != b->total)
        return a->total < b->total ? -1 : 1;
    return a->host < b->host ? -1 : a->host > b->host;
}

static void candidate_fill(struct plan_cluster *c, const struct state *s,
                           uint32_t dom, struct plan_candidate *k)
{
    struct plan_precopy_result r;

    k->refused = rules_all(s, dom, k->host);
    k->hops = plan_hops(c, c->dom[dom].host, k->host);
    k->path_unknown = !plan_path_known(c, c->dom[dom].host, k->host);
    k->rate_mbps = plan_rate(c, c->dom[dom].host, k->host);
    if (k->rate_mbps <= 0)
        return;
    k->over = limits_over(
        c, k->host, c->host[k->host].cap - s->free[k->host] + c->dom[dom].mem,
        s->cpu[k->host] + fmax(0, c->dom[dom].cpu));
    r = score_precopy(c, dom, k->rate_mbps);
    k->gib = r.mib / 1024;
    k->wire_gib = r.wire_known ? r.wire_mib / 1024 : 0;
    k->seconds = r.seconds;
    k->downtime_ms = r.downtime_ms;
    score_terms(c, s, dom, k->host, k->term);
    for (unsigned i = 0; i < PLAN_TERMS; i++)
        k->total += k->term[i];
}

int plan_score(struct plan_cluster *c, uint32_t dom, struct plan_candidate **r,
               uint32_t *n_r)
{
    struct plan_candidate *k = calloc(c->nhost + 1, sizeof *k);
    struct state s;
    uint32_t n = 0;

    *r = NULL;
    *n_r = 0;
    if (!k || state_init(&s, c)) {
        free(k);
        return -ENOMEM;
    }
    for (uint32_t h = 0; h < c->nhost; h++) {
        if (h == c->dom[dom].host)
            continue;
        k[n].host = h;
        candidate_fill(c, &s, dom, &k[n++]);
    }
    if (n)
        qsort(k, n, sizeof *k, candidate_by_total);
    state_dispose(&s);
    *r = k;
    *n_r = n;
    return 0;
}
