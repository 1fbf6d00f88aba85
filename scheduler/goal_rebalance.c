/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Plans a rebalance: memory and processors levelled by moves that pay.
 *
 * Guests that break a rule where they are come first (rebalance_mend.c). Then
 * it makes one move at a time, from the hosts with the highest pressure: the
 * move that gains most over its cost, of their guests and a choice of target
 * hosts. Each goes into room that is there, so the order of the moves is safe.
 * A guest moves once, and with all those that it has to stay with.
 */
#include "scheduler/rebalance_impl.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TRY_SOURCES = 10 }; /* hosts compared for a move, in small clusters */

/* --- moves --------------------------------------------------------------- */

int rebalance_make_move(struct rebalance *r, const struct rebalance_option *o,
                        bool mends)
{
    uint32_t from = r->s.at[o->dom], m = o->dom;
    double gib;
    int rc;

    rebalance_sums_add(r, from, -1);
    rebalance_sums_add(r, o->to, -1);
    do {
        score_cost(r->c, m, 0, plan_rate(r->c, from, o->to), &gib);
        r->gib += gib;
        r->moved[m] = 1;
        state_move(&r->s, m, o->to);
        rc = plan_add_move(r->c, r->p, m, from, o->to, false);
        if (rc)
            return rc;
        r->p->move[r->p->move_n - 1].mends = mends;
        m = r->c->dom[m].mate;
    } while (m != o->dom);
    rebalance_note_use(r, from);
    rebalance_note_use(r, o->to);
    rebalance_sums_add(r, from, 1);
    rebalance_sums_add(r, o->to, 1);
    rebalance_slopes(r);
    r->done[from] = r->done[o->to] = 0;
    rebalance_press(r, from);
    rebalance_press(r, o->to);
    return 0;
}

/* One pass over the hosts by pressure; *any: something was gained. */
static int rebalance_pass(struct rebalance *r, bool *any)
{
    uint32_t group = r->n <= REBALANCE_FEW ? TRY_SOURCES : 1;
    uint32_t at = 0;
    int rc = 0;

    *any = false;
    while (at < r->n && !rc) {
        struct rebalance_option best = { .value = 0 };
        uint32_t tried = 0, i = at;

        if (r->c->set.max_moves && r->p->move_n >= r->c->set.max_moves)
            return 0;
        for (; i < r->n && tried < group; i++)
            if (!r->done[r->order[i]]) {
                rebalance_try_host(r, r->order[i], &best);
                tried++;
            }
        if (best.value <= 0) {
            at = i; /* nothing is gained from these */
            continue;
        }
        *any = true;
        rc = rebalance_make_move(r, &best, false);
        rebalance_resort_host(r, r->c->dom[best.dom].host);
        rebalance_resort_host(r, best.to);
        if (r->n <= REBALANCE_FEW) {
            rebalance_fill_low(r);
            at = 0;
        } else {
            rebalance_refill_low(r);
        }
    }
    return rc;
}

/* --- the whole ----------------------------------------------------------- */

/*
 * What a guest uses at the moment says little of what it needs: where its day is
 * known, the high percentile of that stands for it while the plan is made. The
 * percentiles of a host's guests are just added: what is levelled is how much its
 * guests may want at once, not how much they will.
 */
static void rebalance_see_days(struct rebalance *r)
{
    struct plan_cluster *c = r->c;

    for (uint32_t i = 0; i < c->ndom; i++) {
        struct dom *v = &c->dom[i];

        r->cpu_now[i] = v->cpu;
        if (v->host == NONE)
            continue;
        r->use[v->host].moment |= !(v->cpu_day > 0);
        if (!(v->cpu_day > 0))
            continue;
        c->cpu[v->host] += v->cpu_day - fmax(v->cpu, 0);
        v->cpu = v->cpu_day;
    }
}

static void rebalance_see_moment(struct rebalance *r)
{
    struct plan_cluster *c = r->c;

    for (uint32_t i = 0; i < c->ndom && r->cpu_now; i++) {
        struct dom *v = &c->dom[i];

        if (v->host != NONE)
            c->cpu[v->host] += fmax(r->cpu_now[i], 0) - fmax(v->cpu, 0);
        v->cpu = r->cpu_now[i];
    }
}

static int rebalance_init(struct rebalance *r, struct plan_cluster *c,
                          struct plan *p)
{
    *r = (struct rebalance){ .c = c, .p = p };
    r->host = calloc(c->nhost + 1, sizeof *r->host);
    r->order = calloc(c->nhost + 1, sizeof *r->order);
    r->by_cls = calloc(c->nhost + 1, sizeof *r->by_cls);
    r->cls_at = calloc(c->ncls + 3, sizeof *r->cls_at);
    r->press = calloc(c->nhost + 1, sizeof *r->press);
    r->done = calloc(c->nhost + 1, 1);
    r->moved = calloc(c->ndom + 1, 1);
    r->use = calloc(c->nhost + 1, sizeof *r->use);
    r->cpu_now = calloc(c->ndom + 1, sizeof *r->cpu_now);
    if (!r->cpu_now || !r->use || !r->host || !r->order || !r->by_cls ||
        !r->cls_at || !r->press || !r->done || !r->moved)
        return -ENOMEM;
    rebalance_see_days(r);
    for (uint32_t h = 0; h < c->nhost; h++)
        if (c->host[h].state == PLAN_UP && c->host[h].cap > 0)
            r->host[r->n++] = h;
    for (uint32_t h = 0; h < c->nhost; h++) {
        r->use[h].per_mib =
            c->host[h].cap > 0 ? 1 / (double)c->host[h].cap : 0;
        r->use[h].per_cpu = 1.0 / c->host[h].cpus;
        if (r->use[h].moment)
            r->use[h].doubt = rebalance_cpu_doubt(c->host[h].cpu_sample_ms);
    }
    for (uint32_t i = 0; i < r->n; i++)
        r->cpu.doubt += r->use[r->host[i]].doubt / r->n;
    r->worth = c->set.worth * r->n;
    return state_init(&r->s, c);
}

static void rebalance_dispose(struct rebalance *r)
{
    rebalance_see_moment(r);
    free(r->host);
    free(r->order);
    free(r->by_cls);
    free(r->cls_at);
    free(r->press);
    free(r->done);
    free(r->moved);
    free(r->use);
    free(r->cpu_now);
    state_dispose(&r->s);
}

enum { PASSES_MAX = 64 };

static int rebalance_level(struct rebalance *r)
{
    bool any = r->n > 1;
    int rc = 0;

    for (int i = 0; i < PASSES_MAX && any && !rc; i++) {
        uint32_t before = r->p->move_n;

        rebalance_refresh(r);
        rebalance_fill_low(r);
        memset(r->done, 0, r->c->nhost);
        rc = rebalance_pass(r, &any);
        /* the last passes move little for what they cost */
        any = any && (r->p->move_n - before) * 100 > r->p->move_n;
    }
    return rc;
}

int plan_rebalance(struct plan_cluster *c, struct plan **plan_r)
{
    struct plan *p = plan_new(c, PLAN_GOAL_REBALANCE);
    struct rebalance r = { .c = c };
    int rc = -ENOMEM;

    *plan_r = NULL;
    if (!p)
        return rc;
    rc = rebalance_init(&r, c, p);
    if (rc)
        goto out;
    p->score_before = rebalance_score(c, &r.s);
    rc = rebalance_mend(&r);
    if (!rc)
        rc = rebalance_level(&r);
    if (!rc)
        rc = rebalance_mend(&r); /* there may be room now */
    if (!rc)
        rc = rebalance_tell_broken(&r);
    if (rc)
        goto out;
    p->score_after = rebalance_score(c, &r.s);
    rebalance_measure(&r);
    p->bound = p->move_n
                   ? rebalance_cost_bound(&r, rebalance_deviation(&r.mem, r.n))
                   : 0;
    rc = plan_finish(c, p);
    if (rc)
        goto out;
    *plan_r = p;
    p = NULL;
out:
    rebalance_dispose(&r);
    plan_free(p);
    return rc;
}
