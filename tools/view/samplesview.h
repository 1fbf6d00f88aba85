/* SPDX-License-Identifier: LGPL-2.1-only */
/* Shows samples as a small graph for each metric, or as JSON. */
#ifndef RACKHOP_VIEW_SAMPLESVIEW_H
#define RACKHOP_VIEW_SAMPLESVIEW_H

#include <stdbool.h>

#include "tools/doc/samples.h"
#include "tools/doc/talks.h"

/* The graphs are of block characters where blocks is set, else of ASCII, and
 * as wide as is left of so many columns. */
void samplesview_text(const struct samples *s, bool blocks, unsigned columns);
/* A line on who counts what guests send each other. */
void samplesview_talks(const struct talks *t);
/* Whether the locale's characters are UTF-8. */
bool samplesview_blocks(void);
/* 0, or a negative errno when it could not be written. */
int samplesview_json(const struct samples *s);

#endif
