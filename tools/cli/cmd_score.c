/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * rackhop score DOMAIN: where it could go, what each term says, and which rule
 * refuses the others.
 */
#include "tools/cli/cmdtable.h"

#include <stdio.h>
#include <stdlib.h>

#include "tools/cli/cmd.h"
#include "tools/cli/planning.h"
#include "tools/view/planview.h"

static void write_candidate(struct json_out *o, struct plan_cluster *c,
                            uint32_t dom, const struct plan_candidate *k)
{
    enum plan_rule rule;
    char why[320];

    json_obj(o);
    json_kv_str(o, "host", plan_host_name(c, k->host));
    if (k->refused) {
        json_key(o, "refused");
        json_arr(o);
        for (enum plan_rule r = 0; r < PLAN_RULES; r++)
            if (k->refused >> r & 1)
                json_str(o, plan_rule_name(r));
        json_arr_end(o);
        if (plan_refusal(c, dom, k->host, &rule, why, sizeof why))
            json_kv_str(o, "text", why);
        json_obj_end(o);
        return;
    }
    json_kv_num(o, "total", k->total);
    json_key(o, "terms");
    json_obj(o);
    for (unsigned t = 0; t < PLAN_TERMS; t++)
        json_kv_num(o, plan_term_name(t), k->term[t]);
    json_obj_end(o);
    json_kv_num(o, "gib", k->gib);
    json_kv_int(o, "hops", k->hops);
    json_kv_num(o, "rate_mbps", k->rate_mbps);
    json_kv_num(o, "seconds", k->seconds);
    json_kv_num(o, "downtime_ms", k->downtime_ms);
    json_obj_end(o);
}

static int write_json(struct planning *p, uint32_t dom,
                      const struct plan_candidate *k, uint32_t n)
{
    struct plan_cluster *c = p->snap.cluster;
    struct json_out *o = json_out_new(stdout, true);

    if (!o)
        die_oom();
    json_obj(o);
    json_kv_str(o, "domain", plan_domain_uuid(c, dom));
    json_kv_str(o, "name", plan_domain_name(c, dom));
    json_kv_str(o, "from", plan_host_name(c, plan_domain_host(c, dom)));
    json_key(o, "candidates");
    json_arr(o);
    for (uint32_t i = 0; i < n; i++)
        write_candidate(o, c, dom, &k[i]);
    json_arr_end(o);
    json_obj_end(o);
    return json_out_free(o);
}

static int score(struct planning *p)
{
    struct plan_candidate *k;
    uint32_t dom, n;
    int rc;

    if (p->operands != 1)
        return usage_error("score", "score takes one DOMAIN");
    rc = planning_load(p);
    if (rc)
        return rc;
    dom = plan_find_domain(p->snap.cluster, p->operand[0]);
    if (dom == PLAN_NONE) {
        complain("there is no domain %s in the snapshot", p->operand[0]);
        return RC_USAGE;
    }
    if (plan_score(p->snap.cluster, dom, &k, &n))
        die_oom();
    rc = n && !k[0].refused ? RC_OK : RC_NOPLAN;
    if (!p->json)
        planview_score(stdout, p->snap.cluster, dom, k, n, (unsigned)p->limit);
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
