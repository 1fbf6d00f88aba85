/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Levelling memory and processors: the measure is the standard deviation over
 * the hosts of memory / capacity, plus that of cpu_used / cpus. One move at a
 * time, from the hosts that press most: of their guests and a choice of
 * hosts, the move that gains most over its cost. What a move changes is two
 * terms of four sums, so a candidate costs a few multiplications.
 *
 * The moves are made one after the other here, each into room that is there,
 * so their order is safe; a guest moves once.
 */
#include "scheduler/scheduler_impl.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    TRY_SOURCES = 10, /* hosts compared for one move, */
    TRY_FEW = 300,    /* when the hosts are no more than these; else one */
    LEVELS = 12,      /* emptiest hosts tried: in all, */
    NEAR = 6,         /* and of the same route class */
};

struct side {         /* one of the two things that are levelled */
    double sum, sum2; /* over the hosts: use, its square */
    double doubt;     /* mean of what their uses may be wrong by */
    double var;       /* of the use, and what is not known of it */
    double slope;     /* what a unit of deviation is worth now */
};

struct use {                 /* of a host */
    double mem, cpu;         /* part of its capacity, of its threads */
    double per_mib, per_cpu; /* what one more adds */
    double doubt;            /* of cpu: it may be so much more or less */
};

struct rebalance {
    struct plan_cluster *c;
    struct plan *p;
    struct state s;
    uint32_t *host; /* that are up */
    uint32_t n;
    struct side mem, cpu;
    double *press;    /* by host: how much it would gain by giving */
    uint32_t *order;  /* hosts, highest pressure first */
    uint32_t *by_cls; /* the same by class: CSR */
    uint32_t *cls_at;
    uint8_t *done;   /* by host: nothing to gain from it until it changes */
    uint8_t *moved;  /* by domain */
    struct use *use; /* by host */
    uint32_t low[LEVELS], nlow; /* the emptiest */
    uint32_t next_low;          /* those of order below it have been there */
    double worth;               /* of the measure going down by 1 */
    double gib;
};

struct option {
    uint32_t dom, to;
    double value; /* gain in units of cost, less the cost */
};

/* --- the measure ------------------------------------------------------------------- */

static void note_use(struct rebalance *r, uint32_t h)
{
    const struct host *x = &r->c->host[h];
    double cap = (double)x->cap;

    r->use[h].mem = (cap - (double)r->s.free[h]) / cap;
    r->use[h].cpu = r->s.cpu[h] / x->cpus;
}

static double deviation(const struct side *s, double n)
{
    double mean = s->sum / n;

    return sqrt(fmax(0, s->sum2 / n - mean * mean));
}

static void sums_add(struct rebalance *r, uint32_t h, double sign)
{
    const struct use *u = &r->use[h];

    r->mem.sum += sign * u->mem;
    r->mem.sum2 += sign * u->mem * u->mem;
    r->cpu.sum += sign * u->cpu;
    r->cpu.sum2 += sign * u->cpu * u->cpu;
}

static void slope(struct side *s, double n)
{
    double dev = deviation(s, n);

    s->var = fmax(1e-8, dev * dev + s->doubt * s->doubt);
    s->slope = 1 / sqrt(s->var);
}

static void slopes(struct rebalance *r)
{
    slope(&r->mem, r->n);
    slope(&r->cpu, r->n);
}

/*
 * How far a mean of CPU use may be from what the host needs, as a part of it:
 * 15% after half a second (seen on idle guests under emulation), and less with
 * the square root of the time. Without it, the noise of two looks would move
 * guests to and fro between hosts that are level.
 */
static double doubt_of(double sample_ms)
{
    return sample_ms > 0 ? fmin(0.15, 0.15 * sqrt(500 / sample_ms)) : 0;
}

/* Change of the deviation when the use of two hosts changes from a and b by da
 * and db. In all but the smallest clusters it is small beside the variance, and
 * the square root is not needed: it bends down, so the true gain is no less. */
static inline double change(const struct side *s, double n, double a,
                            double da, double b, double db)
{
    double d = da + db;
    double var = (da * (2 * a + da) + db * (2 * b + db)) / n -
                 d * (2 * s->sum + d) / (n * n);

    if (fabs(var) < s->var / 8)
        return s->slope / 2 * var;
    return sqrt(fmax(0, s->var + var)) - sqrt(s->var);
}

static void measure(struct rebalance *r)
{
    r->mem.sum = r->mem.sum2 = r->cpu.sum = r->cpu.sum2 = 0;
    for (uint32_t i = 0; i < r->n; i++) {
        note_use(r, r->host[i]);
        sums_add(r, r->host[i], 1);
    }
    slopes(r);
}

static void press(struct rebalance *r, uint32_t h)
{
    r->press[h] = r->mem.slope * (r->use[h].mem - r->mem.sum / r->n) +
                  r->cpu.slope * (r->use[h].cpu - r->cpu.sum / r->n);
}

/* --- who gives, who takes -------------------------------------------------------------- */

static int by_press(const void *pa, const void *pb, void *arg)
{
    const struct rebalance *r = arg;
    uint32_t a = *(const uint32_t *)pa, b = *(const uint32_t *)pb;

    if (r->press[a] != r->press[b])
        return r->press[a] > r->press[b] ? -1 : 1;
    return a < b ? -1 : a > b;
}

static void refresh(struct rebalance *r)
{
    uint32_t n = r->c->ncls;

    measure(r);
    for (uint32_t i = 0; i < r->n; i++) {
        press(r, r->host[i]);
        r->order[i] = r->host[i];
    }
    qsort_r(r->order, r->n, sizeof *r->order, by_press, r);
    memset(r->cls_at, 0, (n + 2) * sizeof *r->cls_at);
    for (uint32_t i = 0; i < r->n; i++)
        if (r->c->host[r->order[i]].cls != NONE)
            r->cls_at[r->c->host[r->order[i]].cls + 2]++;
    for (uint32_t k = 0; k < n; k++)
        r->cls_at[k + 2] += r->cls_at[k + 1];
    for (uint32_t i = 0; i < r->n; i++) {
        uint32_t cls = r->c->host[r->order[i]].cls;

        if (cls != NONE)
            r->by_cls[r->cls_at[cls + 1]++] = r->order[i];
    }
}

static bool may_go(const struct rebalance *r, uint32_t dom)
{
    const struct dom *d = &r->c->dom[dom];

    return !r->moved[dom] && !dom_fixed(d) && !d->bound;
}

/* What one move is worth, without the look at the rules. */
static inline double gain(const struct rebalance *r, const struct dom *d,
                          uint32_t from, uint32_t to)
{
    const struct use *a = &r->use[from], *b = &r->use[to];
    double mem = (double)d->mem, cpu = d->cpu > 0 ? d->cpu : 0;

    return -r->worth *
           (change(&r->mem, r->n, a->mem, -mem * a->per_mib, b->mem,
                   mem * b->per_mib) +
            change(&r->cpu, r->n, a->cpu - a->doubt, -cpu * a->per_cpu,
                   b->cpu + b->doubt, cpu * b->per_cpu));
}

static bool allowed(struct rebalance *r, uint32_t dom, uint32_t to)
{
    const struct dom *d = &r->c->dom[dom];

    return r->s.free[to] >= d->mem && r->s.vfree[to] >= d->vcpus &&
           !rules_sig(r->c, d->sig, r->c->host[to].sig) &&
           plan_rate(r->c, d->host, to) > 0 && company_ok(&r->s, dom, to);
}

static void try_move(struct rebalance *r, uint32_t dom, uint32_t to,
                     struct option *best)
{
    const struct dom *d = &r->c->dom[dom];
    uint32_t from = d->host;
    double value, least = (double)d->mem / 1024 * r->c->set.alpha, gib;

    if (to == from || r->s.free[to] < d->mem)
        return;
    value = gain(r, d, from, to);
    if (value - least <= best->value || !allowed(r, dom, to))
        return;
    value -= move_cost(r->c, dom, plan_hops(r->c, from, to),
                       plan_rate(r->c, from, to), &gib);
    if (value <= best->value ||
        (r->c->set.max_gib > 0 && r->gib + gib > r->c->set.max_gib))
        return;
    *best = (struct option){ dom, to, value };
}

/* The emptiest hosts: of all, and of those next to it. */
static void try_domain(struct rebalance *r, uint32_t dom, struct option *best)
{
    uint32_t cls = r->c->host[r->c->dom[dom].host].cls, from, to;

    for (uint32_t i = 0; i < r->nlow; i++)
        try_move(r, dom, r->low[i], best);
    if (cls == NONE)
        return;
    from = r->cls_at[cls];
    to = r->cls_at[cls + 1];
    for (uint32_t i = to; i-- > from && i + NEAR >= to;)
        try_move(r, dom, r->by_cls[i], best);
}

/* A host that has taken makes way for the next emptiest. */
static void refill_low(struct rebalance *r)
{
    for (uint32_t i = 0; i < r->nlow; i++)
        if (r->next_low > 0 &&
            r->press[r->low[i]] > r->press[r->order[r->next_low - 1]])
            r->low[i] = r->order[--r->next_low];
}

static void fill_low(struct rebalance *r)
{
    r->nlow = r->n < LEVELS ? r->n : LEVELS;
    r->next_low = r->n - r->nlow;
    for (uint32_t i = 0; i < r->nlow; i++)
        r->low[i] = r->order[r->n - 1 - i];
}

static void try_host(struct rebalance *r, uint32_t h, struct option *best)
{
    double before = best->value;

    for (uint32_t v = r->s.head[h]; v != NONE; v = r->s.next[v])
        if (may_go(r, v))
            try_domain(r, v, best);
    r->done[h] = best->value <= before && before <= 0;
}

/* --- moves ----------------------------------------------------------------------------- */

static int make_move(struct rebalance *r, const struct option *o)
{
    const struct dom *d = &r->c->dom[o->dom];
    uint32_t from = d->host;
    double gib;

    move_cost(r->c, o->dom, 0, plan_rate(r->c, from, o->to), &gib);
    r->gib += gib;
    r->moved[o->dom] = 1;
    sums_add(r, from, -1);
    sums_add(r, o->to, -1);
    state_move(&r->s, o->dom, o->to);
    note_use(r, from);
    note_use(r, o->to);
    sums_add(r, from, 1);
    sums_add(r, o->to, 1);
    slopes(r);
    r->done[from] = r->done[o->to] = 0;
    press(r, from);
    press(r, o->to);
    return plan_add_move(r->c, r->p, o->dom, from, o->to, false);
}

/* Keeps a list sorted after the pressure of one host changed. */
static void resort(const struct rebalance *r, uint32_t *list, uint32_t n,
                   uint32_t h)
{
    uint32_t i = 0;

    while (i < n && list[i] != h)
        i++;
    for (; i + 1 < n && by_press(&list[i], &list[i + 1], (void *)r) > 0; i++) {
        list[i] = list[i + 1];
        list[i + 1] = h;
    }
    for (; i && i < n && by_press(&list[i - 1], &list[i], (void *)r) > 0;
         i--) {
        list[i] = list[i - 1];
        list[i - 1] = h;
    }
}

static void resort_host(struct rebalance *r, uint32_t h)
{
    uint32_t cls = r->c->host[h].cls;

    if (r->n <= TRY_FEW)
        resort(r, r->order, r->n, h);
    if (cls != NONE)
        resort(r, r->by_cls + r->cls_at[cls],
               r->cls_at[cls + 1] - r->cls_at[cls], h);
}

/* One pass over the hosts that press; false when nothing was gained. */
static int pass(struct rebalance *r, bool *any)
{
    uint32_t group = r->n <= TRY_FEW ? TRY_SOURCES : 1;
    uint32_t at = 0;
    int rc = 0;

    *any = false;
    while (at < r->n && !rc) {
        struct option best = { .value = 0 };
        uint32_t tried = 0, i = at;

        if (r->c->set.max_moves && r->p->move_n >= r->c->set.max_moves)
            return 0;
        for (; i < r->n && tried < group; i++)
            if (!r->done[r->order[i]]) {
                try_host(r, r->order[i], &best);
                tried++;
            }
        if (best.value <= 0) {
            at = i; /* these have nothing to give */
            continue;
        }
        *any = true;
        rc = make_move(r, &best);
        resort_host(r, r->c->dom[best.dom].host);
        resort_host(r, best.to);
        if (r->n <= TRY_FEW) {
            fill_low(r);
            at = 0;
        } else {
            refill_low(r);
        }
    }
    return rc;
}

/* --- the bound ------------------------------------------------------------------------- */

/*
 * However the memory is moved, to get as level as this plan does, at least so
 * much has to leave the hosts that are fullest. For any set of hosts, taken
 * with their capacities as weights: what they hold now, less the most that
 * they can hold when the deviation is s (their share of all memory, and the
 * deviation's room along that direction: Cauchy-Schwarz), must have left.
 * The sets tried are those above each level of use.
 */
static double bound(const struct rebalance *r, double s)
{
    double all = 0, total = 0, cc = 0, best = 0;
    double cap = 0, held = 0, own2 = 0, n = r->n;

    for (uint32_t i = 0; i < r->n; i++) {
        double k = (double)r->c->host[r->host[i]].cap;

        all += k;
        cc += k * k;
        total += (double)r->c->used[r->host[i]];
    }
    for (uint32_t i = 0; i < r->n; i++) {
        uint32_t h = r->order[i];
        double k = (double)r->c->host[h].cap, f, norm2, sum;

        cap += k;
        held += (double)r->c->used[h];
        own2 += k * k;
        /* direction: k on the set, less f times k everywhere */
        f = all > 0 ? cap / all : 0;
        sum = cap - f * all;
        norm2 = own2 * (1 - 2 * f) + f * f * cc - sum * sum / n;
        best = fmax(best, held - f * total - sqrt(fmax(0, norm2) * n) * s);
    }
    return best;
}

static int by_use(const void *pa, const void *pb, void *arg)
{
    const struct plan_cluster *c = arg;
    uint32_t a = *(const uint32_t *)pa, b = *(const uint32_t *)pb;
    double x = (double)c->used[a] / fmax(1, (double)c->host[a].cap);
    double y = (double)c->used[b] / fmax(1, (double)c->host[b].cap);

    if (x != y)
        return x > y ? -1 : 1;
    return a < b ? -1 : a > b;
}

static double cost_bound(struct rebalance *r, double s)
{
    double mib, largest = 1;

    qsort_r(r->order, r->n, sizeof *r->order, by_use, r->c);
    mib = bound(r, s);
    for (uint32_t i = 0; i < r->c->ndom; i++)
        largest = fmax(largest, (double)r->c->dom[i].mem);
    return r->c->set.alpha * mib / 1024 +
           r->c->set.beta * r->c->min_hops * ceil(mib / largest - 1e-9);
}

/* --- the whole ---------------------------------------------------------------------------- */

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
    if (!r->use || !r->host || !r->order || !r->by_cls || !r->cls_at ||
        !r->press || !r->done || !r->moved)
        return -ENOMEM;
    for (uint32_t h = 0; h < c->nhost; h++)
        if (c->host[h].state == PLAN_UP && c->host[h].cap > 0)
            r->host[r->n++] = h;
    for (uint32_t h = 0; h < c->nhost; h++) {
        r->use[h].per_mib =
            c->host[h].cap > 0 ? 1 / (double)c->host[h].cap : 0;
        r->use[h].per_cpu = 1.0 / c->host[h].cpus;
        r->use[h].doubt = doubt_of(c->host[h].cpu_sample_ms);
    }
    for (uint32_t i = 0; i < r->n; i++)
        r->cpu.doubt += r->use[r->host[i]].doubt / r->n;
    r->worth = c->set.worth * r->n;
    return state_init(&r->s, c);
}

static void rebalance_dispose(struct rebalance *r)
{
    free(r->host);
    free(r->order);
    free(r->by_cls);
    free(r->cls_at);
    free(r->press);
    free(r->done);
    free(r->moved);
    free(r->use);
    state_dispose(&r->s);
}

enum { PASSES_MAX = 64 };

static int level(struct rebalance *r)
{
    bool any = r->n > 1;
    int rc = 0;

    for (int i = 0; i < PASSES_MAX && any && !rc; i++) {
        uint32_t before = r->p->move_n;

        refresh(r);
        fill_low(r);
        memset(r->done, 0, r->c->nhost);
        rc = pass(r, &any);
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
    p->score_before = balance_score(c, &r.s);
    rc = level(&r);
    if (rc)
        goto out;
    p->score_after = balance_score(c, &r.s);
    measure(&r);
    p->bound = p->move_n ? cost_bound(&r, deviation(&r.mem, r.n)) : 0;
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
