/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Reads which CPU pool and which CPUs a guest's configuration asks for.
 *
 * libxl sets weight and cap by the scheduler that they came from, and pins
 * vCPUs as cpus= says, once the memory is there; either fails the whole move.
 */
#include "libxl-ext/needs_impl.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <libxl_utils.h>

#include "libxl-ext/cpuset.h"

static int needs_add_cpus(struct xlx_needs *n, const libxl_bitmap *map)
{
    struct xlx_cpuset set = { .word = { 0 } };
    char text[XLX_CPUSET_TEXT];

    for (unsigned i = 0; i < map->size * 8; i++)
        if (libxl_bitmap_test(map, (int)i))
            xlx_cpuset_add(&set, i);
    if (xlx_cpuset_format(&set, text, sizeof text) || !*text ||
        strlist_has(&n->cpus, text))
        return 0;
    return strlist_add(&n->cpus, text);
}

int xlx_needs_cpus(struct xlx_needs *n, const libxl_domain_config *c)
{
    const libxl_domain_build_info *b = &c->b_info;
    int rc = 0;

    if (c->c_info.pool_name)
        snprintf(n->pool, sizeof n->pool, "%s", c->c_info.pool_name);
    /* the schedulers that have no parameters ask nothing of the target's */
    if (b->sched_params.sched != LIBXL_SCHEDULER_UNKNOWN &&
        b->sched_params.sched != LIBXL_SCHEDULER_NULL &&
        b->sched_params.sched != LIBXL_SCHEDULER_ARINC653)
        snprintf(n->sched, sizeof n->sched, "%s",
                 libxl_scheduler_to_string(b->sched_params.sched));
    for (int i = 0; !rc && i < b->num_vcpu_hard_affinity; i++)
        rc = needs_add_cpus(n, &b->vcpu_hard_affinity[i]);
    return rc;
}
