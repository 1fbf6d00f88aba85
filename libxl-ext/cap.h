/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Limits how much CPU time a guest gets: the cap of Xen's credit schedulers, in
 * percent of one physical CPU. 0 is no limit.
 */
#ifndef XLX_CAP_H
#define XLX_CAP_H

#include <stdbool.h>
#include <stdint.h>

struct xlx;

/* What a move did to a guest's cap. It is on record before it is done, and the
 * process may be lost between the two: so the step before counts as well. */
struct xlx_cap {
    unsigned own;    /* as it was: to be put back */
    unsigned set[2]; /* the newest step, and the one before it; 0: there was
                        none. Both 0: it is not known what was set */
};

/* 0; -EOPNOTSUPP: the guest's scheduler has no cap; or another negative errno. */
int xlx_cap_get(struct xlx *x, uint32_t domid, unsigned *cap_r);
int xlx_cap_set(struct xlx *x, uint32_t domid, unsigned cap);
/* Notes beside the domain, in its xenstore, that its cap is a move's; NULL: it
 * is not any more. Whoever starts the guest anew, when it has rebooted, finds
 * there what its own is. */
int xlx_cap_note(struct xlx *x, uint32_t domid, const struct xlx_cap *c);

/* --- cap_back.c ------------------------------------------------------------- */

/* Is this cap one that the move has set, and not somebody else since? */
bool xlx_cap_is_ours(const struct xlx_cap *c, unsigned now);
/* Puts back what the guest had, unless somebody else has set another cap since.
 * 0, or a negative errno: it may be limited still. */
int xlx_cap_put_back(struct xlx *x, uint32_t domid, const struct xlx_cap *c);
/* What was noted of it. 0; -ENOENT: nothing; or another negative errno. */
int xlx_cap_noted(struct xlx *x, uint32_t domid, struct xlx_cap *c);
/* Below the domain's own path in xenstore. */
#define XLX_CAP_NOTE "rackhop/cap"

#endif
