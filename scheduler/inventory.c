/* SPDX-License-Identifier: LGPL-2.1-only */
/* Answers what a list of hosts or guests shows. */
#include "scheduler/inventory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "scheduler/scheduler_impl.h"

enum { WHY = 320 };

struct plan_host_sum plan_host_sum(const struct plan_cluster *c, uint32_t host)
{
    const struct host *h = &c->host[host];
    uint32_t xen = h->offer.xen == NONE ? 0 : h->offer.xen;
    int64_t devices = 0, used = 0;

    for (uint32_t k = 0; k < c->nclass; k++) {
        devices += c->device_cap[devices_at(c, host, k)];
        used += c->device_used[devices_at(c, host, k)];
    }
    return (struct plan_host_sum){
        .guests = c->first[host + 1] - c->first[host],
        .cpus = h->cpus,
        .xen_major = xen / 1000,
        .xen_minor = xen % 1000,
        .capacity_mib = h->cap,
        .used_mib = c->used[host],
        .cpu_used = c->cpu[host],
        .devices = (unsigned)devices,
        .devices_used = (unsigned)used,
    };
}

struct plan_guest_facts plan_guest_facts(const struct plan_cluster *c,
                                         uint32_t dom)
{
    const struct dom *v = &c->dom[dom];

    return (struct plan_guest_facts){
        .type = v->type,
        .vcpus = (unsigned)v->vcpus,
        .mib = v->held,
        .cpu_used = v->cpu,
        .dirty_mib_s = v->dirty,
        .writable_mib = v->writable,
    };
}

const char *plan_guest_group(const struct plan_cluster *c, uint32_t dom,
                             enum plan_group_kind kind, uint32_t i)
{
    const struct dom *v = &c->dom[dom];
    struct span s = { 0, 0 };

    switch (kind) {
    case PLAN_GROUP_APART: s = v->apart; break;
    case PLAN_GROUP_APART_RACKS: s = v->apart_racks; break;
    case PLAN_GROUP_TOGETHER: s = v->together; break;
    }
    return i < s.n ? intern_get(&c->word, c->pool[s.at + i]) : NULL;
}

/* --- where a guest may go ------------------------------------------------- */

/* What a rule says on the first host that it refuses. Of a guest that cannot
 * leave its host it says the same everywhere. */
static int way_why(const struct state *s, uint32_t dom, enum plan_rule rule,
                   struct plan_way *w)
{
    struct plan_cluster *c = s->c;
    uint32_t at = c->dom[dom].host, h = 0;
    char why[WHY] = "there is no other host";
    bool fixed = dom_fixed(&c->dom[dom]);

    while (h < c->nhost && (h == at || !(rules_all(s, dom, h) >> rule & 1)))
        h++;
    if (h < c->nhost || fixed)
        rule_explain(c, s, dom, h < c->nhost ? h : at, rule, why, sizeof why);
    w->rule = rule;
    w->host = h < c->nhost && !fixed ? h : NONE;
    w->why = strdup(why);
    return w->why ? 0 : -ENOMEM;
}

static int way_of(const struct state *s, uint32_t dom, struct plan_way *w)
{
    uint32_t refused[PLAN_RULES + 1] = { 0 };
    enum plan_rule most = dom_fixed_rule(&s->c->dom[dom]);

    if (most != PLAN_RULES)
        return way_why(s, dom, most, w);
    for (uint32_t h = 0; h < s->c->nhost && w->hosts < PLAN_WAYS_MOST; h++) {
        uint32_t bad = h == s->c->dom[dom].host ? 0 : rules_all(s, dom, h);

        if (h != s->c->dom[dom].host)
            w->hosts += !bad;
        refused[rules_first(bad)]++;
    }
    if (w->hosts)
        return 0;
    most = PLAN_MEMORY;
    for (enum plan_rule r = 0; r < PLAN_RULES; r++)
        if (refused[r] > refused[most])
            most = r;
    return way_why(s, dom, most, w);
}

int plan_ways(struct plan_cluster *c, struct plan_way **way_r)
{
    struct plan_way *way = calloc((size_t)c->ndom + 1, sizeof *way);
    struct state s;
    int rc = way ? state_init(&s, c) : -ENOMEM;

    if (rc) {
        free(way);
        return rc;
    }
    for (uint32_t v = 0; v < c->ndom && !rc; v++)
        rc = way_of(&s, v, &way[v]);
    state_dispose(&s);
    if (rc)
        plan_ways_free(c, way);
    else
        *way_r = way;
    return rc;
}

void plan_ways_free(const struct plan_cluster *c, struct plan_way *way)
{
    for (uint32_t v = 0; way && v < c->ndom; v++)
        free(way[v].why);
    free(way);
}
