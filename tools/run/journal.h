/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The journal of a run: what an executor is to do and how far it is, in the
 * store of its host, so that another process can go on after it.
 *
 *     run/RUN          the goal, the settings, and every move that was ever
 *                      planned; a new plan for the rest puts its moves behind
 *                      and marks the old ones as replaced, in one write
 *     run/RUN/m/N      how far move N is; absent: planned
 *     run/RUN/cancel   "stop" or "now": somebody wants it to end
 *     lock/KEY         the run that has the goal KEY to itself
 *
 * Each state is written before its effect: "started" before the move is
 * started, so a move that has no record was never started, and one that has is
 * asked for by its id before anything else is done.
 */
#ifndef RACKHOP_RUN_JOURNAL_H
#define RACKHOP_RUN_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/doc/json.h"
#include "tools/doc/plan.h"
#include "tools/store/store.h"
#include "tools/base/msg.h"

enum move_state {
    MOVE_PLANNED,
    MOVE_STARTED,
    MOVE_DONE,
    MOVE_FAILED, /* the guest stayed where it was */
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
    int code; /* RUN_ENDED: exit code */
    char goal[16], executor[65], lock[STORE_KEY_MAX + 1];
    char started[32]; /* UTC */
    struct strlist_of {
        char **s;
        uint32_t n;
    } hosts;            /* drain: these; as planned: the destination */
    uint32_t max_moves; /* rebalance; 0: no limit */
    bool best_effort;
    bool stranded;        /* the plan leaves some behind: no better than 4 */
    uint32_t downtime_ms; /* that was planned for; 0: what each source says */
    double makespan_s, bound_s; /* of the first plan */
    uint32_t plans;             /* how many were made */
    struct run_move *move;
    uint32_t move_n, room;
    uint64_t rev; /* of run/RUN */
};

const char *move_state_name(enum move_state s);

void run_dispose(struct run *r);
/* Appends the moves of a plan. 0 or -ENOMEM. */
int run_add_plan(struct run *r, const struct plan_doc *p);
/* Takes back what it appended to a run of move_n moves. */
void run_drop_plan(struct run *r, uint32_t move_n);
/* RUN.N.ATTEMPT */
void run_move_id(const struct run *r, uint32_t move, char *buf, size_t len);

/* All return 0, or a negative errno with a sentence in err. */
int journal_save(struct store *s, struct run *r, struct msg *err);
int journal_save_move(struct store *s, struct run *r, uint32_t move,
                      struct msg *err);
int journal_load(struct store *s, const char *name, struct run *r,
                 struct msg *err);
/* The name of the newest open run; of the newest run at all when none is open
 * and any is asked for. -ENOENT: there is none. */
int journal_newest(struct store *s, bool any, char *name, size_t len);
/* Deletes ended runs but the newest `keep`. */
int journal_prune(struct store *s, unsigned keep);

/* lock/KEY for a run; -EBUSY: an open run has it, named in err. */
int journal_lock(struct store *s, const char *key, const char *run,
                 struct msg *err);
/* -EBUSY: an open run has it; 0: none. */
int journal_locked(struct store *s, const char *key, struct msg *err);
int journal_unlock(struct store *s, const char *key, const char *run);

enum cancel_wish { CANCEL_NO, CANCEL_STOP, CANCEL_NOW };
int journal_cancel(struct store *s, const char *run, enum cancel_wish wish);
enum cancel_wish journal_cancelled(struct store *s, const char *run);

/* journal_doc.c: the records as JSON. Strings are to be freed. */
char *run_format(const struct run *r);
char *run_move_format(const struct run_move *m);
int run_parse(struct run *r, const char *text, size_t len, struct msg *err);
int run_move_parse(struct run_move *m, const char *text, size_t len,
                   struct msg *err);

#endif
