/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Checks whether a plan that was made earlier still fits the cluster as it is.
 */
#include "scheduler/scheduler_impl.h"

int plan_check(struct plan_cluster *c, const uint8_t *on,
               const struct plan_step *step, uint32_t n, uint32_t *bad_r,
               enum plan_rule *rule_r, char *text, size_t len)
{
    struct state s;
    int rc = state_init(&s, c);

    *bad_r = n;
    if (rc)
        return rc;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t dom = step[i].domain, to = step[i].to;
        uint32_t bad = rules_without_soft(c, rules_all(&s, dom, to));

        if (on && !on[to])
            bad &= ~plan_off_rules(c, dom, to);
        if (bad) {
            *bad_r = i;
            *rule_r = rules_first(bad);
            rule_explain(c, &s, dom, to, *rule_r, text, len);
            break;
        }
        state_move(&s, dom, to);
    }
    state_dispose(&s);
    return 0;
}
