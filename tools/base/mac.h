/* SPDX-License-Identifier: LGPL-2.1-only */
/* MAC addresses, as numbers of 48 bits. */
#ifndef RACKHOP_BASE_MAC_H
#define RACKHOP_BASE_MAC_H

#include <stdbool.h>
#include <stdint.h>

enum { MAC_TEXT = 18 };

/* Of "00:16:3e:5a:00:01", in either case, and nothing else; false: it is none. */
bool mac_parse(const char *text, uint64_t *mac_r);
/* In lower case. */
void mac_format(char to[MAC_TEXT], uint64_t mac);
/* One that many listen to, or none at all (of zeros). */
bool mac_is_group(uint64_t mac);

#endif
