/* SPDX-License-Identifier: LGPL-2.1-only */
/* Shows a check of the cluster: a line for each host and switch, and below it
 * what is wrong there and what helps. */
#ifndef RACKHOP_VIEW_CHECKVIEW_H
#define RACKHOP_VIEW_CHECKVIEW_H

#include <stdio.h>

#include "tools/cluster/check.h"
#include "tools/doc/json.h"

void checkview_text(FILE *f, const struct check *k);
/* rackhop-check/1 */
void checkview_json(struct json_out *o, const struct check *k);

#endif
