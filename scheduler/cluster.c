/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Makes and frees a cluster, and has the defaults of the settings.
 */
#include "scheduler/scheduler_impl.h"

#include <math.h>
#include <stdlib.h>

void plan_settings_init(struct plan_settings *s)
{
    *s = (struct plan_settings){
        .alpha = 1,
        .beta = 1,
        .w_uplink = 0.02,
        .w_balance = 0.05,
        .w_cpu = 0.02,
        .w_traffic = 0.05,
        .w_fast = 0.02,
        .w_future = 0.02,
        .overcommit = 4,
        .cpu_limit = 0.9,
        .memory_limit = 0.95,
        .downtime_ms = 300,
        .overhead_ms = 40,
        .max_rounds = 30,
        .default_mbps = 1000,
        .default_dirty = 40,
        .default_writable = 0.125,
        .streams = 64,
        .host_streams = 4,
        .link_streams = 8,
        .worth = 400,
        .max_gib = INFINITY,
        .codec = true,
        .seed = 1,
    };
}

struct plan_cluster *plan_cluster_new(const struct topo *map)
{
    struct plan_cluster *c = calloc(1, sizeof *c);

    if (c) {
        plan_settings_init(&c->set);
        c->map = map;
    }
    return c;
}

static void cluster_dispose_tables(struct plan_cluster *c)
{
    struct intern *tables[] = { &c->host_name, &c->uuid,        &c->name,
                                &c->wanted,    &c->word,        &c->wordset,
                                &c->fset,      &c->dsig,        &c->hsig,
                                &c->cls_key,   &c->device_class };

    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++)
        intern_dispose(tables[i]);
}

void plan_cluster_free(struct plan_cluster *c)
{
    if (!c)
        return;
    cluster_dispose_tables(c);
    for (uint32_t i = 0; i < c->nproblem; i++)
        free(c->problem[i]);
    route_dispose(c);
    free(c->problem);
    free(c->twice);
    free(c->note);
    free(c->gone);
    free(c->host);
    free(c->dom);
    free(c->pool);
    free(c->traffic);
    free(c->features);
    free(c->refuse);
    free(c->closed[0]);
    free(c->closed[1]);
    free(c->first);
    free(c->on_host);
    free(c->group);
    free(c->member);
    free(c->rack_group);
    free(c->rack_member);
    for (uint32_t i = 0; i < c->ncontradiction; i++)
        free(c->contradiction[i]);
    free(c->contradiction);
    free(c->used);
    free(c->vused);
    free(c->cpu);
    free(c->by_free);
    free(c->by_room);
    devices_dispose(c);
    free(c);
}
