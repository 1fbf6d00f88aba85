/* SPDX-License-Identifier: LGPL-2.1-only */
/* Computes CRC-32 (that of zlib and IEEE 802.3), which finds torn and flipped
 * bytes; it proves nothing against somebody who means to deceive. */
#ifndef RACKHOP_BASE_CRC32_H
#define RACKHOP_BASE_CRC32_H

#include <stddef.h>
#include <stdint.h>

/* Of data behind what `crc` is already of; 0 begins. */
uint32_t crc32_add(uint32_t crc, const void *data, size_t len);

#endif
