/* SPDX-License-Identifier: LGPL-2.1-only */
/* Text from outside in a page: the only place where it gets into one. */
#ifndef RACKHOP_VIEW_HTML_H
#define RACKHOP_VIEW_HTML_H

#include <stdio.h>

/*
 * Writes a text so that it is text wherever it stands in HTML, between tags or
 * between quotes: what tags and entities are made of is escaped, and what
 * nobody could read (text.h) is replaced.
 */
void html_text(FILE *f, const char *s);

#endif
