/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The line by which an executor starts a move that is held (`move run --hold`):
 * "start", or "start MBITS" with the rate that the move gets. It comes from
 * another host and is not trusted.
 */
#ifndef RACKHOP_MOVE_STARTLINE_H
#define RACKHOP_MOVE_STARTLINE_H

#include <stddef.h>

enum { STARTLINE_MAX = 48 };

/* With its line feed, into a buffer of STARTLINE_MAX bytes: the length. A rate
 * of 0, in Mbit/s, is no limit. */
size_t startline_format(double rate_mbps, char *buf);
/* A line without its line feed. 0, or -EINVAL: it is none. */
int startline_parse(const char *line, double *rate_mbps_r);

#endif
