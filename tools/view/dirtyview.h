/* SPDX-License-Identifier: LGPL-2.1-only */
/* Shows a guest's dirtying curve as a table, with bars, or as JSON. */
#ifndef RACKHOP_VIEW_DIRTYVIEW_H
#define RACKHOP_VIEW_DIRTYVIEW_H

#include <stdbool.h>

#include "tools/move/dirty_measure.h"

void dirtyview_text(const struct dirty_result *r, bool bars);
/* 0, or a negative errno when it could not be written. */
int dirtyview_json(const struct dirty_result *r);

#endif
