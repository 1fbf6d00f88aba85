/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What no placement can do without: the watt-hours of a day below which the
 * demand, or the memory, of all guests can't be had.
 *
 * Memory needs a number of hosts, which follows from the dual feasible functions
 * u(k) of Fekete and Schepers, New classes of fast lower bounds for bin packing
 * problems (Mathematical Programming 91, 2001): what is more than i of k + 1 parts
 * of a host counts as i of k parts. Guests that leave a gap in each host that
 * none of them fits are counted with the gap by some k; a sum is not enough.
 */
#include "scheduler/replay_impl.h"

#include <math.h>

enum { BOUND_PARTS = 64 };

static const double HOUR = 3600;

/* The part of a host that a guest counts for, times k. */
static double bound_part(int64_t mib, int64_t all, int64_t k)
{
    int64_t parts = (k + 1) * mib;

    if (all <= 0)
        return 0;
    return parts % all ? (double)(parts / all)
                       : (double)k * (double)mib / (double)all;
}

static double bound_hosts(const struct replay_trace *t)
{
    int64_t all = 0;
    double most = 0;

    for (uint32_t h = 0; h < t->hosts; h++)
        all = t->host[h].memory_mib > all ? t->host[h].memory_mib : all;
    for (uint32_t g = 0; g < t->guests; g++)
        most += (double)t->guest[g].memory_mib / fmax((double)all, 1);
    for (int64_t k = 1; k <= BOUND_PARTS; k++) {
        double sum = 0;

        for (uint32_t g = 0; g < t->guests; g++)
            sum += bound_part(t->guest[g].memory_mib, all, k);
        most = fmax(most, sum / (double)k);
    }
    return ceil(most - 1e-6);
}

/* The least that a host which is on takes, and, more than that, for each unit of
 * CPU: no host takes less than both together, whatever its load. */
static void bound_watts(const struct replay_trace *t, double *idle,
                        double *unit)
{
    *idle = *unit = INFINITY;
    for (uint32_t h = 0; h < t->hosts; h++)
        for (int i = 0; i < LOOP_WATTS; i++)
            *idle = fmin(*idle, t->host[h].power_w[i]);
    for (uint32_t h = 0; h < t->hosts; h++)
        for (int i = 1; i < LOOP_WATTS; i++)
            *unit = fmin(*unit, (t->host[h].power_w[i] - *idle) /
                                    (t->host[h].cpu * i / (LOOP_WATTS - 1)));
}

static double bound_memory(const struct twin *w)
{
    double idle, unit;

    bound_watts(w->t, &idle, &unit);
    return (bound_hosts(w->t) * idle * w->now_s + unit * w->served) / HOUR;
}

/* All demand that was served, on hosts of the best kind that are just full. */
static double bound_demand(const struct twin *w)
{
    double best = INFINITY;

    for (uint32_t h = 0; h < w->t->hosts; h++)
        for (int i = 1; i < LOOP_WATTS; i++)
            best = fmin(best, w->t->host[h].power_w[i] /
                                  (w->t->host[h].cpu * i / (LOOP_WATTS - 1)));
    return w->served * best / HOUR;
}

double bound_wh(const struct twin *w, bool memory)
{
    double demand;

    if (!w->t->guests)
        return 0;
    demand = bound_demand(w);
    /* with more on a host than it has, memory says nothing of their number */
    return memory && !w->crowded ? fmax(demand, bound_memory(w)) : demand;
}
