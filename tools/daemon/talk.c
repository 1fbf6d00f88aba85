/* SPDX-License-Identifier: LGPL-2.1-only */
/* Makes rates of the counters of pairs, minute by minute. */
#include "tools/daemon/talk.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tools/base/grow.h"

enum { SHORT = 10 }; /* minutes of the shorter mean */

void talk_dispose(struct talk *t)
{
    free(t->row);
    *t = (struct talk){ .row = NULL };
}

/* --- counters -------------------------------------------------------------- */

static int talk_order(const struct talk_row *r, const struct nft_pair *p)
{
    if (r->from != p->from)
        return r->from < p->from ? -1 : 1;
    return r->to < p->to ? -1 : r->to > p->to;
}

static void talk_count(struct talk_row *r, uint64_t now)
{
    r->by = TALK_NFT;
    r->bytes += (double)(now >= r->counter ? now - r->counter : now);
    r->counter = now;
}

static size_t talk_new(const struct talk *t, const struct nft_pair *pair,
                       size_t n)
{
    size_t i = 0, fresh = 0;

    for (size_t k = 0; k < n; k++) {
        while (i < t->n && talk_order(&t->row[i], &pair[k]) < 0)
            i++;
        fresh += i == t->n || talk_order(&t->row[i], &pair[k]) != 0;
    }
    return fresh;
}

static void talk_more(struct talk_row *r, uint64_t bytes)
{
    r->by = TALK_OVS;
    r->bytes += (double)bytes;
}

/* nft has forgotten it. */
static void talk_forgotten(struct talk_row *r)
{
    r->counter = 0;
}

/* Both are sorted: from the end, so that rows move to where there is room. Each
 * pair has `heard` called with its row, and each other row `silent`. */
static int talk_join(struct talk *t, const struct nft_pair *pair, size_t n,
                     void (*heard)(struct talk_row *r, uint64_t bytes),
                     void (*silent)(struct talk_row *r))
{
    size_t fresh = talk_new(t, pair, n), i = t->n, to = t->n + fresh;

    if (array_grow(&t->row, &t->room, to, sizeof *t->row))
        return -ENOMEM;
    t->n = to;
    while (to--) {
        struct talk_row *r = &t->row[to];
        int order = !n   ? 1
                    : !i ? -1
                         : talk_order(&t->row[i - 1], &pair[n - 1]);

        if (order < 0) {
            n--;
            memset(r, 0, sizeof *r);
            r->from = pair[n].from;
            r->to = pair[n].to;
            heard(r, pair[n].bytes);
            continue;
        }
        if (&t->row[i - 1] != r)
            *r = t->row[i - 1];
        i--;
        if (order == 0)
            heard(r, pair[--n].bytes);
        else if (silent)
            silent(r);
    }
    return 0;
}

/* --- minutes --------------------------------------------------------------- */

static unsigned talk_known(const struct talk_row *r, unsigned most)
{
    return r->minutes < most ? r->minutes : most;
}

static double talk_mbps(double bytes, double seconds)
{
    return seconds > 0 ? bytes * 8 / 1e6 / seconds : 0;
}

static double talk_mean(const struct talk_row *r, unsigned minutes)
{
    unsigned n = talk_known(r, minutes);
    double sum = 0;

    for (unsigned i = 1; i <= n; i++)
        sum += (double)r->mbps[(r->minutes - i) % TALK_MINUTES];
    return n ? sum / n : 0;
}

/* A minute that goes on counts as far as it is. */
static double talk_rate(const struct talk_row *r, unsigned minutes)
{
    double mean = talk_mean(r, minutes), now = talk_mbps(r->bytes, 60);

    return mean > now ? mean : now;
}

struct talk_rank {
    double mbps;
    size_t row;
};

static int by_traffic(const void *pa, const void *pb)
{
    const struct talk_rank *a = pa, *b = pb;

    if (a->mbps < b->mbps || a->mbps > b->mbps)
        return a->mbps > b->mbps ? -1 : 1;
    return a->row < b->row ? -1 : a->row > b->row;
}

/* The rows with the most traffic first, by means over so long; those that others
 * have counted have none. NULL: no memory. */
static struct talk_rank *talk_ranks(const struct talk *t, unsigned minutes,
                                    unsigned by)
{
    struct talk_rank *rank = calloc(t->n + 1, sizeof *rank);

    for (size_t i = 0; rank && i < t->n; i++)
        rank[i] = (struct talk_rank){
            t->row[i].by & by ? talk_rate(&t->row[i], minutes) : 0, i
        };
    if (rank)
        qsort(rank, t->n, sizeof *rank, by_traffic);
    return rank;
}

/* Of the ranks with any traffic, `room` at most. A sender has a share before all
 * others have theirs, or one could leave no room for what they say; what is left
 * goes to whoever has most. */
static void talk_share_out(const struct talk_rank *rank, size_t n,
                           const size_t *sender, unsigned *taken, size_t room,
                           bool *pick)
{
    size_t last = 0;

    while (last < n && rank[last].mbps > 0)
        last++;
    for (size_t i = 0; i < last && room; i++) {
        pick[i] = taken[sender[rank[i].row]]++ < TALK_SHARE;
        room -= pick[i];
    }
    for (size_t i = 0; i < last && room; i++) {
        room -= !pick[i];
        pick[i] = true;
    }
}

/* Which of the ranks have a place; NULL: no memory. */
static bool *talk_pick(const struct talk *t, const struct talk_rank *rank,
                       size_t room)
{
    size_t *sender = calloc(t->n + 1, sizeof *sender); /* by rows */
    unsigned *taken = calloc(t->n + 1, sizeof *taken); /* by senders */
    bool *pick = calloc(t->n + 1, sizeof *pick);

    for (size_t i = 1; sender && i < t->n; i++)
        sender[i] = sender[i - 1] + (t->row[i].from != t->row[i - 1].from);
    if (sender && taken && pick) {
        talk_share_out(rank, t->n, sender, taken, room, pick);
    } else {
        free(pick);
        pick = NULL;
    }
    free(sender);
    free(taken);
    return pick;
}

/* The order of the rows stays. */
static void talk_keep(struct talk *t, size_t most)
{
    struct talk_rank *rank = talk_ranks(t, TALK_MINUTES, TALK_NFT | TALK_OVS);
    bool *pick = rank ? talk_pick(t, rank, most) : NULL;
    bool *keep = calloc(t->n + 1, sizeof *keep);
    size_t n = 0;

    for (size_t i = 0; pick && keep && i < t->n; i++)
        keep[rank[i].row] = pick[i];
    for (size_t i = 0; pick && keep && i < t->n; i++)
        if (keep[i])
            t->row[n++] = t->row[i];
    if (pick && keep)
        t->n = n;
    free(keep);
    free(pick);
    free(rank);
}

static int talk_heard(struct talk *t, const struct nft_pair *pair, size_t n,
                      void (*heard)(struct talk_row *r, uint64_t bytes),
                      void (*silent)(struct talk_row *r))
{
    int rc = talk_join(t, pair, n, heard, silent);

    if (t->n > TALK_MOST)
        talk_keep(t, TALK_READ);
    return rc;
}

int talk_read(struct talk *t, const struct nft_pair *pair, size_t n)
{
    return talk_heard(t, pair, n, talk_count, talk_forgotten);
}

int talk_add(struct talk *t, const struct nft_pair *pair, size_t n)
{
    return talk_heard(t, pair, n, talk_more, NULL);
}

void talk_begin(struct talk *t)
{
    for (size_t i = 0; i < t->n; i++)
        t->row[i].bytes = 0;
}

void talk_minute(struct talk *t, double seconds, unsigned without)
{
    for (size_t i = 0; i < t->n; i++) {
        struct talk_row *r = &t->row[i];

        if (r->by & without)
            continue;
        r->mbps[r->minutes++ % TALK_MINUTES] =
            (float)talk_mbps(r->bytes, seconds);
    }
    talk_begin(t);
    talk_keep(t, TALK_ROWS);
}

/* --- what is told ------------------------------------------------------------ */

static int by_rate(const void *pa, const void *pb)
{
    float a = *(const float *)pa, b = *(const float *)pb;

    return a < b ? -1 : a > b;
}

/* Three quarters of the minutes have more. */
static double talk_lasts(const struct talk_row *r)
{
    unsigned n = talk_known(r, TALK_MINUTES);
    float sorted[TALK_MINUTES];

    if (n < TALK_LEAST)
        return -1;
    memcpy(sorted, r->mbps, n * sizeof *sorted);
    qsort(sorted, n, sizeof *sorted, by_rate);
    return (double)sorted[n / 4];
}

void talk_top(const struct talk *t, struct talks *to)
{
    unsigned by = (to->nft ? TALK_NFT : 0u) | (to->ovs ? TALK_OVS : 0u);
    struct talk_rank *rank = talk_ranks(t, SHORT, by);
    bool *told = rank ? talk_pick(t, rank, TALKS_PAIRS) : NULL;

    to->pairs = 0;
    for (size_t i = 0; told && i < t->n; i++) {
        const struct talk_row *r = &t->row[rank[i].row];

        if (told[i])
            to->pair[to->pairs++] =
                (struct talks_pair){ r->from, r->to, rank[i].mbps,
                                     talk_lasts(r) };
    }
    free(told);
    free(rank);
}
