/* SPDX-License-Identifier: LGPL-2.1-only */
/* Does a plan that was made earlier still fit: its moves, one after another,
 * on a cluster as it is now. */
#include "scheduler/scheduler_impl.h"

#include <errno.h>

int plan_check(struct plan_cluster *c, const struct plan_step *step,
               uint32_t n, uint32_t *bad_r, enum plan_rule *rule_r, char *text,
               size_t len)
{
    struct state s;
    int rc = state_init(&s, c);

    *bad_r = n;
    for (uint32_t i = 0; i < n && !rc; i++) {
        uint32_t bad = rules_static(c, step[i].domain, step[i].to) |
                       rules_state(&s, step[i].domain, step[i].to);

        for (enum plan_rule r = 0; bad && r < PLAN_RULES && !rc; r++)
            if (bad & 1u << r) {
                *bad_r = i;
                *rule_r = r;
                rule_explain(c, &s, step[i].domain, step[i].to, r, text, len);
                rc = -EPERM;
            }
        if (!rc)
            state_move(&s, step[i].domain, step[i].to);
    }
    state_dispose(&s);
    return rc == -EPERM ? 0 : rc;
}
