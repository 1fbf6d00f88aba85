/* SPDX-License-Identifier: LGPL-2.1-only */
/* Whole files: read into memory, and replaced as a whole. */
#ifndef RACKHOP_BASE_FILE_H
#define RACKHOP_BASE_FILE_H

#include <stddef.h>

/*
 * What a file, or an open descriptor up to its end, holds: to be freed, with a
 * NUL behind its *len_r bytes. NULL and errno: it cannot be read, it has more than
 * `most` bytes (EFBIG), or there is no memory.
 */
char *file_read(const char *path, size_t most, size_t *len_r);
char *file_read_fd(int fd, size_t most, size_t *len_r);

/*
 * Replaces a file: readers find the old text or the new one, and no half of
 * either. 0 or a negative errno; the old text is kept then. What is no plain
 * file (/dev/null, a pipe, a symbolic link) is written to as it is.
 */
int file_replace(const char *path, const void *text, size_t len);
/* And the disk has it when this returns, or has the old text, whole: power may
 * fail. */
int file_replace_synced(const char *path, const void *text, size_t len);

#endif
