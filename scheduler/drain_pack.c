/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Packs the units of a tight drain onto hosts whose room comes in pieces.
 *
 * All units have a host at any time, and hosts may be given more than they
 * have room for. Each step takes a host that was, and makes the shift of one
 * of its units, or the exchange with a unit elsewhere, that leaves least too
 * much; the units that moved then rest for some steps, and hosts that stay too
 * full weigh more and more (tabu search with adaptive weights; Yagiura,
 * Ibaraki and Glover 2006). So it goes through packings that do not fit, where
 * drain_search.c adds one unit after another to one that does.
 */
#include "scheduler/drain_pack.h"

#include <math.h>

enum {
    EVALUATIONS = 40000000,  /* of a shift or an exchange, */
    EVALUATIONS_EACH = 5000, /* and at most so many for each unit and host */
    REST = 5,                /* steps for which a unit rests, */
    REST_MORE = 10,          /* and up to so many more */
};
#define HEAVIER 0.1 /* what a host's weight grows by */

/* --- what is too much ---------------------------------------------------- */

/* How much more a host has than it may, when a unit comes and one leaves. */
static double pack_excess(const struct pack *k, uint32_t h,
                          const struct pack_item *comes,
                          const struct pack_item *leaves)
{
    double sum = 0;

    for (int i = 0; i < PACK_SORTS; i++)
        sum += fmax(0, (comes ? comes->need[i] : 0) -
                           (leaves ? leaves->need[i] : 0) - k->room[h][i]);
    return k->weight[h] * sum;
}

/* Units on other hosts of its rack that u must be apart from. */
static uint32_t pack_met_in_rack(const struct pack *k, uint32_t u, uint32_t h,
                                 uint32_t but)
{
    uint32_t n = 0;

    for (uint32_t w = 0; w < k->n; w++)
        n += k->item[w].racked && w != u && w != but && k->item[w].at != h &&
             plan_share_rack(k->d->c, k->d->cand[k->item[w].at],
                             k->d->cand[h]) &&
             pack_excludes_rack(k, u, w);
    return n;
}

/* Units on the host that u must be apart from; `but` does not count. */
static double pack_clashes(const struct pack *k, uint32_t u, uint32_t h,
                           uint32_t but)
{
    uint32_t n = 0;

    if (!k->item[u].tied)
        return 0;
    for (uint32_t w = k->head[h]; w != NONE; w = k->item[w].next)
        n += w != u && w != but && k->item[w].tied && pack_excludes(k, u, w);
    if (k->item[u].racked)
        n += pack_met_in_rack(k, u, h, but);
    return n * k->clash * k->weight[h];
}

static double pack_shift_gain(const struct pack *k, uint32_t u, uint32_t g)
{
    const struct pack_item *a = &k->item[u];

    return pack_excess(k, a->at, NULL, NULL) - pack_excess(k, a->at, NULL, a) +
           pack_excess(k, g, NULL, NULL) - pack_excess(k, g, a, NULL) +
           pack_clashes(k, u, a->at, NONE) - pack_clashes(k, u, g, NONE);
}

static double pack_swap_gain(const struct pack *k, uint32_t u, uint32_t w)
{
    const struct pack_item *a = &k->item[u], *b = &k->item[w];
    double gain =
        pack_excess(k, a->at, NULL, NULL) - pack_excess(k, a->at, b, a) +
        pack_excess(k, b->at, NULL, NULL) - pack_excess(k, b->at, a, b);

    if (a->tied)
        gain += pack_clashes(k, u, a->at, NONE) - pack_clashes(k, u, b->at, w);
    if (b->tied)
        gain += pack_clashes(k, w, b->at, NONE) - pack_clashes(k, w, a->at, u);
    return gain;
}

static bool pack_is_over(const struct pack *k, uint32_t h)
{
    for (int i = 0; i < PACK_SORTS; i++)
        if (k->room[h][i] < -1e-9)
            return true;
    for (uint32_t u = k->head[h]; u != NONE; u = k->item[u].next)
        if (pack_clashes(k, u, h, NONE) > 0)
            return true;
    return false;
}

/* --- one step ------------------------------------------------------------ */

struct pack_step {
    uint32_t unit, host, other; /* other: NONE for a shift */
    double gain;
    uint32_t equals; /* steps that gain as much were met */
};

/* Of steps that gain as much, one is drawn. */
static void step_offer(struct pack *k, struct pack_step *best, uint32_t unit,
                       uint32_t host, uint32_t other, double gain)
{
    k->evaluated++;
    if (gain < best->gain - 1e-9)
        return;
    if (gain > best->gain + 1e-9)
        best->equals = 0;
    else if (drain_draw(k->d, ++best->equals + 1))
        return;
    *best = (struct pack_step){ unit, host, other, gain, best->equals };
}

static void step_look(struct pack *k, uint32_t u, struct pack_step *best)
{
    uint32_t from = k->item[u].at;

    for (uint32_t h = 0; h < k->hosts; h++)
        if (h != from && pack_suits(k, u, h))
            step_offer(k, best, u, h, NONE, pack_shift_gain(k, u, h));
    for (uint32_t w = 0; w < k->n; w++)
        if (k->item[w].at != from && k->item[w].rests <= k->step &&
            pack_suits(k, u, k->item[w].at) && pack_suits(k, w, from))
            step_offer(k, best, u, k->item[w].at, w, pack_swap_gain(k, u, w));
}

static void step_make(struct pack *k, const struct pack_step *s)
{
    uint32_t from = k->item[s->unit].at;

    pack_put(k, s->unit, s->host);
    k->item[s->unit].rests = k->step + REST + drain_draw(k->d, REST_MORE);
    if (s->other == NONE)
        return;
    pack_put(k, s->other, from);
    k->item[s->other].rests = k->step + REST + drain_draw(k->d, REST_MORE);
}

/* A host that has too much, drawn; NONE: none has. All of them grow heavier
 * if no step gained anything. */
static uint32_t pack_draw_over(struct pack *k, bool heavier)
{
    uint32_t n = 0, host = NONE;

    for (uint32_t h = 0; h < k->hosts; h++) {
        if (!pack_is_over(k, h))
            continue;
        if (heavier)
            k->weight[h] += HEAVIER;
        if (!drain_draw(k->d, ++n))
            host = h;
    }
    return host;
}

/* --- the search ---------------------------------------------------------- */

static bool pack_search(struct pack *k)
{
    uint64_t most = EVALUATIONS_EACH * (uint64_t)k->n * k->hosts;
    bool stuck = false;

    most = drain_effort(k->d, most < EVALUATIONS ? most : EVALUATIONS);
    while (k->evaluated < most) {
        struct pack_step best = { .unit = NONE, .gain = -INFINITY };
        uint32_t h = pack_draw_over(k, stuck);

        if (h == NONE)
            return true;
        k->step++;
        k->evaluated += k->hosts;
        for (uint32_t u = k->head[h]; u != NONE; u = k->item[u].next)
            if (k->item[u].rests <= k->step)
                step_look(k, u, &best);
        stuck = best.gain <= 1e-9;
        if (best.unit != NONE)
            step_make(k, &best);
    }
    return false;
}

int drain_pack(struct drain *d)
{
    struct pack k;
    int rc = pack_init(&k, d);

    if (!rc)
        pack_keep(&k, k.possible && pack_search(&k));
    pack_dispose(&k);
    return rc;
}
