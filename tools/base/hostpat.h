/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Names and addresses of hosts that a certificate may carry, as patterns:
 * "r1h1.example.com", "*.example.com", "10.1.0.7", "fd00::7". Pure.
 *
 * A star stands for any text without a dot, so that "*.example.com" is neither
 * "example.com" nor "a.b.example.com", and no pattern is everybody. Letters of
 * both cases are the same. An address has no star, and is compared with
 * addresses alone, as a name is with names; "10.1.0.*" and "fd00::*", which would
 * be neither, are none.
 */
#ifndef RACKHOP_BASE_HOSTPAT_H
#define RACKHOP_BASE_HOSTPAT_H

#include <stdbool.h>
#include <stddef.h>

enum { HOSTPAT_MOST = 253 }; /* bytes of a pattern, as of a name in DNS */

/* Is it one: letters, digits, "-", "_", ".", ":" and "*", and no address with a
 * star? */
bool hostpat_ok(const char *pattern, size_t n);
/* Is it one host, without a star? */
bool hostpat_is_one(const char *pattern, size_t n);

/* Does it stand for a host of this name? Names that have anything but letters,
 * digits, "-", "_" and "." in them are nobody's. */
bool hostpat_has_name(const char *pattern, size_t n, const char *name,
                      size_t name_n);
/* Or for this address, in the network's order: 4 bytes or 16? */
bool hostpat_has_address(const char *pattern, size_t n, const void *address,
                         size_t address_n);

#endif
