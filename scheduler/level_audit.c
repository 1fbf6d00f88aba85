/* SPDX-License-Identifier: LGPL-2.1-only */
/* Finds the guests that can't go to every host because of their CPU. */
#include "scheduler/level.h"

#include <errno.h>
#include <stdlib.h>

#include "scheduler/scheduler_impl.h"

/* As rule cpu sees it: where it is not known what guests were shown, that is
 * what their host shows. */
static bool audit_lacks(const struct plan_cluster *c,
                        const struct dom_sig *needs, uint32_t host,
                        struct plan_features *lacks)
{
    const struct host_sig *o = &c->host[host].offer;
    uint32_t max = needs->pv ? o->max_pv : o->max_hvm;

    if (needs->policy == NONE || max == NONE ||
        (needs->vendor != NONE && o->vendor != NONE &&
         needs->vendor != o->vendor))
        return false;
    return plan_features_missing(&c->features[needs->policy],
                                 &c->features[max], lacks);
}

/* A restore fails late because of these: level.h, plan_features_xcr0(). */
static uint64_t audit_xcr0(const struct plan_features *has,
                           const struct plan_features *lacking)
{
    struct plan_features rest;

    plan_features_missing(has, lacking, &rest);
    return plan_features_xcr0(has) & ~plan_features_xcr0(&rest);
}

struct audit {
    const struct plan_cluster *c;
    const uint32_t *host;
    uint32_t n;
    bool *in;              /* by host: is it one of those? */
    uint32_t *of;          /* by signature: its reason, NONE: it has none */
    bool *known;           /* by signature: is that known? */
    size_t reasons, stuck; /* room */
    struct plan_level_audit *a;
};

static int audit_hosts(const struct audit *k, const struct dom_sig *needs,
                       struct plan_level_reason *r)
{
    struct plan_features lacks;

    for (uint32_t i = 0; i < k->n; i++) {
        if (!audit_lacks(k->c, needs, k->host[i], &lacks))
            continue;
        if (!r->host)
            r->host = calloc(k->n, sizeof *r->host);
        if (!r->host)
            return -ENOMEM;
        r->host[r->n++] = k->host[i];
        r->lacking.n = PLAN_FEATURE_WORDS;
        for (uint32_t w = 0; w < lacks.n; w++)
            r->lacking.word[w] |= lacks.word[w];
    }
    return 0;
}

/* The reason that guests with these needs have, if any. */
static int audit_reason(struct audit *k, uint32_t sig)
{
    const struct dom_sig *needs = (const void *)intern_get(&k->c->dsig, sig);
    struct plan_level_reason r = { .n = 0 };
    int rc = audit_hosts(k, needs, &r);

    k->known[sig] = true;
    k->of[sig] = NONE;
    if (!rc && r.n)
        rc = array_grow(&k->a->reason, &k->reasons, k->a->reason_n + 1u,
                        sizeof r);
    if (rc || !r.n) {
        free(r.host);
        return rc;
    }
    r.xcr0 = audit_xcr0(&k->c->features[needs->policy], &r.lacking);
    k->of[sig] = k->a->reason_n;
    k->a->reason[k->a->reason_n++] = r;
    return 0;
}

/* A host may have lost what a guest has that is on it. */
static bool audit_only_own(const struct audit *k, uint32_t dom)
{
    const struct dom *v = &k->c->dom[dom];
    const struct plan_level_reason *r = &k->a->reason[k->of[v->sig]];

    return r->n == 1 && r->host[0] == v->host;
}

static int audit_guest(struct audit *k, uint32_t dom)
{
    uint32_t sig = k->c->dom[dom].sig;
    int rc = k->known[sig] ? 0 : audit_reason(k, sig);

    k->a->guests++;
    k->a->unknown += k->c->dom[dom].policy == NONE;
    if (rc || k->of[sig] == NONE || audit_only_own(k, dom))
        return rc;
    if (array_grow(&k->a->stuck, &k->stuck, k->a->stuck_n + 1u,
                   sizeof *k->a->stuck))
        return -ENOMEM;
    k->a->stuck[k->a->stuck_n++] =
        (struct plan_level_stuck){ dom, k->of[sig] };
    return 0;
}

/* A second listing of a guest is no guest. */
static int audit_guests(struct audit *k)
{
    int rc = 0;

    for (uint32_t i = 0; i < k->n; i++)
        k->in[k->host[i]] = true;
    for (uint32_t v = 0; v < k->c->ndom && !rc; v++)
        if (k->c->dom[v].twin == NONE && k->in[k->c->dom[v].host])
            rc = audit_guest(k, v);
    return rc;
}

int plan_level_audit(const struct plan_cluster *c, const uint32_t *host,
                     uint32_t n, struct plan_level_audit *a)
{
    struct audit k = { .c = c, .host = host, .n = n, .a = a };
    int rc;

    *a = (struct plan_level_audit){ .guests = 0 };
    k.in = calloc((size_t)c->nhost + 1, sizeof *k.in);
    k.of = calloc((size_t)c->dsig.n + 1, sizeof *k.of);
    k.known = calloc((size_t)c->dsig.n + 1, sizeof *k.known);
    rc = k.in && k.of && k.known ? audit_guests(&k) : -ENOMEM;
    free(k.in);
    free(k.of);
    free(k.known);
    return rc;
}

void plan_level_audit_dispose(struct plan_level_audit *a)
{
    for (uint32_t i = 0; i < a->reason_n; i++)
        free(a->reason[i].host);
    free(a->reason);
    free(a->stuck);
    *a = (struct plan_level_audit){ .guests = 0 };
}

/* Signatures of guests and hosts are few, guests and hosts are many. */
uint32_t plan_level_count_stuck(const struct plan_cluster *c)
{
    uint32_t n = c->dsig.n, m = c->hsig.n, stuck = 0;
    bool *bad = calloc((size_t)n + 1, sizeof *bad);
    bool *used = calloc((size_t)m + 1, sizeof *used);
    struct plan_features lacks;

    for (uint32_t h = 0; used && h < c->nhost; h++) {
        uint32_t sig = c->host[h].sig;

        if (used[sig])
            continue;
        used[sig] = true;
        for (uint32_t i = 0; bad && i < n; i++)
            bad[i] |= audit_lacks(c, (const void *)intern_get(&c->dsig, i), h,
                                  &lacks);
    }
    for (uint32_t v = 0; bad && used && v < c->ndom; v++)
        stuck += c->dom[v].twin == NONE && bad[c->dom[v].sig];
    free(bad);
    free(used);
    return stuck;
}

/* One level for all is named only where the hosts' CPUs are of one vendor. */
static int remark_level(const struct plan_cluster *c, const char **level_r)
{
    uint32_t *host = calloc((size_t)c->nhost + 1, sizeof *host);
    struct plan_level_pool *pool;
    int n;

    *level_r = plan_level_name(0);
    if (!host)
        return -ENOMEM;
    for (uint32_t i = 0; i < c->nhost; i++)
        host[i] = i;
    n = plan_level_pools(c, host, c->nhost, PLAN_LEVEL_HVM, &pool);
    if (n == 1)
        *level_r = plan_level_name(plan_level_best(pool));
    if (n >= 0)
        plan_level_free(pool, n);
    free(host);
    return n < 0 ? n : 0;
}

int plan_level_remark(const struct plan_cluster *c, char **text_r)
{
    uint32_t n = plan_level_count_stuck(c);
    const char *level;
    int rc;

    *text_r = NULL;
    if (!n)
        return 0;
    rc = remark_level(c, &level);
    if (rc)
        return rc;
    *text_r = plan_asprintf(
        "%u of %u guests can't go to every host because of CPU features; "
        "started anew under level %s they could (`rackhop level audit` names "
        "them)",
        n, c->ndom, level);
    return *text_r ? 0 : -ENOMEM;
}
