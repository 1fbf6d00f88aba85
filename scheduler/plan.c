/* SPDX-License-Identifier: LGPL-2.1-only */
/* The result: moves and sums, and who stays behind for which reasons. */
#include "scheduler/scheduler_impl.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct plan *plan_new(struct plan_cluster *c, enum plan_goal goal)
{
    struct plan *p = calloc(1, sizeof *p);

    if (!p)
        return NULL;
    p->goal = goal;
    p->goal_domain = NONE;
    p->alpha = c->set.alpha;
    p->beta = c->set.beta;
    p->bound = NAN;
    return p;
}

void plan_free(struct plan *p)
{
    if (!p)
        return;
    for (uint32_t i = 0; i < p->move_n; i++)
        free(p->move[i].after);
    for (uint32_t i = 0; i < p->stranded_n; i++) {
        for (uint32_t k = 0; k < p->stranded[i].reason_n; k++)
            free(p->stranded[i].reason[k].text);
        free(p->stranded[i].reason);
    }
    free(p->goal_host);
    free(p->move);
    free(p->stranded);
    free(p->text);
    free(p->where);
    free(p);
}

/* Arrays of a plan grow by one; their room is always the next power of 2. */
static int one_more(void *array, uint32_t n, size_t size)
{
    void **a = array;
    void *bigger;

    if (n & (n - 1) || n == 1)
        return 0;
    bigger = realloc(*a, (n ? 2 * (size_t)n : 2) * size);
    if (!bigger)
        return -ENOMEM;
    *a = bigger;
    return 0;
}

int plan_add_move(struct plan_cluster *c, struct plan *p, uint32_t dom,
                  uint32_t from, uint32_t to, bool displaced)
{
    struct plan_move m = { .domain = dom,
                           .from = from,
                           .to = to,
                           .displaced = displaced,
                           .hops = plan_hops(c, from, to) };

    if (one_more(&p->move, p->move_n, sizeof m))
        return -ENOMEM;
    p->move[p->move_n++] = m;
    return 0;
}

/* The terms as they were when the moves before this one had been made. */
static int explain(struct plan_cluster *c, struct plan *p)
{
    struct state s;

    if (!c->set.explain)
        return 0;
    if (state_init(&s, c))
        return -ENOMEM;
    for (uint32_t i = 0; i < p->move_n; i++) {
        struct plan_move *m = &p->move[i];

        score_terms(c, &s, m->domain, m->to, m->term);
        m->term[0] = p->alpha * m->gib;
        state_move(&s, m->domain, m->to);
    }
    state_dispose(&s);
    return 0;
}

int plan_finish(struct plan_cluster *c, struct plan *p)
{
    int rc = waves(c, p);

    if (rc)
        return rc;
    p->gib = p->total = p->makespan_s = p->downtime_ms = 0;
    p->hops = 0;
    for (uint32_t i = 0; i < p->move_n; i++) {
        struct plan_move *m = &p->move[i];

        m->cost = p->alpha * m->gib + p->beta * m->hops;
        p->gib += m->gib;
        p->hops += m->hops;
        p->total += m->cost;
        p->downtime_ms += m->downtime_ms;
        p->makespan_s = fmax(p->makespan_s, m->start_s + m->seconds);
    }
    return explain(c, p);
}

/* --- stranded --------------------------------------------------------------------- */

static int add_reason(struct plan_stranded *st, uint32_t host,
                      enum plan_rule rule, const char *text)
{
    struct plan_reason r = { host, rule, strdup(text) };

    if (!r.text)
        return -ENOMEM;
    if (one_more(&st->reason, st->reason_n, sizeof r)) {
        free(r.text);
        return -ENOMEM;
    }
    st->reason[st->reason_n++] = r;
    return 0;
}

/* More hosts than this are told by what refuses all of them. */
enum { REASONS_MAX = 40 };

static uint32_t refusals(struct plan_cluster *c, const struct state *s,
                         uint32_t dom, uint32_t host)
{
    return rules_static(c, dom, host) | rules_state(s, dom, host);
}

static enum plan_rule first_rule(uint32_t bad)
{
    for (enum plan_rule r = 0; r < PLAN_RULES; r++)
        if (bad & 1u << r)
            return r;
    return PLAN_TOGETHER; /* room for it, but not for its group */
}

/* One rule that every host breaks: the host that is nearest to not doing so
 * for memory and vCPUs, else the first for one. */
static void explain_all(struct plan_cluster *c, const struct state *s,
                        uint32_t dom, const uint8_t *drained,
                        enum plan_rule rule, char *text, size_t len)
{
    uint32_t best = NONE;
    int n;

    for (uint32_t h = 0; h < c->nhost; h++)
        if (!drained[h] &&
            (best == NONE ||
             (rule == PLAN_MEMORY && s->free[h] > s->free[best]) ||
             (rule == PLAN_VCPU && s->vfree[h] > s->vfree[best])))
            best = h;
    n = snprintf(text, len,
                 rule == PLAN_MEMORY || rule == PLAN_VCPU
                     ? "none has room; %s has most: "
                     : "%s for one: ",
                 plan_host_name(c, best));
    if (n > 0 && (size_t)n < len)
        rule_explain(c, s, dom, best, rule, text + n, len - (size_t)n);
}

static int explain_stranded(struct plan_cluster *c, const struct state *s,
                            struct plan_stranded *st, const uint8_t *drained)
{
    const struct dom *d = &c->dom[st->domain];
    uint32_t all = UINT32_MAX, n = 0;
    char text[512];
    int rc = 0;

    if (dom_fixed(d) || c->host[d->host].state == PLAN_OFFLINE) {
        enum plan_rule r = d->pinned != NONE ? PLAN_PINNED
                           : d->pci_n        ? PLAN_PCI
                                             : PLAN_STATE;

        rule_explain(c, s, st->domain, d->host, r, text, sizeof text);
        return add_reason(st, r == PLAN_STATE ? d->host : NONE, r, text);
    }
    for (uint32_t h = 0; h < c->nhost; h++)
        if (!drained[h])
            all &= refusals(c, s, st->domain, h);
    if (all && all != UINT32_MAX) {
        explain_all(c, s, st->domain, drained, first_rule(all), text,
                    sizeof text);
        return add_reason(st, NONE, first_rule(all), text);
    }
    for (uint32_t h = 0; h < c->nhost && n < REASONS_MAX && !rc; h++) {
        enum plan_rule r;

        if (drained[h])
            continue;
        r = first_rule(refusals(c, s, st->domain, h));
        rule_explain(c, s, st->domain, h, r, text, sizeof text);
        rc = add_reason(st, h, r, text);
        n++;
    }
    return rc;
}

int plan_add_stranded(struct plan_cluster *c, struct plan *p,
                      const struct state *s, uint32_t dom,
                      const uint8_t *drained)
{
    if (one_more(&p->stranded, p->stranded_n, sizeof *p->stranded))
        return -ENOMEM;
    p->stranded[p->stranded_n++] = (struct plan_stranded){ .domain = dom };
    return explain_stranded(c, s, &p->stranded[p->stranded_n - 1], drained);
}

/* --- balance ---------------------------------------------------------------------- */

double balance_score(const struct plan_cluster *c, const struct state *s)
{
    double m1 = 0, m2 = 0, c1 = 0, c2 = 0, n = 0;

    for (uint32_t h = 0; h < c->nhost; h++) {
        double m, u;

        if (c->host[h].state != PLAN_UP || c->host[h].cap <= 0)
            continue;
        m = (double)(c->host[h].cap - s->free[h]) / (double)c->host[h].cap;
        u = s->cpu[h] / c->host[h].cpus;
        m1 += m;
        m2 += m * m;
        c1 += u;
        c2 += u * u;
        n++;
    }
    if (n < 1)
        return 0;
    return sqrt(fmax(0, m2 / n - m1 / n * (m1 / n))) +
           sqrt(fmax(0, c2 / n - c1 / n * (c1 / n)));
}
