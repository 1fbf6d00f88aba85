/* SPDX-License-Identifier: LGPL-2.1-only */
/* Writes a rackhop-snapshot/1 out of what the hosts said of themselves. */
#include "tools/doc/snapshot_write.h"

#include <math.h>
#include <string.h>

#include "tools/doc/topology.h"

/* Absent when it is empty. */
static void write_words(struct json_out *o, const char *key,
                        const struct strlist *l)
{
    if (!l->n)
        return;
    json_key(o, key);
    json_arr(o);
    for (size_t i = 0; i < l->n; i++)
        json_str(o, l->s[i]);
    json_arr_end(o);
}

void snapshot_write_begin(struct json_out *o, time_t taken,
                          const struct topo *map)
{
    char text[32];
    struct tm tm;

    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&taken, &tm));
    json_obj(o);
    json_kv_str(o, "format", "rackhop-snapshot/1");
    json_kv_str(o, "taken", text);
    json_key(o, "topology");
    json_obj(o);
    topology_write_graph(o, map);
    json_obj_end(o);
    json_key(o, "hosts");
    json_arr(o);
}

void snapshot_write_host(struct json_out *o, const struct snapshot_host *h)
{
    json_obj(o);
    json_kv_str(o, "name", h->name);
    JSON_FOREACH(m, h->facts) {
        if (!strcmp(m->key, "name"))
            continue;
        json_key(o, m->key);
        if (h->arriving_mib > 0 && !strcmp(m->key, "reserved_mib"))
            json_int(o,
                     (int64_t)(fmax(0, m->num) + fmin(h->arriving_mib, 1e12)));
        else
            json_value(o, m);
    }
    if (h->coming_mib > 0)
        json_kv_int(o, "arriving_mib", (int64_t)fmin(h->coming_mib, 1e12));
    if (h->nic_mbps > 0 && !json_get(h->facts, "nic_mbps"))
        json_kv_num(o, "nic_mbps", h->nic_mbps);
    write_words(o, "arriving", &h->arriving);
    json_obj_end(o);
}

void snapshot_write_domains(struct json_out *o)
{
    json_arr_end(o);
    json_key(o, "domains");
    json_arr(o);
}

void snapshot_write_domain(struct json_out *o, const struct snapshot_domain *d)
{
    json_obj(o);
    json_kv_str(o, "host", d->host);
    if (d->home)
        json_kv_str(o, "home", d->home);
    JSON_FOREACH(m, d->facts) {
        if (!strcmp(m->key, "host") || !strcmp(m->key, "home"))
            continue;
        json_key(o, m->key);
        if (!strcmp(m->key, "name") && m->type == JSON_STR)
            json_strn(o, m->str, d->name_len);
        else
            json_value(o, m);
    }
    if (d->priority)
        json_kv_int(o, "priority", d->priority);
    if (d->pinned_why && !json_get(d->facts, "pinned")) {
        json_kv_bool(o, "pinned", true);
        json_kv_str(o, "pinned_why", d->pinned_why);
    }
    write_words(o, "apart", &d->apart);
    write_words(o, "apart_racks", &d->apart_racks);
    write_words(o, "together", &d->together);
    write_words(o, "only", &d->only);
    json_obj_end(o);
}

void snapshot_write_end(struct json_out *o)
{
    json_arr_end(o);
    json_obj_end(o);
}
