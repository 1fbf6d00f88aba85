/* SPDX-License-Identifier: LGPL-2.1-only */
/* Writes the list of kept runs, for programs. */
#include "tools/doc/runs.h"

#include <math.h>

const char *runs_state(const struct runs_row *r)
{
    if (r->alive)
        return "under way";
    if (!r->ended)
        return r->doubt ? "in doubt" : "cut off";
    if (r->code == RC_OK)
        return "done";
    if (r->code == RC_PARTLY)
        return "partly done";
    if (r->code == RC_DOUBT)
        return "in doubt";
    return "failed";
}

static void write_row(struct json_out *o, const struct runs_row *r)
{
    json_obj(o);
    json_kv_str(o, r->roll ? "roll" : "run", r->name);
    json_kv_str(o, "goal", r->goal);
    json_kv_str(o, "started", r->started);
    json_kv_str(o, "executor", r->executor);
    json_kv_str(o, "state", runs_state(r));
    json_kv_bool(o, "alive", r->alive);
    json_kv_bool(o, "ended", r->ended);
    if (r->ended)
        json_kv_int(o, "code", r->code);
    json_kv_int(o, r->roll ? "hosts" : "moves", r->all);
    json_kv_int(o, "done", r->done);
    json_kv_int(o, "failed", r->failed);
    if (!r->roll) {
        json_kv_int(o, "doubt", r->doubt);
        json_kv_int(o, "left", r->left);
        json_kv_known(o, "took_s",
                      r->took_s < 0 ? -1 : round(r->took_s * 10) / 10);
    }
    json_obj_end(o);
}

void runs_write(struct json_out *o, const struct runs_row *row, size_t n)
{
    json_obj(o);
    json_kv_str(o, "format", "rackhop-runs/1");
    json_key(o, "runs");
    json_arr(o);
    for (size_t i = 0; i < n; i++)
        write_row(o, &row[i]);
    json_arr_end(o);
    json_obj_end(o);
}
