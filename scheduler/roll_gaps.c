/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Keeps hosts by what is free on them, while a roll is planned, so that the
 * one with the least sufficient gap is found without looking at all.
 */
#include "scheduler/roll_impl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

bool roll_takes(const struct roll *r, uint32_t host)
{
    switch (r->host[host].phase) {
    case ROLL_DOWN: return false;
    case ROLL_DONE: return true;
    case ROLL_KEEPS:
    case ROLL_WAITS:
    case ROLL_LEFT: break;
    }
    return r->c->host[host].state == PLAN_UP;
}

bool roll_is_settled(const struct roll *r, uint32_t host)
{
    return r->opt->home || r->host[host].phase != ROLL_WAITS;
}

static uint32_t gaps_bucket(const struct roll *r, int64_t mib)
{
    double at = (double)mib / r->bucket_mib;

    return mib <= 0 ? 0 : at >= ROLL_BUCKETS ? ROLL_BUCKETS - 1 : (uint32_t)at;
}

static void gaps_remove(struct roll *r, uint32_t host)
{
    struct roll_host *h = &r->host[host];
    struct roll_gaps *g = &r->gap[h->bucket % 2];
    uint32_t b = h->bucket / 2;

    if (h->next != NONE)
        r->host[h->next].prev = h->prev;
    if (h->prev != NONE)
        r->host[h->prev].next = h->next;
    else
        g->head[b] = h->next;
    if (g->head[b] == NONE)
        g->any[b / 64] &= ~(1ull << b % 64);
    h->bucket = NONE;
}

static void gaps_insert(struct roll *r, uint32_t host)
{
    struct roll_host *h = &r->host[host];
    bool settled = roll_is_settled(r, host);
    struct roll_gaps *g = &r->gap[settled];
    uint32_t b = gaps_bucket(r, r->s.free[host]);

    h->bucket = 2 * b + settled;
    h->prev = NONE;
    h->next = g->head[b];
    if (h->next != NONE)
        r->host[h->next].prev = host;
    g->head[b] = host;
    g->any[b / 64] |= 1ull << b % 64;
}

void gaps_update(struct roll *r, uint32_t host)
{
    if (r->host[host].bucket != NONE)
        gaps_remove(r, host);
    if (roll_takes(r, host))
        gaps_insert(r, host);
}

int gaps_init(struct roll *r)
{
    int64_t most = 1;

    r->gap = calloc(2, sizeof *r->gap);
    if (!r->gap)
        return -ENOMEM;
    memset(r->gap[0].head, 0xff, sizeof r->gap[0].head);
    memset(r->gap[1].head, 0xff, sizeof r->gap[1].head);
    r->limits_mib = r->c->nhost ? INT64_MAX : 0;
    for (uint32_t h = 0; h < r->c->nhost; h++) {
        int64_t cap = r->c->host[h].cap, left = cap - limits_mib(r->c, h);
        double threads = limits_threads(r->c, h), cpus = r->c->host[h].cpus;

        most = cap > most ? cap : most;
        r->limits_mib = left < r->limits_mib ? left : r->limits_mib;
        r->host[h].limit_free = left;
        r->host[h].limit_cpu = (threads < cpus ? threads : cpus) + 1e-9;
    }
    if (r->limits_mib < 0)
        r->limits_mib = 0;
    r->bucket_mib = (double)most / (ROLL_BUCKETS - 1);
    /* from the last, so that the first of a bucket is the first by number */
    for (uint32_t h = r->c->nhost; h-- > 0;) {
        r->host[h].bucket = NONE;
        gaps_update(r, h);
    }
    return 0;
}

void roll_move(struct roll *r, uint32_t dom, uint32_t to)
{
    uint32_t from = r->s.at[dom];

    state_move(&r->s, dom, to);
    gaps_update(r, from);
    gaps_update(r, to);
}

/* The first bucket with hosts from b on, or NONE. */
static uint32_t gaps_up(const struct roll_gaps *g, uint32_t b)
{
    uint64_t bits;

    for (uint32_t w = b / 64; w < ROLL_WORDS; w++) {
        bits = g->any[w];
        if (w == b / 64)
            bits &= ~0ull << b % 64;
        if (bits)
            return 64 * w + (uint32_t)__builtin_ctzll(bits);
    }
    return NONE;
}

/* The last bucket with hosts below b, or NONE. */
static uint32_t gaps_down(const struct roll_gaps *g, uint32_t b)
{
    while (b-- > 0) {
        if (g->any[b / 64] & 1ull << b % 64)
            return b;
        if (!g->any[b / 64])
            b -= b % 64;
    }
    return NONE;
}

uint32_t gaps_next(const struct roll *r, bool settled, int64_t mib,
                   uint32_t at)
{
    const struct roll_gaps *g = &r->gap[settled];
    uint32_t b;

    if (at != NONE && r->host[at].next != NONE)
        return r->host[at].next;
    b = at == NONE ? gaps_bucket(r, mib) : r->host[at].bucket / 2 + 1;
    if (b < ROLL_BUCKETS)
        b = gaps_up(g, b);
    return b < ROLL_BUCKETS ? g->head[b] : NONE;
}

uint32_t gaps_largest(const struct roll *r, bool settled, uint32_t at)
{
    const struct roll_gaps *g = &r->gap[settled];
    uint32_t b;

    if (at != NONE && r->host[at].next != NONE)
        return r->host[at].next;
    b = gaps_down(g, at == NONE ? ROLL_BUCKETS : r->host[at].bucket / 2);
    return b == NONE ? NONE : g->head[b];
}
