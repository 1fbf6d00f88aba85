/* SPDX-License-Identifier: LGPL-2.1-only */
/* Counts the values of a JSON text before a tree is made of it. */
#ifndef RACKHOP_DOC_JSON_SCAN_H
#define RACKHOP_DOC_JSON_SCAN_H

#include <stdbool.h>
#include <stddef.h>

/* Whether the text certainly has more than so many values. It looks at commas
 * alone, which takes a fraction of the time of parsing. */
bool json_text_has_over(const char *text, size_t len, size_t values);

#endif
