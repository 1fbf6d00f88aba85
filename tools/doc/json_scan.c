/* SPDX-License-Identifier: LGPL-2.1-only */
/* Counts the values of a JSON text before a tree is made of it. */
#include "tools/doc/json_scan.h"

#include <stddef.h>
#include <string.h>

/* The end of a string, from behind its opening quote. */
static const char *string_end(const char *p, const char *end)
{
    while ((p = memchr(p, '"', (size_t)(end - p)))) {
        size_t slashes = 0;

        while (p[-1 - (ptrdiff_t)slashes] == '\\')
            slashes++;
        p++;
        if (!(slashes & 1))
            return p;
    }
    return end;
}

/* A comma stands between two values. Brackets are not counted: how many of
 * them have nothing inside is not known without parsing. */
bool json_text_has_over(const char *text, size_t len, size_t values)
{
    const char *p = text, *end = text + len;
    size_t n = 1;

    if (len / 2 < values)
        return false;
    while (p < end) {
        char c = *p++;

        if (c == '"')
            p = string_end(p, end);
        else if (c == ',' && ++n > values)
            return true;
    }
    return false;
}
