/* SPDX-License-Identifier: LGPL-2.1-only */
/* Chooses a target host when none was named: the scheduler's best, and why. */
#ifndef RACKHOP_CLUSTER_CHOOSE_H
#define RACKHOP_CLUSTER_CHOOSE_H

#include <stddef.h>

#include "tools/config.h"
#include "tools/doc/snapshot.h"
#include "tools/base/msg.h"

enum { CHOOSE_WHY = 512 };

struct choice {
    char host[256];       /* its name */
    char address[256];    /* as the configuration has it; "": it has none */
    char why[CHOOSE_WHY]; /* one sentence, safe to print */
    double rate_mbps;     /* what a lone move gets on the way */
    double gib, seconds, downtime_ms; /* expected */
    int hops;
};

/* One sentence, safe to print: what the move to the best of these candidates
 * takes, and which is the next. */
void choose_why(struct plan_cluster *c, const struct plan_candidate *k,
                uint32_t n, const struct plan_candidate *best, char *to,
                size_t len);

/*
 * domain: a name or UUID of the snapshot; a UUID is never ambiguous. 0;
 * -ENOENT: no such guest; -EPERM: no host can take it, err says why; -ENOMEM.
 */
int choose_host(struct snapshot *s, const char *domain, struct choice *c,
                struct msg *err);
/* The same from fresh facts of all hosts of the configuration. */
int choose_host_live(const struct config *conf,
                     const struct plan_settings *set, const char *domain,
                     struct choice *c, struct msg *err);

#endif
