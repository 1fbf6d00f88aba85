/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Folds the figures of each second into the slots of the three levels: as they
 * are for the first, means and maxima of 10 s and of 5 min for the others, and
 * 95th percentiles of the means of 10 s. Pure.
 */
#ifndef RACKHOP_SERIES_FOLD_H
#define RACKHOP_SERIES_FOLD_H

#include <stdint.h>

#include "tools/series/shape.h"

enum { FOLD_TENS = 30, FOLD_P95_METRICS = 2 };

/* What a slot of one level has so far. */
struct fold_sum {
    uint32_t slot; /* 0: nothing yet */
    float sum[METRICS_MOST], most[METRICS_MOST];
    uint16_t n[METRICS_MOST]; /* seconds of which it was known */
};

/* All zero before the first second. */
struct fold {
    struct fold_sum sum[SHAPE_LEVELS - 1]; /* of levels 1, 2 */
    /* codes of the means of 10 s */
    uint8_t tens[FOLD_P95_METRICS][FOLD_TENS];
    uint8_t n_tens[FOLD_P95_METRICS];
};

/* A slot that is complete. 0 or a negative errno. */
typedef int fold_out(void *arg, unsigned level, uint32_t slot,
                     const uint8_t *codes);

/*
 * Adds the figures of a second (of the wall clock), in the order of the
 * metrics, those not known below 0. Calls out() for each slot that ends with
 * it; a second that is not newer than the last is left out by ring_put(). The
 * first error of out() is returned, and nothing else is lost by it.
 */
int fold_add(struct fold *f, const struct shape *s, uint64_t second,
             const double *value, fold_out *out, void *arg);
/* Ends the slots that are not complete, before a stop. */
int fold_flush(struct fold *f, const struct shape *s, fold_out *out,
               void *arg);

#endif
