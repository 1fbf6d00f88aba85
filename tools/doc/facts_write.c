/* SPDX-License-Identifier: LGPL-2.1-only */
/* Writes a rackhop-facts/1: the facts of a node, its cables and its guests. */
#include "tools/doc/facts.h"

/* --- cables ---------------------------------------------------------------- */

static void put_count(struct json_out *o, const char *key, int64_t n)
{
    if (n >= 0)
        json_kv_int(o, key, n);
}

static void put_text(struct json_out *o, const char *key, const char *s)
{
    if (s)
        json_kv_str(o, key, s);
}

static void put_id(struct json_out *o, const char *key,
                   const struct topo_id *id_)
{
    if (!id_->value)
        return;
    json_key(o, key);
    json_obj(o);
    json_kv_str(o, "type", id_->type);
    json_kv_str(o, "value", id_->value);
    json_obj_end(o);
}

static void put_port(struct json_out *o, const struct topo_port *p)
{
    json_key(o, p->name);
    json_obj(o);
    put_text(o, "mac", p->mac);
    json_key(o, "speed_mbps");
    if (p->speed_mbps > 0)
        json_int(o, p->speed_mbps);
    else
        json_null(o);
    put_count(o, "mtu", p->mtu);
    if (p->up != TOPO_UNKNOWN)
        json_kv_bool(o, "up", p->up);
    json_kv_str(o, "master", p->master);
    put_text(o, "descr", p->descr);
    put_count(o, "rx_bytes", p->rx_bytes);
    put_count(o, "tx_bytes", p->tx_bytes);
    json_obj_end(o);
}

static void put_neighbor(struct json_out *o, const struct topo_neighbor *n)
{
    json_obj(o);
    json_kv_str(o, "port", n->port);
    json_kv_str(o, "protocol", n->protocol ? n->protocol : "LLDP");
    put_id(o, "chassis", &n->chassis);
    put_id(o, "port_id", &n->port_id);
    put_text(o, "sysname", n->sysname);
    put_text(o, "port_descr", n->port_descr);
    if (n->n_mgmt) {
        json_key(o, "mgmt");
        json_arr(o);
        for (unsigned i = 0; i < n->n_mgmt; i++)
            json_str(o, n->mgmt[i]);
        json_arr_end(o);
    }
    put_count(o, "mfs", n->mfs);
    if (n->aggregation > 0) {
        json_key(o, "aggregation");
        json_obj(o);
        json_kv_int(o, "id", n->aggregation);
        json_obj_end(o);
    }
    if (n->bridge != TOPO_UNKNOWN) {
        json_key(o, "capabilities");
        json_obj(o);
        json_kv_bool(o, "bridge", n->bridge == 1);
        json_kv_bool(o, "router", n->router == 1);
        json_obj_end(o);
    }
    put_count(o, "ttl_s", n->ttl_s);
    put_count(o, "age_s", n->age_s);
    json_obj_end(o);
}

static void write_view(struct json_out *o, const struct topo_view *v)
{
    json_kv_str(o, "node", v->name);
    json_kv_str(o, "role", v->is_switch ? "switch" : "host");
    put_id(o, "chassis", &v->chassis);
    put_text(o, "sysname", v->sysname);
    put_text(o, "mgmt", v->mgmt);
    if (v->clock_ms > 0)
        json_kv_int(o, "uptime_ms", v->clock_ms);
    json_key(o, "ports");
    json_obj(o);
    for (size_t i = 0; i < v->ports; i++)
        if (v->port[i].name)
            put_port(o, &v->port[i]);
    json_obj_end(o);
    put_text(o, "mgmt_port", v->mgmt_port);
    if (v->has_migration) {
        json_key(o, "migration_ports");
        json_arr(o);
        for (size_t i = 0; i < v->migration_ports; i++)
            json_str(o, v->migration_port[i]);
        json_arr_end(o);
    }
    if (!v->has_table)
        return;
    json_key(o, "neighbors");
    json_arr(o);
    for (size_t i = 0; i < v->neighbors; i++)
        put_neighbor(o, &v->neighbor[i]);
    json_arr_end(o);
}

/* --- whole documents ------------------------------------------------------- */

void facts_write(struct json_out *o, const struct topo_view *view,
                 const struct hostfacts *host)
{
    json_obj(o);
    json_kv_str(o, "format", "rackhop-facts/1");
    write_view(o, view);
    if (host)
        hostfacts_write(host, o);
    json_obj_end(o);
}

enum { DEVICE_MOVES = 2 }; /* what target.h has of it */

void facts_write_greeting(struct json_out *o, const struct facts_greeting *g,
                          const struct hostfacts *host)
{
    json_obj(o);
    json_kv_str(o, "format", "rackhop-facts/1");
    json_kv_str(o, "version", g->version);
    json_kv_str(o, "node", host->node);
    json_kv_str(o, "role", "host");
    if (g->handover)
        json_kv_int(o, "handover_epoch", (int64_t)g->epoch);
    json_kv_int(o, "device_moves", DEVICE_MOVES);
    json_key(o, "missing_paths");
    json_arr(o);
    for (size_t i = 0; i < g->missing.n; i++)
        json_str(o, g->missing.s[i]);
    json_arr_end(o);
    json_key(o, "listening");
    json_arr(o);
    for (size_t i = 0; i < g->listening.n; i++)
        json_str(o, g->listening.s[i]);
    json_arr_end(o);
    hostfacts_write(host, o);
    json_obj_end(o);
}
