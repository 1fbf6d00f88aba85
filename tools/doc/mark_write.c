/* SPDX-License-Identifier: LGPL-2.1-only */
/* Writes, for programs, which hosts are in maintenance, and what changed. */
#include "tools/doc/mark.h"

void maintenance_write(struct json_out *o, const struct maintenance *m,
                       bool changed)
{
    json_obj(o);
    json_kv_str(o, "format", "rackhop-maintenance/1");
    json_kv_bool(o, "maintenance", m != NULL);
    json_kv_bool(o, "changed", changed);
    if (m) {
        json_kv_str(o, "since", m->since);
        json_kv_str(o, "by", m->by);
        json_kv_bool(o, "held", m->held);
        if (m->held)
            json_kv_str(o, "executor", m->executor);
    }
    json_obj_end(o);
}

void undrain_write(struct json_out *o, const struct undrain_row *row, size_t n)
{
    bool changed = false;

    for (size_t i = 0; i < n; i++)
        changed |= row[i].changed;
    json_obj(o);
    json_kv_str(o, "format", "rackhop-undrain/1");
    json_kv_bool(o, "changed", changed);
    json_key(o, "hosts");
    json_arr(o);
    for (size_t i = 0; i < n; i++) {
        json_obj(o);
        json_kv_str(o, "name", row[i].host);
        json_kv_bool(o, "maintenance", row[i].error != NULL);
        json_kv_bool(o, "changed", row[i].changed);
        if (row[i].error)
            json_kv_str(o, "error", row[i].error);
        json_obj_end(o);
    }
    json_arr_end(o);
    json_obj_end(o);
}
