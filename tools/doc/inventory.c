/* SPDX-License-Identifier: LGPL-2.1-only */
/* Writes lists of hosts and of guests, for programs. */
#include "tools/doc/inventory.h"

#include <math.h>
#include <stdio.h>
#include <time.h>

const char *inventory_type_name(enum plan_type type)
{
    switch (type) {
    case PLAN_PV: return "pv";
    case PLAN_PVH: return "pvh";
    case PLAN_HVM: return "hvm";
    }
    return "?";
}

/* --- hosts --------------------------------------------------------------- */

/* Threads, of which a hundredth is beyond any measurement. */
static void write_threads(struct json_out *o, double v)
{
    json_kv_known(o, "cpu_used", v < 0 ? v : round(v * 100) / 100);
}

static void write_sum(struct json_out *o, const struct plan_host_sum *s)
{
    char xen[32];

    snprintf(xen, sizeof xen, "%u.%u", s->xen_major, s->xen_minor);
    json_kv_str(o, "xen", s->xen_major ? xen : NULL);
    json_kv_int(o, "guests", s->guests);
    json_kv_int(o, "memory_mib", s->capacity_mib);
    json_kv_int(o, "memory_used_mib", s->used_mib);
    json_kv_int(o, "cpus", s->cpus);
    write_threads(o, s->cpu_used);
    if (s->devices || s->devices_used) {
        json_kv_int(o, "devices", s->devices);
        json_kv_int(o, "devices_used", s->devices_used);
    }
}

static void write_time(struct json_out *o, const char *key, double s)
{
    time_t t = (time_t)s;
    char text[32];
    struct tm tm;

    if (s > 0 && gmtime_r(&t, &tm) &&
        strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &tm))
        json_kv_str(o, key, text);
    else
        json_kv_null(o, key);
}

static void write_host(struct json_out *o, const struct inventory_host *h)
{
    json_obj(o);
    json_kv_str(o, "name", h->name);
    json_kv_str(o, "rack", h->rack);
    json_kv_str(o, "state", h->state);
    if (h->sum.capacity_mib >= 0)
        write_sum(o, &h->sum);
    write_time(o, "last_move", h->last_move_s);
    json_kv_int(o, "reservations", h->reservations);
    json_kv_int(o, "reserved_mib", h->reserved_mib);
    json_obj_end(o);
}

void inventory_write_hosts(struct json_out *o,
                           const struct inventory_host *row, size_t n)
{
    json_obj(o);
    json_kv_str(o, "format", "rackhop-hosts/1");
    json_key(o, "hosts");
    json_arr(o);
    for (size_t i = 0; i < n; i++)
        write_host(o, &row[i]);
    json_arr_end(o);
    json_obj_end(o);
}

/* --- guests -------------------------------------------------------------- */

static void write_groups(struct json_out *o, const struct plan_cluster *c,
                         uint32_t dom, const char *key,
                         enum plan_group_kind kind)
{
    const char *name;

    json_key(o, key);
    json_arr(o);
    for (uint32_t i = 0; (name = plan_guest_group(c, dom, kind, i)); i++)
        json_str(o, name);
    json_arr_end(o);
}

static void write_guest(struct json_out *o, const struct plan_cluster *c,
                        const struct inventory_guest *g)
{
    json_obj(o);
    json_kv_str(o, "uuid", g->uuid);
    json_kv_str(o, "name", g->name);
    json_kv_str(o, "host", g->host);
    if (g->home)
        json_kv_str(o, "home", g->home);
    json_kv_str(o, "type", inventory_type_name(g->facts.type));
    json_kv_int(o, "memory_mib", g->facts.mib);
    json_kv_int(o, "vcpus", g->facts.vcpus);
    write_threads(o, g->facts.cpu_used);
    json_kv_known(o, "dirty_mib_s", g->facts.dirty_mib_s);
    json_kv_known(o, "writable_mib", g->facts.writable_mib);
    write_groups(o, c, g->dom, "apart", PLAN_GROUP_APART);
    write_groups(o, c, g->dom, "apart_racks", PLAN_GROUP_APART_RACKS);
    write_groups(o, c, g->dom, "together", PLAN_GROUP_TOGETHER);
    json_kv_int(o, "targets", g->way->hosts);
    if (g->way->why) {
        json_kv_str(o, "rule", plan_rule_name(g->way->rule));
        if (g->way->host != PLAN_NONE)
            json_kv_str(o, "refused_by", plan_host_name(c, g->way->host));
        json_kv_str(o, "text", g->way->why);
    }
    json_obj_end(o);
}

void inventory_write_guests(struct json_out *o, const struct plan_cluster *c,
                            const struct inventory_guest *row, size_t n)
{
    json_obj(o);
    json_kv_str(o, "format", "rackhop-guests/1");
    json_key(o, "guests");
    json_arr(o);
    for (size_t i = 0; i < n; i++)
        write_guest(o, c, &row[i]);
    json_arr_end(o);
    json_obj_end(o);
}
