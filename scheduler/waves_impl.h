/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What the files that schedule a plan's moves share.
 */
#ifndef RACKHOP_SCHEDULER_WAVES_IMPL_H
#define RACKHOP_SCHEDULER_WAVES_IMPL_H

#include "scheduler/scheduler_impl.h"

struct wave_item {
    struct topo_share *share;
    int n;
    double rate;                      /* alone */
    struct plan_precopy_result alone; /* at that rate */
    uint32_t waits;                   /* moves in `after` that still run */
    uint32_t needed_by;               /* moves that have this in `after` */
    double key;
};

struct waves {
    struct plan_cluster *c;
    struct plan *p;
    struct wave_item *item;
    uint32_t n, arcs;
    double *used;  /* Mbit/s by arc */
    double *ahead; /* seconds of work by arc, of what has not started */
    uint32_t *on_arc, *on_host; /* running moves */
    uint32_t *queue, queued;    /* not started, best first */
    uint32_t *heap, running;    /* by end */
    uint32_t *users, *user_at;  /* who has this move in `after`: CSR */
    double now;
    double mib, downtime;           /* of all moves, alone */
    double more_mib, more_downtime; /* by going more slowly, so far */
};

/* waves_after.c: which departures each move needs. 0 or -ENOMEM */
int waves_find_after(struct plan_cluster *c, struct plan *p);

/* waves_running.c: the moves that run, and what they use of the links */
static inline double waves_arc_avail(const struct waves *w, uint32_t arc)
{
    return w->c->avail[arc / 2];
}
/* Adds (sign 1) or takes away (-1) what a move will have to send. */
void waves_work_ahead(struct waves *w, uint32_t move, int sign);
void waves_start_move(struct waves *w, uint32_t move, double rate,
                      const struct plan_precopy_result *r);
void waves_end_move(struct waves *w, uint32_t move);
/* The running move that ends first; it counts as running no more. */
uint32_t waves_pop_end(struct waves *w);

/* waves_admit.c: what starts now */
double waves_priority(const struct waves *w, uint32_t move);
void waves_sort_queue(struct waves *w);
void waves_admit(struct waves *w);
bool waves_admit_slower(struct waves *w);

#endif
