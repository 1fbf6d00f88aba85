/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Two hosts with a VF each, one guest that has the first of them, and all that
 * can go wrong between: a world around the machine of libxl-ext/device_move.h
 * in which an adversary chooses what happens next. Visiting all of it proves
 * the laws for as many faults as are allowed.
 */
#ifndef TESTS_DM_WORLD_H
#define TESTS_DM_WORLD_H

#include <stdbool.h>
#include <stdint.h>

#include "libxl-ext/device_move.h"

struct dm_faults {
    uint8_t kills;    /* of the process, before or after an effect */
    uint8_t reboots;  /* of either host */
    uint8_t failures; /* calls that do nothing, writes that fail */
    uint8_t lost;     /* calls that are done, or are done later, unanswered */
    uint8_t lies;     /* a detach that says it is done, and is not */
    uint8_t rivals;   /* other guests that take what is free */
    uint8_t old;      /* DM_OLD_*: rules that would be wrong */
};

enum {
    DM_OLD_LOOK = 1,   /* it is not looked whether the VF is gone */
    DM_OLD_WAIT = 2,   /* the VF is taken though the guest still uses it */
    DM_OLD_SETUP = 4,  /* the MAC is not set again once it has arrived */
    DM_OLD_OPEN = 8,   /* a guest in doubt counts as being here */
    DM_OLD_CLAIM = 16, /* a released claim may be made again */
    DM_OLD_FREE = 32,  /* its own VF is anybody's while it moves */
};

/* All of its bytes are its key, so they are only ever copied whole. */
struct dm_world {
    struct dm m;
    uint8_t alive, rec, old_boot; /* the process; the record, and its boot */
    uint8_t at;     /* of the guest: DMW_SOURCE, DMW_TARGET, DMW_NOWHERE */
    uint8_t over;   /* it uses its vif alone */
    uint8_t open;   /* its move is in doubt */
    uint8_t claim;  /* DMW_NO_CLAIM .. */
    uint8_t own[2]; /* of the VF of each host: DMW_FREE, DMW_OURS, DMW_RIVAL */
    uint8_t up[2], mac; /* its link; that of the target has the guest's MAC */
    uint8_t late;       /* a call that is yet to be done: enum dm_effect */
    uint8_t begun;
    struct dm_faults left;
    const char *broken; /* the law that broke, NULL */
};
enum { DMW_SOURCE, DMW_TARGET, DMW_NOWHERE };
enum { DMW_FREE, DMW_OURS, DMW_RIVAL };
enum { DMW_NO_CLAIM, DMW_CLAIMED, DMW_GIVEN, DMW_RELEASED };

void dm_world_init(struct dm_world *w, const struct dm_faults *f);
/* Does the n-th of the things that can happen; false: there are no so many,
 * and nothing was done. */
bool dm_world_do(struct dm_world *w, unsigned n);
/* No more faults: all comes to its end and recover runs. Sets w->broken. */
void dm_world_settle(struct dm_world *w);

struct dm_explored {
    uint64_t states;
    const char *broken;
    char trace[8192]; /* what it came to that by: effects and events */
};
void dm_explore(const struct dm_faults *f, struct dm_explored *e);

#endif
