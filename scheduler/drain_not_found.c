/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Tells what was short when no plan was found and nothing was proven.
 */
#include "scheduler/drain_impl.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>

#include "tools/base/figure.h"

/* The rule by which a guest that is there is in the way, or has the device, on
 * most of the hosts with room. Where each member of the unit would be taken
 * alone, they meet each other. */
static enum plan_rule not_found_in_the_way(const struct drain *d,
                                           const struct unit *u)
{
    static const enum plan_rule rule[] = { PLAN_APART, PLAN_APART_RACKS,
                                           PLAN_NAME, PLAN_DEVICE };
    enum { RULES = sizeof rule / sizeof *rule };
    uint32_t count[RULES] = { 0 }, best = 0;

    for (uint32_t i = 0; i < d->ncand; i++) {
        uint32_t h = d->cand[i], bad = 0;

        if (d->s.free[h] < u->mem || d->s.vfree[h] < u->vcpus ||
            !drain_suits(d, u, h))
            continue;
        for (uint32_t k = 0; k < u->n; k++)
            bad |= rules_state(&d->s, d->unit_dom[u->first + k], h);
        for (uint32_t k = 0; k < RULES; k++)
            count[k] += bad >> rule[k] & 1;
    }
    for (uint32_t k = 1; k < RULES; k++)
        if (count[k] > count[best])
            best = k;
    return rule[best];
}

/* Finds what the hosts that suit a unit are short of: memory; or vCPUs, on
 * those with the memory; or neither, and then a guest that is there is in the
 * way. Where none suits it, those that would are reached by others only. */
static void not_found_short_of(struct drain *d, const struct unit *u)
{
    struct plan *p = d->p;
    int64_t mem = 0;
    int32_t cpu = 0;
    bool suits = false;

    for (uint32_t i = 0; i < d->ncand; i++) {
        uint32_t h = d->cand[i];

        if (!drain_suits(d, u, h))
            continue;
        suits = true;
        if (d->s.free[h] > mem)
            mem = d->s.free[h];
        if (d->s.free[h] >= u->mem && d->s.vfree[h] > cpu)
            cpu = d->s.vfree[h];
    }
    if (!suits) {
        p->rule = PLAN_PATH;
        p->need = 1;
    } else if (mem < u->mem) {
        p->rule = PLAN_MEMORY;
        p->need = (double)u->mem;
        p->have = (double)mem;
    } else if (cpu < u->vcpus) {
        p->rule = PLAN_VCPU;
        p->need = u->vcpus;
        p->have = cpu;
    } else {
        p->rule = not_found_in_the_way(d, u);
        p->need = 1;
    }
}

/* Tells what the largest guest without a place would need. */
int drain_not_found(struct drain *d)
{
    const struct unit *big = NULL;
    struct plan *p = d->p;
    char short_of[160], need[FIGURE], have[FIGURE];

    for (uint32_t i = 0; i < d->nunit; i++)
        if (d->unit[i].to == NONE && (!big || d->unit[i].mem > big->mem))
            big = &d->unit[i];
    if (!big)
        return 0;
    p->infeasible = true;
    not_found_short_of(d, big);
    figure_mib_pair(need, have, p->need, fmax(0, p->have));
    if (p->rule == PLAN_MEMORY)
        snprintf(short_of, sizeof short_of,
                 "it needs %s, the emptiest host that suits it would have %s",
                 need, have);
    else if (p->rule == PLAN_VCPU)
        snprintf(short_of, sizeof short_of,
                 "it needs %.0f vCPUs, of the hosts with the memory for it "
                 "the emptiest would have %.0f (overcommit %g)",
                 p->need, p->have, d->c->set.overcommit);
    else
        snprintf(short_of, sizeof short_of, "%s",
                 p->rule == PLAN_PATH
                     ? "the hosts that suit it can be reached only by way of "
                       "others"
                 : p->rule == PLAN_NAME
                     ? "each host with room for it runs another guest of its "
                       "name"
                 : p->rule == PLAN_DEVICE
                     ? "no host with room for it has its devices free"
                 : p->rule == PLAN_APART
                     ? "each host with room for it runs a guest that it must "
                       "be kept apart from"
                     : "the rack of each host with room for it has a guest "
                       "that it must share no rack with");
    p->text = plan_asprintf(
        "no plan was found, which is no proof that there is none: in the best "
        "attempt, %u guest%s no place, the largest of them is %s; %s",
        d->unplaced, d->unplaced == 1 ? " has" : "s have",
        plan_domain_name(d->c, d->unit_dom[big->first]), short_of);
    return p->text ? 0 : -ENOMEM;
}
