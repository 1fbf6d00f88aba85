/* SPDX-License-Identifier: LGPL-2.1-only */
/* Writes a guest's dirtying curve, as `rackhop dirty --json` shows it. */
#include "tools/doc/dirty.h"

static double dirty_mib(double pages)
{
    return pages * 4096 / 1048576;
}

void dirty_write(struct json_out *o, const struct xlx_domain *d,
                 const struct xlx_dirty *c, double wire_first)
{
    json_obj(o);
    json_kv_str(o, "domain", d->name);
    json_kv_str(o, "uuid", d->uuid);
    json_key(o, "points");
    json_arr(o);
    for (unsigned i = 0; i < c->n; i++) {
        json_obj(o);
        json_kv_num(o, "s", (double)c->point[i].us / 1e6);
        json_kv_int(o, "pages", (int64_t)c->point[i].pages);
        json_kv_num(o, "mib", dirty_mib((double)c->point[i].pages));
        json_obj_end(o);
    }
    json_arr_end(o);
    json_kv_num(o, "dirty_mib_s", dirty_mib(c->rate));
    if (c->set > 0)
        json_kv_num(o, "writable_mib", dirty_mib(c->set));
    else
        json_kv_null(o, "writable_mib");
    if (wire_first > 0)
        json_kv_num(o, "wire_first", wire_first);
    json_obj_end(o);
}
