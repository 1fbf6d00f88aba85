/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Proves that no plan can empty the hosts, where a simple count shows it.
 *
 * The reason is told in words and numbers that a reader can check from the
 * snapshot. Each test is a condition that every plan has to meet, also one
 * that moves other guests out of the way:
 *
 *   - each drained guest may leave its host;
 *   - some host suits it, and could hold it if it were empty;
 *   - the drained guests together fit into the memory and vCPUs that are free;
 *   - (drain_sets.c) so do guests that only certain hosts suit, with the
 *     guests that are on those hosts already;
 *   - (drain_groups.c) no more guests of an apart group have to leave than
 *     there are hosts for them without one of the group.
 */
#include "scheduler/drain_impl.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "tools/base/figure.h"

int drain_proven(struct drain *d, enum plan_rule rule, double need,
                 double have, char *text)
{
    d->p->infeasible = d->p->proven = true;
    d->p->rule = rule;
    d->p->need = need;
    d->p->have = have;
    free(d->p->text);
    d->p->text = text;
    return text ? 0 : -ENOMEM;
}

/* --- one guest ----------------------------------------------------------- */

static int infeasible_fixed(struct drain *d)
{
    const struct unit *u = NULL;
    enum plan_rule rule = PLAN_STATE;
    uint32_t n = 0, dom = NONE;
    char why[256];

    for (uint32_t i = 0; i < d->nunit; i++)
        for (uint32_t k = 0; k < d->unit[i].n && d->unit[i].fixed; k++) {
            uint32_t v = d->unit_dom[d->unit[i].first + k];

            u = &d->unit[i];
            if (!dom_fixed(&d->c->dom[v]) &&
                d->c->host[u->from].state != PLAN_OFFLINE)
                continue;
            dom = dom == NONE ? v : dom;
            n++;
        }
    if (dom == NONE)
        return 0;
    if (dom_fixed(&d->c->dom[dom]))
        rule = dom_fixed_rule(&d->c->dom[dom]);
    rule_explain(d->c, &d->s, dom, d->c->dom[dom].host, rule, why, sizeof why);
    return drain_proven(
        d, rule, n, 0,
        plan_asprintf("%u guest%s cannot leave; %s on %s: %s", n,
                      n == 1 ? "" : "s", plan_domain_name(d->c, dom),
                      plan_host_name(d->c, d->c->dom[dom].host), why));
}

/* What a host would have for others once all guests that can leave have left.
 * One that holds more than its limit may go on to. */
int64_t drain_room_were_it_empty(const struct plan_cluster *c, uint32_t h)
{
    int64_t room = c->host[h].cap > c->used[h] ? c->host[h].cap : c->used[h];

    for (uint32_t i = c->first[h]; i < c->first[h + 1]; i++)
        if (dom_fixed(&c->dom[c->on_host[i]]))
            room -= c->dom[c->on_host[i]].held;
    return room;
}

/* No host is left that could take it: all are to be emptied, or those that are
 * not are not up. */
static int infeasible_no_target(struct drain *d, uint32_t dom)
{
    const char *name = plan_domain_name(d->c, dom);
    uint32_t rest = 0, host = NONE;
    char why[256];

    for (uint32_t h = 0; h < d->c->nhost; h++)
        if (!d->drained[h] && !rest++)
            host = h;
    if (d->c->nhost == 1)
        return drain_proven(d, PLAN_DRAIN, 1, 0,
                            plan_asprintf("%s is the only host, and is to be "
                                          "emptied: %s has nowhere to go",
                                          plan_host_name(d->c, 0), name));
    if (!rest)
        return drain_proven(d, PLAN_DRAIN, 1, 0,
                            plan_asprintf("all %u hosts are to be emptied: "
                                          "none is left that %s could go to",
                                          d->c->nhost, name));
    rule_explain(d->c, &d->s, dom, host, PLAN_STATE, why, sizeof why);
    return drain_proven(
        d, PLAN_STATE, 1, 0,
        plan_asprintf("no host is up that %s could go to: of the %u that are "
                      "not to be emptied, %s for one: %s",
                      name, rest, plan_host_name(d->c, host), why));
}

/* No host suits it. all: rules that every host breaks; any: that some do. */
static int infeasible_no_host(struct drain *d, uint32_t dom, uint32_t all,
                              uint32_t any)
{
    enum plan_rule rule = rules_first(all ? all : any);
    uint32_t host = NONE;
    char why[320];

    if (rule == PLAN_RULES || !d->ncand)
        return infeasible_no_target(d, dom);
    for (uint32_t i = 0; i < d->ncand && host == NONE; i++)
        if (drain_forbids(d->c, dom, d->cand[i]) & 1u << rule)
            host = d->cand[i];
    rule_explain(d->c, &d->s, dom, host, rule, why, sizeof why);
    return drain_proven(
        d, rule, 1, 0,
        plan_asprintf("%s can go to none of the %u hosts that remain; "
                      "%s for one: %s",
                      plan_domain_name(d->c, dom), d->ncand,
                      plan_host_name(d->c, host), why));
}

/* Is there a host that suits the guest, and could hold it once all guests that
 * can leave have left? */
static int infeasible_guest(struct drain *d, uint32_t dom)
{
    char need[FIGURE], have[FIGURE];
    const struct dom *v = &d->c->dom[dom];
    uint32_t all = UINT32_MAX, any = 0;
    int64_t most = -1;

    for (uint32_t i = 0; i < d->ncand; i++) {
        uint32_t h = d->cand[i], bad;

        /* the common case first: it fits as things are */
        if (d->free_at_start[h] >= v->mem && !rules_static(d->c, dom, h))
            return 0;
        bad = drain_forbids(d->c, dom, h);
        all &= bad;
        any |= bad;
        if (!bad && drain_room_were_it_empty(d->c, h) > most)
            most = drain_room_were_it_empty(d->c, h);
        if (!bad && most >= v->mem)
            return 0;
    }
    if (most < 0)
        return infeasible_no_host(d, dom, d->ncand ? all : 0, any);
    figure_mib_pair(need, have, (double)v->mem, (double)most);
    return drain_proven(
        d, PLAN_MEMORY, (double)v->mem, (double)most,
        plan_asprintf("%s has %s; the largest host that suits it would have "
                      "%s, were it empty",
                      plan_domain_name(d->c, dom), need, have));
}

/* A guest like the one before it, and no larger, has the same answer. */
static int infeasible_guests(struct drain *d)
{
    const struct dom *last = NULL;
    uint32_t from = NONE;

    for (uint32_t i = 0; i < d->nunit; i++)
        for (uint32_t k = 0; k < d->unit[i].n && !d->unit[i].fixed; k++) {
            uint32_t dom = d->unit_dom[d->unit[i].first + k];
            const struct dom *v = &d->c->dom[dom];
            int rc;

            if (last && from == v->host && last->sig == v->sig &&
                last->mem >= v->mem)
                continue;
            rc = infeasible_guest(d, dom);
            if (rc || d->p->infeasible)
                return rc;
            last = v;
            from = v->host;
        }
    return 0;
}

/* --- all guests ---------------------------------------------------------- */

static int infeasible_totals(struct drain *d)
{
    double need = 0, have = 0, vneed = 0, vhave = 0;
    char needs[FIGURE], has[FIGURE];

    for (uint32_t i = 0; i < d->nunit; i++) {
        need += (double)d->unit[i].mem;
        vneed += d->unit[i].vcpus;
    }
    for (uint32_t i = 0; i < d->ncand; i++) {
        const uint32_t h = d->cand[i];

        have += fmax(0, (double)(d->c->host[h].cap - d->c->used[h]));
        vhave += (double)drain_vfree_at_start(d, d->cand[i]);
    }
    figure_mib_pair(needs, has, need, have);
    if (need > have)
        return drain_proven(
            d, PLAN_MEMORY, need, have,
            plan_asprintf("the %u guest%s that have to go have %s, the %u "
                          "host%s that remain have %s free",
                          d->nunit_dom, figure_plural(d->nunit_dom), needs,
                          d->ncand, figure_plural(d->ncand), has));
    if (vneed > vhave)
        return drain_proven(
            d, PLAN_VCPU, vneed, vhave,
            plan_asprintf("the %u guests that have to go have %.0f "
                          "vCPUs, the %u hosts that remain have %.0f "
                          "free (overcommit %g)",
                          d->nunit_dom, vneed, d->ncand, vhave,
                          d->c->set.overcommit));
    return 0;
}

/* Guests that are displaced take their devices with them: what is free of a
 * class on the hosts that remain is all there is. */
static int infeasible_devices(struct drain *d)
{
    struct plan_cluster *c = d->c;

    for (uint32_t cls = 0; cls < c->nclass; cls++) {
        uint32_t need = 0;
        int64_t have = 0;

        for (uint32_t i = 0; i < d->nunit; i++)
            for (uint32_t k = 0; k < d->unit[i].n; k++)
                need += devices_of_class(
                    c, &c->dom[d->unit_dom[d->unit[i].first + k]], cls);
        for (uint32_t i = 0; i < d->ncand && need; i++) {
            size_t at = devices_at(c, d->cand[i], cls);
            int32_t left = c->device_cap[at] - c->device_used[at];

            have += left > 0 ? left : 0;
        }
        if (need > have)
            return drain_proven(
                d, PLAN_DEVICE, need, (double)have,
                plan_asprintf("the guests that have to go have %u device%s "
                              "of the class %s, the %u hosts that remain "
                              "have %lld free",
                              need, need == 1 ? "" : "s",
                              (const char *)intern_get(&c->device_class, cls),
                              d->ncand, (long long)have));
    }
    return 0;
}

int drain_infeasible(struct drain *d)
{
    int rc = infeasible_fixed(d);

    if (!rc && !d->p->infeasible)
        rc = infeasible_guests(d);
    if (!rc && !d->p->infeasible)
        rc = infeasible_totals(d);
    if (!rc && !d->p->infeasible)
        rc = infeasible_devices(d);
    return rc;
}
