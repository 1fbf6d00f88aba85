/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Finds how few waves and moves a roll can have, whatever it moves where.
 *
 * While a wave's hosts are down, all guests are on the others. So what a wave
 * takes away (the guests of its hosts, and what is free on them) is at most
 * what all hosts have free: waves are bins of that size, and hosts are items.
 */
#include "scheduler/roll_impl.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* --- bins ---------------------------------------------------------------- */

static int item_smallest_first(const void *pa, const void *pb)
{
    int64_t a = *(const int64_t *)pa, b = *(const int64_t *)pb;

    return a < b ? -1 : a > b;
}

static uint32_t bins_up(int64_t sum, int64_t bin)
{
    return sum <= 0 ? 0 : (uint32_t)((sum + bin - 1) / bin);
}

/* So many of the smallest fit into one bin, so none has more. */
static uint32_t bins_by_number(const int64_t *item, uint32_t n, int64_t bin)
{
    int64_t sum = 0;
    uint32_t most = 0;

    while (most < n && sum + item[most] <= bin)
        sum += item[most++];
    return most ? (n + most - 1) / most : n;
}

/*
 * Martello and Toth's L2 for one threshold: items above bin - least have a bin
 * each, where nothing else of at least `least` fits; those above half of a bin
 * have one each; the others fill what these leave.
 */
static uint32_t bins_from(const int64_t *item, const int64_t *sum, uint32_t n,
                          int64_t bin, uint32_t at)
{
    int64_t least = item[at], over;
    uint32_t large = n, half;

    while (large > at && item[large - 1] > bin - least)
        large--;
    half = large;
    while (half > at && 2 * item[half - 1] > bin)
        half--;
    over = sum[half] - sum[at] -
           ((int64_t)(large - half) * bin - (sum[large] - sum[half]));
    return n - half + bins_up(over, bin);
}

/* The thresholds that are looked at: each size would be a square of work. */
enum { BINS_THRESHOLDS = 64 };

/* The fewest bins for these items, of which none is larger than a bin. 0 or
 * -ENOMEM */
static int bins_least(int64_t *item, uint32_t n, int64_t bin, uint32_t *least)
{
    int64_t *sum = calloc(n + 1u, sizeof *sum);
    uint32_t tried = 0;

    *least = 0;
    if (!sum)
        return -ENOMEM;
    if (n)
        qsort(item, n, sizeof *item, item_smallest_first);
    for (uint32_t i = 0; i < n; i++)
        sum[i + 1] = sum[i] + item[i];
    if (bin > 0 && n) {
        *least = bins_up(sum[n], bin);
        if (bins_by_number(item, n, bin) > *least)
            *least = bins_by_number(item, n, bin);
    }
    for (uint32_t i = 0; bin > 0 && i < n && tried < BINS_THRESHOLDS; i++) {
        uint32_t b;

        if (2 * item[i] > bin || (i && item[i] == item[i - 1]))
            continue;
        tried++;
        b = bins_from(item, sum, n, bin, i);
        *least = b > *least ? b : *least;
    }
    free(sum);
    return 0;
}

/* --- waves --------------------------------------------------------------- */

struct bound { /* of the hosts that no canary wave can have taken */
    struct roll *r;
    uint32_t *host, n;
    int64_t *item;
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
    uint32_t canary = b->r->opt->canary, n, least;
    int rc;

    for (uint32_t i = 0; i < b->n; i++) {
        memcpy(&b->item[i], (const char *)&b->r->weight[b->host[i]] + member,
               sizeof b->item[i]);
        /* an empty host may be larger than all that is free */
        if (b->item[i] > bin)
            b->item[i] = bin;
    }
    if (b->n)
        qsort(b->item, b->n, sizeof *b->item, item_smallest_first);
    n = b->n > canary ? b->n - canary : 0;
    rc = bins_least(b->item, n, bin, &least);
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
    r->p->wave_bound = b.waves + (r->opt->canary && b.n);
    r->p->limit = b.limit;
    bound_moves(&b);
out:
    free(b.host);
    free(b.item);
    return rc;
}
