/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Which moves run together, and how fast each. Moves come in an order that is
 * safe one by one. Here they learn which earlier departures they really need
 * (`after`), and start as soon as those have ended and every link on their way
 * has room for the rate that they would get alone.
 *
 * A guest that dirties memory and is sent more slowly sends more and stops
 * for longer, so nobody shares: a move gets its lone rate or waits. Where a
 * link would stand partly idle because of that, the guest that minds least
 * takes what is left: one that dirties nothing, or one within the SLOWER_*
 * limits below, which hold for each guest and for the sums of all.
 *
 * The most loaded link decides how long all of it takes, so moves over the
 * link with the most work ahead go first, the longest of them first.
 */
#include "scheduler/scheduler_impl.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SLOWER_RATE         0.2   /* part of the lone rate, at least */
#define SLOWER_BYTES        0.02  /* part more than alone, of one guest */
#define SLOWER_BYTES_ALL    0.001 /* and of all together */
#define SLOWER_DOWNTIME_ALL 0.03  /* of the sum of all downtimes */
#define MBIT_PER_MIB        (8 * 1048576 / 1e6)

struct item {
    struct topo_share *share;
    int n;
    double rate;                      /* alone */
    struct plan_precopy_result alone; /* at that rate */
    uint32_t waits;                   /* moves in `after` that still run */
    uint32_t needed_by;               /* moves that have this in `after` */
    double key;
};

struct waves {
    struct plan_cluster *c;
    struct plan *p;
    struct item *item;
    uint32_t n, arcs;
    double *used;  /* Mbit/s by arc */
    double *ahead; /* seconds of work by arc, of what has not started */
    uint32_t *on_arc, *on_host; /* running moves */
    uint32_t *queue, queued;    /* not started, best first */
    uint32_t *heap, running;    /* by end */
    uint32_t *users, *user_at;  /* who has this move in `after`: CSR */
    double now;
    double mib, downtime;           /* of all moves, alone */
    double more_mib, more_downtime; /* by going more slowly, so far */
};

/* --- what a move needs ------------------------------------------------------------- */

struct visit { /* of a move to its destination or from its source */
    uint32_t host, move;
    bool arrives;
};

static int by_host_then_move(const void *pa, const void *pb)
{
    const struct visit *a = pa, *b = pb;

    if (a->host != b->host)
        return a->host < b->host ? -1 : 1;
    return a->move < b->move ? -1 : a->move > b->move;
}

static bool in_company(const struct plan_cluster *c, uint32_t x, uint32_t y)
{
    const struct dom *a = &c->dom[x], *b = &c->dom[y];

    if (a->name == b->name)
        return true;
    for (uint32_t i = 0; i < a->apart.n; i++)
        for (uint32_t k = 0; k < b->apart.n; k++)
            if (c->pool[a->apart.at + i] == c->pool[b->apart.at + k])
                return true;
    return false;
}

static int add_after(struct plan_move *m, uint32_t dep)
{
    uint32_t *bigger;

    for (uint32_t i = 0; i < m->after_n; i++)
        if (m->after[i] == dep)
            return 0;
    bigger = realloc(m->after, (m->after_n + 1) * sizeof *m->after);
    if (!bigger)
        return -ENOMEM;
    m->after = bigger;
    m->after[m->after_n++] = dep;
    return 0;
}

/*
 * The visits of one host, in the safe order. The k-th arrival waits for the
 * first departures that make room for all arrivals up to it. Arrivals may
 * then start in any order: when the k-th is the last that has started, the
 * departures that it waited for have ended, and there is room for it and for
 * all before it.
 */
static int host_after(struct plan_cluster *c, struct plan *p,
                      const struct visit *v, uint32_t n)
{
    uint32_t h = v[0].host;
    int64_t mem = c->used[h] - c->host[h].cap;
    int32_t cpu = c->vused[h] - c->host[h].vcap;
    int rc = 0;

    for (uint32_t i = 0; i < n && !rc; i++) {
        struct plan_move *m = &p->move[v[i].move];
        const struct dom *d = &c->dom[m->domain];
        int64_t over;
        int32_t vover;

        if (!v[i].arrives)
            continue;
        mem += d->mem;
        cpu += d->vcpus;
        over = mem;
        vover = cpu;
        for (uint32_t k = 0; k < i && !rc; k++) {
            uint32_t other = p->move[v[k].move].domain;
            bool room = over > 0 || vover > 0;

            if (v[k].arrives)
                continue;
            over -= c->dom[other].mem;
            vover -= c->dom[other].vcpus;
            if (room || in_company(c, m->domain, other))
                rc = add_after(m, v[k].move);
        }
    }
    return rc;
}

static int find_after(struct plan_cluster *c, struct plan *p)
{
    struct visit *v = calloc(2 * (size_t)p->move_n + 1, sizeof *v);
    uint32_t n = 0, end;
    int rc = 0;

    if (!v)
        return -ENOMEM;
    for (uint32_t i = 0; i < p->move_n; i++) {
        v[n++] = (struct visit){ p->move[i].to, i, true };
        v[n++] = (struct visit){ p->move[i].from, i, false };
    }
    if (n)
        qsort(v, n, sizeof *v, by_host_then_move);
    for (uint32_t i = 0; i < n && !rc; i = end) {
        for (end = i; end < n && v[end].host == v[i].host;)
            end++;
        rc = host_after(c, p, v + i, end - i);
    }
    free(v);
    return rc;
}

/* --- admission ------------------------------------------------------------------------ */

static double arc_avail(const struct waves *w, uint32_t arc)
{
    return w->c->avail[arc / 2];
}

/* The rate that the links leave for this move; 0: a limit of streams is
 * reached. */
static double room_for(const struct waves *w, uint32_t move)
{
    const struct plan_settings *set = &w->c->set;
    const struct plan_move *m = &w->p->move[move];
    const struct item *it = &w->item[move];
    double rate = it->rate;

    if (set->host_streams && (w->on_host[m->from] >= set->host_streams ||
                              w->on_host[m->to] >= set->host_streams))
        return 0;
    for (int i = 0; i < it->n; i++) {
        uint32_t arc = it->share[i].arc;
        double avail = arc_avail(w, arc), left;

        if (set->link_streams && w->on_arc[arc] >= set->link_streams)
            return 0;
        if (avail < 0)
            continue;
        left = (avail * (1 + 1e-9) - w->used[arc]) / it->share[i].part;
        if (left < rate)
            rate = left;
        if (rate < it->rate * SLOWER_RATE)
            return 0;
    }
    return rate;
}

/* How much a guest minds to be sent at this rate: 0 not at all; INFINITY more
 * than is allowed. Never fewer bytes than alone: bounds count on those. */
static double minds(const struct waves *w, uint32_t move, double rate,
                    struct plan_precopy_result *r)
{
    const struct item *it = &w->item[move];
    double mib, ms;

    *r = move_precopy(w->c, w->p->move[move].domain, rate);
    mib = r->mib - it->alone.mib;
    ms = fmax(0, r->downtime_ms - it->alone.downtime_ms);
    if (mib < 0 || mib > SLOWER_BYTES * it->alone.mib ||
        w->more_mib + mib > SLOWER_BYTES_ALL * w->mib ||
        w->more_downtime + ms > SLOWER_DOWNTIME_ALL * w->downtime ||
        (it->alone.reached && !r->reached))
        return INFINITY;
    return mib / w->mib / SLOWER_BYTES_ALL +
           ms / w->downtime / SLOWER_DOWNTIME_ALL;
}

static bool ends_before(const struct waves *w, uint32_t a, uint32_t b)
{
    const struct plan_move *x = &w->p->move[a], *y = &w->p->move[b];
    double ex = x->start_s + x->seconds, ey = y->start_s + y->seconds;

    return ex != ey ? ex < ey : a < b;
}

static void heap_push(struct waves *w, uint32_t move)
{
    uint32_t i = w->running++;

    while (i && ends_before(w, move, w->heap[(i - 1) / 2])) {
        w->heap[i] = w->heap[(i - 1) / 2];
        i = (i - 1) / 2;
    }
    w->heap[i] = move;
}

static uint32_t heap_pop(struct waves *w)
{
    uint32_t top = w->heap[0], last = w->heap[--w->running], i = 0, k;

    while ((k = 2 * i + 1) < w->running) {
        if (k + 1 < w->running && ends_before(w, w->heap[k + 1], w->heap[k]))
            k++;
        if (!ends_before(w, w->heap[k], last))
            break;
        w->heap[i] = w->heap[k];
        i = k;
    }
    w->heap[i] = last;
    return top;
}

static void account(struct waves *w, uint32_t move, int sign)
{
    const struct plan_move *m = &w->p->move[move];
    const struct item *it = &w->item[move];

    w->on_host[m->from] += (uint32_t)sign;
    w->on_host[m->to] += (uint32_t)sign;
    for (int i = 0; i < it->n; i++) {
        w->used[it->share[i].arc] += sign * m->rate_mbps * it->share[i].part;
        w->on_arc[it->share[i].arc] += (uint32_t)sign;
    }
}

static void work_ahead(struct waves *w, uint32_t move, int sign)
{
    const struct item *it = &w->item[move];

    for (int i = 0; i < it->n; i++) {
        double avail = arc_avail(w, it->share[i].arc);

        if (avail > 0)
            w->ahead[it->share[i].arc] += sign * it->alone.mib * MBIT_PER_MIB *
                                          it->share[i].part / avail;
    }
}

static void start_move(struct waves *w, uint32_t move, double rate,
                       const struct plan_precopy_result *r)
{
    struct plan_move *m = &w->p->move[move];

    m->start_s = w->now;
    m->seconds = ceil(r->seconds * 1000 - 1e-6) / 1000;
    m->rate_mbps = rate;
    m->downtime_ms = r->downtime_ms;
    m->gib = r->mib / 1024;
    account(w, move, 1);
    work_ahead(w, move, -1);
    heap_push(w, move);
}

static void end_move(struct waves *w, uint32_t move)
{
    account(w, move, -1);
    for (uint32_t i = w->user_at[move]; i < w->user_at[move + 1]; i++)
        w->item[w->users[i]].waits--;
}

/* --- order -------------------------------------------------------------------------------- */

static double priority(const struct waves *w, uint32_t move)
{
    const struct item *it = &w->item[move];
    double most = 0;

    for (int i = 0; i < it->n; i++)
        most = fmax(most, w->ahead[it->share[i].arc]);
    /* somebody waits for it: it is as urgent as what waits */
    return most + it->alone.seconds + (it->needed_by ? most : 0);
}

static void sort_queue(struct waves *w)
{
    /* insertion: from one event to the next the order hardly changes */
    for (uint32_t i = 0; i < w->queued; i++)
        w->item[w->queue[i]].key = priority(w, w->queue[i]);
    for (uint32_t i = 1; i < w->queued; i++) {
        uint32_t m = w->queue[i], k = i;
        double key = w->item[m].key;

        while (k && w->item[w->queue[k - 1]].key < key) {
            w->queue[k] = w->queue[k - 1];
            k--;
        }
        w->queue[k] = m;
    }
}

/* Starts what can start at its lone rate, best first, until the streams are
 * used up. */
static void admit(struct waves *w)
{
    unsigned streams = w->c->set.streams;
    uint32_t kept = 0, i = 0;

    for (; i < w->queued && !(streams && w->running >= streams); i++) {
        uint32_t move = w->queue[i];
        double rate = w->item[move].waits ? 0 : room_for(w, move);

        if (rate >= w->item[move].rate)
            start_move(w, move, w->item[move].rate, &w->item[move].alone);
        else
            w->queue[kept++] = move;
    }
    if (kept < i)
        memmove(w->queue + kept, w->queue + i,
                (w->queued - i) * sizeof *w->queue);
    w->queued -= i - kept;
}

/* Gives what is left of the links to whoever minds least. */
static bool admit_slower(struct waves *w)
{
    unsigned streams = w->c->set.streams;
    struct plan_precopy_result r = { .mib = 0 }, best = r;
    double least = INFINITY, rate = 0;
    uint32_t at = NONE, move;

    for (uint32_t i = 0;
         i < w->queued && least > 0 && !(streams && w->running >= streams);
         i++) {
        double left =
            w->item[w->queue[i]].waits ? 0 : room_for(w, w->queue[i]);
        double x = left > 0 ? minds(w, w->queue[i], left, &r) : INFINITY;

        if (x < least) {
            least = x;
            at = i;
            rate = left;
            best = r;
        }
    }
    if (at == NONE)
        return false;
    move = w->queue[at];
    w->more_mib += best.mib - w->item[move].alone.mib;
    w->more_downtime +=
        fmax(0, best.downtime_ms - w->item[move].alone.downtime_ms);
    start_move(w, move, rate, &best);
    memmove(w->queue + at, w->queue + at + 1,
            (w->queued - at - 1) * sizeof *w->queue);
    w->queued--;
    return true;
}

enum { SORT_ALWAYS = 1024 };

static int by_key(const void *pa, const void *pb, void *arg)
{
    const struct waves *w = arg;
    uint32_t a = *(const uint32_t *)pa, b = *(const uint32_t *)pb;

    if (w->item[a].key != w->item[b].key)
        return w->item[a].key > w->item[b].key ? -1 : 1;
    return a < b ? -1 : a > b;
}

static int run(struct waves *w)
{
    for (uint32_t i = 0; i < w->queued; i++)
        w->item[w->queue[i]].key = priority(w, w->queue[i]);
    qsort_r(w->queue, w->queued, sizeof *w->queue, by_key, w);
    while (w->queued || w->running) {
        if (w->queued <= SORT_ALWAYS)
            sort_queue(w);
        admit(w);
        while (admit_slower(w))
            ;
        if (!w->running)
            return -EDEADLK; /* the order given was not safe */
        w->now = 0;
        do {
            uint32_t m = heap_pop(w);

            w->now = w->p->move[m].start_s + w->p->move[m].seconds;
            end_move(w, m);
        } while (w->running && w->p->move[w->heap[0]].start_s +
                                       w->p->move[w->heap[0]].seconds <=
                                   w->now + 1e-9);
    }
    return 0;
}

/* --- set up ------------------------------------------------------------------------------- */

static int load_items(struct waves *w)
{
    uint32_t *fill;

    for (uint32_t i = 0; i < w->n; i++) {
        const struct plan_move *m = &w->p->move[i];
        struct item *it = &w->item[i];

        it->n = topo_shares(w->c->dist, w->c->host[m->from].node,
                            w->c->host[m->to].node, &it->share);
        if (it->n < 0)
            return -ENOMEM;
        it->rate = plan_rate(w->c, m->from, m->to);
        it->alone = move_precopy(w->c, m->domain, it->rate);
        it->waits = m->after_n;
        w->mib += it->alone.mib;
        w->downtime += it->alone.downtime_ms;
        for (uint32_t k = 0; k < m->after_n; k++) {
            w->item[m->after[k]].needed_by++;
            w->user_at[m->after[k] + 1]++;
        }
        work_ahead(w, i, 1);
        w->queue[w->queued++] = i;
    }
    for (uint32_t i = 0; i < w->n; i++)
        w->user_at[i + 1] += w->user_at[i];
    w->users = calloc(w->user_at[w->n] + 1, sizeof *w->users);
    if (!w->users)
        return -ENOMEM;
    fill = w->heap; /* empty as yet, and of the right size */
    memcpy(fill, w->user_at, w->n * sizeof *fill);
    for (uint32_t i = 0; i < w->n; i++)
        for (uint32_t k = 0; k < w->p->move[i].after_n; k++)
            w->users[fill[w->p->move[i].after[k]]++] = i;
    return 0;
}

/* No schedule of these moves is shorter: the busiest link, the slowest guest. */
static void bound(struct waves *w)
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

static int by_start(const void *pa, const void *pb, void *arg)
{
    const struct plan_move *m = arg;
    uint32_t a = *(const uint32_t *)pa, b = *(const uint32_t *)pb;

    if (m[a].start_s != m[b].start_s)
        return m[a].start_s < m[b].start_s ? -1 : 1;
    return a < b ? -1 : a > b;
}

/* Moves in the order of their start, with `after` renumbered. */
static int order_moves(struct plan *p)
{
    struct plan_move *sorted = calloc(p->move_n + 1, sizeof *sorted);
    uint32_t *order = calloc(p->move_n + 1, sizeof *order);
    uint32_t *place = calloc(p->move_n + 1, sizeof *place);
    int rc = -ENOMEM;

    if (!sorted || !order || !place)
        goto out;
    for (uint32_t i = 0; i < p->move_n; i++)
        order[i] = i;
    qsort_r(order, p->move_n, sizeof *order, by_start, p->move);
    for (uint32_t i = 0; i < p->move_n; i++) {
        place[order[i]] = i;
        sorted[i] = p->move[order[i]];
    }
    for (uint32_t i = 0; i < p->move_n; i++)
        for (uint32_t k = 0; k < sorted[i].after_n; k++)
            sorted[i].after[k] = place[sorted[i].after[k]];
    free(p->move);
    p->move = sorted;
    sorted = NULL;
    rc = 0;
out:
    free(sorted);
    free(order);
    free(place);
    return rc;
}

static int waves_init(struct waves *w, struct plan_cluster *c, struct plan *p)
{
    *w = (struct waves){ .c = c, .p = p, .n = p->move_n };
    w->arcs = (uint32_t)(2 * topo_bundles(c->dist));
    w->item = calloc(w->n + 1, sizeof *w->item);
    w->used = calloc(w->arcs + 1, sizeof *w->used);
    w->ahead = calloc(w->arcs + 1, sizeof *w->ahead);
    w->on_arc = calloc(w->arcs + 1, sizeof *w->on_arc);
    w->on_host = calloc(c->nhost + 1, sizeof *w->on_host);
    w->queue = calloc(w->n + 1, sizeof *w->queue);
    w->heap = calloc(w->n + 1, sizeof *w->heap);
    w->user_at = calloc(w->n + 2, sizeof *w->user_at);
    if (!w->item || !w->used || !w->ahead || !w->on_arc || !w->on_host ||
        !w->queue || !w->heap || !w->user_at)
        return -ENOMEM;
    return load_items(w);
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
    free(w->queue);
    free(w->heap);
    free(w->users);
    free(w->user_at);
}

int waves(struct plan_cluster *c, struct plan *p)
{
    struct waves w;
    int rc;

    if (!p->move_n)
        return 0;
    rc = find_after(c, p);
    if (rc)
        return rc;
    rc = waves_init(&w, c, p);
    if (!rc) {
        bound(&w);
        rc = run(&w);
    }
    waves_dispose(&w);
    return rc ? rc : order_moves(p);
}
