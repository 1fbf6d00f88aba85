/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * A small cluster as the checker of plans knows it, with rules and searches
 * that share no code with the planner.
 */
#ifndef RACKHOP_TESTS_PLAN_WORLD_H
#define RACKHOP_TESTS_PLAN_WORLD_H

#include <stdbool.h>

enum { HOSTS = 7, DOMS = 20, SWITCHES = 5 };
enum { NODES = HOSTS + SWITCHES };

struct h {
    int mem, cpus, up, features, network;
};
struct v {
    int host, mem, vcpus, features, network, pinned;
    int group;         /* kept apart; 0: none */
    int pair;          /* stay together; 0: none */
    double dirty, cpu; /* MiB/s; threads in use */
};
struct world {
    int hosts, doms, switches;
    struct h h[HOSTS];
    struct v v[DOMS];
    int cap[NODES][NODES]; /* Mbit/s; 0: no cable */
    int dist[NODES][NODES];
    double overcommit, alpha, beta;
    double cpu_limit, memory_limit;
};

/* Whether guest v may move to the host as things are; at: where each guest is,
 * -1: nowhere yet. */
bool world_allows(const struct world *w, const int *at, int v, int host);
/* Whether a host keeps the soft limits: 0: both; 1: that of its processors;
 * 2: it has no more busy threads than processors, at least; 3: none. What it has of its
 * own is not counted. */
enum { WORLD_LIMITS = 4 };
bool world_keeps(const struct world *w, const int *at, int host, int limits);
/* Threads in use on a host. */
double world_busy(const struct world *w, const int *at, int host);
/* Whether guests that were together are so, and none is on `drained` (-1: any
 * host will do). */
bool world_is_drained(const struct world *w, const int *at, int drained);

/* What is wanted: a host without guests, or (dom >= 0) a guest on a host, -1:
 * on any but its own. */
struct world_goal {
    int drained, dom, host;
};
enum world_answer { WORLD_NO, WORLD_YES, WORLD_TOO_LARGE };
/*
 * Is there an order of moves that reaches the goal? Tries all that can be, each
 * guest moving as often as it likes, also over the drained host; or (once) each
 * at most once, never to it, and pairs as one.
 */
enum world_answer world_reaches(const struct world *w,
                                const struct world_goal *goal, bool once);

#endif
