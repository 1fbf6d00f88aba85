/* SPDX-License-Identifier: LGPL-2.1-only */
/* Reads the CPU pools of this host, and keeps those of any. */
#include "libxl-ext/pools.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libxl_utils.h>

#include "libxl-ext/xlx_impl.h"

struct xlx_pool *xlx_pools_add(struct xlx_pools *p)
{
    struct xlx_pool *bigger;

    if (p->n >= XLX_POOLS)
        return NULL;
    bigger = realloc(p->pool, (p->n + 1) * sizeof *bigger);
    if (!bigger)
        return NULL;
    p->pool = bigger;
    bigger[p->n] = (struct xlx_pool){ .knows_cpus = false };
    return &bigger[p->n++];
}

const struct xlx_pool *xlx_pools_find(const struct xlx_pools *p,
                                      const char *name)
{
    for (size_t i = 0; i < p->n; i++)
        if (!strcmp(p->pool[i].name, name))
            return &p->pool[i];
    return NULL;
}

void xlx_pools_dispose(struct xlx_pools *p)
{
    free(p->pool);
    *p = (struct xlx_pools){ .n = 0 };
}

static void pools_fill(struct xlx_pool *to, const libxl_cpupoolinfo *i)
{
    snprintf(to->name, sizeof to->name, "%s", i->pool_name);
    snprintf(to->sched, sizeof to->sched, "%s",
             libxl_scheduler_to_string(i->sched));
    to->knows_cpus = true;
    for (unsigned cpu = 0; cpu < i->cpumap.size * 8; cpu++)
        if (libxl_bitmap_test(&i->cpumap, (int)cpu))
            xlx_cpuset_add(&to->cpus, cpu);
}

int xlx_pools_read(struct xlx *x, struct xlx_pools *p)
{
    int n = 0;
    libxl_cpupoolinfo *list = libxl_list_cpupool(x->ctx, &n);

    *p = (struct xlx_pools){ .n = 0 };
    if (!list)
        return -EIO;
    for (int i = 0; i < n; i++) {
        struct xlx_pool *to = list[i].pool_name ? xlx_pools_add(p) : NULL;

        if (to)
            pools_fill(to, &list[i]);
    }
    libxl_cpupoolinfo_list_free(list, n);
    return 0;
}
