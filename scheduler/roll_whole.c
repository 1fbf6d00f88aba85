/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Looks closer at how few waves a roll can have: guests are not divided, so
 * hosts are not filled to the last MiB; and hosts are not divided between
 * waves.
 *
 * Each size of guests gets a price. A host is worth the most that guests on it
 * can cost together (a knapsack), so hosts that all guests are on are worth at
 * least what all of these cost. With worth in the place of memory, that is the
 * bound of roll_bound.c, for any prices: these are the multipliers of
 * Lagrange of the cutting stock problem (Gilmore and Gomory 1961). Prices begin
 * as memory. While the bound is not reached, those of guests are raised of which
 * hosts take too few (Polyak's step, on a way that remembers the last ones),
 * which closes in on the best prices.
 */
#include "scheduler/roll_impl.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    WHOLE_SLOTS = 4096, /* of the largest host's memory, at most */
    WHOLE_KINDS = 64,   /* sizes of guests */
    WHOLE_ROUNDS = 80,
    WHOLE_HALF = 24,    /* rounds after which the aim is to be near: */
    WHOLE_HOSTS = 2000, /* of more, a gap more or less hardly matters */
    WHOLE_SUMS = 128,   /* of more hosts, some add up to about anything */
};
#define WHOLE_SCALE  16777216.0 /* what the largest host is worth, about */
#define WHOLE_TARGET 0.0002     /* of all, above what is needed: the aim */
#define WHOLE_NEAR   0.0006     /* of all, below what is needed */
#define WHOLE_PACE   20.0       /* rounds until steps are half as long */
#define WHOLE_KEEPS  0.6        /* of the last way, in the next */

struct kind { /* guests of one size */
    int32_t slots;
    double n, part; /* how many; price: a part of the memory's */
    int64_t price;
    double taken; /* by hosts that are worth most, in this round */
    double way;   /* of its part */
};

struct whole {
    const struct roll *r;
    uint32_t waves;  /* that are aimed at */
    int64_t slot;    /* MiB */
    int32_t slots;   /* of the largest host */
    double unit;     /* price of a slot of memory */
    uint32_t *host;  /* by slots: hosts that take guests */
    uint32_t *stays; /* of these, that are not rolled */
    int64_t *worth;  /* by slots */
    uint8_t *last;   /* by slots: the kind that worth adds; kinds: none */
    struct kind kind[WHOLE_KINDS];
    uint32_t kinds;
    double near; /* how near to the aim prices came, a part of all */
    struct bin_item *item;
    struct roll_least *least;
};

/* --- what there is --------------------------------------------------------- */

static bool whole_counts(const struct roll *r, uint32_t host)
{
    return r->c->host[host].state == PLAN_UP ||
           r->host[host].phase != ROLL_KEEPS;
}

static bool whole_is_rolled(const struct roll *r, uint32_t host)
{
    return r->host[host].phase != ROLL_KEEPS &&
           r->host[host].phase != ROLL_LEFT;
}

/* Where it is, it may take less than where it goes. */
static int64_t whole_mib(const struct dom *v)
{
    return v->held < v->mem ? v->held : v->mem;
}

/* Calls fn for each guest of a host that counts. */
static int whole_each(struct whole *w, int (*fn)(struct whole *, int64_t mib))
{
    const struct plan_cluster *c = w->r->c;
    int rc = 0;

    for (uint32_t h = 0; h < c->nhost; h++)
        for (uint32_t k = c->first[h]; k < c->first[h + 1] && !rc; k++)
            if (whole_counts(w->r, h))
                rc = fn(w, whole_mib(&c->dom[c->on_host[k]]));
    return rc;
}

static int whole_slot(struct whole *w, int64_t mib)
{
    w->slot = bins_gcd(w->slot, mib);
    return 0;
}

/* Sizes are rounded down, as those of hosts are: what is on a host in MiB is
 * so in slots. -ERANGE: there are too many kinds. */
static int whole_add(struct whole *w, int64_t mib)
{
    int64_t slots = mib / w->slot;
    uint32_t k = 0;

    if (slots <= 0 || slots > w->slots)
        return 0; /* it costs nothing */
    while (k < w->kinds && w->kind[k].slots != slots)
        k++;
    if (k == WHOLE_KINDS)
        return -ERANGE;
    if (k == w->kinds)
        w->kind[w->kinds++] =
            (struct kind){ .slots = (int32_t)slots, .part = 1 };
    w->kind[k].n++;
    return 0;
}

static int64_t whole_most(const struct roll *r)
{
    int64_t most = 0;

    for (uint32_t h = 0; h < r->c->nhost; h++)
        if (whole_counts(r, h) && r->weight[h].mib > most)
            most = r->weight[h].mib;
    return most;
}

static int whole_init(struct whole *w)
{
    const struct roll *r = w->r;
    int64_t most = whole_most(r);
    size_t n;

    whole_each(w, whole_slot);
    if (w->slot <= 0 || most / w->slot > WHOLE_SLOTS)
        w->slot = most / WHOLE_SLOTS + 1;
    w->slots = (int32_t)(most / w->slot);
    n = (size_t)w->slots + 1;
    w->unit = WHOLE_SCALE / (double)n;
    w->host = calloc(n, sizeof *w->host);
    w->stays = calloc(n, sizeof *w->stays);
    w->worth = calloc(n, sizeof *w->worth);
    w->last = malloc(n);
    w->item = calloc(r->rolled_n + 1u, sizeof *w->item);
    if (!w->host || !w->stays || !w->worth || !w->last || !w->item)
        return -ENOMEM;
    for (uint32_t h = 0; h < r->c->nhost; h++)
        if (whole_counts(r, h)) {
            w->host[r->weight[h].mib / w->slot]++;
            w->stays[r->weight[h].mib / w->slot] += !whole_is_rolled(r, h);
        }
    return whole_each(w, whole_add);
}

static void whole_dispose(struct whole *w)
{
    free(w->host);
    free(w->stays);
    free(w->worth);
    free(w->last);
    free(w->item);
}

/* --- a round --------------------------------------------------------------- */

static void whole_price(struct whole *w)
{
    for (uint32_t k = 0; k < w->kinds; k++)
        w->kind[k].price =
            llround(w->unit * w->kind[k].part * w->kind[k].slots);
}

/* The worth of all hosts, by their slots. */
static void whole_worth(struct whole *w)
{
    for (int32_t s = 0; s <= w->slots; s++) {
        int64_t best = s ? w->worth[s - 1] : 0;
        uint32_t last = w->kinds;

        for (uint32_t k = 0; k < w->kinds; k++) {
            const struct kind *g = &w->kind[k];
            int64_t x = g->slots <= s ? w->worth[s - g->slots] + g->price : 0;

            if (x > best) {
                best = x;
                last = k;
            }
        }
        w->worth[s] = best;
        w->last[s] = (uint8_t)last;
    }
}

/* The worth of what may be down at once: of all hosts, without what the guests
 * cost. */
static int64_t whole_bin(const struct whole *w)
{
    int64_t bin = 0;

    for (int32_t s = 0; s <= w->slots; s++)
        bin += w->host[s] * w->worth[s];
    for (uint32_t k = 0; k < w->kinds; k++)
        bin -= (int64_t)w->kind[k].n * w->kind[k].price;
    return bin;
}

static uint32_t whole_items(const struct whole *w)
{
    const struct roll *r = w->r;
    uint32_t n = 0;

    for (uint32_t i = 0; i < r->rolled_n; i++) {
        uint32_t h = r->rolled[i];

        if (whole_is_rolled(r, h))
            w->item[n++] = (struct bin_item){
                .size = w->worth[r->weight[h].mib / w->slot],
                .rack = r->opt->same_domain ? NONE : r->c->host[h].rack,
            };
    }
    return n;
}

static void whole_raise(struct whole *w, uint32_t waves,
                        enum plan_roll_limit limit)
{
    if (waves < w->waves)
        return;
    *w->least = (struct roll_least){ waves, limit };
    w->waves = waves + 1;
    w->near = -1;
}

static int whole_bound(struct whole *w, int64_t bin)
{
    uint32_t canary = w->r->opt->canary, n = whole_items(w), waves;
    int rc;

    if (bin <= 0)
        return 0;
    rc = bins_least(w->item, n, canary, bin, &waves);
    if (rc)
        return rc;
    whole_raise(w, waves, PLAN_ROLL_GUESTS);
    if (n > WHOLE_SUMS)
        return 0;
    n = whole_items(w);
    rc = bins_least_sums(w->item, n, canary, bin, &waves);
    if (!rc)
        whole_raise(w, waves, PLAN_ROLL_GUESTS);
    return rc;
}

/* --- other prices ---------------------------------------------------------- */

/* How much of each host's worth is in one wave less than is looked for. */
static double whole_share(const struct whole *w, int32_t slots)
{
    double all = w->host[slots], stays = w->stays[slots];

    return (w->waves - 1) * all - (all - stays);
}

static void whole_take(struct whole *w)
{
    for (uint32_t k = 0; k < w->kinds; k++)
        w->kind[k].taken = 0;
    for (int32_t s = w->slots; s > 0; s--) {
        int32_t at = s;

        while (at > 0 && w->host[s] > 0) {
            uint32_t k = w->last[at];

            at -= k < w->kinds ? w->kind[k].slots : 1;
            if (k < w->kinds)
                w->kind[k].taken += whole_share(w, s);
        }
    }
}

/*
 * One wave less has room for all guests if their prices, times its number, are
 * at most the worth of all hosts that are not down, over all of its waves. By
 * how much they are above that is concave in the prices.
 */
static double whole_over(const struct whole *w, double *all)
{
    double less = w->waves - 1.0, over = 0;

    *all = 0;
    for (int32_t s = 0; s <= w->slots; s++)
        over -= whole_share(w, s) * (double)w->worth[s] / w->unit;
    for (uint32_t k = 0; k < w->kinds; k++) {
        over += less * w->kind[k].n * (double)w->kind[k].price / w->unit;
        *all += less * w->kind[k].n * w->kind[k].slots;
    }
    return over;
}

static void whole_change(struct whole *w, int round)
{
    double all, over = whole_over(w, &all), square = 0, step = 0;

    whole_take(w);
    if (all > 0 && over / all > w->near)
        w->near = over / all;
    for (uint32_t k = 0; k < w->kinds; k++) {
        struct kind *g = &w->kind[k];
        double lacks = (w->waves - 1.0) * g->n - g->taken;

        g->way = WHOLE_KEEPS * g->way + g->slots * lacks;
        square += g->way * g->way;
    }
    if (square > 0)
        step = (WHOLE_TARGET * all - over) / square / (1 + round / WHOLE_PACE);
    for (uint32_t k = 0; k < w->kinds; k++) {
        struct kind *g = &w->kind[k];

        g->part = fmin(2, fmax(0, g->part + step * g->way));
    }
}

/* Is it in vain? Not as long as hosts may not add up. */
static bool whole_is_far(const struct whole *w, int round)
{
    return round == WHOLE_HALF && w->r->rolled_n > WHOLE_SUMS &&
           w->near < -WHOLE_NEAR;
}

static int whole_rounds(struct whole *w, uint32_t most)
{
    int rc = 0;

    for (int i = 0; i < WHOLE_ROUNDS && w->waves <= most && !rc; i++) {
        whole_price(w);
        whole_worth(w);
        rc = whole_bound(w, whole_bin(w));
        whole_change(w, i);
        if (whole_is_far(w, i))
            break;
    }
    return rc;
}

/* --- hosts ----------------------------------------------------------------- */

/* By memory alone, as if guests could be divided. */
static int whole_hosts(struct whole *w)
{
    const struct roll *r = w->r;
    uint32_t n = whole_items(w), waves;
    int rc;

    for (uint32_t i = 0, k = 0; i < r->rolled_n; i++)
        if (whole_is_rolled(r, r->rolled[i]))
            w->item[k++].size = r->weight[r->rolled[i]].mib;
    rc = bins_least_sums(w->item, n, r->opt->canary, r->room.mib, &waves);
    if (!rc)
        whole_raise(w, waves, PLAN_ROLL_MEMORY);
    return rc;
}

int roll_look_closer(const struct roll *r, uint32_t from, uint32_t to,
                     struct roll_least *least)
{
    struct whole w = { .r = r, .waves = from, .near = -1, .least = least };
    int rc;

    *least = (struct roll_least){ .waves = 0 };
    if (!r->c->ndom || from < 2 || r->rolled_n > WHOLE_HOSTS)
        return 0;
    rc = whole_init(&w);
    if (!rc || rc == -ERANGE) {
        int r2 = whole_hosts(&w);

        rc = r2 ? r2 : rc;
    }
    if (!rc)
        rc = whole_rounds(&w, to);
    whole_dispose(&w);
    return rc == -ERANGE ? 0 : rc;
}
