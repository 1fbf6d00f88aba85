/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * rackhop-prediction/1: what was predicted of a run's moves, beside what was
 * measured.
 */
#ifndef RACKHOP_DOC_PREDICTION_H
#define RACKHOP_DOC_PREDICTION_H

#include "tools/doc/json.h"
#include "tools/doc/run.h"

/* measured / predicted - 1, in percent; NAN when either is not known or the
 * prediction is nothing. */
double prediction_error(double predicted, double measured);
/* From the first start to the last end; 0: nothing was moved. */
double prediction_makespan(const struct run *r);
/* The bytes on the wire of a move as planned; its plan counts only memory. */
double prediction_bytes(const struct run_move *m);
/* Writes the document. */
void prediction_write(struct json_out *o, const struct run *r);

#endif
