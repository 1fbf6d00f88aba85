/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Keeps where every guest is, and what is free, while a planner tries moves.
 */
#include "scheduler/scheduler_impl.h"

#include <errno.h>
#include <stdlib.h>

static int state_devices(struct state *s)
{
    const struct plan_cluster *c = s->c;
    size_t n = (size_t)c->nhost * c->nclass;

    if (!n)
        return 0;
    s->device_left = malloc(n * sizeof *s->device_left);
    if (!s->device_left)
        return -ENOMEM;
    for (size_t i = 0; i < n; i++)
        s->device_left[i] = c->device_cap[i] - c->device_used[i];
    return 0;
}

int state_init(struct state *s, struct plan_cluster *c)
{
    uint32_t n = c->nhost + 1, m = c->ndom + 1;

    *s = (struct state){ .c = c };
    s->free = malloc(n * sizeof *s->free);
    s->vfree = malloc(n * sizeof *s->vfree);
    s->cpu = malloc(n * sizeof *s->cpu);
    s->head = malloc(n * sizeof *s->head);
    s->at = malloc(m * sizeof *s->at);
    s->next = malloc(m * sizeof *s->next);
    s->prev = malloc(m * sizeof *s->prev);
    if (state_devices(s) || !s->free || !s->vfree || !s->cpu || !s->head ||
        !s->at || !s->next || !s->prev) {
        state_dispose(s);
        return -ENOMEM;
    }
    for (uint32_t h = 0; h < c->nhost; h++) {
        uint32_t last = NONE;

        s->free[h] = c->host[h].cap - c->used[h];
        s->vfree[h] = c->host[h].vcap - c->vused[h];
        s->cpu[h] = c->cpu[h];
        s->head[h] = NONE;
        for (uint32_t k = c->first[h + 1]; k-- > c->first[h];) {
            uint32_t v = c->on_host[k];

            s->at[v] = h;
            s->next[v] = last;
            s->prev[v] = NONE;
            if (last != NONE)
                s->prev[last] = v;
            s->head[h] = last = v;
        }
    }
    return 0;
}

void state_dispose(struct state *s)
{
    free(s->free);
    free(s->vfree);
    free(s->cpu);
    free(s->device_left);
    free(s->head);
    free(s->at);
    free(s->next);
    free(s->prev);
    *s = (struct state){ .c = NULL };
}

static void state_account(struct state *s, const struct dom *v, uint32_t host,
                          int sign)
{
    s->free[host] -= sign * dom_mib_on(v, host);
    s->vfree[host] -= sign * v->vcpus;
    s->cpu[host] += sign * (v->cpu > 0 ? v->cpu : 0);
    for (uint32_t k = 0; k < v->device.n; k++)
        s->device_left[devices_at(s->c, host, s->c->pool[v->device.at + k])] -=
            sign;
}

void state_move(struct state *s, uint32_t dom, uint32_t to)
{
    const struct dom *v = &s->c->dom[dom];
    uint32_t from = s->at[dom];

    if (from != NONE) {
        state_account(s, v, from, -1);
        if (s->prev[dom] != NONE)
            s->next[s->prev[dom]] = s->next[dom];
        else
            s->head[from] = s->next[dom];
        if (s->next[dom] != NONE)
            s->prev[s->next[dom]] = s->prev[dom];
    }
    s->at[dom] = to;
    s->next[dom] = s->prev[dom] = NONE;
    if (to == NONE)
        return;
    state_account(s, v, to, 1);
    s->next[dom] = s->head[to];
    if (s->head[to] != NONE)
        s->prev[s->head[to]] = dom;
    s->head[to] = dom;
}
