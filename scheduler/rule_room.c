/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Rules on what other guests leave of a host: memory, vCPUs, names.
 */
#include "scheduler/rule_impl.h"

#include <math.h>
#include <stdio.h>

#include "tools/base/figure.h"

bool rule_memory(const struct rule_case *q)
{
    return q->s->free[q->host] < q->v->mem;
}

void rule_memory_why(const struct rule_case *q, char *text, size_t len)
{
    char free[FIGURE], need[FIGURE], all[FIGURE];

    /* one that has more than its memory has nothing free */
    figure_mib_pair(free, need, fmax(0, (double)q->s->free[q->host]),
                    (double)q->v->mem);
    snprintf(text, len, "it has %s free of %s, %s are needed", free,
             figure_mib(all, (double)q->h->cap), need);
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
