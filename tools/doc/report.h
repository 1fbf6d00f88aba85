/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * rackhop-report/1: what a plan will do, or what a run did beside what was
 * planned. It is made once of a plan or of a run, and then written as JSON
 * here, and as text or as a page by the views.
 */
#ifndef RACKHOP_DOC_REPORT_H
#define RACKHOP_DOC_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "tools/base/msg.h"
#include "tools/base/strlist.h"
#include "tools/doc/json.h"
#include "tools/doc/plan.h"
#include "tools/doc/run.h"
#include "tools/doc/snapshot.h"

/* A use of a link is kept as this many means over equal parts of the time. */
enum { REPORT_PARTS = 120 };

/* Seconds count from the begin of the plan, or of the run's first move. What
 * is negative is not known. Strings belong to what the report was made of. */
struct report_move {
    uint32_t id; /* as the plan or the run counts, from 1 */
    const char *uuid, *name, *from, *to;
    const char *from_rack, *to_rack; /* NULL: not known */
    double gib;
    int hops;
    bool path_unknown;
    double start_s, seconds, mbps, pause_ms; /* as planned */
    enum move_state state;                   /* of a plan: MOVE_PLANNED */
    unsigned attempt;
    double began_s, ended_s; /* as it was */
    double bytes, took_s, stopped_ms;
    const char *why; /* "": nothing is to be said */
    uint32_t *after; /* indices of moves that it had to wait for */
    uint32_t after_n;
    bool in_chain; /* one of those that made the whole as long as it is */
};

/* The traffic in one direction of a link, or in one direction of a host's
 * ports: its `from` or its `to` is NULL then. */
struct report_link {
    const char *from, *to;
    double mbps; /* what moves may use of it; < 0: not known */
    double planned[REPORT_PARTS], measured[REPORT_PARTS]; /* Mbit/s */
    double planned_gib, measured_gib;                     /* in all */
};

/* What is not as one would have it. `name` may be NULL. */
struct report_trouble {
    const char *what; /* "stays", "failed", "in doubt", "skipped", "limit",
                         "note" or "no plan" */
    char *name, *text;
};

struct report {
    bool of_run;
    const char *goal, *snapshot;
    const struct strlist *hosts; /* of the goal */
    const char *run, *executor, *started;
    bool alive, ended;
    int code; /* of a run that has ended */
    bool infeasible;
    bool racks;              /* are known */
    bool another_map;        /* the racks and links are of another snapshot */
    uint32_t replaced, done; /* moves that a later plan replaced; made */
    double planned_s, took_s, bound_s;
    double total, bound; /* of the cost; < 0: not known */
    double span_s;       /* what a chart has to show */
    struct report_move *move;
    uint32_t move_n;
    uint32_t *chain; /* indices: each waited for the one before it */
    uint32_t chain_n;
    struct report_link *link; /* the busiest first */
    uint32_t link_n;
    struct report_trouble *trouble;
    size_t trouble_n, trouble_room;
    struct json_doc *doc; /* of a plan */
    struct plan_doc plan;
};

/*
 * The report of a plan in a file ("-": standard input), or of a run, which
 * must outlive the report. `s` has the map that it is shown on; NULL: none. 0,
 * or a negative errno and one sentence in err. The caller calls
 * report_dispose() after 0.
 */
int report_of_plan(struct report *r, const char *path,
                   const struct snapshot *s, struct msg *err);
int report_of_run(struct report *r, const struct run *run, bool alive,
                  const struct snapshot *s, struct msg *err);
void report_dispose(struct report *r);

void report_write(struct json_out *o, const struct report *r);

/* What a move was, in one word, for people. */
const char *report_state(const struct report *r, const struct report_move *m);
/* When it began and how long it took: as it was, or as it is planned. */
double report_began(const struct report_move *m);
double report_ended(const struct report_move *m);
/* Was it a condition that the other had ended, by their indices? If not, and
 * it comes after the other in the chain, it waited for the links. */
bool report_waits(const struct report *r, uint32_t move, uint32_t other);
/* Did it begin at all? */
bool report_made(const struct report_move *m);

#endif
