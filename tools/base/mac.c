/* SPDX-License-Identifier: LGPL-2.1-only */
/* Reads and writes MAC addresses. */
#include "tools/base/mac.h"

#include <stdio.h>
#include <string.h>

static int mac_digit(char c)
{
    static const char digits[] = "0123456789abcdef0123456789ABCDEF";
    const char *at = c ? strchr(digits, c) : NULL;

    return at ? (int)((at - digits) % 16) : -1;
}

bool mac_parse(const char *text, uint64_t *mac_r)
{
    uint64_t mac = 0;

    if (strlen(text) != MAC_TEXT - 1)
        return false;
    for (int i = 0; i < MAC_TEXT - 1; i++) {
        int d = mac_digit(text[i]);

        if (i % 3 == 2 ? text[i] != ':' : d < 0)
            return false;
        if (i % 3 != 2)
            mac = mac << 4 | (uint64_t)d;
    }
    *mac_r = mac;
    return true;
}

void mac_format(char to[MAC_TEXT], uint64_t mac)
{
    unsigned b[6];

    for (int i = 0; i < 6; i++)
        b[i] = mac >> (40 - 8 * i) & 0xff;
    snprintf(to, MAC_TEXT, "%02x:%02x:%02x:%02x:%02x:%02x", b[0], b[1], b[2],
             b[3], b[4], b[5]);
}

bool mac_is_group(uint64_t mac)
{
    return !mac || mac >> 40 & 1;
}
