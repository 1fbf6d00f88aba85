/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The moves of a plan for people, wherever the plan comes from: a row each, or
 * where these are more than a screen, a row for each host that guests leave,
 * for each that they go to, or for each rack. timeline.h draws the same rows.
 */
#ifndef RACKHOP_VIEW_MOVETABLE_H
#define RACKHOP_VIEW_MOVETABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "tools/view/table.h"

struct move_row {
    long long id;
    const char *guest, *from, *to;
    const char *from_rack, *to_rack; /* NULL: not known */
    double gib, start_s, seconds, rate_mbps, downtime_ms;
    int hops;
    bool path_unknown;
    const char *note; /* "makes room", or NULL */
    char after[40];   /* "3,4,7,.. (12)": moves whose end it needs */
};

/* Adds a move to `after`: number i of those n, from 0. */
void move_row_after(struct move_row *r, unsigned i, unsigned n, long long id);

/* rows_most: rows that there is room for; 0: any number, and in a wide look
 * too. Returns how many there are. */
size_t movetable_show(FILE *f, const struct move_row *row, size_t n,
                      size_t rows_most, struct table_look look);

/* The longest downtime of them, ms. */
double movetable_longest_ms(const struct move_row *row, size_t n);

#endif
