/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Any bytes as a snapshot; what is read is also planned for: a drain of the
 * first host, a rebalance, and scores.
 */
#include <stdlib.h>

#include "tools/doc/snapshot.h"

#include "tools/base/msg.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct plan_settings set;
    struct snapshot s;
    struct plan *p;
    struct msg err;
    uint32_t host = 0;

    plan_settings_init(&set);
    set.best_effort = size & 1;
    if (snapshot_parse(&s, "fuzz", data, size, &set, NULL, &err))
        return 0;
    if (plan_hosts(s.cluster) && plan_hosts(s.cluster) < 64 &&
        plan_domains(s.cluster) < 256) {
        if (!plan_drain(s.cluster, &host, 1, &p))
            plan_free(p);
        if (!plan_rebalance(s.cluster, &p))
            plan_free(p);
        if (plan_domains(s.cluster) &&
            !plan_migrate(s.cluster, 0, PLAN_NONE, &p))
            plan_free(p);
    }
    snapshot_dispose(&s);
    return 0;
}
