/* SPDX-License-Identifier: LGPL-2.1-only */
/* Text from outside: other hosts' names, errors and answers. */
#ifndef RACKHOP_BASE_TEXT_H
#define RACKHOP_BASE_TEXT_H

#include <stddef.h>

/* U+FFFD in UTF-8: what stands where bytes were no text. */
#define TEXT_REPLACEMENT "\xef\xbf\xbd"

/* How many bytes the valid UTF-8 character at s has (RFC 3629, table 3-7 of
 * the Unicode standard), or 0. At least one byte must be left. */
size_t text_char(const unsigned char *s, size_t left);

/*
 * Makes any bytes safe to show and to store: invalid UTF-8 becomes U+FFFD,
 * control characters (C1 as well), marks that reorder text and those that
 * nobody sees become '?'. It is the only such filter. Returns dst, always terminated, never cut in
 * the middle of a character.
 */
char *text_printable(char *dst, size_t size, const char *src, size_t len);

#endif
