/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Rules on what other guests leave of a host: memory, vCPUs, groups, names.
 */
#include "scheduler/rule_impl.h"

#include <stdio.h>

bool rule_memory(const struct rule_case *q)
{
    return q->s->free[q->host] < q->v->mem;
}

void rule_memory_why(const struct rule_case *q, char *text, size_t len)
{
    snprintf(text, len, "it has %lld MiB free of %lld, %lld are needed",
             (long long)q->s->free[q->host], (long long)q->h->cap,
             (long long)q->v->mem);
}

bool rule_vcpu(const struct rule_case *q)
{
    return q->s->vfree[q->host] < q->v->vcpus;
}

void rule_vcpu_why(const struct rule_case *q, char *text, size_t len)
{
    snprintf(text, len,
             "%d of its %d vCPUs are free (overcommit %g of %u cpus), %d are "
             "needed",
             (int)q->s->vfree[q->host], (int)q->h->vcap, q->c->set.overcommit,
             q->h->cpus, (int)q->v->vcpus);
}

/* --- groups -------------------------------------------------------------- */

/* Another guest of this group on the host; NONE: there is none. In a small
 * group its members are searched, in a large one the host's guests. */
static uint32_t group_member_on_host(const struct rule_case *q, uint32_t group)
{
    enum { GROUP_SMALL = 12 };
    const struct plan_cluster *c = q->c;
    const struct group *g = &c->group[group];

    if (g->n <= GROUP_SMALL) {
        for (uint32_t i = 0; i < g->n; i++) {
            uint32_t m = c->member[g->at + i];

            if (m != q->dom && q->s->at[m] == q->host)
                return m;
        }
        return NONE;
    }
    for (uint32_t m = q->s->head[q->host]; m != NONE; m = q->s->next[m])
        for (uint32_t k = 0; k < c->dom[m].apart.n && m != q->dom; k++)
            if (c->pool[c->dom[m].apart.at + k] == group)
                return m;
    return NONE;
}

/* A guest on the host that this one has to be apart from, and their group. */
static uint32_t apart_neighbour(const struct rule_case *q, uint32_t *group_r)
{
    for (uint32_t k = 0; k < q->v->apart.n; k++) {
        uint32_t m;

        *group_r = q->c->pool[q->v->apart.at + k];
        m = group_member_on_host(q, *group_r);
        if (m != NONE)
            return m;
    }
    return NONE;
}

bool rule_apart(const struct rule_case *q)
{
    uint32_t group;

    return apart_neighbour(q, &group) != NONE;
}

void rule_apart_why(const struct rule_case *q, char *text, size_t len)
{
    uint32_t group, m = apart_neighbour(q, &group);

    if (m != NONE)
        snprintf(text, len,
                 "it has %s, which must not share a host with %s (group %s)",
                 plan_domain_name(q->c, m), plan_domain_name(q->c, q->dom),
                 intern_get(&q->c->word, group));
}

void rule_together_why(const struct rule_case *q, char *text, size_t len)
{
    snprintf(text, len,
             "the guests that it has to stay with do not fit as well");
}

/* --- names --------------------------------------------------------------- */

bool rule_name(const struct rule_case *q)
{
    if (!q->v->name_clash)
        return false;
    for (uint32_t m = q->s->head[q->host]; m != NONE; m = q->s->next[m])
        if (m != q->dom && q->c->dom[m].name == q->v->name)
            return true;
    return false;
}

void rule_name_why(const struct rule_case *q, char *text, size_t len)
{
    snprintf(text, len, "it already has another domain called %s",
             plan_domain_name(q->c, q->dom));
}

void rule_drain_why(const struct rule_case *q, char *text, size_t len)
{
    snprintf(text, len, "it is to be emptied");
}
