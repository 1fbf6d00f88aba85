/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * A run: a plan on its way to being done, with every move that was ever
 * planned for it and how far each is. journal.h keeps it in the store; this
 * is the struct, and the questions that can be asked of it.
 */
#ifndef RACKHOP_RUN_RUN_H
#define RACKHOP_RUN_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/base/msg.h"
#include "tools/base/strlist.h"
#include "tools/doc/plan.h"
#include "tools/exit.h"
#include "tools/store/store.h"

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
    double gib, cost, start_s, seconds, rate_mbps, downtime_ms;
    int hops;
    uint32_t *after; /* indices */
    uint32_t after_n;
    bool replaced; /* by a later plan, before it was started */
    /* how far it is */
    enum move_state state;
    unsigned attempt;     /* of this guest, from 1 */
    double began, ended;  /* seconds since 1970; 0: not yet */
    double bytes, took_s; /* measured; < 0: not known */
    double stopped_ms;
    char why[256];
    uint64_t rev; /* of its record */
};

enum run_state { RUN_OPEN, RUN_ENDED };

struct run {
    char name[41];
    enum run_state state;
    enum exit_code code; /* once it has ended */
    char goal[16], executor[65], lock[STORE_KEY_MAX + 1];
    char started[32]; /* UTC */
    struct strlist
        hosts;          /* drain: these; migrate: the target host, if named */
    uint32_t max_moves; /* rebalance; 0: no limit */
    bool best_effort;
    bool stranded; /* the plan leaves guests behind: RC_PARTLY at best */
    uint32_t downtime_ms; /* planned for; 0: what each source host has set */
    double makespan_s, bound_s; /* of the first plan */
    uint32_t plans;             /* how many were made */
    struct run_move *move;
    uint32_t move_n, room;
    uint64_t rev; /* of run/RUN */
};

const char *move_state_name(enum move_state s);

void run_dispose(struct run *r);
/* Makes room for one more move: 0 or -ENOMEM. */
int run_grow(struct run *r);
/* Appends the moves of a plan. 0 or -ENOMEM. */
int run_add_plan(struct run *r, const struct plan_doc *p);
/* Takes off what run_add_plan() appended to a run of move_n moves. */
void run_drop_plan(struct run *r, uint32_t move_n);
/* Marks the moves that wait as replaced: another plan takes their place. */
void run_replace_waiting(struct run *r);
/* RUN.N.ATTEMPT, by which its source host knows a move. */
void run_move_id(const struct run *r, uint32_t move, char *buf, size_t len);

/* --- questions --------------------------------------------------------------- */

/* Is this move still to be started? */
bool run_waits(const struct run_move *m);
bool run_any_waits(const struct run *r);
/* Is there no later move of its guest? */
bool run_is_last(const struct run *r, uint32_t move);
/* Is the host one that the goal names? */
bool run_has_host(const struct run *r, const char *host);
/* The number of moves that are done or under way. */
uint32_t run_made(const struct run *r);
/* How often moves of this guest have failed. */
unsigned run_failures(const struct run *r, const char *uuid);
/*
 * The number of guests that are not where the goal wants them. `left`, unless
 * it is NULL, is called for each, with its last move and the reason.
 */
uint32_t run_left(const struct run *r,
                  void (*left)(void *arg, const struct run_move *m,
                               const char *why),
                  void *arg);
/* The exit code that a run's moves deserve. */
enum exit_code run_code(const struct run *r);

/* --- run_doc.c: the records as JSON; strings are to be freed ------------------- */

char *run_format(const struct run *r);
char *run_move_format(const struct run_move *m);
int run_parse(struct run *r, const char *text, size_t len, struct msg *err);
int run_move_parse(struct run_move *m, const char *text, size_t len,
                   struct msg *err);

#endif
