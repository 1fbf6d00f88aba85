/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * A roll that is carried out, as people and programs see it: a line for each
 * step of a host, with the moves of its runs (runview.h) between them; for
 * programs one JSON object a line.
 */
#ifndef RACKHOP_VIEW_ROLLRUNVIEW_H
#define RACKHOP_VIEW_ROLLRUNVIEW_H

#include <stdbool.h>
#include <stdio.h>

#include "tools/run/roll_run.h"
#include "tools/view/runview.h"

struct rollrunview {
    struct runview moves; /* of the runs within it; its style is the roll's */
    struct run_events run;
};

/* Fills in ev, which borrows v; begin() of either stays the caller's. */
void rollrunview_events(struct rollrunview *v, struct roll_events *ev);

/* How far a roll is: its hosts, those under way first. */
void rollrunview_status(FILE *f, const struct roll *r, bool alive);

/* What becomes of hosts that failed, and how the roll goes on, a sentence
 * each. */
void rollrunview_left(FILE *f, const struct roll *r);

#endif
