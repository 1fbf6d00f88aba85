/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Makes up clusters that are as uneven as real ones.
 *
 * Guests come in sizes that double, as a cloud's flavours do. The largest are
 * placed first, on hosts that are drawn at random, with some preferred.
 */
#include "scheduler/sim.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NO_GROUP UINT32_MAX

static const struct {
    int64_t memory;
    unsigned cpus;
} kinds[] = { { 262144, 32 }, { 393216, 48 }, { 524288, 64 } };

static const struct {
    unsigned units, vcpus, weight;
} flavours[] = { { 1, 1, 10 },  { 2, 1, 15 }, { 4, 2, 25 }, { 8, 4, 25 },
                 { 16, 4, 14 }, { 32, 8, 9 }, { 64, 16, 2 } };

void plan_sim_init(struct plan_sim *s)
{
    *s = (struct plan_sim){ .seed = 1,
                            .hosts = 40,
                            .domains = 400,
                            .rack = 10,
                            .pod = 2,
                            .planes = 1,
                            .fill = 0.7 };
}

/* splitmix64 (Steele, Lea, Flood 2014) */
static uint64_t sim_next(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15u;

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

uint32_t plan_sim_draw(uint64_t *state, uint32_t n)
{
    return (uint32_t)(sim_next(state) % n);
}

static double sim_uniform(uint64_t *state, double from, double to)
{
    return from + (to - from) * (double)(sim_next(state) >> 11) * 0x1p-53;
}

static unsigned sim_flavour(uint64_t *state)
{
    uint32_t w = plan_sim_draw(state, 100);
    unsigned i = 0;

    while (w >= flavours[i].weight)
        w -= flavours[i++].weight;
    return i;
}

static double sim_thousandth(double x)
{
    return round(x * 1000) / 1000;
}

struct maker {
    const struct plan_sim *s;
    struct plan_sim_cluster *c;
    uint64_t rng;
    int64_t *free;
    int32_t *vfree;
    uint32_t *order;
};

static int64_t sim_make_hosts(struct maker *m)
{
    struct plan_sim_cluster *c = m->c;
    int64_t all = 0;
    unsigned gen = 0;
    bool second = false;

    for (uint32_t i = 0; i < c->hosts; i++) {
        struct plan_sim_host *h = &c->host[i];

        if (i % m->s->rack == 0) {
            gen = plan_sim_draw(&m->rng, 3);
            second = m->s->mixed && plan_sim_draw(&m->rng, 2);
        }
        h->rack = i / m->s->rack;
        h->pod = h->rack / m->s->pod;
        h->generation = gen;
        h->second_network = second;
        h->memory_mib = kinds[gen].memory;
        h->reserved_mib = 2048;
        h->cpus = kinds[gen].cpus;
        m->free[i] = h->memory_mib - h->reserved_mib;
        m->vfree[i] = (int32_t)(4 * h->cpus);
        all += m->free[i];
    }
    return all;
}

static void sim_make_sizes(struct maker *m, int64_t all)
{
    struct plan_sim_cluster *c = m->c;
    double units = 0, mib;

    for (uint32_t i = 0; i < c->domains; i++) {
        unsigned f = sim_flavour(&m->rng);

        c->domain[i].memory_mib = flavours[f].units;
        c->domain[i].vcpus = flavours[f].vcpus;
        units += flavours[f].units;
    }
    mib = (double)all * m->s->fill / units;
    for (uint32_t i = 0; i < c->domains; i++) {
        struct plan_sim_domain *d = &c->domain[i];

        d->memory_mib = (int64_t)((double)d->memory_mib * mib) / 128 * 128;
        if (d->memory_mib < 128)
            d->memory_mib = 128;
    }
}

/* Every fifth guest is in a group of three that are kept apart. */
static void sim_make_groups(struct maker *m)
{
    struct plan_sim_cluster *c = m->c;

    for (uint32_t i = 0; i < c->domains; i++) {
        c->domain[i].apart = c->domain[i].together = NO_GROUP;
        if (i % 15 < 3 && c->hosts > 3)
            c->domain[i].apart = i / 15;
        c->domain[i].pinned = m->s->mixed && !plan_sim_draw(&m->rng, 200);
    }
}

static int sim_larger_first(const void *pa, const void *pb, void *arg)
{
    const struct plan_sim_domain *d = arg;
    uint32_t a = *(const uint32_t *)pa, b = *(const uint32_t *)pb;

    if (d[a].memory_mib != d[b].memory_mib)
        return d[a].memory_mib > d[b].memory_mib ? -1 : 1;
    return a < b ? -1 : a > b;
}

static bool sim_apart_ok(const struct maker *m, uint32_t dom, uint32_t host)
{
    uint32_t g = m->c->domain[dom].apart;

    /* the members of a group follow each other in the list */
    for (uint32_t i = dom / 15 * 15; g != NO_GROUP && i < dom / 15 * 15 + 3;
         i++)
        if (i != dom && i < m->c->domains && m->c->domain[i].apart == g &&
            m->c->domain[i].host == host)
            return false;
    return true;
}

static bool sim_put(struct maker *m, uint32_t dom, uint32_t host)
{
    struct plan_sim_domain *d = &m->c->domain[dom];

    if (m->free[host] < d->memory_mib || m->vfree[host] < (int32_t)d->vcpus ||
        !sim_apart_ok(m, dom, host))
        return false;
    m->free[host] -= d->memory_mib;
    m->vfree[host] -= (int32_t)d->vcpus;
    d->host = host;
    return true;
}

/* A third of the hosts is drawn twice as often as the others. */
static uint32_t sim_draw_host(struct maker *m)
{
    uint32_t h = plan_sim_draw(&m->rng, m->c->hosts);

    if (h % 3 && plan_sim_draw(&m->rng, 2))
        h = plan_sim_draw(&m->rng, m->c->hosts) / 3 * 3;
    return h < m->c->hosts ? h : 0;
}

enum { DRAWS = 40 };

static int sim_place(struct maker *m)
{
    struct plan_sim_cluster *c = m->c;

    for (uint32_t i = 0; i < c->domains; i++) {
        m->order[i] = i;
        c->domain[i].host = UINT32_MAX;
    }
    qsort_r(m->order, c->domains, sizeof *m->order, sim_larger_first,
            c->domain);
    for (uint32_t i = 0; i < c->domains; i++) {
        bool there = false;

        for (int t = 0; t < DRAWS && !there; t++)
            there = sim_put(m, m->order[i], sim_draw_host(m));
        for (uint32_t h = 0; h < c->hosts && !there; h++)
            there = sim_put(m, m->order[i], h);
        if (!there)
            return -ENOSPC;
    }
    return 0;
}

static void sim_make_loads(struct maker *m)
{
    struct plan_sim_cluster *c = m->c;

    for (uint32_t i = 0; i < c->domains; i++) {
        struct plan_sim_domain *d = &c->domain[i];
        const struct plan_sim_host *h = &c->host[d->host];
        uint32_t kind = plan_sim_draw(&m->rng, 100);
        double use = sim_uniform(&m->rng, 0, 1);

        d->generation = plan_sim_draw(&m->rng, h->generation + 1);
        d->second_network = h->second_network && !plan_sim_draw(&m->rng, 4);
        d->cpu_used = sim_thousandth(use * use * d->vcpus);
        d->dirty_mib_s =
            sim_thousandth(kind < 80   ? sim_uniform(&m->rng, 5, 80)
                           : kind < 96 ? sim_uniform(&m->rng, 80, 400)
                                       : sim_uniform(&m->rng, 400, 1500));
        d->writable_mib =
            floor(sim_uniform(&m->rng, 0.03, 0.25) * (double)d->memory_mib);
        if (m->s->quiet)
            d->dirty_mib_s = d->writable_mib = 0;
    }
}

/* Guests that follow each other in the list stay together if they are on one
 * host. */
static void sim_make_pairs(struct maker *m)
{
    struct plan_sim_cluster *c = m->c;

    for (uint32_t i = 0; m->s->mixed && i + 1 < c->domains; i++) {
        struct plan_sim_domain *a = &c->domain[i], *b = &c->domain[i + 1];

        if (a->host == b->host && a->together == NO_GROUP &&
            (a->apart != b->apart || a->apart == NO_GROUP))
            a->together = b->together = i;
    }
}

int plan_sim_make(struct plan_sim_cluster *c, const struct plan_sim *s)
{
    struct maker m = { .s = s, .c = c, .rng = s->seed };
    int rc = -ENOMEM;

    *c = (struct plan_sim_cluster){ .hosts = s->hosts, .domains = s->domains };
    if (!s->hosts || !s->rack || !s->pod || !s->planes || !(s->fill > 0) ||
        s->fill > 1)
        return -EINVAL;
    c->racks = (s->hosts + s->rack - 1) / s->rack;
    c->pods = (c->racks + s->pod - 1) / s->pod;
    c->host = calloc(s->hosts, sizeof *c->host);
    c->domain = calloc(s->domains + 1, sizeof *c->domain);
    m.free = calloc(s->hosts, sizeof *m.free);
    m.vfree = calloc(s->hosts, sizeof *m.vfree);
    m.order = calloc(s->domains + 1, sizeof *m.order);
    if (!c->host || !c->domain || !m.free || !m.vfree || !m.order)
        goto out;
    sim_make_sizes(&m, sim_make_hosts(&m));
    sim_make_groups(&m);
    rc = sim_place(&m);
    if (rc)
        goto out;
    sim_make_loads(&m);
    sim_make_pairs(&m);
out:
    free(m.free);
    free(m.vfree);
    free(m.order);
    if (rc)
        plan_sim_dispose(c);
    return rc;
}

void plan_sim_dispose(struct plan_sim_cluster *c)
{
    free(c->host);
    free(c->domain);
    *c = (struct plan_sim_cluster){ .host = NULL };
}
