/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Checks before a move: CPU pools, their schedulers, and pinned vCPUs.
 *
 * libxl pins a guest as its configuration says before its memory is there, and
 * sets weight and cap afterwards; what the target host can't do fails the move
 * then. What `xl vcpu-pin` did since is done again by rackhop when the guest
 * runs, and fails nothing.
 */
#include "tools/move/preflight_impl.h"

#include <stdio.h>
#include <string.h>

#include "libxl-ext/cpuset.h"

static const char first_pool[] = "Pool-0";

static const char *pool_name(const struct preflight *p)
{
    return *p->dom->needs.pool ? p->dom->needs.pool : first_pool;
}

/* Where the guest will be at the target host; NULL: not known, or nowhere. */
static const struct xlx_pool *pool_of(const struct preflight *p)
{
    return xlx_pools_find(&p->far->pools, pool_name(p));
}

bool preflight_no_pool(const struct preflight *p, char *b, size_t n)
{
    if (!*p->dom->needs.pool || !p->far->pools.n || pool_of(p))
        return false;
    snprintf(b, n,
             "%s has no CPU pool %s, in which %s runs; `xl cpupool-create` it "
             "there, or `xl cpupool-migrate %s %s` on this host first",
             p->host, pool_name(p), preflight_name(p), preflight_name(p),
             first_pool);
    return true;
}

bool preflight_other_sched(const struct preflight *p, char *b, size_t n)
{
    const struct xlx_pool *pool = pool_of(p);
    const char *sched = p->dom->needs.sched;

    if (!pool || !*pool->sched || !*sched || !strcmp(pool->sched, sched))
        return false;
    snprintf(b, n,
             "CPU pool %s of %s has the scheduler %s, and %s has weight and "
             "cap of %s, which libxl can't set there; give both pools one "
             "scheduler, or a configuration without weights with -C",
             pool_name(p), p->host, pool->sched, preflight_name(p), sched);
    return true;
}

/* Whether the pool has none of these CPUs; false: not known. */
static bool pool_lacks(const struct xlx_pool *pool, const char *cpus)
{
    struct xlx_cpuset set;

    return pool && pool->knows_cpus && !xlx_cpuset_parse(cpus, &set) &&
           !xlx_cpusets_meet(&set, &pool->cpus);
}

bool preflight_no_cpus(const struct preflight *p, char *b, size_t n)
{
    const struct strlist *cpus = &p->dom->needs.cpus;

    for (size_t i = 0; i < cpus->n; i++) {
        if (!pool_lacks(pool_of(p), cpus->s[i]))
            continue;
        snprintf(b, n,
                 "CPU pool %s of %s has no CPU %.200s, to which the "
                 "configuration of %s pins it (cpus=); give another "
                 "configuration with -C",
                 pool_name(p), p->host, cpus->s[i], preflight_name(p));
        return true;
    }
    return false;
}

bool preflight_no_pin(const struct preflight *p, char *b, size_t n)
{
    const struct xlx_needs *need = &p->dom->needs;

    for (size_t i = 0; i < need->n_pins; i++) {
        const struct word_pin *pin = &need->pins[i];

        if (!strcmp(pin->hard, "all") || !strcmp(pin->hard, "-") ||
            !pool_lacks(pool_of(p), pin->hard))
            continue;
        snprintf(b, n,
                 "%s has no CPU %s, to which vCPUs %u-%u of %s are pinned: "
                 "they will not be pinned there; `xl vcpu-pin` them after the "
                 "move",
                 p->host, pin->hard, pin->first, pin->last, preflight_name(p));
        return true;
    }
    return false;
}

bool preflight_pins_cut(const struct preflight *p, char *b, size_t n)
{
    if (!p->dom->needs.pins_cut)
        return false;
    snprintf(b, n,
             "the vCPUs of %s are pinned in more than %d ways, and the last "
             "of them will not be pinned on %s; `xl vcpu-pin` them after the "
             "move",
             preflight_name(p), WORD_PINS, p->host);
    return true;
}
