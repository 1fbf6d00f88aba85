/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Answers what needs no planning: names, hosts and memory of a cluster.
 */
#include "scheduler/scheduler_impl.h"

uint32_t plan_hosts(const struct plan_cluster *c)
{
    return c->nhost;
}

uint32_t plan_domains(const struct plan_cluster *c)
{
    return c->ndom;
}

uint32_t plan_find_host(const struct plan_cluster *c, const char *name)
{
    return intern_find(&c->host_name, name);
}

uint32_t plan_find_domain(const struct plan_cluster *c, const char *name)
{
    uint32_t id = intern_find(&c->uuid, name);

    if (id != NONE)
        return id;
    return plan_next_domain(c, name, 0);
}

uint32_t plan_next_domain(const struct plan_cluster *c, const char *name,
                          uint32_t from)
{
    uint32_t id = intern_find(&c->name, name);

    for (uint32_t v = from; id != NONE && v < c->ndom; v++)
        if (c->dom[v].name == id)
            return v;
    return NONE;
}

const struct plan_settings *plan_settings_of(const struct plan_cluster *c)
{
    return &c->set;
}

const char *plan_host_name(const struct plan_cluster *c, uint32_t host)
{
    return intern_get(&c->host_name, host);
}

const char *plan_host_rack(const struct plan_cluster *c, uint32_t host)
{
    uint32_t node = c->host[host].node;

    return node == NONE ? NULL : topo_node(c->map, node)->rack;
}

const char *plan_switch_rack(const struct plan_cluster *c, const char *name)
{
    return c->map ? topo_rack_behind(c->map, name) : NULL;
}

enum plan_host_state plan_host_state(const struct plan_cluster *c,
                                     uint32_t host)
{
    return c->host[host].state;
}

const char *plan_domain_name(const struct plan_cluster *c, uint32_t dom)
{
    return intern_get(&c->name, c->dom[dom].name);
}

const char *plan_domain_uuid(const struct plan_cluster *c, uint32_t dom)
{
    return intern_get(&c->uuid, dom);
}

uint32_t plan_domain_host(const struct plan_cluster *c, uint32_t dom)
{
    return c->dom[dom].host;
}

const char *plan_domain_home(const struct plan_cluster *c, uint32_t dom)
{
    const struct dom *v = &c->dom[dom];
    const char *home = intern_get(&c->wanted, v->home);

    return !home || v->twin != NONE ||
                   !strcmp(home, plan_host_name(c, v->host))
               ? NULL
               : home;
}

bool plan_domain_stays(const struct plan_cluster *c, uint32_t dom)
{
    return c->dom[dom].pinned != NONE;
}

bool plan_domain_changes_devices(const struct plan_cluster *c, uint32_t dom)
{
    return c->dom[dom].device.n;
}

int64_t plan_domain_mib(const struct plan_cluster *c, uint32_t dom)
{
    return c->dom[dom].mem;
}

int64_t plan_host_capacity_mib(const struct plan_cluster *c, uint32_t host)
{
    return c->host[host].cap;
}

int64_t plan_host_used_mib(const struct plan_cluster *c, uint32_t host)
{
    return c->used[host];
}

static bool ask_shares_word(const struct plan_cluster *c, struct span a,
                            struct span b)
{
    for (uint32_t i = 0; i < a.n; i++)
        for (uint32_t k = 0; k < b.n; k++)
            if (c->pool[a.at + i] == c->pool[b.at + k])
                return true;
    return false;
}

bool plan_exclude_rack(const struct plan_cluster *c, uint32_t x, uint32_t y)
{
    return ask_shares_word(c, c->dom[x].apart_racks, c->dom[y].apart_racks);
}

bool plan_exclude(const struct plan_cluster *c, uint32_t x, uint32_t y)
{
    const struct dom *a = &c->dom[x], *b = &c->dom[y];

    return a->name == b->name || ask_shares_word(c, a->apart, b->apart) ||
           plan_exclude_rack(c, x, y);
}
