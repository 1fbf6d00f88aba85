/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What was predicted of a run's moves and what was measured: a document for
 * each run, prediction/RUN in the store, the newest few of them.
 */
#ifndef RACKHOP_RUN_PREDICTION_H
#define RACKHOP_RUN_PREDICTION_H

#include "tools/run/journal.h"

/* measured / predicted - 1, in percent; NAN when either is not known or the
 * prediction is nothing. */
double prediction_error(double predicted, double measured);
/* From the first start to the last end; 0: nothing was moved. */
double prediction_makespan(const struct run *r);
/* What the planned bytes of a move are on the wire: its plan counts memory. */
double prediction_bytes(const struct run_move *m);
/* The document, into an object that is written whole. */
void prediction_write(struct json_out *o, const struct run *r);
/* Keeps it; nothing when no move was made. 0 or a negative errno. */
int prediction_keep(struct store *s, const struct run *r);

#endif
