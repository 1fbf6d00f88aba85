/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Closes the hosts that hang on the switches of a drained rack alone.
 *
 * A bonded host that lost a cable may be on the map under another rack's name.
 * Who drains a rack means its switches, so that no guest is placed there. This
 * holds for racks that are called after their switches; what the administrator
 * calls two racks are two.
 */
#include "scheduler/drain_behind.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <uthash.h>

/* A rack of which hosts are drained. */
struct behind_rack {
    const char *name;
    bool open; /* others of its hosts are not */
    UT_hash_handle hh;
};

struct behind {
    struct plan_cluster *c;
    const uint32_t *drained;
    uint32_t n;
    struct behind_rack *racks;
    bool *is_drained; /* host -> */
    bool *sw;         /* node -> a switch of a rack that is drained */
    bool *elsewhere;  /* node -> hangs on another switch as well */
    bool *hangs;      /* node -> hangs on one of these */
};

static struct behind_rack *behind_find(const struct behind *b, uint32_t host)
{
    const char *name = plan_host_rack(b->c, host);
    struct behind_rack *r = NULL;

    if (name)
        HASH_FIND(hh, b->racks, name, strlen(name), r);
    return r;
}

static int behind_find_racks(struct behind *b)
{
    for (uint32_t i = 0; i < b->n; i++) {
        const char *name = plan_host_rack(b->c, b->drained[i]);
        struct behind_rack *r;

        b->is_drained[b->drained[i]] = true;
        if (!name || behind_find(b, b->drained[i]))
            continue;
        r = calloc(1, sizeof *r);
        if (!r)
            return -ENOMEM;
        r->name = name;
        HASH_ADD_KEYPTR(hh, b->racks, r->name, strlen(r->name), r);
    }
    for (uint32_t h = 0; h < b->c->nhost; h++) {
        struct behind_rack *r = b->is_drained[h] ? NULL : behind_find(b, h);

        if (r)
            r->open = true;
    }
    return 0;
}

/* Calls fn for each leg of a host of the map: the host, and the switch. */
static void behind_each_leg(struct behind *b,
                            void (*fn)(struct behind *b, uint32_t host,
                                       uint32_t sw))
{
    const struct topo *t = b->c->map;

    for (uint32_t i = 0; i < topo_links(t); i++) {
        const struct topo_link *l = topo_link(t, i);
        bool a = topo_node(t, l->a)->kind == TOPO_HOST;

        if (a != (topo_node(t, l->b)->kind == TOPO_HOST))
            fn(b, a ? l->a : l->b, a ? l->b : l->a);
    }
}

/* hangs[] is that of the drained hosts here. */
static void behind_mark_switch(struct behind *b, uint32_t host, uint32_t sw)
{
    b->sw[sw] |= b->hangs[host];
}

static void behind_mark_host(struct behind *b, uint32_t host, uint32_t sw)
{
    if (b->sw[sw])
        b->hangs[host] = true;
    else
        b->elsewhere[host] = true;
}

static void behind_find_switches(struct behind *b)
{
    for (uint32_t i = 0; i < b->n; i++) {
        const struct behind_rack *r = behind_find(b, b->drained[i]);

        if (r && !r->open)
            b->hangs[b->c->host[b->drained[i]].node] = true;
    }
    behind_each_leg(b, behind_mark_switch);
    behind_each_leg(b, behind_mark_host);
}

/* Whether the host's rack is called after one of these switches. */
static bool behind_is_called_so(const struct behind *b, uint32_t host)
{
    const char *name = plan_host_rack(b->c, host);
    int sw = name ? topo_find(b->c->map, name) : -1;

    return sw >= 0 && b->sw[sw];
}

static void behind_close(struct behind *b)
{
    for (uint32_t h = 0; h < b->c->nhost; h++) {
        struct host *x = &b->c->host[h];

        if (!b->is_drained[h] && x->node != NONE && x->state == PLAN_UP &&
            b->hangs[x->node] && !b->elsewhere[x->node] &&
            behind_is_called_so(b, h)) {
            x->state = PLAN_MAINTENANCE;
            x->behind = true;
        }
    }
}

static void behind_dispose(struct behind *b)
{
    struct behind_rack *r, *tmp;

    HASH_ITER(hh, b->racks, r, tmp) {
        HASH_DEL(b->racks, r);
        free(r);
    }
    free(b->is_drained);
    free(b->sw);
    free(b->elsewhere);
    free(b->hangs);
}

/* Most drains are of single hosts, whose racks are not drained. */
static bool behind_has_whole_rack(const struct behind *b)
{
    for (const struct behind_rack *r = b->racks; r; r = r->hh.next)
        if (!r->open)
            return true;
    return false;
}

int drain_behind_close(struct plan_cluster *c, const uint32_t *hosts,
                       uint32_t n)
{
    struct behind b = { .c = c, .drained = hosts, .n = n };
    size_t nodes = c->map ? topo_nodes(c->map) + 1 : 0;
    int rc;

    if (!c->map)
        return 0;
    b.is_drained = calloc(c->nhost + 1, sizeof *b.is_drained);
    rc = b.is_drained ? behind_find_racks(&b) : -ENOMEM;
    if (rc || !behind_has_whole_rack(&b))
        goto out;
    b.sw = calloc(nodes, sizeof *b.sw);
    b.elsewhere = calloc(nodes, sizeof *b.elsewhere);
    b.hangs = calloc(nodes, sizeof *b.hangs);
    if (!b.sw || !b.elsewhere || !b.hangs) {
        rc = -ENOMEM;
        goto out;
    }
    behind_find_switches(&b);
    behind_close(&b);
out:
    behind_dispose(&b);
    return rc;
}

void drain_behind_open(struct plan_cluster *c)
{
    for (uint32_t h = 0; h < c->nhost; h++)
        if (c->host[h].behind) {
            c->host[h].behind = false;
            c->host[h].state = PLAN_UP;
        }
}
