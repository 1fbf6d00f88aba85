/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Two hosts, one guest, and everything that can go wrong between them: a
 * world around the machine of libxl-ext/handover.h in which an adversary
 * chooses what happens next. A random walk through it is a soak; visiting all
 * of it proves the laws for as many faults as are allowed.
 *
 * The guest has a state of which several copies may exist. A copy that ran
 * makes all others stale; a stale copy that runs is a guest that runs twice,
 * be it at once or one after the other. Which copy is whole and not stale is
 * known to the world alone; the hosts know only their records and copies.
 */
#ifndef TESTS_HO_WORLD_H
#define TESTS_HO_WORLD_H

#include <stdbool.h>
#include <stdint.h>

#include "libxl-ext/handover.h"

enum { W_HOSTS = 2, W_COPIES = 3, W_EPOCHS = 6, W_STOCK = 2 };
enum { W_REBOOTED = W_EPOCHS + W_STOCK };

enum w_what {
    W_NOTHING,
    W_SESSION, /* sender or receiver: the role says which */
    W_RECOVER, /* has the lock */
    W_ANSWER,  /* beside a living owner */
};

struct w_process {
    enum w_what what;
    struct ho h;
    unsigned epoch;
    enum ho_state tried; /* by a write of which it does not know */
    bool said;           /* READY, GO, or the question is out */
    bool asked;          /* by the other host: it is told what came of it */
};

struct w_copy {
    enum ho_copy state;
    unsigned epoch; /* of the move that built it; 0: it was started here;
                       from W_EPOCHS on: stock xl has built it; W_REBOOTED:
                       it was started here again */
    bool stale, whole;
    bool capped; /* its CPU time is limited for a move */
    /* armed, and without its CPU state: no CPU of it is up; the file that has
     * that state; and somebody has unpaused it meanwhile, which starts nothing
     * before the state is loaded */
    bool down, kept, unpaused;
};

struct w_host {
    struct {
        unsigned epoch;
        enum ho_role role;
        enum ho_state state;
        bool lost, old_boot;
        bool bootless; /* nobody can tell its boot: a person has to say */
        bool capped;   /* it says that the copy's CPU time is limited */
    } rec;
    unsigned rec_copy;            /* which copy a source's record speaks of */
    enum ho_input past[W_EPOCHS]; /* what is answered of closed epochs */
    struct w_copy copies[W_COPIES];
    struct w_process p[2]; /* 0: has the lock, 1: beside it */
    enum ho_input answer;  /* on its way to this host's question */
    bool answered, full;   /* full: the disk */
    bool settled; /* recover has ended here since anything broke: both ends
                     of a move begin with it */
};

struct w_faults {
    unsigned kills, reboots, failures, cuts, questions, losses, moves;
    unsigned blind;    /* a recover that can't read in which boot it is */
    unsigned bootless; /* records that don't say in which boot they began */
    unsigned stock;    /* moves by stock xl, which knows no records */
    unsigned
        caps; /* moves that limit the guest's CPU time. Stock xl would take
                          the limit along: not together with `stock` */
    unsigned guest_reboots; /* of a guest whose CPU time is limited: 1, or its
                               domains would have one number */
    unsigned arms;          /* builds that are armed (helper_arm.h) */
    unsigned unpauses;      /* of an armed copy, by a person */
    unsigned forgets;       /* CPU states whose file is lost */
    unsigned old; /* W_OLD_*: rules that were wrong, for the search to find */
};

enum {
    W_OLD_BOOT = 1,   /* a boot that can't be told is another one */
    W_OLD_COPY = 2,   /* at the target any copy of the guest is the move's */
    W_OLD_CAP = 4,    /* the limit is set before it is on record */
    W_OLD_DOMAIN = 8, /* the limit is lifted of the domain on record alone */
    W_OLD_OVER = 16,  /* a move whose guest has ended is over */
    W_OLD_FENCE = 32, /* an armed copy's CPUs are up, and it is but paused */
    W_OLD_CHECK =
        128,         /* its CPU state is tried without a pause of one's own */
    W_OLD_LOOK = 64, /* a copy that somebody has unpaused counts as running */
};

/* A move by stock xl under way. Its copies are numbered behind the epochs. */
struct w_stock {
    bool on, suspended;
    unsigned from;
    unsigned source, copy; /* what it moves, what it builds */
    unsigned n;            /* copies that it has built so far */
};

struct world {
    struct w_host host[W_HOSTS];
    bool wire, ready, go, report, back; /* of the one connection */
    unsigned from;                      /* its sender */
    struct w_faults left;
    struct w_stock stock;
    bool blind;         /* the next recover is */
    enum ho_state word; /* the administrator gives it to the next recover */
    uint8_t asked;      /* epochs about which a question was asked */
    bool guest_lost;    /* the host that held its state went down */
    bool was_lost_question; /* it may have run, and nobody can know */
    bool
        records_lost; /* then a person has to decide: I1 and I2 hold, I3 can't */
    const char *broken; /* the law that broke, NULL */
    char last[96];      /* what was done last */
};

void world_init(struct world *w, const struct w_faults *f);
/* How many things can happen now; each is 0 .. n - 1. */
unsigned world_actions(const struct world *w);
void world_do(struct world *w, unsigned action);
/* No more faults: everything comes to its end, both hosts recover. Then I3:
 * sets w->broken when it does not hold. */
void world_settle(struct world *w);
/* All that tells two worlds apart, in so many bytes. */
enum { W_KEY = 200 };
unsigned world_key(const struct world *w, uint8_t key[W_KEY]);

#endif
