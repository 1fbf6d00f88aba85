/* SPDX-License-Identifier: LGPL-2.1-only */
/* Keeps the predictions of the newest runs in the store, prediction/RUN. */
#ifndef RACKHOP_RUN_PREDICTION_KEEP_H
#define RACKHOP_RUN_PREDICTION_KEEP_H

#include "tools/doc/run.h"
#include "tools/store/store.h"

/* Nothing is kept of a run that moved nothing. 0 or a negative errno. */
int prediction_keep(struct store *s, const struct run *r);

#endif
