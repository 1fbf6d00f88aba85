/* SPDX-License-Identifier: LGPL-2.1-only */
/* What the executor's files share. */
#ifndef RACKHOP_RUN_EXEC_IMPL_H
#define RACKHOP_RUN_EXEC_IMPL_H

#include "tools/doc/snapshot.h"
#include "tools/run/dispatch.h"
#include "tools/run/executor.h"
#include "tools/run/moveline.h"
#include "tools/remote/ssh.h"
#include "tools/base/msg.h"

enum {
    ATTEMPTS = 3,   /* of one guest */
    PLANS_MAX = 12, /* of one run */
    ASKS_MAX = 6,   /* of a host that does not answer */
};

/* A move that runs, and the connection that shows it. */
struct exec_child {
    uint32_t move; /* of the run */
    struct ssh_proc proc;
    struct moveline_buffer out;
    char said[256];  /* the last line of its stderr */
    char error[512]; /* of its `end` */
    size_t said_n;
    unsigned asked;    /* how often */
    int64_t ask_at_ms; /* then again; 0: it is connected */
    int64_t since_ms;  /* it was asked; and last said anything */
    int64_t heard_ms;
    int64_t began_ms;
    double late_s; /* when it was found late; twice that is late again */
    struct ssh_proc cancel;
    int64_t cancel_at_ms; /* when it was begun; 0: never */
    int64_t last_ms;
    double last_bytes;
};

struct exec_private {
    struct msg err;
    bool claimed; /* there may be claims to give back */
    bool broken;  /* the journal can't be written: start nothing */
    bool unseen;  /* whether all hosts to drain are empty */
    struct exec_child *child;
    uint32_t child_n, child_room;
    struct snapshot snap; /* of the last look */
    bool has_snap;
    struct dispatch d; /* over the moves that wait: */
    uint32_t *index;   /* move of the run by move of d */
    uint32_t *place;   /* and back; DISPATCH_NONE */
    struct topo_dist *dist;
    double *arc;
    bool has_dispatch, wants_plan;
    int64_t looked_ms, began_ms, told_ms;
    double part0; /* sent when this executor began; < 0: not known yet */
};

int64_t exec_now_ms(void);
void exec_say(struct exec *e, enum exec_event ev, uint32_t move,
              const char *fmt, ...) __attribute__((format(printf, 4, 5)));
bool exec_waits(const struct run_move *m);
/* Is there no later move of its guest? */
bool exec_is_last(const struct run *r, uint32_t move);
/* Moves that are done, and that are under way. */
uint32_t exec_made(const struct run *r);

/* exec_move.c: 0, or -1 when the journal broke. */
int exec_start(struct exec *e, uint32_t move, double rate);
int exec_ask(struct exec *e, uint32_t move); /* one that was started */
void exec_wait(struct exec *e);              /* for something to happen */
void exec_drop_children(struct exec *e);

/* exec_look.c */
/* Fresh facts: p->snap, and no dispatch. Who is under way counts as arrived, and
 * has its memory at its source as well. -1: p->err, and all is as it was. */
int exec_look(struct exec *e);
/* Marks what needs no move any more. 0; 1: the rest does not fit, p->err;
 * or -1. */
int exec_check(struct exec *e);
/* p->d for what waits, and for what runs */
int exec_dispatch(struct exec *e);
void exec_dispatch_dispose(struct exec *e);
/* Plans the rest again. 0, 1: there is nothing more to plan; or -1. */
int exec_replan(struct exec *e);
/* The same while moves run, if there is a whole plan with a move that can start
 * at once; there is no dispatch. 1: what waits stays as it is. */
int exec_replan_around(struct exec *e);

/* exec_claims.c */
int exec_claim(struct exec *e);
void exec_release(struct exec *e);
/* Hosts that a run empties are in maintenance before its first move. */
int exec_mark(struct exec *e);

#endif
