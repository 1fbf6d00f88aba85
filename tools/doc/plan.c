/* SPDX-License-Identifier: LGPL-2.1-only */
/* The writer of plans. plan_read.c reads them. */
#include "tools/doc/plan.h"

#include <math.h>

/* Digits that mean something: a plan is read by people as well. */
static void kv_round(struct json_out *o, const char *key, double v,
                     double scale)
{
    json_kv_num(o, key, isfinite(v) ? round(v * scale) / scale : v);
}

static void write_goal(struct json_out *o, struct plan_cluster *c,
                       const struct plan *p)
{
    static const char *const kind[] = { "drain", "rebalance", "migrate" };

    json_key(o, "goal");
    json_obj(o);
    json_kv_str(o, "kind", kind[p->goal]);
    if (p->goal == PLAN_GOAL_MIGRATE)
        json_kv_str(o, "domain", plan_domain_uuid(c, p->goal_domain));
    if (p->goal != PLAN_GOAL_REBALANCE) {
        json_key(o, "hosts");
        json_arr(o);
        for (uint32_t i = 0; i < p->goal_host_n; i++)
            json_str(o, plan_host_name(c, p->goal_host[i]));
        json_arr_end(o);
    }
    json_obj_end(o);
}

static void write_why(struct json_out *o, const struct plan_move *m)
{
    json_key(o, "why");
    json_arr(o);
    for (unsigned i = 0; i < PLAN_TERMS; i++) {
        if (m->term[i] == 0)
            continue;
        json_obj(o);
        json_kv_str(o, "term", plan_term_name(i));
        kv_round(o, "value", m->term[i], 1e4);
        json_kv_str(o, "text", plan_term_text(i));
        json_obj_end(o);
    }
    json_arr_end(o);
}

static void write_move(struct json_out *o, struct plan_cluster *c,
                       const struct plan_move *m, uint32_t id, bool explain)
{
    json_obj(o);
    json_kv_int(o, "id", id);
    json_kv_str(o, "domain", plan_domain_uuid(c, m->domain));
    json_kv_str(o, "name", plan_domain_name(c, m->domain));
    json_kv_str(o, "from", plan_host_name(c, m->from));
    json_kv_str(o, "to", plan_host_name(c, m->to));
    kv_round(o, "gib", m->gib, 1e4);
    json_kv_int(o, "hops", m->hops);
    kv_round(o, "cost", m->cost, 1e4);
    kv_round(o, "start_s", m->start_s, 1e3);
    kv_round(o, "seconds", m->seconds, 1e3);
    kv_round(o, "rate_mbps", m->rate_mbps, 1e3);
    kv_round(o, "downtime_ms", m->downtime_ms, 10);
    if (m->displaced)
        json_kv_bool(o, "displaced", true);
    json_key(o, "after");
    json_arr(o);
    for (uint32_t i = 0; i < m->after_n; i++)
        json_int(o, m->after[i] + 1);
    json_arr_end(o);
    if (explain)
        write_why(o, m);
    json_obj_end(o);
}

static void write_stranded(struct json_out *o, struct plan_cluster *c,
                           const struct plan *p)
{
    json_key(o, "stranded");
    json_arr(o);
    for (uint32_t i = 0; i < p->stranded_n; i++) {
        const struct plan_stranded *s = &p->stranded[i];

        json_obj(o);
        json_kv_str(o, "domain", plan_domain_uuid(c, s->domain));
        json_kv_str(o, "name", plan_domain_name(c, s->domain));
        json_key(o, "reasons");
        json_arr(o);
        for (uint32_t k = 0; k < s->reason_n; k++) {
            const struct plan_reason *r = &s->reason[k];

            json_obj(o);
            json_kv_str(o, "host",
                        r->host == PLAN_NONE ? NULL
                                             : plan_host_name(c, r->host));
            json_kv_str(o, "rule", plan_rule_name(r->rule));
            json_kv_str(o, "text", r->text);
            json_obj_end(o);
        }
        json_arr_end(o);
        json_obj_end(o);
    }
    json_arr_end(o);
}

static void write_infeasible(struct json_out *o, struct plan_cluster *c,
                             const struct plan *p)
{
    json_key(o, "infeasible");
    if (!p->infeasible) {
        json_null(o);
        return;
    }
    json_obj(o);
    json_kv_str(o, "rule", plan_rule_name(p->rule));
    json_kv_str(o, "text", p->text);
    kv_round(o, "need", p->need, 1e3);
    kv_round(o, "have", p->have, 1e3);
    json_kv_bool(o, "proven", p->proven);
    if (p->where) {
        json_key(o, "hosts");
        json_arr(o);
        for (uint32_t i = 0; i < p->where_n; i++)
            json_str(o, plan_host_name(c, p->where[i]));
        json_arr_end(o);
    }
    json_obj_end(o);
}

static void write_sums(struct json_out *o, const struct plan *p)
{
    json_key(o, "cost");
    json_obj(o);
    kv_round(o, "gib", p->gib, 1e4);
    json_kv_int(o, "hops", p->hops);
    kv_round(o, "total", p->total, 1e4);
    json_obj_end(o);
    json_key(o, "bound");
    json_obj(o);
    /* rounded down: a bound stays one */
    json_kv_num(o, "total", floor(p->bound * 1e4 + 1e-6) / 1e4);
    json_kv_num(o, "gap",
                p->bound > 0 ? round((p->total / p->bound - 1) * 1e6) / 1e6
                             : 0);
    json_obj_end(o);
    kv_round(o, "makespan_s", p->makespan_s, 1e3);
    json_kv_num(o, "makespan_bound_s", floor(p->makespan_bound_s * 1e3) / 1e3);
    if (p->goal == PLAN_GOAL_REBALANCE) {
        json_key(o, "balance");
        json_obj(o);
        kv_round(o, "before", p->score_before, 1e6);
        kv_round(o, "after", p->score_after, 1e6);
        json_obj_end(o);
    }
}

void plan_write(struct json_out *o, struct plan_cluster *c,
                const struct plan *p, const char *sha256, bool explain)
{
    json_obj(o);
    json_kv_str(o, "format", "rackhop-plan/1");
    write_goal(o, c, p);
    json_kv_str(o, "snapshot", sha256);
    json_key(o, "weights");
    json_obj(o);
    json_kv_num(o, "alpha_per_gib", p->alpha);
    json_kv_num(o, "beta_per_hop", p->beta);
    json_obj_end(o);
    write_sums(o, p);
    json_key(o, "moves");
    json_arr(o);
    for (uint32_t i = 0; i < p->move_n; i++)
        write_move(o, c, &p->move[i], i + 1, explain);
    json_arr_end(o);
    write_stranded(o, c, p);
    write_infeasible(o, c, p);
    json_obj_end(o);
}
