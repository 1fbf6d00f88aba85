/* SPDX-License-Identifier: LGPL-2.1-only */
/* Where this host's state and its running processes' files are. */
#ifndef RACKHOP_PATHS_H
#define RACKHOP_PATHS_H

#include <stddef.h>

/* Kept over reboots; RACKHOP_STATE_DIR in the environment wins. */
const char *path_state(void);
/* Gone with a reboot; RACKHOP_RUN_DIR wins. */
const char *path_run(void);
/* What a shell that this process starts calls this same program. */
const char *path_self(void);
/* The save helper that libxl starts; RACKHOP_SAVE_HELPER wins. */
const char *path_helper(void);
/* A directory and all above it, 0755. 0 or a negative errno. */
int path_make(const char *dir);
/* text beside its name first, then in its place. 0 or a negative errno. */
int path_write(const char *path, const char *text, size_t len);

#endif
