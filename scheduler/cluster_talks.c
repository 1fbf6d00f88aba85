/* SPDX-License-Identifier: LGPL-2.1-only */
/* Adds what guests were found to send each other, as traffic of both. */
#include "scheduler/scheduler_impl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "scheduler/loop.h"

static bool talk_is_of(const struct plan_cluster *c, const struct loop_talk *t)
{
    return t->a != t->b && t->a < c->ndom && t->b < c->ndom;
}

/* Where each guest's traffic begins, with room for what it gets. NULL: no
 * memory. */
static uint32_t *talks_begin(const struct plan_cluster *c,
                             const struct loop_talk *talk, uint32_t n)
{
    uint32_t *begin = calloc(c->ndom + 1u, sizeof *begin), sum = 0;

    for (uint32_t i = 0; begin && i < n; i++) {
        if (!talk_is_of(c, &talk[i]))
            continue;
        begin[talk[i].a] += !c->dom[talk[i].a].traffic_n;
        begin[talk[i].b] += !c->dom[talk[i].b].traffic_n;
    }
    for (uint32_t d = 0; begin && d < c->ndom; d++) {
        uint32_t more = begin[d] + c->dom[d].traffic_n;

        begin[d] = sum;
        sum += more;
    }
    if (begin)
        begin[c->ndom] = sum;
    return begin;
}

/* To the guest at *next; 0 or -ENOMEM. */
static int talk_put(struct plan_cluster *c, struct traffic *to, uint32_t *next,
                    uint32_t dom, uint32_t with, double mbps)
{
    uint32_t uuid = intern_str(&c->wanted, plan_domain_uuid(c, with));

    if (uuid == NONE)
        return -ENOMEM;
    to[next[dom]].uuid = uuid;
    to[next[dom]++].mbps = mbps;
    return 0;
}

/* `next` is where the next of each guest goes: what it has of its own is there
 * already. */
static int talks_put(struct plan_cluster *c, struct traffic *to,
                     uint32_t *next, const struct loop_talk *talk, uint32_t n)
{
    int rc = 0;

    for (uint32_t i = 0; i < n && !rc; i++) {
        const struct loop_talk *t = &talk[i];

        if (!talk_is_of(c, t))
            continue;
        if (!c->dom[t->a].traffic_n)
            rc = talk_put(c, to, next, t->a, t->b, t->mbps);
        if (!rc && !c->dom[t->b].traffic_n)
            rc = talk_put(c, to, next, t->b, t->a, t->mbps);
    }
    return rc;
}

static void talks_own(const struct plan_cluster *c, struct traffic *to,
                      const uint32_t *begin)
{
    for (uint32_t d = 0; d < c->ndom; d++)
        if (c->dom[d].traffic_n)
            memcpy(&to[begin[d]], &c->traffic[c->dom[d].traffic],
                   c->dom[d].traffic_n * sizeof *to);
}

int plan_add_talks(struct plan_cluster *c, const struct loop_talk *talk,
                   uint32_t n)
{
    uint32_t *next = talks_begin(c, talk, n), begin = 0;
    uint32_t all = next ? next[c->ndom] : 0;
    struct traffic *to = next ? calloc(all + 1u, sizeof *to) : NULL;
    int rc = to ? 0 : -ENOMEM;

    if (!rc) {
        talks_own(c, to, next);
        rc = talks_put(c, to, next, talk, n);
    }
    if (!rc) {
        free(c->traffic);
        c->traffic = to;
        c->ntraffic = all;
        c->traffic_room = all + 1u;
        to = NULL;
        for (uint32_t d = 0; d < c->ndom; d++) {
            struct dom *v = &c->dom[d];

            v->traffic = begin;
            begin = v->traffic_n ? begin + v->traffic_n : next[d];
            v->traffic_n = begin - v->traffic;
        }
    }
    free(to);
    free(next);
    return rc;
}
