/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * rackhop-status/1: how far a run is. Its executor writes what it knows of the
 * moves that run into a file, RUN.live, which the status quotes.
 */
#ifndef RACKHOP_DOC_RUN_STATUS_H
#define RACKHOP_DOC_RUN_STATUS_H

#include "tools/doc/json.h"
#include "tools/doc/run.h"
#include "tools/doc/run_event.h"

/* The status. live: the root of the executor's file, or NULL. */
void run_status_write(struct json_out *o, const struct run *r, bool alive,
                      const struct json *live);

/* The executor's file: begin, each running move, end. */
struct run_live {
    double elapsed_s, part; /* part: of what is to be sent, 0 to 1 */
    double eta_s;           /* < 0: not known */
};
void run_live_begin(struct json_out *o, const struct run *r,
                    const struct run_live *l);
void run_live_write_move(struct json_out *o, uint32_t move,
                         const struct exec_progress *l);
void run_live_end(struct json_out *o);
/* One of the moves in the file that was read, or NULL. */
const struct json *run_live_move(const struct json *live, uint32_t move);

#endif
