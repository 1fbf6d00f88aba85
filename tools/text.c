/* SPDX-License-Identifier: LGPL-2.1-only */
/* Makes text from outside fit for a terminal and for a document. */
#include "tools/text.h"

#include <string.h>

size_t text_char(const unsigned char *s, size_t left)
{
    unsigned char lo = 0x80, hi = 0xbf;
    size_t n;

    if (s[0] < 0x80)
        return 1;
    if (s[0] < 0xc2 || s[0] > 0xf4)
        return 0;
    n = s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
    if (left < n)
        return 0;
    switch (s[0]) {
    case 0xe0: lo = 0xa0; break;
    case 0xed: hi = 0x9f; break;
    case 0xf0: lo = 0x90; break;
    case 0xf4: hi = 0x8f; break;
    }
    if (s[1] < lo || s[1] > hi)
        return 0;
    for (size_t i = 2; i < n; i++)
        if (s[i] < 0x80 || s[i] > 0xbf)
            return 0;
    return n;
}

char *text_printable(char *dst, size_t size, const char *src, size_t len)
{
    const unsigned char *s = (const unsigned char *)src;
    size_t o = 0;

    for (size_t i = 0; i < len;) {
        size_t n = text_char(s + i, len - i), take = n ? n : 1;
        const char *from = n ? src + i : TEXT_REPLACEMENT;
        size_t put = n ? n : 3;

        /* C0, DEL and C1: a terminal would obey them */
        if ((n == 1 && (s[i] < 0x20 || s[i] == 0x7f)) ||
            (n == 2 && s[i] == 0xc2 && s[i + 1] < 0xa0)) {
            from = "?";
            put = 1;
        }
        if (o + put >= size)
            break;
        memcpy(dst + o, from, put);
        o += put;
        i += take;
    }
    if (size)
        dst[o] = '\0';
    return dst;
}
