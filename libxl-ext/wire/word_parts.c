/* SPDX-License-Identifier: LGPL-2.1-only */
/* Puts lines together and takes them apart, piece by piece. */
#include "libxl-ext/wire/word_parts.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

size_t word_put(char buf[WORD_LINE], const char *fmt, ...)
{
    va_list ap;
    int n;

    va_start(ap, fmt);
    n = vsnprintf(buf, WORD_LINE - 1, fmt, ap);
    va_end(ap);
    if (n < 0)
        n = 0;
    if (n > WORD_LINE - 2)
        n = WORD_LINE - 2;
    buf[n] = '\n';
    buf[n + 1] = '\0';
    return (size_t)n + 1;
}

bool word_skip(const char **s, const char *text)
{
    size_t n = strlen(text);

    if (strncmp(*s, text, n))
        return false;
    *s += n;
    return true;
}

bool word_number(const char **s, uint64_t max, uint64_t *v_r)
{
    const char *p = *s;
    uint64_t v = 0;

    if (p[0] == '0' && p[1] >= '0' && p[1] <= '9')
        return false; /* nobody writes it so, and it would not come out so */
    for (; *p >= '0' && *p <= '9'; p++) {
        unsigned digit = (unsigned)(*p - '0');

        if (digit > max || v > (max - digit) / 10)
            return false;
        v = v * 10 + digit;
    }
    if (p == *s)
        return false;
    *s = p;
    *v_r = v;
    return true;
}

bool word_field(const char **s, char *buf, size_t max)
{
    size_t n = strcspn(*s, " ");

    if (!n || n > max)
        return false;
    memcpy(buf, *s, n);
    buf[n] = '\0';
    *s += n;
    return true;
}

bool word_hex(const char **s, uint64_t max, uint64_t *v_r)
{
    size_t n = strspn(*s, "0123456789abcdef");
    uint64_t v;

    if (!n || n > 16)
        return false;
    v = strtoull(*s, NULL, 16);
    if (v > max)
        return false;
    *s += n;
    *v_r = v;
    return true;
}

int word_version_parse(const char *line, enum word_mark mark,
                       unsigned *version_r)
{
    const char *rest;
    uint64_t v;

    if (word_mark_parse(line, &rest) != mark ||
        !word_number(&rest, 1000000, &v) || !v || (*rest && *rest != ' '))
        return -EINVAL;
    *version_r = (unsigned)v;
    return 0;
}
