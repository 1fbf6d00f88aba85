/* SPDX-License-Identifier: LGPL-2.1-only */
/* Finds the rule that keeps a guest off its home. */
#include "scheduler/home_impl.h"

#include <errno.h>
#include <stdio.h>

/* A guest that has to stay with this one and belongs elsewhere; NONE: there is
 * none. */
static uint32_t home_odd_mate(const struct plan_cluster *c, uint32_t dom)
{
    const char *home = plan_domain_home(c, dom), *other;

    for (uint32_t m = c->dom[dom].mate; m != dom; m = c->dom[m].mate) {
        other = plan_domain_home(c, m);
        if (!other || plan_find_host(c, other) != plan_find_host(c, home))
            return m;
    }
    return NONE;
}

/* What does not depend on where its home is, or on whether there is one. */
static enum plan_rule home_keeps(struct homing *h, uint32_t dom, char *text,
                                 size_t len)
{
    struct plan_cluster *c = h->c;
    const struct dom *v = &c->dom[dom];
    uint32_t mate = home_odd_mate(c, dom);
    enum plan_rule rule = dom_fixed_rule(v);

    if (rule != PLAN_RULES) {
        rule_explain(c, &h->s, dom, v->host, rule, text, len);
        return rule;
    }
    if (plan_find_host(c, plan_domain_home(c, dom)) == NONE) {
        snprintf(text, len,
                 "%s, its home, is not among the hosts that are "
                 "known",
                 plan_domain_home(c, dom));
        return PLAN_STATE;
    }
    if (mate == NONE)
        return PLAN_RULES;
    snprintf(text, len, "it has to stay with %s, which does not belong there",
             plan_domain_name(c, mate));
    return PLAN_TOGETHER;
}

int homing_strand(struct homing *h, struct plan *p, uint32_t dom)
{
    struct plan_cluster *c = h->c;
    uint32_t to = plan_find_host(c, plan_domain_home(c, dom)), bad;
    char text[512];
    enum plan_rule rule = home_keeps(h, dom, text, sizeof text);

    if (plan_one_more(&p->stranded, p->stranded_n, sizeof *p->stranded))
        return -ENOMEM;
    p->stranded[p->stranded_n++] = (struct plan_stranded){ .domain = dom };
    if (rule == PLAN_RULES) {
        bad = rules_all(&h->s, dom, to);
        rule = bad ? rules_first(bad) : PLAN_TOGETHER;
        rule_explain(c, &h->s, dom, to, rule, text, sizeof text);
    }
    return plan_add_reason(&p->stranded[p->stranded_n - 1], to, rule, text);
}
