/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The goal evacuate: hosts that go down at a known time are emptied as far as
 * there is time, of the guests that matter most first. They stay in maintenance.
 * What is planned again has the time that is left of the first plan's.
 */
#include "tools/run/goal.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tools/run/run.h"

static int evacuate_plan(struct plan_cluster *c, char *const *operand, int n,
                         struct plan **plan_r, struct msg *err)
{
    double within_s = plan_settings_of(c)->within_s;
    uint32_t *host = NULL;
    int hosts, rc;

    if (!(within_s > 0)) {
        msg_set(err, "evacuate takes --within TIME: when do they go down?");
        return -EINVAL;
    }
    hosts = goal_hosts(c, operand, n, &host, err);
    if (hosts < 0)
        return hosts;
    rc = plan_evacuate(c, host, (uint32_t)hosts, within_s, plan_r);
    free(host);
    return rc;
}

/* 0: the time is over, or nobody knows when it began. */
static double evacuate_left_s(const struct run *r)
{
    struct tm tm = { .tm_sec = 0 };
    const char *end = strptime(r->started, "%Y-%m-%dT%H:%M:%SZ", &tm);
    double began = end && !*end ? (double)timegm(&tm) : -INFINITY;

    return fmax(0, began + r->within_s - (double)time(NULL));
}

static int evacuate_replan(const struct run *r, struct plan_cluster *c,
                           struct plan **plan_r, bool *unseen_r)
{
    uint32_t *host = NULL, n;
    int rc = run_find_hosts(r, c, &host, &n, unseen_r);

    if (!rc)
        rc = plan_evacuate(c, host, n, evacuate_left_s(r), plan_r);
    free(host);
    return rc;
}

const struct goal goal_evacuate = {
    .name = "evacuate",
    .min = 1,
    .max = INT_MAX,
    .takes = "HOST... or rack:NAME... and --within TIME",
    .marks_hosts = true,
    .keeps_homes = true,
    .plan = evacuate_plan,
    .replan = evacuate_replan,
    .is_met = goal_drain_is_met,
};
