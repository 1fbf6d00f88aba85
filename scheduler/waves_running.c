/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Keeps the moves that run: what they use, and which of them ends next.
 */
#include "scheduler/waves_impl.h"

#include <math.h>

#define MBIT_PER_MIB (8 * 1048576 / 1e6)

/* --- which ends next ----------------------------------------------------- */

static bool move_ends_before(const struct waves *w, uint32_t a, uint32_t b)
{
    const struct plan_move *x = &w->p->move[a], *y = &w->p->move[b];
    double ex = x->start_s + x->seconds, ey = y->start_s + y->seconds;

    return ex != ey ? ex < ey : a < b;
}

static void waves_push_end(struct waves *w, uint32_t move)
{
    uint32_t i = w->running++;

    while (i && move_ends_before(w, move, w->heap[(i - 1) / 2])) {
        w->heap[i] = w->heap[(i - 1) / 2];
        i = (i - 1) / 2;
    }
    w->heap[i] = move;
}

uint32_t waves_pop_end(struct waves *w)
{
    uint32_t top = w->heap[0], last = w->heap[--w->running], i = 0, k;

    while ((k = 2 * i + 1) < w->running) {
        if (k + 1 < w->running &&
            move_ends_before(w, w->heap[k + 1], w->heap[k]))
            k++;
        if (!move_ends_before(w, w->heap[k], last))
            break;
        w->heap[i] = w->heap[k];
        i = k;
    }
    w->heap[i] = last;
    return top;
}

/* --- what they use ------------------------------------------------------- */

static void waves_account(struct waves *w, uint32_t move, int sign)
{
    const struct plan_move *m = &w->p->move[move];
    const struct wave_item *it = &w->item[move];

    w->on_host[m->from] += (uint32_t)sign;
    w->on_host[m->to] += (uint32_t)sign;
    for (int i = 0; i < it->n; i++) {
        w->used[it->share[i].arc] += sign * m->rate_mbps * it->share[i].part;
        w->on_arc[it->share[i].arc] += (uint32_t)sign;
    }
}

void waves_work_ahead(struct waves *w, uint32_t move, int sign)
{
    const struct wave_item *it = &w->item[move];

    for (int i = 0; i < it->n; i++) {
        double avail = waves_arc_avail(w, it->share[i].arc);

        if (avail > 0)
            w->ahead[it->share[i].arc] += sign * it->alone.wire_mib *
                                          MBIT_PER_MIB * it->share[i].part /
                                          avail;
    }
}

void waves_start_move(struct waves *w, uint32_t move, double rate,
                      const struct plan_precopy_result *r)
{
    struct plan_move *m = &w->p->move[move];

    m->start_s = w->now;
    m->seconds = ceil(r->seconds * 1000 - 1e-6) / 1000;
    m->rate_mbps = rate;
    m->downtime_ms = r->downtime_ms;
    m->gib = r->mib / 1024;
    m->wire_gib = r->wire_known ? r->wire_mib / 1024 : 0;
    waves_account(w, move, 1);
    waves_work_ahead(w, move, -1);
    waves_push_end(w, move);
}

/* Moves that had no room there are asked again. */
static void waves_leave(struct waves *w, uint32_t move)
{
    const struct plan_move *m = &w->p->move[move];
    const struct wave_item *it = &w->item[move];

    w->ends++;
    w->left_at[w->arcs + m->from] = w->left_at[w->arcs + m->to] = w->ends;
    for (int i = 0; i < it->n; i++)
        w->left_at[it->share[i].arc] = w->ends;
}

void waves_end_move(struct waves *w, uint32_t move)
{
    waves_account(w, move, -1);
    waves_leave(w, move);
    for (uint32_t i = w->user_at[move]; i < w->user_at[move + 1]; i++)
        w->item[w->users[i]].waits--;
}
