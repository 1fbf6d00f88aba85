/* SPDX-License-Identifier: LGPL-2.1-only */
/* The twin of a cluster, for the files of the replay. */
#ifndef RACKHOP_REPLAY_IMPL_H
#define RACKHOP_REPLAY_IMPL_H

#include "scheduler/replay.h"

enum { TWIN_LEFT = 8 }; /* departures of a guest that are remembered */

struct twin_move {
    uint32_t guest, from, to;
    double begin_s, end_s;
};

/* A guest has left a host; the demand of both hosts at that time. */
struct twin_left {
    uint32_t from, to;
    double s, from_demand, to_demand;
};

struct twin_guest {
    double asked, lost; /* CPU times seconds; lost: because of moves */
    struct twin_left left[TWIN_LEFT];
    uint32_t lefts;
};

struct twin_host {
    double demand;
    double on_s, over_s;
    double ready_s;  /* it has booted then */
    uint32_t guests; /* here, and on the way here */
    int64_t free_mib;
};

struct twin {
    const struct replay_trace *t;
    struct replay_result *result;
    double now_s;
    struct twin_host *host;
    struct twin_guest *guest;
    double *demand;         /* of each guest */
    uint32_t *at;           /* of each guest: where it runs */
    uint32_t *to;           /* of each guest: where it will be */
    uint8_t *moving;        /* of each guest */
    uint8_t *on;            /* of each host */
    struct twin_move *move; /* under way; room for one a guest */
    uint32_t moves;
    double *moved_s; /* of each move so far */
    size_t moved, moved_room;
    double wh;
    double served; /* CPU that guests got, times seconds */
    bool crowded;  /* a host began with more guests than its memory has */
};

/* 0, -ENOMEM or -ENOSPC (*bad_r) */
int twin_init(struct twin *w, const struct replay_trace *t,
              struct replay_result *result, uint32_t *bad_r);
void twin_dispose(struct twin *w);
void twin_step(struct twin *w, uint32_t step);
void twin_advance(struct twin *w, double until_s);
/* 0, -ENOMEM, or -ENOSPC: there is no memory for it, and that counts. */
int twin_move(struct twin *w, uint32_t guest, uint32_t to, bool memory);
void twin_sum(struct twin *w, bool memory);
/* What no placement that serves as much needs less than. */
double bound_wh(const struct twin *w, bool memory);

/* replay_place.c: guests that have no host get one. 0 or -ENOSPC */
int place_guests(struct twin *w, uint32_t *bad_r);

#endif
