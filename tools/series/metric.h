/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What is sampled of guests and of hosts: a table of each, a row for each
 * figure. The columns of files, what `rackhop samples` prints and the keys in
 * facts all come from these rows.
 *
 * A figure is kept in one byte, its code: 0, it is not known; 1, it is zero;
 * above, steps of a twelfth of an octave (6%, so half of it is the largest
 * error) from the row's least value on, in which powers of two are exact; or
 * equal steps, where the row says so.
 */
#ifndef RACKHOP_SERIES_METRIC_H
#define RACKHOP_SERIES_METRIC_H

#include <stdbool.h>
#include <stdint.h>

enum metric_kind { METRIC_GUEST, METRIC_HOST, METRIC_KINDS };

enum guest_metric {
    GUEST_CPU,
    GUEST_STEAL,
    GUEST_MEMORY,
    GUEST_TARGET,
    GUEST_MAXMEM,
    GUEST_RX,
    GUEST_TX,
    GUEST_PACKETS,
    GUEST_READ,
    GUEST_WRITE,
    GUEST_READS,
    GUEST_WRITES,
    GUEST_SWAP,
    GUEST_DIRTY,
    GUEST_HINT_FAULTS,
    GUEST_HINT_STALL,
    GUEST_HINT_SWAP,
    GUEST_METRICS
};

enum host_metric {
    HOST_CPU,
    HOST_DOM0,
    HOST_STEAL,
    HOST_FREE,
    HOST_GUESTS,
    HOST_RX,
    HOST_TX,
    HOST_LINK_ERRORS,
    HOST_LINK_CHANGES,
    HOST_HEAT,
    HOST_ECC_CORRECTED,
    HOST_ECC_FATAL,
    HOST_MCE,
    HOST_DISK_BAD,
    HOST_DISK_FAILING,
    HOST_POWER,
    HOST_POWER_MODEL,
    HOST_METRICS
};

enum { METRICS_MOST = 17 };

enum metric_flag {
    METRIC_LINEAR = 1, /* equal steps */
    METRIC_MAX = 2,    /* the maximum of 10 s and of 5 min is kept as well */
    METRIC_P95 = 4,    /* so is the 95th percentile in 5 min */
};

struct metric {
    const char *name; /* as in documents, with its unit */
    double least;     /* the least value but zero; METRIC_LINEAR: the step */
    unsigned flags;
    unsigned keep; /* a block that has no room loses precision first where this
                      is 0 */
    const char *text; /* one line of help */
};

/* A table and its rows. Values of a sample stand in the rows' order; one that
 * is below 0 is not known. */
const struct metric *metric_table(enum metric_kind kind, unsigned *n_r);
/* The row of that name; < 0: there is none. */
int metric_find(enum metric_kind kind, const char *name);

uint8_t metric_code(const struct metric *m, double value);
/* < 0: not known. */
double metric_value(const struct metric *m, uint8_t code);

#endif
