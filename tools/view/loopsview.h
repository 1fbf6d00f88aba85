/* SPDX-License-Identifier: LGPL-2.1-only */
/* Shows what the loops see, want and did, as text. */
#ifndef RACKHOP_VIEW_LOOPSVIEW_H
#define RACKHOP_VIEW_LOOPSVIEW_H

#include <stdio.h>

#include "tools/doc/loops.h"

/* now_s: seconds since 1970; in how many the last look was made is shown. */
void loopsview(FILE *f, const struct loops_doc *d, double now_s);

#endif
