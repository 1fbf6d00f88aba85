/* SPDX-License-Identifier: LGPL-2.1-only */
/* Measures how fast a guest of this host dirties its memory, and keeps it for
 * the next plan. */
#ifndef RACKHOP_MOVE_DIRTY_MEASURE_H
#define RACKHOP_MOVE_DIRTY_MEASURE_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "libxl-ext/dirty.h"
#include "libxl-ext/migrate.h"
#include "tools/base/msg.h"

struct dirty_request {
    const char *domain;       /* name, number or UUID */
    const uint64_t *times_us; /* when to look, ascending */
    unsigned n;               /* of them, at most XLX_DIRTY_POINTS */
    struct xentoollog_logger *log;
    const volatile sig_atomic_t *cancels;
};

struct dirty_result {
    struct xlx_domain dom;
    struct xlx_dirty curve;
    double
        wire_first; /* bytes on the wire for each of its memory; 0: unknown */
    bool unkept;    /* it could not be kept below path_state() */
};

/* 0, or a negative errno and the reason, as the end of a sentence. The result
 * is to be disposed of either way. */
int dirty_measure(const struct dirty_request *rq, struct dirty_result *r,
                  struct msg *err);
void dirty_result_dispose(struct dirty_result *r);

#endif
