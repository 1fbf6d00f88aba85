/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What the files of the pre-copy policy share: policy.c decides, by what
 * policy_rounds.c makes of the rounds so far.
 */
#ifndef XLX_POLICY_IMPL_H
#define XLX_POLICY_IMPL_H

#include "libxl-ext/policy.h"

enum {
    PAGE_WIRE = 4096 + 8, /* PAGE_DATA: a pfn and the page */
    FEW_PAGES = 50,       /* libxc's own "nothing left" */
};

/* A round gains if it leaves less than this part of the best so far. */
#define ROUND_GAIN 0.9
/* A round that leaves less than this part of the one before has met the end of
 * a burst. */
#define ROUND_HALVES 0.5

/* Notes a round that begins, and one that is over (again: it was noted before,
 * and its newest numbers count). */
void xlx_rounds_before(struct xlx_history *h, const struct xlx_round *r);
void xlx_rounds_after(struct xlx_history *h, const struct xlx_round *r,
                      bool again);

/* The bytes of a page on the wire, as the last rounds were. */
double xlx_rounds_page_bytes(const struct xlx_history *h);

/* Pages/s over the newest rounds that are long enough to mean something;
 * before there are any, what the move was granted. */
double xlx_rounds_carried(const struct xlx_policy *p,
                          const struct xlx_history *h);
/* Fills in out's dirty_rate and dirty_set. False: the dirty pages of no recent
 * round were counted. */
bool xlx_rounds_dirtying(const struct xlx_history *h, struct xlx_outlook *out);

/* Whether rounds have stopped gaining, for long enough. */
bool xlx_rounds_stalled(const struct xlx_history *h,
                        const struct xlx_round *r);
/* Whether the guest is now busy and now quiet. */
bool xlx_rounds_burst(const struct xlx_history *h);
/* Whether the last rounds, taken together, gained less than a tenth each, and
 * this is no worse a moment than others. */
bool xlx_rounds_gain_little(const struct xlx_history *h);

/* A number of pages or microseconds, of a computation that may come to
 * anything: what no integer holds is the largest. */
uint64_t xlx_rounds_whole(double x);

#endif
