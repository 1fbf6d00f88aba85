/* SPDX-License-Identifier: LGPL-2.1-only */
/* Compares names and addresses of hosts with patterns. */
#include "tools/base/hostpat.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

static bool pat_only(const char *s, size_t n, const char *more)
{
    for (size_t i = 0; i < n; i++) {
        char c = s[i];
        bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
                     (c >= 'A' && c <= 'Z');

        if (!plain && (!c || !strchr(more, c)))
            return false;
    }
    return n > 0 && n <= HOSTPAT_MOST;
}

/* Of an address with a star: a colon, or digits with dots and nothing else. */
static bool pat_is_starred(const char *pattern, size_t n)
{
    bool dot = false, digit = false, other = false;

    if (!memchr(pattern, '*', n))
        return false;
    for (size_t i = 0; i < n; i++) {
        char c = pattern[i];

        dot |= c == '.';
        digit |= c >= '0' && c <= '9';
        other |= c != '.' && c != '*' && !(c >= '0' && c <= '9');
    }
    return memchr(pattern, ':', n) || (dot && digit && !other);
}

bool hostpat_ok(const char *pattern, size_t n)
{
    return pat_only(pattern, n, "-_.:*") && !pat_is_starred(pattern, n);
}

bool hostpat_is_one(const char *pattern, size_t n)
{
    return pat_only(pattern, n, "-_.:");
}

/* Of 4 bytes or 16; 0: it is no address. */
static size_t pat_address(const char *pattern, size_t n, void *to)
{
    char text[INET6_ADDRSTRLEN];

    if (n >= sizeof text)
        return 0;
    memcpy(text, pattern, n);
    text[n] = '\0';
    if (inet_pton(AF_INET, text, to) == 1)
        return sizeof(struct in_addr);
    return inet_pton(AF_INET6, text, to) == 1 ? sizeof(struct in6_addr) : 0;
}

/* Neither has a NUL. A star is tried with one byte more each time that what is
 * behind it does not fit, and only the last star: between dots that finds all
 * that there is to find. */
static bool pat_fits(const char *p, const char *p_end, const char *s,
                     const char *s_end)
{
    const char *star = NULL, *from = NULL;

    while (s < s_end) {
        if (p < p_end && *p == '*') {
            star = ++p;
            from = s;
        } else if (p < p_end && !strncasecmp(p, s, 1)) {
            if (*s == '.')
                star = NULL; /* what is in front of a dot is decided */
            p++;
            s++;
        } else if (star && *from != '.') {
            p = star;
            s = ++from;
        } else {
            return false;
        }
    }
    while (p < p_end && *p == '*')
        p++;
    return p == p_end;
}

bool hostpat_has_name(const char *pattern, size_t n, const char *name,
                      size_t name_n)
{
    struct in6_addr a;

    return hostpat_ok(pattern, n) && pat_only(name, name_n, "-_.") &&
           !pat_address(pattern, n, &a) &&
           pat_fits(pattern, pattern + n, name, name + name_n);
}

bool hostpat_has_address(const char *pattern, size_t n, const void *address,
                         size_t address_n)
{
    struct in6_addr a;

    return hostpat_ok(pattern, n) &&
           pat_address(pattern, n, &a) == address_n && address_n &&
           !memcmp(&a, address, address_n);
}
