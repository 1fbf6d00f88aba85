/* SPDX-License-Identifier: LGPL-2.1-only */
/* Makes the rows of a list of hosts or of guests from a snapshot. */
#include "tools/cluster/inventory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char *host_state(enum plan_host_state state)
{
    switch (state) {
    case PLAN_UP: return "up";
    case PLAN_MAINTENANCE: return "maintenance";
    case PLAN_OFFLINE: return "offline";
    case PLAN_UNSOUND: return "unsound";
    }
    return "?";
}

/* --- hosts --------------------------------------------------------------- */

static struct inventory_host host_row(const struct snapshot *s, uint32_t host)
{
    const struct plan_cluster *c = s->cluster;
    struct inventory_host h = {
        .name = plan_host_name(c, host),
        .rack = plan_host_rack(c, host),
        .state = host_state(plan_host_state(c, host)),
        .sum = plan_host_sum(c, host),
    };

    for (size_t i = 0; i < s->reserved_n; i++) {
        const struct snapshot_reserved *r = &s->reserved[i];

        if (r->host != host || r->dead)
            continue;
        h.run = h.run ? h.run : r->run;
        h.reservations++;
        h.reserved_mib += r->mib;
    }
    return h;
}

/* Those of the configuration that have not answered. */
static void add_unreachable(struct inventory *l, const struct config *conf)
{
    for (size_t i = 0; i < conf->hosts.n; i++) {
        const char *name = conf->hosts.row[i].name;

        if (plan_find_host(l->snap->cluster, name) == PLAN_NONE)
            l->host[l->host_n++] = (struct inventory_host){
                .name = name,
                .state = "unreachable",
                .sum = { .capacity_mib = -1 },
            };
    }
}

int inventory_hosts(struct inventory *l, const struct snapshot *s,
                    const uint32_t *only, size_t only_n,
                    const struct config *conf)
{
    size_t n = only ? only_n : plan_hosts(s->cluster);
    size_t more = conf ? conf->hosts.n : 0;

    *l = (struct inventory){ .snap = s };
    l->host = calloc(n + more + 1, sizeof *l->host);
    if (!l->host)
        return -ENOMEM;
    for (size_t i = 0; i < n; i++)
        l->host[l->host_n++] = host_row(s, only ? only[i] : (uint32_t)i);
    if (conf)
        add_unreachable(l, conf);
    return 0;
}

void inventory_moved(struct inventory *l, const char *host, double ended_s)
{
    for (size_t i = 0; i < l->host_n; i++)
        if (!strcmp(l->host[i].name, host) && l->host[i].last_move_s < ended_s)
            l->host[i].last_move_s = ended_s;
}

/* --- guests -------------------------------------------------------------- */

static struct inventory_guest guest_row(const struct inventory *l,
                                        uint32_t dom)
{
    const struct plan_cluster *c = l->snap->cluster;

    return (struct inventory_guest){
        .dom = dom,
        .name = plan_domain_name(c, dom),
        .uuid = plan_domain_uuid(c, dom),
        .host = plan_host_name(c, plan_domain_host(c, dom)),
        .home = plan_domain_home(c, dom),
        .facts = plan_guest_facts(c, dom),
        .way = &l->way[dom],
    };
}

/* Whether that host is among those to be listed, by number. */
static bool *wanted_hosts(const struct plan_cluster *c, const uint32_t *only,
                          size_t only_n)
{
    bool *wanted = calloc((size_t)plan_hosts(c) + 1, sizeof *wanted);

    for (size_t i = 0; wanted && i < only_n; i++)
        wanted[only[i]] = true;
    for (uint32_t i = 0; wanted && !only && i < plan_hosts(c); i++)
        wanted[i] = true;
    return wanted;
}

int inventory_guests(struct inventory *l, const struct snapshot *s,
                     const uint32_t *only, size_t only_n)
{
    uint32_t n = plan_domains(s->cluster);
    bool *wanted = wanted_hosts(s->cluster, only, only_n);
    int rc = -ENOMEM;

    *l = (struct inventory){ .snap = s };
    l->guest = calloc((size_t)n + 1, sizeof *l->guest);
    if (wanted && l->guest)
        rc = plan_ways(s->cluster, &l->way);
    for (uint32_t v = 0; v < n && !rc; v++) {
        uint32_t at = plan_domain_host(s->cluster, v);

        if (at != PLAN_NONE && wanted[at])
            l->guest[l->guest_n++] = guest_row(l, v);
    }
    free(wanted);
    return rc;
}

void inventory_dispose(struct inventory *l)
{
    if (l->way)
        plan_ways_free(l->snap->cluster, l->way);
    free(l->host);
    free(l->guest);
    *l = (struct inventory){ .host = NULL };
}
