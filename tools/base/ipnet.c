/* SPDX-License-Identifier: LGPL-2.1-only */
/* Reads networks and ranges of ports. */
#include "tools/base/ipnet.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Digits alone, and no more of them than a port has. */
static bool ipnet_number(const char **s, unsigned long max, unsigned long *v_r)
{
    size_t n = strspn(*s, "0123456789");

    if (!n || n > 5)
        return false;
    *v_r = strtoul(*s, NULL, 10);
    *s += n;
    return *v_r <= max;
}

int ipnet_parse(struct ipnet *n, const char *text)
{
    const char *slash = strchr(text, '/'), *s = slash ? slash + 1 : text;
    struct ipnet got = { .family = strchr(text, ':') ? AF_INET6 : AF_INET };
    char address[INET6_ADDRSTRLEN];
    unsigned long bits;

    if (!slash || (size_t)(slash - text) >= sizeof address)
        return -EINVAL;
    memcpy(address, text, (size_t)(slash - text));
    address[slash - text] = '\0';
    if (inet_pton(got.family, address, got.address) != 1 ||
        !ipnet_number(&s, got.family == AF_INET ? 32 : 128, &bits) || *s)
        return -EINVAL;
    got.bits = (unsigned)bits;
    *n = got;
    return 0;
}

bool ipnet_has(const struct ipnet *n, const struct sockaddr *a)
{
    const uint8_t *of;
    uint8_t rest;

    if (a->sa_family != n->family)
        return false;
    of = n->family == AF_INET
             ? (const uint8_t *)&((const struct sockaddr_in *)a)->sin_addr
             : (const uint8_t *)&((const struct sockaddr_in6 *)a)->sin6_addr;
    if (memcmp(of, n->address, n->bits / 8))
        return false;
    if (!(n->bits % 8))
        return true;
    rest = (uint8_t)(0xff << (8 - n->bits % 8));
    return !((of[n->bits / 8] ^ n->address[n->bits / 8]) & rest);
}

int ports_parse(struct ports *p, const char *text)
{
    unsigned long first, last;

    if (!strcmp(text, "any")) {
        *p = (struct ports){ 0, 0 };
        return 0;
    }
    if (!ipnet_number(&text, UINT16_MAX, &first))
        return -EINVAL;
    last = first;
    if (*text == '-') {
        text++;
        if (!ipnet_number(&text, UINT16_MAX, &last))
            return -EINVAL;
    }
    if (*text || !first || last < first)
        return -EINVAL;
    *p = (struct ports){ (uint16_t)first, (uint16_t)last };
    return 0;
}
