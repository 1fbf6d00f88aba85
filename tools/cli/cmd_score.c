/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * rackhop score DOMAIN: shows where a guest could go, what each term of the
 * cost is, and which rule refuses the other hosts.
 */
#include "tools/cli/cmdtable.h"

#include <stdio.h>
#include <stdlib.h>

#include "tools/cli/cmd.h"
#include "tools/cli/planning.h"
#include "tools/cluster/find.h"
#include "tools/doc/score.h"
#include "tools/view/scoreview.h"

static int write_json(struct planning *p, uint32_t dom,
                      const struct plan_candidate *k, uint32_t n)
{
    struct json_out *o = json_out_new(stdout, true);

    if (!o)
        die_oom();
    score_write(o, p->snap.cluster, dom, k, n);
    return json_out_free(o);
}

static int score(struct planning *p)
{
    struct plan_candidate *k;
    struct msg err;
    uint32_t dom, n;
    int rc;

    if (p->operands != 1)
        return usage_error("score", "score takes one DOMAIN");
    rc = planning_load(p);
    if (rc)
        return rc;
    if (find_guest(p->snap.cluster, p->operand[0], &dom, &err)) {
        complain("%s", err.text);
        return RC_USAGE;
    }
    if (plan_score(p->snap.cluster, dom, &k, &n))
        die_oom();
    rc = n && !k[0].refused ? RC_OK : RC_NOPLAN;
    if (!p->json)
        scoreview_text(stdout, p->snap.cluster, dom, k, n, (unsigned)p->limit,
                       table_look(p->app->wide, p->app->colour));
    else if (write_json(p, dom, k, n))
        rc = RC_FAILED;
    free(k);
    return rc;
}

int cmd_score(struct app *app, const struct cmd *self, int argc, char **argv)
{
    struct planning p;
    int rc = planning_args(&p, app, self, argc, argv);

    if (!rc)
        rc = score(&p);
    planning_dispose(&p);
    return rc < 0 ? RC_OK : rc;
}
