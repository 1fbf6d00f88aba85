/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Writes a made-up cluster as rackhop-snapshot/1. Host cables are 25G; a
 * rack's way up is a quarter of that, over as many aggregation switches as
 * there are planes.
 */
#include "tools/doc/simulated.h"

#include <stdarg.h>
#include <stdio.h>

enum { HOST_MBPS = 25000, OVERSUBSCRIBED = 4 };

static const char *const features[] = {
    "178bfbff,f6d83203,2c100800,00000121,0000000f,219c07ab",
    "178bfbff,f6da3203,2c100800,00000121,0000000f,219c47ab",
    "178bfbff,f6da3203,2c100800,00000121,0000000f,f1df47ab",
};

struct writer {
    struct json_out *o;
    const struct plan_sim *s;
    const struct plan_sim_cluster *c;
};

__attribute__((format(printf, 3, 4))) static void kv_name(
    const struct writer *w, const char *key, const char *fmt, ...)
{
    char name[64];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(name, sizeof name, fmt, ap);
    va_end(ap);
    if (key)
        json_kv_str(w->o, key, name);
    else
        json_str(w->o, name);
}

static void node(const struct writer *w, const char *kind)
{
    json_kv_str(w->o, "kind", kind);
    json_obj_end(w->o);
}

static void write_nodes(const struct writer *w)
{
    json_key(w->o, "nodes");
    json_arr(w->o);
    for (uint32_t i = 0; i < w->c->hosts; i++) {
        json_obj(w->o);
        kv_name(w, "name", "h%05u", i);
        kv_name(w, "rack", "tor%04u", w->c->host[i].rack);
        node(w, "host");
    }
    for (uint32_t r = 0; r < w->c->racks; r++) {
        json_obj(w->o);
        kv_name(w, "name", "tor%04u", r);
        node(w, "switch");
    }
    for (uint32_t p = 0; p < w->c->pods && w->c->racks > 1; p++)
        for (uint32_t k = 0; k < w->s->planes; k++) {
            json_obj(w->o);
            kv_name(w, "name", "agg%03u-%u", p, k);
            node(w, "switch");
        }
    for (uint32_t k = 0; k < w->s->planes && w->c->pods > 1; k++) {
        json_obj(w->o);
        kv_name(w, "name", "core%u", k);
        node(w, "switch");
    }
    json_arr_end(w->o);
}

static void link_end(const struct writer *w, uint32_t mbps)
{
    json_kv_int(w->o, "mbps", mbps);
    json_kv_str(w->o, "evidence", "both");
    json_obj_end(w->o);
}

/* The way up of all racks of a pod, or of one. */
static uint32_t way_up(const struct writer *w, uint32_t racks)
{
    uint32_t hosts = w->s->rack * racks;

    return hosts * HOST_MBPS / OVERSUBSCRIBED / w->s->planes;
}

static void write_links(const struct writer *w)
{
    json_key(w->o, "links");
    json_arr(w->o);
    for (uint32_t i = 0; i < w->c->hosts; i++) {
        json_obj(w->o);
        kv_name(w, "a", "h%05u", i);
        kv_name(w, "b", "tor%04u", w->c->host[i].rack);
        link_end(w, HOST_MBPS);
    }
    for (uint32_t r = 0; r < w->c->racks && w->c->racks > 1; r++)
        for (uint32_t k = 0; k < w->s->planes; k++) {
            json_obj(w->o);
            kv_name(w, "a", "tor%04u", r);
            kv_name(w, "b", "agg%03u-%u", r / w->s->pod, k);
            link_end(w, way_up(w, 1));
        }
    for (uint32_t p = 0; p < w->c->pods && w->c->pods > 1; p++)
        for (uint32_t k = 0; k < w->s->planes; k++) {
            json_obj(w->o);
            kv_name(w, "a", "agg%03u-%u", p, k);
            kv_name(w, "b", "core%u", k);
            link_end(w, way_up(w, w->s->pod));
        }
    json_arr_end(w->o);
}

static void write_features(const struct writer *w, const char *key,
                           unsigned generation)
{
    json_key(w->o, key);
    json_obj(w->o);
    json_kv_str(w->o, "pv", features[generation]);
    json_kv_str(w->o, "hvm", features[generation]);
    json_obj_end(w->o);
}

static void write_networks(const struct writer *w, bool second)
{
    json_key(w->o, "networks");
    json_arr(w->o);
    json_str(w->o, "xenbr0");
    if (second)
        json_str(w->o, "xenbr1");
    json_arr_end(w->o);
    json_key(w->o, "storage");
    json_arr(w->o);
    json_str(w->o, "nfs:10.0.0.9:/vm");
    json_arr_end(w->o);
}

static void simulated_host(const struct writer *w, uint32_t i)
{
    const struct plan_sim_host *h = &w->c->host[i];

    json_obj(w->o);
    kv_name(w, "name", "h%05u", i);
    json_kv_str(w->o, "state", "up");
    json_kv_int(w->o, "memory_mib", h->memory_mib);
    json_kv_int(w->o, "reserved_mib", h->reserved_mib);
    json_kv_int(w->o, "cpus", h->cpus);
    json_kv_str(w->o, "xen", "4.17.3");
    json_kv_str(w->o, "cpu_vendor", "intel");
    write_features(w, "cpu_max", h->generation);
    write_features(w, "cpu_default", h->generation);
    write_networks(w, h->second_network);
    json_obj_end(w->o);
}

static void write_group(const struct writer *w, const char *key, char letter,
                        uint32_t group)
{
    if (group == UINT32_MAX)
        return;
    json_key(w->o, key);
    json_arr(w->o);
    kv_name(w, NULL, "%c%u", letter, group);
    json_arr_end(w->o);
}

static void simulated_domain(const struct writer *w, uint32_t i)
{
    const struct plan_sim_domain *d = &w->c->domain[i];

    json_obj(w->o);
    kv_name(w, "uuid", "00000000-0000-4000-a000-%012x", i + 1);
    kv_name(w, "name", "v%06u", i);
    kv_name(w, "host", "h%05u", d->host);
    json_kv_str(w->o, "type", "pvh");
    json_kv_int(w->o, "memory_mib", d->memory_mib);
    json_kv_int(w->o, "vcpus", d->vcpus);
    json_kv_num(w->o, "cpu_used", d->cpu_used);
    json_kv_num(w->o, "dirty_mib_s", d->dirty_mib_s);
    json_kv_num(w->o, "writable_mib", d->writable_mib);
    json_kv_str(w->o, "cpu_policy", features[d->generation]);
    write_networks(w, d->second_network);
    write_group(w, "apart", 'a', d->apart);
    write_group(w, "together", 't', d->together);
    if (d->pinned) {
        json_kv_bool(w->o, "pinned", true);
        json_kv_str(w->o, "pinned_why", "licence bound to the machine");
    }
    json_obj_end(w->o);
}

void simulated_write(struct json_out *o, const struct plan_sim *s,
                     const struct plan_sim_cluster *c)
{
    const struct writer w = { o, s, c };

    json_obj(o);
    json_kv_str(o, "format", "rackhop-snapshot/1");
    json_kv_str(o, "taken", "2026-01-01T00:00:00Z");
    json_key(o, "topology");
    json_obj(o);
    write_nodes(&w);
    write_links(&w);
    json_obj_end(o);
    json_key(o, "hosts");
    json_arr(o);
    for (uint32_t i = 0; i < c->hosts; i++)
        simulated_host(&w, i);
    json_arr_end(o);
    json_key(o, "domains");
    json_arr(o);
    for (uint32_t i = 0; i < c->domains; i++)
        simulated_domain(&w, i);
    json_arr_end(o);
    json_obj_end(o);
}
