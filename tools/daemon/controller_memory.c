/* SPDX-License-Identifier: LGPL-2.1-only */
/* Changes the memory of guests for rackhopd: `rackhop memory` on their hosts,
 * which checks, keeps what they had before, and does it. */
#include <stdio.h>

#include "tools/daemon/controller_impl.h"
#include "tools/remote/remote.h"

static void memory_one(struct looking *k, const struct decide_resize *z)
{
    struct plan_cluster *c = k->snap.cluster;
    const struct remote r = { k->c->q->conf, k->c->q->conf_path };
    const struct loops_line *line = &k->doc.wish[z->line];
    char mib[32];
    const char *set[] = { "memory", "set", line->uuid, mib, "rackhopd", NULL };
    const char *back[] = { "memory", "back", line->uuid, NULL };
    struct remote_call call = { .host = line->from,
                                .args = z->back ? back : set };
    struct msg said;

    snprintf(mib, sizeof mib, "%lld",
             (long long)(plan_domain_mib(c, z->guest) + z->mib));
    if (remote_each(&r, &call, 1) || call.rc)
        msg_set(&said, "memory: %s", *call.said ? call.said : "no answer");
    else
        msg_set(&said, "memory: %s", line->reason);
    k->c->q->tell(said.text);
    remote_dispose(&call, 1);
    controller_beat(k->c);
}

void memory_change(struct looking *k, struct decide *d)
{
    for (size_t i = 0; i < d->resizes; i++)
        memory_one(k, &d->resize[i]);
}
