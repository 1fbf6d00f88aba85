/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Reads all runs and rolls that this host has kept: what became of them, and
 * when hosts were last part of a move.
 */
#ifndef RACKHOP_RUN_RUNS_H
#define RACKHOP_RUN_RUNS_H

#include "tools/doc/runs.h"
#include "tools/store/store.h"

/*
 * The newest first; rows are to be freed. What cannot be read is left out, and
 * told by `note`. 0, or a negative errno with a sentence in err.
 */
int runs_read(struct store *s, struct runs_row **row_r, size_t *n_r,
              void (*note)(void *arg, const char *text), void *arg,
              struct msg *err);

/* Each move that was made and has ended, in no order. As runs_read(); what
 * cannot be read is left out. */
int runs_moves(struct store *s,
               void (*each)(void *arg, const struct run_move *m), void *arg,
               struct msg *err);

#endif
