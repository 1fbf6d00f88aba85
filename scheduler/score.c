/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The weighted terms of a target host's score, as a table.
 *
 * The first two are the cost that plans report and bound; the others choose
 * among equals.
 */
#include "scheduler/scheduler_impl.h"

#include <math.h>
#include <stddef.h>

struct plan_precopy_result score_precopy(const struct plan_cluster *c,
                                         uint32_t dom, double mbps)
{
    const struct dom *v = &c->dom[dom];
    const struct plan_precopy p = {
        .mib = (double)v->held,
        .dirty_mib_s = v->dirty >= 0 ? v->dirty : c->set.default_dirty,
        .writable_mib = v->writable >= 0
                            ? v->writable
                            : (double)v->held * c->set.default_writable,
        .mbps = mbps,
        .wire_first = c->set.codec ? v->wire_first : 0,
        .wire_again = c->set.codec ? v->wire_again : 0,
        .downtime_ms = c->set.downtime_ms,
        .overhead_ms = c->set.overhead_ms,
        .setup_ms = c->set.setup_ms,
        .max_rounds = c->set.max_rounds,
    };

    return plan_precopy(&p);
}

struct plan_precopy_result plan_predict(struct plan_cluster *c, uint32_t dom,
                                        uint32_t host)
{
    return score_precopy(c, dom, plan_rate(c, c->dom[dom].host, host));
}

double score_cost(const struct plan_cluster *c, uint32_t dom, int hops,
                  double mbps, double *gib_r)
{
    double gib = score_precopy(c, dom, mbps).mib / 1024;

    if (gib_r)
        *gib_r = gib;
    return c->set.alpha * gib + c->set.beta * hops;
}

/* --- terms --------------------------------------------------------------- */

struct candidate {
    struct plan_cluster *c;
    const struct state *s;
    uint32_t dom, host;
    const struct dom *v;
    const struct host *h;
    struct lane lane;
    int hops;
};

static double term_bytes(const struct candidate *k)
{
    double gib;

    score_cost(k->c, k->dom, 0, (double)k->lane.rate, &gib);
    return gib;
}

static double term_hops(const struct candidate *k)
{
    return k->hops;
}

static double term_uplink(const struct candidate *k)
{
    return (double)k->lane.busy;
}

static double term_balance(const struct candidate *k)
{
    double used = (double)(k->h->cap - k->s->free[k->host] + k->v->mem);

    return k->h->cap > 0 ? used / (double)k->h->cap : 1;
}

static double term_cpu(const struct candidate *k)
{
    double used = k->s->cpu[k->host] + fmax(k->v->cpu, 0);

    return fmin(1, used / k->h->cpus);
}

/* Mean distance to the guests that it talks with; 8 hops and more count as
 * 1. */
static double term_traffic(const struct candidate *k)
{
    double all = 0, far = 0;

    for (uint32_t i = 0; i < k->v->traffic_n; i++) {
        const struct traffic *t = &k->c->traffic[k->v->traffic + i];
        int hops;

        if (t->uuid == NONE)
            continue;
        hops = plan_hops(k->c, k->host, k->s->at[t->uuid]);
        all += t->mbps;
        far += t->mbps * (hops < 0 ? 8 : fmin(hops, 8)) / 8;
    }
    return all > 0 ? far / all : 0;
}

static double term_fast(const struct candidate *k)
{
    double dirty = k->v->dirty >= 0 ? k->v->dirty : k->c->set.default_dirty;
    double mib_s = (double)k->lane.rate * 1e6 / 8 / (1 << 20);

    return mib_s > 0 ? fmin(1, dirty / mib_s) : 1;
}

static double term_future(const struct candidate *k)
{
    return k->c->closed[k->v->type == PLAN_PV][k->host];
}

static const struct term {
    const char *name, *text;
    double (*value)(const struct candidate *k);
    size_t weight; /* offset in struct plan_settings */
} terms[PLAN_TERMS] = {
#define W(field_) offsetof(struct plan_settings, field_)
    { "bytes", "GiB that pre-copy will send", term_bytes, W(alpha) },
    { "hops", "links on a shortest path", term_hops, W(beta) },
    { "uplink", "load of the busiest link of the path", term_uplink,
      W(w_uplink) },
    { "memory", "how full the host's memory is after the move", term_balance,
      W(w_balance) },
    { "cpu", "how busy its CPUs are after the move", term_cpu, W(w_cpu) },
    { "traffic", "distance to the guests that it communicates with",
      term_traffic, W(w_traffic) },
    { "dirtying", "dirty rate compared with the rate of the path", term_fast,
      W(w_fast) },
    { "future", "hosts that are closed to guests of that host", term_future,
      W(w_future) },
#undef W
};

const char *plan_term_name(unsigned term)
{
    return term < PLAN_TERMS ? terms[term].name : NULL;
}

const char *plan_term_text(unsigned term)
{
    return term < PLAN_TERMS ? terms[term].text : NULL;
}

static double term_weight(const struct plan_cluster *c, unsigned term)
{
    return *(const double *)(const void *)((const char *)&c->set +
                                           terms[term].weight);
}

static struct candidate candidate_of(struct plan_cluster *c,
                                     const struct state *s, uint32_t dom,
                                     uint32_t host)
{
    struct candidate k = { c,
                           s,
                           dom,
                           host,
                           &c->dom[dom],
                           &c->host[host],
                           { 0, 0 },
                           plan_hops(c, c->dom[dom].host, host) };

    if (k.hops > 0)
        k.lane = route_lane(c, c->host[k.v->host].cls, k.h->cls);
    return k;
}

void score_terms(struct plan_cluster *c, const struct state *s, uint32_t dom,
                 uint32_t host, double *term)
{
    struct candidate k = candidate_of(c, s, dom, host);

    for (unsigned i = 0; i < PLAN_TERMS; i++)
        term[i] = term_weight(c, i) * terms[i].value(&k);
}

double score_far(struct plan_cluster *c, const struct state *s, uint32_t dom,
                 uint32_t host)
{
    struct candidate k = candidate_of(c, s, dom, host);

    return c->set.w_traffic * term_traffic(&k);
}

double score_minor(struct plan_cluster *c, const struct state *s, uint32_t dom,
                   uint32_t host)
{
    struct candidate k = candidate_of(c, s, dom, host);
    double sum = 0;

    for (unsigned i = 2; i < PLAN_TERMS; i++)
        sum += term_weight(c, i) * terms[i].value(&k);
    return sum;
}
