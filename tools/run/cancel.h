/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The wish that a run or a roll ends, in the store of who carries it out, where
 * that one looks for it: also who goes on after it was killed.
 */
#ifndef RACKHOP_RUN_CANCEL_H
#define RACKHOP_RUN_CANCEL_H

struct store;

/* How urgently. */
enum cancel_wish {
    CANCEL_NO,
    CANCEL_STOP, /* what has begun is done first */
    CANCEL_NOW,  /* nothing is waited for */
};

/* of: "run/NAME" or "roll/NAME". CANCEL_NOW is not taken back by CANCEL_STOP.
 * 0, or a negative errno of the store. */
int cancel_put(struct store *s, const char *of, enum cancel_wish wish);
/* What cannot be read counts as CANCEL_NO. */
enum cancel_wish cancel_get(struct store *s, const char *of);

#endif
