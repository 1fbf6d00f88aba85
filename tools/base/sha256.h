/* SPDX-License-Identifier: LGPL-2.1-only */
/* Computes the SHA-256 digest of a text, in hexadecimal. */
#ifndef RACKHOP_BASE_SHA256_H
#define RACKHOP_BASE_SHA256_H

#include <stddef.h>

void sha256_hex(const void *data, size_t len, char hex[65]);

#endif
