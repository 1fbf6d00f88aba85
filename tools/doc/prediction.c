/* SPDX-License-Identifier: LGPL-2.1-only */
/* Writes rackhop-prediction/1: what was predicted of a run and what came. */
#include "tools/doc/prediction.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A stream names each frame in 8 bytes (PAGE_DATA, libxc's migration stream
 * v2), and its first pass walks a PVH or HVM guest's whole p2m, which ends
 * below 4 GiB however little memory there is. Of a PV guest, and of one with
 * more than 4 GiB, that is up to 8 MiB too much. */
enum { PAGE = 4096, PFN = 8, P2M = 1044480 };

static const double GIB = 1073741824;

double prediction_error(double predicted, double measured)
{
    if (!(predicted > 0) || !(measured >= 0))
        return NAN;
    return 100 * (measured / predicted - 1);
}

double prediction_makespan(const struct run *r)
{
    double first = INFINITY, last = 0;

    for (uint32_t i = 0; i < r->move_n; i++) {
        const struct run_move *m = &r->move[i];

        if (m->state != MOVE_DONE)
            continue;
        first = fmin(first, m->began);
        last = fmax(last, m->ended);
    }
    return last > first ? last - first : 0;
}

double prediction_bytes(const struct run_move *m)
{
    double memory = m->gib * GIB;

    if (m->wire_gib > 0) /* measured, with all that is around pages */
        return m->wire_gib * GIB;
    return memory + memory / PAGE * PFN + P2M * PFN;
}

static void write_pair(struct json_out *o, const char *key, double predicted,
                       double measured)
{
    double error = prediction_error(predicted, measured);

    json_key(o, key);
    json_obj(o);
    json_kv_num(o, "predicted", predicted);
    json_kv_known(o, "measured", measured);
    json_kv_num(o, "error_percent", round(10 * error) / 10);
    json_obj_end(o);
}

void prediction_write(struct json_out *o, const struct run *r)
{
    double makespan = prediction_makespan(r);

    json_obj(o);
    json_kv_str(o, "format", "rackhop-prediction/1");
    json_kv_str(o, "run", r->name);
    json_kv_str(o, "goal", r->goal);
    json_kv_str(o, "started", r->started);
    write_pair(o, "makespan_s", r->makespan_s, makespan > 0 ? makespan : -1);
    json_kv_num(o, "makespan_bound_s", r->bound_s);
    json_key(o, "moves");
    json_arr(o);
    for (uint32_t i = 0; i < r->move_n; i++) {
        const struct run_move *m = &r->move[i];

        if (m->state != MOVE_DONE)
            continue;
        json_obj(o);
        json_kv_str(o, "domain", m->uuid);
        json_kv_str(o, "name", m->name);
        json_kv_str(o, "from", m->from);
        json_kv_str(o, "to", m->to);
        json_kv_int(o, "hops", m->hops);
        if (m->path_unknown)
            json_kv_bool(o, "path_known", false);
        json_kv_int(o, "attempt", m->attempt);
        write_pair(o, "bytes", prediction_bytes(m), m->bytes);
        write_pair(o, "seconds", m->seconds, m->took_s);
        write_pair(o, "downtime_ms", m->downtime_ms, m->stopped_ms);
        json_obj_end(o);
    }
    json_arr_end(o);
    json_obj_end(o);
}
