/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Shows one move to people or to a program: what happens on the way as events
 * of the engine (tools/move/engine.h), its rounds by way of progress.h.
 */
#ifndef RACKHOP_VIEW_MOVEVIEW_H
#define RACKHOP_VIEW_MOVEVIEW_H

#include <stdbool.h>

#include "tools/move/engine.h"
#include "tools/view/progress.h"

struct moveview {
    struct progress progress;
    /* a person at the terminal may decide what could not be checked */
    bool ask;
};

/* The events that show a move in this way; v must outlive them. */
struct move_events moveview_events(struct moveview *v);

#endif
