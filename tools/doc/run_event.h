/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The events of a run, for programs: one JSON object each, from its first move
 * to its end.
 */
#ifndef RACKHOP_DOC_RUN_EVENT_H
#define RACKHOP_DOC_RUN_EVENT_H

#include "tools/doc/json.h"
#include "tools/doc/run.h"

/* How far a running move is, by its last lines; < 0: it has not said yet. */
struct exec_progress {
    bool running, suspended, joined;
    bool silent; /* its source host does not answer */
    int64_t round;
    double bytes, rate; /* rate: bytes/s, smoothed */
    double dirty_mib, pause_ms;
    double eta_s;
};

enum exec_event {
    EXEC_NOTE, /* a remark; it is in `text` */
    EXEC_START,
    EXEC_JOIN, /* an earlier executor of the run had started it */
    EXEC_ROUND,
    EXEC_DONE,
    EXEC_FAIL, /* text: why */
    EXEC_DOUBT,
    EXEC_SKIP,
    EXEC_LOST, /* its source host does not answer; it will be asked again */
    EXEC_PLAN, /* another plan for the rest */
    EXEC_CANCEL,
};

/* In place of a move's number: the event is about the whole run. */
#define RUN_NO_MOVE UINT32_MAX

/* An event of a run, or of one of its moves with its progress; text may be
 * empty. */
void run_event_write(struct json_out *o, const struct run *r,
                     enum exec_event ev, uint32_t move,
                     const struct exec_progress *progress, const char *text);

/* The last event: begin, each guest that is left behind, end. */
void run_end_begin(struct json_out *o, const struct run *r,
                   enum exit_code code);
void run_end_left(struct json_out *o, const struct run_move *m,
                  const char *why);
void run_end_end(struct json_out *o);
/* The last event when no run came of the request. */
void run_end_nothing(struct json_out *o, const char *why, enum exit_code code);

#endif
