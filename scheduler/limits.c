/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Soft limits: how much of a host's memory and processors plans may fill.
 *
 * A plan goes above them only where none that was found stays below, and says
 * so.
 */
#include "scheduler/scheduler_impl.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

int64_t limits_mib(const struct plan_cluster *c, uint32_t host)
{
    return (int64_t)(c->set.memory_limit * (double)c->host[host].cap + 1e-6);
}

double limits_threads(const struct plan_cluster *c, uint32_t host)
{
    return c->set.cpu_limit * c->host[host].cpus;
}

unsigned limits_over(const struct plan_cluster *c, uint32_t host, int64_t mem,
                     double cpu)
{
    unsigned bits = 0;

    if (mem > limits_mib(c, host))
        bits |= PLAN_OVER_MEMORY;
    if (cpu > limits_threads(c, host) + 1e-9)
        bits |= PLAN_OVER_CPU;
    if (cpu > c->host[host].cpus + 1e-9)
        bits |= PLAN_OVER_THREADS;
    return bits;
}

/* What hosts have at the end; a host that gets nobody is not looked at. */
struct ends {
    int64_t *mem;
    double *cpu;
    uint8_t *gets;
};

static void ends_fill(struct ends *e, const struct plan_cluster *c,
                      const struct plan *p)
{
    memcpy(e->mem, c->used, c->nhost * sizeof *e->mem);
    memcpy(e->cpu, c->cpu, c->nhost * sizeof *e->cpu);
    for (uint32_t i = 0; i < p->move_n; i++) {
        const struct plan_move *m = &p->move[i];
        const struct dom *v = &c->dom[m->domain];

        e->mem[m->from] -= v->mem;
        e->mem[m->to] += v->mem;
        e->cpu[m->from] -= fmax(0, v->cpu);
        e->cpu[m->to] += fmax(0, v->cpu);
        e->gets[m->to] = 1;
    }
}

static int limits_add(struct plan *p, const struct plan_over *over)
{
    if (plan_one_more(&p->over, p->over_n, sizeof *over))
        return -ENOMEM;
    p->over[p->over_n++] = *over;
    return 0;
}

int limits_note(const struct plan_cluster *c, struct plan *p)
{
    struct ends e = { .mem = calloc(c->nhost + 1, sizeof *e.mem),
                      .cpu = calloc(c->nhost + 1, sizeof *e.cpu),
                      .gets = calloc(c->nhost + 1, 1) };
    int rc = e.mem && e.cpu && e.gets ? 0 : -ENOMEM;

    if (!rc)
        ends_fill(&e, c, p);
    for (uint32_t h = 0; h < c->nhost && !rc; h++) {
        const struct host *host = &c->host[h];
        struct plan_over over = { .host = h };

        if (!e.gets[h])
            continue;
        over.what = limits_over(c, h, e.mem[h], e.cpu[h]);
        over.memory = host->cap > 0 ? (double)e.mem[h] / (double)host->cap : 0;
        over.cpu = e.cpu[h] / host->cpus;
        if (over.what)
            rc = limits_add(p, &over);
    }
    free(e.mem);
    free(e.cpu);
    free(e.gets);
    return rc;
}
