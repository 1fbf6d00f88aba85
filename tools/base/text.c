/* SPDX-License-Identifier: LGPL-2.1-only */
/* Makes text from outside fit for a terminal and for a document. */
#include "tools/base/text.h"

#include <stdbool.h>
#include <stdint.h>
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

static uint32_t char_code(const unsigned char *s, size_t n)
{
    uint32_t c = n == 1 ? s[0] : s[0] & (0x7fu >> n);

    for (size_t i = 1; i < n; i++)
        c = c << 6 | (s[i] & 0x3f);
    return c;
}

/* C0, DEL and C1, which a terminal obeys, and what reorders or hides text. */
static bool char_is_hidden(uint32_t c)
{
    return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0xad || c == 0x61c ||
           c == 0xfeff || (c >= 0x200b && c <= 0x200f) ||
           (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f);
}

char *text_printable(char *dst, size_t size, const char *src, size_t len)
{
    const unsigned char *s = (const unsigned char *)src;
    size_t o = 0;

    for (size_t i = 0; i < len;) {
        size_t n = text_char(s + i, len - i), take = n ? n : 1;
        const char *from = n ? src + i : TEXT_REPLACEMENT;
        size_t put = n ? n : 3;

        if (n && char_is_hidden(char_code(s + i, n))) {
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
