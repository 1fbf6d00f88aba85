/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What the files share that plan how guests go home: units, and a state in
 * which some of them have gone.
 *
 * Each unit (a guest, with those that it has to stay with) goes to one host
 * only, so a state is the set of units that have gone, and an order in which
 * they did.
 */
#ifndef RACKHOP_SCHEDULER_HOME_IMPL_H
#define RACKHOP_SCHEDULER_HOME_IMPL_H

#include "scheduler/scheduler_impl.h"

struct home_unit {
    uint32_t first; /* of its guests */
    uint32_t guests;
    uint32_t from, to; /* to: the home of all of them */
    int64_t mem, held; /* what it takes at home, and has where it is */
    int32_t vcpus;
    bool tied;     /* another guest may keep it off its home, or the reverse */
    bool racked;   /* the same, off the rack of its home */
    uint32_t next; /* unit that belongs on the same host; NONE: the last */
    bool gone;
};

struct home_want { /* of a host: what units that have not gone want of it */
    int64_t mem;
    int32_t vcpus;
    uint32_t first; /* of all units that belong there; NONE: there are none */
};

struct homing {
    struct plan_cluster *c;
    struct state s;
    struct home_unit *unit; /* the least memory for a guest first */
    uint32_t unit_n;
    uint32_t *racked, racked_n; /* units with `racked` */
    uint32_t *rest, rest_n;     /* units that are not settled, in order */
    uint32_t *order, order_n;   /* units that have gone */
    uint32_t guests;            /* their guests */
    struct home_want *want;     /* by host */
    int64_t *room;              /* by host, of the bound */
    uint32_t *best, best_n;     /* the best order so far */
    uint32_t best_guests;
    uint64_t *seen; /* sets of units that were searched from, by their hash */
    uint64_t set;   /* the hash of those that have gone */
    uint32_t looks; /* that the search has left */
};

/* home_units.c: 0 or -ENOMEM. Guests that can never go home are in no unit. */
int homing_init(struct homing *h, struct plan_cluster *c, const uint32_t *dom,
                uint32_t n);
void homing_dispose(struct homing *h);
/* The home of the guest and of all that it has to stay with, where the rules
 * that do not depend on others let them go; NONE: there is none. */
uint32_t homing_home_of(struct plan_cluster *c, uint32_t dom);
/* May the unit go now? */
bool homing_fits(struct homing *h, uint32_t unit);
/* Lets it go; undo takes the last of those back that have gone. */
void homing_go(struct homing *h, uint32_t unit);
void homing_undo(struct homing *h);

/* home_search.c: lets go as many guests as it finds a way for. 0 or -ENOMEM */
int homing_search(struct homing *h);

/* home_stranded.c: names a guest that stays, and the rule that keeps it off
 * its home. 0 or -ENOMEM */
int homing_strand(struct homing *h, struct plan *p, uint32_t dom);

#endif
