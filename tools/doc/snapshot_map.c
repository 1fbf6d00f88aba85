/* SPDX-License-Identifier: LGPL-2.1-only */
/* Reads the map of a snapshot, its nodes and links, from the parsed tree. */
#include "tools/doc/snapshot_impl.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static int map_node(struct snap_reader *r, uint32_t index,
                    const struct json *v)
{
    enum topo_kind kind = TOPO_HOST;
    const char *name, *word, *rack;
    int node;

    if (!snap_begin(r, "node", index, v, &name))
        return 0;
    word = snap_text(r, json_get(v, "kind"), "kind", true);
    if (word && topo_kind_parse(word, &kind)) {
        snap_tell(r, "kind is %s, none of host, switch, segment", word);
        return 0;
    }
    rack = snap_text(r, json_get(v, "rack"), "rack", false);
    node = topo_add_node(r->s->map, name, kind);
    if (node == -EEXIST)
        snap_tell(r, "is listed twice");
    if (node < 0)
        return node == -ENOMEM ? node : 0;
    return topo_set_rack(r->s->map, (uint32_t)node, rack);
}

static bool link_end(struct snap_reader *r, const struct json *v,
                     const char *key, uint32_t *node)
{
    const char *name = snap_text(r, json_get(v, key), key, true);
    int n = name ? topo_find(r->s->map, name) : -1;

    if (name && n < 0)
        snap_tell(r, "%s is %s, which is no node", key, name);
    *node = n < 0 ? 0 : (uint32_t)n;
    return n >= 0;
}

static int map_link(struct snap_reader *r, uint32_t index,
                    const struct json *v)
{
    const struct json *mbps = json_get(v, "mbps");
    struct topo_link l = { .mbps = TOPO_UNKNOWN, .age_s = TOPO_UNKNOWN };
    const char *word;
    int n;

    snprintf(r->what, sizeof r->what, "link %u of the list", index + 1);
    if (v->type != JSON_OBJ) {
        snap_tell(r, "is %s, not an object", json_type_name(v->type));
        return 0;
    }
    if (!link_end(r, v, "a", &l.a) || !link_end(r, v, "b", &l.b) || l.a == l.b)
        return 0;
    l.a_port = snap_text(r, json_get(v, "a_port"), "a_port", false);
    l.b_port = snap_text(r, json_get(v, "b_port"), "b_port", false);
    if (mbps && mbps->type != JSON_NULL)
        l.mbps =
            (int64_t)snap_number(r, mbps, "mbps", TOPO_MAX_MBPS, TOPO_UNKNOWN);
    l.load_known = json_get(v, "load_mbps") != NULL;
    l.load_mbps = snap_number(r, json_get(v, "load_mbps"), "load_mbps",
                              TOPO_MAX_MBPS, 0);
    l.mtu = (int64_t)snap_number(r, json_get(v, "mtu"), "mtu", 1e6, 0);
    word = snap_text(r, json_get(v, "evidence"), "evidence", false);
    if (word && topo_evidence_parse(word, &l.evidence))
        snap_tell(r, "evidence is %s, none of both, switch, host, declared",
                  word);
    n = topo_add_link(r->s->map, &l);
    return n == -ENOMEM ? n : 0;
}

static int map_list(struct snap_reader *r, const struct json *topology,
                    const char *key,
                    int (*one)(struct snap_reader *r, uint32_t index,
                               const struct json *v))
{
    const struct json *list = json_get(topology, key);
    uint32_t i = 0;
    int rc = 0;

    snprintf(r->what, sizeof r->what, "topology");
    if (!list || list->type != JSON_ARR) {
        snap_tell(r, "%s is %s", key,
                  list ? json_type_name(list->type) : "missing");
        return 0;
    }
    JSON_FOREACH(v, list) {
        if (!rc)
            rc = one(r, i++, v);
    }
    return rc;
}

int snap_map(struct snap_reader *r, const struct json *root)
{
    const struct json *t = json_get(root, "topology");
    int rc;

    snprintf(r->what, sizeof r->what, "snapshot");
    if (!t || t->type != JSON_OBJ) {
        snap_tell(r, "topology is %s",
                  t ? json_type_name(t->type) : "missing");
        return 0;
    }
    rc = map_list(r, t, "nodes", map_node);
    if (!rc)
        rc = map_list(r, t, "links", map_link);
    return rc ? rc : topo_derive_racks(r->s->map);
}
