/* SPDX-License-Identifier: LGPL-2.1-only */
/* A quick hash that shows whether memory arrived as it was sent: XXH3. */
#ifndef XLX_WIRE_DIGEST_H
#define XLX_WIRE_DIGEST_H

#include <stddef.h>
#include <stdint.h>

/* Of what came before, by its digest, and these bytes behind it. It finds
 * mistakes, and no forger: the connection has its own protection. */
uint64_t digest_add(uint64_t before, const void *data, size_t len);

#endif
