/* SPDX-License-Identifier: LGPL-2.1-only */
/* Writes the plan of what loops want. */
#include "tools/doc/loops_plan.h"

#include <stdlib.h>

#include "tools/doc/json.h"

/* What a move there takes, as any plan would say. */
static struct plan_candidate loops_candidate(struct plan_cluster *c,
                                             const struct loops_step *s)
{
    struct plan_candidate *all = NULL, found = { .host = PLAN_NONE };
    uint32_t n = 0;

    if (plan_score(c, s->domain, &all, &n))
        return found;
    for (uint32_t i = 0; i < n; i++)
        if (all[i].host == s->to)
            found = all[i];
    free(all);
    return found;
}

struct loops_sums {
    double gib, seconds, cost;
    long hops;
};

static void loops_write_step(struct json_out *o, struct plan_cluster *c,
                             const struct loops_step *s, uint32_t id,
                             struct loops_sums *sum)
{
    struct plan_candidate m = loops_candidate(c, s);

    json_obj(o);
    json_kv_int(o, "id", id);
    json_kv_str(o, "domain", plan_domain_uuid(c, s->domain));
    json_kv_str(o, "name", plan_domain_name(c, s->domain));
    json_kv_str(o, "from", plan_host_name(c, plan_domain_host(c, s->domain)));
    json_kv_str(o, "to", plan_host_name(c, s->to));
    json_kv_str(o, "reason", s->reason);
    json_kv_num(o, "gib", m.gib);
    if (m.wire_gib > 0)
        json_kv_num(o, "wire_gib", m.wire_gib);
    json_kv_int(o, "hops", m.hops);
    if (m.path_unknown)
        json_kv_bool(o, "path_known", false);
    json_kv_num(o, "cost", m.total);
    json_kv_num(o, "start_s", sum->seconds);
    json_kv_num(o, "seconds", m.seconds);
    json_kv_num(o, "rate_mbps", m.rate_mbps);
    json_kv_num(o, "downtime_ms", m.downtime_ms);
    json_key(o, "after");
    json_arr(o);
    if (id > 1)
        json_int(o, id - 1);
    json_arr_end(o);
    json_obj_end(o);
    sum->gib += m.gib;
    sum->seconds += m.seconds;
    sum->cost += m.total;
    sum->hops += m.hops;
}

static void loops_write_sums(struct json_out *o, const struct loops_sums *s)
{
    json_key(o, "cost");
    json_obj(o);
    json_kv_num(o, "gib", s->gib);
    json_kv_int(o, "hops", s->hops);
    json_kv_num(o, "total", s->cost);
    json_obj_end(o);
    json_kv_num(o, "makespan_s", s->seconds);
    json_kv_num(o, "makespan_bound_s", 0);
    json_key(o, "stranded");
    json_arr(o);
    json_arr_end(o);
    json_kv_null(o, "infeasible");
}

char *loops_plan_format(struct plan_cluster *c, const struct loops_step *step,
                        uint32_t n, const char *sha256)
{
    struct json_out *o = json_text_new(true);
    struct loops_sums sum = { .hops = 0 };

    if (!o)
        return NULL;
    json_obj(o);
    json_kv_str(o, "format", "rackhop-plan/1");
    json_key(o, "goal");
    json_obj(o);
    json_kv_str(o, "kind", "loops");
    json_obj_end(o);
    json_kv_str(o, "snapshot", sha256);
    json_key(o, "moves");
    json_arr(o);
    for (uint32_t i = 0; i < n; i++)
        loops_write_step(o, c, &step[i], i + 1, &sum);
    json_arr_end(o);
    loops_write_sums(o, &sum);
    json_obj_end(o);
    return json_text_free(o, NULL);
}
