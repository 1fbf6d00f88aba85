/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Orders and times the moves of a roll, as those of any plan (waves.c).
 *
 * The moves home are the moves away, backwards: what was safe in one direction
 * is so in the other, for at each moment the same guests are on the same
 * hosts, and links carry as much both ways.
 */
#include "scheduler/roll_impl.h"
#include "scheduler/waves_impl.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* waves.c asks the cluster what is used; where guests do not return, that is
 * not what it was at the start. */
struct timing {
    struct plan_cluster *c;
    int64_t *used;
    int32_t *vused;
};

static int timing_init(struct timing *t, struct plan_cluster *c)
{
    size_t n = c->nhost + 1;

    *t = (struct timing){ .c = c,
                          .used = calloc(n, sizeof *t->used),
                          .vused = calloc(n, sizeof *t->vused) };
    if (!t->used || !t->vused)
        return -ENOMEM;
    memcpy(t->used, c->used, c->nhost * sizeof *t->used);
    memcpy(t->vused, c->vused, c->nhost * sizeof *t->vused);
    return 0;
}

static void timing_swap(struct timing *t)
{
    int64_t *used = t->c->used;
    int32_t *vused = t->c->vused;

    t->c->used = t->used;
    t->c->vused = t->vused;
    t->used = used;
    t->vused = vused;
}

static void timing_apply(struct timing *t, const struct plan *p)
{
    for (uint32_t i = 0; i < p->move_n; i++) {
        const struct plan_move *m = &p->move[i];
        const struct dom *v = &t->c->dom[m->domain];

        t->used[m->from] -= dom_mib_on(v, m->from);
        t->used[m->to] += dom_mib_on(v, m->to);
        t->vused[m->from] -= v->vcpus;
        t->vused[m->to] += v->vcpus;
    }
}

static void timing_dispose(struct timing *t)
{
    free(t->used);
    free(t->vused);
}

/* --- very large waves ---------------------------------------------------- */

/* waves.c looks at all waiting moves whenever one ends, which is too slow for
 * more than so many. */
enum { SCHEDULED_MOST = 2000 };

struct queueing { /* a move starts when its links could have sent all moves
                    before it, so these times are rather too short */
    struct plan_cluster *c;
    double *work; /* by arc: seconds that it sends, so far */
};

static double queue_start(const struct queueing *q, const struct plan *p,
                          const struct plan_move *m,
                          const struct plan_share *share, int n)
{
    double start = 0;

    for (uint32_t k = 0; k < m->after_n; k++) {
        const struct plan_move *a = &p->move[m->after[k]];

        start = fmax(start, a->start_s + a->seconds);
    }
    for (int k = 0; k < n; k++)
        start = fmax(start, q->work[share[k].arc]);
    return start;
}

static int queue_move(struct queueing *q, struct plan *p, struct plan_move *m)
{
    const double rate = plan_rate(q->c, m->from, m->to);
    const struct plan_precopy_result r = score_precopy(q->c, m->domain, rate);
    struct plan_share *share;
    int n = plan_shares(q->c, m->from, m->to, &share);

    if (n < 0)
        return n;
    m->rate_mbps = rate;
    m->gib = r.mib / 1024;
    m->wire_gib = r.wire_known ? r.wire_mib / 1024 : 0;
    m->seconds = r.seconds;
    m->downtime_ms = r.downtime_ms;
    m->start_s = queue_start(q, p, m, share, n);
    for (int k = 0; k < n; k++) {
        double mbps = plan_arc_mbps(q->c, share[k].arc);
        double s = mbps > 0 ? r.seconds * rate * share[k].part / mbps : 0;

        q->work[share[k].arc] += s;
        p->makespan_bound_s = fmax(p->makespan_bound_s, q->work[share[k].arc]);
    }
    p->makespan_bound_s = fmax(p->makespan_bound_s, r.seconds);
    free(share);
    return 0;
}

static int queue_moves(struct plan_cluster *c, struct plan *p)
{
    uint32_t arcs = plan_arcs(c);
    struct queueing q = { .c = c, .work = calloc(arcs + 1u, sizeof *q.work) };
    int rc = q.work ? waves_find_after(c, p) : -ENOMEM;

    for (uint32_t i = 0; i < p->move_n && !rc; i++)
        rc = queue_move(&q, p, &p->move[i]);
    free(q.work);
    return rc ? rc : plan_sort_moves(&p->move, p->move_n);
}

/* --- home ---------------------------------------------------------------- */

/* What waited for a move away is waited for by its move home. */
static int home_find_after(struct plan_roll_wave *w)
{
    uint32_t n = w->away_n;

    for (uint32_t i = 0; i < n; i++)
        for (uint32_t k = 0; k < w->away[i].after_n; k++)
            w->home[w->away[i].after[k]].after_n++;
    for (uint32_t i = 0; i < n; i++) {
        struct plan_move *m = &w->home[i];

        m->after = m->after_n ? calloc(m->after_n, sizeof *m->after) : NULL;
        if (m->after_n && !m->after)
            return -ENOMEM;
        m->after_n = 0;
    }
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t k = 0; k < w->away[i].after_n; k++) {
            struct plan_move *m = &w->home[w->away[i].after[k]];

            m->after[m->after_n++] = i;
        }
    return 0;
}

static int home_make(struct plan_roll_wave *w)
{
    w->home = calloc(w->away_n + 1u, sizeof *w->home);
    if (!w->home)
        return -ENOMEM;
    w->home_n = w->away_n;
    for (uint32_t i = 0; i < w->away_n; i++) {
        struct plan_move *m = &w->home[i];

        *m = w->away[i];
        m->after = NULL;
        m->after_n = 0;
        m->from = w->away[i].to;
        m->to = w->away[i].from;
        m->start_s = fmax(0, w->away_s - m->start_s - m->seconds);
    }
    w->home_gib = w->away_gib;
    w->home_s = w->away_s;
    w->bound_s *= 2;
    return home_find_after(w);
}

/* --- waves --------------------------------------------------------------- */

static void wave_sum_up(struct plan_roll *p, struct plan_roll_wave *w)
{
    for (uint32_t i = 0; i < w->away_n; i++) {
        struct plan_move *m = &w->away[i];

        w->away_gib += m->gib;
        w->away_s = fmax(w->away_s, m->start_s + m->seconds);
        p->displaced += m->displaced;
    }
}

static void wave_costs(struct plan_move *m, uint32_t n, const struct plan *p)
{
    for (uint32_t i = 0; i < n; i++)
        m[i].cost = p->alpha * m[i].gib + p->beta * m[i].hops;
}

static int wave_time(struct roll *r, struct timing *t, uint32_t i)
{
    struct plan_roll_wave *w = &r->p->wave[i];
    struct plan *away = r->away[i];
    int rc;

    timing_swap(t);
    rc = away->move_n > SCHEDULED_MOST ? queue_moves(r->c, away)
                                       : waves_schedule(r->c, away);
    timing_swap(t);
    if (rc)
        return rc;
    if (!r->opt->home)
        timing_apply(t, away);
    wave_costs(away->move, away->move_n, away);
    w->away = away->move;
    w->away_n = away->move_n;
    w->bound_s = away->makespan_bound_s;
    away->move = NULL;
    away->move_n = 0;
    wave_sum_up(r->p, w);
    if (!r->opt->home)
        return 0;
    rc = home_make(w);
    return rc ? rc : plan_sort_moves(&w->home, w->home_n);
}

int roll_time(struct roll *r)
{
    struct plan_roll *p = r->p;
    struct timing t;
    int rc = timing_init(&t, r->c);

    for (uint32_t i = 0; i < p->wave_n && !rc; i++) {
        struct plan_roll_wave *w = &p->wave[i];

        rc = wave_time(r, &t, i);
        p->moves += w->away_n + w->home_n;
        p->gib += w->away_gib + w->home_gib;
        p->makespan_s += w->away_s + w->home_s;
        p->makespan_bound_s += w->bound_s;
    }
    if (r->opt->home)
        p->displaced *= 2;
    timing_dispose(&t);
    return rc;
}
