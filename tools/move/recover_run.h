/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Settles what is on record at this host: all moves that were cut off, those
 * of one guest, or the one that another host asks about. It prints nothing and
 * starts no process: the caller watches the guests that run here now
 * (guest_watch.h).
 */
#ifndef RACKHOP_MOVE_RECOVER_RUN_H
#define RACKHOP_MOVE_RECOVER_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include "libxl-ext/wire/words.h"
#include "tools/exit.h"
#include "tools/move/recover.h"

struct recover_request {
    /* the guest's name, number or UUID, or its move's id; NULL: all that is
     * open */
    const char *domain;
    /* HO_DONE, HO_ABORTED: the administrator decides what can't be asked */
    enum ho_state decided;
    /* .. and says that the other host of its move is lost for good: what that one
     * was to give to the guest, or to release, is given up */
    bool lost;
    bool autostart;  /* what is to be sent to other hosts is sent */
    const char *ssh; /* reaches hosts of which no record says how; NULL: they
                        are not asked */
    const struct strlist *hosts; /* addresses of the cluster's; may be NULL */
    struct xentoollog_logger *log;
    /* A sentence about one guest. trouble: it is not settled. */
    void (*told)(void *arg, const char *text, bool trouble);
    void *arg;
};

/* Guests that run on this host now and want a watch. */
struct recover_started {
    uint32_t *domid;
    unsigned n;
};
void recover_started_dispose(struct recover_started *s);

/* RC_DOUBT: a guest is suspended still; RC_FAILED: something else could not be
 * settled; RC_USAGE: several guests have that name. */
enum exit_code recover_run(const struct recover_request *rq,
                           struct recover_started *started);

/*
 * Another host asks about one epoch of a guest. RC_OK and the answer: a line
 * for it. What was done on the way is told.
 */
enum exit_code recover_asked(const struct recover_request *rq,
                             const char *uuid, uint64_t epoch,
                             char line[WORD_LINE],
                             struct recover_started *started);

#endif
