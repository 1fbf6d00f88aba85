/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Tries the guests of a host on a choice of hosts, and keeps the best move.
 */
#include "scheduler/rebalance_impl.h"

#include <math.h>

enum { NEAR = 6 }; /* emptiest hosts tried of the same route class */

static const double SAME = 1e-9;

bool rebalance_may_move(const struct rebalance *r, uint32_t dom)
{
    uint32_t m = dom;

    do {
        if (r->moved[m] || dom_fixed(&r->c->dom[m]))
            return false;
        m = r->c->dom[m].mate;
    } while (m != dom);
    return true;
}

/* A guest that goes alone, and has not gone yet. */
static bool guest_may_go(const struct rebalance *r, uint32_t dom)
{
    return r->c->dom[dom].mate == dom && rebalance_may_move(r, dom);
}

/* The first of guests that go together. */
static bool unit_may_go(const struct rebalance *r, uint32_t dom)
{
    const struct dom *v = &r->c->dom[dom];

    return v->mate != dom && v->unit == dom && rebalance_may_move(r, dom);
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

/* What it gains when so much memory and CPU use goes to another host, in units
 * of cost; rules are not looked at. */
static inline double move_gain(const struct rebalance *r, double mem,
                               double cpu, uint32_t from, uint32_t to)
{
    const struct use *a = &r->use[from], *b = &r->use[to];

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

/* How much farther from those that it talks with the guest would be. */
static double option_farther(struct rebalance *r, uint32_t dom, uint32_t to)
{
    if (!r->c->dom[dom].traffic_n)
        return 0;
    return score_far(r->c, &r->s, dom, to) -
           score_far(r->c, &r->s, dom, r->c->dom[dom].host);
}

/* Of moves that are worth the same, does this one bring guests together? */
static bool option_is_nearer(struct rebalance *r,
                             const struct rebalance_option *best, uint32_t dom,
                             uint32_t to, double value)
{
    return best->value > 0 && value > best->value - SAME &&
           option_farther(r, dom, to) <
               option_farther(r, best->dom, best->to) - SAME;
}

static void try_guest_on(struct rebalance *r, uint32_t dom, uint32_t to,
                         struct rebalance_option *best)
{
    const struct dom *v = &r->c->dom[dom];
    uint32_t from = v->host;
    double value, least = (double)v->held / 1024 * r->c->set.alpha, gib;

    if (to == from || r->s.free[to] < v->mem)
        return;
    value = move_gain(r, (double)v->mem, v->cpu > 0 ? v->cpu : 0, from, to);
    if (value - least <= best->value - SAME || !move_allowed(r, dom, to))
        return;
    value -= score_cost(r->c, dom, plan_hops(r->c, from, to),
                        plan_rate(r->c, from, to), &gib);
    if (r->gib + gib > r->c->set.max_gib ||
        (value <= best->value && !option_is_nearer(r, best, dom, to, value)))
        return;
    *best = (struct rebalance_option){ dom, to, value };
}

/* --- guests that go together --------------------------------------------- */

struct unit_sum {
    double cpu;
    int64_t mem;
    int32_t vcpus;
    uint32_t n;
};

static struct unit_sum unit_sum(const struct plan_cluster *c, uint32_t first)
{
    struct unit_sum u = { .n = 0 };
    uint32_t m = first;

    do {
        const struct dom *v = &c->dom[m];

        u.cpu += v->cpu > 0 ? v->cpu : 0;
        u.mem += v->mem;
        u.vcpus += v->vcpus;
        u.n++;
        m = v->mate;
    } while (m != first);
    return u;
}

/* What it costs to move all of them; INFINITY: a rule forbids it. */
static double unit_cost(struct rebalance *r, uint32_t first, uint32_t to,
                        double *gib_r)
{
    uint32_t from = r->c->dom[first].host, m = first;
    double cost = 0, gib;

    *gib_r = 0;
    do {
        if (!move_allowed(r, m, to))
            return INFINITY;
        cost += score_cost(r->c, m, plan_hops(r->c, from, to),
                           plan_rate(r->c, from, to), &gib);
        *gib_r += gib;
        m = r->c->dom[m].mate;
    } while (m != first);
    return cost;
}

void rebalance_try_on(struct rebalance *r, uint32_t first, uint32_t to,
                      struct rebalance_option *best)
{
    const struct unit_sum u = unit_sum(r->c, first);
    uint32_t from = r->c->dom[first].host;
    double value, gib;

    if (to == from || r->s.free[to] < u.mem || r->s.vfree[to] < u.vcpus ||
        (r->c->set.max_moves && r->p->move_n + u.n > r->c->set.max_moves))
        return;
    value = move_gain(r, (double)u.mem, u.cpu, from, to) -
            unit_cost(r, first, to, &gib);
    if (value > best->value && r->gib + gib <= r->c->set.max_gib)
        *best = (struct rebalance_option){ first, to, value };
}

/* --- all guests of a host ------------------------------------------------ */

typedef void try_fn(struct rebalance *r, uint32_t dom, uint32_t to,
                    struct rebalance_option *best);

/* Tries a guest, or those that go together, on the emptiest hosts of all, and
 * of its host's class. */
static inline void try_guest(struct rebalance *r, uint32_t dom, try_fn *try,
                             struct rebalance_option *best)
{
    uint32_t cls = r->c->host[r->c->dom[dom].host].cls, from, to;

    for (uint32_t i = 0; i < r->nlow; i++)
        try(r, dom, r->low[i], best);
    if (cls == NONE)
        return;
    from = r->cls_at[cls];
    to = r->cls_at[cls + 1];
    for (uint32_t i = to; i-- > from && i + NEAR >= to;)
        try(r, dom, r->by_cls[i], best);
}

/* With a threshold, only hosts above it give guests away. */
static bool host_may_give(const struct rebalance *r, uint32_t h)
{
    double most = r->c->set.threshold;

    return most <= 0 || r->use[h].mem > most || r->use[h].cpu > most;
}

void rebalance_try_host(struct rebalance *r, uint32_t h,
                        struct rebalance_option *best)
{
    double before = best->value;

    for (uint32_t v = host_may_give(r, h) ? r->s.head[h] : NONE; v != NONE;
         v = r->s.next[v])
        if (guest_may_go(r, v))
            try_guest(r, v, try_guest_on, best);
        else if (unit_may_go(r, v))
            try_guest(r, v, rebalance_try_on, best);
    r->done[h] = best->value <= before && before <= 0;
}
