/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What the files share that schedule the moves of a plan.
 */
#ifndef RACKHOP_SCHEDULER_WAVES_IMPL_H
#define RACKHOP_SCHEDULER_WAVES_IMPL_H

#include "scheduler/scheduler_impl.h"

struct wave_item {
    struct plan_share *share;
    int n;
    double rate;                      /* that it gets when it is alone */
    struct plan_precopy_result alone; /* at that rate */
    uint32_t waits;                   /* moves in `after` that still run */
    uint32_t needed_by;               /* moves that have this in `after` */
    double key;
    /* What had no room for it when it was asked last, and when that was: as
     * long as nothing leaves there, there is none. NONE: nothing */
    uint32_t full, asked;
};

struct waves {
    struct plan_cluster *c;
    struct plan *p;
    struct wave_item *item;
    uint32_t n, arcs;
    double *used;  /* Mbit/s by arc */
    double *ahead; /* seconds of work by arc, of moves that wait */
    uint32_t *on_arc, *on_host; /* number of moves that run */
    uint32_t ends;              /* moves that have ended, so far */
    uint32_t *left_at; /* by arc, and behind them by host: `ends` when a move
                          left it last */
    uint32_t *queue, queued;   /* moves that wait, the most urgent first */
    uint32_t *heap, running;   /* moves that run, a heap by their end */
    uint32_t *users, *user_at; /* the moves that have move m in `after`:
                                   users[user_at[m]..user_at[m + 1]) */
    double now;
    double mib, downtime;           /* of all moves, each alone */
    double more_mib, more_downtime; /* because some went more slowly */
};

/* waves_after.c: fills in `after` of each move. 0 or -ENOMEM */
int waves_find_after(struct plan_cluster *c, struct plan *p);

/* waves_running.c: the moves that run, and what they use */
static inline double waves_arc_avail(const struct waves *w, uint32_t arc)
{
    return w->c->avail[arc / 2];
}
/* Adds (sign 1) or takes away (-1) what a move will have to send. */
void waves_work_ahead(struct waves *w, uint32_t move, int sign);
void waves_start_move(struct waves *w, uint32_t move, double rate,
                      const struct plan_precopy_result *r);
void waves_end_move(struct waves *w, uint32_t move);
/* Takes the move that ends first off the heap. */
uint32_t waves_pop_end(struct waves *w);

/* waves_admit.c: how urgent a move is, and the queue by that */
double waves_priority(const struct waves *w, uint32_t move);
void waves_sort_queue(struct waves *w);
/* Starts all moves that can start at the rate they would have alone. */
void waves_admit(struct waves *w);
/* Starts one more move, at a lower rate than that; false: none may start. */
bool waves_admit_slower(struct waves *w);

#endif
