/* SPDX-License-Identifier: LGPL-2.1-only */
/* A replay for people: its figures, and with --explain each move's reason. */
#ifndef RACKHOP_VIEW_REPLAYVIEW_H
#define RACKHOP_VIEW_REPLAYVIEW_H

#include <stdio.h>

#include "scheduler/replay.h"

/* One line for a move that was granted; others are left out. */
void replayview_wish(FILE *f, const struct replay_trace *t, double now_s,
                     const struct loop_wish *w);
void replayview_result(FILE *f, const struct replay_trace *t,
                       const char *policy, const struct replay_result *r,
                       double seconds);

#endif
