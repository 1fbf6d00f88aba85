/* SPDX-License-Identifier: LGPL-2.1-only */
/* A move of a run, asked for on the guest's host: `rackhop move run`. */
#ifndef RACKHOP_MOVE_JOB_REQUEST_H
#define RACKHOP_MOVE_JOB_REQUEST_H

#include <stdbool.h>

#include "tools/base/msg.h"

struct job_request {
    const char *id;       /* record_id_ok(), RUN.MOVE.ATTEMPT */
    const char *uuid;     /* of the guest */
    const char *host;     /* the target host, as ssh calls it */
    const char *rate;     /* Mbit/s; NULL: no limit */
    const char *downtime; /* ms; NULL: as configured */
    const char *lanes;    /* connections; NULL: as configured */
    const char *hold;     /* seconds; NULL: it starts at once (job.h) */
    const char *config;   /* rackhop.conf */
    bool known;           /* true: join it, but start nothing */
};

/*
 * Starts the move as a job (job.h), or joins the job that has its id, and
 * copies its report to stdout. The run must have claimed the guest, unless the
 * job has been started already. Returns the move's exit code; with a sentence
 * in err when there is no job to take it from.
 */
int job_request(const struct job_request *q, struct msg *err);

#endif
