/* SPDX-License-Identifier: LGPL-2.1-only */
/* Reads a snapshot's domain, with all that it needs, into the cluster. */
#include "tools/doc/snapshot_impl.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "libxl-ext/migrate.h"

static void domain_type(struct snap_reader *r, const struct json *v,
                        enum plan_type *type)
{
    static const char *const names[] = { "pv", "pvh", "hvm" };
    const char *s = snap_text(r, v, "type", true);

    for (unsigned i = 0; s && i < 3; i++)
        if (!strcmp(s, names[i])) {
            *type = (enum plan_type)i;
            return;
        }
    if (s)
        snap_tell(r, "type is %s, none of pv, pvh, hvm", s);
}

static int domain_traffic(struct snap_reader *r, const struct json *v,
                          struct plan_domain *d)
{
    struct plan_traffic *bigger;

    if (!v || v->type == JSON_NULL)
        return 0;
    if (v->type != JSON_ARR) {
        snap_tell(r, "traffic is %s, not an array", json_type_name(v->type));
        return 0;
    }
    if (v->len > r->traffic_cap) {
        bigger = realloc(r->traffic, v->len * sizeof *bigger);
        if (!bigger)
            return -ENOMEM;
        r->traffic = bigger;
        r->traffic_cap = v->len;
    }
    JSON_FOREACH(e, v) {
        const char *with =
            snap_text(r, json_get(e, "with"), "traffic: with", true);
        double mbps =
            snap_number(r, json_get(e, "mbps"), "traffic: mbps", 1e9, NAN);

        if (with)
            r->traffic[d->traffic_n++] = (struct plan_traffic){ with, mbps };
    }
    d->traffic = r->traffic;
    return 0;
}

static void domain_pinned(struct snap_reader *r, const struct json *obj,
                          struct plan_domain *d)
{
    const struct json *v = json_get(obj, "pinned");
    const char *why =
        snap_text(r, json_get(obj, "pinned_why"), "pinned_why", false);

    if (!v || v->type == JSON_NULL)
        return;
    if (v->type == JSON_STR) /* the reason in its place */
        d->pinned = v->str;
    else if (v->type != JSON_BOOL)
        snap_tell(r, "pinned is %s, neither true nor false",
                  json_type_name(v->type));
    else if (v->flag)
        d->pinned = why ? why : "";
}

static int domain_lists(struct snap_reader *r, const struct json *v,
                        struct plan_domain *d)
{
    int rc = snap_words(r, json_get(v, "networks"), "networks", &r->networks,
                        &d->networks);

    if (!rc)
        rc = snap_words(r, json_get(v, "storage"), "storage", &r->storage,
                        &d->storage);
    if (!rc)
        rc = snap_words(r, json_get(v, "pci"), "pci", &r->pci, &d->pci);
    if (!rc)
        rc =
            snap_words(r, json_get(v, "apart"), "apart", &r->apart, &d->apart);
    if (!rc)
        rc = snap_words(r, json_get(v, "together"), "together", &r->together,
                        &d->together);
    if (!rc)
        rc = snap_words(r, json_get(v, "apart_racks"), "apart_racks",
                        &r->apart_racks, &d->apart_racks);
    if (!rc)
        rc = snap_words(r, json_get(v, "only"), "only", &r->only, &d->only);
    if (!rc)
        rc = snap_guest_pool(r, json_get(v, "cpupool"), &d->cpupool);
    if (!rc)
        rc = snap_guest_devices(r, json_get(v, "device_classes"), d);
    return rc ? rc : domain_traffic(r, json_get(v, "traffic"), d);
}

/* Facts of an older rackhop say it in the reason alone. */
static bool is_dying(const struct json *v)
{
    return json_get_bool(v, "dying", false) ||
           !strcmp(json_get_str(v, "pinned_why", ""), "it is dying");
}

/* A guest that does not run under a name that libxl gives to copies: part of
 * a move. */
static bool is_copy(const struct plan_domain *d)
{
    size_t n = strlen(d->name), suffix = strlen(XLX_INCOMING);

    return d->pinned && n > suffix &&
           !strcmp(d->name + n - suffix, XLX_INCOMING);
}

/* Old samples say nothing of today; as all that agents have sampled, this is no
 * error if it is odd. */
static double domain_cpu_day(const struct json *v, unsigned vcpus)
{
    enum { FRESH_S = 120 };
    const struct json *samples = json_get(v, "samples");
    double age = json_get_num(samples, "age_s", -1);
    double p95 = json_get_num(json_get(samples, "cpu"), "p95_day", -1);

    if (!(age >= 0 && age <= FRESH_S) || !(p95 > 0))
        return 0;
    return fmin(p95, vcpus);
}

static int domain_members(struct snap_reader *r, const struct json *v,
                          struct plan_domain *d)
{
    domain_type(r, json_get(v, "type"), &d->type);
    d->memory_mib =
        snap_whole(r, json_get(v, "memory_mib"), "memory_mib", MIB_MAX);
    d->need_mib = (int64_t)ceil(snap_number(r, json_get(v, "need_mib"),
                                            "need_mib", (double)MIB_MAX, 0));
    d->vcpus = (unsigned)snap_whole(r, json_get(v, "vcpus"), "vcpus", 1 << 16);
    d->cpu_used =
        snap_number(r, json_get(v, "cpu_used"), "cpu_used", 1 << 20, -1);
    d->cpu_day = domain_cpu_day(v, d->vcpus);
    d->dirty_mib_s =
        snap_number(r, json_get(v, "dirty_mib_s"), "dirty_mib_s", 1e9, -1);
    d->writable_mib = snap_number(r, json_get(v, "writable_mib"),
                                  "writable_mib", (double)MIB_MAX, -1);
    d->wire_first =
        snap_number(r, json_get(v, "wire_first"), "wire_first", WIRE_MAX, 0);
    d->wire_again =
        snap_number(r, json_get(v, "wire_again"), "wire_again", WIRE_MAX, 0);
    d->cpu_policy =
        snap_text(r, json_get(v, "cpu_policy"), "cpu_policy", false);
    d->tsc_khz =
        snap_number(r, json_get(v, "tsc_khz"), "tsc_khz", TSC_KHZ_MAX, 0);
    d->xsave = snap_xsave(json_get(v, "xsave"));
    d->priority = (long)snap_number(r, json_get(v, "priority"), "priority",
                                    PLAN_PRIORITY_MOST, 0);
    domain_pinned(r, v, d);
    d->dying = is_dying(v);
    if (is_copy(d))
        d->odd = "it is a copy that a move brings, or has left; `rackhop "
                 "recover` settles moves that were cut off";
    return domain_lists(r, v, d);
}

/* A guest of which something is wrong stays where it is, if that is known. */
static int domain_add_faulty(struct snap_reader *r, struct plan_domain *d)
{
    if (!r->of_hosts)
        return 0;
    if (!d->uuid || !d->host ||
        plan_find_host(r->s->cluster, d->host) == PLAN_NONE)
        return snap_leave_out(r, d->host);
    d->odd = r->fault;
    return plan_add_domain(r->s->cluster, d);
}

int snap_domain(void *arg, uint32_t index, const struct json *v,
                struct msg *err)
{
    struct snap_reader *r = arg;
    struct plan_domain d = { .vcpus = 0 };
    unsigned before = r->told;
    int rc;

    if (!snap_begin(r, "domain", index, v, &d.name))
        return snap_leave_out(r, json_get_str(v, "host", NULL));
    d.uuid = snap_text(r, json_get(v, "uuid"), "uuid", true);
    d.host = snap_text(r, json_get(v, "host"), "host", true);
    d.home = snap_text(r, json_get(v, "home"), "home", false);
    rc = domain_members(r, v, &d);
    if (r->of_hosts && d.host &&
        plan_find_host(r->s->cluster, d.host) == PLAN_NONE)
        return rc; /* its host is left out, with a note */
    if (!rc && r->told != before)
        rc = domain_add_faulty(r, &d);
    else if (!rc)
        rc = plan_add_domain(r->s->cluster, &d);
    if (!rc && d.uuid)
        rc = snap_talks_add(r, v, d.uuid);
    if (rc)
        msg_set(err, "out of memory");
    return rc;
}
