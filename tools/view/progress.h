/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Shows the rounds of a move: as one updating line on a terminal, as a line a
 * round elsewhere, and for programs as one JSON object a line.
 */
#ifndef RACKHOP_VIEW_PROGRESS_H
#define RACKHOP_VIEW_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "libxl-ext/migrate.h"

enum progress_style { PROGRESS_TERMINAL, PROGRESS_LINES, PROGRESS_JSON };

struct progress {
    enum progress_style style;
    const char *name, *host; /* of the guest, of the target host */
    uint64_t memory_kib;
    uint64_t first_us; /* when the move began */
    /* private */
    bool line; /* an updating line stands on the terminal */
    uint64_t last_us, last_bytes;
    double rate; /* bytes/s, smoothed */
    unsigned last_round;
    uint64_t round_us, round_bytes;
    int64_t dirty, pause_ms, eta_ms;
    uint64_t dirty_rate;
};

void progress_event(void *progress, const struct xlx_event *ev);
/* Wipes the updating line, if there is one. */
void progress_wipe(void *progress);
/* Shows the end: what the move took and measured; text is the error, or
 * NULL. */
void progress_end(struct progress *p, const struct xlx_send *s,
                  const char *text);

#endif
