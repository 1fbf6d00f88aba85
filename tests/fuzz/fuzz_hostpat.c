/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * A pattern, a line feed and a name that a certificate has: the same answer as
 * the plainest way to compare them; and an address in its bytes is no name.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "tools/base/hostpat.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Tries all that a star could stand for. */
static bool fits(const char *p, const char *s)
{
    if (!*p)
        return !*s;
    if (*p == '*')
        return fits(p + 1, s) || (*s && *s != '.' && fits(p, s + 1));
    return *s && !strncasecmp(p, s, 1) && fits(p + 1, s + 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum { MOST = 12 }; /* the plain way takes long */
    const char *pattern = (const char *)data;
    const char *end = size ? memchr(data, '\n', size) : NULL;
    size_t n = end ? (size_t)(end - pattern) : 0, name_n = size - n - 1;
    char p[MOST + 1], s[MOST + 1];
    uint8_t address[16] = { 0 };
    bool has;

    if (!end)
        return 0;
    has = hostpat_has_name(pattern, n, end + 1, name_n);
    if (has && (!hostpat_ok(pattern, n) || memchr(end + 1, '*', name_n) ||
                memchr(end + 1, '\0', name_n)))
        abort();
    memcpy(address, end + 1, name_n < 16 ? name_n : 16);
    if (hostpat_has_address(pattern, n, address, 4) && has)
        abort();
    if (n > MOST || name_n > MOST)
        return 0;
    memcpy(p, pattern, n);
    memcpy(s, end + 1, name_n);
    p[n] = s[name_n] = '\0';
    if (has && !fits(p, s))
        abort();
    /* nor is one forgotten, but for what looks like an address */
    if (!has && hostpat_ok(p, n) && hostpat_has_name(s, name_n, s, name_n) &&
        fits(p, s))
        abort();
    return 0;
}
