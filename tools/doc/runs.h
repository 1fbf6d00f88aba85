/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The rows of `rackhop runs`: a run or a roll each, and what became of it; and
 * rackhop-runs/1, the document for programs.
 */
#ifndef RACKHOP_DOC_RUNS_H
#define RACKHOP_DOC_RUNS_H

#include <stddef.h>

#include "tools/doc/json.h"
#include "tools/doc/run.h"

struct runs_row {
    char name[41], goal[16]; /* goal: "roll" of a roll */
    char started[32];        /* UTC */
    char executor[65];
    bool roll;  /* what is counted are hosts; else moves */
    bool alive; /* a process of this host is at work on it */
    bool ended; /* else it is alive, or was cut off */
    enum exit_code code;
    unsigned all, done, failed, doubt;
    unsigned left; /* guests that are not where the goal wants them */
    double took_s; /* from the first move to the end of the last; < 0: none */
};

/* "under way", "done", "partly done", "in doubt", "failed", "cut off" */
const char *runs_state(const struct runs_row *r);
void runs_write(struct json_out *o, const struct runs_row *row, size_t n);

#endif
