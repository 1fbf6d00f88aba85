/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Writes numbers as a person would say them: 34.6 s, 50 min 27 s, 8.3 TiB. All
 * views use these, so that a time looks the same in a plan, a run and a list.
 *
 * Each writes into buf and returns it. What is not known (negative, or no
 * number) is "-".
 */
#ifndef RACKHOP_BASE_FIGURE_H
#define RACKHOP_BASE_FIGURE_H

#include <stddef.h>

enum { FIGURE = 32 };

/* Of seconds: 34.6 s, 50 min 27 s, 2 h 5 min, 3 d 4 h. */
const char *figure_time(char buf[FIGURE], double s);
/* Of seconds that are a guess: 40 s, 10 min, 3 h, 2 d. */
const char *figure_about(char buf[FIGURE], double s);
/* Of milliseconds, which guests are suspended for: 210 ms, 34.6 s. */
const char *figure_pause(char buf[FIGURE], double ms);
/* Of MiB: 640 MiB, 8.3 GiB, 13.0 TiB. */
const char *figure_mib(char buf[FIGURE], double mib);
/* Of two amounts in MiB that are compared: as figure_mib(), or, where that would
 * read as one amount, in whole MiB. */
void figure_mib_pair(char a[FIGURE], char b[FIGURE], double mib_a,
                     double mib_b);
const char *figure_gib(char buf[FIGURE], double gib);
/* Of MiB a second: 0.4 MiB/s, 1.2 GiB/s. */
const char *figure_mib_s(char buf[FIGURE], double mib_s);
/* Of 10^6 bit/s: 940 Mbit/s, 25 Gbit/s. */
const char *figure_rate(char buf[FIGURE], double mbps);

/* "s" behind a noun, or "" of one. */
const char *figure_plural(size_t n);

#endif
