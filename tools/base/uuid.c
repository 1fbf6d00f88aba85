/* SPDX-License-Identifier: LGPL-2.1-only */
/* Tells whether a text is a UUID as Xen's tools print it. */
#include "tools/base/uuid.h"

bool uuid_ok(const char *s)
{
    for (int i = 0; i < UUID_TEXT; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        bool hex =
            (s[i] >= '0' && s[i] <= '9') || (s[i] >= 'a' && s[i] <= 'f');

        if (dash ? s[i] != '-' : !hex)
            return false; /* also at the NUL of a shorter text */
    }
    return !s[UUID_TEXT];
}
