/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Finds how few bins can take items, so that no packing has fewer.
 *
 * What is never filled of a bin, because no items add up to it, is left out
 * first: of hosts that are alike, three may not fit where two and a half would.
 */
#include "scheduler/roll_impl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* --- sums ------------------------------------------------------------------ */

/* Sums are looked at in so many steps, at most, and of so many items: of more,
 * some add up to about anything. */
enum { SUM_STEPS = 1 << 16, SUM_WORDS = SUM_STEPS / 64 + 1, SUM_ITEMS = 1024 };

static int bin_item_order(const void *pa, const void *pb)
{
    const struct bin_item *a = pa, *b = pb;

    if (a->size != b->size)
        return a->size < b->size ? -1 : 1;
    return a->rack < b->rack ? -1 : a->rack > b->rack;
}

static int bin_rack_order(const void *pa, const void *pb)
{
    const struct bin_item *a = pa, *b = pb;

    if (a->rack != b->rack)
        return a->rack < b->rack ? -1 : 1;
    return bin_item_order(pa, pb);
}

void bins_sums_add(uint64_t *to, const uint64_t *from, uint64_t by,
                   size_t words)
{
    size_t skip = by / 64;
    unsigned bits = by % 64;

    for (size_t i = words; i-- > skip;) {
        uint64_t x = from[i - skip] << bits;

        if (bits && i > skip)
            x |= from[i - skip - 1] >> (64 - bits);
        to[i] |= x;
    }
}

int64_t bins_gcd(int64_t a, int64_t b)
{
    while (b) {
        int64_t c = a % b;

        a = b;
        b = c;
    }
    return a;
}

/* The width of a step: exact, where that is not too many. */
static int64_t sums_step(const struct bin_item *item, uint32_t n, int64_t bin)
{
    int64_t step = 0;

    for (uint32_t i = 0; i < n; i++)
        step = bins_gcd(step, item[i].size);
    if (step > 0 && bin / step < SUM_STEPS)
        return step;
    return bin / SUM_STEPS + 1;
}

/* The largest sum within the bin, in steps, of items that are in steps and by
 * rack; at most one of a rack, but of NONE any. */
static int64_t sums_most(const struct bin_item *item, uint32_t n, int64_t bin,
                         uint64_t *sum, uint64_t *next)
{
    size_t words = (size_t)bin / 64 + 1, at;
    int64_t most = bin;

    memset(sum, 0, words * sizeof *sum);
    sum[0] = 1;
    for (uint32_t i = 0, end; i < n; i = end) {
        memcpy(next, sum, words * sizeof *sum);
        for (end = i;
             end < n && (end == i || (item[i].rack != NONE &&
                                      item[end].rack == item[i].rack));
             end++)
            if (item[end].size <= bin &&
                (end == i || item[end].size != item[end - 1].size))
                bins_sums_add(next, sum, (uint64_t)item[end].size, words);
        memcpy(sum, next, words * sizeof *sum);
    }
    for (; most > 0; most--) {
        at = (size_t)most / 64;
        if (sum[at] >> (most % 64) & 1)
            break;
    }
    return most;
}

/* Turns items and bin into steps, and the bin into what is ever filled of it.
 * 0 or -ENOMEM */
static int bins_shrink(struct bin_item *item, uint32_t n, int64_t *bin)
{
    int64_t step = sums_step(item, n, *bin);
    uint64_t *sum = malloc(2 * SUM_WORDS * sizeof *sum);

    if (!sum)
        return -ENOMEM;
    for (uint32_t i = 0; i < n; i++)
        item[i].size /= step;
    qsort(item, n, sizeof *item, bin_rack_order);
    *bin = sums_most(item, n, *bin / step, sum, sum + SUM_WORDS);
    free(sum);
    return 0;
}

/* --- bins ------------------------------------------------------------------ */

static uint32_t bins_up(int64_t sum, int64_t bin)
{
    return sum <= 0 ? 0 : (uint32_t)((sum + bin - 1) / bin);
}

/* So many of the smallest fit into one bin, so none has more. */
static uint32_t bins_by_number(const struct bin_item *item, uint32_t n,
                               int64_t bin)
{
    int64_t sum = 0;
    uint32_t most = 0;

    while (most < n && sum + item[most].size <= bin)
        sum += item[most++].size;
    return most ? (n + most - 1) / most : n;
}

/*
 * Martello and Toth's L2 for one threshold: items above bin - least have a bin
 * each, where nothing else of at least `least` fits; those above half of a bin
 * have one each; the others fill what these leave.
 */
static uint32_t bins_from(const struct bin_item *item, const int64_t *sum,
                          uint32_t n, int64_t bin, uint32_t at)
{
    int64_t least = item[at].size, over;
    uint32_t large = n, half;

    while (large > at && item[large - 1].size > bin - least)
        large--;
    half = large;
    while (half > at && 2 * item[half - 1].size > bin)
        half--;
    over = sum[half] - sum[at] -
           ((int64_t)(large - half) * bin - (sum[large] - sum[half]));
    return n - half + bins_up(over, bin);
}

/* The thresholds that are looked at: each size would be a square of work. */
enum { BINS_THRESHOLDS = 64 };

/* Of items by size. 0 or -ENOMEM */
static int bins_count(const struct bin_item *item, uint32_t n, int64_t bin,
                      uint32_t *least)
{
    int64_t *sum = calloc(n + 1u, sizeof *sum);
    uint32_t tried = 0, b;

    *least = 0;
    if (!sum)
        return -ENOMEM;
    for (uint32_t i = 0; i < n; i++)
        sum[i + 1] = sum[i] + item[i].size;
    if (bin > 0 && n) {
        *least = bins_up(sum[n], bin);
        b = bins_by_number(item, n, bin);
        *least = b > *least ? b : *least;
    }
    for (uint32_t i = 0; bin > 0 && i < n && tried < BINS_THRESHOLDS; i++) {
        if (2 * item[i].size > bin || (i && item[i].size == item[i - 1].size))
            continue;
        tried++;
        b = bins_from(item, sum, n, bin, i);
        *least = b > *least ? b : *least;
    }
    free(sum);
    return 0;
}

static void bins_sort(struct bin_item *item, uint32_t n, int64_t bin)
{
    for (uint32_t i = 0; i < n; i++)
        if (item[i].size > bin)
            item[i].size = bin;
    if (n)
        qsort(item, n, sizeof *item, bin_item_order);
}

int bins_least(struct bin_item *item, uint32_t n, uint32_t spare, int64_t bin,
               uint32_t *least)
{
    uint32_t rest = n > spare ? n - spare : 0;

    bins_sort(item, n, bin);
    return bins_count(item, rest, bin, least);
}

int bins_least_sums(struct bin_item *item, uint32_t n, uint32_t spare,
                    int64_t bin, uint32_t *least)
{
    int rc;

    *least = 0;
    if (!n || n > SUM_ITEMS || bin <= 0)
        return 0;
    bins_sort(item, n, bin);
    rc = bins_shrink(item, n, &bin);
    return rc ? rc : bins_least(item, n, spare, bin, least);
}
