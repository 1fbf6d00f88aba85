/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Plans a drain in which apart groups may be broken where nothing else works.
 *
 * First all groups are kept. The guests that find no place then may come to
 * others of their groups, they alone, and it is planned anew: until all have a
 * place, or those that have none are in no group. What a plan breaks it tells.
 */
#include "scheduler/drain_impl.h"

#include <errno.h>

enum { SOFT_ROUNDS = 8 };

static void soft_set(struct plan_cluster *c, uint32_t dom, bool soft)
{
    struct dom *v = &c->dom[dom];

    if (v->soft == soft)
        return;
    v->soft = soft;
    for (uint32_t k = 0; k < v->apart.n; k++)
        c->group[c->pool[v->apart.at + k]].soft += soft ? 1 : UINT32_MAX;
}

/* The guests that the plan leaves behind become soft, with those that have to
 * stay with them. False: none of them is in a group, or all are soft. */
static bool soft_add_stranded(struct plan_cluster *c, const struct plan *p)
{
    bool any = false;

    for (uint32_t i = 0; i < p->stranded_n; i++) {
        uint32_t first = p->stranded[i].domain, m = first;

        do {
            const struct dom *v = &c->dom[m];

            any |= !v->soft && (v->apart.n || v->apart_racks.n);
            soft_set(c, m, v->apart.n || v->apart_racks.n);
            m = v->mate;
        } while (m != first);
    }
    return any;
}

/* Plans with best effort, which names the guests without a place. */
static int soft_find_stranded(struct plan_cluster *c, const uint32_t *hosts,
                              uint32_t n, bool *any_r)
{
    bool best_effort = c->set.best_effort;
    struct plan *p = NULL;
    int rc;

    c->set.best_effort = true;
    rc = drain_plan(c, hosts, n, &p);
    c->set.best_effort = best_effort;
    *any_r = !rc && soft_add_stranded(c, p);
    plan_free(p);
    return rc;
}

/* --- what the plan breaks ------------------------------------------------ */

static int soft_tell_guest(struct plan_cluster *c, struct plan *p,
                           const struct state *s, uint32_t dom)
{
    uint32_t bad;
    char why[320];
    int rc = 0;

    c->dom[dom].soft = false; /* for this question */
    bad = rules_group(s, dom, s->at[dom]);
    for (enum plan_rule r = rules_first(bad); bad && !rc;
         r = rules_first(bad)) {
        rule_explain(c, s, dom, s->at[dom], r, why, sizeof why);
        rc = plan_add_remark(
            p, plan_asprintf("the rule %s is broken, because nothing else "
                             "works: %s goes to %s: %s; the next rebalance "
                             "mends it if it can",
                             plan_rule_name(r), plan_domain_name(c, dom),
                             plan_host_name(c, s->at[dom]), why));
        bad &= ~(1u << r);
    }
    c->dom[dom].soft = true;
    return rc;
}

static int soft_tell(struct plan_cluster *c, struct plan *p)
{
    struct state s;
    int rc = state_init(&s, c);

    if (rc)
        return rc;
    for (uint32_t i = 0; i < p->move_n; i++)
        state_move(&s, p->move[i].domain, p->move[i].to);
    for (uint32_t i = 0; i < p->move_n && !rc; i++)
        if (c->dom[p->move[i].domain].soft)
            rc = soft_tell_guest(c, p, &s, p->move[i].domain);
    state_dispose(&s);
    return rc;
}

/* --- the whole ----------------------------------------------------------- */

/* Another plan takes the place of *plan_r, with more soft guests. */
static int soft_plan(struct plan_cluster *c, const uint32_t *hosts, uint32_t n,
                     struct plan **plan_r)
{
    bool any = true;
    int rc = 0;

    for (int i = 0; i < SOFT_ROUNDS && !rc &&
                    ((*plan_r)->infeasible || (*plan_r)->stranded_n);
         i++) {
        struct plan *p = NULL;

        rc = soft_find_stranded(c, hosts, n, &any);
        if (rc || !any)
            break;
        rc = drain_plan(c, hosts, n, &p);
        if (rc)
            break;
        plan_free(*plan_r);
        *plan_r = p;
    }
    return rc ? rc : soft_tell(c, *plan_r);
}

int plan_drain(struct plan_cluster *c, const uint32_t *hosts, uint32_t n,
               struct plan **plan_r)
{
    int rc = drain_plan(c, hosts, n, plan_r);

    if (rc || !c->set.soft_apart)
        return rc;
    rc = soft_plan(c, hosts, n, plan_r);
    for (uint32_t i = 0; i < c->ndom; i++)
        soft_set(c, i, false);
    if (rc) {
        plan_free(*plan_r);
        *plan_r = NULL;
    }
    return rc;
}
