/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Finds the rules that keep a guest, which a plan leaves behind, from each
 * host.
 */
#include "scheduler/scheduler_impl.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int plan_add_reason(struct plan_stranded *st, uint32_t host,
                    enum plan_rule rule, const char *text)
{
    struct plan_reason r = { host, rule, strdup(text) };

    if (!r.text)
        return -ENOMEM;
    if (plan_one_more(&st->reason, st->reason_n, sizeof r)) {
        free(r.text);
        return -ENOMEM;
    }
    st->reason[st->reason_n++] = r;
    return 0;
}

/* The rule that is given as the reason. Where none refuses, there is room for
 * the guest, but not for those that it has to stay with. */
static enum plan_rule stranded_rule(uint32_t bad)
{
    return bad ? rules_first(bad) : PLAN_TOGETHER;
}

/* Explains a rule that refuses every host, by one of them: the one with most
 * room for the rules on room, else the first. */
static void stranded_explain_all(struct plan_cluster *c, const struct state *s,
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

/* Reasons host by host, up to so many hosts. */
enum { REASONS_MAX = 40 };

/* A guest that has to stay with this one and can't leave; NONE: there is
 * none. */
static uint32_t stranded_fixed_mate(const struct plan_cluster *c, uint32_t dom)
{
    for (uint32_t m = c->dom[dom].mate; m != dom; m = c->dom[m].mate)
        if (dom_fixed(&c->dom[m]))
            return m;
    return NONE;
}

/* No host is left: each is to be emptied as well. */
static int stranded_explain_drained(struct plan_cluster *c,
                                    const struct state *s,
                                    struct plan_stranded *st)
{
    uint32_t n = c->nhost < REASONS_MAX ? c->nhost : REASONS_MAX;
    char text[128];
    int rc = 0;

    for (uint32_t h = 0; h < n && !rc; h++) {
        rule_explain(c, s, st->domain, h, PLAN_DRAIN, text, sizeof text);
        rc = plan_add_reason(st, h, PLAN_DRAIN, text);
    }
    return rc;
}

static int stranded_explain(struct plan_cluster *c, const struct state *s,
                            struct plan_stranded *st, const uint8_t *drained)
{
    const struct dom *v = &c->dom[st->domain];
    uint32_t all = UINT32_MAX, n = 0;
    char text[512];
    int rc = 0;

    if (dom_fixed(v) || c->host[v->host].state == PLAN_OFFLINE) {
        enum plan_rule r = dom_fixed(v) ? dom_fixed_rule(v) : PLAN_STATE;

        rule_explain(c, s, st->domain, v->host, r, text, sizeof text);
        return plan_add_reason(st, r == PLAN_STATE ? v->host : NONE, r, text);
    }
    if (stranded_fixed_mate(c, st->domain) != NONE) {
        rule_explain(c, s, st->domain, v->host, PLAN_TOGETHER, text,
                     sizeof text);
        return plan_add_reason(st, NONE, PLAN_TOGETHER, text);
    }
    for (uint32_t h = 0; h < c->nhost; h++)
        if (!drained[h])
            all &= rules_all(s, st->domain, h);
    if (all == UINT32_MAX)
        return stranded_explain_drained(c, s, st);
    if (all) {
        stranded_explain_all(c, s, st->domain, drained, stranded_rule(all),
                             text, sizeof text);
        return plan_add_reason(st, NONE, stranded_rule(all), text);
    }
    for (uint32_t h = 0; h < c->nhost && n < REASONS_MAX && !rc; h++) {
        enum plan_rule r;

        if (drained[h])
            continue;
        r = stranded_rule(rules_all(s, st->domain, h));
        rule_explain(c, s, st->domain, h, r, text, sizeof text);
        rc = plan_add_reason(st, h, r, text);
        n++;
    }
    return rc;
}

int plan_add_stranded(struct plan_cluster *c, struct plan *p,
                      const struct state *s, uint32_t dom,
                      const uint8_t *drained)
{
    if (plan_one_more(&p->stranded, p->stranded_n, sizeof *p->stranded))
        return -ENOMEM;
    p->stranded[p->stranded_n++] = (struct plan_stranded){ .domain = dom };
    return stranded_explain(c, s, &p->stranded[p->stranded_n - 1], drained);
}
