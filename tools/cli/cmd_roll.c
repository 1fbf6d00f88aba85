/* SPDX-License-Identifier: LGPL-2.1-only */
/* rackhop roll: plans a rolling maintenance, wave after wave. */
#include "tools/cli/cmdtable.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/cli/cmd.h"
#include "tools/cli/planning.h"
#include "tools/doc/roll.h"
#include "tools/run/goal.h"
#include "tools/view/rollview.h"

/* "all" stands for every host, unless a host is called so. */
static int roll_hosts(const struct planning *p, uint32_t **host_r,
                      struct msg *err)
{
    uint32_t n = plan_hosts(p->snap.cluster);

    if (p->operands != 1 || strcmp(p->operand[0], "all") ||
        plan_find_host(p->snap.cluster, "all") != PLAN_NONE)
        return goal_hosts(p->snap.cluster, p->operand, p->operands, host_r,
                          err);
    *host_r = calloc((size_t)n + 1, sizeof **host_r);
    for (uint32_t h = 0; *host_r && h < n; h++)
        (*host_r)[h] = h;
    return *host_r ? (int)n : -ENOMEM;
}

static int roll_complain_xen(const struct planning *p, uint32_t host)
{
    if (host == PLAN_NONE)
        complain("--to-xen takes a version of Xen such as 4.20, not %s",
                 p->roll.to_xen);
    else
        complain("roll --to-xen %s: %s has a newer Xen, and no guest moves to "
                 "an older one; leave %s out, or name a newer version",
                 p->roll.to_xen, plan_host_name(p->snap.cluster, host),
                 plan_host_name(p->snap.cluster, host));
    return RC_USAGE;
}

static int roll_show(const struct planning *p, const struct plan_roll *r)
{
    if (!p->json) {
        rollview_text(stdout, p->snap.cluster, r, &p->roll, p->explain);
        return 0;
    }
    return roll_print(stdout, p->snap.cluster, r, &p->roll, p->snap.sha256);
}

static int roll_plan(const struct planning *p, const uint32_t *host,
                     uint32_t n)
{
    struct plan_roll *r;
    uint32_t bad;
    int rc = plan_roll(p->snap.cluster, host, n, &p->roll, &r, &bad);

    if (rc == -EINVAL)
        return roll_complain_xen(p, bad);
    if (rc == -ENOMEM)
        die_oom();
    if (rc) {
        complain("roll: no safe order of the moves was found");
        return RC_FAILED;
    }
    rc = roll_show(p, r) ? RC_FAILED
         : !r->left_n    ? RC_OK
         : r->wave_n     ? RC_PARTLY
                         : RC_NOPLAN;
    plan_roll_free(r);
    return rc;
}

static int roll_command(struct planning *p)
{
    uint32_t *host = NULL;
    struct msg err;
    int rc, n;

    if (!p->operands)
        return usage_error("roll", "roll takes HOST... or rack:NAME..., or "
                                   "all");
    if (!p->dry_run)
        return usage_error(
            "roll", "this version plans a roll with --dry-run and does not "
                    "carry it out: do its waves by hand, with `rackhop drain` "
                    "and `rackhop undrain`");
    rc = planning_load(p);
    if (rc)
        return rc;
    n = roll_hosts(p, &host, &err);
    if (n == -ENOMEM)
        die_oom();
    if (n < 0) {
        complain("%s", err.text);
        return RC_USAGE;
    }
    rc = roll_plan(p, host, (uint32_t)n);
    free(host);
    return rc;
}

int cmd_roll(struct app *app, const struct cmd *self, int argc, char **argv)
{
    struct planning p;
    int rc = planning_args(&p, app, self, argc, argv);

    if (!rc)
        rc = roll_command(&p);
    planning_dispose(&p);
    return rc < 0 ? RC_OK : rc;
}
