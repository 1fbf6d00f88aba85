/* SPDX-License-Identifier: LGPL-2.1-only */
/* The result of a move's job, for job.c and job_follow.c. */
#ifndef RACKHOP_MOVE_JOB_IMPL_H
#define RACKHOP_MOVE_JOB_IMPL_H

#include "tools/move/job.h"

enum { JOB_UNKNOWN = -1 };

/* The exit code of a job that has ended, or JOB_UNKNOWN. */
int job_exit_code(const struct job *j);
/* job_follow.c. Copies the report to stdout until the job has ended; then its
 * complaints to stderr. Its exit code, or JOB_UNKNOWN. */
int job_follow(const struct job *j);

#endif
