/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Rolling maintenance: hosts are emptied, worked on and filled again, wave
 * after wave, until all of them had their turn; no guest stops.
 *
 * The plan is pure, as those of scheduler.h are: the same cluster, hosts and
 * options give the same waves. A wave's moves away end before the work on its
 * hosts begins; its moves home begin when that work has ended, and the next
 * wave's moves away when these have.
 */
#ifndef RACKHOP_SCHEDULER_ROLL_H
#define RACKHOP_SCHEDULER_ROLL_H

#include "scheduler/scheduler.h"

struct plan_roll_options {
    uint32_t parallel;   /* hosts that are down at once; 0: any number */
    uint32_t canary;     /* hosts that go first, in a wave of their own */
    double max_away_gib; /* memory of the guests that one wave moves away;
                            INFINITY: any */
    bool home;           /* guests return when their host is done; else they
                            stay where they went */
    bool same_domain;    /* hosts of one fault domain may be down at once: of
                            a rack, or all that have a guest of an apart
                            group */
    const char *to_xen;  /* what the hosts come back with ("4.20"); NULL: what
                            they have */
    const char *without; /* CPU features that they come back without, by name
                            ("avx512f,rtm"); NULL: they have all of them */
};

/* One host at a time, guests return. */
void plan_roll_options_init(struct plan_roll_options *o);

/* What the least number of waves follows from. */
enum plan_roll_limit {
    PLAN_ROLL_ONE, /* there is a host to roll, so there is a wave */
    PLAN_ROLL_PARALLEL,
    PLAN_ROLL_RACK,
    PLAN_ROLL_APART,
    PLAN_ROLL_MEMORY,
    PLAN_ROLL_GUESTS, /* memory, and that guests cannot be divided */
    PLAN_ROLL_VCPU,
    PLAN_ROLL_AWAY, /* max_away_gib */
    PLAN_ROLL_LIMITS,
};
/* A word for documents, and a reason for people ("one host of a rack at a
 * time"). */
const char *plan_roll_limit_name(enum plan_roll_limit limit);
const char *plan_roll_limit_text(enum plan_roll_limit limit);

/*
 * Moves are in the order of their start, which counts from the first move away
 * (or home) of the wave; `after` are indices of moves of the same list, and
 * law. A move with `displaced` only makes room.
 */
struct plan_roll_wave {
    uint32_t *host;
    uint32_t host_n;
    bool canary;
    struct plan_move *away, *home;
    uint32_t away_n, home_n;
    double away_gib, home_gib; /* that pre-copy will send */
    double away_s, home_s; /* expected; the work on the hosts not counted */
    double bound_s;        /* away and home: what links or the largest
                                  guest alone need */
};

/* A host that cannot be rolled. */
struct plan_roll_left {
    uint32_t host;
    uint32_t domain;     /* that is in the way, or PLAN_NONE */
    enum plan_rule rule; /* PLAN_RULES: an option, not a rule */
    char *text;          /* a sentence: what is in the way, what helps */
};

struct plan_roll {
    struct plan_roll_wave *wave;
    uint32_t wave_n;
    struct plan_roll_left *left;
    uint32_t left_n;
    uint32_t hosts; /* in all waves */

    /* No roll of these hosts has fewer waves, whatever else it moves. */
    uint32_t wave_bound;
    enum plan_roll_limit limit;
    char *why; /* why there are more, a sentence; NULL: there are not */

    uint32_t moves, moves_bound; /* away and home */
    uint32_t displaced;          /* moves that only make room, of these */
    double gib;                  /* that pre-copy will send */
    double gib_bound;            /* memory of the least moves */
    double makespan_s, makespan_bound_s; /* sums over the waves */
};

/*
 * Plans the roll of these hosts, each named once. The waves have all that can
 * be rolled, `left` has the others. 0; -EINVAL: to_xen is no version, or older
 * than the Xen of one of the hosts (*bad_r, PLAN_NONE: no version), or `without`
 * is no list of features; or -ENOMEM.
 * The caller frees *roll_r with plan_roll_free().
 */
int plan_roll(struct plan_cluster *c, const uint32_t *hosts, uint32_t n,
              const struct plan_roll_options *o, struct plan_roll **roll_r,
              uint32_t *bad_r);
void plan_roll_free(struct plan_roll *p);

#endif
