/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Gives a guest of this host more memory, or less, and remembers what it had:
 * key resized/UUID of the host's store. What it had is on the disk before
 * anything changes, so it can be undone whatever is killed.
 */
#ifndef RACKHOP_MOVE_RESIZE_H
#define RACKHOP_MOVE_RESIZE_H

#include <stdbool.h>
#include <stdint.h>

#include "tools/base/msg.h"
#include "tools/doc/resized.h"
#include "tools/store/store.h"

struct xentoollog_logger;

/* What is known when a change is asked for. */
struct resize_case {
    int64_t target_mib; /* that it should have */
    int64_t most_mib;   /* that it may have; 0: not known */
    int64_t free_mib;   /* that the host has left */
    double floor; /* percent of most_mib that it keeps; 0: it gives none */
    int64_t before_mib; /* it had so much, on record; 0: nothing is */
    int64_t wanted_mib;
};
enum { RESIZE_LEFT_MIB = 64 }; /* of the host's free memory */

/* Pure. 0; -ERANGE, -EPERM: never, and -EAGAIN: not yet, the host lacks memory;
 * with a sentence. Back to what it had it may always go, if there is room. */
int resize_check(const struct resize_case *c, struct msg *err);

struct resize_request {
    struct xentoollog_logger *log;
    const char *domain; /* name, number or UUID */
    int64_t mib;        /* 0: what it had before */
    int64_t back_mib;   /* .. but no more than this of it; 0: all of it */
    const char *by;
    double floor;     /* as above */
    unsigned wait_ms; /* for free memory */
};
/* Carries it out. 0, and what it has now, or a negative errno and a sentence.
 * What it had already is no error. */
int resize_guest(const struct resize_request *q, struct resized *r_r,
                 struct msg *err);

/* What is on record, to be freed; of resize_load() by the host's store, which need
 * not be there. */
int resize_list(struct store *s, struct resized **list_r, unsigned *n_r,
                struct msg *err);
int resize_load(const char *statedir, struct resized **list_r, unsigned *n_r,
                struct msg *err);

#endif
