/* SPDX-License-Identifier: LGPL-2.1-only */
/* The files of a job that outlives its connection: DIR/ID.KIND. */
#ifndef RACKHOP_MOVE_JOB_FILES_H
#define RACKHOP_MOVE_JOB_FILES_H

#include <stdbool.h>
#include <stddef.h>

void job_file_path(char *buf, size_t len, const char *dir, const char *id,
                   const char *kind);
/* As open(2); never through a symbolic link. */
int job_file_open(const char *dir, const char *id, const char *kind,
                  int flags);
void job_file_remove(const char *dir, const char *id, const char *kind);
/* The text of a small file. False: there is no such file, or it is empty. */
bool job_file_read(const char *dir, const char *id, const char *kind,
                   char *buf, size_t len);
int job_file_write(const char *dir, const char *id, const char *kind,
                   const char *text);
/* Removes the files of jobs whose ID.exit was written more than a week ago. */
void job_files_sweep(const char *dir);

#endif
