/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Finds the departures that each move of a plan really has to wait for.
 *
 * Moves come in an order that is safe one by one; few of them need all of it.
 */
#include "scheduler/waves_impl.h"

#include <errno.h>
#include <stdlib.h>

struct visit { /* a move arrives at a host or leaves one */
    uint32_t host, move;
    bool arrives;
};

static int visit_by_host_then_move(const void *pa, const void *pb)
{
    const struct visit *a = pa, *b = pb;

    if (a->host != b->host)
        return a->host < b->host ? -1 : 1;
    return a->move < b->move ? -1 : a->move > b->move;
}

static int move_add_after(struct plan_move *m, uint32_t dep)
{
    uint32_t *bigger;

    for (uint32_t i = 0; i < m->after_n; i++)
        if (m->after[i] == dep)
            return 0;
    bigger = realloc(m->after, (m->after_n + 1) * sizeof *m->after);
    if (!bigger)
        return -ENOMEM;
    m->after = bigger;
    m->after[m->after_n++] = dep;
    return 0;
}

/*
 * Finds what the arrivals at one host wait for; its visits come in the safe
 * order. The k-th arrival waits for the first departures that make room for
 * all arrivals up to it. Arrivals may then start in any order: when the k-th
 * is the last that has started, the departures that it waited for have ended,
 * and there is room for it and for all before it.
 */
static int host_find_after(struct plan_cluster *c, struct plan *p,
                           const struct visit *visit, uint32_t n)
{
    uint32_t h = visit[0].host;
    int64_t mem = c->used[h] - c->host[h].cap;
    int32_t cpu = c->vused[h] - c->host[h].vcap;
    int rc = 0;

    for (uint32_t i = 0; i < n && !rc; i++) {
        struct plan_move *m = &p->move[visit[i].move];
        const struct dom *v = &c->dom[m->domain];
        int64_t over;
        int32_t vover;

        if (!visit[i].arrives)
            continue;
        mem += dom_mib_on(v, h);
        cpu += v->vcpus;
        over = mem;
        vover = cpu;
        for (uint32_t k = 0; k < i && !rc; k++) {
            uint32_t other = p->move[visit[k].move].domain;
            bool room = over > 0 || vover > 0;

            if (visit[k].arrives)
                continue;
            over -= dom_mib_on(&c->dom[other], h);
            vover -= c->dom[other].vcpus;
            if (room || plan_exclude(c, m->domain, other) ||
                devices_shared(c, m->domain, other))
                rc = move_add_after(m, visit[k].move);
        }
    }
    return rc;
}

/* A guest waits for those of its apart_racks groups that leave the rack before
 * it comes; those that leave its very host are found above. */
static int racks_find_after(struct plan_cluster *c, struct plan *p,
                            const uint32_t *racked, uint32_t n)
{
    int rc = 0;

    for (uint32_t i = 0; i < n; i++)
        for (uint32_t k = 0; k < i && !rc; k++) {
            struct plan_move *m = &p->move[racked[i]];
            const struct plan_move *other = &p->move[racked[k]];

            if (plan_share_rack(c, other->from, m->to) &&
                plan_exclude_rack(c, m->domain, other->domain))
                rc = move_add_after(m, racked[k]);
        }
    return rc;
}

static int waves_find_after_racks(struct plan_cluster *c, struct plan *p)
{
    uint32_t *racked = calloc(p->move_n + 1, sizeof *racked), n = 0;
    int rc = racked ? 0 : -ENOMEM;

    for (uint32_t i = 0; i < p->move_n && !rc; i++)
        if (c->dom[p->move[i].domain].apart_racks.n)
            racked[n++] = i;
    if (!rc)
        rc = racks_find_after(c, p, racked, n);
    free(racked);
    return rc;
}

int waves_find_after(struct plan_cluster *c, struct plan *p)
{
    struct visit *visit = calloc(2 * (size_t)p->move_n + 1, sizeof *visit);
    uint32_t n = 0, end;
    int rc = 0;

    if (!visit)
        return -ENOMEM;
    for (uint32_t i = 0; i < p->move_n; i++) {
        visit[n++] = (struct visit){ p->move[i].to, i, true };
        visit[n++] = (struct visit){ p->move[i].from, i, false };
    }
    if (n)
        qsort(visit, n, sizeof *visit, visit_by_host_then_move);
    for (uint32_t i = 0; i < n && !rc; i = end) {
        for (end = i; end < n && visit[end].host == visit[i].host;)
            end++;
        rc = host_find_after(c, p, visit + i, end - i);
    }
    free(visit);
    return rc ? rc : waves_find_after_racks(c, p);
}
