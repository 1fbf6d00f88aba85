/* SPDX-License-Identifier: LGPL-2.1-only */
/* The pieces that lines of words.h are formatted and parsed with. */
#ifndef XLX_WIRE_WORD_PARTS_H
#define XLX_WIRE_WORD_PARTS_H

#include "libxl-ext/wire/words.h"

/* A line into buf, cut to what fits, with its line feed: its length. */
size_t word_put(char buf[WORD_LINE], const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Those that pass something at *s leave *s where it was if they return false.
 */

/* Passes `text`. */
bool word_skip(const char **s, const char *text);
/* Passes decimal digits that make a number of at most max. */
bool word_number(const char **s, uint64_t max, uint64_t *v_r);
/* The same in hex, of at most 16 digits in lower case. */
bool word_hex(const char **s, uint64_t max, uint64_t *v_r);
/* Passes what is not a space; false when that is nothing or too much. */
bool word_field(const char **s, char *buf, size_t max);

/* A line that is that mark and a version, at least 1; more may follow. 0 or
 * -EINVAL. */
int word_version_parse(const char *line, enum word_mark mark,
                       unsigned *version_r);

#endif
