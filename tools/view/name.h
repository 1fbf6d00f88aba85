/* SPDX-License-Identifier: LGPL-2.1-only */
/* Names of guests and hosts in tables: safe to print, and not too long. */
#ifndef RACKHOP_VIEW_NAME_H
#define RACKHOP_VIEW_NAME_H

#include <stdbool.h>
#include <stdio.h>

enum { NAME_SHOWN = 40 };

/* The name as a terminal may have it, in buf. */
const char *name_shown(char buf[NAME_SHOWN], const char *name);
/* Hops for a column: with a question mark where the map shows no path. */
enum { HOPS_SHOWN = 16 };
const char *hops_shown(char buf[HOPS_SHOWN], int hops, bool path_unknown);
/* What the question marks mean, a line, if there were any. */
void hops_legend(FILE *f, bool any);
/* The width of a column that is this wide and gets the name as well. */
int name_wider(int width, const char *name);

#endif
