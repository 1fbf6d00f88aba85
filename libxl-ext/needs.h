/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What a guest needs of a host besides bridges, disks and memory: files that
 * its configuration names, and whether its devices survive a move.
 */
#ifndef XLX_NEEDS_H
#define XLX_NEEDS_H

#include <stdbool.h>
#include <stddef.h>

enum xlx_file_use {
    XLX_FILE_START,  /* read when the guest starts: a move does without it */
    XLX_FILE_BUILD,  /* run to take the guest in */
    XLX_FILE_SCRIPT, /* run to connect a device */
};

struct xlx_file {
    enum xlx_file_use use;
    const char *key; /* of xl.cfg: "kernel=" */
    char *path;
};

/* A drive with something in it. */
struct xlx_drive {
    char *vdev, *path;
};

struct xlx_needs {
    struct xlx_file *files;
    size_t n_files;
    struct xlx_drive *drives;
    size_t n_drives;
};

void xlx_needs_dispose(struct xlx_needs *n);
/* Whether that path is wanted as one of the files. */
bool xlx_needs_file(const struct xlx_needs *n, const char *path);

#endif
