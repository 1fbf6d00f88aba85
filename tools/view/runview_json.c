/* SPDX-License-Identifier: LGPL-2.1-only */
/* A run for programs: its events, its end, its status, one object a line. */
#include "tools/complain.h"
#include "tools/run/prediction.h"
#include "tools/view/runview.h"

/* --- events ------------------------------------------------------------------ */

static const char *event_name(enum exec_event ev)
{
    switch (ev) {
    case EXEC_NOTE: return "note";
    case EXEC_START: return "start";
    case EXEC_JOIN: return "join";
    case EXEC_ROUND: return "round";
    case EXEC_DONE: return "done";
    case EXEC_FAIL: return "failed";
    case EXEC_DOUBT: return "doubt";
    case EXEC_SKIP: return "skipped";
    case EXEC_LOST: return "lost";
    case EXEC_PLAN: return "plan";
    case EXEC_CANCEL: return "cancel";
    }
    return "?";
}

static void json_known(struct json_out *o, const char *key, double v)
{
    if (v >= 0)
        json_kv_num(o, key, v);
    else
        json_kv_null(o, key);
}

static void json_known_int(struct json_out *o, const char *key, double v)
{
    if (v >= 0)
        json_kv_int(o, key, (int64_t)v);
    else
        json_kv_null(o, key);
}

static void json_move(struct json_out *o, const struct exec *e,
                      enum exec_event ev, uint32_t move)
{
    const struct run_move *m = &e->run->move[move];
    const struct exec_progress *l = &e->progress[move];

    json_kv_int(o, "move", move + 1);
    json_kv_str(o, "domain", m->uuid);
    json_kv_str(o, "name", m->name);
    json_kv_str(o, "from", m->from);
    json_kv_str(o, "to", m->to);
    json_kv_int(o, "attempt", m->attempt);
    if (ev == EXEC_START)
        json_kv_num(o, "rate_mbps", m->rate_mbps);
    if (ev == EXEC_ROUND) {
        json_kv_int(o, "round", l->round);
        json_known_int(o, "bytes", l->bytes);
        json_known(o, "dirty_mib", l->dirty_mib);
        json_known(o, "pause_ms", l->pause_ms);
    }
    if (ev == EXEC_DONE) {
        json_known_int(o, "bytes", m->bytes);
        json_known(o, "seconds", m->took_s);
        json_known(o, "downtime_ms", m->stopped_ms);
    }
}

void runview_json_event(const struct exec *e, enum exec_event ev,
                        uint32_t move, const char *text)
{
    struct json_out *o = json_out_new(stdout, false);

    if (!o)
        die_oom();
    json_obj(o);
    json_kv_str(o, "event", event_name(ev));
    json_kv_str(o, "run", e->run->name);
    if (move != PLAN_NONE)
        json_move(o, e, ev, move);
    if (*text)
        json_kv_str(o, "text", text);
    json_obj_end(o);
    json_out_free(o);
    fflush(stdout);
}

/* --- the end ------------------------------------------------------------------ */

static void json_left(void *arg, const struct run_move *m, const char *why)
{
    struct json_out *o = arg;

    json_obj(o);
    json_kv_str(o, "domain", m->uuid);
    json_kv_str(o, "name", m->name);
    json_kv_str(o, "on", m->from);
    json_kv_bool(o, "doubt", m->state == MOVE_DOUBT);
    json_kv_str(o, "why", why);
    json_obj_end(o);
}

void runview_json_end(const struct run *r, enum exit_code code)
{
    struct json_out *o;

    o = json_out_new(stdout, false);
    if (!o)
        die_oom();
    json_obj(o);
    json_kv_str(o, "event", "end");
    json_kv_str(o, "run", r->name);
    json_kv_int(o, "code", code);
    json_key(o, "report");
    prediction_write(o, r);
    json_key(o, "left");
    json_arr(o);
    run_left(r, json_left, o);
    json_arr_end(o);
    json_obj_end(o);
    json_out_free(o);
    fflush(stdout);
}

void runview_json_nothing(const char *why, enum exit_code code)
{
    struct json_out *o = json_out_new(stdout, false);

    if (!o)
        die_oom();
    json_obj(o);
    json_kv_str(o, "event", "end");
    json_kv_null(o, "run");
    json_kv_int(o, "code", code);
    json_kv_str(o, "text", why);
    json_obj_end(o);
    json_out_free(o);
    fflush(stdout);
}

/* --- the status ---------------------------------------------------------------- */

static void json_status_move(struct json_out *o, const struct run *r,
                             uint32_t i, const struct json *live)
{
    const struct run_move *m = &r->move[i];

    json_obj(o);
    json_kv_int(o, "move", i + 1);
    json_kv_str(o, "domain", m->uuid);
    json_kv_str(o, "name", m->name);
    json_kv_str(o, "from", m->from);
    json_kv_str(o, "to", m->to);
    json_kv_str(o, "state",
                m->replaced ? "replaced" : move_state_name(m->state));
    json_kv_int(o, "attempt", m->attempt);
    if (m->began > 0)
        json_kv_num(o, "began_s", m->began);
    if (m->ended > 0)
        json_kv_num(o, "ended_s", m->ended);
    if (*m->why)
        json_kv_str(o, "why", m->why);
    if (m->state == MOVE_STARTED && runview_live_of(live, i)) {
        json_key(o, "live");
        json_value(o, runview_live_of(live, i));
    }
    json_obj_end(o);
}

void runview_json_status(struct json_out *o, const struct run *r, bool alive,
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
        json_status_move(o, r, i, live);
    json_arr_end(o);
    if (r->state == RUN_ENDED) {
        json_key(o, "report");
        prediction_write(o, r);
    }
    json_obj_end(o);
}
