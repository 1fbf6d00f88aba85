/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The file RUN.live in the run directory: how far the running moves of a run
 * are, written by its executor about once a second for other processes.
 */
#ifndef RACKHOP_RUN_LIVE_H
#define RACKHOP_RUN_LIVE_H

#include <stddef.h>

#include "tools/doc/json.h"

/* A file that can't be written only makes `rackhop status` show less. */
void live_replace(const char *run, const char *text, size_t len);
/* What was written last; NULL: nothing that can be read. */
struct json_doc *live_load(const char *run);

#endif
