/* SPDX-License-Identifier: LGPL-2.1-only */
/* Writes the candidates of a guest, as `rackhop score --json` shows them. */
#include "tools/doc/score.h"

#include "tools/doc/plan.h"

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
    if (k->over) {
        json_key(o, "over_limits");
        json_arr(o);
        if (k->over & PLAN_OVER_MEMORY)
            json_str(o, "memory");
        if (k->over & PLAN_OVER_CPU)
            json_str(o, "cpu");
        json_arr_end(o);
    }
    json_key(o, "terms");
    json_obj(o);
    for (unsigned t = 0; t < PLAN_TERMS; t++)
        json_kv_num(o, plan_term_name(t), k->term[t]);
    json_obj_end(o);
    json_kv_num(o, "gib", k->gib);
    if (k->wire_gib > 0)
        json_kv_num(o, "wire_gib", k->wire_gib);
    json_kv_int(o, "hops", k->hops);
    if (k->path_unknown)
        json_kv_bool(o, "path_known", false);
    json_kv_num(o, "rate_mbps", k->rate_mbps);
    json_kv_num(o, "seconds", k->seconds);
    json_kv_num(o, "downtime_ms", k->downtime_ms);
    json_obj_end(o);
}

void score_write(struct json_out *o, struct plan_cluster *c, uint32_t dom,
                 const struct plan_candidate *k, uint32_t n)
{
    json_obj(o);
    json_kv_str(o, "format", "rackhop-score/1");
    json_kv_str(o, "domain", plan_domain_uuid(c, dom));
    json_kv_str(o, "name", plan_domain_name(c, dom));
    json_kv_str(o, "from", plan_host_name(c, plan_domain_host(c, dom)));
    json_key(o, "candidates");
    json_arr(o);
    for (uint32_t i = 0; i < n; i++)
        write_candidate(o, c, dom, &k[i]);
    json_arr_end(o);
    if (plan_notes(c))
        plan_write_notes(o, c);
    json_obj_end(o);
}
