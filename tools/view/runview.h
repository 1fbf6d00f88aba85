/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * A run as people and programs see it, from its plan to its end: on a terminal
 * a line for each running move and one for the whole; in a log a line an
 * event; for programs one JSON object a line.
 */
#ifndef RACKHOP_VIEW_RUNVIEW_H
#define RACKHOP_VIEW_RUNVIEW_H

#include <stdbool.h>
#include <stdio.h>

#include "tools/doc/json.h"
#include "tools/doc/plan.h"
#include "tools/run/start.h"
#include "tools/view/planview.h"

enum runview_style { RUNVIEW_TERMINAL, RUNVIEW_LINES, RUNVIEW_JSON };

struct runview {
    enum runview_style style;
    const char *out; /* a file for the plan; NULL: none */
    bool explain;    /* the plan's scores as well */
    bool plan_only;  /* for programs: the plan, for no events follow it */
    bool colour;
    bool wide;          /* tables with all columns, and every move */
    char question[200]; /* what a plan is asked about, once it was shown */
    /* private */
    bool planned;   /* the plan was shown */
    unsigned drawn; /* lines that stand on the terminal */
};

/* The functions that show a run, with v as their arg; ask() and begin() stay
 * the caller's. */
void runview_events(struct runview *v, struct run_events *ev);

/* Parts of it, for commands that show no run; arg is not used. */
void runview_note(void *arg, const char *text);
void runview_progress(void *arg, size_t answered, size_t ended, size_t all);

/* runview_draw.c: the moves that run, drawn again and again. */
void runview_draw(struct runview *v, const struct exec *e);
void runview_wipe(struct runview *v);
/* Moves that are done, and moves in all. */
void runview_counts(const struct run *r, unsigned *done, unsigned *all);

/* runview_json.c: one object a line. */
void runview_json_event(const struct exec *e, enum exec_event ev,
                        uint32_t move, const char *text);
void runview_json_end(const struct run *r, enum exit_code code);
/* The end of what did not become a run. */
void runview_json_nothing(const char *why, enum exit_code code);

/* runtable.c: a run or a plan as a table. */
/* What was predicted and what was measured, of the moves that were made. */
void runview_report(FILE *f, const struct run *r, struct table_look look);
/* The moves of a plan that was read from a file, and what is asked of it. */
void runview_plan(FILE *f, const struct plan_doc *p, const struct planview *v);
void runview_plan_question(char *buf, size_t len, const struct plan_doc *p);
/* The moves of a run and how far each is. live: what the executor wrote of
 * the running ones, or NULL. */
struct status_look {
    struct table_look look;
    size_t rows; /* lines that there are: those first that want to be seen; 0:
                    all moves, in the order of the plan */
};
void runview_status(FILE *f, const struct run *r, bool alive,
                    const struct json *live, const struct status_look *s);
/* The guests that a run leaves behind, on stderr. */
void runview_left(const struct run *r);

#endif
