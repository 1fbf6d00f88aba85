/* SPDX-License-Identifier: LGPL-2.1-only */
/* Writes a look of the loops as a line: loads, wishes, and what came of them. */
#include "tools/doc/look.h"

#include "scheduler/inventory.h"

/* Signs of which a figure is known. */
static void look_signs(struct json_out *o, const struct loop_signs *x)
{
    json_key(o, "signs");
    json_obj(o);
    for (int s = 0; s < LOOP_SIGNS; s++) {
        if (!(x->now[s] >= 0))
            continue;
        json_key(o, loop_sign_name((enum loop_sign)s));
        json_obj(o);
        json_kv_num(o, "now", x->now[s]);
        json_kv_known(o, "usual", x->past[s]);
        json_obj_end(o);
    }
    json_obj_end(o);
}

static void look_talks(struct json_out *o, const struct plan_cluster *c,
                       const struct sight *s)
{
    json_key(o, "talks");
    json_arr(o);
    for (uint32_t i = 0; i < s->talks; i++) {
        json_obj(o);
        json_kv_str(o, "a", plan_domain_uuid(c, s->talk[i].a));
        json_kv_str(o, "b", plan_domain_uuid(c, s->talk[i].b));
        json_kv_num(o, "mbps", s->talk[i].mbps);
        json_obj_end(o);
    }
    json_arr_end(o);
}

static void look_hosts(struct json_out *o, const struct plan_cluster *c,
                       const struct sight *s)
{
    json_key(o, "hosts");
    json_arr(o);
    for (uint32_t h = 0; h < plan_hosts(c); h++) {
        struct plan_host_sum sum = plan_host_sum(c, h);

        json_obj(o);
        json_kv_str(o, "name", plan_host_name(c, h));
        json_kv_int(o, "cpus", sum.cpus);
        json_kv_int(o, "memory_mib", sum.capacity_mib);
        json_kv_bool(o, "up", plan_host_state(c, h) == PLAN_UP);
        json_kv_known(o, "nic_mbps", s->host[h].nic_mbps);
        json_kv_known(o, "idle_w", s->host[h].idle_w);
        json_kv_known(o, "peak_w", s->host[h].peak_w);
        look_signs(o, &s->host[h].signs);
        json_obj_end(o);
    }
    json_arr_end(o);
}

static void look_guests(struct json_out *o, const struct plan_cluster *c,
                        const struct sight *s)
{
    json_key(o, "guests");
    json_arr(o);
    for (uint32_t g = 0; g < plan_domains(c); g++) {
        struct plan_guest_facts f = plan_guest_facts(c, g);

        json_obj(o);
        json_kv_str(o, "uuid", plan_domain_uuid(c, g));
        json_kv_str(o, "name", plan_domain_name(c, g));
        json_kv_str(o, "host", plan_host_name(c, plan_domain_host(c, g)));
        json_kv_int(o, "vcpus", f.vcpus);
        json_kv_int(o, "memory_mib", plan_domain_mib(c, g));
        json_kv_known(o, "demand", s->guest[g].demand);
        json_kv_known(o, "steal", s->guest[g].steal);
        json_kv_known(o, "starving", s->guest[g].starving);
        json_kv_known(o, "demand_p95_day",
                      s->guest[g].day.mean < 0 ? -1 : s->guest[g].day.p95);
        json_obj_end(o);
    }
    json_arr_end(o);
}

static void look_wishes(struct json_out *o, const struct loops_doc *d)
{
    json_key(o, "wishes");
    json_arr(o);
    for (size_t i = 0; i < d->wishes; i++) {
        const struct loops_line *w = &d->wish[i];

        json_obj(o);
        json_kv_str(o, "loop", loop_kind_name(w->kind));
        json_kv_str(o, "domain", *w->uuid ? w->uuid : NULL);
        json_kv_str(o, "from", *w->from ? w->from : NULL);
        json_kv_str(o, "to", *w->to ? w->to : NULL);
        json_kv_num(o, "benefit_wh", w->benefit_wh);
        json_kv_num(o, "price_wh", w->price_wh);
        json_kv_str(o, "run", *w->run ? w->run : NULL);
        json_kv_str(o, "why_not", *w->why_not ? w->why_not : NULL);
        json_obj_end(o);
    }
    json_arr_end(o);
}

char *look_format(const struct loops_doc *d, const struct plan_cluster *c,
                  const struct sight *sight, size_t *len_r)
{
    struct json_out *o = json_text_new(false);

    if (!o)
        return NULL;
    json_obj(o);
    json_kv_str(o, "format", "rackhop-look/1");
    json_kv_num(o, "at_s", d->at_s);
    json_kv_int(o, "silent", (int64_t)d->dead);
    json_kv_str(o, "blocked", *d->blocked ? d->blocked : NULL);
    if (c && sight) {
        look_hosts(o, c, sight);
        look_guests(o, c, sight);
        look_talks(o, c, sight);
    }
    look_wishes(o, d);
    json_obj_end(o);
    return json_text_free(o, len_r);
}
