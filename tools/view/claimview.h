/* SPDX-License-Identifier: LGPL-2.1-only */
/* Shows claims on guests, a line each. */
#ifndef RACKHOP_VIEW_CLAIMVIEW_H
#define RACKHOP_VIEW_CLAIMVIEW_H

#include <stdbool.h>

#include "tools/move/claim.h"

void claimview_text(const char *uuid, const struct claim *c);
/* One JSON object on a line. */
void claimview_json(const char *uuid, const struct claim *c);

#endif
