/* SPDX-License-Identifier: LGPL-2.1-only */
/* Writes plans as documents, or hands them over as structs. */
#include "tools/doc/plan.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Digits that mean something: a plan is read by people as well. */
static double plan_round(double v, double scale)
{
    return isfinite(v) ? round(v * scale) / scale : v;
}

static void plan_kv_round(struct json_out *o, const char *key, double v,
                          double scale)
{
    json_kv_num(o, key, plan_round(v, scale));
}

/* A bound is rounded down, so that it stays a lower bound. */
static double plan_round_down(double v, double scale)
{
    return floor(v * scale + 1e-6) / scale;
}

static const char *plan_goal_name(enum plan_goal goal)
{
    switch (goal) {
    case PLAN_GOAL_DRAIN: return "drain";
    case PLAN_GOAL_REBALANCE: return "rebalance";
    case PLAN_GOAL_MIGRATE: return "migrate";
    case PLAN_GOAL_HOME: return "home";
    case PLAN_GOAL_EVACUATE: return "evacuate";
    }
    return "";
}

static void plan_write_goal(struct json_out *o, struct plan_cluster *c,
                            const struct plan *p)
{
    json_key(o, "goal");
    json_obj(o);
    json_kv_str(o, "kind", plan_goal_name(p->goal));
    if (p->goal == PLAN_GOAL_MIGRATE)
        json_kv_str(o, "domain", plan_domain_uuid(c, p->goal_domain));
    if (p->goal == PLAN_GOAL_EVACUATE)
        json_kv_num(o, "within_s", p->within_s);
    if (p->goal == PLAN_GOAL_DRAIN || p->goal == PLAN_GOAL_MIGRATE ||
        p->goal == PLAN_GOAL_EVACUATE) {
        json_key(o, "hosts");
        json_arr(o);
        for (uint32_t i = 0; i < p->goal_host_n; i++)
            json_str(o, plan_host_name(c, p->goal_host[i]));
        json_arr_end(o);
    }
    if (p->goal == PLAN_GOAL_HOME) {
        json_key(o, "guests");
        json_arr(o);
        for (uint32_t i = 0; i < p->goal_guest_n; i++)
            json_str(o, plan_domain_uuid(c, p->goal_guest[i]));
        json_arr_end(o);
    }
    json_obj_end(o);
}

static void plan_write_why(struct json_out *o, const struct plan_move *m)
{
    json_key(o, "why");
    json_arr(o);
    for (unsigned i = 0; i < PLAN_TERMS; i++) {
        if (m->term[i] == 0)
            continue;
        json_obj(o);
        json_kv_str(o, "term", plan_term_name(i));
        plan_kv_round(o, "value", m->term[i], 1e4);
        json_kv_str(o, "text", plan_term_text(i));
        json_obj_end(o);
    }
    json_arr_end(o);
}

void plan_write_move(struct json_out *o, struct plan_cluster *c,
                     const struct plan_move *m, uint32_t id, bool explain)
{
    unsigned lanes = plan_lanes(c, m->from, m->to);

    json_obj(o);
    json_kv_int(o, "id", id);
    json_kv_str(o, "domain", plan_domain_uuid(c, m->domain));
    json_kv_str(o, "name", plan_domain_name(c, m->domain));
    json_kv_str(o, "from", plan_host_name(c, m->from));
    json_kv_str(o, "to", plan_host_name(c, m->to));
    plan_kv_round(o, "gib", m->gib, 1e4);
    if (m->wire_gib > 0)
        plan_kv_round(o, "wire_gib", m->wire_gib, 1e4);
    json_kv_int(o, "hops", m->hops);
    plan_kv_round(o, "cost", m->cost, 1e4);
    plan_kv_round(o, "start_s", m->start_s, 1e3);
    plan_kv_round(o, "seconds", m->seconds, 1e3);
    plan_kv_round(o, "rate_mbps", m->rate_mbps, 1e3);
    plan_kv_round(o, "downtime_ms", m->downtime_ms, 10);
    if (m->displaced)
        json_kv_bool(o, "displaced", true);
    if (m->mends)
        json_kv_bool(o, "mends", true);
    if (m->path_unknown)
        json_kv_bool(o, "path_known", false);
    if (lanes > 1)
        json_kv_int(o, "lanes", lanes);
    json_key(o, "after");
    json_arr(o);
    for (uint32_t i = 0; i < m->after_n; i++)
        json_int(o, m->after[i] + 1);
    json_arr_end(o);
    if (explain)
        plan_write_why(o, m);
    json_obj_end(o);
}

static void plan_write_stranded(struct json_out *o, struct plan_cluster *c,
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

static void plan_write_infeasible(struct json_out *o, struct plan_cluster *c,
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
    plan_kv_round(o, "need", p->need, 1e3);
    plan_kv_round(o, "have", p->have, 1e3);
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

/* Absent when there are none. */
static void plan_write_remarks(struct json_out *o, const struct plan *p)
{
    if (!p->remark_n)
        return;
    json_key(o, "remarks");
    json_arr(o);
    for (uint32_t i = 0; i < p->remark_n; i++)
        json_str(o, p->remark[i]);
    json_arr_end(o);
}

static void plan_write_sums(struct json_out *o, const struct plan *p)
{
    json_key(o, "cost");
    json_obj(o);
    plan_kv_round(o, "gib", p->gib, 1e4);
    json_kv_int(o, "hops", p->hops);
    plan_kv_round(o, "total", p->total, 1e4);
    json_obj_end(o);
    json_key(o, "bound");
    json_obj(o);
    json_kv_num(o, "total", plan_round_down(p->bound, 1e4));
    json_kv_num(o, "gap",
                p->bound > 0 ? round((p->total / p->bound - 1) * 1e6) / 1e6
                             : 0);
    json_obj_end(o);
    plan_kv_round(o, "makespan_s", p->makespan_s, 1e3);
    json_kv_num(o, "makespan_bound_s", floor(p->makespan_bound_s * 1e3) / 1e3);
    if (p->goal == PLAN_GOAL_REBALANCE) {
        json_key(o, "balance");
        json_obj(o);
        plan_kv_round(o, "before", p->score_before, 1e6);
        plan_kv_round(o, "after", p->score_after, 1e6);
        json_obj_end(o);
    }
}

/* The hosts that end above a soft limit, if there are any. */
static void plan_write_over(struct json_out *o, struct plan_cluster *c,
                            const struct plan *p)
{
    if (!p->over_n)
        return;
    json_key(o, "over_limits");
    json_arr(o);
    for (uint32_t i = 0; i < p->over_n; i++) {
        const struct plan_over *over = &p->over[i];

        json_obj(o);
        json_kv_str(o, "host", plan_host_name(c, over->host));
        json_key(o, "limits");
        json_arr(o);
        if (over->what & PLAN_OVER_MEMORY)
            json_str(o, "memory");
        if (over->what & PLAN_OVER_CPU)
            json_str(o, "cpu");
        json_arr_end(o);
        plan_kv_round(o, "memory", over->memory, 1e4);
        plan_kv_round(o, "cpu", over->cpu, 1e4);
        json_obj_end(o);
    }
    json_arr_end(o);
}

void plan_write_notes(struct json_out *o, const struct plan_cluster *c)
{
    json_key(o, "notes");
    json_arr(o);
    for (uint32_t i = 0; i < plan_notes(c); i++) {
        const struct plan_note n = plan_note(c, i);

        json_obj(o);
        if (n.host)
            json_kv_str(o, "host", n.host);
        if (n.uuid)
            json_kv_str(o, "domain", n.uuid);
        if (n.name)
            json_kv_str(o, "name", n.name);
        json_kv_str(o, "text", n.text);
        json_obj_end(o);
    }
    json_arr_end(o);
}

void plan_write(struct json_out *o, struct plan_cluster *c,
                const struct plan *p, const char *sha256, bool explain)
{
    json_obj(o);
    json_kv_str(o, "format", "rackhop-plan/1");
    plan_write_goal(o, c, p);
    json_kv_str(o, "snapshot", sha256);
    json_key(o, "weights");
    json_obj(o);
    json_kv_num(o, "alpha_per_gib", p->alpha);
    json_kv_num(o, "beta_per_hop", p->beta);
    json_obj_end(o);
    plan_write_sums(o, p);
    plan_write_over(o, c, p);
    json_key(o, "moves");
    json_arr(o);
    for (uint32_t i = 0; i < p->move_n; i++)
        plan_write_move(o, c, &p->move[i], i + 1, explain);
    json_arr_end(o);
    plan_write_stranded(o, c, p);
    plan_write_infeasible(o, c, p);
    if (plan_notes(c))
        plan_write_notes(o, c);
    plan_write_remarks(o, p);
    json_obj_end(o);
}

/* --- the same as a struct ----------------------------------------------------- */

static int plan_doc_copy_move(struct plan_doc_move *to, struct plan_cluster *c,
                              const struct plan_move *m, uint32_t id)
{
    *to = (struct plan_doc_move){
        .id = id,
        .domain = strdup(plan_domain_uuid(c, m->domain)),
        .name = strdup(plan_domain_name(c, m->domain)),
        .from = strdup(plan_host_name(c, m->from)),
        .to = strdup(plan_host_name(c, m->to)),
        .gib = plan_round(m->gib, 1e4),
        .wire_gib = plan_round(m->wire_gib, 1e4),
        .cost = plan_round(m->cost, 1e4),
        .start_s = plan_round(m->start_s, 1e3),
        .seconds = plan_round(m->seconds, 1e3),
        .rate_mbps = plan_round(m->rate_mbps, 1e3),
        .downtime_ms = plan_round(m->downtime_ms, 10),
        .hops = m->hops,
        .path_unknown = m->path_unknown,
        .lanes = plan_lanes(c, m->from, m->to),
        .after = calloc((size_t)m->after_n + 1, sizeof *to->after),
        .after_n = m->after_n,
    };
    if (!to->domain || !to->name || !to->from || !to->to || !to->after)
        return -ENOMEM;
    if (m->after_n)
        memcpy(to->after, m->after, m->after_n * sizeof *to->after);
    return 0;
}

/* The hosts and the guests that the goal names. */
static int plan_doc_copy_goal(struct plan_doc *d, struct plan_cluster *c,
                              const struct plan *p)
{
    int rc = 0;

    for (uint32_t i = 0; i < p->goal_host_n && !rc; i++)
        rc = strlist_add(&d->hosts, plan_host_name(c, p->goal_host[i]));
    for (uint32_t i = 0; i < p->goal_guest_n && !rc; i++)
        rc = strlist_add(&d->guests, plan_domain_uuid(c, p->goal_guest[i]));
    return rc;
}

int plan_doc_of(struct plan_doc *d, struct plan_cluster *c,
                const struct plan *p, const char *sha256)
{
    int rc = 0;

    *d = (struct plan_doc){
        .goal = strdup(plan_goal_name(p->goal)),
        .snapshot = sha256 ? strdup(sha256) : NULL,
        .within_s = p->within_s,
        .total = plan_round(p->total, 1e4),
        .makespan_s = plan_round(p->makespan_s, 1e3),
        .bound_s = floor(p->makespan_bound_s * 1e3) / 1e3,
        .move = calloc((size_t)p->move_n + 1, sizeof *d->move),
        .stranded_n = p->stranded_n,
        .infeasible = p->infeasible,
    };
    if (!d->goal || (sha256 && !d->snapshot) || !d->move)
        rc = -ENOMEM;
    if (!rc)
        rc = plan_doc_copy_goal(d, c, p);
    for (uint32_t i = 0; i < p->move_n && !rc; i++)
        rc = plan_doc_copy_move(&d->move[d->move_n++], c, &p->move[i], i + 1);
    if (rc)
        plan_doc_dispose(d);
    return rc;
}
