/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Proves that no plan can empty the hosts, by sets of hosts.
 *
 * Guests that only certain hosts suit must fit into these, together with those
 * that are there already. This takes longer than drain_infeasible.c, so it is
 * asked only when a plan was not found at once.
 */
#include "scheduler/drain_impl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tools/base/figure.h"

enum { SETS_MAX = 256 };

struct sets {
    uint32_t n, words;
    uint64_t *bits;       /* [set][word]: host signatures that suit */
    uint32_t *of;         /* set by guest signature; NONE: left out */
    double *mem, *cpu;    /* by set: of guests that can be nowhere else */
    double *room, *vroom; /* by host signature: what its hosts have */
    uint32_t *hosts;      /* by host signature: how many there are */
};

static void sets_dispose(struct sets *s)
{
    free(s->bits);
    free(s->of);
    free(s->mem);
    free(s->cpu);
    free(s->room);
    free(s->vroom);
    free(s->hosts);
}

static int sets_init(struct sets *s, const struct drain *d)
{
    const struct plan_cluster *c = d->c;

    *s = (struct sets){ .words = c->hsig.n / 64 + 1 };
    s->bits = calloc((size_t)(SETS_MAX + 1) * s->words, sizeof *s->bits);
    s->of = malloc((c->dsig.n + 1) * sizeof *s->of);
    s->mem = calloc(SETS_MAX + 1, sizeof *s->mem);
    s->cpu = calloc(SETS_MAX + 1, sizeof *s->cpu);
    s->room = calloc(c->hsig.n + 1, sizeof *s->room);
    s->vroom = calloc(c->hsig.n + 1, sizeof *s->vroom);
    s->hosts = calloc(c->hsig.n + 1, sizeof *s->hosts);
    if (!s->bits || !s->of || !s->mem || !s->cpu || !s->room || !s->vroom ||
        !s->hosts)
        return -ENOMEM;
    return 0;
}

/* --- sets of hosts ------------------------------------------------------- */

/* What the hosts have. One that is over its limits may stay so. */
static void sets_count_room(struct sets *s, const struct drain *d)
{
    for (uint32_t i = 0; i < d->ncand; i++) {
        uint32_t h = d->cand[i], sig = d->c->host[h].sig;
        int32_t v = d->c->host[h].vcap;
        int64_t m = d->c->host[h].cap;

        s->hosts[sig]++;
        s->room[sig] += (double)(m > d->c->used[h] ? m : d->c->used[h]);
        s->vroom[sig] += v > d->c->vused[h] ? v : d->c->vused[h];
    }
}

/* Finds the set of each guest signature; signatures that the same hosts suit
 * share one. Past SETS_MAX the rest is left out, which proves less, but
 * nothing wrong. */
static void sets_collect(struct sets *s, const struct drain *d)
{
    const struct plan_cluster *c = d->c;

    for (uint32_t i = 0; i < c->dsig.n; i++) {
        uint64_t *b = s->bits + (size_t)s->n * s->words;
        uint32_t k = 0;

        memset(b, 0, s->words * sizeof *b);
        for (uint32_t h = 0; h < c->hsig.n; h++)
            if (s->hosts[h] && !rules_sig(c, i, h))
                b[h / 64] |= 1ull << h % 64;
        while (k < s->n &&
               memcmp(s->bits + (size_t)k * s->words, b, s->words * sizeof *b))
            k++;
        s->of[i] = k < SETS_MAX ? k : NONE;
        if (k == s->n && s->n < SETS_MAX)
            s->n++;
    }
}

/* Adds up the guests that have to be on hosts of their set: all that are
 * drained, and all that are there already and could only move within it. */
static void sets_fill(struct sets *s, const struct drain *d)
{
    const struct plan_cluster *c = d->c;

    for (uint32_t i = 0; i < c->ndom; i++) {
        const struct dom *v = &c->dom[i];
        const struct host *h = &c->host[v->host];
        uint32_t set = s->of[v->sig];
        bool goes = d->drained[v->host];

        if (goes ? v->odd : h->state != PLAN_UP)
            continue; /* it stays, or nothing can go to its host */
        if (!goes && dom_fixed(v)) { /* it stays, whatever the plan */
            s->room[h->sig] -= (double)v->held;
            s->vroom[h->sig] -= v->vcpus;
            continue;
        }
        if (set == NONE ||
            (!goes &&
             !(s->bits[(size_t)set * s->words + h->sig / 64] >> h->sig % 64 &
               1)))
            continue; /* it may stay outside of the set */
        s->mem[set] += (double)v->held;
        s->cpu[set] += v->vcpus;
    }
}

static int sets_list_hosts(struct drain *d, const struct sets *s, uint32_t set)
{
    const uint64_t *b = s->bits + (size_t)set * s->words;

    d->p->where = calloc(d->ncand + 1, sizeof *d->p->where);
    if (!d->p->where)
        return -ENOMEM;
    for (uint32_t i = 0; i < d->c->nhost; i++) {
        uint32_t sig = d->c->host[i].sig;

        if (!d->drained[i] && d->c->host[i].state == PLAN_UP &&
            b[sig / 64] >> sig % 64 & 1)
            d->p->where[d->p->where_n++] = i;
    }
    return 0;
}

static int sets_check(struct drain *d, const struct sets *s, uint32_t set)
{
    char need[FIGURE], have[FIGURE];
    const uint64_t *b = s->bits + (size_t)set * s->words;
    double mem = 0, cpu = 0, room = 0, vroom = 0;
    uint32_t hosts = 0;
    int rc;

    for (uint32_t k = 0; k < s->n; k++) {
        bool inside = true;

        for (uint32_t w = 0; w < s->words; w++)
            inside &= !(s->bits[(size_t)k * s->words + w] & ~b[w]);
        mem += inside ? s->mem[k] : 0;
        cpu += inside ? s->cpu[k] : 0;
    }
    for (uint32_t h = 0; h < d->c->hsig.n; h++)
        if (b[h / 64] >> h % 64 & 1) {
            room += s->room[h];
            vroom += s->vroom[h];
            hosts += s->hosts[h];
        }
    if (mem <= room && cpu <= vroom)
        return 0;
    figure_mib_pair(need, have, mem, room);
    rc =
        mem > room
            ? drain_proven(
                  d, PLAN_MEMORY, mem, room,
                  plan_asprintf(
                      "guests with %s in all, those that have to move and "
                      "those already on these hosts, can only be on %u hosts "
                      "that have %s for them",
                      need, hosts, have))
            : drain_proven(
                  d, PLAN_VCPU, cpu, vroom,
                  plan_asprintf(
                      "guests with %.0f vCPUs in all, those that have to move "
                      "and those already on these hosts, can only be on %u "
                      "hosts that have %.0f vCPUs for them",
                      cpu, hosts, vroom));
    return rc ? rc : sets_list_hosts(d, s, set);
}

int drain_infeasible_deep(struct drain *d)
{
    struct sets s;
    int rc;

    if (d->p->infeasible)
        return 0;
    rc = drain_infeasible_groups(d);
    if (rc || d->p->infeasible)
        return rc;
    rc = sets_init(&s, d);
    if (!rc) {
        sets_count_room(&s, d);
        sets_collect(&s, d);
        sets_fill(&s, d);
    }
    for (uint32_t k = 0; k < s.n && !rc && !d->p->infeasible; k++)
        rc = sets_check(d, &s, k);
    sets_dispose(&s);
    return rc;
}
