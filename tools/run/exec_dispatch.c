/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Sets dispatch.c up for a run: its moves that wait or run, the memory that
 * the last look found free, and the links of the map.
 */
#include <stdlib.h>

#include "tools/run/exec_impl.h"

void exec_dispatch_dispose(struct exec *e)
{
    struct exec_private *p = e->p;

    if (!p->has_dispatch)
        return;
    for (uint32_t i = 0; i < p->d.move_n; i++) {
        free(p->d.move[i].share);
        free((void *)(uintptr_t)p->d.move[i].after);
    }
    free(p->d.move);
    free(p->d.free_mib);
    dispatch_dispose(&p->d);
    free(p->index);
    free(p->place);
    free(p->arc);
    p->arc = NULL;
    p->index = p->place = NULL;
    p->has_dispatch = false;
}

static int dispatch_shares(struct exec_private *p, struct dispatch_move *m)
{
    struct plan_share *s;
    int n = plan_shares(p->snap.cluster, m->from, m->to, &s);

    if (n < 0)
        return -1;
    m->share = calloc((size_t)n + 1, sizeof *m->share);
    for (int i = 0; m->share && i < n; i++)
        m->share[i] = (struct dispatch_share){ s[i].arc, s[i].part };
    m->share_n = (uint32_t)n;
    free(s);
    return m->share ? 0 : -1;
}

/* The moves that this one waits for, among those of the dispatch. One that is
 * done holds nothing up. 1: one failed or is in doubt, so this move can never
 * start. */
static int dispatch_after(struct exec *e, const struct run_move *from,
                          struct dispatch_move *m)
{
    struct exec_private *p = e->p;
    uint32_t *after = calloc((size_t)from->after_n + 1, sizeof *after);

    m->after = after;
    if (!after)
        return -1;
    for (uint32_t i = 0; i < from->after_n; i++) {
        const struct run_move *w = &e->run->move[from->after[i]];

        if (w->state == MOVE_DONE || w->state == MOVE_SKIPPED)
            continue;
        if (p->place[from->after[i]] == DISPATCH_NONE)
            return 1;
        after[m->after_n++] = p->place[from->after[i]];
    }
    return 0;
}

static int dispatch_add(struct exec *e, uint32_t move)
{
    struct exec_private *p = e->p;
    struct plan_cluster *c = p->snap.cluster;
    const struct run_move *from = &e->run->move[move];
    uint32_t dom = plan_find_domain(c, from->uuid), at = p->d.move_n++;
    struct dispatch_move *m = &p->d.move[at];
    int rc;

    *m = (struct dispatch_move){
        .from = plan_find_host(c, from->from),
        .to = plan_find_host(c, from->to),
        .mib = dom == PLAN_NONE ? 0 : plan_domain_mib(c, dom),
        .rate_mbps = from->rate_mbps,
    };
    p->index[at] = move;
    p->place[move] = at;
    if (dom == PLAN_NONE || m->from == PLAN_NONE || m->to == PLAN_NONE)
        return 1; /* gone, or not seen just now */
    rc = from->state == MOVE_STARTED ? 0 : dispatch_after(e, from, m);
    if (!rc)
        rc = dispatch_shares(p, m);
    return rc;
}

static bool dispatch_has_sent(const struct exec_private *p, uint32_t move)
{
    for (uint32_t i = 0; i < p->child_n; i++)
        if (p->child[i]->move == move)
            return p->child[i]->sent;
    return false;
}

/* Moves that run keep their rate. Their memory is booked on both hosts
 * already: exec_look() counted it. */
static void dispatch_go_on(struct exec *e)
{
    struct exec_private *p = e->p;

    for (uint32_t i = 0; i < p->d.move_n; i++) {
        const struct run_move *m = &e->run->move[p->index[i]];

        if (m->state != MOVE_STARTED)
            continue;
        p->d.free_mib[p->d.move[i].to] += p->d.move[i].mib;
        dispatch_start(&p->d, i, m->rate_mbps);
        if (dispatch_has_sent(p, p->index[i]))
            dispatch_sent(&p->d, i);
    }
}

static int dispatch_links(struct exec_private *p)
{
    struct plan_cluster *c = p->snap.cluster;
    uint32_t n = plan_arcs(c);

    p->arc = calloc((size_t)n + 1, sizeof *p->arc);
    if (!p->arc)
        return -1;
    for (uint32_t i = 0; i < n; i++)
        p->arc[i] = plan_arc_mbps(c, i);
    p->d.arc_mbps = p->arc;
    p->d.arc_n = n;
    return 0;
}

int exec_dispatch(struct exec *e)
{
    struct exec_private *p = e->p;
    struct plan_cluster *c = p->snap.cluster;
    struct run *r = e->run;
    uint32_t hosts = plan_hosts(c);
    int rc;

    p->d = (struct dispatch){ .host_n = hosts,
                              .streams = e->set.streams,
                              .host_streams = e->set.host_streams,
                              .link_streams = e->set.link_streams };
    p->has_dispatch = true;
    p->d.move = calloc((size_t)r->move_n + 1, sizeof *p->d.move);
    p->d.free_mib = calloc((size_t)hosts + 1, sizeof *p->d.free_mib);
    p->index = calloc((size_t)r->move_n + 1, sizeof *p->index);
    p->place = calloc((size_t)r->move_n + 1, sizeof *p->place);
    if (!p->d.move || !p->d.free_mib || !p->index || !p->place ||
        dispatch_links(p))
        return -1;
    for (uint32_t i = 0; i < r->move_n; i++)
        p->place[i] = DISPATCH_NONE;
    for (uint32_t h = 0; h < hosts; h++)
        p->d.free_mib[h] =
            plan_host_capacity_mib(c, h) - plan_host_used_mib(c, h);
    for (uint32_t i = 0; i < r->move_n; i++) {
        if (!run_waits(&r->move[i]) && r->move[i].state != MOVE_STARTED)
            continue;
        rc = dispatch_add(e, i);
        if (rc < 0)
            return -1;
        if (rc) { /* it waits for one that failed, or is not there: not now */
            p->wants_plan = true;
            free((void *)(uintptr_t)p->d.move[--p->d.move_n].after);
            p->place[i] = DISPATCH_NONE;
        }
    }
    if (dispatch_init(&p->d))
        return -1;
    dispatch_go_on(e);
    return 0;
}
