/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Finds hosts that fill a wave well together: by choosing the largest first a
 * wave may end with a gap that no host fits, though others would have filled
 * it. It is a subset sum, by hosts or, where one of a rack goes at a time, by
 * racks.
 */
#include "scheduler/roll_impl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Sums are looked at in so many steps, at most. */
enum { FILL_STEPS = 8191, FILL_WORDS = FILL_STEPS / 64 + 1 };

struct fill_host {
    uint32_t at, group; /* at: in r->wait */
    int64_t mib, steps;
};

struct fill {
    const struct roll *r;
    struct fill_host *host; /* by group, the first of r->wait last */
    uint32_t n;
    uint64_t *sum; /* a row for each host and one before: what groups up to it
                      add up to */
    int64_t bin;   /* steps */
    bool *chosen;  /* by r->wait */
};

/* --- the hosts ------------------------------------------------------------- */

static int fill_order(const void *pa, const void *pb)
{
    const struct fill_host *a = pa, *b = pb;

    if (a->group != b->group)
        return a->group > b->group ? -1 : 1;
    return a->at > b->at ? -1 : a->at < b->at;
}

/* A group is the first of its hosts that waits. */
static void fill_groups(struct fill *f)
{
    const struct roll *r = f->r;

    for (uint32_t i = 0; i < f->n; i++) {
        uint32_t rack = r->c->host[r->wait[i]].rack, k = 0;

        f->host[i].at = i;
        f->host[i].mib = roll_weight(r, r->wait[i]).mib;
        if (r->opt->same_domain || rack == NONE)
            k = i;
        while (k < i && r->c->host[r->wait[k]].rack != rack)
            k++;
        f->host[i].group = k;
    }
    qsort(f->host, f->n, sizeof *f->host, fill_order);
}

/* The width of a step; exact, where that is not too many. */
static int64_t fill_step(const struct fill *f, int64_t mib)
{
    int64_t step = 0;

    for (uint32_t i = 0; i < f->n; i++)
        step = bins_gcd(step, f->host[i].mib);
    return step > 0 && mib / step < FILL_STEPS ? step : mib / FILL_STEPS + 1;
}

static int fill_init(struct fill *f, int64_t mib, int64_t *step)
{
    f->host = calloc(f->n, sizeof *f->host);
    f->chosen = calloc(f->n, sizeof *f->chosen);
    f->sum = calloc((f->n + 1u) * (size_t)FILL_WORDS, sizeof *f->sum);
    if (!f->host || !f->chosen || !f->sum)
        return -ENOMEM;
    fill_groups(f);
    *step = fill_step(f, mib);
    f->bin = mib / *step;
    for (uint32_t i = 0; i < f->n; i++)
        f->host[i].steps = (f->host[i].mib + *step - 1) / *step;
    return 0;
}

static void fill_dispose(struct fill *f)
{
    free(f->host);
    free(f->chosen);
    free(f->sum);
}

/* --- sums ------------------------------------------------------------------ */

static uint64_t *fill_row(const struct fill *f, uint32_t i)
{
    return f->sum + (size_t)i * FILL_WORDS;
}

static bool fill_has(const struct fill *f, uint32_t row, int64_t steps)
{
    return fill_row(f, row)[steps / 64] >> (steps % 64) & 1;
}

/* Where the group of the host before this row begins. */
static uint32_t fill_group_of(const struct fill *f, uint32_t row)
{
    uint32_t i = row - 1;

    while (i > 0 && f->host[i - 1].group == f->host[row - 1].group)
        i--;
    return i;
}

/* The last group, that of the host which is to go first, is in each sum; and a
 * rack of which a host has to be in each wave that is left. */
static bool fill_must(const struct fill *f, uint32_t from, uint32_t end,
                      uint32_t waves_left)
{
    return end == f->n || (waves_left && end - from >= waves_left);
}

static void fill_sums(struct fill *f, uint32_t waves_left)
{
    uint32_t end;

    fill_row(f, 0)[0] = 1;
    for (uint32_t i = 0; i < f->n; i = end) {
        for (end = i + 1;
             end < f->n && f->host[end].group == f->host[i].group;)
            end++;
        if (!fill_must(f, i, end, waves_left))
            memcpy(fill_row(f, end), fill_row(f, i),
                   FILL_WORDS * sizeof *f->sum);
        for (uint32_t k = i; k < end; k++)
            if (f->host[k].steps <= f->bin)
                bins_sums_add(fill_row(f, end), fill_row(f, i),
                              (uint64_t)f->host[k].steps,
                              (size_t)f->bin / 64 + 1);
    }
}

/* The least sum that is enough, or the largest; 0: there is none. */
static int64_t fill_goal(const struct fill *f, int64_t enough)
{
    int64_t s = enough < f->bin ? enough : f->bin;

    for (int64_t more = s; more <= f->bin; more++)
        if (fill_has(f, f->n, more))
            return more;
    while (s > 0 && !fill_has(f, f->n, s))
        s--;
    return s;
}

/* Those of the goal, the first of r->wait with preference. */
static void fill_choose(struct fill *f, int64_t goal)
{
    uint32_t row = f->n;

    while (row > 0 && goal > 0) {
        uint32_t from = fill_group_of(f, row), k = row;

        while (k > from && (f->host[k - 1].steps > goal ||
                            !fill_has(f, from, goal - f->host[k - 1].steps)))
            k--;
        if (k > from) {
            f->chosen[f->host[k - 1].at] = true;
            goal -= f->host[k - 1].steps;
        }
        row = from;
    }
}

/* Chosen hosts first; else the order stays. */
static int fill_move(struct roll *r, const struct fill *f)
{
    uint32_t *wait = malloc(f->n * sizeof *wait), n = 0;

    if (!wait)
        return -ENOMEM;
    for (int pass = 1; pass >= 0; pass--)
        for (uint32_t i = 0; i < f->n; i++)
            if (f->chosen[i] == pass)
                wait[n++] = r->wait[i];
    memcpy(r->wait, wait, f->n * sizeof *wait);
    free(wait);
    return 0;
}

int roll_fill(struct roll *r, uint32_t waves_left)
{
    struct fill f = { .r = r, .n = r->wait_n };
    int64_t mib = roll_free(r).mib, all = 0, step, goal;
    int rc;

    if (!f.n || f.n > ROLL_FILL_HOSTS || mib <= 0)
        return 0;
    rc = fill_init(&f, mib, &step);
    if (!rc) {
        for (uint32_t i = 0; i < f.n; i++)
            all += f.host[i].steps;
        fill_sums(&f, waves_left);
        goal = fill_goal(&f, waves_left ? (all + waves_left - 1) / waves_left
                                        : f.bin);
        fill_choose(&f, goal);
        rc = fill_move(r, &f);
    }
    fill_dispose(&f);
    return rc;
}
