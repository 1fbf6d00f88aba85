/* SPDX-License-Identifier: LGPL-2.1-only */
/* Reads the values of a saved SNMP walk, with a type before them or none. */
#ifndef RACKHOP_TOPOLOGY_SNMPTEXT_VALUE_H
#define RACKHOP_TOPOLOGY_SNMPTEXT_VALUE_H

#include "topology/lldpmib.h"

enum { SNMPTEXT_VALUE_MAX = 65536 };

/* A part of the text. */
struct text_span {
    const char *p, *end;
};

bool text_starts(const struct text_span *s, const char *word);
/* Steps over the word, if it is there. */
bool text_skip(struct text_span *s, const char *word);
const char *text_line_end(const struct text_span *s);
/* Takes blanks away at the end. */
void text_trim(struct text_span *s);
/*
 * The text of a row whose value begins at s: when that is a string in quotes,
 * up to the end of the line in which its quote is closed, else up to `next`,
 * where the next row seems to begin. snmpwalk puts a backslash before a quote
 * of the string, so that one without, inside a line, shows that the closing
 * quote is missing.
 */
struct text_span text_quoted_end(const struct text_span *s, const char *next);
/*
 * Reads the value of a row, which is all of s, into v, with its octets in buf
 * (SNMPTEXT_VALUE_MAX). A value that cannot be read is MIB_OTHER. s is left
 * behind it, at the end of a line. Returns whether further lines go on with
 * it: a text without quotes, of which the first line counts.
 */
bool snmptext_value(struct text_span *s, uint8_t *buf, struct mib_value *v);

#endif
