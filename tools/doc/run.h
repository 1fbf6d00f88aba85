/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * rackhop-run/1: a run, that is a plan on its way to being done, with every
 * move that was ever planned for it, and how far each is. A text that cannot
 * be a run is refused: an executor would act on it.
 */
#ifndef RACKHOP_DOC_RUN_H
#define RACKHOP_DOC_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/base/msg.h"
#include "tools/base/strlist.h"
#include "tools/exit.h"

enum { RUN_KEY_MAX = 255 }; /* of the key that a run locks in the store */

enum move_state {
    MOVE_PLANNED,
    MOVE_STARTED,
    MOVE_DONE,
    MOVE_FAILED, /* the guest stayed on its source host */
    MOVE_DOUBT,
    MOVE_SKIPPED, /* will not be made; `why` says why */
};

struct run_move {
    /* from the plan */
    char *uuid, *name, *from, *to;
    char *reason; /* in a sentence; NULL: the goal is reason enough */
    double gib, cost, start_s, seconds, rate_mbps, downtime_ms;
    double wire_gib; /* what gib takes on the wire; 0: not known */
    int hops;
    bool path_unknown; /* hops and rate were assumed */
    unsigned lanes;    /* connections that are of use; 0: not known */
    uint32_t *after;   /* indices of moves that must end first */
    uint32_t after_n;
    bool replaced; /* by a later plan, before it was started */
    /* how far it is */
    enum move_state state;
    unsigned attempt;     /* of this guest, from 1 */
    double began, ended;  /* seconds since 1970; 0: not yet */
    double bytes, took_s; /* measured; < 0: not known */
    double stopped_ms;
    double last_copy_ms; /* of that, for memory */
    char why[256];
    uint64_t rev; /* of its record */
};

enum run_state { RUN_OPEN, RUN_ENDED };

struct run {
    char name[41];
    enum run_state state;
    enum exit_code code; /* once it has ended */
    char goal[16], executor[65], lock[RUN_KEY_MAX + 1];
    char started[32]; /* UTC */
    struct strlist
        hosts; /* drain: these; migrate: the target host, if named */
    struct strlist reasons; /* why, of each of these hosts; or none */
    struct strlist guests;  /* home: UUIDs */
    uint32_t max_moves;     /* rebalance; 0: no limit */
    double max_gib;         /* rebalance; INFINITY: no limit */
    double threshold;       /* rebalance; 0: none */
    double within_s;        /* evacuate: from `started` on */
    bool soft_apart;        /* drain */
    bool best_effort;
    bool stranded; /* the plan leaves guests behind: RC_PARTLY at best */
    uint32_t downtime_ms; /* planned for; 0: what each source host has set */
    double makespan_s, bound_s; /* of the first plan */
    uint32_t plans;             /* how many were made */
    struct run_move *move;
    uint32_t move_n, room;
    uint64_t rev; /* store revision of the key run/RUN */
    bool marked;  /* its executor put a host in maintenance that was not; no
                     part of the record */
};

const char *move_state_name(enum move_state s);

void run_dispose(struct run *r);
/* Makes room for one more move: 0 or -ENOMEM. */
int run_grow(struct run *r);
/* Takes off all moves but the first n. */
void run_cut(struct run *r, uint32_t n);

/* The records in the journal, of a run and of a move. Texts are to be freed;
 * NULL: no memory. */
char *run_format(const struct run *r);
char *run_move_format(const struct run_move *m);
/* 0, or a negative errno and a sentence in err; there is no run then. */
int run_parse(struct run *r, const char *text, size_t len, struct msg *err);
int run_move_parse(struct run_move *m, const char *text, size_t len,
                   struct msg *err);

#endif
