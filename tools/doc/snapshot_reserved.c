/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Lays what runs have reserved over a snapshot: memory on the hosts that they
 * bring guests to, and a share of each link on the way.
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/doc/snapshot_impl.h"

/* So much of a link is left whatever others have reserved: the later run gets
 * on as well, and both are slower where they meet. */
static const double least_left = 0.25;

/* Of one host; more are not believed. */
enum { RESERVED_MAX = 256, RUNS_MAX = 256, LINKS_MAX = 1000 };

/* --- reading ---------------------------------------------------------------- */

static int reserved_links(struct snap_reader *r, const struct json *list,
                          struct snapshot_reserved *v)
{
    size_t n = list && list->type == JSON_ARR ? list->len : 0;

    if (n > LINKS_MAX)
        n = 0;
    v->link = calloc(n + 1, sizeof *v->link);
    if (!v->link)
        return -ENOMEM;
    if (n)
        JSON_FOREACH(k, list) {
            struct snapshot_link *l = &v->link[v->links];
            const char *from = snap_text(r, json_get(k, "from"), "from", true);

            l->mbps = snap_number(r, json_get(k, "mbps"), "mbps", 1e9, 0);
            if (!from || strlen(from) >= sizeof l->from)
                continue;
            snprintf(l->from, sizeof l->from, "%s", from);
            v->links++;
        }
    return 0;
}

static int reserved_read(struct snap_reader *r, const struct json *v,
                         uint32_t host)
{
    struct snapshot *s = r->s;
    struct snapshot_reserved *bigger, *to;
    const char *run = snap_text(r, json_get(v, "run"), "run", true);
    const char *by = snap_text(r, json_get(v, "executor"), "executor", true);

    if (!run || !by)
        return 0;
    bigger = reallocarray(s->reserved, s->reserved_n + 1, sizeof *bigger);
    if (!bigger)
        return -ENOMEM;
    s->reserved = bigger;
    to = &bigger[s->reserved_n++];
    *to = (struct snapshot_reserved){ .host = host };
    snprintf(to->run, sizeof to->run, "%s", run);
    snprintf(to->executor, sizeof to->executor, "%s", by);
    to->stamp =
        (uint64_t)snap_number(r, json_get(v, "stamp"), "stamp", 1e18, 0);
    to->mib =
        (int64_t)snap_number(r, json_get(v, "mib"), "mib", (double)MIB_MAX, 0);
    return reserved_links(r, json_get(v, "links"), to);
}

/* The runs that a host says it carries out; a host that says so of none has
 * none. */
static int runs_read(struct snap_reader *r, const struct json *list,
                     const char *host)
{
    int rc;

    if (!list || list->type != JSON_ARR || list->len > RUNS_MAX)
        return 0;
    rc = strlist_add(&r->tells_runs, host);
    JSON_FOREACH(v, list) {
        char text[300];

        if (rc || !snap_is_text(v))
            continue;
        snprintf(text, sizeof text, "%s/%s", host, v->str);
        rc = strlist_add(&r->runs, text);
    }
    return rc;
}

int snap_reserved(struct snap_reader *r, const struct json *host,
                  uint32_t index, const char *name)
{
    const struct json *list = json_get(host, "reservations");
    int rc = runs_read(r, json_get(host, "runs"), name);

    if (!list || list->type != JSON_ARR || list->len > RESERVED_MAX)
        return rc;
    JSON_FOREACH(v, list)
        if (!rc)
            rc = reserved_read(r, v, index);
    return rc;
}

void snap_reserved_dead(struct snap_reader *r)
{
    struct snapshot *s = r->s;
    char text[140];

    for (size_t i = 0; i < s->reserved_n; i++) {
        struct snapshot_reserved *v = &s->reserved[i];

        snprintf(text, sizeof text, "%s/%s", v->executor, v->run);
        v->dead = strlist_has(&r->tells_runs, v->executor) &&
                  !strlist_has(&r->runs, text);
    }
}

/* --- laying it over the cluster ------------------------------------------------ */

static int reserved_note(struct snapshot *s, const struct snapshot_reserved *v)
{
    struct plan_note n = { .host = plan_host_name(s->cluster, v->host) };
    char text[400];

    snprintf(text, sizeof text, "%lld MiB of %s are reserved for run %s of %s",
             (long long)v->mib, n.host, v->run, v->executor);
    n.text = text;
    return plan_add_note(s->cluster, &n);
}

/* What one way carries, added to its bundles. */
static int load_way(struct snapshot *s, struct topo_dist *d, double *load,
                    const struct snapshot_reserved *v,
                    const struct snapshot_link *l)
{
    int from = topo_find(s->map, l->from);
    int to = topo_find(s->map, plan_host_name(s->cluster, v->host));
    struct topo_share *share = NULL;
    int n = from < 0 || to < 0
                ? 0
                : topo_shares(d, (uint32_t)from, (uint32_t)to, &share);

    for (int i = 0; i < n; i++)
        load[share[i].arc / 2] += l->mbps * share[i].part;
    free(share);
    return n < 0 ? n : 0;
}

/* The load of a bundle, on its cables alike. */
static void load_cables(struct topo *map, const struct topo_bundle *b,
                        double mbps)
{
    double most = (double)b->mbps * (1 - least_left) - b->load_mbps;

    if (b->mbps == TOPO_UNKNOWN || most <= 0 || mbps <= 0)
        return;
    mbps = fmin(mbps, most) / b->cables;
    for (uint32_t i = 0; i < topo_links(map); i++) {
        const struct topo_link *l = topo_link(map, i);

        if ((l->a == b->a && l->b == b->b) || (l->a == b->b && l->b == b->a))
            topo_add_load(map, i, mbps);
    }
}

static int load_links(struct snapshot *s, const char *own)
{
    struct topo_dist *d = topo_dist_new(s->map);
    size_t n = d ? topo_bundles(d) : 0;
    double *load = calloc(n + 1, sizeof *load);
    int rc = d && load ? 0 : -ENOMEM;

    for (size_t i = 0; i < s->reserved_n; i++) {
        const struct snapshot_reserved *v = &s->reserved[i];

        for (size_t k = 0; k < v->links && !rc; k++)
            if (!v->dead && strcmp(v->run, own))
                rc = load_way(s, d, load, v, &v->link[k]);
    }
    for (uint32_t i = 0; i < n && !rc; i++)
        load_cables(s->map, topo_bundle(d, i), load[i]);
    free(load);
    topo_dist_free(d);
    return rc;
}

int snap_lay_reserved(struct snapshot *s, const char *own)
{
    int rc = 0;

    if (!s->reserved_n)
        return 0;
    for (size_t i = 0; i < s->reserved_n && !rc; i++) {
        const struct snapshot_reserved *v = &s->reserved[i];

        if (v->dead || !strcmp(v->run, own) || v->mib <= 0)
            continue;
        rc = plan_reserve(s->cluster, v->host, v->mib);
        if (!rc)
            rc = reserved_note(s, v);
    }
    return rc ? rc : load_links(s, own);
}
