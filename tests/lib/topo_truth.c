/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Computes the truth about a generated network from its cables.
 *
 * It shares no code and no algorithm with the product: dense matrices, walks
 * of length 1, 2, .. counted by multiplication, widest paths by trying each
 * speed, push-relabel for max-flow (Goldberg and Tarjan, 1988).
 */
#include "tests/lib/topo_fabric.h"

#include <stdlib.h>
#include <string.h>

#define ANY_RATE ((int64_t)1 << 40)

struct fab_truth {
    const struct fab *f;
    unsigned n;
    uint8_t *joined;    /* [n][n] */
    int64_t *sum[2];    /* capacity with unknown rates as 0, as ANY_RATE */
    int64_t *single[2]; /* the best cable, likewise */
};

static bool exists(const struct fab *f, const struct fab_cable *c)
{
    return c->a_hears || c->b_hears || f->node[c->a].hub || f->node[c->b].hub;
}

static void enter(struct fab_truth *t, unsigned x, unsigned y, int64_t mbps)
{
    size_t at = (size_t)x * t->n + y;

    t->joined[at] = 1;
    for (int high = 0; high < 2; high++) {
        int64_t rate = mbps >= 0 ? mbps : high ? ANY_RATE : 0;

        t->sum[high][at] += rate;
        if (rate > t->single[high][at])
            t->single[high][at] = rate;
    }
}

struct fab_truth *fab_truth_new(const struct fab *f)
{
    struct fab_truth *t = calloc(1, sizeof *t);
    size_t cells = (size_t)f->nodes * f->nodes;

    if (!t)
        abort();
    t->f = f;
    t->n = f->nodes;
    t->joined = calloc(cells, 1);
    for (int high = 0; high < 2; high++) {
        t->sum[high] = calloc(cells, sizeof(int64_t));
        t->single[high] = calloc(cells, sizeof(int64_t));
    }
    for (unsigned i = 0; i < f->cables; i++)
        if (exists(f, &f->cable[i])) {
            enter(t, f->cable[i].a, f->cable[i].b, f->cable[i].mbps);
            enter(t, f->cable[i].b, f->cable[i].a, f->cable[i].mbps);
        }
    return t;
}

void fab_truth_free(struct fab_truth *t)
{
    for (int high = 0; high < 2; high++) {
        free(t->sum[high]);
        free(t->single[high]);
    }
    free(t->joined);
    free(t);
}

/* Walks from a by number of steps, over cables of at least `floor` each; no
 * node but switches is walked on from. Returns the walks of the first length
 * at which b is reached; *len its length, or 0 after n steps. */
static double walks(const struct fab_truth *t, unsigned a, unsigned b,
                    int64_t floor, int high, unsigned most, unsigned *len)
{
    double *now = calloc(t->n, sizeof *now), *next, found = 0;

    now[a] = 1;
    *len = 0;
    for (unsigned step = 1; step <= most && found <= 0; step++) {
        next = calloc(t->n, sizeof *next);
        for (unsigned u = 0; u < t->n; u++)
            for (unsigned v = 0; v < t->n && now[u] > 0; v++) {
                size_t at = (size_t)u * t->n + v;

                if (t->joined[at] && t->single[high][at] >= floor &&
                    (u == a || t->f->node[u].is_switch) && v != a)
                    next[v] += now[u];
            }
        free(now);
        now = next;
        if (now[b] > 0) {
            found = now[b];
            *len = step;
        }
    }
    free(now);
    return found;
}

/* The greatest speed at which b is still `hops` away. */
static int64_t widest(const struct fab_truth *t, unsigned a, unsigned b,
                      unsigned hops, int high)
{
    int64_t best = 0;
    size_t cells = (size_t)t->n * t->n;
    unsigned len;

    for (size_t i = 0; i < cells; i++) {
        int64_t rate = t->single[high][i];

        if (rate > best && walks(t, a, b, rate, high, hops, &len) > 0 &&
            len == hops)
            best = rate;
    }
    return best;
}

/* --- push-relabel -------------------------------------------------------- */

struct pr {
    unsigned n;
    int64_t *cap, *excess; /* cap: residual, [n][n] */
    unsigned *height;
};

static void discharge(struct pr *p, unsigned u)
{
    while (p->excess[u] > 0) {
        unsigned least = 3 * p->n;

        for (unsigned v = 0; v < p->n && p->excess[u] > 0; v++) {
            int64_t *fwd = &p->cap[(size_t)u * p->n + v], d;

            if (*fwd <= 0)
                continue;
            if (p->height[u] != p->height[v] + 1) {
                if (p->height[v] < least)
                    least = p->height[v];
                continue;
            }
            d = p->excess[u] < *fwd ? p->excess[u] : *fwd;
            *fwd -= d;
            p->cap[(size_t)v * p->n + u] += d;
            p->excess[u] -= d;
            p->excess[v] += d;
            if (p->height[v]<least && * fwd> 0)
                least = p->height[v];
        }
        if (p->excess[u] > 0)
            p->height[u] = least + 1;
    }
}

static int64_t push_relabel(struct pr *p, unsigned s, unsigned d)
{
    bool again = true;

    p->height[s] = p->n;
    for (unsigned v = 0; v < p->n; v++) {
        int64_t c = p->cap[(size_t)s * p->n + v];

        p->cap[(size_t)s * p->n + v] = 0;
        p->cap[(size_t)v * p->n + s] += c;
        p->excess[v] += c;
    }
    while (again) {
        again = false;
        for (unsigned u = 0; u < p->n; u++)
            if (u != s && u != d && p->excess[u] > 0) {
                discharge(p, u);
                again = true;
            }
    }
    return p->excess[d];
}

/* Steps from each node to `to` over switches, by relaxation. */
static unsigned *steps_to(const struct fab_truth *t, unsigned to)
{
    unsigned *d = malloc(t->n * sizeof *d);
    bool changed = true;

    for (unsigned i = 0; i < t->n; i++)
        d[i] = i == to ? 0 : 100000;
    while (changed) {
        changed = false;
        for (unsigned u = 0; u < t->n; u++)
            for (unsigned v = 0; v < t->n; v++)
                if (t->joined[(size_t)u * t->n + v] &&
                    (v == to || t->f->node[v].is_switch) && d[v] + 1 < d[u]) {
                    d[u] = d[v] + 1;
                    changed = true;
                }
    }
    return d;
}

static int64_t all_paths(const struct fab_truth *t, unsigned a, unsigned b,
                         unsigned hops, int high)
{
    unsigned *from = steps_to(t, a), *to = steps_to(t, b);
    struct pr p = { .n = t->n };
    int64_t flow;

    p.cap = calloc((size_t)t->n * t->n, sizeof *p.cap);
    p.excess = calloc(t->n, sizeof *p.excess);
    p.height = calloc(t->n, sizeof *p.height);
    for (unsigned u = 0; u < t->n; u++)
        for (unsigned v = 0; v < t->n; v++)
            if (t->joined[(size_t)u * t->n + v] &&
                (u == a || t->f->node[u].is_switch) &&
                (v == b || t->f->node[v].is_switch) &&
                from[u] + 1 + to[v] == hops)
                p.cap[(size_t)u * t->n + v] =
                    t->sum[high][(size_t)u * t->n + v];
    flow = push_relabel(&p, a, b);
    free(p.cap);
    free(p.excess);
    free(p.height);
    free(from);
    free(to);
    return flow;
}

struct topo_pair fab_truth(const struct fab_truth *t, unsigned a, unsigned b)
{
    struct topo_pair p = { TOPO_UNKNOWN, TOPO_UNKNOWN, TOPO_UNKNOWN,
                           TOPO_UNKNOWN };
    int64_t lo, hi;
    unsigned hops;
    double n = walks(t, a, b, 0, 1, t->n, &hops);

    if (!hops)
        return p;
    p.hops = (int)hops;
    p.paths = n;
    lo = widest(t, a, b, hops, 0);
    hi = widest(t, a, b, hops, 1);
    p.flow_mbps = lo == hi ? lo : TOPO_UNKNOWN;
    lo = all_paths(t, a, b, hops, 0);
    hi = all_paths(t, a, b, hops, 1);
    p.total_mbps = lo == hi ? lo : TOPO_UNKNOWN;
    return p;
}
