/* SPDX-License-Identifier: LGPL-2.1-only */
/* Writes rackhop-report/1. */
#include "tools/doc/report.h"

#include <math.h>

static double report_round(double v, double scale)
{
    return isfinite(v) ? round(v * scale) / scale : v;
}

static void report_kv(struct json_out *o, const char *key, double v,
                      double scale)
{
    json_kv_known(o, key, v < 0 ? -1 : report_round(v, scale));
}

static void report_write_times(struct json_out *o, const char *key,
                               double start, double seconds, double pause)
{
    json_key(o, key);
    json_obj(o);
    report_kv(o, "start_s", start, 1e3);
    report_kv(o, "seconds", seconds, 1e3);
    report_kv(o, "downtime_ms", pause, 10);
}

static void report_write_move(struct json_out *o, const struct report *r,
                              const struct report_move *m)
{
    json_obj(o);
    json_kv_int(o, "id", m->id);
    json_kv_str(o, "domain", m->uuid);
    json_kv_str(o, "name", m->name);
    json_kv_str(o, "from", m->from);
    json_kv_str(o, "to", m->to);
    if (r->racks) {
        json_kv_str(o, "from_rack", m->from_rack);
        json_kv_str(o, "to_rack", m->to_rack);
    }
    json_kv_str(o, "state", report_state(r, m));
    if (m->attempt)
        json_kv_int(o, "attempt", m->attempt);
    if (*m->why)
        json_kv_str(o, "why", m->why);
    json_kv_int(o, "hops", m->hops);
    if (m->path_unknown)
        json_kv_bool(o, "path_known", false);
    report_write_times(o, "planned", m->start_s, m->seconds, m->pause_ms);
    report_kv(o, "gib", m->gib, 1e4);
    report_kv(o, "mbps", m->mbps, 1e3);
    json_obj_end(o);
    if (report_made(m)) {
        report_write_times(o, "measured", m->began_s,
                           m->ended_s < 0 ? -1 : m->ended_s - m->began_s,
                           m->stopped_ms);
        report_kv(o, "gib", m->bytes < 0 ? -1 : m->bytes / 1073741824, 1e4);
        json_obj_end(o);
    } else {
        json_kv_null(o, "measured");
    }
    json_key(o, "after");
    json_arr(o);
    for (uint32_t i = 0; i < m->after_n; i++)
        json_int(o, r->move[m->after[i]].id);
    json_arr_end(o);
    json_obj_end(o);
}

static void report_write_use(struct json_out *o, const char *key,
                             const double *part)
{
    json_key(o, key);
    json_arr(o);
    for (int i = 0; i < REPORT_PARTS; i++)
        json_num(o, report_round(part[i], 10));
    json_arr_end(o);
}

static void report_write_link(struct json_out *o, const struct report *r,
                              const struct report_link *l)
{
    json_obj(o);
    json_kv_str(o, "from", l->from);
    json_kv_str(o, "to", l->to);
    report_kv(o, "mbps", l->mbps, 10);
    report_kv(o, "planned_gib", l->planned_gib, 1e4);
    report_write_use(o, "planned_mbps", l->planned);
    if (r->of_run) {
        report_kv(o, "measured_gib", l->measured_gib, 1e4);
        report_write_use(o, "measured_mbps", l->measured);
    }
    json_obj_end(o);
}

static void report_write_pair(struct json_out *o, const char *key,
                              double planned, double measured)
{
    json_key(o, key);
    json_obj(o);
    report_kv(o, "planned", planned, 1e3);
    report_kv(o, "measured", measured, 1e3);
    json_obj_end(o);
}

static void report_write_head(struct json_out *o, const struct report *r)
{
    json_kv_str(o, "format", "rackhop-report/1");
    json_kv_str(o, "of", r->of_run ? "run" : "plan");
    json_kv_str(o, "goal", r->goal);
    json_key(o, "hosts");
    json_arr(o);
    for (size_t i = 0; i < r->hosts->n; i++)
        json_str(o, r->hosts->s[i]);
    json_arr_end(o);
    if (r->of_run) {
        json_kv_str(o, "run", r->run);
        json_kv_str(o, "executor", r->executor);
        json_kv_str(o, "started", r->started);
        json_kv_bool(o, "alive", r->alive);
        json_kv_bool(o, "ended", r->ended);
        if (r->ended)
            json_kv_int(o, "code", r->code);
        json_kv_int(o, "replaced", r->replaced);
    } else {
        json_kv_str(o, "snapshot", r->snapshot);
        json_kv_bool(o, "feasible", !r->infeasible);
        json_key(o, "cost");
        json_obj(o);
        report_kv(o, "total", r->total, 1e4);
        report_kv(o, "bound", r->bound, 1e4);
        json_obj_end(o);
    }
    report_write_pair(o, "makespan_s", r->planned_s, r->took_s);
    report_kv(o, "makespan_bound_s", r->bound_s, 1e3);
    report_kv(o, "span_s", r->span_s, 1e3);
}

static void report_write_trouble(struct json_out *o, const struct report *r)
{
    json_key(o, "trouble");
    json_arr(o);
    for (size_t i = 0; i < r->trouble_n; i++) {
        json_obj(o);
        json_kv_str(o, "what", r->trouble[i].what);
        json_kv_str(o, "name", r->trouble[i].name);
        json_kv_str(o, "text", r->trouble[i].text);
        json_obj_end(o);
    }
    json_arr_end(o);
}

void report_write(struct json_out *o, const struct report *r)
{
    json_obj(o);
    report_write_head(o, r);
    report_write_trouble(o, r);
    json_key(o, "moves");
    json_arr(o);
    for (uint32_t i = 0; i < r->move_n; i++)
        report_write_move(o, r, &r->move[i]);
    json_arr_end(o);
    json_key(o, "chain");
    json_arr(o);
    for (uint32_t i = 0; i < r->chain_n; i++)
        json_int(o, r->move[r->chain[i]].id);
    json_arr_end(o);
    json_key(o, "links");
    json_arr(o);
    for (uint32_t i = 0; i < r->link_n; i++)
        report_write_link(o, r, &r->link[i]);
    json_arr_end(o);
    json_obj_end(o);
}
