/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Decides at one look: what the hosts say goes to the pure loops
 * (scheduler/loop.h) with what they remember, and their wishes come back as
 * lines for people and as moves to be carried out or advised. Reads no clock
 * and changes nothing.
 */
#ifndef RACKHOP_DAEMON_DECIDE_H
#define RACKHOP_DAEMON_DECIDE_H

#include "scheduler/scheduler.h"
#include "tools/cluster/off.h"
#include "tools/config.h"
#include "tools/doc/loops.h"
#include "tools/doc/loops_plan.h"
#include "tools/doc/loops_state.h"
#include "tools/doc/sight.h"

/* A policy's look_s is no more than so many intervals of rackhopd: who looks often
 * wants to see it soon, but not for one look alone. */
enum { DECIDE_LOOKS = 3 };

enum loop_mode { MODE_OFF, MODE_OBSERVE, MODE_ADVISE, MODE_ACT };
/* As the configuration has it. */
enum loop_mode loop_mode_of(const struct config *conf, enum loop_kind kind);
const char *loop_mode_name(enum loop_mode mode);

/* Moves in their order, and the lines that they came from. */
struct decide_moves {
    struct loops_step *step;
    size_t *line; /* numbers of doc->wish */
    size_t n, room;
};

/* Hosts to be emptied, and their lines. */
struct decide_hosts {
    uint32_t *host;
    size_t *line;
    size_t n, room;
};

/* A guest of which the memory is to be changed. */
struct decide_resize {
    uint32_t guest;
    int64_t mib; /* that it gets, or loses */
    bool back;   /* to what it had before */
    size_t line;
};

/* Something to do that is advised, and that no plan can carry. */
struct decide_tip {
    struct msg what;         /* "to switch h4 on" */
    char about[LOOPS_ABOUT]; /* who it is about, the same at each look */
    size_t line;
    bool told; /* at an earlier look, and is not told again */
};

struct decide {
    const struct config *conf;
    const struct loop_policy *policy;
    struct plan_cluster *cluster;
    const struct sight *sight;
    const struct loops_state *state;
    const struct off_list *off; /* may be NULL */
    const char *self; /* the host that this runs on, which stays on; or NULL */
    double now_s;     /* since 1970 */
    double gap_s;     /* looks farther apart than this were interrupted */
    struct loops_doc *doc; /* gets the lines */
    /* the results */
    struct loop_kept kept[LOOPS_SIDES];
    struct decide_moves act, advise;
    /* a host that fails comes first: with one to empty, act has no moves */
    struct decide_hosts empty, advise_empty;
    struct decide_hosts off_hosts, on_hosts; /* to be switched */
    struct decide_resize *resize;            /* those that give first */
    size_t resizes, resize_room;
    struct decide_tip *tip;
    size_t tips, tip_room;
    struct decide_hosts named; /* these, and those that are only observed */
};

/* 0 or -ENOMEM; decide_dispose() in either case. */
int decide_look(struct decide *d);
void decide_dispose(struct decide *d);

#endif
