/* SPDX-License-Identifier: LGPL-2.1-only */
/* Finds the guests that can't go to every host because of their CPU. */
#include "scheduler/level.h"

#include <errno.h>
#include <stdlib.h>

#include "scheduler/scheduler_impl.h"

/* What the guest was shown, as the rules see it: where that is not known, it
 * is what its host shows. */
static const struct dom_sig *audit_needs(const struct plan_cluster *c,
                                         uint32_t dom)
{
    return (const void *)intern_get(&c->dsig, c->dom[dom].sig);
}

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
static uint64_t audit_xcr0(const struct plan_cluster *c, uint32_t dom,
                           const struct plan_features *lacking)
{
    const struct plan_features *has =
        &c->features[audit_needs(c, dom)->policy];
    struct plan_features rest;

    plan_features_missing(has, lacking, &rest);
    return plan_features_xcr0(has) & ~plan_features_xcr0(&rest);
}

static int audit_guest(const struct plan_cluster *c, const uint32_t *host,
                       uint32_t n, uint32_t dom, struct plan_level_stuck *s)
{
    const struct dom_sig *needs = audit_needs(c, dom);
    struct plan_features lacks;

    *s = (struct plan_level_stuck){ .domain = dom };
    for (uint32_t i = 0; i < n; i++) {
        if (host[i] == c->dom[dom].host ||
            !audit_lacks(c, needs, host[i], &lacks))
            continue;
        if (!s->host)
            s->host = calloc(n, sizeof *s->host);
        if (!s->host)
            return -ENOMEM;
        s->host[s->n++] = host[i];
        s->lacking.n = PLAN_FEATURE_WORDS;
        for (uint32_t w = 0; w < lacks.n; w++)
            s->lacking.word[w] |= lacks.word[w];
    }
    if (s->n)
        s->xcr0 = audit_xcr0(c, dom, &s->lacking);
    return 0;
}

static int audit_add(struct plan_level_audit *a, size_t *room,
                     const struct plan_level_stuck *s)
{
    if (array_grow(&a->stuck, room, a->stuck_n + 1u, sizeof *a->stuck))
        return -ENOMEM;
    a->stuck[a->stuck_n++] = *s;
    return 0;
}

/* A second listing of a guest is no guest. */
static bool audit_counts(const struct plan_cluster *c, uint32_t dom,
                         const bool *in)
{
    return c->dom[dom].twin == NONE && in[c->dom[dom].host];
}

int plan_level_audit(const struct plan_cluster *c, const uint32_t *host,
                     uint32_t n, struct plan_level_audit *a)
{
    bool *in = calloc((size_t)c->nhost + 1, sizeof *in);
    struct plan_level_stuck s;
    size_t room = 0;
    int rc = in ? 0 : -ENOMEM;

    *a = (struct plan_level_audit){ .guests = 0 };
    for (uint32_t i = 0; i < n && !rc; i++)
        in[host[i]] = true;
    for (uint32_t v = 0; v < c->ndom && !rc; v++) {
        if (!audit_counts(c, v, in))
            continue;
        a->guests++;
        a->unknown += c->dom[v].policy == NONE;
        rc = audit_guest(c, host, n, v, &s);
        if (!rc && s.n)
            rc = audit_add(a, &room, &s);
        if (rc)
            free(s.host);
    }
    free(in);
    return rc;
}

void plan_level_audit_dispose(struct plan_level_audit *a)
{
    for (uint32_t i = 0; i < a->stuck_n; i++)
        free(a->stuck[i].host);
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
