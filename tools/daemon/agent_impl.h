/* SPDX-License-Identifier: LGPL-2.1-only */
/* The private state of the agent, for those of its files that share it. */
#ifndef RACKHOP_DAEMON_AGENT_IMPL_H
#define RACKHOP_DAEMON_AGENT_IMPL_H

#include <stdbool.h>

#include "tools/daemon/agent.h"
#include "tools/daemon/sampler.h"
#include "tools/daemon/source.h"
#include "tools/series/fold.h"
#include "tools/series/ring.h"

/* Where the samples of a guest, or of the host, go to. */
struct keep {
    const struct shape *shape;
    struct fold fold;
    struct ring *ring; /* NULL: it can't be opened */
    char uuid[40];     /* "": the host */
    char name[RING_NAME];
    uint64_t retry_s; /* when it is tried again */
    bool asked;       /* its name and memory are known */
};

struct agent {
    struct agent_request rq;
    int lock; /* of the folder */
    struct sampler sampler;
    struct sources sources;
    struct shape shape[METRIC_KINDS];
    struct keep host;
    struct xlx_look look[SAMPLER_GUESTS + 1];
    uint64_t wall_s;  /* of the last second; 0: none yet */
    uint64_t seconds; /* counted */
    double doubts_at; /* since when the clock is not believed; < 0: it is */
    bool told;        /* that samples can't be kept */
};

/* --- agent_keep.c --------------------------------------------------------------- */

/* The guest's; made if it has none. NULL: no memory. */
struct keep *keep_of(struct agent *a, struct sampler_guest *g);
/* A second's figures into the file. */
void keep_second(struct agent *a, struct keep *k, const double *value);
void keep_end(struct agent *a, struct keep *k);
/* The clock was set back: newer samples are forgotten in all files. */
void keep_forget(struct agent *a, uint64_t wall_s);
/* The newest second that the host's file has; 0: none. */
uint64_t keep_newest(const struct agent *a);

#endif
