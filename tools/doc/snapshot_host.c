/* SPDX-License-Identifier: LGPL-2.1-only */
/* Reads a host of a snapshot into the cluster. */
#include "tools/doc/snapshot_impl.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void host_state(struct snap_reader *r, const struct json *v,
                       enum plan_host_state *state)
{
    static const char *const names[] = { "up", "maintenance", "offline" };
    const char *s = snap_text(r, v, "state", true);

    for (unsigned i = 0; s && i < 3; i++)
        if (!strcmp(s, names[i])) {
            *state = (enum plan_host_state)i;
            return;
        }
    if (s)
        snap_tell(r, "state is %s, none of up, maintenance, offline", s);
}

static int host_arriving(struct snap_reader *r, const struct json *list)
{
    struct snapshot *s = r->s;

    JSON_FOREACH(v, list) {
        struct snapshot_arrival *bigger =
            reallocarray(s->arrival, s->arrival_n + 1, sizeof *s->arrival);

        if (!bigger)
            return -ENOMEM;
        s->arrival = bigger;
        if (!snap_is_text(v))
            continue;
        bigger[s->arrival_n] =
            (struct snapshot_arrival){ plan_hosts(s->cluster) - 1,
                                       strdup(v->str) };
        if (!bigger[s->arrival_n++].uuid)
            return -ENOMEM;
    }
    return 0;
}

/* What the host could give a new guest just now, if it says so: Xen has it
 * free, or dom0 would give it away, and no arriving guest will take it. */
static void host_room(struct snap_reader *r, const struct json *v,
                      struct plan_host *h)
{
    double free = snap_number(r, json_get(v, "free_mib"), "free_mib",
                              (double)MIB_MAX, -1);
    double balloon = snap_number(r, json_get(v, "balloon_mib"), "balloon_mib",
                                 (double)MIB_MAX, 0);
    double coming = snap_number(r, json_get(v, "arriving_mib"), "arriving_mib",
                                (double)MIB_MAX, 0);

    if (free < 0)
        return;
    h->knows_room = true;
    h->room_mib = (int64_t)fmax(0, floor(free + balloon - coming));
}

/* Members in the order in which they come: one walk, whatever their number. */
int snap_host(void *arg, uint32_t index, const struct json *v, struct msg *err)
{
    struct snap_reader *r = arg;
    struct plan_host h = { .name = NULL };
    unsigned before = r->told;
    int rc;

    if (!snap_begin(r, "host", index, v, &h.name))
        return snap_leave_out(r, NULL);
    host_state(r, json_get(v, "state"), &h.state);
    h.memory_mib =
        snap_whole(r, json_get(v, "memory_mib"), "memory_mib", MIB_MAX);
    h.reserved_mib =
        snap_whole(r, json_get(v, "reserved_mib"), "reserved_mib", MIB_MAX);
    host_room(r, v, &h);
    h.cpus = (unsigned)snap_whole(r, json_get(v, "cpus"), "cpus", 1 << 20);
    /* plans go by what its guests use */
    snap_number(r, json_get(v, "cpu_used"), "cpu_used", 1 << 20, -1);
    h.cpu_sample_ms =
        snap_number(r, json_get(v, "cpu_sample_ms"), "cpu_sample_ms", 1e12, 0);
    h.nic_mbps = snap_number(r, json_get(v, "nic_mbps"), "nic_mbps", 1e9, 0);
    h.xen = snap_text(r, json_get(v, "xen"), "xen", false);
    h.cpu_vendor =
        snap_text(r, json_get(v, "cpu_vendor"), "cpu_vendor", false);
    snap_features(r, json_get(v, "cpu_max"), "cpu_max", &h.max_pv, &h.max_hvm);
    snap_features(r, json_get(v, "cpu_default"), "cpu_default", &h.default_pv,
                  &h.default_hvm);
    h.tsc_khz =
        snap_number(r, json_get(v, "tsc_khz"), "tsc_khz", TSC_KHZ_MAX, 0);
    h.xsave_pv = snap_xsave(json_get(json_get(v, "xsave"), "pv"));
    h.xsave_hvm = snap_xsave(json_get(json_get(v, "xsave"), "hvm"));
    rc = snap_words(r, json_get(v, "networks"), "networks", &r->networks,
                    &h.networks);
    if (!rc)
        rc = snap_words(r, json_get(v, "storage"), "storage", &r->storage,
                        &h.storage);
    if (!rc)
        rc = snap_host_pools(r, json_get(v, "cpupools"), &h.cpupools);
    if (!rc)
        rc = snap_host_devices(r, json_get(v, "device_classes"), &h);
    if (!rc && r->told == before) {
        rc = plan_add_host(r->s->cluster, &h);
        if (!rc)
            rc = host_arriving(r, json_get(v, "arriving"));
        if (!rc)
            rc = snap_reserved(r, v, plan_hosts(r->s->cluster) - 1, h.name);
    } else if (!rc) {
        rc = snap_leave_out(r, h.name);
    }
    if (rc)
        msg_set(err, "out of memory");
    return rc;
}
