/* SPDX-License-Identifier: LGPL-2.1-only */
/* Tells whether a text is a UUID as Xen's tools print it. */
#ifndef RACKHOP_BASE_UUID_H
#define RACKHOP_BASE_UUID_H

#include <stdbool.h>

enum { UUID_TEXT = 36 }; /* characters, without the NUL */

/*
 * 8-4-4-4-12 lower-case hexadecimal digits and nothing else. Upper case is
 * refused: a UUID is the name of a key and of a file, and one guest must not
 * have two of them.
 */
bool uuid_ok(const char *s);

#endif
