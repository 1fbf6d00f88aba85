/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * A run as it is seen: on a terminal a line for each running move and one for
 * the whole; in a log a line an event; for programs one JSON object a line.
 */
#ifndef RACKHOP_VIEW_RUNVIEW_H
#define RACKHOP_VIEW_RUNVIEW_H

#include <stdbool.h>
#include <stdio.h>

#include "tools/doc/plan.h"
#include "tools/run/executor.h"

enum runview_style { RUNVIEW_TERMINAL, RUNVIEW_LINES, RUNVIEW_JSON };

struct runview {
    enum runview_style style;
    /* private */
    unsigned drawn; /* lines that stand on the terminal */
};

void runview_event(void *view, struct exec *e, enum exec_event ev,
                   uint32_t move, const char *text);
void runview_tick(void *view, struct exec *e);
/* What became of it: the table of predictions, what is left, in doubt. */
void runview_end(struct runview *v, const struct run *r, int code);

/* What was predicted and what was measured, of the moves that were made. */
void runview_report(FILE *f, const struct run *r);

/* The moves of a plan that was read from a file. */
void runview_plan(FILE *f, const struct plan_doc *p);
/* The moves of a run and how far each is. live: what the executor wrote of
 * the running ones, or NULL. */
struct json;
void runview_status(FILE *f, const struct run *r, bool alive,
                    const struct json *live);
void runview_status_json(struct json_out *o, const struct run *r, bool alive,
                         const struct json *live);

#endif
