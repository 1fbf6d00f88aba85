/* SPDX-License-Identifier: LGPL-2.1-only */
/* Reads the hosts and guests of a trace, and finds them by their names. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/base/grow.h"
#include "tools/doc/trace_impl.h"

static const double CPU_MAX = 1e9, MIB_MOST = 1e12, MBPS_MAX = 1e9,
                    WATTS_MAX = 1e6, DAY = 86400;

static int trace_object(struct trace_reader *r, const struct json *v)
{
    if (v->type == JSON_OBJ)
        return 0;
    return trace_wrong(r, v, NULL, "is %s, not an object",
                       json_type_name(v->type));
}

/* --- hosts ----------------------------------------------------------------- */

static int trace_watts(struct trace_reader *r, const struct json *host,
                       double watts[LOOP_WATTS])
{
    const struct json *list = json_get(host, "power_w");
    uint32_t n = 0;

    if (!list || list->type != JSON_ARR ||
        (list->len != 2 && list->len != LOOP_WATTS))
        return trace_wrong(r, list ? list : host, "power_w",
                           "has to be [idle, peak], or the watts at 0, 10 .. "
                           "100%% of the CPU");
    JSON_FOREACH(v, list) {
        if ((v->type != JSON_INT && v->type != JSON_NUM) ||
            !(v->num >= 0 && v->num <= WATTS_MAX))
            return trace_wrong(r, v, "power_w",
                               "entry %u is no number within 0 and %g", n,
                               WATTS_MAX);
        watts[n++] = v->num;
    }
    for (int i = LOOP_WATTS - 1; n == 2 && i >= 0; i--)
        watts[i] = watts[0] + (watts[1] - watts[0]) * i / (LOOP_WATTS - 1);
    return 0;
}

static int trace_host_read(struct trace_reader *r, const struct json *v,
                           struct loop_host *h)
{
    int rc = trace_number(r, v, "cpu", 1e-6, CPU_MAX, NAN, &h->cpu);

    if (!rc)
        rc = trace_number(r, v, "core", 1e-6, h->cpu, h->cpu, &h->core);
    if (!rc)
        rc = trace_whole(r, v, "memory_mib", MIB_MOST, NAN, &h->memory_mib);
    if (!rc)
        rc = trace_number(r, v, "nic_mbps", 1, MBPS_MAX, NAN, &h->nic_mbps);
    if (!rc)
        rc = trace_number(r, v, "boot_s", 0, DAY, 0, &h->boot_s);
    return rc ? rc : trace_watts(r, v, h->power_w);
}

static int trace_host_add(struct trace_reader *r, const struct loop_host *h,
                          const char *name)
{
    struct replay_trace *t = r->t;
    int rc =
        array_grow(&t->host, &r->host_room, t->hosts + 1, sizeof *t->host);

    if (!rc)
        rc = array_grow(&t->host_name, &r->host_name_room, t->hosts + 1,
                        sizeof *t->host_name);
    if (rc)
        return rc;
    t->host[t->hosts] = *h;
    t->host_name[t->hosts] = strdup(name);
    return t->host_name[t->hosts++] ? 0 : -ENOMEM;
}

int trace_host(void *arg, uint32_t index, const struct json *v,
               struct msg *err)
{
    struct trace_reader *r = arg;
    struct loop_host h = { .cpu = 0 };
    int64_t count = -1;
    const char *name = NULL;
    char one[TRACE_NAME + 16];
    int rc;

    trace_begin(r, "hosts", index, err);
    rc = trace_object(r, v);
    if (!rc)
        rc = trace_name(r, v, &name);
    if (!rc)
        rc = trace_host_read(r, v, &h);
    if (!rc)
        rc = trace_whole(r, v, "count", TRACE_HOSTS, -1, &count);
    if (!rc && r->t->hosts + (count < 0 ? 1 : count) > TRACE_HOSTS)
        rc = trace_wrong(r, v, "count", "makes more than %d hosts",
                         TRACE_HOSTS);
    if (!rc && count < 0)
        rc = trace_host_add(r, &h, name);
    for (int64_t i = 0; !rc && i < count; i++) {
        snprintf(one, sizeof one, "%s%lld", name, (long long)i);
        rc = trace_host_add(r, &h, one);
    }
    return rc;
}

/* --- guests ---------------------------------------------------------------- */

static int trace_loads(struct trace_reader *r, const struct json *guest)
{
    const struct json *list = json_get(guest, "load");
    struct replay_trace *t = r->t;
    size_t at = (size_t)t->guests * r->loads;
    int rc;

    if (!list || list->type != JSON_ARR || !list->len)
        return trace_wrong(r, list ? list : guest, "load",
                           "has to be a list of 0 to 100, one a step");
    if (!t->guests)
        r->loads = list->len;
    if (list->len != r->loads)
        return trace_wrong(r, list, "load",
                           "has %u steps, where guests before have %u",
                           list->len, r->loads);
    if (list->len > TRACE_STEPS || at + list->len > TRACE_LOADS)
        return trace_wrong(r, list, "load",
                           "makes more than %d loads of all guests",
                           TRACE_LOADS);
    rc = array_grow(&t->load, &r->load_room, at + list->len, sizeof *t->load);
    if (rc)
        return rc;
    JSON_FOREACH(v, list) {
        if ((v->type != JSON_INT && v->type != JSON_NUM) ||
            !(v->num >= 0 && v->num <= 100))
            return trace_wrong(r, v, "load",
                               "entry %zu is no number within 0 "
                               "and 100",
                               at - (size_t)t->guests * r->loads);
        t->load[at++] = (float)v->num;
    }
    return 0;
}

static int trace_guest_room(struct trace_reader *r)
{
    struct replay_trace *t = r->t;
    size_t n = (size_t)t->guests + 1;
    int rc = array_grow(&t->guest, &r->guest_room, n, sizeof *t->guest);

    if (!rc)
        rc = array_grow(&t->guest_name, &r->guest_name_room, n,
                        sizeof *t->guest_name);
    if (!rc)
        rc = array_grow(&r->wants, &r->wants_room, n, sizeof *r->wants);
    return rc;
}

static int trace_guest_read(struct trace_reader *r, const struct json *v,
                            struct loop_guest *g)
{
    int rc = trace_number(r, v, "cpu", 1e-6, CPU_MAX, NAN, &g->cpu);

    if (!rc)
        rc = trace_whole(r, v, "memory_mib", MIB_MOST, NAN, &g->memory_mib);
    if (!rc)
        rc =
            trace_number(r, v, "dirty_mib_s", 0, MIB_MOST, 0, &g->dirty_mib_s);
    return rc ? rc : trace_loads(r, v);
}

static int trace_guest_wants(struct trace_reader *r, const struct json *v,
                             const char **to)
{
    const struct json *host = json_get(v, "host");

    *to = NULL;
    if (!host || host->type == JSON_NULL)
        return 0;
    if (host->type != JSON_STR || strlen(host->str) != host->len)
        return trace_wrong(r, host, "host", "is %s, not the name of a host",
                           json_type_name(host->type));
    *to = host->str;
    return 0;
}

int trace_guest(void *arg, uint32_t index, const struct json *v,
                struct msg *err)
{
    struct trace_reader *r = arg;
    struct replay_trace *t = r->t;
    struct loop_guest g = { .cpu = 0 };
    const char *name = NULL, *host = NULL;
    int rc;

    trace_begin(r, "guests", index, err);
    rc = trace_object(r, v);
    if (!rc && t->guests >= TRACE_GUESTS)
        rc = trace_wrong(r, v, NULL, "there are more than %d", TRACE_GUESTS);
    if (!rc)
        rc = trace_name(r, v, &name);
    if (!rc)
        rc = trace_guest_wants(r, v, &host);
    if (!rc)
        rc = trace_guest_read(r, v, &g);
    if (!rc)
        rc = trace_guest_room(r);
    if (rc)
        return rc;
    t->guest[t->guests] = g;
    t->guest_name[t->guests] = strdup(name);
    r->wants[t->guests] = host ? strdup(host) : NULL;
    rc = t->guest_name[t->guests] && (!host || r->wants[t->guests]) ? 0
                                                                    : -ENOMEM;
    t->guests++;
    return rc;
}

/* --- names ----------------------------------------------------------------- */

static int trace_by_name(const void *pa, const void *pb, void *arg)
{
    char *const *name = arg;

    return strcmp(name[*(const uint32_t *)pa], name[*(const uint32_t *)pb]);
}

/* The indices of names in the order of these, or NULL: no memory. */
static uint32_t *trace_sorted(char **name, uint32_t n)
{
    uint32_t *order = calloc((size_t)n + 1, sizeof *order);

    if (!order)
        return NULL;
    for (uint32_t i = 0; i < n; i++)
        order[i] = i;
    qsort_r(order, n, sizeof *order, trace_by_name, name);
    return order;
}

static int trace_twice(struct trace_reader *r, char **name,
                       const uint32_t *order, uint32_t n, const char *list)
{
    for (uint32_t i = 1; i < n; i++)
        if (!strcmp(name[order[i - 1]], name[order[i]]))
            return trace_wrong(r, NULL, list, "%s stands there twice",
                               name[order[i]]);
    return 0;
}

static uint32_t trace_find(char **name, const uint32_t *order, uint32_t n,
                           const char *wanted)
{
    uint32_t from = 0, to = n;

    while (from < to) {
        uint32_t middle = from + (to - from) / 2;
        int c = strcmp(name[order[middle]], wanted);

        if (!c)
            return order[middle];
        if (c < 0)
            from = middle + 1;
        else
            to = middle;
    }
    return LOOP_NONE;
}

static int trace_starts(struct trace_reader *r, const uint32_t *order)
{
    struct replay_trace *t = r->t;

    t->start = calloc((size_t)t->guests + 1, sizeof *t->start);
    if (!t->start)
        return -ENOMEM;
    for (uint32_t g = 0; g < t->guests; g++) {
        t->start[g] = LOOP_NONE;
        if (!r->wants[g])
            continue;
        t->start[g] = trace_find(t->host_name, order, t->hosts, r->wants[g]);
        if (t->start[g] != LOOP_NONE)
            continue;
        snprintf(r->place, sizeof r->place, "guests[%u]", g);
        return trace_wrong(r, NULL, "host", "there is no host %s",
                           r->wants[g]);
    }
    return 0;
}

int trace_names(struct trace_reader *r)
{
    struct replay_trace *t = r->t;
    uint32_t *hosts = trace_sorted(t->host_name, t->hosts);
    uint32_t *guests = trace_sorted(t->guest_name, t->guests);
    int rc = hosts && guests ? 0 : -ENOMEM;

    if (!rc)
        rc = trace_twice(r, t->host_name, hosts, t->hosts, "hosts");
    if (!rc)
        rc = trace_twice(r, t->guest_name, guests, t->guests, "guests");
    if (!rc)
        rc = trace_starts(r, hosts);
    free(hosts);
    free(guests);
    return rc;
}
