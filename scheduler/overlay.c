/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Lays what a running plan knows over a cluster that was just read: guests
 * that must stay, guests that are under way, memory that is spoken for.
 */
#include "scheduler/scheduler_impl.h"

#include <errno.h>

bool plan_listed_on(const struct plan_cluster *c, uint32_t dom, uint32_t host)
{
    uint32_t name = intern_find(&c->wanted, plan_host_name(c, host));

    if (name == NONE)
        return false;
    for (uint32_t i = 0; i < c->ntwice; i++)
        if (c->twice[i].dom == dom && c->twice[i].v.listed_on == name)
            return true;
    return c->dom[dom].listed_on == name;
}

int plan_pin(struct plan_cluster *c, uint32_t dom, const char *why)
{
    uint32_t word;

    if (c->indexed)
        return -EINVAL;
    word = intern_str(&c->word, why);
    if (word == NONE)
        return -ENOMEM;
    c->dom[dom].pinned = word;
    c->dom[dom].odd = false; /* the run knows better */
    return 0;
}

/* The second listing of the domain on the host of that name is no problem. */
static void overlay_forgive(struct plan_cluster *c, uint32_t dom,
                            uint32_t name)
{
    for (uint32_t i = 0; i < c->ntwice; i++) {
        struct listed_twice *t = &c->twice[i];

        t->forgiven |= t->dom == dom && t->v.listed_on == name;
    }
}

int plan_place(struct plan_cluster *c, uint32_t dom, uint32_t from,
               uint32_t to)
{
    uint32_t source, target;

    if (c->indexed)
        return -EINVAL;
    source = intern_str(&c->wanted, plan_host_name(c, from));
    target = intern_str(&c->wanted, plan_host_name(c, to));
    if (source == NONE || target == NONE)
        return -ENOMEM;
    if (plan_listed_on(c, dom, from) && plan_listed_on(c, dom, to)) {
        overlay_forgive(c, dom, source);
        overlay_forgive(c, dom, target);
    }
    c->dom[dom].host_name = target;
    c->dom[dom].held = c->dom[dom].mem; /* it is still arriving */
    return 0;
}

int plan_reserve(struct plan_cluster *c, uint32_t host, int64_t mib)
{
    struct host *h = &c->host[host];

    if (c->indexed)
        return -EINVAL;
    h->reserved = h->reserved + mib > 0 ? h->reserved + mib : 0;
    h->cap = h->memory - h->reserved;
    return 0;
}
