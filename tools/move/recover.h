/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Settles one move that was cut off, by this host's record of it and, where
 * that does not tell, by the other host's. The state machine of
 * libxl-ext/handover.h decides; libxl-ext acts on the copies.
 */
#ifndef RACKHOP_MOVE_RECOVER_H
#define RACKHOP_MOVE_RECOVER_H

#include "libxl-ext/migrate.h"
#include "tools/move/records.h"

struct recover {
    /* the caller fills in */
    struct xlx *x;
    struct store *store;
    const char *rundir;
    bool locked; /* the caller holds the guest's lock */
    bool asked;  /* by the other host, about this epoch: */
    uint64_t epoch;
    unsigned ask_s;        /* how long to ask the other host; 0: once */
    enum ho_state decided; /* HO_DONE, HO_ABORTED: what the administrator
                              knows, for when nobody answers */
    /* what came of it */
    struct record rec; /* epoch 0: nothing is on record */
    enum ho_verdict verdict;
    enum ho_input answer; /* asked: what the other host is told */
    bool unrecorded;      /* it is so, and could not be written down */
    bool busy;            /* another program has the guest: nothing was done */
    bool cap_left; /* its CPU time is still limited by the move: it can't be
                      moved again before that is lifted */
    bool acted;    /* something was written or done */
    bool started;  /* it runs on this host now, and needs a watch: */
    uint32_t domid;
    char text[4400]; /* one or two sentences for people */
};

/*
 * 0 when the records could be read, whatever the verdict; else a negative
 * errno, and text says why. verdict HO_UNDECIDED: there was nothing to do.
 */
int recover_guest(struct recover *r, const char *uuid);

#endif
