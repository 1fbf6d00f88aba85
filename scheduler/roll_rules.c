/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Asks the rules for a roll, in which hosts change: those of the wave take no
 * guests, those that are done may have a newer Xen.
 *
 * Where guests return, a guest goes to no host with a newer Xen than the one
 * that it returns to will have. A host that is done may lack CPU features.
 */
#include "scheduler/roll_impl.h"

/* The host that a guest is on when the wave begins. */
static uint32_t roll_source(const struct roll *r, uint32_t dom)
{
    uint32_t i = r->item_of[dom];

    return i == NONE ? r->s.at[dom] : r->item[i].from;
}

/* The Xen of a host when the wave's guests return. */
static uint32_t roll_xen_after(const struct roll *r, uint32_t host)
{
    const struct roll_host *h = &r->host[host];

    return h->phase == ROLL_DOWN && r->to_xen != NONE ? r->to_xen : h->xen;
}

static bool xen_is_older(uint32_t a, uint32_t b)
{
    return a != NONE && b != NONE && a < b;
}

static bool roll_xen_forbids(const struct roll *r, uint32_t dom, uint32_t host)
{
    uint32_t xen = r->host[host].xen;

    return xen_is_older(xen, r->host[roll_source(r, dom)].xen) ||
           (r->opt->home &&
            xen_is_older(roll_xen_after(r, r->c->dom[dom].host), xen));
}

bool roll_misses(const struct roll *r, uint32_t dom)
{
    return r->misses && r->misses[dom];
}

/* There, and where guests return, back. */
static bool roll_path_forbids(struct roll *r, uint32_t dom, uint32_t host)
{
    uint32_t from = roll_source(r, dom);

    return from != host &&
           (plan_rate(r->c, from, host) <= 0 ||
            (r->opt->home && plan_rate(r->c, host, from) <= 0));
}

/* A wave's moves may overlap, so no guest comes to a rack that a guest of its
 * group is leaving. */
static bool roll_rack_forbids(const struct roll *r, uint32_t dom,
                              uint32_t host)
{
    const struct plan_cluster *c = r->c;
    const struct dom *v = &c->dom[dom];
    uint32_t rack = c->host[host].rack;

    for (uint32_t i = 0; i < v->apart_racks.n; i++) {
        const struct group *g = &c->rack_group[c->pool[v->apart_racks.at + i]];

        for (uint32_t k = 0; k < g->n; k++) {
            uint32_t m = c->rack_member[g->at + k];
            uint32_t at = roll_source(r, m);

            if (m != dom &&
                (at == host || (rack != NONE && c->host[at].rack == rack)))
                return true;
        }
    }
    return false;
}

uint32_t roll_refuses_ever(struct roll *r, uint32_t dom, uint32_t host)
{
    const struct dom *v = &r->c->dom[dom];
    uint32_t bits = rules_sig(r->c, v->sig, r->c->host[host].sig) &
                    ~(1u << PLAN_XEN_VERSION);

    if (dom_fixed(v))
        bits |= 1u << dom_fixed_rule(v);
    if (!roll_takes(r, host))
        bits |=
            1u << (r->host[host].phase == ROLL_DOWN ? PLAN_DRAIN : PLAN_STATE);
    if (r->host[host].phase == ROLL_DONE && roll_misses(r, dom))
        bits |= 1u << PLAN_CPU;
    if (roll_xen_forbids(r, dom, host))
        bits |= 1u << PLAN_XEN_VERSION;
    if (roll_path_forbids(r, dom, host))
        bits |= 1u << PLAN_PATH;
    if (v->apart_racks.n && roll_rack_forbids(r, dom, host))
        bits |= 1u << PLAN_APART_RACKS;
    return bits;
}

uint32_t roll_refuses(struct roll *r, uint32_t dom, uint32_t host)
{
    return roll_refuses_ever(r, dom, host) | rules_state(&r->s, dom, host);
}

bool roll_suits(struct roll *r, const struct roll_item *it, uint32_t host)
{
    uint32_t m = it->first;

    do {
        if (roll_refuses_ever(r, m, host) || !rules_group_ok(&r->s, m, host))
            return false;
        m = r->c->dom[m].mate;
    } while (m != it->first && !it->alone);
    return true;
}

/* Whether the host would be within the soft limits. */
static bool roll_within_limits(const struct roll *r,
                               const struct roll_item *it, uint32_t host)
{
    const struct roll_host *h = &r->host[host];

    return r->s.free[host] - it->mem >= h->limit_free &&
           r->s.cpu[host] + it->cpu <= h->limit_cpu;
}

/* Whether a later wave, which has to move the guest again, could have no host
 * any more that has so much. */
static bool roll_overloads(const struct roll *r, const struct roll_item *it,
                           uint32_t host)
{
    int64_t used = r->c->host[host].cap - r->s.free[host];

    return !roll_is_settled(r, host) &&
           (double)(used + it->mem) > r->opt->max_away_gib * 1024;
}

bool roll_fits(struct roll *r, const struct roll_item *it, uint32_t host)
{
    return r->s.free[host] >= it->mem && r->s.vfree[host] >= it->vcpus &&
           (!r->keeps_limits || roll_within_limits(r, it, host)) &&
           (!it->resident || !r->host[host].gives) &&
           !roll_overloads(r, it, host) && roll_suits(r, it, host);
}
