/* SPDX-License-Identifier: LGPL-2.1-only */
/* Lays what a run knows over a snapshot: pins, guests under way, memory. */
#include "tools/run/overlay.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tools/run/exec_impl.h"

const char *overlay_pins(const struct run *r, const char *uuid)
{
    unsigned failed = 0;

    for (uint32_t i = 0; i < r->move_n; i++) {
        const struct run_move *m = &r->move[i];

        if (strcmp(m->uuid, uuid))
            continue;
        if (m->state == MOVE_DOUBT)
            return "where it runs is in doubt";
        if (m->state == MOVE_STARTED)
            return "its move is under way";
        failed += m->state == MOVE_FAILED;
        if (failed >= EXEC_ATTEMPTS)
            return "its moves failed";
    }
    return NULL;
}

/* Is a copy of it under construction on that host, and counted there? */
static bool overlay_arrives(const struct snapshot *s, const char *uuid,
                            uint32_t host)
{
    for (size_t i = 0; i < s->arrival_n; i++)
        if (s->arrival[i].host == host && !strcmp(s->arrival[i].uuid, uuid))
            return true;
    return false;
}

/*
 * The memory that one move adds to what its hosts list. A guest in doubt may
 * be on its target host as well. A guest under way is listed once and will
 * count on its target host: its source host has its memory too, and an
 * arriving copy would count twice.
 */
static void overlay_count(const struct snapshot *s, const struct run_move *m,
                          int64_t *more)
{
    struct plan_cluster *c = s->cluster;
    uint32_t dom = plan_find_domain(c, m->uuid);
    uint32_t from = plan_find_host(c, m->from);
    uint32_t to = plan_find_host(c, m->to);
    int64_t mib = dom == PLAN_NONE ? 0 : plan_domain_mib(c, dom);
    bool arrives = to != PLAN_NONE && overlay_arrives(s, m->uuid, to);

    if (dom == PLAN_NONE)
        return;
    if (m->state == MOVE_DOUBT && to != PLAN_NONE && !arrives &&
        !plan_listed_on(c, dom, to))
        more[to] += mib;
    if (m->state == MOVE_STARTED && arrives)
        more[to] -= mib;
    if (m->state == MOVE_STARTED && from != PLAN_NONE)
        more[from] += mib;
}

static int overlay_reserve(const struct run *r, struct snapshot *s)
{
    uint32_t hosts = plan_hosts(s->cluster);
    int64_t *more = calloc((size_t)hosts + 1, sizeof *more);
    int rc = more ? 0 : -ENOMEM;

    for (uint32_t i = 0; i < r->move_n && !rc; i++)
        overlay_count(s, &r->move[i], more);
    for (uint32_t h = 0; h < hosts && !rc; h++)
        if (more[h])
            rc = plan_reserve(s->cluster, h, more[h]);
    free(more);
    return rc;
}

/* Hosts that did not answer are not in the snapshot: then the guest counts
 * where it is listed. */
static int overlay_move(const struct run *r, struct plan_cluster *c,
                        const struct run_move *m)
{
    const char *why = overlay_pins(r, m->uuid);
    uint32_t dom = plan_find_domain(c, m->uuid);
    uint32_t from = plan_find_host(c, m->from);
    uint32_t to = plan_find_host(c, m->to);
    int rc = 0;

    if (dom == PLAN_NONE || !why)
        return 0;
    if (m->state == MOVE_STARTED && from != PLAN_NONE && to != PLAN_NONE)
        rc = plan_place(c, dom, from, to);
    return rc ? rc : plan_pin(c, dom, why);
}

int overlay_apply(void *arg, struct snapshot *s)
{
    const struct run *r = arg;
    int rc = overlay_reserve(r, s);

    for (uint32_t i = 0; i < r->move_n && !rc; i++)
        rc = overlay_move(r, s->cluster, &r->move[i]);
    return rc;
}
