/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Finds places for the guests of a wave, without moving others.
 *
 * Where guests do not return, hosts that no later wave empties come first:
 * there they can stay.
 */
#include "scheduler/roll_impl.h"

/* Hosts that are looked at for one within the soft limits, where guests return;
 * else all would be, where the cluster is above them as a whole. Where they do
 * not return, it saves moves to look at all. */
enum { LIMITS_LOOKS = 256 };

struct roll_item roll_item(const struct roll *r, uint32_t dom)
{
    const struct plan_cluster *c = r->c;
    struct roll_item it = { .first = dom,
                            .from = r->s.at[dom],
                            .to = NONE,
                            .alone = c->dom[dom].mate == dom };
    uint32_t m = dom;

    do {
        const struct dom *v = &c->dom[m];

        it.mem += v->mem;
        it.vcpus += v->vcpus;
        it.cpu += v->cpu > 0 ? v->cpu : 0;
        m = v->mate;
    } while (m != dom);
    return it;
}

/* The least gap in the rack of the guest's host. */
static uint32_t find_in_rack(struct roll *r, const struct roll_item *it,
                             bool settled)
{
    enum { RACK_LARGE = 64 };
    uint32_t best = NONE, at = r->rack_at[it->from];
    uint32_t end = r->rack_end[it->from];

    if (end - at > RACK_LARGE)
        return NONE;
    for (; at < end; at++) {
        uint32_t h = r->rack_host[at];

        if (r->host[h].bucket != NONE && roll_is_settled(r, h) == settled &&
            (best == NONE || r->s.free[h] < r->s.free[best]) &&
            roll_fits(r, it, h))
            best = h;
    }
    return best;
}

static uint32_t find_gap(struct roll *r, const struct roll_item *it,
                         bool settled, uint32_t except)
{
    uint32_t looks = r->keeps_limits && r->opt->home ? LIMITS_LOOKS : NONE;
    int64_t mib = it->mem + (r->keeps_limits ? r->limits_mib : 0);
    uint32_t h = gaps_next(r, settled, mib, NONE);

    while (h != NONE && (h == except || !roll_fits(r, it, h)))
        h = --looks ? gaps_next(r, settled, mib, h) : NONE;
    return h;
}

uint32_t roll_find_gap(struct roll *r, const struct roll_item *it,
                       uint32_t except)
{
    uint32_t h = find_gap(r, it, true, except);

    return h == NONE && !r->opt->home ? find_gap(r, it, false, except) : h;
}

static uint32_t find_near(struct roll *r, const struct roll_item *it)
{
    uint32_t h = NONE;

    for (int settled = 1; settled >= (r->opt->home ? 1 : 0) && h == NONE;
         settled--) {
        h = find_in_rack(r, it, settled);
        if (h == NONE)
            h = find_gap(r, it, settled, NONE);
    }
    return h;
}

uint32_t roll_find(struct roll *r, const struct roll_item *it)
{
    uint32_t h;

    if (r->way != ROLL_NEAR)
        return roll_find_gap(r, it, NONE);
    r->keeps_limits = true;
    h = find_near(r, it);
    r->keeps_limits = false;
    return h == NONE ? find_near(r, it) : h;
}

void roll_put(struct roll *r, const struct roll_item *it, uint32_t host)
{
    uint32_t m = it->first;

    do {
        roll_move(r, m, host);
        m = r->c->dom[m].mate;
    } while (m != it->first);
}
