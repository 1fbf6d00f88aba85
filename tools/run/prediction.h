/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What was predicted of the moves of a run and what was measured: a document
 * for each run, prediction/RUN in the store, where the newest few are kept.
 */
#ifndef RACKHOP_RUN_PREDICTION_H
#define RACKHOP_RUN_PREDICTION_H

#include "tools/run/journal.h"

/* measured / predicted - 1, in percent; NAN when either is not known or the
 * prediction is nothing. */
double prediction_error(double predicted, double measured);
/* From the first start to the last end; 0: nothing was moved. */
double prediction_makespan(const struct run *r);
/* The bytes on the wire of a move as planned; its plan counts only memory. */
double prediction_bytes(const struct run_move *m);
/* Writes the document. */
void prediction_write(struct json_out *o, const struct run *r);
/* Keeps it in the store, unless no move was made. 0 or a negative errno. */
int prediction_keep(struct store *s, const struct run *r);

#endif
