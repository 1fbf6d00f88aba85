/* SPDX-License-Identifier: LGPL-2.1-only */
/* Takes a snapshot of the cluster, and the settings that plan for it. */
#include "tools/cluster/take.h"

#include <errno.h>
#include <stdlib.h>

#include "tools/cluster/collect.h"

void take_settings(struct plan_settings *s, const struct config *c)
{
    plan_settings_init(s);
    s->alpha = c->alpha;
    s->beta = c->beta;
    s->w_uplink = c->weight_uplink;
    s->w_balance = c->weight_memory;
    s->w_cpu = c->weight_cpu;
    s->w_traffic = c->weight_traffic;
    s->w_fast = c->weight_dirtying;
    s->worth = c->worth;
    s->stream_mbps = c->stream_mbps;
    s->downtime_ms = (unsigned)c->downtime_ms;
    s->overhead_ms = (unsigned)c->overhead_ms;
    s->setup_ms = (unsigned)c->setup_ms;
    s->overcommit = c->overcommit;
    s->streams = (unsigned)c->streams;
    s->host_streams = (unsigned)c->host_streams;
    s->link_streams = (unsigned)c->link_streams;
}

int take_snapshot(struct take *t, struct snapshot *s, struct msg *err)
{
    struct collect k = { .conf = t->conf,
                         .timeout_ms = t->timeout_ms,
                         .sample_ms = t->sample_ms,
                         .progress = t->progress,
                         .failed = t->dead,
                         .arg = t->arg };
    struct snapshot_problems problems = { t->problem, t->arg };
    int rc;

    if (t->file)
        return snapshot_load(s, t->file, t->set, &problems, err);
    rc = collect_run(&k, err);
    t->asked = k.asked;
    t->dead_n = k.dead;
    if (rc)
        return rc == -ENOMEM ? rc : -EHOSTUNREACH;
    rc = snapshot_parse_under(s, "the hosts' facts", k.text, k.len, t->set,
                              t->over, &problems, err);
    free(k.text);
    return rc;
}
