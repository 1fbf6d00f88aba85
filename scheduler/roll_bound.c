/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Finds how few waves and moves a roll can have, whatever it moves where.
 *
 * While a wave's hosts are down, all guests are on the others. So what a wave
 * takes away (the guests of its hosts, and what is free on them) is at most
 * what all hosts have free: waves are bins of that size, and hosts are items.
 * roll_whole.c looks closer, which takes longer.
 */
#include "scheduler/roll_impl.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* --- waves --------------------------------------------------------------- */

struct bound { /* of the hosts that no canary wave can have taken */
    struct roll *r;
    uint32_t *host, n;
    struct bin_item *item;
    uint32_t waves;
    enum plan_roll_limit limit;
};

static void bound_raise(struct bound *b, uint32_t waves,
                        enum plan_roll_limit limit)
{
    if (waves <= b->waves)
        return;
    b->waves = waves;
    b->limit = limit;
}

/* The largest items may be those of the canaries. */
static int bound_bins(struct bound *b, size_t member, int64_t bin,
                      enum plan_roll_limit limit)
{
    uint32_t least;
    int rc;

    for (uint32_t i = 0; i < b->n; i++)
        memcpy(&b->item[i].size,
               (const char *)&b->r->weight[b->host[i]] + member,
               sizeof b->item[i].size);
    rc = bins_least(b->item, b->n, b->r->opt->canary, bin, &least);
    if (!rc)
        bound_raise(b, least, limit);
    return rc;
}

/* Canaries may be of the racks that have most. */
static uint32_t bound_racks_without(uint32_t *left, uint32_t n,
                                    uint32_t canary)
{
    uint32_t most = 0;

    for (uint32_t k = 0; k <= canary; k++) {
        uint32_t at = 0;

        for (uint32_t i = 1; i < n; i++)
            if (left[i] > left[at])
                at = i;
        most = left[at];
        if (!most || k == canary)
            break;
        left[at]--;
    }
    return most;
}

static int bound_racks(struct bound *b)
{
    const struct plan_cluster *c = b->r->c;
    uint32_t n = c->word.n + 1, canary = b->r->opt->canary;
    uint32_t *left = calloc(n, sizeof *left);

    if (!left)
        return -ENOMEM;
    for (uint32_t i = 0; i < b->n; i++)
        if (c->host[b->host[i]].rack != NONE)
            left[c->host[b->host[i]].rack]++;
    bound_raise(b, bound_racks_without(left, n, canary), PLAN_ROLL_RACK);
    free(left);
    return 0;
}

/* Whether all guests of the group are on these hosts, and not all on one. */
static bool group_needs_two(const struct roll *r, const struct group *g)
{
    const struct plan_cluster *c = r->c;
    bool two = false;

    for (uint32_t i = 0; i < g->n; i++) {
        uint32_t h = c->dom[c->member[g->at + i]].host;

        if (r->host[h].phase != ROLL_WAITS && r->host[h].phase != ROLL_DONE)
            return false;
        two |= h != c->dom[c->member[g->at]].host;
    }
    return two;
}

/* A canary wave may have the host that makes two of one. */
static void bound_apart(struct bound *b)
{
    const struct plan_cluster *c = b->r->c;

    if (b->waves >= 2 || b->r->opt->canary)
        return;
    for (uint32_t g = 0; g < c->word.n; g++)
        if (group_needs_two(b->r, &c->group[g]))
            bound_raise(b, 2, PLAN_ROLL_APART);
}

static int bound_waves(struct bound *b)
{
    const struct roll *r = b->r;
    uint32_t rest = b->n > r->opt->canary ? b->n - r->opt->canary : 0;
    int rc = 0;

    bound_raise(b, rest > 0, PLAN_ROLL_ONE);
    if (r->opt->parallel)
        bound_raise(b, (rest + r->opt->parallel - 1) / r->opt->parallel,
                    PLAN_ROLL_PARALLEL);
    if (!r->opt->same_domain)
        rc = bound_racks(b);
    if (!rc)
        rc = bound_bins(b, offsetof(struct roll_weight, mib), r->room.mib,
                        PLAN_ROLL_MEMORY);
    if (!rc)
        rc = bound_bins(b, offsetof(struct roll_weight, vcpus), r->room.vcpus,
                        PLAN_ROLL_VCPU);
    if (!rc && r->room.away_mib < INT64_MAX && r->opt->home)
        rc = bound_bins(b, offsetof(struct roll_weight, away_mib),
                        r->room.away_mib, PLAN_ROLL_AWAY);
    if (!rc && !r->opt->same_domain)
        bound_apart(b);
    return rc;
}

/* --- moves --------------------------------------------------------------- */

/* Whether all that can take guests is to be rolled itself. */
static bool bound_no_shelter(const struct roll *r)
{
    for (uint32_t h = 0; h < r->c->nhost; h++)
        if ((r->host[h].phase == ROLL_KEEPS ||
             r->host[h].phase == ROLL_LEFT) &&
            r->c->host[h].state == PLAN_UP)
            return false;
    return true;
}

/*
 * Each guest leaves its host, and where guests return comes back. Where they do
 * not, those of the first host have to leave a second one as well, if all
 * others are still to be rolled.
 */
static void bound_moves(const struct bound *b)
{
    const struct plan_cluster *c = b->r->c;
    struct plan_roll *p = b->r->p;
    uint32_t fewest = UINT32_MAX;
    int64_t least = INT64_MAX, all = 0;

    p->moves_bound = 0;
    for (uint32_t i = 0; i < b->n; i++) {
        uint32_t h = b->host[i], n = c->first[h + 1] - c->first[h];
        int64_t mib = 0;

        for (uint32_t k = c->first[h]; k < c->first[h + 1]; k++)
            mib += c->dom[c->on_host[k]].held;
        p->moves_bound += n;
        all += mib;
        fewest = n < fewest ? n : fewest;
        least = mib < least ? mib : least;
    }
    if (b->r->opt->home) {
        p->moves_bound *= 2;
        all *= 2;
    } else if (b->n && bound_no_shelter(b->r)) {
        p->moves_bound += fewest;
        all += least;
    }
    p->gib_bound = (double)all / 1024;
}

int roll_bound(struct roll *r)
{
    struct bound b = { .r = r };
    int rc = -ENOMEM;

    b.host = calloc(r->rolled_n + 1u, sizeof *b.host);
    b.item = calloc(r->rolled_n + 1u, sizeof *b.item);
    if (!b.host || !b.item)
        goto out;
    for (uint32_t i = 0; i < r->rolled_n; i++)
        if (r->host[r->rolled[i]].phase != ROLL_LEFT)
            b.host[b.n++] = r->rolled[i];
    rc = bound_waves(&b);
    if (r->p->left_n == r->impossible)
        bound_raise(&b, r->closer.waves, r->closer.limit);
    r->p->wave_bound = b.waves + (r->opt->canary && b.n);
    r->p->limit = b.limit;
    bound_moves(&b);
out:
    free(b.host);
    free(b.item);
    return rc;
}
