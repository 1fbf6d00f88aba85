/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Plans the move of one guest, to the host that was named or to the best.
 *
 * Where no host takes it as things are, others make room (drain_migrate.c).
 */
#include "scheduler/scheduler_impl.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The rule that refuses most of these hosts. */
static enum plan_rule migrate_binding_rule(const struct plan_candidate *k,
                                           uint32_t n)
{
    uint32_t count[PLAN_RULES] = { 0 };
    enum plan_rule best = PLAN_STATE;

    for (uint32_t i = 0; i < n; i++)
        for (enum plan_rule r = 0; r < PLAN_RULES; r++)
            count[r] += k[i].refused >> r & 1;
    for (enum plan_rule r = 0; r < PLAN_RULES; r++)
        if (count[r] > count[best])
            best = r;
    return best;
}

/* The guest cannot leave, wherever it is to go. */
static int migrate_refuse_leaving(struct plan_cluster *c, struct plan *p,
                                  uint32_t dom, const struct state *s)
{
    const struct dom *v = &c->dom[dom];
    char why[320];

    p->rule = dom_fixed(v) ? dom_fixed_rule(v) : PLAN_STATE;
    rule_explain(c, s, dom, v->host, p->rule, why, sizeof why);
    p->text = plan_asprintf("%s cannot leave %s: %s", plan_domain_name(c, dom),
                            plan_host_name(c, v->host), why);
    return p->text ? 0 : -ENOMEM;
}

static int migrate_refuse(struct plan_cluster *c, struct plan *p, uint32_t dom,
                          const struct plan_candidate *k, uint32_t n)
{
    char why[320] = "";
    struct state s;
    int rc = state_init(&s, c);

    if (rc)
        return rc;
    p->infeasible = p->proven = true;
    p->bound = NAN;
    for (uint32_t i = 0; i < n; i++)
        p->proven &= drain_never_migrates(c, dom, k[i].host);
    p->rule = n ? migrate_binding_rule(k, n) : PLAN_PATH;
    p->need = 1;
    if (dom_fixed(&c->dom[dom]) ||
        c->host[c->dom[dom].host].state == PLAN_OFFLINE) {
        p->proven = true;
        rc = migrate_refuse_leaving(c, p, dom, &s);
        state_dispose(&s);
        return rc;
    }
    for (uint32_t i = 0; i < n && !*why; i++)
        if (k[i].refused >> p->rule & 1) {
            rule_explain(c, &s, dom, k[i].host, p->rule, why, sizeof why);
            if (p->rule == PLAN_MEMORY) {
                p->need = (double)c->dom[dom].mem;
                p->have = (double)s.free[k[i].host];
            }
            p->text =
                n == 1 ? plan_asprintf("%s: cannot move to %s: %s",
                                       plan_domain_name(c, dom),
                                       plan_host_name(c, k[i].host), why)
                       : plan_asprintf("%s: none of the %u other hosts can "
                                       "take it as things are; %s for one: %s",
                                       plan_domain_name(c, dom), n,
                                       plan_host_name(c, k[i].host), why);
        }
    if (!*why)
        p->text = plan_asprintf("%s: there is no other host",
                                plan_domain_name(c, dom));
    state_dispose(&s);
    return p->text ? 0 : -ENOMEM;
}

/* Rules that may cease to refuse a host once other guests have left it, so no
 * bound may count on them. */
#define MIGRATE_BY_OTHERS                                                     \
    (1u << PLAN_MEMORY | 1u << PLAN_VCPU | 1u << PLAN_APART |                 \
     1u << PLAN_APART_RACKS | 1u << PLAN_NAME)

/* An offline host sends nothing, and a guest does not leave its group. */
static uint32_t migrate_source_refuses(const struct plan_cluster *c,
                                       uint32_t dom)
{
    uint32_t bad = 0;

    if (c->host[c->dom[dom].host].state == PLAN_OFFLINE)
        bad |= 1u << PLAN_STATE;
    if (c->dom[dom].bound)
        bad |= 1u << PLAN_TOGETHER;
    return bad;
}

int plan_migrate(struct plan_cluster *c, uint32_t dom, uint32_t host,
                 struct plan **plan_r)
{
    struct plan *p = plan_new(c, PLAN_GOAL_MIGRATE);
    struct plan_candidate *k = NULL;
    uint32_t n = 0, best = NONE;
    double least = INFINITY;
    int rc = -ENOMEM;

    *plan_r = NULL;
    if (!p)
        return rc;
    p->goal_domain = dom;
    p->goal_host = calloc(1, sizeof *p->goal_host);
    if (!p->goal_host)
        goto out;
    if (host != NONE)
        p->goal_host[p->goal_host_n++] = host;
    if (host == c->dom[dom].host) { /* is there already */
        p->bound = 0;
        rc = 0;
        goto done;
    }
    rc = plan_score(c, dom, &k, &n);
    if (rc)
        goto out;
    for (uint32_t i = 0; i < n; i++)
        k[i].refused |= migrate_source_refuses(c, dom);
    for (uint32_t i = 0; i < n && host != NONE; i++)
        if (k[i].host == host) {
            k[0] = k[i];
            n = 1;
        }
    for (uint32_t i = 0; i < n; i++) {
        if (!(k[i].refused & ~MIGRATE_BY_OTHERS))
            least = fmin(least, k[i].term[0] + k[i].term[1]);
        if (best == NONE && !k[i].refused)
            best = i; /* they stand in order */
    }
    p->bound = least;
    if (best != NONE)
        rc = plan_add_move(c, p, dom, c->dom[dom].host, k[best].host, false);
    else
        rc = drain_migrate(c, p, dom, host);
    if (!rc && !p->move_n)
        rc = migrate_refuse(c, p, dom, k, n);
    if (!rc)
        rc = plan_finish(c, p);
    if (rc)
        goto out;
done:
    *plan_r = p;
    p = NULL;
out:
    free(k);
    plan_free(p);
    return rc;
}
