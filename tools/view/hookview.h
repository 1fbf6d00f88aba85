/* SPDX-License-Identifier: LGPL-2.1-only */
/* Shows the hooks of rolls that a host has on record. */
#ifndef RACKHOP_VIEW_HOOKVIEW_H
#define RACKHOP_VIEW_HOOKVIEW_H

#include <stdbool.h>

#include "tools/doc/hook.h"

/* One line for programs, at once. False: nobody reads it. */
bool hookview_json(const struct hook_record *r, const char *output);
/* A line for people; output: below it, a few spaces in front of each line;
 * NULL: not shown. */
void hookview_text(const struct hook_record *r, const char *output);

#endif
