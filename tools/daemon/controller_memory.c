/* SPDX-License-Identifier: LGPL-2.1-only */
/* Changes the memory of guests for rackhopd: `rackhop memory` on their hosts,
 * which checks, keeps what they had before, and does it. */
#include <stdio.h>

#include "tools/daemon/controller_impl.h"
#include "tools/remote/remote.h"

/* true: it was changed. */
static bool memory_one(struct looking *k, const struct decide_resize *z)
{
    struct plan_cluster *c = k->snap.cluster;
    const struct remote r = { k->c->q->conf, k->c->q->conf_path };
    const struct loops_line *line = &k->doc.wish[z->line];
    char mib[32];
    const char *set[] = { "memory", "set", line->uuid, mib, "rackhopd", NULL };
    /* without an amount it gets what it had */
    const char *back[] = { "memory", "back", line->uuid,
                           z->mib < 0 ? mib : NULL, NULL };
    struct remote_call call = { .host = line->from,
                                .args = z->back ? back : set };
    struct msg said;
    bool well;

    snprintf(mib, sizeof mib, "%lld",
             (long long)(z->back ? -z->mib
                                 : plan_domain_mib(c, z->guest) + z->mib));
    well = !remote_each(&r, &call, 1) && !call.rc;
    msg_set(&said, "memory: %s",
            well         ? line->reason
            : *call.said ? call.said
                         : "no answer");
    k->c->q->tell(said.text);
    remote_dispose(&call, 1);
    controller_beat(k->c);
    return well;
}

/* What a guest did not get is not taken from it when it has not helped. */
int memory_change(struct looking *k, struct decide *d, struct msg *err)
{
    struct controller *c = k->c;
    bool all = true;

    for (size_t i = 0; i < d->resizes; i++) {
        const struct decide_resize *z = &d->resize[i];

        if (memory_one(k, z) || z->mib < 0)
            continue;
        d->kept[LOOPS_ACTING].guest[z->guest].grew_mib = 0;
        all = false;
    }
    if (all)
        return 0;
    return controller_save(
        c, loops_state_format(&c->state, k->snap.cluster, d->kept), err);
}
