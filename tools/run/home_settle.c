/* SPDX-License-Identifier: LGPL-2.1-only */
/* Settles the records of homes by facts that are fresh. */
#include "tools/run/home_impl.h"

#include <errno.h>
#include <string.h>

enum home_verdict {
    HOME_STAYS, /* the record is as it should be */
    HOME_SEEN,  /* the guest was missed, and is back */
    HOME_MISSED,
    HOME_ENDS,
};

/* All hosts have answered and none has the guest. It may be between two hosts
 * that were not asked at the same instant, or be started again soon. */
static enum home_verdict home_judge_missing(const struct home *h,
                                            int64_t now_s)
{
    if (!h->missed_s || h->missed_s > now_s)
        return HOME_MISSED;
    return now_s - h->missed_s >= HOME_KEPT_S ? HOME_ENDS : HOME_STAYS;
}

/* Where a guest really runs that is pinned may not be known: its move may be
 * in doubt. */
static enum home_verdict home_judge(const struct home *h,
                                    const struct plan_cluster *c, bool whole,
                                    int64_t now_s)
{
    uint32_t dom = plan_find_domain(c, h->uuid);
    const char *at;

    if (dom == PLAN_NONE)
        return whole ? home_judge_missing(h, now_s) : HOME_STAYS;
    at = plan_host_name(c, plan_domain_host(c, dom));
    if (!plan_domain_stays(c, dom) &&
        (!strcmp(at, h->host) || !home_knows(h, at)))
        return HOME_ENDS;
    return h->missed_s ? HOME_SEEN : HOME_STAYS;
}

static int home_settle(struct store *s, const struct home *h,
                       enum home_verdict v, int64_t now_s, struct msg *err)
{
    struct home next = *h;

    switch (v) {
    case HOME_STAYS: return 0;
    case HOME_ENDS: return home_drop(s, h->uuid, h->rev, err);
    case HOME_SEEN:
    case HOME_MISSED: break;
    }
    next.missed_s = v == HOME_MISSED ? now_s : 0;
    return home_save(s, &next, h->rev, err);
}

int homes_settle(struct store *s, const struct homes *l,
                 const struct plan_cluster *c, bool whole, int64_t now_s,
                 struct msg *err)
{
    int rc = 0;

    for (size_t i = 0; i < l->n && !rc; i++) {
        const struct home *h = &l->home[i];

        if (h->busy)
            continue;
        rc = home_settle(s, h, home_judge(h, c, whole, now_s), now_s, err);
        if (rc == -ESTALE) /* a run that is younger than the facts wrote it */
            rc = 0;
    }
    return rc;
}
