/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Watches how long the guest has been suspended, where that has a limit
 * (max_pause_ms). The policy does not suspend it while the copying would take
 * longer; what else can take long after that, a link that gets slow, a host
 * that builds devices, nobody foresees. Until GO the guest can still go on at
 * the source host, so up to there the clock decides; afterwards it is the
 * target host's.
 */
#include "libxl-ext/send_impl.h"

#include <errno.h>
#include <inttypes.h>

uint64_t xlx_send_pause_end(const struct sender *m)
{
    const struct xlx_send *s = m->s;

    if (!s->policy.max_pause_ms || !s->times.suspended)
        return UINT64_MAX;
    return s->times.suspended + s->policy.max_pause_ms * UINT64_C(1000);
}

bool xlx_send_pause_over(const struct sender *m)
{
    return clock_us() >= xlx_send_pause_end(m);
}

uint64_t xlx_send_pause_deadline(const struct sender *m, unsigned seconds)
{
    uint64_t until = clock_us() + seconds * SECONDS;
    uint64_t end = xlx_send_pause_end(m);

    return end < until ? end : until;
}

void xlx_send_pause_foreseen(struct sender *m)
{
    const struct xlx_policy *p = &m->s->policy;

    if (m->pause_ms < 0)
        msg_set(m->err, "given up: %s", xlx_reason_text(XLX_WHY_PAUSE));
    else
        msg_set(m->err,
                "given up: suspended now it would be silent for %" PRId64
                " ms, and may be for %u",
                m->pause_ms + p->overhead_ms, p->max_pause_ms);
}

int xlx_send_pause_explain(struct sender *m)
{
    msg_set(m->err,
            "it was suspended for %u ms, which is as long as it may be; a "
            "longer pause must be allowed, or the settings say overhead_ms "
            "as it is here",
            m->s->policy.max_pause_ms);
    return -ETIME;
}
