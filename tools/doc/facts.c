/* SPDX-License-Identifier: LGPL-2.1-only */
/* Reads the cables of a rackhop-facts/1: node, ports, neighbours. */
#include "tools/doc/facts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tools/base/msg.h"

/* A host may be anybody's who broke into it: its facts must not take the
 * memory of the host that plans, however small their values are. */
const struct json_limits facts_limits = {
    .bytes = 4 << 20,
    .depth = 16,
    .values = 100000,
    .string = 64 << 10,
    .each = "domains",
    .each_most = 4096,
    .each_bytes = 4 << 10,
    .each_values = 256,
};

struct reading {
    struct topo_view *v;
    const char *name;
    struct msg *err;
};

static int facts_refuse(const struct reading *r, const struct json *at,
                        const char *what, const char *wanted)
{
    msg_set(r->err, "%s:%u: %s is %s, wanted is %s", r->name, at->line, what,
            json_type_name(at->type), wanted);
    return -EINVAL;
}

/* A member that is absent or null is *v_r = NULL; of another type: refused. */
static int facts_member(const struct reading *r, const struct json *obj,
                        const char *key, enum json_type type,
                        const struct json **v_r)
{
    const struct json *v = json_get(obj, key);

    *v_r = NULL;
    if (!v || v->type == JSON_NULL)
        return 0;
    if (v->type != type && !(type == JSON_NUM && v->type == JSON_INT))
        return facts_refuse(r, v, key, json_type_name(type));
    *v_r = v;
    return 0;
}

static int facts_text(const struct reading *r, const struct json *obj,
                      const char *key, char **dst)
{
    const struct json *v;
    int rc = facts_member(r, obj, key, JSON_STR, &v);

    if (!rc && v)
        topo_text(r->v, dst, v->str, v->len);
    return rc;
}

static int facts_number(const struct reading *r, const struct json *obj,
                        const char *key, double max, int64_t *dst)
{
    const struct json *v;
    int rc = facts_member(r, obj, key, JSON_NUM, &v);

    if (rc || !v)
        return rc;
    if (v->num < 0 || v->num > max) {
        msg_set(r->err, "%s:%u: %s is out of range", r->name, v->line, key);
        return -EINVAL;
    }
    *dst = (int64_t)v->num;
    return 0;
}

static int facts_id(const struct reading *r, const struct json *obj,
                    const char *key, struct topo_id *dst)
{
    const struct json *v;
    const char *type;
    int rc = facts_member(r, obj, key, JSON_OBJ, &v);

    if (rc || !v)
        return rc;
    type = json_get_str(v, "type", "");
    rc = facts_member(r, v, "value", JSON_STR, &v);
    if (!rc && v)
        topo_id_text(r->v, dst, type, v->str, v->len);
    return rc;
}

static int facts_port(const struct reading *r, const struct json *p)
{
    struct topo_port *dst;
    const struct json *up = NULL;
    char *mac = NULL;
    int rc;

    if (p->type != JSON_OBJ)
        return facts_refuse(r, p, "a port", "an object");
    if (!*p->key || strlen(p->key) > TOPO_TEXT_MAX) {
        msg_set(r->err, "%s:%u: a port's name is empty or over 255 bytes",
                r->name, p->line);
        return -EINVAL;
    }
    dst = topo_view_port(r->v, p->key);
    if (!dst)
        return 0; /* too many; the lack of memory is noted */
    rc = facts_text(r, p, "mac", &mac);
    if (mac) {
        struct topo_id as_id = { .value = NULL };

        topo_id_text(r->v, &as_id, "mac", mac, strlen(mac));
        free(mac);
        free(dst->mac);
        dst->mac = as_id.value;
    }
    if (!rc)
        rc = facts_number(r, p, "speed_mbps", TOPO_MAX_MBPS, &dst->speed_mbps);
    if (!rc)
        rc = facts_number(r, p, "mtu", 1e6, &dst->mtu);
    if (!rc)
        rc = facts_number(r, p, "rx_bytes", 9e18, &dst->rx_bytes);
    if (!rc)
        rc = facts_number(r, p, "tx_bytes", 9e18, &dst->tx_bytes);
    if (!rc)
        rc = facts_text(r, p, "master", &dst->master);
    if (!rc)
        rc = facts_text(r, p, "descr", &dst->descr);
    if (!rc)
        rc = facts_member(r, p, "up", JSON_BOOL, &up);
    if (!rc && up)
        dst->up = up->flag;
    if (dst->speed_mbps == 0)
        dst->speed_mbps = TOPO_UNKNOWN;
    return rc;
}

/* "mgmt" of a neighbour: an address or a list of them. */
static void facts_mgmt(const struct reading *r, const struct json *row,
                       struct topo_neighbor *n)
{
    const struct json *m = json_get(row, "mgmt");

    if (m && m->type == JSON_STR)
        topo_view_add_mgmt(r->v, n, m->str, m->len);
    JSON_FOREACH(a, m) {
        if (a->type == JSON_STR)
            topo_view_add_mgmt(r->v, n, a->str, a->len);
    }
}

static int facts_neighbor(const struct reading *r, const struct json *row)
{
    const struct json *p, *caps;
    struct topo_neighbor *n;
    int rc;

    if (row->type != JSON_OBJ)
        return facts_refuse(r, row, "a neighbour", "an object");
    rc = facts_member(r, row, "port", JSON_STR, &p);
    if (rc)
        return rc;
    if (!p) {
        msg_set(r->err, "%s:%u: a neighbour without its port", r->name,
                row->line);
        return -EINVAL;
    }
    n = topo_view_neighbor(r->v, p->str, p->len);
    if (!n)
        return 0;
    rc = facts_text(r, row, "protocol", &n->protocol);
    if (!rc)
        rc = facts_id(r, row, "chassis", &n->chassis);
    if (!rc)
        rc = facts_id(r, row, "port_id", &n->port_id);
    if (!rc)
        rc = facts_text(r, row, "sysname", &n->sysname);
    if (!rc)
        rc = facts_text(r, row, "port_descr", &n->port_descr);
    if (!rc)
        rc = facts_number(r, row, "ttl_s", 1e6, &n->ttl_s);
    if (!rc)
        rc = facts_number(r, row, "age_s", 1e12, &n->age_s);
    if (!rc)
        rc = facts_number(r, row, "mfs", 1e6, &n->mfs);
    if (rc)
        return rc;
    facts_mgmt(r, row, n);
    caps = json_get(row, "capabilities");
    if (caps && caps->type == JSON_OBJ) {
        n->bridge = json_get_bool(caps, "bridge", false);
        n->router = json_get_bool(caps, "router", false);
    }
    caps = json_get(row, "aggregation");
    return caps && caps->type == JSON_OBJ
               ? facts_number(r, caps, "id", UINT32_MAX, &n->aggregation)
               : 0;
}

static int facts_lists(const struct reading *r, const struct json *root)
{
    const struct json *v;
    int rc = facts_member(r, root, "ports", JSON_OBJ, &v);

    JSON_FOREACH(p, v) {
        if (!rc)
            rc = facts_port(r, p);
    }
    if (!rc)
        rc = facts_member(r, root, "migration_ports", JSON_ARR, &v);
    if (!rc && v)
        r->v->has_migration = true;
    JSON_FOREACH(p, rc ? NULL : v) {
        if (p->type != JSON_STR)
            return facts_refuse(r, p, "a migration port", "a string");
        topo_view_add_migration(r->v, p->str);
    }
    if (!rc)
        rc = facts_member(r, root, "neighbors", JSON_ARR, &v);
    if (!rc && v)
        r->v->has_table = true;
    JSON_FOREACH(n, rc ? NULL : v) {
        if (!rc)
            rc = facts_neighbor(r, n);
    }
    return rc;
}

int facts_read_view(struct topo_view *v, const char *name,
                    const struct json *root, struct msg *err)
{
    struct reading r = { v, name, err };
    const char *role = json_get_str(root, "role", "");
    int rc;

    rc = facts_text(&r, root, "node", &v->name);
    if (!rc && (!v->name || !*v->name)) {
        msg_set(err, "%s: it has no \"node\"", name);
        rc = -EINVAL;
    }
    if (!rc && strcmp(role, "host") && strcmp(role, "switch")) {
        msg_set(err, "%s: its \"role\" is neither host nor switch", name);
        rc = -EINVAL;
    }
    v->is_switch = !strcmp(role, "switch");
    v->role_known = true;
    if (!rc)
        rc = facts_id(&r, root, "chassis", &v->chassis);
    if (!rc)
        rc = facts_text(&r, root, "sysname", &v->sysname);
    if (!rc)
        rc = facts_text(&r, root, "mgmt", &v->mgmt);
    if (!rc)
        rc = facts_text(&r, root, "mgmt_port", &v->mgmt_port);
    if (!rc)
        rc = facts_number(&r, root, "uptime_ms", 9e18, &v->clock_ms);
    if (!rc)
        rc = facts_lists(&r, root);
    if (!rc && topo_view_check(v)) {
        msg_set(err, "%s: out of memory", name);
        rc = -ENOMEM;
    }
    return rc;
}

int facts_parse_view(struct topo_view *v, const char *name, const void *text_,
                     size_t len, struct msg *err)
{
    struct json_doc *doc;
    int rc = json_parse(&doc, name, text_, len, NULL, &facts_limits, err);

    if (rc)
        return rc;
    rc = json_check_format(doc, name, "rackhop-facts/1", err);
    if (!rc)
        rc = facts_read_view(v, name, json_root(doc), err);
    json_free(doc);
    return rc;
}
