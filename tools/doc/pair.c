/* SPDX-License-Identifier: LGPL-2.1-only */
/* Writes the paths between two hosts, for `rackhop topology --json A B`. */
#include "tools/doc/pair.h"

enum { PATHS_WRITTEN = 64 };

struct path_writer {
    struct json_out *o;
    const struct topo *t;
};

static int write_path(void *arg, const uint32_t *node, size_t n)
{
    struct path_writer *p = arg;

    json_arr(p->o);
    for (size_t i = 0; i < n; i++)
        json_str(p->o, topo_node(p->t, node[i])->name);
    json_arr_end(p->o);
    return 0;
}

void pair_write(struct json_out *o, const struct topo *t, struct topo_dist *d,
                uint32_t a, uint32_t b)
{
    struct topo_pair p = topo_pair(d, a, b);
    struct path_writer writer = { o, t };
    int64_t mtu = topo_least_mtu(d, a, b);

    json_obj(o);
    json_kv_str(o, "a", topo_node(t, a)->name);
    json_kv_str(o, "b", topo_node(t, b)->name);
    json_kv_known_int(o, "hops", p.hops);
    json_kv_known(o, "paths", p.paths);
    json_kv_known_int(o, "flow_mbps", p.flow_mbps);
    json_kv_known_int(o, "total_mbps", p.total_mbps);
    json_kv_known_int(o, "mtu", mtu > 0 ? mtu : TOPO_UNKNOWN);
    json_key(o, "ways");
    json_arr(o);
    topo_each_path(d, a, b, PATHS_WRITTEN, write_path, &writer);
    json_arr_end(o);
    json_obj_end(o);
}
