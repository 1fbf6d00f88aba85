/* SPDX-License-Identifier: LGPL-2.1-only */
/* What the executor's files share; executor.c drives the others. */
#ifndef RACKHOP_RUN_EXEC_IMPL_H
#define RACKHOP_RUN_EXEC_IMPL_H

#include "tools/base/clock.h"
#include "tools/base/loop.h"
#include "tools/base/msg.h"
#include "tools/doc/snapshot.h"
#include "tools/remote/ssh.h"
#include "tools/run/dispatch.h"
#include "tools/run/executor.h"
#include "tools/run/goal.h"
#include "tools/run/moveline.h"

enum {
    EXEC_ATTEMPTS = 3,   /* of one guest */
    EXEC_PLANS_MAX = 12, /* of one run */
    EXEC_ASKS_MAX = 6,   /* of a host that does not answer */
    EXEC_RACES_MAX = 20, /* with runs that reserve at the same time */
    EXEC_HOLD_S = 120,   /* a move that was prepared waits for the links */
};

/* A move that runs, or is prepared, and the connection that shows it. */
struct exec_child {
    struct exec *e;
    uint32_t move; /* of the run */
    struct child proc;
    struct loop_fd *out_watch, *err_watch;
    struct loop_child *end_watch;
    /* when it is asked again, or is looked at because it says nothing */
    struct loop_timer *timer;
    struct moveline_buffer out;
    bool ahead;    /* it is prepared: in the journal it is a planned one */
    bool by_hold;  /* this connection began so */
    bool by_lanes; /* and was told a number of lanes */
    bool sent;     /* its last byte: the links are free */
    int64_t
        sends_until_ms; /* when that will be, by its last words; 0: unknown */
    char said[256];     /* the last line of its stderr */
    char error[512];    /* of its `end` */
    size_t said_n;
    unsigned asked;    /* how often it was connected to */
    int64_t ask_at_ms; /* when it is asked again; 0: it is connected */
    int64_t since_ms;  /* when it was asked */
    int64_t heard_ms;  /* when it last said anything */
    int64_t began_ms;
    /* how late it was when last reported; reported again at twice that */
    double late_s;
    struct child cancel;
    int64_t cancel_at_ms; /* when `move cancel` was begun; 0: never */
    int64_t last_ms;      /* when last_bytes were counted */
    double last_bytes;
};

struct exec_private {
    const struct goal *goal;
    struct msg err;
    bool claimed;    /* there may be claims to give back */
    bool given_back; /* claims and reservations were, since all was done */
    bool broken;     /* the journal can't be written: start nothing */
    bool unseen;     /* whether all hosts to drain are empty is not known */
    struct loop loop;
    bool woken;                /* something may start, or all has ended */
    struct exec_child **child; /* in no order */
    uint32_t child_n, child_room;
    struct snapshot snap; /* of the last look */
    bool has_snap;
    struct strlist noted;  /* hosts and guests that were told to be odd */
    struct strlist unheld; /* source hosts whose rackhop can prepare no move */
    struct strlist
        unlaned;       /* and those whose rackhop takes no number of lanes */
    int64_t setup_ms;  /* how long the last one took to be ready; 0: unknown */
    struct dispatch d; /* over the moves that wait: */
    uint32_t *index;   /* move of the run by move of d */
    uint32_t *place;   /* and back; DISPATCH_NONE */
    double *arc;
    bool has_dispatch, wants_plan;
    struct strlist reserved; /* hosts that have reservations of the run */
    int64_t looked_ms, began_ms, told_ms, renewed_ms;
    double part0; /* sent when this executor began; < 0: not known yet */
};

/* Is nobody against another move? */
static inline bool exec_may_go_on(const struct exec *e)
{
    return e->wish == CANCEL_NO && !e->p->broken && !*e->hangup;
}

/* --- exec_event.c ----------------------------------------------------------- */

double exec_wall_s(void); /* seconds since 1970 */
void exec_say(struct exec *e, enum exec_event ev, uint32_t move,
              const char *fmt, ...) __attribute__((format(printf, 4, 5)));
/* The same of the whole run, as a note: its last error, p->err. */
void exec_say_error(struct exec *e);
/* Saves a move's record, and before it what is to be known of the guest's home:
 * 0; or -1 after saying why, and p->broken. */
int exec_save_move(struct exec *e, uint32_t move);
/* Tells the view, and other processes by the file RUN.live, how far the run
 * is; not more often than is of use. */
void exec_tick(struct exec *e);

/* --- exec_child.c: one connection for each running move ---------------------- */

struct exec_child *exec_child_new(struct exec *e, uint32_t move);
/* Shows that a move begins now, or is joined, and how far it is: not at all. */
void exec_child_show(struct exec_child *c, enum exec_event ev);
/* A new one, shown and connected. 0, or -1 when memory is out. */
int exec_child_begin(struct exec *e, uint32_t move, enum exec_event ev);
/* Asks for a move that was started: joins it or hears how it ended. */
int exec_ask(struct exec *e, uint32_t move);
/* Connects to a move again; what fails is tried again after a while. */
void exec_connect(struct exec_child *c);
/* Closes the connection; kills what is at its other end here. */
void exec_disconnect(struct exec_child *c);
void exec_ask_again(struct exec_child *c, int64_t in_ms);
void exec_cancel_child(struct exec *e, struct exec_child *c);
/* Frees it. */
void exec_remove_child(struct exec_child *c);
/* The same of one that was prepared only: its move is a planned one as before. */
void exec_ahead_end(struct exec_child *c);
/* Remembers that the host's rackhop is too old to prepare a move; or to be told
 * how many lanes it is to have. */
void exec_unheld(struct exec *e, const char *host);
void exec_unlaned(struct exec *e, const char *host);
void exec_drop_children(struct exec *e);

/* exec_line.c. Takes one line of a move's report; arg: its exec_child. */
void exec_line(void *arg, const char *text, size_t len);

/* --- exec_move.c: listens to running moves, learns how they end ------------------ */

/* Watches a connection that was just made. 0 or a negative errno. */
int exec_watch(struct exec_child *c);
/* Its timer is due. */
void exec_child_due(void *arg);
/* Waits until a move has ended or another may start; a fraction of a second
 * at most, for there are also clocks and wishes to look at. */
void exec_wait(struct exec *e);

/* --- exec_ahead.c: moves that are prepared, and started ------------------------ */

/* Prepares what dispatch.c lets. */
void exec_ahead_some(struct exec *e);
/* Prepares what will start at once, when the run has all that it needs for
 * that. There is a dispatch, and nothing runs. 0, or -1 when memory is out. */
int exec_ahead_first(struct exec *e);
/* Starts a move, whether it was prepared or not. 0, or -1 when the journal
 * broke or memory is out. */
int exec_start(struct exec *e, uint32_t move, double rate);
/* Lets all of them end; exec_ahead_drop() waits for it as well, so that their
 * guests are free for other moves. */
void exec_ahead_let_go(struct exec *e);
void exec_ahead_drop(struct exec *e);

/* --- exec_look.c, exec_check.c -------------------------------------------------- */

/* Fresh facts: p->snap, and no dispatch. -1: p->err says why, and all is as it
 * was. */
int exec_look(struct exec *e);
/* Skips the moves that are needed no more, and checks the rest against the
 * facts. 0; 1: the rest does not fit, p->err says why; or -1. */
int exec_check(struct exec *e);

/* --- exec_dispatch.c ----------------------------------------------------------- */

/* Builds p->d for the moves that wait and those that run. 0 or -1. */
int exec_dispatch(struct exec *e);
void exec_dispatch_dispose(struct exec *e);

/* --- exec_replan.c --------------------------------------------------------------- */

/* Plans the rest again. 0, 1: there is nothing more to plan; or -1. */
int exec_replan(struct exec *e);
/* The same while moves run, if there is a whole plan with a move that can
 * start at once; there is no dispatch. 1: the moves that wait stay as they
 * are. */
int exec_replan_around(struct exec *e);

/* --- exec_claims.c ------------------------------------------------------------------ */

int exec_claim(struct exec *e);
void exec_release(struct exec *e);

/* exec_ended.c. Gives back what ended runs of this host have claimed on that
 * host. Did any? */
bool exec_free_ended(struct exec *e, const char *host);
/* exec_claims.c again */
/* Puts the hosts that the run empties into maintenance. 0; or -1, p->err. */
int exec_mark(struct exec *e);

/* --- exec_last.c --------------------------------------------------------------------- */

/* All was done: gives back what the run has claimed and reserved, and looks
 * whether the hosts that it empties are empty. false: they are not, or it is not
 * known; look at all hosts. */
bool exec_last_look(struct exec *e);

/* --- exec_reserve.c ------------------------------------------------------------------ */

/* Reserves for the moves that wait and run, as the last look has them. 0; 1:
 * another run was faster on a host, p->err names it: look again; or -1. */
int exec_reserve(struct exec *e);
/* Tells the hosts from time to time that the run is alive. */
void exec_renew(struct exec *e);
void exec_give_back(struct exec *e);

#endif
