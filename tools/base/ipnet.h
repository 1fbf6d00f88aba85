/* SPDX-License-Identifier: LGPL-2.1-only */
/* Networks as "10.1.0.0/16" and ranges of ports as "41000-41063". Pure. */
#ifndef RACKHOP_BASE_IPNET_H
#define RACKHOP_BASE_IPNET_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

struct ipnet {
    int family; /* AF_INET or AF_INET6 */
    uint8_t address[16];
    unsigned bits; /* of the prefix */
};

/* 0 or -EINVAL. */
int ipnet_parse(struct ipnet *n, const char *text);
/* Is that an address of it? */
bool ipnet_has(const struct ipnet *n, const struct sockaddr *a);

struct ports {
    uint16_t first, last; /* 0 0: any */
};
/* "41000-41063", "41000", or "any". 0 or -EINVAL. */
int ports_parse(struct ports *p, const char *text);

#endif
