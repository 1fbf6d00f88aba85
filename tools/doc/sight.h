/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What loops need of a snapshot's text and planners do not: the newest demand
 * of guests, what they wait for and send each other, and the watts and the
 * health of hosts.
 */
#ifndef RACKHOP_DOC_SIGHT_H
#define RACKHOP_DOC_SIGHT_H

#include "scheduler/loop.h"
#include "scheduler/scheduler.h"
#include "tools/base/msg.h"

/* Below 0: not known. */
struct sight_host {
    double idle_w, peak_w;
    double nic_mbps;
    char boot[40];           /* the id of its boot; "": not known */
    struct loop_signs signs; /* what is sampled of its health */
};
struct sight_guest {
    double demand;       /* CPUs that it would use: what it uses and waits for,
                        and no more than its cap lets it */
    double used;         /* CPUs that it uses */
    double steal;        /* the share of time that its vCPUs wait */
    double starving;     /* pages a second from swap, or faulted in */
    bool hinted;         /* which the guest says, and nobody measures */
    double max_mib;      /* its memory may grow to this */
    double had_mib;      /* before rackhop changed it; below 0: it did not */
    double cap;          /* CPUs that it gets at most; 0: there is none */
    double weight;       /* beside others; 0: not known */
    struct loop_day day; /* of the demand */
};
struct sight {
    struct sight_host *host;   /* by the cluster's numbers */
    struct sight_guest *guest; /* likewise */
    struct loop_talk *talk;    /* which guests talk with each other */
    uint32_t talks;
};

/* Samples that are older say nothing of now. */
enum { SIGHT_FRESH_S = 120 };

/*
 * Of the text that the cluster was read from. What is missing or out of range
 * is not known, and no error. 0, or a negative errno and a sentence.
 */
int sight_parse(struct sight *s, const struct plan_cluster *c,
                const void *text, size_t len, struct msg *err);
void sight_dispose(struct sight *s);

#endif
