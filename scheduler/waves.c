/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Schedules the moves of a plan: which run together, when, and how fast.
 *
 * A move starts as soon as the departures that it needs (waves_after.c) have
 * ended and every link on its way has room for the rate that it would get
 * alone (waves_admit.c). The most loaded link decides how long all of it
 * takes, so moves over the link with the most work ahead go first, the longest
 * of them first.
 */
#include "scheduler/waves_impl.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* --- from one end to the next -------------------------------------------- */

enum { SORT_ALWAYS = 1024 };

static int queue_by_key(const void *pa, const void *pb, void *arg)
{
    const struct waves *w = arg;
    uint32_t a = *(const uint32_t *)pa, b = *(const uint32_t *)pb;

    if (w->item[a].key != w->item[b].key)
        return w->item[a].key > w->item[b].key ? -1 : 1;
    return a < b ? -1 : a > b;
}

static int waves_run(struct waves *w)
{
    for (uint32_t i = 0; i < w->queued; i++)
        w->item[w->queue[i]].key = waves_priority(w, w->queue[i]);
    qsort_r(w->queue, w->queued, sizeof *w->queue, queue_by_key, w);
    while (w->queued || w->running) {
        if (w->queued <= SORT_ALWAYS)
            waves_sort_queue(w);
        waves_admit(w);
        while (waves_admit_slower(w))
            ;
        if (!w->running)
            return -EDEADLK; /* the order of the moves was not safe */
        w->now = 0;
        do {
            uint32_t m = waves_pop_end(w);

            w->now = w->p->move[m].start_s + w->p->move[m].seconds;
            waves_end_move(w, m);
        } while (w->running && w->p->move[w->heap[0]].start_s +
                                       w->p->move[w->heap[0]].seconds <=
                                   w->now + 1e-9);
    }
    return 0;
}

/* --- set up -------------------------------------------------------------- */

static int waves_load_items(struct waves *w)
{
    uint32_t *fill;

    for (uint32_t i = 0; i < w->n; i++) {
        const struct plan_move *m = &w->p->move[i];
        struct wave_item *it = &w->item[i];

        it->n = plan_shares(w->c, m->from, m->to, &it->share);
        if (it->n < 0)
            return -ENOMEM;
        it->rate = plan_rate(w->c, m->from, m->to);
        it->alone = score_precopy(w->c, m->domain, it->rate);
        it->waits = m->after_n;
        it->full = NONE;
        w->mib += it->alone.mib;
        w->downtime += it->alone.downtime_ms;
        for (uint32_t k = 0; k < m->after_n; k++) {
            w->item[m->after[k]].needed_by++;
            w->user_at[m->after[k] + 1]++;
        }
        waves_work_ahead(w, i, 1);
        w->queue[w->queued++] = i;
    }
    for (uint32_t i = 0; i < w->n; i++)
        w->user_at[i + 1] += w->user_at[i];
    w->users = calloc(w->user_at[w->n] + 1, sizeof *w->users);
    if (!w->users)
        return -ENOMEM;
    fill = w->heap; /* nothing runs yet, and its size is right */
    memcpy(fill, w->user_at, w->n * sizeof *fill);
    for (uint32_t i = 0; i < w->n; i++)
        for (uint32_t k = 0; k < w->p->move[i].after_n; k++)
            w->users[fill[w->p->move[i].after[k]]++] = i;
    return 0;
}

/* No schedule of these moves is shorter than the busiest link is busy, or than
 * the slowest guest takes. */
static void waves_bound(struct waves *w)
{
    double most = 0, alone = 0;

    for (uint32_t i = 0; i < w->n; i++) {
        most = fmax(most, w->item[i].alone.seconds);
        alone += w->item[i].alone.downtime_ms;
    }
    for (uint32_t i = 0; i < w->arcs; i++)
        most = fmax(most, w->ahead[i]);
    w->p->makespan_bound_s = most;
    w->p->downtime_alone_ms = alone;
}

static int waves_init(struct waves *w, struct plan_cluster *c, struct plan *p)
{
    *w = (struct waves){ .c = c, .p = p, .n = p->move_n };
    w->arcs = plan_arcs(c);
    w->item = calloc(w->n + 1, sizeof *w->item);
    w->used = calloc(w->arcs + 1, sizeof *w->used);
    w->ahead = calloc(w->arcs + 1, sizeof *w->ahead);
    w->on_arc = calloc(w->arcs + 1, sizeof *w->on_arc);
    w->on_host = calloc(c->nhost + 1, sizeof *w->on_host);
    w->left_at = calloc(w->arcs + c->nhost + 1, sizeof *w->left_at);
    w->queue = calloc(w->n + 1, sizeof *w->queue);
    w->heap = calloc(w->n + 1, sizeof *w->heap);
    w->user_at = calloc(w->n + 2, sizeof *w->user_at);
    if (!w->item || !w->used || !w->ahead || !w->on_arc || !w->on_host ||
        !w->left_at || !w->queue || !w->heap || !w->user_at)
        return -ENOMEM;
    return waves_load_items(w);
}

static void waves_dispose(struct waves *w)
{
    for (uint32_t i = 0; w->item && i < w->n; i++)
        free(w->item[i].share);
    free(w->item);
    free(w->used);
    free(w->ahead);
    free(w->on_arc);
    free(w->on_host);
    free(w->left_at);
    free(w->queue);
    free(w->heap);
    free(w->users);
    free(w->user_at);
}

/* --- the result ---------------------------------------------------------- */

int waves_schedule(struct plan_cluster *c, struct plan *p)
{
    struct waves w;
    int rc;

    if (!p->move_n)
        return 0;
    rc = waves_find_after(c, p);
    if (rc)
        return rc;
    rc = waves_init(&w, c, p);
    if (!rc) {
        waves_bound(&w);
        rc = waves_run(&w);
    }
    waves_dispose(&w);
    return rc ? rc : plan_sort_moves(&p->move, p->move_n);
}
