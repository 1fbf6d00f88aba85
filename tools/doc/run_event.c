/* SPDX-License-Identifier: LGPL-2.1-only */
/* Writes the events of a run, for programs. */
#include "tools/doc/run_event.h"

#include "tools/doc/prediction.h"

static const char *run_event_name(enum exec_event ev)
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

static void write_move(struct json_out *o, const struct run_move *m,
                       enum exec_event ev, const struct exec_progress *l)
{
    json_kv_str(o, "domain", m->uuid);
    json_kv_str(o, "name", m->name);
    json_kv_str(o, "from", m->from);
    json_kv_str(o, "to", m->to);
    json_kv_int(o, "attempt", m->attempt);
    if (ev == EXEC_START)
        json_kv_num(o, "rate_mbps", m->rate_mbps);
    if (ev == EXEC_ROUND) {
        json_kv_int(o, "round", l->round);
        json_kv_known_int(o, "bytes", (int64_t)l->bytes);
        json_kv_known(o, "dirty_mib", l->dirty_mib);
        json_kv_known(o, "pause_ms", l->pause_ms);
    }
    if (ev == EXEC_DONE) {
        json_kv_known_int(o, "bytes", (int64_t)m->bytes);
        json_kv_known(o, "seconds", m->took_s);
        json_kv_known(o, "downtime_ms", m->stopped_ms);
    }
}

void run_event_write(struct json_out *o, const struct run *r,
                     enum exec_event ev, uint32_t move,
                     const struct exec_progress *progress, const char *text)
{
    json_obj(o);
    json_kv_str(o, "event", run_event_name(ev));
    json_kv_str(o, "run", r->name);
    if (move != RUN_NO_MOVE) {
        json_kv_int(o, "move", move + 1);
        write_move(o, &r->move[move], ev, progress);
    }
    if (*text)
        json_kv_str(o, "text", text);
    json_obj_end(o);
}

/* A move that failed left its guest as it was. */
static bool run_changed(const struct run *r)
{
    for (uint32_t i = 0; i < r->move_n; i++)
        if (r->move[i].state != MOVE_PLANNED &&
            r->move[i].state != MOVE_FAILED &&
            r->move[i].state != MOVE_SKIPPED)
            return true;
    return r->marked;
}

void run_end_begin(struct json_out *o, const struct run *r,
                   enum exit_code code)
{
    json_obj(o);
    json_kv_str(o, "event", "end");
    json_kv_str(o, "run", r->name);
    json_kv_int(o, "code", code);
    json_kv_bool(o, "changed", run_changed(r));
    json_key(o, "report");
    prediction_write(o, r);
    json_key(o, "left");
    json_arr(o);
}

void run_end_left(struct json_out *o, const struct run_move *m,
                  const char *why)
{
    json_obj(o);
    json_kv_str(o, "domain", m->uuid);
    json_kv_str(o, "name", m->name);
    json_kv_str(o, "on", m->from);
    json_kv_bool(o, "doubt", m->state == MOVE_DOUBT);
    json_kv_str(o, "why", why);
    json_obj_end(o);
}

void run_end_end(struct json_out *o)
{
    json_arr_end(o);
    json_obj_end(o);
}

void run_end_nothing(struct json_out *o, const char *why, enum exit_code code)
{
    json_obj(o);
    json_kv_str(o, "event", "end");
    json_kv_null(o, "run");
    json_kv_int(o, "code", code);
    json_kv_bool(o, "changed", false);
    json_kv_str(o, "text", why);
    json_obj_end(o);
}
