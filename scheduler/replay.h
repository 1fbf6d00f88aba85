/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The replay: what the loops of loop.h would have done to a cluster whose load
 * over time is known, and what it would have cost.
 *
 * A twin of the cluster in discrete time. The load of a step is what a look at
 * its start measures, and lasts until the next step, as in CloudSim; the loops
 * look every look_s, from the start of each step on, and never see a later step.
 * A move begins at the look that grants it, or when its target host has booted;
 * it takes memory / (half of the slower NIC), the guest stays on its source host
 * until then, and gets a tenth less CPU. A host without guests is off.
 *
 * Pure: the same trace and policy give the same result.
 */
#ifndef RACKHOP_SCHEDULER_REPLAY_H
#define RACKHOP_SCHEDULER_REPLAY_H

#include "scheduler/loop.h"

struct replay_trace {
    char *name;
    double step_s;
    uint32_t steps;
    struct loop_host *host;
    char **host_name;
    uint32_t hosts;
    struct loop_guest *guest;
    char **guest_name;
    uint32_t *start; /* of each guest, its host; LOOP_NONE: to be placed */
    uint32_t guests;
    float *load; /* of guest g at step s, in % of its cpu: [g * steps + s] */
};
void replay_trace_dispose(struct replay_trace *t);

/* As rackhop-replay/1 defines them. */
struct replay_result {
    double kwh;
    uint64_t moves;
    double host_hours;
    double slatah, pdm, slav; /* shares of 1 */
    /* The same of all hosts' time and all guests' CPU together, as CloudSim's
     * own report divides them (Helper.java), not means over hosts and guests
     * as its authors write them. */
    double slatah_all, pdm_all;
    uint64_t there_and_back;
    double gib;

    double over_hours; /* of hosts, with more demand than CPU */
    /* no placement needs less: the whole demand on hosts of the best kind that
     * are just full, or, where memory counts, as many hosts as it needs */
    double bound_kwh;
    uint64_t granted[LOOP_KINDS];    /* moves */
    uint64_t refused[LOOP_REFUSALS]; /* wishes at looks */
    uint64_t memory_broken;          /* moves that a host had no memory for; it
                                        is a bug if there is one */
    uint32_t most_moves_hour;        /* in any sixty minutes */
};

struct replay_watch {
    /* Each wish, granted or not; may be NULL. */
    void (*wish)(void *arg, double now_s, const struct loop_wish *w);
    void *arg;
};

/*
 * 0, -ENOMEM, or -ENOSPC: guest *bad_r has no room on any host at first.
 * watch may be NULL.
 */
int replay_run(const struct replay_trace *t, const struct loop_policy *p,
               const struct replay_watch *watch, struct replay_result *result,
               uint32_t *bad_r);

#endif
