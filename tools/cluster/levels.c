/* SPDX-License-Identifier: LGPL-2.1-only */
/* Takes the CPU levels of some hosts of a snapshot, and compares them. */
#include "tools/cluster/levels.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int levels_hosts(struct levels *l, const uint32_t *host, uint32_t n)
{
    uint32_t all = n ? n : plan_hosts(l->c);

    l->host = calloc((size_t)all + 1, sizeof *l->host);
    if (!l->host)
        return -ENOMEM;
    for (l->n = 0; l->n < all; l->n++)
        l->host[l->n] = n ? host[l->n] : l->n;
    return 0;
}

int levels_take(struct levels *l, struct plan_cluster *c, const uint32_t *host,
                uint32_t n)
{
    int rc;

    *l = (struct levels){ .c = c };
    rc = levels_hosts(l, host, n);
    for (int t = 0; t < PLAN_LEVEL_TYPES && !rc; t++) {
        int pools = plan_level_pools(c, l->host, l->n, t, &l->pool[t]);

        l->pools[t] = pools < 0 ? 0 : pools;
        rc = pools < 0 ? pools : 0;
    }
    return rc;
}

void levels_dispose(struct levels *l)
{
    for (int t = 0; t < PLAN_LEVEL_TYPES; t++)
        plan_level_free(l->pool[t], l->pools[t]);
    free(l->host);
    *l = (struct levels){ .c = NULL };
}

const struct plan_level_pool *levels_find(const struct levels *l,
                                          enum plan_level_type type,
                                          const char *vendor)
{
    for (int i = 0; i < l->pools[type]; i++) {
        const struct plan_level_pool *p = &l->pool[type][i];

        if (p->vendor && vendor ? !strcmp(p->vendor, vendor)
                                : p->vendor == vendor)
            return p;
    }
    return NULL;
}

void levels_lost(const struct levels *less, const struct plan_level_pool *pool,
                 struct plan_features *lost)
{
    const struct plan_level_pool *was =
        levels_find(less, pool->type, pool->vendor);

    *lost = (struct plan_features){ .n = 0 };
    /* what only the new hosts show is no loss */
    if (was)
        for (uint32_t i = 0; i < pool->level.hidden.n; i++)
            lost->word[lost->n++] = pool->level.hidden.word[i] &
                                    ~was->level.hidden.word[i] &
                                    was->level.any.word[i];
}

bool levels_gone(const struct levels *l, const struct level_kept_host *was,
                 struct plan_features *gone)
{
    uint32_t host = plan_find_host(l->c, was->name);

    for (int i = 0; i < l->pools[PLAN_LEVEL_HVM]; i++) {
        const struct plan_level_pool *p = &l->pool[PLAN_LEVEL_HVM][i];

        for (uint32_t k = 0; k < p->n; k++)
            if (p->host[k] == host)
                return plan_features_missing(&was->carried,
                                             &p->sets[k].carried, gone);
    }
    return false;
}

uint32_t levels_silent(const struct levels *l, enum plan_level_type type)
{
    uint32_t tell = 0;

    for (int i = 0; i < l->pools[type]; i++)
        tell += l->pool[type][i].n;
    return l->n - tell;
}

static int levels_check_pool(const struct plan_cluster *c,
                             const struct plan_level_pool *p, unsigned level,
                             struct msg *err)
{
    struct plan_level_promise promise;
    struct plan_features lacks;
    char words[300];

    plan_level_promise(p, level, &promise);
    for (uint32_t i = 0; i < p->n; i++) {
        if (plan_level_keeps(p, i, &promise, &lacks))
            continue;
        if (plan_level_words(&lacks, words, sizeof words))
            return -ENOMEM;
        msg_set(err,
                "%s is more than all of these hosts carry: %.255s lacks %s; "
                "name hosts that carry it, or take a lower level",
                plan_level_name(level), plan_host_name(c, p->host[i]), words);
        return -ENOENT;
    }
    return 0;
}

int levels_check(const struct levels *l, unsigned level, struct msg *err)
{
    int rc = 0;

    if (!l->pools[PLAN_LEVEL_HVM]) {
        msg_set(err, "none of the hosts says what its CPUs show guests, so no "
                     "level is known");
        return -ENOENT;
    }
    for (int t = 0; t < PLAN_LEVEL_TYPES; t++)
        for (int i = 0; i < l->pools[t] && !rc; i++)
            rc = levels_check_pool(l->c, &l->pool[t][i], level, err);
    return rc;
}
