/* SPDX-License-Identifier: LGPL-2.1-only */
/* A moment as people read it. */
#ifndef RACKHOP_VIEW_MOMENT_H
#define RACKHOP_VIEW_MOMENT_H

#include <stdio.h>

/* Seconds since 1970 as "2026-11-30 14:05:00Z". */
void moment_show(FILE *f, double at_s);

#endif
