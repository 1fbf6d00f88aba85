/* SPDX-License-Identifier: LGPL-2.1-only */
/* Writes rackhop-status/1, and what an executor says of its running moves. */
#include "tools/doc/run_status.h"

#include "tools/doc/prediction.h"

/* --- the executor's file --------------------------------------------------- */

void run_live_begin(struct json_out *o, const struct run *r,
                    const struct run_live *l)
{
    json_obj(o);
    json_kv_str(o, "run", r->name);
    json_kv_num(o, "elapsed_s", l->elapsed_s);
    json_kv_num(o, "part", l->part);
    if (l->eta_s >= 0)
        json_kv_num(o, "eta_s", l->eta_s);
    json_key(o, "moves");
    json_arr(o);
}

void run_live_write_move(struct json_out *o, uint32_t move,
                         const struct exec_progress *l)
{
    json_obj(o);
    json_kv_int(o, "move", move + 1);
    json_kv_int(o, "round", l->round);
    json_kv_num(o, "bytes", l->bytes);
    json_kv_num(o, "rate", l->rate);
    json_kv_num(o, "dirty_mib", l->dirty_mib);
    json_kv_num(o, "pause_ms", l->pause_ms);
    json_kv_num(o, "eta_s", l->eta_s);
    json_kv_bool(o, "suspended", l->suspended);
    json_obj_end(o);
}

void run_live_end(struct json_out *o)
{
    json_arr_end(o);
    json_obj_end(o);
}

const struct json *run_live_move(const struct json *live, uint32_t move)
{
    const struct json *list = json_get(live, "moves");

    JSON_FOREACH(v, list)
        if (json_get_num(v, "move", 0) == move + 1)
            return v;
    return NULL;
}

/* --- the status ------------------------------------------------------------ */

static void write_status_move(struct json_out *o, const struct run *r,
                              uint32_t i, const struct json *live)
{
    const struct run_move *m = &r->move[i];

    json_obj(o);
    json_kv_int(o, "move", i + 1);
    json_kv_str(o, "domain", m->uuid);
    json_kv_str(o, "name", m->name);
    json_kv_str(o, "from", m->from);
    json_kv_str(o, "to", m->to);
    if (m->reason)
        json_kv_str(o, "reason", m->reason);
    json_kv_str(o, "state",
                m->replaced ? "replaced" : move_state_name(m->state));
    json_kv_int(o, "attempt", m->attempt);
    if (m->began > 0)
        json_kv_num(o, "began_s", m->began);
    if (m->ended > 0)
        json_kv_num(o, "ended_s", m->ended);
    if (*m->why)
        json_kv_str(o, "why", m->why);
    if (m->state == MOVE_STARTED && run_live_move(live, i)) {
        json_key(o, "live");
        json_value(o, run_live_move(live, i));
    }
    json_obj_end(o);
}

void run_status_write(struct json_out *o, const struct run *r, bool alive,
                      const struct json *live)
{
    json_obj(o);
    json_kv_str(o, "format", "rackhop-status/1");
    json_kv_str(o, "run", r->name);
    json_kv_str(o, "goal", r->goal);
    json_kv_str(o, "executor", r->executor);
    json_kv_str(o, "started", r->started);
    json_kv_bool(o, "alive", alive);
    json_kv_bool(o, "ended", r->state == RUN_ENDED);
    json_kv_int(o, "code", r->code);
    json_key(o, "eta_s");
    if (alive && json_get(live, "eta_s"))
        json_num(o, json_get_num(live, "eta_s", 0));
    else
        json_null(o);
    json_key(o, "moves");
    json_arr(o);
    for (uint32_t i = 0; i < r->move_n; i++)
        write_status_move(o, r, i, live);
    json_arr_end(o);
    if (r->state == RUN_ENDED) {
        json_key(o, "report");
        prediction_write(o, r);
    }
    json_obj_end(o);
}
