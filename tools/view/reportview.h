/* SPDX-License-Identifier: LGPL-2.1-only */
/* Shows a report: a summary for a terminal, or a page for a browser. */
#ifndef RACKHOP_VIEW_REPORTVIEW_H
#define RACKHOP_VIEW_REPORTVIEW_H

#include <stdio.h>

#include "tools/doc/report.h"

void reportview_text(FILE *f, const struct report *r);
/* One file that needs no other, and no script. */
void reportview_html(FILE *f, const struct report *r);

#endif
