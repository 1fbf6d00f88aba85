/* SPDX-License-Identifier: LGPL-2.1-only */
/* Reads what the agent of this host says that its guests send each other. */
#ifndef RACKHOP_CLUSTER_TALKS_FILE_H
#define RACKHOP_CLUSTER_TALKS_FILE_H

#include <stdbool.h>

#include "tools/doc/talks.h"

/* false: there is none that says anything of now, and t is empty. To be disposed
 * of by talks_dispose(). */
bool talks_file_read(struct talks *t, const char *statedir);

#endif
