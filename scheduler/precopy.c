/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Predicts one live migration: its rounds, bytes, duration and downtime.
 *
 * The first round sends the memory, each later one what was dirtied during the
 * round before, until the policy stops. The save helper decides by the same
 * rules from what it measures (libxl-ext/policy.c); here the guest is a steady
 * one. The policy's rule that saves bytes where no downtime was asked for is
 * left out, because a plan's moves always name their downtime. A test runs
 * both over the same guests and compares.
 *
 * What a codec makes of memory is known of guests that have moved: the first
 * round sends pages that the target host has not seen, the later ones mostly
 * changes, which take less. Of others each byte takes one on the wire. A codec
 * has one CPU at each host, so a link that is faster than that is no help.
 */
#include "scheduler/scheduler.h"

#include <math.h>

/* A round gains if it leaves less than this part of the least left so far. */
#define GAIN 0.9
/* When the target is met, one more round is sent if it halves what is left, if
 * it costs little of the time that the move took so far, and if the stop would
 * be longer than anyone notices. */
#define HALVES    0.5
#define CHEAP     0.05
#define NOTICED_S 0.05
#define NOTHING   (50 / 256.0) /* MiB: with so little left it ends */
#define STALLED_S 3.0          /* rounds that gain nothing: most time, */
#define STALLED   3            /* and number, before it ends */
#define PACE      1024.0       /* MiB/s of memory that one codec takes in */

struct guest {
    double rate, set, mib_s; /* dirtying, what it saturates at, the link */
    double pace;             /* MiB/s of memory, however little they become */
    double first, again; /* bytes on the wire for one of memory: in the first
                            round, and later */
    double target_s;
};

struct progress {
    double left, before, best; /* MiB; of the last rounds */
    double elapsed, round;     /* s */
    unsigned rounds, stalled;
    double stalled_at;
    double seen[4], took[4]; /* MiB dirtied in the last rounds, and s */
};

static double guest_dirtied(double rate, double set, double seconds)
{
    if (rate <= 0 || set <= 0)
        return 0;
    return set * -expm1(-rate * seconds / set);
}

/* How long so much memory takes: the link or the codec, whichever is slower;
 * where the codec would be slower than to send all of it, all of it is sent. */
static double guest_sends_s(const struct guest *g, double mib, double ratio)
{
    return fmax(mib * ratio / g->mib_s, fmin(mib / g->pace, mib / g->mib_s));
}

/* The same of what was sent before. */
static double guest_again_s(const struct guest *g, double mib)
{
    return guest_sends_s(g, mib, g->again);
}

/* Sends one round, of `left` MiB. */
static void precopy_round(const struct guest *g, struct progress *p)
{
    p->round = guest_sends_s(g, p->left, p->rounds ? g->again : g->first);
    p->before = p->left;
    p->left = guest_dirtied(g->rate, g->set, p->round);
    p->seen[p->rounds % 4] = p->left;
    p->took[p->rounds % 4] = p->round;
    p->rounds++;
    if (p->left < GAIN * p->best || p->rounds <= 2)
        p->stalled = 0;
    else if (p->left >= GAIN * p->before && !p->stalled++)
        p->stalled_at = p->elapsed;
    p->best = fmin(p->best, p->left);
    p->elapsed += p->round;
}

/* Is one more round worth it although the target is met? As the policy does,
 * this judges the guest by the last rounds: the rate of the shortest, and the
 * most that was dirtied. */
static bool precopy_polishes(const struct guest *g, const struct progress *p)
{
    double t = guest_again_s(g, p->left), rate = 0, set = 0,
           shortest = INFINITY;
    double next;

    for (unsigned i = 0; i < 4 && i < p->rounds; i++) {
        set = fmax(set, p->seen[i]);
        if (p->took[i] < shortest) {
            shortest = p->took[i];
            rate = p->seen[i] / p->took[i];
        }
    }
    next = guest_dirtied(rate, set, t);
    return t > NOTICED_S && t <= CHEAP * p->elapsed &&
           next <= HALVES * p->left;
}

static bool precopy_ends(const struct guest *g, const struct progress *p,
                         unsigned max_rounds)
{
    if (p->left < NOTHING)
        return true;
    if (guest_again_s(g, p->left) <= g->target_s)
        return p->rounds >= max_rounds || !precopy_polishes(g, p);
    return p->rounds >= max_rounds ||
           (p->stalled >= STALLED && p->elapsed - p->stalled_at >= STALLED_S);
}

static double precopy_ratio(double known)
{
    return known > 0 ? known : 1;
}

struct plan_precopy_result plan_precopy(const struct plan_precopy *p)
{
    const struct guest g = { .rate = p->dirty_mib_s,
                             .set = fmin(p->writable_mib, p->mib),
                             .mib_s = p->mbps * 1e6 / 8 / (1 << 20),
                             .pace = p->wire_first > 0 ? PACE : INFINITY,
                             .first = precopy_ratio(p->wire_first),
                             .again = precopy_ratio(p->wire_again),
                             .target_s = p->downtime_ms / 1e3 };
    struct progress at = { .left = p->mib, .best = INFINITY };
    struct plan_precopy_result r = { .wire_known = p->wire_first > 0 };

    if (!(g.mib_s > 0))
        return (struct plan_precopy_result){ .mib = p->mib,
                                             .wire_mib = p->mib,
                                             .seconds = INFINITY };
    do {
        r.mib += at.left;
        r.wire_mib += at.left * (at.rounds ? g.again : g.first);
        precopy_round(&g, &at);
    } while (!precopy_ends(&g, &at, p->max_rounds));
    r.mib += at.left;
    r.wire_mib += at.left * g.again;
    r.rounds = at.rounds + 1;
    r.reached = guest_again_s(&g, at.left) <= g.target_s;
    r.downtime_ms = guest_again_s(&g, at.left) * 1e3 + p->overhead_ms;
    r.seconds = p->setup_ms / 1e3 + at.elapsed + r.downtime_ms / 1e3;
    return r;
}
