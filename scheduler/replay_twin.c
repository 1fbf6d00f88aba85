/* SPDX-License-Identifier: LGPL-2.1-only */
/* The twin of a cluster: its hosts, guests and moves while time passes. */
#include "scheduler/replay_impl.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

static const double HOUR = 3600;
/* The share of its CPU that a guest does not get while it moves. */
static const double MOVE_LOSS = 0.1;
/* A change of load, as a share of the host's CPU, that is one. */
static const double CHANGE = 0.2;

static double twin_core(const struct loop_host *h)
{
    return h->core > 0 ? h->core : h->cpu;
}

static double twin_demand(const struct twin *w, uint32_t g, uint32_t h)
{
    return fmin(w->demand[g], twin_core(&w->t->host[h]));
}

int twin_init(struct twin *w, const struct replay_trace *t,
              struct replay_result *result, uint32_t *bad_r)
{
    size_t guests = (size_t)t->guests + 1, hosts = (size_t)t->hosts + 1;

    *w = (struct twin){ .t = t, .result = result };
    w->host = calloc(hosts, sizeof *w->host);
    w->guest = calloc(guests, sizeof *w->guest);
    w->demand = calloc(guests, sizeof *w->demand);
    w->at = calloc(guests, sizeof *w->at);
    w->to = calloc(guests, sizeof *w->to);
    w->moving = calloc(guests, sizeof *w->moving);
    w->on = calloc(hosts, sizeof *w->on);
    w->move = calloc(guests, sizeof *w->move);
    if (!w->host || !w->guest || !w->demand || !w->at || !w->to ||
        !w->moving || !w->on || !w->move)
        return -ENOMEM;
    for (uint32_t h = 0; h < t->hosts; h++)
        w->host[h].free_mib = t->host[h].memory_mib;
    return place_guests(w, bad_r);
}

void twin_dispose(struct twin *w)
{
    free(w->host);
    free(w->guest);
    free(w->demand);
    free(w->at);
    free(w->to);
    free(w->moving);
    free(w->on);
    free(w->move);
    free(w->moved_s);
    *w = (struct twin){ .t = NULL };
}

static void twin_on(struct twin *w)
{
    for (uint32_t h = 0; h < w->t->hosts; h++)
        w->on[h] = w->host[h].guests > 0;
}

void twin_step(struct twin *w, uint32_t step)
{
    for (uint32_t h = 0; h < w->t->hosts; h++)
        w->host[h].demand = 0;
    for (uint32_t g = 0; g < w->t->guests; g++) {
        double load = (double)w->t->load[(size_t)g * w->t->steps + step];

        w->demand[g] = load / 100 * w->t->guest[g].cpu;
        w->guest[g].asked += w->demand[g] * w->t->step_s;
        w->host[w->at[g]].demand += twin_demand(w, g, w->at[g]);
    }
    twin_on(w);
}

/* --- time passes --------------------------------------------------------- */

static void twin_pass(struct twin *w, double until_s)
{
    double s = until_s - w->now_s;

    for (uint32_t h = 0; h < w->t->hosts; h++) {
        struct twin_host *x = &w->host[h];
        const struct loop_host *host = &w->t->host[h];

        if (!x->guests)
            continue;
        w->wh += s / HOUR * loop_power_w(host, x->demand / host->cpu);
        w->served += s * fmin(x->demand, host->cpu);
        x->on_s += s;
        if (x->demand > host->cpu * (1 + 1e-9))
            x->over_s += s;
    }
    for (uint32_t i = 0; i < w->moves; i++) {
        const struct twin_move *m = &w->move[i];

        w->guest[m->guest].lost +=
            MOVE_LOSS * w->demand[m->guest] *
            fmax(until_s - fmax(w->now_s, m->begin_s), 0);
    }
    w->now_s = until_s;
}

static void twin_arrive(struct twin *w, uint32_t i)
{
    struct twin_move m = w->move[i];

    w->move[i] = w->move[--w->moves];
    w->host[m.from].demand -= twin_demand(w, m.guest, m.from);
    w->host[m.from].guests--;
    w->host[m.from].free_mib += w->t->guest[m.guest].memory_mib;
    w->host[m.to].demand += twin_demand(w, m.guest, m.to);
    w->at[m.guest] = m.to;
    w->moving[m.guest] = false;
}

static uint32_t twin_next(const struct twin *w)
{
    uint32_t next = 0;

    for (uint32_t i = 1; i < w->moves; i++)
        if (w->move[i].end_s < w->move[next].end_s)
            next = i;
    return next;
}

void twin_advance(struct twin *w, double until_s)
{
    while (w->moves) {
        uint32_t i = twin_next(w);

        if (w->move[i].end_s > until_s)
            break;
        if (w->move[i].end_s > w->now_s)
            twin_pass(w, w->move[i].end_s);
        twin_arrive(w, i);
    }
    twin_pass(w, until_s);
    twin_on(w);
}

/* --- moves --------------------------------------------------------------- */

static bool twin_changed(const struct twin *w, uint32_t h, double then)
{
    return fabs(w->host[h].demand - then) >= CHANGE * w->t->host[h].cpu;
}

/* Does the guest return to a host that it has left within an hour, for no
 * change of load on either? Notes that it leaves this one. */
static bool twin_back(struct twin *w, uint32_t g, uint32_t to)
{
    struct twin_guest *q = &w->guest[g];
    uint32_t from = w->at[g];
    bool back = false;

    for (uint32_t i = 0; i < q->lefts && i < TWIN_LEFT; i++) {
        const struct twin_left *l = &q->left[i];

        if (l->from == to && w->now_s - l->s < HOUR &&
            !twin_changed(w, l->from, l->from_demand) &&
            !twin_changed(w, l->to, l->to_demand))
            back = true;
    }
    q->left[q->lefts++ % TWIN_LEFT] =
        (struct twin_left){ from, to, w->now_s, w->host[from].demand,
                            w->host[to].demand };
    return back;
}

static int twin_count(struct twin *w)
{
    if (w->moved == w->moved_room) {
        size_t room = w->moved_room ? 2 * w->moved_room : 1024;
        double *m = realloc(w->moved_s, room * sizeof *m);

        if (!m)
            return -ENOMEM;
        w->moved_s = m;
        w->moved_room = room;
    }
    w->moved_s[w->moved++] = w->now_s;
    return 0;
}

int twin_move(struct twin *w, uint32_t g, uint32_t to, bool memory)
{
    const struct loop_guest *q = &w->t->guest[g];
    struct twin_host *target = &w->host[to];
    uint32_t from = w->at[g];
    double mbps = fmin(w->t->host[from].nic_mbps, w->t->host[to].nic_mbps);
    double begin;

    if (memory && target->free_mib < q->memory_mib) {
        w->result->memory_broken++;
        return -ENOSPC;
    }
    if (twin_count(w))
        return -ENOMEM;
    w->result->there_and_back += twin_back(w, g, to);
    if (!target->guests)
        target->ready_s = w->now_s + w->t->host[to].boot_s;
    begin = fmax(w->now_s, target->ready_s);
    w->move[w->moves++] =
        (struct twin_move){ g, from, to, begin,
                            begin + (double)q->memory_mib * 1048576 * 8 /
                                        (mbps / 2 * 1e6) };
    target->guests++;
    target->free_mib -= q->memory_mib;
    w->to[g] = to;
    w->moving[g] = true;
    w->result->moves++;
    w->result->gib += (double)q->memory_mib / 1024;
    return 0;
}

/* --- the sums ------------------------------------------------------------- */

/* The most moves of any sixty minutes. */
static uint32_t twin_most(const struct twin *w)
{
    size_t from = 0, most = 0;

    for (size_t i = 0; i < w->moved; i++) {
        while (w->moved_s[i] - w->moved_s[from] >= HOUR)
            from++;
        if (i - from + 1 > most)
            most = i - from + 1;
    }
    return (uint32_t)most;
}

void twin_sum(struct twin *w, bool memory)
{
    struct replay_result *r = w->result;
    double over = 0, lost = 0, lost_all = 0, asked_all = 0, on_s = 0;
    uint32_t hosts = 0, guests = 0;

    for (uint32_t h = 0; h < w->t->hosts; h++) {
        const struct twin_host *x = &w->host[h];

        r->host_hours += x->on_s / HOUR;
        r->over_hours += x->over_s / HOUR;
        on_s += x->on_s;
        if (x->on_s > 0) {
            over += x->over_s / x->on_s;
            hosts++;
        }
    }
    for (uint32_t g = 0; g < w->t->guests; g++) {
        if (w->guest[g].asked > 0) {
            lost += w->guest[g].lost / w->guest[g].asked;
            lost_all += w->guest[g].lost;
            asked_all += w->guest[g].asked;
            guests++;
        }
    }
    r->kwh = w->wh / 1000;
    r->slatah = hosts ? over / hosts : 0;
    r->pdm = guests ? lost / guests : 0;
    r->slav = r->slatah * r->pdm;
    r->slatah_all = on_s > 0 ? r->over_hours * HOUR / on_s : 0;
    r->pdm_all = asked_all > 0 ? lost_all / asked_all : 0;
    r->bound_kwh = bound_wh(w, memory) / 1000;
    r->most_moves_hour = twin_most(w);
}
