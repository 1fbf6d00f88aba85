/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Goals: what a plan is for, one row each.
 *
 * Everything that depends on the goal of a plan or of a run is asked of its
 * row: how it is planned, how the rest of it is planned again, whether it is
 * met, whether its hosts go into maintenance. docs/HACKING lists what else a
 * new goal needs, beside a row in goal.c and a file of its own.
 */
#ifndef RACKHOP_RUN_GOAL_H
#define RACKHOP_RUN_GOAL_H

#include <stdbool.h>
#include <stdint.h>

#include "scheduler/scheduler.h"
#include "tools/base/msg.h"

struct config;
struct run;
struct run_move;

struct goal {
    const char *name;   /* as commands, plans and runs spell it */
    int min, max;       /* operands that it takes */
    const char *takes;  /* the operands in words, for a message */
    unsigned sample_ms; /* how long CPU use is sampled for it; 0: as usual */
    bool exclusive;     /* one run at a time has this goal */
    /* The hosts that it names go into maintenance. When no move is left fresh
     * facts show whether they are empty. */
    bool marks_hosts;
    /* Where its guests belong does not change by its moves (home.h). Guests
     * that another goal moves live where it took them. */
    bool keeps_homes;
    bool needs_homes; /* it is planned by where guests belong */
    /*
     * A plan for these operands. 0, or a negative errno: -EINVAL with a
     * sentence in err when an operand names nothing.
     */
    int (*plan)(struct plan_cluster *c, char *const *operand, int n,
                struct plan **plan_r, struct msg *err);
    /*
     * A plan for what a run has left to do, from fresh facts. *plan_r stays
     * NULL when nothing is left. *unseen_r: whether a host that the goal names
     * is not among the facts. 0 or a negative errno.
     */
    int (*replan)(const struct run *r, struct plan_cluster *c,
                  struct plan **plan_r, bool *unseen_r);
    /* Is the goal met for this guest although its last move m was not made? */
    bool (*is_met)(const struct run *r, const struct run_move *m);
};

/* goal_drain.c, goal_rebalance.c, goal_migrate.c, goal_home.c, goal_evacuate.c */
extern const struct goal goal_drain, goal_rebalance, goal_migrate, goal_home,
    goal_evacuate;
/* A host may be empty without a move that failed. */
bool goal_drain_is_met(const struct run *r, const struct run_move *m);
/* goal_loops.c: of runs that rackhopd begins; nobody plans for it by name */
extern const struct goal goal_loops;

/* NULL: there is no such goal. */
const struct goal *goal_find(const char *name);
/* The rows in turn, from 0; NULL: that was the last. */
const struct goal *goal_row(unsigned i);
/* A plan that was written by hand may have any goal: its moves count one by
 * one, as those of migrate do. */
const struct goal *goal_of_run(const struct run *r);
/* The hosts of the run that the cluster has. *host_r is to be freed. *unseen_r:
 * it lacks one. 0 or -ENOMEM. */
int run_find_hosts(const struct run *r, const struct plan_cluster *c,
                   uint32_t **host_r, uint32_t *n_r, bool *unseen_r);
/* goal_hosts.c */
/* HOST and rack:NAME as hosts of the cluster: their number, and *host_r, which
 * is to be freed; or a negative errno: -EINVAL with a sentence in err. */
int goal_hosts(struct plan_cluster *c, char *const *word, int n,
               uint32_t **host_r, struct msg *err);
/* Before any host is asked: whether the configuration has the hosts among these
 * words ("all" and rack:NAME show later). 0, or -EINVAL with a sentence. */
int goal_hosts_configured(const struct config *conf, char *const *word, int n,
                          struct msg *err);
/* Says in err that there is no such host, and which one may be meant. */
void goal_no_host(const struct plan_cluster *c, const char *word,
                  struct msg *err);

#endif
