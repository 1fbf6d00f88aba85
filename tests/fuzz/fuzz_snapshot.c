/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Any bytes as a snapshot; what is read is also planned for: a drain of the
 * first host, a rebalance, and scores. Once as a file, and once as what hosts
 * say of themselves.
 */
#include <stdlib.h>

#include "tools/doc/snapshot.h"

#include "tools/base/msg.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void plan_all(struct snapshot *s)
{
    uint32_t host = 0;
    struct plan *p;

    if (plan_hosts(s->cluster) && plan_hosts(s->cluster) < 64 &&
        plan_domains(s->cluster) < 256) {
        if (!plan_drain(s->cluster, &host, 1, &p))
            plan_free(p);
        if (!plan_rebalance(s->cluster, &p))
            plan_free(p);
        if (plan_domains(s->cluster) &&
            !plan_migrate(s->cluster, 0, PLAN_NONE, &p))
            plan_free(p);
    }
    snapshot_dispose(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct plan_settings set;
    struct snapshot s;
    struct msg err;

    plan_settings_init(&set);
    set.best_effort = size & 1;
    set.require_path = size & 2;
    if (!snapshot_parse(&s, "fuzz", data, size, &set, NULL, &err))
        plan_all(&s);
    if (!snapshot_parse_facts(&s, "fuzz", data, size, &set, NULL, NULL, &err))
        plan_all(&s);
    return 0;
}
