/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Tries the guests of a host on a choice of hosts, and keeps the best move.
 */
#include "scheduler/rebalance_impl.h"

#include <math.h>

enum { NEAR = 6 }; /* emptiest hosts tried of the same route class */

static bool guest_may_go(const struct rebalance *r, uint32_t dom)
{
    const struct dom *v = &r->c->dom[dom];

    return !r->moved[dom] && !dom_fixed(v) && !v->bound;
}

/* --- what a move is worth ------------------------------------------------ */

/* How the deviation changes when the uses a and b of two hosts change by da
 * and db. In all but the smallest clusters the change is small beside the
 * variance and a straight line replaces the square root, which bends down: the
 * true gain is no less. */
static inline double side_change(const struct side *s, double n, double a,
                                 double da, double b, double db)
{
    double v = da + db;
    double var = (da * (2 * a + da) + db * (2 * b + db)) / n -
                 v * (2 * s->sum + v) / (n * n);

    if (fabs(var) < s->var / 8)
        return s->slope / 2 * var;
    return sqrt(fmax(0, s->var + var)) - sqrt(s->var);
}

/* What one move gains, in units of cost; rules are not looked at. */
static inline double move_gain(const struct rebalance *r, const struct dom *v,
                               uint32_t from, uint32_t to)
{
    const struct use *a = &r->use[from], *b = &r->use[to];
    double mem = (double)v->mem, cpu = v->cpu > 0 ? v->cpu : 0;

    return -r->worth *
           (side_change(&r->mem, r->n, a->mem, -mem * a->per_mib, b->mem,
                        mem * b->per_mib) +
            side_change(&r->cpu, r->n, a->cpu - a->doubt, -cpu * a->per_cpu,
                        b->cpu + b->doubt, cpu * b->per_cpu));
}

/* --- which hosts are tried ----------------------------------------------- */

static bool move_allowed(struct rebalance *r, uint32_t dom, uint32_t to)
{
    const struct dom *v = &r->c->dom[dom];

    return r->s.free[to] >= v->mem && r->s.vfree[to] >= v->vcpus &&
           !rules_sig(r->c, v->sig, r->c->host[to].sig) &&
           plan_rate(r->c, v->host, to) > 0 && rules_group_ok(&r->s, dom, to);
}

static void try_guest_on(struct rebalance *r, uint32_t dom, uint32_t to,
                         struct rebalance_option *best)
{
    const struct dom *v = &r->c->dom[dom];
    uint32_t from = v->host;
    double value, least = (double)v->held / 1024 * r->c->set.alpha, gib;

    if (to == from || r->s.free[to] < v->mem)
        return;
    value = move_gain(r, v, from, to);
    if (value - least <= best->value || !move_allowed(r, dom, to))
        return;
    value -= score_cost(r->c, dom, plan_hops(r->c, from, to),
                        plan_rate(r->c, from, to), &gib);
    if (value <= best->value ||
        (r->c->set.max_gib > 0 && r->gib + gib > r->c->set.max_gib))
        return;
    *best = (struct rebalance_option){ dom, to, value };
}

/* Tries a guest on the emptiest hosts of all, and of its host's class. */
static void try_guest(struct rebalance *r, uint32_t dom,
                      struct rebalance_option *best)
{
    uint32_t cls = r->c->host[r->c->dom[dom].host].cls, from, to;

    for (uint32_t i = 0; i < r->nlow; i++)
        try_guest_on(r, dom, r->low[i], best);
    if (cls == NONE)
        return;
    from = r->cls_at[cls];
    to = r->cls_at[cls + 1];
    for (uint32_t i = to; i-- > from && i + NEAR >= to;)
        try_guest_on(r, dom, r->by_cls[i], best);
}

void rebalance_try_host(struct rebalance *r, uint32_t h,
                        struct rebalance_option *best)
{
    double before = best->value;

    for (uint32_t v = r->s.head[h]; v != NONE; v = r->s.next[v])
        if (guest_may_go(r, v))
            try_guest(r, v, best);
    r->done[h] = best->value <= before && before <= 0;
}
