/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The rules of a small cluster, and a search of all states that moves lead to.
 */
#include "tests/lib/plan_world.h"

#include <stdlib.h>

bool world_allows(const struct world *w, const int *at, int v, int host)
{
    const struct v *d = &w->v[v];
    int mem = d->mem, cpus = d->vcpus, from = at[v] < 0 ? d->host : at[v];

    if (!w->h[host].up || d->pinned || d->features & ~w->h[host].features ||
        (d->network && !w->h[host].network) || w->dist[from][host] >= 1000)
        return false;
    for (int i = 0; i < w->doms; i++) {
        if (i == v || at[i] != host)
            continue;
        mem += w->v[i].mem;
        cpus += w->v[i].vcpus;
        if (d->group && w->v[i].group == d->group)
            return false;
    }
    return mem <= w->h[host].mem && cpus <= w->overcommit * w->h[host].cpus;
}

double world_busy(const struct world *w, const int *at, int host)
{
    double sum = 0;

    for (int i = 0; i < w->doms; i++)
        sum += at[i] == host ? w->v[i].cpu : 0;
    return sum;
}

bool world_keeps(const struct world *w, const int *at, int host, int limits)
{
    double own = 0, busy = world_busy(w, at, host), most;
    int mem = 0;

    for (int i = 0; i < w->doms; i++) {
        own += w->v[i].host == host ? w->v[i].cpu : 0;
        mem += at[i] == host ? w->v[i].mem : 0;
    }
    most = w->cpu_limit * w->h[host].cpus;
    if (limits == 2 && most < w->h[host].cpus)
        most = w->h[host].cpus;
    if (limits == 0 && mem > w->memory_limit * w->h[host].mem)
        return false;
    return limits == 3 || busy <= most + 1e-6 || busy <= own + 1e-6;
}

bool world_is_drained(const struct world *w, const int *at, int drained)
{
    for (int i = 0; i < w->doms; i++) {
        if (at[i] == drained)
            return false;
        for (int k = 0; k < i && w->v[i].pair; k++)
            if (w->v[k].pair == w->v[i].pair && at[k] != at[i])
                return false;
    }
    return true;
}

/* --- all states ---------------------------------------------------------- */

enum { STATES = 20000 };

struct states {
    const struct world *w;
    const struct world_goal *goal;
    bool once;
    char seen[STATES];
    int queue[STATES], tail;
};

/* A state is a number: the host of each guest is a digit. */
static int state_of(const struct world *w, const int *at)
{
    int n = 0;

    for (int i = w->doms; i-- > 0;)
        n = n * w->hosts + at[i];
    return n;
}

static void state_read(const struct world *w, int n, int *at)
{
    for (int i = 0; i < w->doms; i++, n /= w->hosts)
        at[i] = n % w->hosts;
}

static bool states_fit(const struct world *w)
{
    long n = 1;

    for (int i = 0; i < w->doms && n <= STATES; i++)
        n *= w->hosts;
    return n <= STATES;
}

static bool is_reached(const struct states *s, const int *at)
{
    const struct world_goal *g = s->goal;

    if (g->dom < 0)
        return world_is_drained(s->w, at, g->drained);
    return world_is_drained(s->w, at, -1) &&
           (g->host < 0 ? at[g->dom] != s->w->v[g->dom].host
                        : at[g->dom] == g->host);
}

static void states_add(struct states *s, const int *at)
{
    int n = state_of(s->w, at);

    if (s->seen[n])
        return;
    s->seen[n] = 1;
    s->queue[s->tail++] = n;
}

/* The guests that move with this one when each moves once; -1: none. */
static int pair_of(const struct world *w, int v)
{
    for (int i = 0; i < w->doms && w->v[v].pair; i++)
        if (i != v && w->v[i].pair == w->v[v].pair)
            return i;
    return -1;
}

static void states_move(struct states *s, int *at, int v, int host)
{
    const struct world *w = s->w;
    int was = at[v], mate = s->once ? pair_of(w, v) : -1;

    if (host == was || (s->once && host == s->goal->drained) ||
        !world_allows(w, at, v, host))
        return;
    at[v] = host;
    if (mate < 0) {
        states_add(s, at);
    } else if (world_allows(w, at, mate, host)) {
        at[mate] = host;
        states_add(s, at);
        at[mate] = was;
    }
    at[v] = was;
}

static void states_from(struct states *s, int *at)
{
    for (int v = 0; v < s->w->doms; v++)
        for (int h = 0; h < s->w->hosts; h++)
            if (!s->once || at[v] == s->w->v[v].host)
                states_move(s, at, v, h);
}

enum world_answer world_reaches(const struct world *w,
                                const struct world_goal *goal, bool once)
{
    struct states *s;
    enum world_answer answer = WORLD_NO;
    int at[DOMS];

    if (!states_fit(w))
        return WORLD_TOO_LARGE;
    s = calloc(1, sizeof *s);
    if (!s)
        abort();
    s->w = w;
    s->goal = goal;
    s->once = once;
    for (int i = 0; i < w->doms; i++)
        at[i] = w->v[i].host;
    s->queue[s->tail++] = state_of(w, at);
    s->seen[s->queue[0]] = 1;
    for (int head = 0; head < s->tail && answer == WORLD_NO; head++) {
        state_read(w, s->queue[head], at);
        if (is_reached(s, at))
            answer = WORLD_YES;
        else
            states_from(s, at);
    }
    free(s);
    return answer;
}
