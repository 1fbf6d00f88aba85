/* SPDX-License-Identifier: LGPL-2.1-only */
/* The files of a job, RUNDIR/move/ID.KIND, for job.c and job_follow.c. */
#ifndef RACKHOP_MOVE_JOB_IMPL_H
#define RACKHOP_MOVE_JOB_IMPL_H

#include <sys/types.h>

#include "tools/move/job.h"

void job_file_path(char *buf, size_t len, const char *rundir, const char *id,
                   const char *kind);
/* As open(2); never through a symbolic link. */
int job_file_open(const char *rundir, const char *id, const char *kind,
                  int flags);
void job_file_remove(const char *rundir, const char *id, const char *kind);
/* The text of a small file. False: there is no such file, or it is empty. */
bool job_file_read(const char *rundir, const char *id, const char *kind,
                   char *buf, size_t len);
int job_file_write(const char *rundir, const char *id, const char *kind,
                   const char *text);
/* Removes the files of jobs that ended more than a week ago. */
void job_files_sweep(const char *rundir);

enum { JOB_UNKNOWN = -1 };

/* The exit code of a job that has ended, or JOB_UNKNOWN. */
int job_exit_code(const struct job *j);
/* job_follow.c. Copies the report to stdout until the job has ended; then its
 * complaints to stderr. Its exit code, or JOB_UNKNOWN. */
int job_follow(const struct job *j);

/* When a process started, in the kernel's ticks; 0: there is none. A number of
 * a process may be used again, the number and this time together may not. */
unsigned long long job_process_start(pid_t pid);

#endif
