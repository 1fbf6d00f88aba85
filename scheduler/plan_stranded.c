/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Says of a guest that a plan leaves behind which rules keep it from each host.
 */
#include "scheduler/scheduler_impl.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int stranded_add_reason(struct plan_stranded *st, uint32_t host,
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

static uint32_t stranded_refusals(struct plan_cluster *c,
                                  const struct state *s, uint32_t dom,
                                  uint32_t host)
{
    return rules_static(c, dom, host) | rules_state(s, dom, host);
}

static enum plan_rule stranded_first_rule(uint32_t bad)
{
    for (enum plan_rule r = 0; r < PLAN_RULES; r++)
        if (bad & 1u << r)
            return r;
    return PLAN_TOGETHER; /* room for it, but not for its group */
}

/* One rule that every host breaks: the host that is nearest to not doing so
 * for memory and vCPUs, else the first for one. */
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

/* More hosts than this are told by what refuses all of them. */
enum { REASONS_MAX = 40 };

static int stranded_explain(struct plan_cluster *c, const struct state *s,
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
        return stranded_add_reason(st, r == PLAN_STATE ? d->host : NONE, r,
                                   text);
    }
    for (uint32_t h = 0; h < c->nhost; h++)
        if (!drained[h])
            all &= stranded_refusals(c, s, st->domain, h);
    if (all && all != UINT32_MAX) {
        stranded_explain_all(c, s, st->domain, drained,
                             stranded_first_rule(all), text, sizeof text);
        return stranded_add_reason(st, NONE, stranded_first_rule(all), text);
    }
    for (uint32_t h = 0; h < c->nhost && n < REASONS_MAX && !rc; h++) {
        enum plan_rule r;

        if (drained[h])
            continue;
        r = stranded_first_rule(stranded_refusals(c, s, st->domain, h));
        rule_explain(c, s, st->domain, h, r, text, sizeof text);
        rc = stranded_add_reason(st, h, r, text);
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
