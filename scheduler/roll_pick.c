/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Chooses the hosts of a wave.
 *
 * Each wave takes a host of the racks that have most left, for the largest
 * rack decides how many waves there are; of a rack, the host that takes most
 * away goes first, as large items of a bin do. Waves are of about the same
 * size, so that each has some slack.
 */
#include "scheduler/roll_impl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* --- weights ------------------------------------------------------------- */

struct roll_weight roll_weight(const struct roll *r, uint32_t host)
{
    int64_t used = r->c->host[host].cap - r->s.free[host];
    int64_t vused = r->c->host[host].vcap - r->s.vfree[host];
    bool takes = roll_takes(r, host);

    return (struct roll_weight){
        .mib = used + (takes && r->s.free[host] > 0 ? r->s.free[host] : 0),
        .vcpus =
            vused + (takes && r->s.vfree[host] > 0 ? r->s.vfree[host] : 0),
        .away_mib = used,
    };
}

struct roll_weight roll_free(const struct roll *r)
{
    struct roll_weight sum = { .away_mib = INT64_MAX };

    for (uint32_t h = 0; h < r->c->nhost; h++) {
        if (!roll_takes(r, h))
            continue;
        sum.mib += r->s.free[h] > 0 ? r->s.free[h] : 0;
        sum.vcpus += r->s.vfree[h] > 0 ? r->s.vfree[h] : 0;
    }
    if (r->opt->max_away_gib * 1024 < (double)INT64_MAX)
        sum.away_mib = (int64_t)(r->opt->max_away_gib * 1024);
    return sum;
}

static void weight_add(struct roll_weight *sum, const struct roll_weight *w)
{
    sum->mib += w->mib;
    sum->vcpus += w->vcpus;
    sum->away_mib += w->away_mib;
}

static bool weight_fits(const struct roll_weight *sum,
                        const struct roll_weight *w,
                        const struct roll_weight *most)
{
    return sum->mib + w->mib <= most->mib &&
           sum->vcpus + w->vcpus <= most->vcpus &&
           sum->away_mib + w->away_mib <= most->away_mib;
}

/* --- the order of choice ------------------------------------------------- */

struct order_key {
    uint32_t host, rank; /* rank: hosts that its rack has left, it included */
    int64_t mib;
};

static int key_lightest_first(const void *pa, const void *pb)
{
    const struct order_key *a = pa, *b = pb;

    if (a->mib != b->mib)
        return a->mib < b->mib ? -1 : 1;
    return a->host > b->host ? -1 : a->host < b->host;
}

static int key_highest_rank_first(const void *pa, const void *pb)
{
    const struct order_key *a = pa, *b = pb;

    if (a->rank != b->rank)
        return a->rank > b->rank ? -1 : 1;
    return -key_lightest_first(pa, pb);
}

/* By rank; canaries: the hosts of the largest racks that have least to move. */
static void order_rank(const struct roll *r, struct order_key *key,
                       uint32_t *left, bool canary)
{
    for (int pass = 0; pass <= (canary ? 1 : 0); pass++)
        for (uint32_t i = 0; i < r->wait_n; i++) {
            uint32_t rack = r->c->host[key[i].host].rack;

            if (r->opt->same_domain || rack == NONE)
                key[i].rank = 1;
            else
                key[i].rank = pass ? left[rack] : ++left[rack];
        }
}

/* splitmix64 (Steele, Lea, Flood 2014) of seed, order and host */
static int64_t order_shuffled(const struct roll *r, uint32_t host)
{
    uint64_t z = r->c->set.seed + r->shuffle * 0x9e3779b97f4a7c15u + host;

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return (int64_t)((z ^ z >> 31) >> 1);
}

static int64_t order_mib(const struct roll *r, uint32_t host, bool canary)
{
    const struct roll_weight w = roll_weight(r, host);

    if (r->eager && r->eager[host] && !canary)
        return INT64_MAX;
    return canary ? -w.away_mib : r->shuffle ? order_shuffled(r, host) : w.mib;
}

int roll_order(struct roll *r, bool canary)
{
    struct order_key *key = calloc(r->wait_n + 1u, sizeof *key);
    uint32_t *left = calloc(r->c->word.n + 1u, sizeof *left);
    int rc = key && left ? 0 : -ENOMEM;

    for (uint32_t i = 0; i < r->wait_n && !rc; i++)
        key[i] = (struct order_key){ .host = r->wait[i],
                                     .mib = order_mib(r, r->wait[i], canary) };
    if (rc)
        goto out;
    qsort(key, r->wait_n, sizeof *key, key_lightest_first);
    order_rank(r, key, left, canary);
    qsort(key, r->wait_n, sizeof *key, key_highest_rank_first);
    for (uint32_t i = 0; i < r->wait_n; i++)
        r->wait[i] = key[i].host;
out:
    free(key);
    free(left);
    return rc;
}

/* --- fault domains ------------------------------------------------------- */

static uint32_t group_members_on(const struct roll *r, uint32_t group,
                                 uint32_t host)
{
    const struct group *g = &r->c->group[group];
    uint32_t n = 0;

    for (uint32_t i = 0; i < g->n; i++)
        n += r->s.at[r->c->member[g->at + i]] == host;
    return n;
}

static void apart_count(struct roll *r, uint32_t host, int by)
{
    const struct plan_cluster *c = r->c;

    for (uint32_t v = r->s.head[host]; v != NONE; v = r->s.next[v])
        for (uint32_t k = 0; k < c->dom[v].apart.n; k++)
            r->apart_down[c->pool[c->dom[v].apart.at + k]] += (uint32_t)by;
}

/* Whether each apart group would keep a guest on a host that is not down. One
 * that is on this host as a whole keeps none in any case. */
static bool apart_keeps_one(const struct roll *r, uint32_t host)
{
    const struct plan_cluster *c = r->c;

    for (uint32_t v = r->s.head[host]; v != NONE; v = r->s.next[v])
        for (uint32_t k = 0; k < c->dom[v].apart.n; k++) {
            uint32_t g = c->pool[c->dom[v].apart.at + k];

            if (r->apart_down[g] == c->group[g].n &&
                group_members_on(r, g, host) < c->group[g].n)
                return false;
        }
    return true;
}

static bool pick_domains_allow(struct roll *r, uint32_t host)
{
    uint32_t rack = r->c->host[host].rack;

    if (r->opt->same_domain)
        return true;
    if (rack != NONE && r->rack_wave[rack] == r->p->wave_n + 1)
        return false;
    apart_count(r, host, 1);
    if (apart_keeps_one(r, host))
        return true;
    apart_count(r, host, -1);
    return false;
}

/* --- the wave ------------------------------------------------------------ */

static void pick_host(struct roll *r, uint32_t host)
{
    uint32_t rack = r->c->host[host].rack;

    if (rack != NONE)
        r->rack_wave[rack] = r->p->wave_n + 1;
    r->down[r->down_n++] = host;
}

/* About the size of a wave, if so many are left. */
static struct roll_weight pick_share(const struct roll *r, uint32_t waves_left)
{
    struct roll_weight sum = { .mib = 0 };

    for (uint32_t i = 0; i < r->wait_n; i++) {
        const struct roll_weight w = roll_weight(r, r->wait[i]);

        weight_add(&sum, &w);
    }
    sum.mib = (sum.mib + waves_left - 1) / waves_left;
    return sum;
}

/* An empty host alone needs no room, however large it is. */
static bool pick_is_nothing(const struct roll *r, const struct roll_weight *w)
{
    return !r->down_n && !w->away_mib;
}

void roll_pick(struct roll *r, uint32_t most, uint32_t waves_left)
{
    bool full = !waves_left || r->way >= ROLL_FULL;
    const struct roll_weight all = roll_free(r);
    struct roll_weight sum = { .mib = 0 };
    int64_t share = full || most == 1 ? 0 : pick_share(r, waves_left).mib;
    uint32_t share_n = full ? NONE : (r->wait_n + waves_left - 1) / waves_left;
    uint32_t i = 0, kept = 0;

    r->down_n = 0;
    for (; i < r->wait_n && r->down_n < most; i++) {
        uint32_t h = r->wait[i];
        const struct roll_weight w = roll_weight(r, h);

        if ((r->down_n >= share_n && sum.mib >= share) ||
            !(weight_fits(&sum, &w, &all) || pick_is_nothing(r, &w)) ||
            !pick_domains_allow(r, h)) {
            r->wait[kept++] = h;
            continue;
        }
        weight_add(&sum, &w);
        pick_host(r, h);
    }
    memmove(r->wait + kept, r->wait + i, (r->wait_n - i) * sizeof *r->wait);
    r->wait_n -= i - kept;
    for (i = 0; i < r->down_n; i++) {
        r->host[r->down[i]].phase = ROLL_DOWN;
        gaps_update(r, r->down[i]);
    }
}

void roll_unpick(struct roll *r, uint32_t host)
{
    uint32_t rack = r->c->host[host].rack, i = 0;

    while (r->down[i] != host)
        i++;
    memmove(r->down + i, r->down + i + 1, (--r->down_n - i) * sizeof *r->down);
    if (!r->opt->same_domain)
        apart_count(r, host, -1);
    if (rack != NONE)
        r->rack_wave[rack] = 0;
    memmove(r->wait + 1, r->wait, r->wait_n++ * sizeof *r->wait);
    r->wait[0] = host;
    r->host[host].phase = ROLL_WAITS;
    gaps_update(r, host);
}
