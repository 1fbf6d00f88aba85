/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Turns what was added to a cluster into the tables that planners use.
 *
 * Names of hosts and peers become numbers, guests are listed by host, hosts
 * and guests get their signatures, and every problem is reported.
 */
#include "scheduler/scheduler_impl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct problems {
    void (*problem)(void *arg, const char *text);
    void *arg;
    int n; /* reported so far; or -ENOMEM */
};

/* Reports a problem and frees its text. */
static void problem_report(struct problems *t, char *text)
{
    if (!text || t->n < 0) {
        t->n = -ENOMEM;
        free(text);
        return;
    }
    t->n++;
    if (t->problem)
        t->problem(t->arg, text);
    free(text);
}

static void index_resolve_names(struct plan_cluster *c, struct problems *t)
{
    for (uint32_t i = 0; i < c->ndom; i++) {
        struct dom *v = &c->dom[i];
        const char *host = intern_get(&c->wanted, v->host_name);

        v->host = intern_find(&c->host_name, host);
        if (v->host == NONE)
            problem_report(t, plan_asprintf("domain %s: there is no host %s",
                                            plan_domain_name(c, i), host));
    }
    for (uint32_t i = 0; i < c->ntraffic; i++) {
        /* a peer outside the cluster is NONE: it has no distance */
        const char *with = intern_get(&c->wanted, c->traffic[i].uuid);

        c->traffic[i].uuid = intern_find(&c->uuid, with);
    }
}

/* Lists the guests of each host, and adds up what they use. */
static int index_guests_of_hosts(struct plan_cluster *c)
{
    uint32_t *fill;

    c->first = calloc(c->nhost + 1, sizeof *c->first);
    c->on_host = calloc(c->ndom + 1, sizeof *c->on_host);
    c->used = calloc(c->nhost + 1, sizeof *c->used);
    c->vused = calloc(c->nhost + 1, sizeof *c->vused);
    c->cpu = calloc(c->nhost + 1, sizeof *c->cpu);
    fill = calloc(c->nhost + 1, sizeof *fill);
    if (!c->first || !c->on_host || !c->used || !c->vused || !c->cpu ||
        !fill) {
        free(fill);
        return -ENOMEM;
    }
    for (uint32_t i = 0; i < c->ndom; i++) {
        const struct dom *v = &c->dom[i];

        if (v->host == NONE)
            continue;
        c->first[v->host + 1]++;
        c->used[v->host] += v->held;
        c->vused[v->host] += v->vcpus;
        c->cpu[v->host] += v->cpu > 0 ? v->cpu : 0;
    }
    for (uint32_t h = 0; h < c->nhost; h++) {
        c->first[h + 1] += c->first[h];
        fill[h] = c->first[h];
    }
    for (uint32_t i = 0; i < c->ndom; i++)
        if (c->dom[i].host != NONE)
            c->on_host[fill[c->dom[i].host]++] = i;
    free(fill);
    return 0;
}

static void index_vcpus(struct plan_cluster *c)
{
    for (uint32_t i = 0; i < c->nhost; i++)
        c->host[i].vcap =
            (int32_t)(c->set.overcommit * c->host[i].cpus + 1e-9);
}

static int host_most_free_first(const void *pa, const void *pb, void *arg)
{
    const struct plan_cluster *c = arg;
    uint32_t a = *(const uint32_t *)pa, b = *(const uint32_t *)pb;
    int64_t fa = c->host[a].cap - c->used[a];
    int64_t fb = c->host[b].cap - c->used[b];

    if (fa != fb)
        return fa > fb ? -1 : 1;
    return a < b ? -1 : a > b;
}

static int host_most_room_first(const void *pa, const void *pb, void *arg)
{
    const struct plan_cluster *c = arg;
    uint32_t a = *(const uint32_t *)pa, b = *(const uint32_t *)pb;
    int64_t ra = limits_mib(c, a) - c->used[a];
    int64_t rb = limits_mib(c, b) - c->used[b];

    if (ra != rb)
        return ra > rb ? -1 : 1;
    return a < b ? -1 : a > b;
}

static int index_by_free(struct plan_cluster *c)
{
    c->by_free = calloc(c->nhost + 1, sizeof *c->by_free);
    c->by_room = calloc(c->nhost + 1, sizeof *c->by_room);
    if (!c->by_free || !c->by_room)
        return -ENOMEM;
    for (uint32_t i = 0; i < c->nhost; i++)
        c->by_free[i] = c->by_room[i] = i;
    qsort_r(c->by_free, c->nhost, sizeof *c->by_free, host_most_free_first, c);
    qsort_r(c->by_room, c->nhost, sizeof *c->by_room, host_most_room_first, c);
    return 0;
}

static int index_signatures(struct plan_cluster *c)
{
    for (uint32_t i = 0; i < c->nhost; i++) {
        c->host[i].sig =
            intern_key(&c->hsig, &c->host[i].offer, sizeof(struct host_sig));
        if (c->host[i].sig == NONE)
            return -ENOMEM;
    }
    for (uint32_t i = 0; i < c->ndom; i++) {
        struct dom *v = &c->dom[i];
        const struct host *h = v->host == NONE ? NULL : &c->host[v->host];
        struct dom_sig s = { .policy = v->policy,
                             .pv = v->type == PLAN_PV,
                             .vendor = h ? h->offer.vendor : NONE,
                             .xen = h ? h->offer.xen : NONE,
                             .networks = v->networks,
                             .storage = v->storage,
                             .cpupool = v->cpupool,
                             .only = v->only };

        if (s.policy == NONE && h)
            s.policy = s.pv ? h->dfl_pv : h->dfl_hvm;
        v->sig = intern_key(&c->dsig, &s, sizeof s);
        if (v->sig == NONE)
            return -ENOMEM;
    }
    return rules_index(c);
}

/* The groups of a guest in which it is apart from others, on hosts or racks. */
static const struct span *groups_of(const struct dom *v, bool racks)
{
    return racks ? &v->apart_racks : &v->apart;
}

/* Lists the members of each apart group. */
static int index_groups(struct plan_cluster *c, bool racks,
                        struct group **group_r, uint32_t **member_r)
{
    struct group *g = calloc(c->word.n + 1, sizeof *g);
    uint32_t *fill = calloc(c->word.n + 1, sizeof *fill), total = 0;
    int rc = g && fill ? 0 : -ENOMEM;

    *group_r = g;
    for (uint32_t i = 0; i < c->ndom && !rc; i++)
        for (uint32_t k = 0; k < groups_of(&c->dom[i], racks)->n; k++, total++)
            g[c->pool[groups_of(&c->dom[i], racks)->at + k]].n++;
    *member_r = rc ? NULL : calloc(total + 1, sizeof **member_r);
    if (!*member_r) {
        free(fill);
        return -ENOMEM;
    }
    total = 0;
    for (uint32_t i = 0; i < c->word.n; i++) {
        g[i].at = fill[i] = total;
        total += g[i].n;
    }
    for (uint32_t i = 0; i < c->ndom; i++) {
        const struct span *s = groups_of(&c->dom[i], racks);

        for (uint32_t k = 0; k < s->n; k++)
            (*member_r)[fill[c->pool[s->at + k]]++] = i;
    }
    free(fill);
    return 0;
}

/* Notes which guests share their name with another, and which are bound to
 * others of their host: a `together` group that is on one host stays so. */
static int index_ties(struct plan_cluster *c)
{
    uint32_t n = c->name.n > c->word.n ? c->name.n : c->word.n;
    uint32_t *count = calloc(n + 1, sizeof *count);
    uint32_t *where = calloc(n + 1, sizeof *where);

    if (!count || !where) {
        free(count);
        free(where);
        return -ENOMEM;
    }
    for (uint32_t i = 0; i < c->ndom; i++)
        count[c->dom[i].name]++;
    for (uint32_t i = 0; i < c->ndom; i++)
        c->dom[i].name_clash = count[c->dom[i].name] > 1;
    memset(count, 0, (n + 1) * sizeof *count);
    for (uint32_t i = 0; i < c->ndom; i++)
        for (uint32_t k = 0; k < c->dom[i].together.n; k++) {
            uint32_t g = c->pool[c->dom[i].together.at + k];

            if (!count[g]++)
                where[g] = c->dom[i].host;
            else if (where[g] != c->dom[i].host)
                where[g] = NONE;
        }
    for (uint32_t i = 0; i < c->ndom; i++)
        for (uint32_t k = 0; k < c->dom[i].together.n; k++) {
            uint32_t g = c->pool[c->dom[i].together.at + k];

            if (count[g] > 1 && where[g] != NONE && !c->dom[i].odd)
                c->dom[i].bound = true;
        }
    free(count);
    free(where);
    return 0;
}

int plan_cluster_index(struct plan_cluster *c, const struct plan_settings *s,
                       void (*problem)(void *arg, const char *text), void *arg)
{
    struct problems t = { problem, arg, 0 };
    int rc;

    if (c->indexed)
        return -EINVAL;
    c->indexed = true;
    if (s)
        c->set = *s;
    for (uint32_t i = 0; i < c->nproblem; i++) {
        problem_report(&t, c->problem[i]);
        c->problem[i] = NULL;
    }
    rc = odd_add_twice(c);
    if (rc)
        return rc;
    index_resolve_names(c, &t);
    index_vcpus(c);
    rc = index_guests_of_hosts(c);
    if (!rc)
        rc = odd_check(c);
    if (!rc)
        rc = devices_index(c);
    if (!rc)
        rc = index_by_free(c);
    if (!rc)
        rc = index_racks(c);
    if (!rc)
        rc = index_only(c);
    if (!rc)
        rc = index_signatures(c);
    if (!rc)
        rc = future_index(c);
    if (!rc)
        rc = index_groups(c, false, &c->group, &c->member);
    if (!rc)
        rc = index_groups(c, true, &c->rack_group, &c->rack_member);
    if (!rc)
        rc = index_ties(c);
    if (!rc)
        rc = index_units(c);
    if (!rc)
        rc = route_index(c);
    return rc ? rc : t.n;
}
